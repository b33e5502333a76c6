"""What every kind of import does with a batch: look up what is here, judge each record, have it recorded."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from customers.models import Store
from tracking.imports.cells import Record
from tracking.imports.matching import Plan
from tracking.versions import version

LONGEST_ID = 64


class Outcome(StrEnum):
    """What becomes of a record. UNCHANGED: what is here is the same, or newer."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Refused(Exception):
    """A record that is well written and cannot be taken; the text says why, in words for staff."""


class Applier:
    """
    One import at work: `look_up` a batch, then `judge` and `apply` its records one by one.

    `as_of` is how new a record is that does not say when it changed; `at` the time of the work; `source`
    where the data come from, in a few words.
    """

    def __init__(self, *, store: Store, plan: Plan, as_of: datetime, at: datetime, source: str) -> None:
        self.store, self.plan, self.as_of, self.at, self.source = store, plan, as_of, at, source

    def look_up(self, records: Sequence[Record]) -> None:
        """Load with a few queries what judging and applying these records needs."""
        raise NotImplementedError

    def judge(self, record: Record) -> Outcome:
        """Return what would become of a record; writes nothing. Raises: Refused."""
        raise NotImplementedError

    def apply(self, record: Record) -> None:
        """Have a record that is not UNCHANGED recorded, in the batch's transaction. Raises: Refused."""
        raise NotImplementedError

    def apply_many(self, records: Sequence[Record]) -> Sequence[Record]:
        """
        Record at once those new records that nothing stands in the way of, in the batch's transaction.

        `records` are all that are new or changed, in the file's order. Returns: the others, to be applied one
        by one. Either way ends in the same rows.
        """
        return records

    def version_over(self, held: str, record: Record) -> str:
        """
        Return the version to write a record with, '' when what is held is the same content or newer.

        A record without a time of change is as new as its file. One with the same time as what is held and
        other content is a correction, and wins.
        """
        if held and held.rpartition("|")[2] == version(None, record.digest).rpartition("|")[2]:
            return ""
        when = record.changed_at or self.as_of
        made = version(when, record.digest)
        if made > held:
            return made
        time, _, rest = held.partition("|")
        rank = rest.partition("|")[0]
        if time == made.partition("|")[0] and rank.isdigit() and int(rank) < 9:
            return version(when, record.digest, int(rank) + 1)
        return ""


def made_id(*parts: str) -> str:
    """Return an id for something the file gives none: the same for the same words, and no shop's own."""
    told = ":".join(("file", *parts))
    if len(told) <= LONGEST_ID:
        return told
    return f"file:{hashlib.sha256(told.encode()).hexdigest()[:40]}"
