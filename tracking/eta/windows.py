"""
From tables to days: when a parcel comes, given what is known of it and that it has not come yet.

The window runs from the day of P50 to the day of P90. It depends on facts alone: who, from where to where,
when handed over, out for delivery or held, and on whether earlier windows have passed; never on when we heard
of them. So scans may come in any order, and a window that still holds does not move from one day to the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from tracking.eta import lanes
from tracking.eta.days import DAY, Days, on_the_wall
from tracking.eta.learning import Place
from tracking.eta.tables import Table
from tracking.eta.ways import Seen, place_of

MIDDLE, HIGH, LOW = 0.5, 0.9, 0.1
# A carrier (for windows before the hand-over: a store) nobody knows this many deliveries of gets no window.
KNOWN = 30
LAPSES = 90  # windows in a row that passed without the parcel: then we say no more
SLICES = [(step + 0.5) / 20 for step in range(20)]


@dataclass(frozen=True)
class Guess:
    """
    A learned window: days at the door, the moments (naive, on the wall there) of P10, P50 and P90, the table
    it was read from, and the stage and moment (naive) it starts from.
    """

    from_date: date
    to_date: date
    low: datetime
    middle: datetime
    high: datetime
    table: Table
    stage: str
    as_of: datetime

    def why(self) -> dict[str, Any]:
        """Return what the window was made of, as it is kept with it."""
        return {
            "rule": "learned",
            "stage": self.stage,
            "group": self.table.key,
            "n": self.table.n,
            "weight": round(self.table.weight, 1),
            "p10": self.low.isoformat(timespec="minutes"),
            "p50": self.middle.isoformat(timespec="minutes"),
            "p90": self.high.isoformat(timespec="minutes"),
            "as_of": self.as_of.isoformat(timespec="minutes"),
        }


@dataclass(frozen=True)
class Tables:
    """What was learned, as far as one parcel needs it. `days`: which days count for a place."""

    find: Callable[[str], Table | None]
    days: Callable[[Place], Days]

    def nearest(self, keys: Sequence[str]) -> Table | None:
        """Return the table of the last of `keys` (widest first) that has one."""
        return next((table for table in map(self.find, reversed(keys)) if table), None)


def wanted(seen: Seen, on: date) -> list[str]:
    """Return every key that a window for the parcel may be read from; `on`: some day of its way."""
    week = [on + DAY * step for step in range(7)]
    keys = [key for day in week for key in lanes.transit(seen.lane, day)]
    if seen.handed_over_at is None:
        keys += [key for day in week for key in lanes.handling(seen.shop.slug, day)]
    return list(dict.fromkeys([*keys, *lanes.last_leg(seen.lane)]))


def known(tables: Tables, seen: Seen) -> bool:
    """Say whether enough deliveries of the parcel's carrier were seen to speak of its next ones."""
    carrier = tables.find(lanes.transit(seen.lane, date.min)[2])
    if carrier is None or carrier.n < KNOWN:
        return False
    if seen.handed_over_at is not None:
        return True
    store = tables.find(lanes.handling(seen.shop.slug, date.min)[1])
    return store is not None and store.n >= KNOWN


def window(tables: Tables, seen: Seen, *, since: datetime, until: date) -> Guess | None:
    """
    Return the window that is shown on the day `until` (at the door) for a parcel that has not come.

    `since` (aware): the last fact that starts a new window: the label, the hand-over, out for delivery, a try
    in vain. Windows that passed before `until` are followed by the next: each starts on the day after the one
    before ended. None when too little was learned, or when the parcel outstays everything.
    """
    if not known(tables, seen):
        return None
    wall = on_the_wall(since, seen.shop.zone_to(seen.lane))
    for _ in range(LAPSES):
        guess = _once(tables, seen, wall)
        if guess is None or guess.to_date >= until:
            return guess
        wall = datetime.combine(guess.to_date + DAY, time())
    return None


def _once(tables: Tables, seen: Seen, wall: datetime) -> Guess | None:
    """Return the window of a parcel that had not come at `wall` (naive, at the door)."""
    days = tables.days(place_of(seen.lane))
    if seen.handed_over_at is None:
        return _from_the_order(tables, seen, wall, days)
    start, stage = seen.shop.handed_over(seen.lane, seen.handed_over_at), "on its way"
    table = tables.nearest(lanes.transit(seen.lane, start))
    if seen.out_at:
        left = on_the_wall(seen.out_at, seen.shop.zone_to(seen.lane)).date()
        last = tables.nearest(lanes.last_leg(seen.lane))
        if last is not None and last.n >= KNOWN:
            start, stage, table = left, "out for delivery", last
    if table is None:
        return None
    passed = days.position(start, wall) if wall.date() >= start else 0.0
    moments = [
        _not_before(days, days.moment(start, table.beyond(passed, p)), wall) for p in (LOW, MIDDLE, HIGH)
    ]
    return _guess(moments, table, stage, wall)


def _from_the_order(tables: Tables, seen: Seen, wall: datetime, days: Days) -> Guess | None:
    """
    Return the window of a parcel that was not handed over yet: each of twenty equally likely hand-overs,
    followed by twenty equally likely ways.
    """
    if seen.placed_at is None:
        return None
    shop, ready = seen.shop, seen.shop.ready(seen.placed_at)
    packing = tables.nearest(lanes.handling(shop.slug, ready))
    if packing is None:
        return None
    work = tables.days(shop.place)
    passed = work.position(ready, wall) if wall.date() >= ready else 0.0
    found: list[datetime] = []
    table: Table | None = None
    for slice_ in SLICES:
        handed = _not_before(work, work.moment(ready, packing.beyond(passed, slice_)), wall).date()
        table = tables.nearest(lanes.transit(seen.lane, handed))
        if table is None:
            return None
        found += [days.moment(handed, table.quantile(other)) for other in SLICES]
    found.sort()
    moments = [_not_before(days, found[int(level * len(found))], wall) for level in (LOW, MIDDLE, HIGH)]
    assert table is not None  # noqa: S101 (there are slices)
    return _guess(moments, table, "not handed over yet", wall)


def _not_before(days: Days, moment: datetime, wall: datetime) -> datetime:
    """Return `moment`, or when that has passed the next day that counts: nothing comes in the past."""
    if moment >= wall:
        return moment
    return max(datetime.combine(days.next(wall.date()), wall.time()), wall)


def _guess(moments: Sequence[datetime], table: Table, stage: str, wall: datetime) -> Guess:
    low, middle, high = moments
    return Guess(middle.date(), max(high, middle).date(), low, middle, high, table, stage, wall)
