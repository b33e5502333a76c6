"""
How long a step waits: calendar days, working days and hours where the person is. Pure.

Days are days of their calendar (the same time of day, also across a night in which the clocks change), hours
and minutes are exact. A local time that a night skips is the one that much later; one that comes twice is its
first. Nothing is ever due before its day has begun in their zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from config.lib import business_days

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Place:
    """Where a person is: their zone, the country whose working days count, the hour they usually read at."""

    zone: tzinfo
    country: str = ""
    region: str = ""
    best_hour: int | None = None

    def local(self, moment: datetime) -> str:
        """Return a moment as staff read it, in the person's own time."""
        here = moment.astimezone(self.zone)
        return f"{here:%a} {here.day} {here:%b %Y, %H:%M} ({self.zone})"


def moment(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return the moment (UTC) at which it is `clock` on `day` in `zone`, or the first one after a gap."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def length(settings: Mapping[str, Any]) -> timedelta:
    """Return the days, hours and minutes of a step as one exact span."""
    return timedelta(
        days=number(settings, "days"), hours=number(settings, "hours"), minutes=number(settings, "minutes")
    )


def number(settings: Mapping[str, Any], name: str) -> int:
    """Return a whole number of a step's settings, 0 where there is none."""
    return int(settings.get(name) or 0)


def until(start: datetime, settings: Mapping[str, Any], place: Place) -> datetime:
    """
    Return when a wait ends that began at `start`: after its days, hours and minutes, then at the next full
    `hour` (or their `best_hour`) on a day that may be a working day only (`business`).

    Source: docs/journeys.md#wait
    """
    business = bool(settings.get("business"))
    end = _days_later(start, number(settings, "days"), business, place)
    end += timedelta(hours=number(settings, "hours"), minutes=number(settings, "minutes"))
    wanted = settings.get("hour")
    if settings.get("best_hour") and place.best_hour is not None:
        wanted = place.best_hour
    if wanted is None or wanted == "":
        return _working(end, place) if business else end
    return _next_hour(end, int(wanted), business, place)


def on_day(day: date, hour: Any, place: Place) -> datetime:
    """Return the moment of `hour` (0 to 23, None: midnight) on `day` where the person is."""
    return moment(day, time(int(hour or 0)), place.zone)


def _days_later(start: datetime, days: int, business: bool, place: Place) -> datetime:
    if not days:
        return start
    here = start.astimezone(place.zone)
    if business:
        day = business_days.add_working_days(here.date(), days, place.country, place.region)
    else:
        day = here.date() + days * DAY
    return moment(day, here.timetz().replace(tzinfo=None, fold=0), place.zone)


def _working(end: datetime, place: Place) -> datetime:
    here = end.astimezone(place.zone)
    day = business_days.next_working_day(here.date(), place.country, place.region)
    return end if day == here.date() else moment(day, here.timetz().replace(tzinfo=None, fold=0), place.zone)


def _next_hour(end: datetime, hour: int, business: bool, place: Place) -> datetime:
    day = end.astimezone(place.zone).date()
    while True:
        if business:
            day = business_days.next_working_day(day, place.country, place.region)
        found = moment(day, time(hour), place.zone)
        if found >= end:
            return found
        day += DAY


def yearly(born: date, year: int) -> date:
    """Return the day of `year` on which a day comes again; 29 February is 28 in other years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def next_yearly(born: date, offset: int, today: date) -> date:
    """Return the first day on or after `today` that is `offset` days after a yearly day."""
    for year in (today.year - 1, today.year, today.year + 1, today.year + 2):
        day = yearly(born, year) + offset * DAY
        if day >= today and year >= born.year:
            return day
    return yearly(born, max(born.year, today.year)) + offset * DAY
