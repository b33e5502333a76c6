"""Carriers' deliveries read many at a time: one transaction for those that are plain."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Length

from config.lib import claims, copying, garbage
from tracking.carriers.base import BadPayload, Carrier
from tracking.models import CarrierAccount, Inbound
from tracking.services.bulk import Told, portions, take_in_free

log = logging.getLogger(__name__)


AT_ONCE = 2000  # deliveries claimed by one statement
# A heap is claimed until it holds so many deliveries or bytes of bodies: the larger it is, the more of one
# parcel's events stand in it and are written together; this is what fits into a worker's memory.
MOST = 30_000
ENOUGH = 16 * 1024 * 1024
SMALL = 32 * 1024  # bytes of a body: larger ones are read one by one


class _Lost(Exception):
    """Another worker took over some of the deliveries; what was done with them is rolled back."""


def claim_small(*, at: datetime) -> list[Inbound]:
    """Claim carriers' deliveries that are due and small, as many as are read together; [] where none are."""
    if not copying.available():
        return []
    small = Inbound.objects.annotate(size=Length("body")).filter(account__isnull=False, size__lte=SMALL)
    heap: list[Inbound] = []
    size = 0
    while len(heap) < MOST and size < ENOUGH:
        more = claims.claim(small, at=at, limit=AT_ONCE)
        heap += more
        size += sum(len(row.body) for row in more)
        if len(more) < AT_ONCE:
            break
    return heap


def read_together(
    rows: Sequence[Inbound], *, at: datetime, carrier_of: Callable[[CarrierAccount], Carrier | None]
) -> list[Inbound]:
    """
    Read claimed deliveries of carriers, many to a transaction, where the database can do that.

    Their scans and their own state commit together, under the claim they were taken with; those whose parcels
    another worker holds come after the others. Returns: the deliveries that have to be read one by one: those
    that cannot be read, that say nothing about a parcel or wait for something, and all of a transaction in
    which something went wrong.
    """
    if len(rows) < 2 or not copying.available():
        return list(rows)
    done: set[int] = set()
    with garbage.left_alone():
        told = {row.pk: _parsed(row, carrier_of) for row in rows}
        heap = [row for row in rows if told[row.pk]]
        for portion in portions([told[row.pk] for row in heap]):
            done |= _read([heap[place] for place in portion], told, at)
    return [row for row in rows if row.pk not in done]


def _read(rows: Sequence[Inbound], told: dict[int, list[Told]], at: datetime) -> set[int]:
    """Read a portion, first what nobody else holds. Returns: the keys of those that are done."""
    done: set[int] = set()
    try:
        for wait in (False, True):
            left = [row for row in rows if row.pk not in done]
            with transaction.atomic():
                read, busy = _take_in(left, told, at, wait)
                _settle([row for row in left if row.pk in read], at)
            done |= read
            if not busy:
                break
    except _Lost:
        log.warning("some of %d deliveries were taken over by another worker", len(rows))
    except Exception:
        log.exception("%d deliveries could not be read together; trying one by one", len(rows))
    return done


def _parsed(row: Inbound, carrier_of: Callable[[CarrierAccount], Carrier | None]) -> list[Told]:
    """Return what a delivery says of parcels, [] when it has to be looked at alone."""
    carrier = carrier_of(row.account) if row.account and not row.store_id else None
    if carrier is None:
        return []
    try:
        return [Told(parcel, row.source, row.account) for parcel in carrier.parse(bytes(row.body))]
    except BadPayload:
        return []


def _take_in(
    rows: Sequence[Inbound], told: dict[int, list[Told]], at: datetime, wait: bool
) -> tuple[set[int], bool]:
    """
    Take in what the deliveries say. Returns: the keys of those that are wholly done, and whether parcels of
    others were left to who holds them.
    """
    owners = [row.pk for row in rows for _ in told[row.pk]]
    messages = [message for row in rows for message in told[row.pk]]
    missing, busy = take_in_free(told=messages, at=at, wait=wait)
    return set(owners) - {owners[place] for place in (*missing, *busy)}, bool(busy)


def _settle(rows: Sequence[Inbound], at: datetime) -> None:
    """Mark deliveries as read and let go of them. Raises: _Lost when a claim is not ours any more."""
    for claim in {row.claim for row in rows}:
        mine = [row.pk for row in rows if row.claim == claim]
        settled = Inbound.objects.filter(copying.is_among("pk", mine), claim=claim).update(
            state=Inbound.State.DONE,
            reason="",
            waits_for="",
            handled_at=at,
            due_at=None,
            last_error="",
            claim=None,
            leased_until=None,
        )
        if settled != len(mine):
            raise _Lost
