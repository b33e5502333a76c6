"""
Carrier events by the thousand: what `tracking.services.scans.record_parcel` does, in a few statements.

On PostgreSQL the rows of all parcels are locked, read, folded in memory and written by COPY; elsewhere it is
the plain loop. Either way the rows that come of it are the same (tests/tracking/test_bulk.py).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from config.lib import copying, garbage
from customers.models import Store
from customers.outbox_batch import Fact
from customers.outbox_many import publish_many
from customers.worker import wake
from tracking.carriers.base import ParcelData
from tracking.models import CarrierAccount, Order, Promise, Shipment
from tracking.services import bulk_rows
from tracking.services.bulk_parcel import Following, Values
from tracking.services.eta import doubted
from tracking.services.missing import Missing
from tracking.services.progress import derive_statuses
from tracking.services.scans import record_parcel
from tracking.services.shipments import parcel_waits_for, tracking_key

# Scans and messages in one transaction: about a second, in which the orders spoken of are locked.
PORTION = 20_000


@dataclass(frozen=True, slots=True)
class Told:
    """What one message says about one parcel. `source`, `account`: as `record_parcel` takes them."""

    data: ParcelData
    source: str
    account: CarrierAccount | None = None


def take_in(*, told: Sequence[Told], at: datetime) -> list[Missing | None]:
    """
    Add what carriers said to every parcel it is about, as if `record_parcel` were called for one after the
    other: the same scans, states, windows, orders, and each milestone once.

    Committed in portions; within one, parcels whose order another worker holds wait until the others are
    committed. Returns: for each of `told` what it waits for, None when its parcel is here.
    """
    gaps: dict[int, Missing] = {}
    for portion in portions([(message,) for message in told]):
        left = portion
        for wait in (False, True):
            if left:
                with garbage.left_alone(), transaction.atomic():
                    missing, busy = take_in_free(told=[told[place] for place in left], at=at, wait=wait)
                gaps |= {left[place]: gap for place, gap in missing.items()}
                left = [left[place] for place in busy]
    return [gaps.get(place) for place in range(len(told))]


def portions(told: Sequence[Sequence[Told]]) -> Iterator[list[int]]:
    """
    Yield the places of `told` (messages that stay together) in portions for a transaction each.

    What is about one parcel comes together and in its order: a parcel's rows are then written once for all
    that was said of it, and in a heap of single events that is most of the work.
    """
    keys = [tracking_key(messages[0].data.tracking_number) if messages else "" for messages in told]
    portion: list[int] = []
    weight = 0
    for place in sorted(range(len(told)), key=keys.__getitem__):
        portion.append(place)
        weight += sum(1 + len(message.data.scans) for message in told[place])
        if weight >= PORTION:
            yield portion
            portion, weight = [], 0
    if portion:
        yield portion


def take_in_free(
    *, told: Sequence[Told], at: datetime, wait: bool = False
) -> tuple[dict[int, Missing], list[int]]:
    """
    Do the work of `take_in` in the caller's transaction. With `wait` for all, else only for parcels whose
    order no other worker holds.

    Orders are locked by their key, then their parcels, as everywhere. Returns: what is waited for, by place
    in `told`; and the places of messages that were left alone.
    """
    if not copying.available():
        gaps = ((place, _one(message, at)) for place, message in enumerate(told))
        return {place: gap for place, gap in gaps if gap}, []
    keys = [tracking_key(message.data.tracking_number) for message in told]
    reached = list(_reached(told, keys))
    missing = {
        place: Missing(parcel_waits_for(keys[place]), _waits(message.data))
        for place, message in enumerate(told)
        if not reached[place]
    }
    orders = _locked({parcel.order_id for found in reached for parcel in found}, wait)
    heard = [
        (message, candidate)
        for message, found in zip(told, reached, strict=True)
        if all(candidate.order_id in orders for candidate in found)
        for candidate in found
    ]
    parcels = _followed(heard, orders)
    for message, candidate in heard:
        parcels[candidate.pk].hear(message.data, source=message.source, account=message.account, at=at)
    if parcels:
        _write(parcels.values(), orders, at)
    return missing, [
        place for place, found in enumerate(reached) if any(parcel.order_id not in orders for parcel in found)
    ]


def _one(message: Told, at: datetime) -> Missing | None:
    try:
        record_parcel(data=message.data, source=message.source, at=at, account=message.account)
    except Missing as missing:
        return missing
    return None


def _waits(data: ParcelData) -> str:
    return f"waits for a parcel with the number {data.tracking_number}"


@dataclass(slots=True)
class _Candidate:
    """What decides whether a message about a number is about this shipment."""

    pk: int
    order_id: int
    carrier: str
    account_carrier: str

    def is_meant(self, data: ParcelData, source: str) -> bool:
        """As `record_parcel` asks the database."""
        if not data.carrier:
            return True
        return self.carrier in (data.carrier, "", source) or self.account_carrier == source


def _reached(told: Sequence[Told], keys: Sequence[str]) -> Iterator[list[_Candidate]]:
    """Yield for each message the shipments it reaches, in the order of their orders."""
    by_key: dict[str, list[_Candidate]] = {}
    rows = (
        Shipment.objects.followed()
        .filter(copying.is_among("tracking_key", {*keys} - {""}))
        .order_by("order_id", "pk")
    )
    for key, pk, order_id, carrier, account in rows.values_list(
        "tracking_key", "pk", "order_id", "carrier", "account__carrier"
    ):
        by_key.setdefault(key, []).append(_Candidate(pk, order_id, carrier, account or ""))
    for message, key in zip(told, keys, strict=True):
        found = [
            candidate for candidate in by_key.get(key, ()) if candidate.is_meant(message.data, message.source)
        ]
        if message.account:
            for candidate in found:  # who tells of a parcel nobody follows, follows it from now on
                candidate.account_carrier = candidate.account_carrier or message.account.carrier
        yield found


Heard = tuple[Told, _Candidate]  # a message, and a parcel it is about


class _Order(NamedTuple):
    """What is needed of an order that is locked."""

    store_id: int
    customer_id: int | None
    cancelled_at: datetime | None


def _locked(order_ids: Collection[int], wait: bool) -> dict[int, _Order]:
    """Lock these orders, without `wait` those that are free. Returns: {id: order}."""
    rows = (
        Order.objects.select_for_update(of=("self",), skip_locked=not wait)
        .filter(copying.is_among("pk", order_ids))
        .order_by("pk")
        .values_list("pk", *_Order._fields)
    )
    return {pk: _Order(*order) for pk, *order in rows}


def _followed(heard: Sequence[Heard], orders: Mapping[int, _Order]) -> dict[int, Following]:
    """Lock the shipments that are spoken of; return them with what is needed of their past."""
    shipments: Iterable[tuple[Any, ...]] = (
        Shipment.objects.select_for_update(of=("self",))
        .filter(copying.is_among("pk", {candidate.pk for _, candidate in heard}))
        .order_by("order_id", "pk")
        .values_list(*bulk_rows.READ)
    )
    stores = Store.objects.in_bulk({order.store_id for order in orders.values()})
    accounts = CarrierAccount.objects.in_bulk()
    suspects = doubted()
    parcels = {}
    for values in shipments:
        shipment = bulk_rows.shipment_of(values)
        order = orders[shipment.order_id]
        if shipment.account_id:
            shipment.account = accounts[shipment.account_id]
        store = stores[order.store_id]
        parcels[shipment.pk] = Following(shipment, values, store, order.customer_id, suspects)
    _remember(parcels, heard)
    return parcels


def _remember(parcels: Mapping[int, Following], heard: Sequence[Heard]) -> None:
    """
    Read of the past what is needed: nothing of a parcel whose news all come after what is known, what was
    said before (fingerprints) of one whose messages repeat that, as aggregators' do, else all its scans.
    """
    asked = _not_going_on(parcels, heard)
    for pk, fingerprint in bulk_rows.fingerprints_of({candidate.pk for _, candidate in asked}):
        parcels[pk].known.add(fingerprint)
    past: dict[int, list[Values]] = {candidate.pk: [] for _, candidate in _not_going_on(parcels, asked)}
    for shipment_id, values in bulk_rows.scans_of({pk for pk in past if parcels[pk].known}):
        past[shipment_id].append(values)
    for pk, scans in past.items():
        parcels[pk].remember(scans)


def _not_going_on(parcels: Mapping[int, Following], heard: Iterable[Heard]) -> list[Heard]:
    return [
        (message, candidate)
        for message, candidate in heard
        if not parcels[candidate.pk].goes_on_with(message.data.scans)
    ]


def _write(parcels: Collection[Following], orders: Mapping[int, _Order], at: datetime) -> None:
    stamp = timezone.now()  # what the fields' own auto_now would write
    bulk_rows.insert_scans(((parcel.shipment.pk, scan) for parcel in parcels for scan in parcel.fresh), stamp)
    bulk_rows.insert(Promise, [promise for parcel in parcels for promise in parcel.promises])
    shipments, read = [parcel.shipment for parcel in parcels], [parcel.was for parcel in parcels]
    bulk_rows.update_shipments(shipments, read, checked_at=at, stamp=stamp)
    changed: dict[int, int] = {}
    for parcel in parcels:
        if parcel.changes:
            order_id = parcel.shipment.order_id
            changed[order_id] = changed.get(order_id, 0) + parcel.changes
    if changed:
        statuses = derive_statuses({pk: orders[pk].cancelled_at for pk in changed})
        bulk_rows.update_orders(changed, statuses, stamp=stamp)
    publish_many(list(_facts(parcels)), at=stamp)
    if any(parcel.shipment.eta_due_at == at for parcel in parcels):
        wake("promises")


def _facts(parcels: Iterable[Following]) -> Iterator[Fact]:
    about = Shipment._meta.label_lower
    for parcel in parcels:
        whose = (about, str(parcel.shipment.pk), parcel.store.pk, parcel.customer_id)
        for fact in parcel.facts:
            yield Fact(fact["kind"], fact["key"], fact["occurred_at"], *whose, fact["data"])
