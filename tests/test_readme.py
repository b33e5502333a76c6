"""The README says what is true: its commands, options, addresses, files and variables exist."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import resolve

from config import wiring

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
OURS = {"customers", "tracking", "returns", "engagement"}
CODE = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)).replace("\\\n", " ")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def test_it_starts_with_the_two_commands():
    first = CODE.splitlines()[:2]

    assert [line.split("#")[0].strip() for line in first] == ["make demo", "make test"]
    assert README.index("```sh") < 40


def test_every_make_command_exists():
    said = [line.split("#")[0] for line in CODE.splitlines() if line.startswith("make ")]
    goals = {word for line in said for word in re.sub(r'\S+="[^"]*"|\S+=\S+', "", line).split()[1:]}

    assert {"demo", "test", "play", "demo-reset", "lint", "types"} <= goals <= TARGETS


@pytest.mark.parametrize("line", [line for line in CODE.splitlines() if "manage.py" in line])
def test_every_command_and_option_exists(line):
    name, *rest = line.split("manage.py ")[1].split("#")[0].split()
    command = load_command_class(get_commands()[name], name)
    known = {
        option
        for action in command.create_parser("manage.py", name)._actions
        for option in action.option_strings
    }

    assert {word for word in rest if word.startswith("--")} <= known


def test_make_help_lists_every_target():
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert TARGETS - {"help"} <= {line.split()[1] for line in said.splitlines()}


def test_a_python_that_is_too_old_is_refused_in_words(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    for python, words in ((str(old), "older than Python 3.11"), ("", "Python 3.11 or newer is needed")):
        made = subprocess.run(
            ["make", "install", f"VENV={tmp_path}/venv", f"PYTHON={python}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert made.returncode != 0 and words in made.stderr


@pytest.mark.parametrize(
    "target", sorted(set(re.findall(r"\]\(([^)#]+)\)|(?:src|srcset)=\"([^\"]+)\"", README)))
)
def test_every_link_leads_somewhere(target):
    path = next(part for part in target if part)

    assert path.startswith("https://") or (ROOT / path).exists()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"(?:your\.host|localhost:8000)?(/[a-z0-9-]+/[a-z0-9/-]*/)", README)))
)
def test_every_address_is_served(path):
    assert resolve(path)


def test_every_variable_is_documented():
    said = set(re.findall(r"\b([A-Z][A-Z_]{4,})=", CODE)) - {"SPEED", "NUMBER", "SCENARIO"}

    assert {"DATABASE_URL", "SECRET_KEY", "BASE_URL"} <= said
    assert all(f"`{name}`" in CONFIGURATION for name in said)


def test_every_variable_that_is_read_is_documented():
    settings_file = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.(?:text|flag|number|words)\(\s*"([A-Z_]+)"', settings_file))

    assert {"DATA_DIR", "IMPORT_MAX_MB"} <= read
    assert {name for name in read if f"`{name}`" not in CONFIGURATION} == set()


def test_every_command_is_documented():
    ours = {name for name, app in get_commands().items() if app in OURS}

    assert {"watch", "import_file", "reconcile"} <= ours
    assert {
        name for name in ours - {"demo", "seed_demo"} if f"`manage.py {name}" not in CONFIGURATION
    } == set()


def test_every_schedule_and_kind_of_work_is_described():
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert {name for name in wiring.SCHEDULES if f"\n| `{name}` |" not in CONFIGURATION} == set()
    assert re.findall(r"^\| `([a-z_]+)` \| (?:`|parcels)", architecture, re.MULTILINE)[
        -len(wiring.WORK) :
    ] == list(wiring.WORK)


def test_it_leads_to_every_page_of_the_documentation():
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}

    assert pages <= set(re.findall(r"\]\(([^)#]+)", README))


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name
)
def test_every_link_to_a_part_of_a_page_finds_it(page):
    for target, part in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text(encoding="utf-8")):
        there = (page.parent / target if target else page).read_text(encoding="utf-8")
        heads = re.findall(r"^#+ (.+)$", there, re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert part in slugs, f"{page.name}: {target}#{part}"


def test_the_folders_it_names_are_the_top_level():
    named = set(re.findall(r"^\| `([a-z]+)/`", README, re.MULTILINE))

    assert named >= {app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()}
    assert all((ROOT / name).is_dir() for name in named)
