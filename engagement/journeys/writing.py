"""What a batch of runs came to, written in a handful of statements within the caller's transaction."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from config.lib import copying
from customers.outbox_batch import publish_batch
from customers.worker import wake
from engagement.handlers import insert
from engagement.journeys.running import Book
from engagement.models import Enrolment, StepLog

# Column, its type on PostgreSQL, and how it is read off a run.
_Column = tuple[str, str, Callable[[Enrolment], Any]]
_COLUMNS: tuple[_Column, ...] = (
    ("state", "text", lambda run: str(run.state)),
    ("step", "text", lambda run: run.step),
    ("waits_for", "text", lambda run: run.waits_for),
    ("due_at", "timestamptz", lambda run: run.due_at),
    ("stepped_at", "timestamptz", lambda run: run.stepped_at),
    ("ended_at", "timestamptz", lambda run: run.ended_at),
    ("why", "text", lambda run: run.why),
)
_CONTEXT: _Column = ("context", "jsonb", lambda run: json.dumps(run.context))
# Who is written is let go of, and what failed before is forgotten.
_FREE = "claim = NULL, leased_until = NULL, attempts = 0, last_error = ''"


def write(book: Book) -> None:
    """Write messages, events, the log and where everybody is now. Their rows must be locked by the caller."""
    insert(book.messages)
    if book.facts:
        publish_batch(book.facts)
    _settle([run for pk, run in book.moved.items() if pk not in book.changed], _COLUMNS)
    _settle([run for pk, run in book.moved.items() if pk in book.changed], (*_COLUMNS, _CONTEXT))
    _log(book.logs)
    if any(run.due_at is not None and run.due_at <= book.at for run in book.moved.values()):
        wake("journey")


def _settle(runs: Sequence[Enrolment], columns: Sequence[_Column]) -> None:
    if not runs:
        return
    table = connection.ops.quote_name(Enrolment._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sets = ", ".join(f"{name} = v.{name}" for name, _, _ in columns)
            arrays = ", ".join(f"%s::{kind}[]" for _, kind, _ in columns)
            names = ", ".join(name for name, _, _ in columns)
            cursor.execute(
                f"UPDATE {table} AS e SET {sets}, {_FREE} "  # noqa: S608 (names of our own columns)
                f"FROM unnest(%s::bigint[], {arrays}) AS v(id, {names}) WHERE e.id = v.id",
                [[run.pk for run in runs], *([read(run) for run in runs] for _, _, read in columns)],
            )
            return
        sets = ", ".join(f"{name} = %s" for name, _, _ in columns)
        cursor.executemany(
            f"UPDATE {table} SET {sets}, {_FREE} WHERE id = %s",  # noqa: S608
            [[*(_plain(kind, read(run)) for _, kind, read in columns), run.pk] for run in runs],
        )


def _plain(kind: str, value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if kind == "timestamptz" else value


def _log(rows: Sequence[StepLog]) -> None:
    if not copying.available():
        StepLog.objects.bulk_create(rows, batch_size=500)
        return
    names = ["enrolment_id", "step", "outcome", "branch", "why", "at"]
    text = copying.text
    lines = (copying.line([text(getattr(row, name)) for name in names]) for row in rows)
    copying.copy(StepLog._meta.db_table, names, lines)
