"""One row read through a plan: each field by its column, each doubt a sentence that names it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from tracking import places
from tracking.imports import numbers, times, words
from tracking.imports.errors import BadRows, BadValue
from tracking.imports.fields import FIELDS
from tracking.imports.matching import Plan
from tracking.imports.rows import Row
from tracking.imports.shape import storable
from tracking.shops.words import email

T = TypeVar("T")
LONGEST_ID = 64


@dataclass(frozen=True)
class Record:
    """
    What one or more rows say about one thing.

    `key` is what makes it one thing in the file; `data` our frozen data, with ids still '' where the file
    names none; `digest` of its content; `changed_at` when the source last changed it, if it says so.
    `left_out` names what could not be read and was not worth losing the row for.
    """

    key: str
    rows: tuple[Row, ...]
    data: Any
    digest: str
    changed_at: datetime | None = None
    left_out: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        """The line of the file it begins in."""
        return self.rows[0].line


@dataclass
class Cells:
    """The fields of one row. Each method raises BadValue with words that name the field's column."""

    row: Row
    plan: Plan
    left_out: list[str] = field(default_factory=list)

    def raw(self, name: str) -> Any:
        """Return what stands in the field's column, '' when nothing does or no column was chosen."""
        column = self.plan.mapping.get(name)
        value = self.row.cells.get(column) if column else None
        return "" if value is None else value

    def text(self, name: str, longest: int = 200) -> str:
        """Return words, cut to `longest` characters."""
        value = self.raw(name)
        if isinstance(value, bool):
            return "true" if value else "false"
        return storable(str(value)).strip()[:longest].rstrip()

    def identifier(self, name: str) -> str:
        """Return an id, '' for none. Spreadsheets ruin long ones (8.2E+17): those are refused."""
        found = self.text(name, LONGEST_ID + 1)
        if len(found) > LONGEST_ID:
            raise self.wrong(name, f"“{found[:40]}…” is too long for an id.")
        if re.fullmatch(r"\d[.,]\d+E\+\d+", found, re.IGNORECASE):
            raise self.wrong(name, f"“{found}” was rounded by a spreadsheet: its last digits are lost.")
        return found.removesuffix(".0") if re.fullmatch(r"\d+\.0", found) else found

    def money(self, name: str, currency: str) -> int | None:
        """Return minor units, None for an empty cell."""
        return self._read(name, lambda told: numbers.minor(told, currency, self.plan.decimal))

    def number(self, name: str) -> Decimal | None:
        """Return a number, None for an empty cell."""
        return self._read(name, lambda told: numbers.decimal(told, self.plan.decimal))

    def count(self, name: str) -> int | None:
        """Return a whole number, None for an empty cell."""
        return self._read(name, lambda told: numbers.count(told, self.plan.decimal))

    def flag(self, name: str) -> bool | None:
        """Return yes or no, None for an empty cell."""
        return self._read(name, words.flag)

    def moment(self, name: str, zone: str = "") -> datetime | None:
        """Return an instant (aware, UTC), None for an empty cell. `zone`: the row's own, if it has one."""
        return self._read(name, lambda told: times.moment(told, self.plan.dates, zone or self.plan.zone))

    def day(self, name: str) -> date | None:
        """Return a day, None for an empty cell."""
        return self._read(name, lambda told: times.day(told, self.plan.dates))

    def country(self, name: str) -> str:
        """Return an alpha-2 code, '' for an empty cell."""
        return self._read(name, lambda told: words.country(str(told))) or ""

    def zone(self) -> str:
        """Return the zone the row names for its own times, '' when it names none."""
        told = self.text("zone")
        if told:
            self._read("zone", lambda value: times.zone_of(str(value)))
        return told

    def email(self, name: str) -> str:
        """Return an address, '' for none; what cannot be one is left out and counted."""
        told = self.text(name, 255)
        found = email(told)
        if told and not found:
            self.left_out.append("an e-mail address that cannot be one")
        return found

    def phone(self, name: str, *countries: str) -> str:
        """Return a number in E.164, '' for none; what cannot be one is left out and counted."""
        told = self.text(name)
        found = places.phone(told, *filter(None, (*countries, self.plan.country))) if told else ""
        if told and not found:
            self.left_out.append("a phone number that cannot be one")
        return found

    def listed(self, name: str) -> tuple[str, ...]:
        """Return the words of a cell that holds several, parted by commas or semicolons."""
        parts = re.split(r"[,;|\n]", self.text(name, 2000))
        return tuple(dict.fromkeys(part.strip()[:120] for part in parts if part.strip()))

    def wrong(self, name: str, why: str) -> BadValue:
        """Return the error for a field: which column, and what is wrong there."""
        column = self.plan.mapping.get(name)
        label = FIELDS[self.plan.kind][name].label
        return BadValue(f"{label} (column “{column}”): {why}" if column else f"{label}: {why}")

    def needed(self, value: T | None, name: str) -> T:
        """Return `value`. Raises: BadValue when it is empty."""
        if value is None or value == "":
            raise self.wrong(name, "this cell is empty, and cannot be.")
        return value

    def _read(self, name: str, how: Callable[[Any], T]) -> T | None:
        told = self.raw(name)
        if told == "" or (isinstance(told, str) and not told.strip()):
            return None
        try:
            return how(told)
        except BadValue as exc:
            raise self.wrong(name, str(exc)) from exc


def each(rows: tuple[Row, ...], plan: Plan, read: Callable[[Cells], T]) -> tuple[list[T], list[str]]:
    """
    Read every row of a record; its rows go together or not at all.

    Returns: what was read, and what was left out. Raises: BadRows with the first error of every bad row.
    """
    found: list[T] = []
    errors: dict[int, str] = {}
    left_out: list[str] = []
    for row in rows:
        cells = Cells(row, plan)
        try:
            if row.problem:
                raise BadValue(row.problem)
            found.append(read(cells))
        except BadValue as exc:
            errors.setdefault(row.line, str(exc))
        left_out += cells.left_out
    if errors:
        raise BadRows(errors)
    return found, left_out


def first(rows: tuple[Row, ...], plan: Plan) -> Cells:
    """
    Return the record's own fields: each from the first of its rows where it is filled.

    Shops write what belongs to the whole order into its first row only.
    """
    if len(rows) == 1:
        return Cells(rows[0], plan)
    merged = dict(rows[0].cells)
    for row in rows[1:]:
        for column, value in row.cells.items():
            if merged.get(column) in (None, ""):
                merged[column] = value
    return Cells(Row(rows[0].line, rows[0].end, rows[0].end_line, merged), plan)
