"""
The stream, many facts at once: what `customers.outbox.publish` does, on any database.

`customers.outbox_many` does the same by COPY, where thousands come with each transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from customers.models import Delivery, Event
from customers.outbox import NotInTransaction, handlers_of
from customers.worker import wake

CHUNK = 500


class Fact(NamedTuple):
    """What `publish` takes, with ids in place of rows. The names are those of Event's columns."""

    kind: str
    key: str
    occurred_at: datetime
    subject_type: str = ""
    subject_id: str = ""
    store_id: int | None = None
    customer_id: int | None = None
    data: Mapping[str, Any] = MappingProxyType({})

    def event(self) -> Event:
        """Return the row to insert."""
        return Event(**self._asdict() | {"data": dict(self.data)})


def publish_batch(facts: Sequence[Fact]) -> list[str]:
    """
    Record facts and address them to their handlers, in the caller's transaction; those told before are left
    out. Four statements per 500 facts.

    Returns: the keys that were new. Raises: NotInTransaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("publish_batch() needs the transaction that made the changes")
    once = list({fact.key: fact for fact in reversed(facts)}.values())[::-1]
    told: list[str] = []
    for start in range(0, len(once), CHUNK):
        told += [event.key for event in _record(once[start : start + CHUNK])]
    return told


def _record(facts: Sequence[Fact]) -> list[Event]:
    known = set(Event.objects.filter(key__in=[fact.key for fact in facts]).values_list("key", flat=True))
    try:
        with transaction.atomic():
            made = Event.objects.bulk_create(fact.event() for fact in facts if fact.key not in known)
    except IntegrityError:  # one of them was told at this very moment by another transaction: one by one
        made = [event for fact in facts if fact.key not in known and (event := _one(fact))]
    deliveries = [
        Delivery(event=event, handler=code, due_at=event.recorded_at)
        for event in made
        for code in handlers_of(event.kind)
    ]
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
        wake("deliver")
    return made


def _one(fact: Fact) -> Event | None:
    try:
        with transaction.atomic():
            event = fact.event()
            event.save(force_insert=True)
            return event
    except IntegrityError:
        return None
