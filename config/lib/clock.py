"""Times between the database (aware, UTC) and people (a zone, a language). Nothing here reads the clock."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_FRACTION = re.compile(r"(\.\d{6})\d+")
# Any other year is a program's word for "none" (0001-01-01, 9999-12-31); no zone can be applied to those.
YEARS = range(1000, 3000)


class BadTime(ValueError):
    """A text that is not an ISO 8601 time."""


def parse(text: str | None) -> datetime | None:
    """
    Read an ISO 8601 time as others send it; keep it naive when it carries no offset.

    Returns: None for an empty value. Aware results are converted to UTC; nanoseconds are cut to microseconds.
    Raises: BadTime, also for years that nobody means.
    """
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        raise BadTime(f"{text!r} is not a time")
    try:
        value = datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip()) if "." in text else text.strip())
        if value.tzinfo is not None and value.tzinfo is not UTC:
            value = value.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise BadTime(f"{text!r} is not a time") from exc
    if value.year not in YEARS:
        raise BadTime(f"{text!r} is not a time that anybody means")
    return value


def aware(text: str | None) -> datetime | None:
    """Like `parse`, for sources whose times are absolute: a missing offset means UTC."""
    value = parse(text)
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def day(at: datetime, zone: str) -> date:
    """Return the calendar day of the aware time `at` in `zone` (an IANA name)."""
    return at.astimezone(ZoneInfo(zone)).date()
