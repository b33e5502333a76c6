"""The stream, in bulk: what `customers.outbox.publish` does, for thousands of facts in a few statements."""

from collections.abc import Sequence
from datetime import datetime
from itertools import repeat

from django.db import connection

from config.lib import copying
from customers.models import Delivery, Event
from customers.outbox import NotInTransaction, handlers_of
from customers.outbox_batch import Fact
from customers.worker import wake

_TABLE = "facts_to_tell"


def publish_many(facts: Sequence[Fact], *, at: datetime) -> int:
    """
    Record facts and address them to their handlers, in the caller's transaction; those told before are left
    out.

    `at`: when they are recorded. Only for PostgreSQL (`copying.available`). Returns: how many were new.
    Raises: NotInTransaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("publish_many() needs the transaction that made the changes")
    if not facts:
        return 0
    once = {fact.key: fact for fact in reversed(facts)}.values()
    events = _record(list(once)[::-1], at)
    heard = {kind: handlers_of(kind) for kind in {kind for _, kind in events}}
    pairs = [(pk, code) for pk, kind in events for code in heard[kind]]
    if pairs:
        _address(pairs, at)
        wake("deliver")
    return len(events)


def _record(facts: Sequence[Fact], at: datetime) -> list[tuple[int, str]]:
    """Insert the events that are not there yet, in order. Returns: their id and kind."""
    named = Fact._fields
    rest, defaults = copying.others(Event, [*named, "recorded_at"])
    columns = [*named, "recorded_at", *rest]
    fixed = [repeat(value) for value in (copying.text(at), *defaults)]
    copying.temporary(_TABLE, Event._meta.db_table, columns)
    texts = (map(copying.text, values) for values in zip(*facts, strict=True))
    copying.copy(_TABLE, columns, map(copying.line, zip(*texts, *fixed, strict=False)))
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(Event._meta.db_table)} ({names}) "  # noqa: S608 (names of our own columns)
            f"SELECT {names} FROM {_TABLE} ORDER BY ctid ON CONFLICT DO NOTHING RETURNING id, kind"
        )
        told: list[tuple[int, str]] = cursor.fetchall()
        cursor.execute(f"DROP TABLE {_TABLE}")
    return told


def _address(pairs: Sequence[tuple[int, str]], at: datetime) -> None:
    named = ["event_id", "handler", "due_at"]
    rest, defaults = copying.others(Delivery, named)
    due = copying.text(at)
    lines = (copying.line([str(pk), copying.words(code), due, *defaults]) for pk, code in pairs)
    copying.copy(Delivery._meta.db_table, [*named, *rest], lines)
