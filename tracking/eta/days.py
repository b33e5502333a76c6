"""
The clock that transit times are measured on: days that count, and the time of day of the last of them.

A day counts at a destination when people work there on it, or when the carrier was seen to deliver on such
days. A position is the number of days that count after the day a parcel set out, plus the part of its last
day that had passed on the wall clock: handed over on Friday, at the door on Monday noon is 1.5. A day that
does not count has no length: whatever happens on it stands at the end of the day before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from config.lib.business_days import kind_of_day

DAY = timedelta(days=1)
NEARLY = 1 - 1e-6
LONGEST = 400  # days that count: nothing is predicted beyond

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Days:
    """
    Which days count for one carrier at one place. `country`, `region`: the place (ISO 3166). `extra`: kinds
    of days off on which the carrier delivers all the same ('holiday', or '5' for Saturdays, '6' for Sundays,
    …).
    """

    country: str
    region: str = ""
    extra: frozenset[str] = frozenset()

    def counts(self, day: date) -> bool:
        """Say whether `day` counts."""
        kind = kind_of_day(day, self.country, self.region)
        return kind == "" or kind in self.extra

    def next(self, day: date) -> date:
        """Return `day` when it counts, else the first day after it that does."""
        for _ in range(LONGEST):
            if self.counts(day):
                break
            day += DAY
        return day

    def add(self, day: date, days: int) -> date:
        """Return the day that is `days` counted days after `day`; `day` itself with 0."""
        for _ in range(min(days, LONGEST)):
            day = self.next(day + DAY)
        return day

    def between(self, first: date, last: date) -> int:
        """Count the days that count after `first`, up to and with `last`; 0 when `last` is not later."""
        span = min((last - first).days, 5 * LONGEST)
        return sum(self.counts(first + DAY * step) for step in range(1, span + 1))

    def position(self, since: date, at: datetime) -> float:
        """Return where the wall-clock time `at` (naive, at the place) stands for what set out on `since`."""
        passed = part_of_day(at) if at.date() == since or self.counts(at.date()) else NEARLY
        return self.between(since, at.date()) + passed

    def moment(self, since: date, position: float) -> datetime:
        """Return the wall-clock time (naive, at the place) of `position`: the inverse of `position()`."""
        whole = int(position)
        seconds = min(int((position - whole) * 86400), 86399)
        return datetime.combine(self.add(since, whole), time()) + timedelta(seconds=seconds)


def part_of_day(at: datetime) -> float:
    """Return how much of its day had passed at the wall-clock time `at`, in [0, 1)."""
    return (at.hour * 3600 + at.minute * 60 + at.second) / 86400


def on_the_wall(at: datetime, zone: tzinfo) -> datetime:
    """Return the aware time `at` as the clock on a wall in `zone` shows it (naive)."""
    return at.astimezone(zone).replace(tzinfo=None)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the moment (aware, UTC) at which `day` is over in `zone`."""
    return datetime.combine(day + DAY, time(), zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def _counted(country: str, region: str, extra: frozenset[str], first: int, last: int) -> tuple[Ints, Floats]:
    """
    Return for the day numbers `first` to `last`: how many counted days there were so far, and each's own.
    """
    days = Days(country, region, extra)
    own = np.array([days.counts(date.fromordinal(n)) for n in range(first, last + 1)], dtype=np.int64)
    return np.cumsum(own), own.astype(np.float64)


def positions(days: Days, since: Ints, until: Ints, passed: Floats, span: tuple[int, int]) -> Floats:
    """
    Return `Days.position` for many at once. `since`, `until`: day numbers (date.toordinal) within `span`;
    `passed`: the part of the last day. Both arrays of days must lie in `span` (first and last day number).
    """
    so_far, own = _counted(days.country, days.region, days.extra, *span)
    whole = np.maximum(so_far[until - span[0]] - so_far[since - span[0]], 0)
    inside = (own[until - span[0]] > 0) | (until == since)
    return np.asarray(whole + np.where(inside, passed, NEARLY), dtype=np.float64)


def extra_days(kinds: Collection[str]) -> frozenset[str]:
    """Return `kinds` as `Days` takes them."""
    return frozenset(str(kind) for kind in kinds)
