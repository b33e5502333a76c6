"""Start-up checks on the table of plug-ins: a typo fails at start, not at night."""

import importlib
import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from customers.outbox import EVERYTHING


def _paths() -> Iterator[tuple[str, str]]:
    for table in (
        "SHOPS",
        "SHOP_CLIENTS",
        "STORE_TOOLS",
        "LABELS",
        "CARRIERS",
        "CHANNELS",
        "SMS",
        "INBOUND_READERS",
        "REFUNDERS",
        "PAYMENTS",
        "WORK",
        "PERSONAL_DATA",
    ):
        for code, path in getattr(settings, table).items():
            yield f"{table}[{code!r}]", path
    for table in ("MONEY_BESIDE", "BESIDE_ORDER"):
        for path in getattr(settings, table):
            yield table, path
    for code, (path, _) in settings.EVENT_HANDLERS.items():
        yield f"EVENT_HANDLERS[{code!r}]", path
    for code, (path, _, _) in settings.SCHEDULES.items():
        yield f"SCHEDULES[{code!r}]", path


def known_kinds() -> set[str]:
    """Return every event kind that an app's events.py declares."""
    kinds: set[str] = set()
    for config in apps.get_app_configs():
        try:
            module = importlib.import_module(f"{config.name}.events")
        except ModuleNotFoundError:
            continue
        kinds |= {
            value
            for value in vars(module).values()
            if isinstance(value, str) and re.fullmatch(r"\w+(\.\w+){2}", value)
        }
    return kinds


@register()
def check_wiring(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """
    Every path in config/wiring.py resolves (E001) and every event kind that is listened to exists (E002).
    """
    found: list[CheckMessage] = []
    for place, path in _paths():
        try:
            import_string(path)
        except ImportError as exc:
            found.append(Error(f"{place}: {path} cannot be imported: {exc}", id="customers.E001"))
    kinds = known_kinds()
    for code, (_, heard) in settings.EVENT_HANDLERS.items():
        for kind in sorted(set(heard) - kinds - {EVERYTHING}):
            found.append(
                Error(
                    f"EVENT_HANDLERS[{code!r}] listens for {kind!r}, which no events.py declares",
                    id="customers.E002",
                )
            )
    return found
