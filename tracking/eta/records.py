"""
A carrier judged by its own word: how often it came after the window it had told, and by how much.

The rule, fixed: a carrier's window is shown as it was told, unless among parcels of the same source, carrier,
lead and service (shrunk to wider groups where there are few) more than LATE came after its last day, and the
group holds KNOWN deliveries. Then its end moves by the P90 of how late those came, in days that count, and
its beginning by their P50; never earlier, never by less than a day. A window with hours, told on its own day,
stands as told: the driver knows best.
"""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from math import ceil
from typing import Any

from tracking.carriers.base import Window
from tracking.eta import lanes
from tracking.eta.days import Days, on_the_wall
from tracking.eta.lanes import Lane
from tracking.eta.tables import Table
from tracking.eta.windows import Tables

LATE = 0.15
KNOWN = 30
MOST = 15  # days: whoever is later than this does not know


@dataclass(frozen=True)
class Word:
    """A window as it was told: by whom (`source`), and when (aware)."""

    window: Window
    source: str
    told_at: datetime


def lead_of(days: Days, told_on: date, to_date: date) -> int:
    """Return how many counted days before its end a window was told."""
    return days.between(told_on, to_date)


def lateness(days: Days, to_date: date, arrived: datetime) -> float:
    """
    Return how long after the end of `to_date` a parcel came (`arrived`: naive, on the wall), in counted days:
    above 0 it was late, -0.4 is the afternoon of the last day.
    """
    if arrived.date() > to_date:
        return max(days.position(to_date, arrived) - 1, 1e-3)
    return days.position(arrived.date(), arrived) - 1 - days.between(arrived.date(), to_date)


def own_word(told: Word, zone: tzinfo) -> bool:
    """Say whether a window stands as told: it names hours, and was told on its own day or later."""
    day = on_the_wall(told.told_at, zone).date()
    return told.window.to_at is not None and told.window.to_date <= day


def corrected(
    told: Word, lane: Lane, zone: tzinfo, tables: Tables, days: Days
) -> tuple[Window, dict[str, Any]]:
    """
    Return the window to show for what a carrier told, and why it differs ({} when it does not). `zone`: at
    the door.
    """
    if own_word(told, zone):
        return told.window, {}
    lead = lead_of(days, on_the_wall(told.told_at, zone).date(), told.window.to_date)
    table = tables.nearest(
        lanes.record(told.source, lane, lead)[1:]
    )  # others' records say nothing of this one
    if table is None or not bad(table):
        return told.window, {}
    later = min(max(ceil(table.quantile(0.9)), 1), MOST)
    begins = min(max(ceil(table.quantile(0.5)), 0), later)
    to_date = days.add(told.window.to_date, later)
    from_date = days.add(told.window.from_date, begins) if begins else told.window.from_date
    why = {
        "rule": "corrected",
        "group": table.key,
        "n": table.n,
        "late": round(1 - table.cdf(0.0), 3),
        "moved_by": later,
        "told_from": told.window.from_date.isoformat(),
        "told_to": told.window.to_date.isoformat(),
        "source": told.source,
    }
    return Window(min(from_date, to_date), to_date), why


def bad(table: Table) -> bool:
    """Say whether a record is bad: enough deliveries, and too many of them late."""
    return table.n >= KNOWN and 1 - table.cdf(0.0) > LATE
