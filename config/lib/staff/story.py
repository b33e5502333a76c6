"""One line of a story told to staff: who says what happened when, and why. Every app can add its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from config.lib.staff import cells


@dataclass(frozen=True)
class Entry:
    """
    One thing that happened.

    `at` is aware. `local` is a wall-clock time whose offset nobody told: it is shown, while `at` only sorts.
    `kind` is the sort of source it comes from, `source` names who says so, `why` is the reason in words.
    """

    at: datetime
    kind: str
    title: str
    tone: str = cells.QUIET
    source: str = ""
    why: str = ""
    url: str = ""
    local: str = ""


def newest_first(*stories: Iterable[Entry]) -> list[Entry]:
    """Return all entries as one list, newest first."""
    return sorted((entry for story in stories for entry in story), key=lambda entry: entry.at, reverse=True)
