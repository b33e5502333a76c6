"""
Histories as stores have them, for trying the learning out: carriers of several kinds, lanes, weekdays,
cut-off times, holidays, a busy December, parcels that get stuck.

Every parcel's life is drawn from a seed; nothing here knows how the learning works, and the learning knows
nothing of this.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.lib.business_days import is_working_day, kind_of_day
from tracking.eta.lanes import Lane

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Carrier:
    """
    A made-up carrier: how many days it usually needs at home and abroad, how often more, when it brings.
    `weekend`: kinds of days off on which it delivers a part of the time. `flatters`: how often its own window
    is too early.
    """

    code: str
    services: tuple[tuple[str, float, float], ...]  # name, share, days faster
    home: tuple[float, ...]  # chances of 1, 2, 3, … days
    abroad: tuple[float, ...]
    hours: tuple[float, float]  # mean and spread of the hour at the door
    stuck: float
    weekend: tuple[tuple[str, float], ...] = ()
    flatters: float = 0.1


CARRIERS = (
    Carrier("brown", (("Ground", 0.8, 0), ("Next Day Air", 0.2, 2)), (0.15, 0.35, 0.3, 0.15, 0.05),
            (0.0, 0.05, 0.2, 0.3, 0.25, 0.2), (13.5, 2.6), 0.03, (("5", 0.35),)),
    Carrier("postal", (("Parcel", 0.7, 0), ("Priority", 0.3, 1)), (0.1, 0.4, 0.3, 0.1, 0.06, 0.04),
            (0.0, 0.0, 0.05, 0.1, 0.2, 0.25, 0.2, 0.2), (12.0, 2.0), 0.05, (("5", 0.9),), flatters=0.3),
    Carrier("yellow", (("Express", 0.4, 1), ("Paket", 0.6, 0)), (0.5, 0.35, 0.1, 0.05),
            (0.2, 0.4, 0.25, 0.15), (12.5, 2.8), 0.02, (("5", 0.8),)),
    Carrier("violet", (("Home", 1.0, 0),), (0.2, 0.3, 0.25, 0.15, 0.1),
            (0.0, 0.1, 0.3, 0.3, 0.3), (15.0, 3.0), 0.04, (("5", 0.6), ("6", 0.5), ("holiday", 0.2))),
)  # fmt: skip

# country -> zone, regions with a usual extra of days, postcodes
PLACES = {
    "US": ("America/New_York", (("NY", 0, "10"), ("CA", 2, "90"), ("TX", 1, "75"), ("IL", 1, "60"))),
    "DE": ("Europe/Berlin", (("BE", 0, "10"), ("BY", 0, "80"), ("NW", 0, "40"))),
    "GB": ("Europe/London", (("ENG", 0, "SW1"), ("SCT", 1, "EH1"))),
    "JP": ("Asia/Tokyo", (("13", 0, "100"), ("27", 0, "530"))),
    "IL": ("Asia/Jerusalem", (("TA", 0, "61"),)),
}
_SHARES = {"US": (("US", 0.82), ("GB", 0.07), ("DE", 0.05), ("JP", 0.04), ("IL", 0.02)),
           "DE": (("DE", 0.8), ("GB", 0.1), ("US", 0.08), ("IL", 0.02))}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A window as its carrier told it: days at the destination, and when (aware)."""

    told_at: datetime
    from_date: date
    to_date: date


@dataclass(frozen=True)
class Way:
    """One parcel's way. Times are aware; `delivered_at` None for one that never comes."""

    store: str
    store_country: str
    lane: Lane
    placed_at: datetime
    handed_over_at: datetime
    delivered_at: datetime | None
    told: Told | None


def ways(count: int, *, seed: int, start: date = date(2025, 3, 3), days: int = 360) -> Iterator[Way]:
    """Yield `count` parcels of two stores over `days` days, in no particular order."""
    draw = random.Random(f"eta:{seed}")  # noqa: S311 (a repeatable play, not a secret)
    drift = {carrier.code: draw.uniform(-0.1, 0.25) for carrier in CARRIERS}
    for _ in range(count):
        while True:
            day = start + timedelta(days=draw.randrange(days))
            if draw.random() < (1.0 if day.month in (11, 12) else 0.6):
                break
        yield _way(draw, day, (day - start).days / days, drift)


