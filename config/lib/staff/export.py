"""CSV of a list, streamed row by row, safe to open in a spreadsheet."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import StreamingHttpResponse

Columns = Sequence[tuple[str, Callable[[Any], Any]]]
# A cell that begins with one of these is run as a formula by spreadsheets (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, value: str) -> str:
        return value


def safe(value: Any) -> str:
    """Return `value` as cell text: times as ISO UTC, what would run as a formula after an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def lines(rows: Iterable[Any], columns: Columns) -> Iterator[str]:
    """Yield the CSV of `rows`, head first."""
    writer = csv.writer(_Echo())
    # The byte order mark tells spreadsheets that this is UTF-8.
    yield "\ufeff" + writer.writerow([head for head, _ in columns])
    for row in rows:
        yield writer.writerow([safe(read(row)) for _, read in columns])


def response(rows: Iterable[Any], columns: Columns, name: str) -> StreamingHttpResponse:
    """Return a download called `name`.csv."""
    made = StreamingHttpResponse(lines(rows, columns), content_type="text/csv; charset=utf-8")
    made["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return made
