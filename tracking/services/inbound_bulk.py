"""Carriers' deliveries read many at a time: one transaction for those that are plain."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Length

from config.lib import claims, copying
from tracking.carriers.base import BadPayload, Carrier
from tracking.models import CarrierAccount, Inbound
from tracking.services.bulk import Told, take_in_free

log = logging.getLogger(__name__)


TOGETHER = 2000  # deliveries in one transaction
SMALL = 32 * 1024  # bytes of a body: so many of larger ones would not fit into memory


class _Lost(Exception):
    """Another worker took over some of the deliveries; what was done with them is rolled back."""


def claim_small(*, at: datetime) -> list[Inbound]:
    """Claim carriers' deliveries that are due and small, as many as are read together; [] where none are."""
    if not copying.available():
        return []
    small = Inbound.objects.annotate(size=Length("body")).filter(account__isnull=False, size__lte=SMALL)
    return claims.claim(small, at=at, limit=TOGETHER)


def read_together(
    rows: Sequence[Inbound], *, at: datetime, carrier_of: Callable[[CarrierAccount], Carrier | None]
) -> list[Inbound]:
    """
    Read claimed deliveries of carriers in one transaction, where the database can do that.

    Their scans and their own state commit together, under the claim they were taken with. Returns: the
    deliveries that have to be read one by one: those that cannot be read, that say nothing about a parcel,
    that wait for something, or whose parcel another worker holds; all of them when something went wrong.
    """
    if len(rows) < 2 or not copying.available():
        return list(rows)
    try:
        told = {row.pk: _parsed(row, carrier_of) for row in rows}
        with transaction.atomic():
            done = _take_in([row for row in rows if told[row.pk]], told, at)
            _settle([row for row in rows if row.pk in done], at)
    except _Lost:
        log.warning("some of %d deliveries were taken over by another worker", len(rows))
        return list(rows)
    except Exception:
        log.exception("%d deliveries could not be read together; trying one by one", len(rows))
        return list(rows)
    return [row for row in rows if row.pk not in done]


def _parsed(row: Inbound, carrier_of: Callable[[CarrierAccount], Carrier | None]) -> list[Told]:
    """Return what a delivery says of parcels, [] when it has to be looked at alone."""
    carrier = carrier_of(row.account) if row.account and not row.store_id else None
    if carrier is None:
        return []
    try:
        return [Told(parcel, row.source, row.account) for parcel in carrier.parse(bytes(row.body))]
    except BadPayload:
        return []


def _take_in(rows: Sequence[Inbound], told: dict[int, list[Told]], at: datetime) -> set[int]:
    """Take in what the deliveries say. Returns: the keys of those that are wholly done."""
    owners = [row.pk for row in rows for _ in told[row.pk]]
    missing, busy = take_in_free(told=[message for row in rows for message in told[row.pk]], at=at)
    return set(owners) - {owners[place] for place in (*missing, *busy)}


def _settle(rows: Sequence[Inbound], at: datetime) -> None:
    """Mark deliveries as read and let go of them. Raises: _Lost when a claim is not ours any more."""
    for claim in {row.claim for row in rows}:
        mine = [row.pk for row in rows if row.claim == claim]
        settled = Inbound.objects.filter(pk__in=mine, claim=claim).update(
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
