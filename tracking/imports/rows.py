"""The rows of a file, one after the other, each with where it stands, so that reading can go on there."""

import csv
import io
import json
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn

from tracking.imports.errors import BadFile
from tracking.imports.shape import Shape, flattened, fraction, size_of

LONGEST_LINE = 1_000_000
LONGEST_CELL = 131_072  # the csv module's own limit
_MARKS = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | Decimal | bool | None


@dataclass(frozen=True)
class Row:
    """
    One row. `line` is where it begins (1 is the first line of the file), `end` the byte after it.

    `raw` is what stood there, for the file of errors; `problem` why it cannot be taken apart, '' when it can:
    then its cells are a guess, good enough to see what it belongs to.
    """

    line: int
    end: int
    end_line: int
    cells: dict[str, Cell] = field(default_factory=dict)
    raw: Any = None
    problem: str = ""


def rows(file: BinaryIO, shape: Shape, *, offset: int = 0, line: int = 0) -> Iterator[Row]:
    """
    Yield the rows that are not blank, from byte `offset` (the `end` of a row; 0: from the first) on.

    Memory does not grow with the file. Raises: BadFile for a line longer than any table has.
    """
    feed = _Feed(file, shape, offset or shape.start, line if offset else shape.line)
    try:
        yield from _csv(feed, shape) if shape.format == "csv" else _jsonl(feed)
    finally:
        feed.close()


class _Feed:
    """Physical lines and where they stand; those of the row being read can be read again."""

    def __init__(self, file: BinaryIO, shape: Shape, offset: int, line: int) -> None:
        file.seek(offset)
        self.encoding = shape.encoding
        # newline="": a line ends where any system ends one, and keeps its end.
        self.text = io.TextIOWrapper(file, encoding=shape.encoding, errors="replace", newline="")
        self.offset, self.line = offset, line
        self.taken: list[str] = []
        self.again: deque[str] = deque()

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self.text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) >= LONGEST_LINE:
            raise BadFile(
                f"Line {self.line + 1} is longer than {LONGEST_LINE:,} characters: is this a table?"
            )
        self.taken.append(line)
        return line

    def settle(self) -> None:
        """Count what was taken as read."""
        for line in self.taken:
            self.offset += size_of(line, self.encoding)
        self.line += len(self.taken)
        self.taken = []

    def give_back(self) -> str:
        """Keep only the first of the lines taken; the others will be read again. Returns that first line."""
        first = self.taken[0]
        self.again.extendleft(reversed(self.taken[1:]))
        self.taken = [first]
        return first

    def close(self) -> None:
        """Let go of the file without closing it, unless it was closed meanwhile."""
        with suppress(ValueError):
            self.text.detach()


# --- CSV


def _csv(feed: _Feed, shape: Shape) -> Iterator[Row]:
    width = len(shape.columns)
    reader = csv.reader(feed, delimiter=shape.delimiter, strict=True)
    while True:
        begin = feed.line + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            # The row may have swallowed others up to the next quotation mark: they are read again.
            raw = feed.give_back().rstrip("\r\n").split(shape.delimiter)
            feed.settle()
            guess: dict[str, Cell] = dict(zip(shape.columns, raw, strict=False))
            yield Row(begin, feed.offset, feed.line, guess, raw, _why(exc))
            reader = csv.reader(feed, delimiter=shape.delimiter, strict=True)
            continue
        feed.settle()
        if not any(cell.strip() for cell in cells):
            continue
        too_many = any(cell.strip() for cell in cells[width:])
        yield Row(
            begin,
            feed.offset,
            feed.line,
            cells={name: _bare(cell) for name, cell in zip(shape.columns, cells, strict=False)},
            raw=cells,
            problem=_too_many(len(cells), width, shape.delimiter) if too_many else "",
        )


def _why(exc: csv.Error) -> str:
    if "field larger" in str(exc) or "end of data" in str(exc):
        return "A quotation mark is opened in this row and never closed."
    return "A quotation mark stands where none can: inside a quoted cell it is written twice."


def _too_many(cells: int, width: int, delimiter: str) -> str:
    return (
        f"This row has {cells} cells, the first row names {width} columns. "
        f"A cell with “{delimiter if delimiter != chr(9) else 'tab'}” in it needs quotation marks around it."
    )


def _bare(cell: str) -> str:
    """Return a cell without the apostrophe that keeps spreadsheets from running or rounding it."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and (cell[1:2].isdigit() or cell[1:2] in _MARKS) and cell[1:] else cell


# --- JSONL


def _jsonl(feed: _Feed) -> Iterator[Row]:
    for text in feed:
        feed.settle()
        if not text.strip():
            continue
        try:
            told = json.loads(text, parse_float=fraction, parse_constant=_refuse)
        except RecursionError:
            told = "The JSON of this line is nested too deeply."
        except ValueError:
            told = "This line is not JSON."
        if not isinstance(told, dict):
            problem = (
                told if isinstance(told, str) and told.endswith(".") else "This line is not a JSON object."
            )
            yield Row(feed.line, feed.offset, feed.line, raw=text.rstrip("\r\n"), problem=problem)
            continue
        raw = text.rstrip("\r\n")
        for cells in flattened(told):
            yield Row(feed.line, feed.offset, feed.line, cells=cells, raw=raw)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
