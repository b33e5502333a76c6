"""
The stream: publish a fact in the transaction that made it true, then bring it to every handler at least once.

A handler takes a list of events and writes its own rows, nothing else; those rows and the delivery's
`done_at` commit together, so each event has each handler's effect exactly once.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.utils.module_loading import import_string

from config.lib import claims
from customers.models import Customer, Delivery, Event, Store
from customers.worker import wake

log = logging.getLogger(__name__)

BATCH = 200
EVERYTHING = "*"
MAX_ATTEMPTS = 8

Handler = Callable[..., None]


class NotInTransaction(RuntimeError):
    """publish() was called where a fact could be lost from, or told without, the change that made it."""


def handlers_of(kind: str) -> list[str]:
    """Return the codes of the handlers that hear `kind`."""
    return [code for code, (_, kinds) in settings.EVENT_HANDLERS.items() if hears(kinds, kind)]


def hears(kinds: Sequence[str], kind: str) -> bool:
    """Say whether a handler wired for `kinds` hears `kind`; EVERYTHING hears all."""
    return kind in kinds or EVERYTHING in kinds


def publish(
    kind: str,
    *,
    key: str,
    occurred_at: datetime,
    store: Store | None = None,
    customer: Customer | None = None,
    subject: models.Model | None = None,
    data: Mapping[str, Any] | None = None,
) -> Event | None:
    """
    Record a fact and address it to its handlers, in the caller's transaction.

    `data` holds ids and facts only, no personal data. Returns: the Event, or None when `key` was told before.
    Raises: NotInTransaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"publish({kind!r}) needs the transaction that made the change")
    if Event.objects.filter(key=key).exists():
        return None
    try:
        with transaction.atomic():
            event = Event.objects.create(
                kind=kind,
                key=key,
                occurred_at=occurred_at,
                store=store,
                customer=customer,
                subject_type=subject._meta.label_lower if subject else "",
                subject_id=str(subject.pk) if subject else "",
                data=dict(data or {}),
            )
    except IntegrityError:  # told at this very moment by another transaction
        return None
    codes = handlers_of(kind)
    if codes:
        Delivery.objects.bulk_create(
            Delivery(event=event, handler=code, due_at=event.recorded_at) for code in codes
        )
        wake("deliver")
    return event


def deliver_due(*, at: datetime, limit: int = BATCH) -> int:
    """
    Run the handlers of deliveries due at `at`. A batch that fails is run again row by row: one poison event
    parks alone.

    Returns: how many deliveries were claimed.
    """
    claimed = claims.claim(Delivery.objects.all(), at=at, limit=limit)
    events = Event.objects.in_bulk([delivery.event_id for delivery in claimed])
    by_handler: dict[str, list[Delivery]] = {}
    for delivery in claimed:
        if delivery.attempts > MAX_ATTEMPTS:  # failures that end are settled: these took their worker along
            words = f"The worker died on it {delivery.attempts - 1} times."
            claims.settle(delivery, state=Delivery.State.PARKED, due_at=None, last_error=words)
            continue
        by_handler.setdefault(delivery.handler, []).append(delivery)
    for code, deliveries in by_handler.items():
        try:
            _run(code, deliveries, events, at)
        except Exception:
            log.exception("handler %s failed on a batch of %d; trying one by one", code, len(deliveries))
            _run_singly(code, deliveries, events, at)
    return len(claimed)


def _run(code: str, deliveries: list[Delivery], events: Mapping[int, Event], at: datetime) -> None:
    """
    Run one handler on its events and mark them done, in one transaction. Raises what the handler raises.
    """
    function: Handler = import_string(settings.EVENT_HANDLERS[code][0])
    with transaction.atomic():
        mine = [d for d in deliveries if claims.settle(d, state=Delivery.State.DONE, done_at=at, due_at=None)]
        function([events[d.event_id] for d in mine], at=at)


def _run_singly(code: str, deliveries: list[Delivery], events: Mapping[int, Event], at: datetime) -> None:
    for delivery in deliveries:
        try:
            _run(code, [delivery], events, at)
        except Exception as exc:
            log.exception("handler %s failed on event %s", code, delivery.event_id)
            parked = delivery.attempts >= MAX_ATTEMPTS
            claims.settle(
                delivery,
                state=Delivery.State.PARKED if parked else Delivery.State.WAITING,
                due_at=None if parked else claims.backoff(delivery.attempts, at=at),
                last_error=claims.words(exc),
            )


def retry(deliveries: models.QuerySet[Delivery], *, at: datetime) -> int:
    """Make parked or waiting deliveries due again, with their attempts forgotten. Returns how many."""
    count = deliveries.exclude(state=Delivery.State.DONE).update(
        state=Delivery.State.WAITING, due_at=at, attempts=0, claim=None, leased_until=None
    )
    wake("deliver")
    return count
