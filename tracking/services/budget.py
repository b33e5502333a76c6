"""How often an account's carrier may be asked: calls per minute and per day, shared by all workers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tracking.models import CarrierAccount

# Setting of an account's config -> (length of the window, where its beginning and its calls are kept).
WINDOWS = {
    "calls_per_minute": (timedelta(minutes=1), "minute_began_at", "minute_calls"),
    "calls_per_day": (timedelta(days=1), "day_began_at", "day_calls"),
}


def limit(config: Mapping[str, Any], name: str) -> int | None:
    """Return what an account allows by the setting `name`, None when it sets no limit."""
    told = config.get(name)
    return told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else None


def reserve(*, account: CarrierAccount, calls: int, at: datetime) -> tuple[int, datetime | None]:
    """
    Take up to `calls` calls out of an account's budget. A window begins with its first call.

    Returns: how many are granted; and, when that is fewer, from when there will be more.
    """
    limits = {name: found for name in WINDOWS if (found := limit(account.config, name)) is not None}
    if not limits or calls < 1:
        return calls, None
    with transaction.atomic():
        row = CarrierAccount.objects.select_for_update().get(pk=account.pk)
        granted, until = calls, None
        for name, most in limits.items():
            length, began, used = WINDOWS[name]
            since = getattr(row, began)
            if since is None or not since <= at < since + length:
                since = at
                setattr(row, began, at)
                setattr(row, used, 0)
            room = max(most - getattr(row, used), 0)
            if room < calls:
                until = max(until or at, since + length)
            granted = min(granted, room)
        fields = [field for name in limits for field in WINDOWS[name][1:]]
        for name in limits:
            used = WINDOWS[name][2]
            setattr(row, used, getattr(row, used) + granted)
        row.save(update_fields=fields)
    return granted, until if granted < calls else None


def left(account: CarrierAccount, *, at: datetime) -> dict[str, tuple[int, int]]:
    """Return {setting: (calls made in the window that runs at `at`, limit)} of an account that has limits."""
    found = {}
    for name, (length, began, used) in WINDOWS.items():
        most = limit(account.config, name)
        if most is not None:
            since = getattr(account, began)
            runs = since is not None and since <= at < since + length
            found[name] = (getattr(account, used) if runs else 0, most)
    return found
