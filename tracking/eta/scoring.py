"""
How good windows are: on deliveries that were not learned from, and against simpler guesses.

Coverage is measured on the clock, not in days: a delivery counts as inside P10-P90 when its moment lies
between the two moments. Whole days would flatter (a window of days always holds more than its name says).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from tracking.eta import lanes
from tracking.eta.days import DAY, Floats, on_the_wall
from tracking.eta.learning import Learned, nearest
from tracking.eta.ways import Seen, place_of

SCORED = (0.1, 0.5, 0.8, 0.9)
GOAL = (0.78, 0.82)
ENOUGH = 200  # held-back deliveries: below, chance alone moves coverage by more than five points


@dataclass
class Score:
    """What came of `n` predictions. Loss: pinball loss in days, by level of SCORED."""

    n: int = 0
    inside_80: int = 0
    inside_40: int = 0
    kept: int = 0
    loss: Floats = field(default_factory=lambda: np.zeros(len(SCORED)))

    @property
    def coverage(self) -> float:
        """The part between P10 and P90."""
        return self.inside_80 / self.n if self.n else 0.0

    @property
    def upper(self) -> float:
        """The part between P50 and P90."""
        return self.inside_40 / self.n if self.n else 0.0

    @property
    def on_time(self) -> float:
        """The part that came no later than the last day of the window that is shown."""
        return self.kept / self.n if self.n else 0.0

    @property
    def margin(self) -> float:
        """Half the width of the 95 % interval of `coverage` that chance alone explains."""
        return 1.96 * (self.coverage * (1 - self.coverage) / self.n) ** 0.5 if self.n else 1.0

    def losses(self) -> dict[str, float]:
        """Return the mean loss (days) by level, 'P10' to 'P90'."""
        return {
            f"P{round(level * 100)}": float(x) / max(self.n, 1)
            for level, x in zip(SCORED, self.loss, strict=True)
        }

    def add(self, moments: Sequence[float], actual: float) -> None:
        """Count one prediction: its moments at SCORED and when it came, all as day numbers with fractions."""
        low, middle, _, high = moments
        self.n += 1
        self.inside_80 += low <= actual <= high
        self.inside_40 += middle <= actual <= high
        self.kept += actual < np.floor(high) + 1
        miss = actual - np.array(moments)
        levels = np.array(SCORED)
        self.loss = self.loss + np.maximum(levels * miss, (levels - 1) * miss)


def number(at: datetime) -> float:
    """Return a wall-clock time as a day number with its fraction."""
    return at.toordinal() + (at - datetime.combine(at.date(), datetime.min.time())) / DAY


def actual(seen: Seen) -> float:
    """Return when a parcel came, on the wall at the door, as a day number with its fraction."""
    assert seen.arrived_at is not None  # noqa: S101 (callers pass parcels that came)
    return number(on_the_wall(seen.arrived_at, seen.shop.zone_to(seen.lane)))


def moments(
    learned: Learned, seen: Seen, *, group: str = "", levels: Iterable[float] = SCORED
) -> list[float] | None:
    """
    Return the predicted moments at the door, on its wall, at the hand-over; None when nothing was learned.
    `group`: the table to read instead of the parcel's own.
    """
    assert seen.handed_over_at is not None  # noqa: S101 (callers pass parcels that were handed over)
    since = seen.shop.handed_over(seen.lane, seen.handed_over_at)
    table = nearest(learned.tables, group or lanes.transit(seen.lane, since)[-1])
    if table is None:
        return None
    days = learned.days(place_of(seen.lane))
    return [number(days.moment(since, table.quantile(level))) for level in levels]


def spread(first: date, last: date, levels: Sequence[float] = SCORED) -> list[float]:
    """
    Return a window of days as moments: a carrier that names days says no more than that each moment from the
    first midnight to the last is as likely as the other.
    """
    start, end = first.toordinal(), last.toordinal() + 1
    return [start + (end - start) * level for level in levels]
