"""The rows an import did not take, as a file: to be mended and uploaded alone."""

import csv
import json
from collections.abc import Iterator

from config.lib.staff.export import safe
from tracking.imports.matching import ERROR_COLUMNS
from tracking.imports.shape import header_key
from tracking.models import ImportJob
from tracking.services.imports.jobs import shape_of

LINE, ERROR = "Porchlight line", "Porchlight error"
# In JSONL the same names as keys; the import passes over both.
LINE_KEY, ERROR_KEY = "porchlight_line", "porchlight_error"


class _Echo:
    def write(self, value: str) -> str:
        """Hand back what is written."""
        return value


def error_file(job: ImportJob) -> Iterator[str]:
    """
    Yield the refused rows in the form of the file they stood in, each with its line and what is wrong.

    CSV keeps columns and delimiter and is safe to open in a spreadsheet: what would run as a formula stands
    after an apostrophe, which is taken off when the file is read again.
    """
    refusals = job.refusals.order_by("line", "pk").iterator(chunk_size=2000)
    shape = shape_of(job)
    if shape.format == "jsonl":
        yield from (_object(row.line, row.error, row.raw) for row in refusals)
        return
    writer = csv.writer(_Echo(), delimiter=shape.delimiter)
    kept = [place for place, name in enumerate(shape.columns) if header_key(name) not in ERROR_COLUMNS]
    yield "\ufeff" + writer.writerow([safe(shape.columns[place]) for place in kept] + [LINE, ERROR])
    for row in refusals:
        cells = list(row.raw) if isinstance(row.raw, list) else [str(row.raw)]
        cells += [""] * (len(shape.columns) - len(cells))
        beyond = cells[len(shape.columns) :]
        told = [safe(cells[place]) for place in kept]
        # What stood beyond the last column stays beyond it: the person who mends the row must see it.
        yield writer.writerow([*told, str(row.line), row.error, *(safe(cell) for cell in beyond)])


def _object(line: int, error: str, raw: object) -> str:
    try:
        told = json.loads(str(raw))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        told = {"porchlight_raw": str(raw)}
    return json.dumps({**told, LINE_KEY: line, ERROR_KEY: error}, ensure_ascii=False) + "\n"


def error_name(job: ImportJob) -> str:
    """Return what the file of errors is called."""
    return f"import-{job.pk}-refused.{'jsonl' if shape_of(job).format == 'jsonl' else 'csv'}"
