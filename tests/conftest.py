"""What every test may use."""

import os
from pathlib import Path

import pytest

# Playwright's sync API runs an event loop in this thread; Django's guard against that is for production code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

pytest_plugins = ["tests.browser"]

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded payloads; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip("recorded payloads are not here")
    return SHARED
