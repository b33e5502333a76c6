"""
Whose word is shown. A pure function of what is known, so that messages may come in any order.

1. The carrier's newest word (by when it was told), corrected by its record, while its last day has not
passed.
2. After that day, or without any word, while the parcel moves: the window learned from our own deliveries.
   A newer word of the carrier that still holds takes over at once.
3. Nothing learned: the carrier's word stands, even when its day has passed (the page then says "late").
4. A parcel that is held, waits to be collected or is on its way back gets no new learned window: what was
   learned for it before that stands until its day has passed, then no day is named. One that has come keeps
   its carrier's word and no other: what was shown is in the ledger.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tracking.carriers.base import Window
from tracking.eta.records import Word, corrected
from tracking.eta.ways import Seen, place_of
from tracking.eta.windows import Tables, window

OURS = "ours"


class Course(StrEnum):
    """What a parcel is doing, as far as its window is concerned."""

    MOVING = "moving"
    HELD = "held"
    OVER = "over"


@dataclass(frozen=True)
class Facts:
    """
    What is known of one parcel. `since` (aware): the fact that starts a learned window; `held_at`: when it
    stopped moving, for HELD; `told`: the carrier's newest word.
    """

    seen: Seen
    course: Course
    since: datetime
    told: Word | None = None
    held_on: date | None = None


@dataclass(frozen=True)
class Choice:
    """The window to show (None: none), whose word it is, and what it was made of."""

    window: Window | None = None
    source: str = ""
    why: dict[str, Any] = field(default_factory=dict)


def choose(facts: Facts, tables: Tables | None, today: date) -> Choice:
    """
    Return the window to show on `today` (at the door). `tables`: what was learned, None when nothing was.
    """
    told = _told(facts, tables)
    if told.window and (facts.course is not Course.MOVING or told.window.to_date >= today):
        return told
    if facts.course is Course.OVER or tables is None:
        return told
    until = today if facts.course is Course.MOVING else min(facts.held_on or today, today)
    guess = window(tables, facts.seen, since=facts.since, until=until)
    if guess is None or guess.to_date < today:
        return told
    first = max(guess.from_date, min(today, guess.to_date))  # nothing comes on a day that has passed
    return Choice(Window(first, guess.to_date), OURS, guess.why())


def _told(facts: Facts, tables: Tables | None) -> Choice:
    if facts.told is None:
        return Choice()
    if tables is None:
        return Choice(facts.told.window, facts.told.source)
    zone = facts.seen.shop.zone_to(facts.seen.lane)
    shown, why = corrected(facts.told, facts.seen.lane, zone, tables, tables.days(place_of(facts.seen.lane)))
    return Choice(shown, OURS if why else facts.told.source, why)
