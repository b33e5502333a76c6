"""
What a shop deleted: marked, never deleted here. Orders keep their page, products stay in the orders they were
bought in; an older message cannot bring them back, a newer one does.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from django.db import transaction

from customers import outbox
from customers.models import Identity, Store
from tracking import events
from tracking.models import Order, Product, Removal, Scan, Shipment, Variant
from tracking.services.progress import refresh_order
from tracking.services.scans import refold
from tracking.services.shipments import watch
from tracking.shops.base import ScanFact
from tracking.shops.facts import Kind, RemovedData
from tracking.versions import told_at as time_of


@transaction.atomic
def record_removal(*, store: Store, data: RemovedData, told_at: datetime, at: datetime) -> bool:
    """
    Remember that something was deleted in the shop (or brought back) and mark it, if it is here.

    `told_at` is when the shop says so, for messages that do not say it themselves. Returns: whether it was
    news. Publishes: ORDER_REMOVED once per order.
    """
    when = data.at or told_at
    removal, made = Removal.objects.select_for_update().get_or_create(
        store=store,
        kind=data.kind.value,
        external_id=data.external_id,
        defaults={"told_at": when, "removed_at": None if data.back else when},
    )
    if not made:
        # Of two words at the same moment the removal counts.
        if (when, not data.back) <= (removal.told_at, removal.removed_at is not None):
            return False
        removal.told_at, removal.removed_at = when, None if data.back else when
        removal.save()
    _MARK[data.kind](store, data.external_id, at)
    # What is written for the first time at this moment does not see the removal, nor we it: who commits last
    # looks again (see record_order, record_product).
    transaction.on_commit(partial(mark_again, store, data.kind, data.external_id, at))
    return True


@transaction.atomic
def mark_again(store: Store, kind: Kind, external_id: str, at: datetime) -> None:
    """Mark a thing once more by what is known of its removal, in a transaction of its own."""
    if external_id in removals(store, kind, [external_id]):
        _MARK[kind](store, external_id, at)


def removals(store: Store, kind: Kind, external_ids: Iterable[str]) -> dict[str, Removal]:
    """Return what is known to have been deleted (or brought back) in the shop, by its id there."""
    rows = Removal.objects.filter(store=store, kind=kind.value, external_id__in=list(external_ids))
    return {row.external_id: row for row in rows}


def gone_at(removal: Removal | None, version: str) -> datetime | None:
    """Return when a thing was deleted, None when it was not or its `version` is younger than that."""
    if removal is None or removal.removed_at is None:
        return None
    changed_at = time_of(version)
    return None if changed_at and changed_at > removal.told_at else removal.removed_at


# --- orders


def settle_order(order: Order, *, at: datetime) -> None:
    """Mark an order as deleted in the shop, or as there after all; the caller holds its lock."""
    removal = removals(order.store, Kind.ORDER, [order.external_id]).get(order.external_id)
    was, order.removed_at = order.removed_at, gone_at(removal, order.source_version)
    if order.removed_at == was:
        return
    order.save(update_fields=["removed_at", "updated_at"])
    if order.removed_at is None:
        for shipment in order.shipments.followed().select_for_update(of=("self",)).select_related("account"):
            shipment.order = order
            watch(shipment, at=at)
            shipment.save(update_fields=["due_at", "updated_at"])
        return
    # Nobody asks carriers about them any more; one that is being asked now cannot ask for more (fencing).
    order.shipments.update(due_at=None, claim=None, leased_until=None)
    outbox.publish(
        events.ORDER_REMOVED,
        key=f"order:{order.pk}:removed",
        occurred_at=order.removed_at,
        store=order.store,
        customer=order.customer,
        subject=order,
        data={"order_id": order.pk},
    )


def _mark_order(store: Store, external_id: str, at: datetime) -> None:
    orders = Order.objects.select_for_update(of=("self",)).select_related("store", "customer")
    order = orders.filter(store=store, external_id=external_id).first()
    if order is not None:
        settle_order(order, at=at)
        refresh_order(order.pk)


# --- products


def settle_product(product: Product, told: Iterable[str] = ()) -> None:
    """
    Mark a product and its variants as deleted in the shop, or as there after all; the caller holds its lock.

    `told`: ids of variants that the newest message describes: one that was deleted by itself stays so.
    """
    known = removals(product.store, Kind.PRODUCT, [product.external_id, *told])
    was = product.removed_at
    product.removed_at = gone_at(known.get(product.external_id), product.source_version)
    if product.removed_at != was:
        product.save(update_fields=["removed_at", "updated_at"])
    variants = Variant.objects.filter(product=product)
    if product.removed_at:
        variants.filter(removed_at=None).update(removed_at=product.removed_at)
        return
    if was:
        variants.filter(removed_at=was).update(removed_at=None)
    for external_id, removal in known.items():
        removed_at = gone_at(removal, product.source_version)
        if removed_at:
            variants.filter(external_id=external_id, removed_at=None).update(removed_at=removed_at)


def _mark_product(store: Store, external_id: str, at: datetime) -> None:
    products = Product.objects.select_for_update(of=("self",)).select_related("store")
    product = products.filter(store=store, external_id=external_id).first()
    if product is not None:
        settle_product(product)
        return
    # WooCommerce numbers products and variations in one series and deletes both by the same topic.
    variant = Variant.objects.filter(store=store, external_id=external_id).first()
    if variant is not None:
        removal = removals(store, Kind.PRODUCT, [external_id])[external_id]
        removed_at = gone_at(removal, variant.source_version)
        Variant.objects.filter(pk=variant.pk).update(removed_at=removed_at)


# --- customers


def settle_person(store: Store, external_id: str, version: str) -> None:
    """Mark a person's id in the shop as deleted there, unless `version` of them is younger than that."""
    removal = removals(store, Kind.CUSTOMER, [external_id]).get(external_id) if external_id else None
    if removal is not None:
        ids = Identity.objects.filter(kind=Identity.Kind.EXTERNAL, store=store, value=external_id)
        ids.update(removed_at=gone_at(removal, version))


