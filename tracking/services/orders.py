"""Orders as the shop tells them."""

import re
from collections.abc import Mapping, Set
from datetime import datetime
from functools import partial

from django.db import transaction

from customers import outbox
from customers.models import Customer, Store
from customers.services.people import ConsentSaid, PersonData, email_key, resolve_customer
from tracking import events
from tracking.models import Order, OrderLine, Product, Variant
from tracking.services.edits import apply_edits
from tracking.services.missing import release
from tracking.services.products import link_order
from tracking.services.progress import refresh_order
from tracking.services.refunds import apply_refunds
from tracking.services.removals import mark_again, settle_order
from tracking.services.shipments import apply_fulfillment, order_waits_for, pack, take_back
from tracking.shops.base import CustomerData, OrderData
from tracking.shops.facts import Kind


def number_key(number: str) -> str:
    """Return an order number as it is compared: without '#' and spaces, upper case, at most 60 characters."""
    return re.sub(r"[#\s]", "", number).upper()[:60]


def postcode_key(postcode: str) -> str:
    """Return a postcode as it is compared: letters and digits only, upper case."""
    return re.sub(r"[^0-9A-Za-z]", "", postcode).upper()


def person(data: CustomerData, *, version: str, fallback: OrderData | None = None) -> PersonData:
    """Return `data` for `resolve_customer`, filled up from its order; `version` when it has none."""
    return PersonData(
        external_id=data.external_id,
        email=data.email or (fallback.email if fallback else ""),
        email_verified=data.email_verified,
        phone=data.phone or (fallback.phone if fallback else ""),
        name=data.name or (fallback.ship_to.name if fallback else ""),
        language=data.language or (fallback.language if fallback else ""),
        version=data.version or version,
        consents=tuple(ConsentSaid(said.channel, said.granted, said.said_at) for said in data.consents),
    )


@transaction.atomic
def record_order(*, store: Store, data: OrderData, at: datetime) -> Order:
    """
    Create or update an order with its lines, customer and hand-overs, and publish what is new.

    A message older than what we hold changes nothing, so any order of arrival ends in the same rows.
    Publishes: ORDER_PLACED once, ORDER_CANCELLED once. Source: docs/architecture.md, "What must always hold".
    """
    order, made = Order.objects.select_for_update(of=("self",)).get_or_create(
        store=store,
        external_id=data.external_id,
        defaults={"number": data.number, "placed_at": data.placed_at, "currency": data.currency},
    )
    # Whoever an older message names is a person all the same: an address or a consent may stand in no other.
    customer = resolve_customer(
        data=person(data.customer, version=data.version, fallback=data), store=store, source=store.slug, at=at
    )
    if data.version > order.source_version:
        _update(order, data, customer)
        publish_order(order, data, at)
    if made or order.removed_at:
        settle_order(order, at=at)
    _record_lines(order, data)
    _record_fulfillments(order, data, at)
    apply_refunds(order, data.refunds, version=data.version, names_all=data.names_all_refunds, at=at)
    refresh_order(order.pk)
    if made:
        release([order_waits_for(store, data.external_id)], at=at)
        transaction.on_commit(partial(mark_again, store, Kind.ORDER, data.external_id, at))
    order.refresh_from_db()
    return order


def _record_fulfillments(order: Order, data: OrderData, at: datetime) -> None:
    """Bring the hand-overs up to date. Where orders name them all, only the newest message counts."""
    if data.names_all and data.version < order.source_version:
        return
    for fulfillment in data.fulfillments:
        apply_fulfillment(order, fulfillment, at=at)
    if data.names_all:
        named = [fulfillment.external_id for fulfillment in data.fulfillments]
        take_back(order, data.names_all, named, version=data.version, at=at)


def _update(order: Order, data: OrderData, customer: Customer | None) -> None:
    describe_order(order, data, customer)
    order.version += 1
    order.save()


