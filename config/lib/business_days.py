"""
Working days of a country: what its weekend is and which days are public holidays there.

Days are calendar days at the place meant; times are aware. An unknown country works Monday to Friday and has
no holidays. Source of the days: the `holidays` package (docs/decisions/).
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

import holidays

_WEEKEND = frozenset({5, 6})  # Monday is 0
_DAY = timedelta(days=1)
LONGEST = 3660  # days: nobody asks about more than ten years


@lru_cache(maxsize=1024)
def _calendar(country: str, region: str) -> holidays.HolidayBase | None:
    """Return the calendar of a country and, where the package knows it, of a state or province of it."""
    try:
        return holidays.country_holidays(country, subdiv=region or None)
    except NotImplementedError:
        pass
    try:
        return holidays.country_holidays(country) if region else None
    except NotImplementedError:
        return None


@lru_cache(maxsize=65536)
def kind_of_day(day: date, country: str, region: str = "") -> str:
    """
    Return '' for a working day in `country` (ISO 3166-1 alpha-2; '' when unknown), 'holiday' for a public
    holiday, and for another day of the weekend its number ('0' is Monday).

    `region` is an ISO 3166-2 subdivision without the country ('BY', 'CA'); one that is not known is ignored.
    """
    calendar = _calendar(country.upper(), region.upper())
    if calendar is None:
        return str(day.weekday()) if day.weekday() in _WEEKEND else ""
    if calendar.is_working_day(day):  # also a Saturday that is worked to make up for a day off
        return ""
    return "holiday" if day in calendar else str(day.weekday())


def is_working_day(day: date, country: str, region: str = "") -> bool:
    """Say whether people work on `day` in `country`; see `kind_of_day`."""
    return kind_of_day(day, country, region) == ""


def next_working_day(day: date, country: str, region: str = "") -> date:
    """Return `day` when it is a working day, else the first one after it."""
    for _ in range(LONGEST):
        if is_working_day(day, country, region):
            return day
        day += _DAY
    return day


def add_working_days(day: date, days: int, country: str, region: str = "") -> date:
    """Return the day that is `days` working days after `day`; with 0, `day` or the working day after it."""
    found = next_working_day(day, country, region)
    for _ in range(days):
        found = next_working_day(found + _DAY, country, region)
    return found


def working_days_between(first: date, last: date, country: str, region: str = "") -> int:
    """Count the working days after `first`, up to and with `last`; 0 when `last` is not later."""
    days = min((last - first).days, LONGEST)
    return sum(is_working_day(first + _DAY * step, country, region) for step in range(1, days + 1))


def working_time(since: datetime, until: datetime, zone: tzinfo, country: str, region: str = "") -> timedelta:
    """
    Return how much of the time between two aware times lay on working days (of 24 hours) in `zone`.

    Friday 18:00 to Monday 18:00 is one day: six hours of Friday and eighteen of Monday. 0 when `until` is
    not later.
    """
    total, start = timedelta(0), since.astimezone(zone)
    for _ in range(LONGEST):
        if start.astimezone(UTC) >= until:
            break
        midnight = datetime.combine(start.date() + _DAY, time(), zone)
        end = min(midnight.astimezone(UTC), until.astimezone(UTC))
        if is_working_day(start.date(), country, region):
            total += end - start.astimezone(UTC)
        start = midnight
    return total