def _mark_customer(store: Store, external_id: str, at: datetime) -> None:
    settle_person(store, external_id, "")


# --- scans


@transaction.atomic
def withdraw_scan(*, store: Store, data: ScanFact, told_at: datetime, at: datetime) -> bool:
    """
    Take back a scan that the shop passed on and deleted since; its parcel is where the other scans say.

    What was told of it (milestones) stays told. One that has not arrived yet is not taken in when it does.
    Returns: whether it was here.
    """
    _lock(store, data)
    removed = RemovedData(Kind.SCAN, data.external_id)
    if not data.external_id or not record_removal(store=store, data=removed, told_at=told_at, at=at):
        return False
    found = Scan.objects.filter(
        shipment__order__store=store,
        shipment__fulfillment_external_id=data.fulfillment_external_id,
        fingerprint=data.scan.fingerprint,
        source=store.platform,
    ).values_list("shipment_id", "shipment__order_id")
    for shipment_id, order_id in list(found):
        order = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order_id)
        shipment = Shipment.objects.select_for_update(of=("self",)).get(pk=shipment_id)
        shipment.order = order
        shipment.scans.filter(fingerprint=data.scan.fingerprint).delete()
        refold(shipment, at=at)
        shipment.save()
        refresh_order(order_id)
    return bool(found)


def is_withdrawn(store: Store, data: ScanFact) -> bool:
    """Say, in the transaction that is to add it, whether the shop has taken this scan back."""
    if not data.external_id:
        return False
    _lock(store, data)
    return data.external_id in removals(store, Kind.SCAN, [data.external_id])


def _lock(store: Store, data: ScanFact) -> None:
    """Lock the scan's order: adding it and taking it back wait for each other."""
    Order.objects.select_for_update(of=("self",)).filter(
        store=store, external_id=data.order_external_id
    ).first()


def _mark_scan(store: Store, external_id: str, at: datetime) -> None:
    """Nothing: what a scan's own message says finds it."""


_MARK: dict[Kind, Callable[[Store, str, datetime], None]] = {
    Kind.ORDER: _mark_order,
    Kind.PRODUCT: _mark_product,
    Kind.CUSTOMER: _mark_customer,
    Kind.SCAN: _mark_scan,
}
