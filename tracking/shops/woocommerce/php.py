"""What is peculiar to JSON and times that WordPress writes."""

from datetime import datetime

from tracking import reading
from tracking.reading import Record


def records(value: object, what: str) -> list[Record]:
    """
    Return a list of objects, [] for null; nulls in it are left out. Raises: BadPayload.

    PHP writes a list that has lost an entry as an object with numbers for names; an empty object as a list.
    """
    if isinstance(value, dict) and all(name.isascii() and name.isdigit() for name in value):
        value = [entry for _, entry in sorted(value.items(), key=lambda pair: (len(pair[0]), pair[0]))]
    return reading.records(value, what)


def optional(value: object, what: str) -> Record:
    """Return an object, {} for null, for PHP's empty list and for '' or false. Raises: BadPayload."""
    return {} if value in (None, [], "", False) else reading.record(value, what)


def moment(told: Record, name: str) -> datetime | None:
    """
    Return the time `<name>_gmt` (aware, UTC; it is written without a Z), None for none. Raises: BadPayload.

    The field without `_gmt` is in the shop's own zone, which is told nowhere: it is never read.
    """
    return reading.moment(told.get(f"{name}_gmt"), f"{name}_gmt")


def linked(value: object, what: str) -> str:
    """Return the id of another thing, '' for null and WordPress's none, 0. Raises: BadPayload."""
    found = reading.maybe_identifier(value if value != "" else None, what)
    return "" if found == "0" else found
