"""
From deliveries to tables: which days count, then the quantiles of every group, widest first.

Deliveries come as columns, so that a million of them fit into memory and are counted by arithmetic on whole
columns.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np

from config.lib.business_days import kind_of_day
from tracking.eta.days import Days, Floats, Ints, extra_days, positions
from tracking.eta.tables import Table, shrunk

# How many deliveries the next wider group counts for, by how deep a group lies.
KEEPS = (0.0, 20.0, 20.0, 12.0, 10.0, 15.0, 20.0, 20.0)
HALF_LIFE = 45.0  # days: a delivery of six weeks ago counts half
LEAST = 5  # deliveries of a group before it has a table of its own
# A kind of day off counts when a carrier delivers on it at least this part of what it does on a working day.
DELIVERS = 0.15
SEEN = 10


@dataclass(frozen=True)
class Place:
    """Whose days are counted, where: a carrier's (or a store's) at a place."""

    who: str
    country: str
    region: str = ""


@dataclass
class History:
    """
    Ways that were gone, one row each. Days are day numbers (date.toordinal) on the wall at the place; `clock`
    is the part of the last day that had passed. `done` is 0 where the parcel was still on its way then.
    `given`: what was measured otherwise (NaN: by the days).
    """

    groups: list[tuple[str, ...]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    group: "array[int]" = field(default_factory=lambda: array("l"))
    place: "array[int]" = field(default_factory=lambda: array("l"))
    since: "array[int]" = field(default_factory=lambda: array("l"))
    until: "array[int]" = field(default_factory=lambda: array("l"))
    clock: "array[float]" = field(default_factory=lambda: array("d"))
    done: "array[int]" = field(default_factory=lambda: array("b"))
    given: "array[float]" = field(default_factory=lambda: array("d"))
    _known_groups: dict[tuple[str, ...], int] = field(default_factory=dict)
    _known_places: dict[Place, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.group)

    def add(
        self, keys: tuple[str, ...], place: Place, since: date, until: date, clock: float, done: bool = True
    ) -> None:
        """
        Add a way from day `since` to the moment `clock` of day `until`; `keys`: its groups, widest first.
        """
        self._add(keys, place, since, max(until, since), clock, done, float("nan"))

    def add_value(self, keys: tuple[str, ...], place: Place, told: date, value: float) -> None:
        """Add a number that was measured already, of the day `told`."""
        self._add(keys, place, told, told, 0.0, True, value)

    def _add(
        self,
        keys: tuple[str, ...],
        place: Place,
        since: date,
        until: date,
        clock: float,
        done: bool,
        value: float,
    ) -> None:
        group = self._known_groups.setdefault(keys, len(self.groups))
        if group == len(self.groups):
            self.groups.append(keys)
        where = self._known_places.setdefault(place, len(self.places))
        if where == len(self.places):
            self.places.append(place)
        self.group.append(group)
        self.place.append(where)
        self.since.append(since.toordinal())
        self.until.append(until.toordinal())
        self.clock.append(clock)
        self.done.append(1 if done else 0)
        self.given.append(value)


@dataclass(frozen=True)
class Learned:
    """What was learned: tables by key, and kinds of days off that count, by (who, country)."""

    tables: Mapping[str, Table]
    extra: Mapping[tuple[str, str], frozenset[str]]
    deliveries: int

    def days(self, place: Place) -> Days:
        """Return the days that count for `place`."""
        return Days(place.country, place.region, self.extra.get((place.who, place.country), frozenset()))


def ages(days: Ints, today: int, half_life: float = HALF_LIFE) -> Floats:
    """Return the weight of what happened on each of `days` (day numbers): half after `half_life` days."""
    return np.asarray(0.5 ** (np.maximum(today - days, 0) / half_life), dtype=np.float64)


def days_that_count(
    history: History, today: int, half_life: float = HALF_LIFE
) -> dict[tuple[str, str], frozenset[str]]:
    """
    Return by (who, country) on which kinds of days off there were deliveries too.

    A kind counts when it was seen SEEN times and its mean day brought DELIVERS of what a mean working day
    did; both means are of days weighted by age.
    """
    until, done, place = np.array(history.until), np.array(history.done), np.array(history.place)
    by_who: dict[tuple[str, str], list[int]] = {}
    for number, where in enumerate(history.places):
        by_who.setdefault((where.who, where.country), []).append(number)
    found: dict[tuple[str, str], frozenset[str]] = {}
    for who, numbers in by_who.items():
        came = until[np.isin(place, numbers) & (done > 0)]
        if came.size < SEEN:
            continue
        region = history.places[numbers[0]].region if len(numbers) == 1 else ""
        first, last = int(came.min()), int(came.max())
        per_day = np.bincount(came - first, minlength=last - first + 1)
        kinds = np.array([_kind(day, who[1], region) for day in range(first, last + 1)])
        weights = ages(np.arange(first, last + 1), today, half_life)
        found[who] = _delivers(per_day, kinds, weights)
    return {who: kinds for who, kinds in found.items() if kinds}


@lru_cache(maxsize=65536)
def _kind(day: int, country: str, region: str) -> str:
    return kind_of_day(date.fromordinal(day), country, region)


def _delivers(
    per_day: Ints, kinds: "np.ndarray[tuple[int], np.dtype[np.str_]]", weights: Floats
) -> frozenset[str]:
    rates = {
        str(kind): (
            float((per_day * weights)[kinds == kind].sum() / weights[kinds == kind].sum()),
            int(per_day[kinds == kind].sum()),
        )
        for kind in np.unique(kinds)
    }
    usual = rates.pop("", (0.0, 0))[0]
    return extra_days([k for k, (rate, seen) in rates.items() if seen >= SEEN and rate >= DELIVERS * usual])


def measured(history: History, extra: Mapping[tuple[str, str], frozenset[str]]) -> Floats:
    """Return the position of each row (tracking.eta.days)."""
    since, until = np.array(history.since, dtype=np.int64), np.array(history.until, dtype=np.int64)
    clock, place = np.array(history.clock, dtype=np.float64), np.array(history.place)
    found: Floats = np.zeros(len(history), dtype=np.float64)
    if not len(history):
        return found
    span = (int(since.min()), int(until.max()))
    order = np.argsort(place, kind="stable")
    bounds = np.searchsorted(place[order], np.arange(len(history.places) + 1))
    for number, where in enumerate(history.places):
        rows = order[bounds[number] : bounds[number + 1]]
        days = Days(where.country, where.region, extra.get((where.who, where.country), frozenset()))
        found[rows] = positions(days, since[rows], until[rows], clock[rows], span)
    given = np.array(history.given, dtype=np.float64)
    return np.where(np.isnan(given), found, given)


def learn(
    history: History,
    *,
    today: date,
    half_life: float = HALF_LIFE,
    extra: Mapping[tuple[str, str], frozenset[str]] | None = None,
) -> Learned:
    """
    Learn the tables of all groups from `history` as it was known on `today`; `extra`: which days off count,
    where that is known already.

    A delivery's weight halves every `half_life` days. Groups of fewer than LEAST deliveries have no table:
    the next wider one speaks for them.
    """
    if extra is None:
        extra = days_that_count(history, today.toordinal(), half_life)
    values = measured(history, extra)
    weights = ages(np.array(history.since, dtype=np.int64), today.toordinal(), half_life)
    done = np.array(history.done, dtype=np.float64)
    tables: dict[str, Table] = {}
    for key, wider, rows, depth in _groups(history):
        if depth and done[rows].sum() < LEAST:
            continue
        made = shrunk(key, values[rows], weights[rows], done[rows], nearest(tables, wider), KEEPS[depth])
        if made is not None and made.key == key:
            tables[key] = made
    return Learned(tables, extra, int(done.sum()))


def nearest(tables: Mapping[str, Table], key: str) -> Table | None:
    """Return the table of `key` or of the next wider group that has one."""
    while key and key not in tables:
        key = key.rpartition("|")[0]
    return tables.get(key)


def _groups(history: History) -> Iterator[tuple[str, str, Ints, int]]:
    """Yield every group, widest first: key, the next wider group's key, its rows, how deep it lies."""
    group = np.array(history.group)
    depths = max((len(keys) for keys in history.groups), default=0)
    for depth in range(depths):
        numbers: dict[str, int] = {}
        widers: list[str] = []
        of_group = np.full(len(history.groups), -1)
        for number, keys in enumerate(history.groups):
            if depth < len(keys):
                of_group[number] = numbers.setdefault(keys[depth], len(numbers))
                if of_group[number] == len(widers):
                    widers.append(keys[depth - 1] if depth else "")
        mine = of_group[group]
        order = np.argsort(mine, kind="stable")
        bounds = np.searchsorted(mine[order], np.arange(len(numbers) + 1))
        for key, number in numbers.items():
            yield key, widers[number], order[bounds[number] : bounds[number + 1]], depth
