"""When EasyPost expects a parcel: its times look like instants and mostly are none."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tracking import reading
from tracking.carriers.base import Window
from tracking.reading import Record


def window(tracker: Record, detail: Record) -> Window | None:
    """
    Return the day EasyPost expects delivery, with the hour only where its zone is known.

    `est_delivery_date` looks like an instant and mostly is none: midnight "Z" is the calendar day at the
    destination, and other hours are the carrier's local ones with a Z behind them. So the local fields come
    first.
    """
    stamp = _stamp(tracker.get("est_delivery_date"))
    day = _day(detail.get("est_delivery_date_local"))
    if day is not None:
        return Window(day, day, None, _instant(stamp, day, _hour(detail.get("est_delivery_time_local"))))
    stamp = stamp or _stamp(detail.get("guaranteed_delivery_date"))
    if stamp is None:
        return None
    zoned = stamp.utcoffset() not in (None, timedelta(0)) and stamp.time() != time(0)
    return Window(stamp.date(), stamp.date(), None, stamp.astimezone(UTC) if zoned else None)


def _instant(stamp: datetime | None, day: date, hour: time | None) -> datetime | None:
    """
    Return the hour of delivery as an instant, where that can be known.

    Either the local hour carries its offset, or the stamp is a true instant: then it and the local hour are
    as far apart as a time zone can be. When they are equal, somebody put a Z behind local time.
    """
    if hour is None:
        return None
    local = datetime.combine(day, hour)
    if local.tzinfo:
        return local.astimezone(UTC)
    if stamp is None or stamp.tzinfo is None:
        return None
    apart = local - stamp.astimezone(UTC).replace(tzinfo=None)
    is_offset = (
        apart
        and apart % timedelta(minutes=15) == timedelta(0)
        and -timedelta(hours=12) <= apart <= timedelta(hours=14)
    )
    return stamp.astimezone(UTC) if is_offset else None


def _stamp(told: Any) -> datetime | None:
    """
    Return a time with the offset it was told with; None when there is none (an estimate is not worth a
    refusal).
    """
    try:
        stamp = datetime.fromisoformat(reading.text(told, "a time"))
    except ValueError:
        return None
    return stamp if 2000 <= stamp.year < 2200 else None


def _day(told: Any) -> date | None:
    stamp = _stamp(told)
    return stamp.date() if stamp else None


def _hour(told: Any) -> time | None:
    try:
        return time.fromisoformat(reading.text(told, "an hour"))
    except ValueError:
        return None