def describe_order(order: Order, data: OrderData, customer: Customer | None) -> None:
    """Write down what a message says about an order itself; the caller saves."""
    order.customer = customer
    order.number, order.number_key = data.number, number_key(data.number)
    order.email = data.email or data.customer.email
    order.email_key = email_key(order.email)
    order.phone, order.language = data.phone, data.language
    order.placed_at, order.currency = data.placed_at, data.currency
    order.cancelled_at, order.cancel_reason = data.cancelled_at, data.cancel_reason
    order.payment_status = data.payment_status
    for name in ("method", "provider", "reference"):  # what a message leaves out is as it was
        told = getattr(data, f"payment_{name}") or getattr(order, f"payment_{name}")
        setattr(order, f"payment_{name}", told)
    for part in ("subtotal", "discount", "shipping", "tax", "total"):
        setattr(order, f"{part}_minor", getattr(data, f"{part}_minor"))
    to = data.ship_to
    order.ship_to = {
        "name": to.name,
        "lines": list(to.lines),
        "city": to.city,
        "region": to.region,
        "postcode": to.postcode,
        "country": to.country,
    }
    order.postcode_key = postcode_key(to.postcode)
    order.tags, order.discount_codes, order.note = list(data.tags), list(data.discount_codes), data.note
    order.source_version = data.version


def _record_lines(order: Order, data: OrderData) -> None:
    """
    Bring the lines up to date, each from the newest message that names it.

    A line the newest message no longer names is kept with quantity 0: parcels and returns may point at it.
    """
    newest = data.version == order.source_version
    known = {line.external_id: line for line in order.lines.all()}
    before = set(known)
    fresh = [
        (position, told)
        for position, told in enumerate(data.lines)
        if told.external_id not in known or data.version > known[told.external_id].source_version
    ]
    products = _ids(Product, order.store_id, {told.product_external_id for _, told in fresh})
    variants = _ids(Variant, order.store_id, {told.variant_external_id for _, told in fresh})
    for position, told in fresh:
        line = known.get(told.external_id) or OrderLine(order=order, external_id=told.external_id)
        for name in LINE_FIELDS:
            setattr(line, name, getattr(told, name))
        line.quantity = line.told_quantity = told.quantity if newest else 0
        line.position, line.source_version = position, data.version
        line.product_id = products.get(told.product_external_id)
        line.variant_id = variants.get(told.variant_external_id)
        line.save()
        known[told.external_id] = line
    loose = any(told.product_external_id and told.product_external_id not in products for _, told in fresh)
    if loose or any(
        told.variant_external_id and told.variant_external_id not in variants for _, told in fresh
    ):
        transaction.on_commit(partial(link_order, order.pk))  # see record_product
    if newest:
        order.lines.filter(source_version__lt=data.version).update(quantity=0, told_quantity=0)
    apply_edits(order)
    if known.keys() - before:
        _pack_what_waited(order, known, known.keys() - before)


def _pack_what_waited(order: Order, lines: Mapping[str, OrderLine], made: Set[str]) -> None:
    """Put lines that were just made into the parcels that were told of them before."""
    waiting = [shipment for shipment in order.shipments.all() if made & shipment.packing.keys()]
    pack(waiting, {external_id: line.pk for external_id, line in lines.items()})


LINE_FIELDS = (
    "title",
    "variant_title",
    "sku",
    "vendor",
    "ordered_quantity",
    "unit_price_minor",
    "discount_minor",
    "tax_minor",
    "product_external_id",
    "variant_external_id",
    "requires_shipping",
    "gift_card",
    "image_url",
)


def _ids(model: type[Product] | type[Variant], store_id: int, external_ids: set[str]) -> dict[str, int]:
    """Return {the shop's id: our id} of the named products or variants."""
    rows = model._default_manager.filter(store_id=store_id, external_id__in=external_ids - {""})
    return dict(rows.values_list("external_id", "pk"))


def publish_order(order: Order, data: OrderData, at: datetime) -> None:
    """Publish what is new about an order, inside the caller's transaction. Events: see `record_order`."""
    about = {"store": order.store, "customer": order.customer, "subject": order}
    outbox.publish(
        events.ORDER_PLACED,
        key=f"order:{order.pk}:placed",
        occurred_at=order.placed_at,
        data={
            "order_id": order.pk,
            "currency": order.currency,
            "total_minor": order.total_minor,
            "lines": len(data.lines),
        },
        **about,  # type: ignore[arg-type]
    )
    if order.cancelled_at:
        outbox.publish(
            events.ORDER_CANCELLED,
            key=f"order:{order.pk}:cancelled",
            occurred_at=order.cancelled_at,
            data={"order_id": order.pk, "reason": order.cancel_reason},
            **about,  # type: ignore[arg-type]
        )
