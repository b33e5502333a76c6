"""How a promise ended. Pure: the ledger's rule, and nothing else."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from tracking.eta.days import end_of_day, on_the_wall

OPEN, KEPT, EARLY, MISSED, VOID = "OPEN", "KEPT", "EARLY", "MISSED", "VOID"


@dataclass(frozen=True)
class End:
    """
    What became of a parcel. `arrived_at` (aware): when it was first brought (delivered, tried in vain, or
    ready to be collected); `void`: it was never delivered and will not be: refused, sent back, called off,
    replaced.
    """

    arrived_at: datetime | None = None
    void: bool = False


def outcome(from_date: date, to_date: date, made_at: datetime, end: End, zone: tzinfo, at: datetime) -> str:
    """
    Return the outcome at `at` (aware) of the promise of `from_date` to `to_date` (days in `zone`).

    Brought on a day of the window: KEPT; before it: EARLY; after it, or its last day over and not brought:
    MISSED. What was promised after the parcel was there, or for days that had passed, does not count (VOID),
    nor what could not be kept because the parcel was turned back.
    """
    over = end_of_day(to_date, zone)
    if end.void or made_at >= over:
        return VOID
    if end.arrived_at is not None:
        if made_at >= end.arrived_at:
            return VOID
        day = on_the_wall(end.arrived_at, zone).date()
        return EARLY if day < from_date else KEPT if day <= to_date else MISSED
    return MISSED if over <= at else OPEN
