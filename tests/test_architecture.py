"""The house keeps its shape: layers, file sizes, foreign keys, top level."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["customers", "tracking", "returns", "engagement"]  # lowest first


def rank(model) -> int:
    label = model._meta.app_label
    return ORDER.index(label) if label in ORDER else -1


def own_models():
    return [model for model in apps.get_models() if model._meta.app_label in ORDER]


def python_files():
    folders = ["config", *ORDER, "tests", "bench"]
    return [f for folder in folders for f in (ROOT / folder).rglob("*.py") if "migrations" not in f.parts]


def test_foreign_keys_point_downwards():
    up = [
        f"{field} points up"
        for model in own_models()
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model
        and rank(field.related_model) > rank(model)
    ]

    assert up == []


def test_no_file_is_longer_than_400_lines():
    long = {
        str(f.relative_to(ROOT)): n for f in python_files() if (n := len(f.read_text().splitlines())) > 400
    }

    assert long == {}


def test_no_own_import_hides_in_a_function():
    own = re.compile(rf"^ +(from|import) ({'|'.join(['config', *ORDER])})[. ]")
    inner = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in python_files()
        # benchmarks set Django up first; an app's ready() is where Django wants imports; types may look
        # upwards
        if file.relative_to(ROOT).parts[0] not in ("bench", "tests") and file.name != "apps.py"
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if own.match(line)
    ]

    assert inner == []


def test_the_layers_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    if not lint.exists():
        pytest.skip("import-linter is not installed")
    result = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True)

    assert result.returncode == 0, result.stdout


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", "--check", "--dry-run")


def test_the_top_level_is_what_the_plan_says():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    seen = {line.split("/")[0] for line in tracked.stdout.splitlines() if not line.startswith(".")}

    assert seen <= {
        "LICENSE",
        "Makefile",
        "README.md",
        "bench",
        "compose.yaml",
        "config",
        "customers",
        "docs",
        "engagement",
        "manage.py",
        "pyproject.toml",
        "requirements.lock",
        "returns",
        "static",
        "templates",
        "tests",
        "tracking",
    }


def test_lock_files_name_no_package_index():
    for lock in ("requirements.lock", "tests/requirements.lock"):
        assert "http" not in (ROOT / lock).read_text(), lock
