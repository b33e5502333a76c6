"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import SimpleTestCase
from django.utils import translation
from hypothesis import HealthCheck, settings

# How long an example takes says something about the machine, not about the rule it tries.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Playwright's sync API runs an event loop in this thread; Django's guard against that is for production code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

pytest_plugins = ["tests.browser"]

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def _only_what_has_rows(self: DatabaseOperations, style: object, tables: list[str], **_: object) -> list[str]:
    """
    Empty tables by DELETE, and only those with rows: after each test that commits, TRUNCATE would make a new
    file for every table and index there is, which took PostgreSQL longer than the tests. Foreign keys are
    deferred, so the order does not matter.
    """
    names = [self.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {name})" for name in names))
        full = cursor.fetchone()
    return [f"DELETE FROM {name};" for name, rows in zip(names, full, strict=True) if rows]


DatabaseOperations.sql_flush = _only_what_has_rows


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database-only`: what never asks the database is the same on every one, and is run on one."""
    parser.addoption("--database-only", action="store_true", help="leave out tests without a database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--database-only` says."""
    if not config.getoption("--database-only"):
        return
    apart: tuple[list[pytest.Item], list[pytest.Item]] = ([], [])
    for item in items:
        apart[_asks_the_database(item)].append(item)
    config.hook.pytest_deselected(items=apart[False])
    items[:] = apart[True]


def _asks_the_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    case = issubclass(getattr(item, "cls", None) or object, SimpleTestCase)
    return bool(fixtures or item.get_closest_marker("django_db") or case)


@pytest.fixture(autouse=True)
def _no_language_is_left_behind() -> Iterator[None]:
    """A view speaks its visitor's language and leaves it so; the next request would choose again."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded payloads; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip("recorded payloads are not here")
    return SHARED