def _way(draw: random.Random, day: date, through: float, drift: dict[str, float]) -> Way:
    store, home = ("north", "US") if draw.random() < 0.7 else ("south", "DE")
    zone = ZoneInfo(PLACES[home][0])
    hour = min(max(draw.gauss(15, 5), 0), 23.9)
    placed = datetime.combine(day, time(), zone) + timedelta(hours=hour)
    handed = _handed_over(draw, placed, home, zone)
    to, region, more, postcode = _destination(draw, home)
    carrier = draw.choices(CARRIERS, (0.35, 0.3, 0.25, 0.1))[0]
    service, _, faster = draw.choices(carrier.services, [share for _, share, _ in carrier.services])[0]
    lane = Lane(carrier.code, service, home, "OR" if home == "US" else "BE", to, region, postcode)
    busy = 1.0 if handed.month == 12 else 0.3 if handed.month == 11 else 0.0
    slower = drift[carrier.code] * through + 0.35 * busy
    needed = _days_needed(draw, carrier, lane, more if home == to else 0, faster, slower, handed)
    expected = max(1, round(_usual(carrier, lane) + (more if home == to else 0) - faster))
    door = _at_the_door(draw, carrier, lane, handed, needed)
    told = _told(draw, carrier, lane, handed, expected)
    return Way(store, home, lane, placed.astimezone(UTC), handed.astimezone(UTC), door, told)


def _handed_over(draw: random.Random, placed: datetime, country: str, zone: ZoneInfo) -> datetime:
    """Packed the same day before the cut-off at two, else on the next working day; sometimes a day later."""
    day = placed.date() + (DAY if placed.hour >= 14 else timedelta(0))
    wait = draw.choices((0, 1, 2, 3), (0.75, 0.18, 0.05, 0.02))[0]
    while True:
        if is_working_day(day, country):
            if not wait:
                break
            wait -= 1
        day += DAY
    at = datetime.combine(day, time(), zone) + timedelta(hours=draw.gauss(17.5, 0.8))
    return max(at, placed + timedelta(hours=1))


def _destination(draw: random.Random, home: str) -> tuple[str, str, int, str]:
    to = draw.choices(*zip(*_SHARES[home], strict=True))[0]
    region, more, stem = draw.choice(PLACES[to][1])
    return to, region, more, stem + "".join(draw.choice("0123456789") for _ in range(3))


def _usual(carrier: Carrier, lane: Lane) -> float:
    chances = carrier.abroad if lane.abroad else carrier.home
    return sum((days + 1) * chance for days, chance in enumerate(chances))


def _days_needed(
    draw: random.Random,
    carrier: Carrier,
    lane: Lane,
    more: int,
    faster: float,
    slower: float,
    handed: datetime,
) -> int:
    chances = carrier.abroad if lane.abroad else carrier.home
    days = 1 + draw.choices(range(len(chances)), chances)[0] + more - int(faster)
    if draw.random() < slower:
        days += 1
    if handed.weekday() == 4 and draw.random() < 0.15:  # Friday's lorry is full
        days += 1
    if draw.random() < carrier.stuck:
        days += 2 + int(draw.expovariate(1 / 4))
    return max(days, 1)


def _at_the_door(
    draw: random.Random, carrier: Carrier, lane: Lane, handed: datetime, needed: int
) -> datetime | None:
    if draw.random() < 0.004:
        return None  # lost
    zone = ZoneInfo(PLACES[lane.to_country][0])
    day, off = handed.astimezone(zone).date(), dict(carrier.weekend)
    while needed > 0:
        day += DAY
        kind = kind_of_day(day, lane.to_country, lane.to_region if lane.to_country == "DE" else "")
        if kind == "" or draw.random() < off.get(kind, 0.0):
            needed -= 1
    hour = min(max(draw.gauss(*carrier.hours), 7.5), 21.5)
    return (datetime.combine(day, time(), zone) + timedelta(hours=hour)).astimezone(UTC)


def _told(draw: random.Random, carrier: Carrier, lane: Lane, handed: datetime, expected: int) -> Told:
    """A carrier's own window: two days around what it thinks, which some carriers think too kindly."""
    zone = ZoneInfo(PLACES[lane.to_country][0])
    days = max(1, expected - (1 if draw.random() < carrier.flatters else 0) + draw.choice((0, 0, 0, 1)))
    day = handed.astimezone(zone).date()
    first = day
    for step in range(days + 1):
        if step == days:
            first = day
        day += DAY
        while not is_working_day(day, lane.to_country):
            day += DAY
    return Told((handed + timedelta(hours=3)).astimezone(UTC), first, day)
