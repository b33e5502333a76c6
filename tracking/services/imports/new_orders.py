"""
Orders nobody has heard of, inserted together. The same rows and events as `record_order` makes of each.

Whatever could make an order less than plain (a hand-over, a cancellation, a removal, a person it would
change in more than one way) leaves it to `record_order`; tests compare the two.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from customers.models import Customer, Identity, Store
from customers.services.people import DETAILS, PersonData, email_key, resolve_customer
from tracking.models import Order, OrderLine, Product, Variant
from tracking.services.missing import release
from tracking.services.orders import LINE_FIELDS, describe_order, person, publish_order
from tracking.services.products import link_order
from tracking.services.removals import mark_again, removals
from tracking.services.shipments import order_waits_for
from tracking.shops.base import OrderData
from tracking.shops.facts import Kind

Key = tuple[str, str]
# What `record_order` leaves a new order at: made, described, refreshed.
_VERSION = 3


def insert_orders(
    *, store: Store, orders: Sequence[OrderData], known: Collection[str], at: datetime
) -> set[str]:
    """
    Insert those of `orders` that are plain and new, in the caller's transaction.

    `orders` stand in the order in which they would be recorded one by one; `known` are the shop's ids of
    those that are here already.
    Returns: the shop's ids of those inserted. Publishes: ORDER_PLACED. Raises: IntegrityError when another
    transaction was first with one of them, or with one of their people: then nothing is inserted.
    """
    gone = removals(store, Kind.ORDER, [data.external_id for data in orders])
    plain = _plain(orders, {*known, *gone})
    if not plain:
        return set()
    customers = _customers(store, plain, at)
    rows = [_order(store, data, customers[data.external_id]) for data in plain]
    Order.objects.bulk_create(rows)
    _insert_lines(store, rows, plain)
    for row, data in zip(rows, plain, strict=True):
        publish_order(row, data, at)
    ids = [data.external_id for data in plain]
    release([order_waits_for(store, external_id) for external_id in ids], at=at)
    transaction.on_commit(partial(_mark_again, store, ids, at))
    return set(ids)


def _plain(orders: Sequence[OrderData], special: Collection[str]) -> list[OrderData]:
    """
    Return the orders that can be inserted before the others without a difference.

    Who shares a name with the person of an order that cannot stays behind it: profiles are found, made and
    joined in the order in which they are met.
    """
    behind: set[Key] = set()
    found = []
    for data in orders:
        keys = set(_keys(person(data.customer, version=data.version, fallback=data)))
        rich = data.fulfillments or data.names_all or data.refunds or data.cancelled_at
        if rich or data.external_id in special or keys & behind:
            behind |= keys
        else:
            found.append(data)
    return found


def _mark_again(store: Store, ids: Sequence[str], at: datetime) -> None:
    """Mark orders whose removal was told while they were being written."""
    for external_id in removals(store, Kind.ORDER, ids):
        mark_again(store, Kind.ORDER, external_id, at)


def _order(store: Store, data: OrderData, customer: Customer | None) -> Order:
    order = Order(store=store, external_id=data.external_id, version=_VERSION)
    describe_order(order, data, customer)
    return order


def _insert_lines(store: Store, rows: Sequence[Order], orders: Sequence[OrderData]) -> None:
    lines = [
        (row, place, line)
        for row, data in zip(rows, orders, strict=True)
        for place, line in enumerate({line.external_id: line for line in data.lines}.values())
    ]
    products = _ids(Product, store, {line.product_external_id for _, _, line in lines})
    variants = _ids(Variant, store, {line.variant_external_id for _, _, line in lines})
    made = []
    loose: dict[int, None] = {}
    for row, place, line in lines:
        fields: dict[str, Any] = {name: getattr(line, name) for name in LINE_FIELDS}
        product, variant = products.get(line.product_external_id), variants.get(line.variant_external_id)
        if (line.product_external_id and not product) or (line.variant_external_id and not variant):
            loose[row.pk] = None
        made.append(
            OrderLine(
                order=row,
                external_id=line.external_id,
                quantity=line.quantity,
                told_quantity=line.quantity,
                position=place,
                source_version=row.source_version,
                product_id=product,
                variant_id=variant,
                **fields,
            )
        )
    OrderLine.objects.bulk_create(made, batch_size=500)
    for pk in loose:
        transaction.on_commit(partial(link_order, pk))  # see record_product


def _ids(model: type[Product] | type[Variant], store: Store, external_ids: set[str]) -> dict[str, int]:
    wanted = external_ids - {""}
    rows = model._default_manager.filter(store=store, external_id__in=wanted) if wanted else ()
    return {row.external_id: row.pk for row in rows}


# --- people


def _customers(store: Store, orders: Sequence[OrderData], at: datetime) -> dict[str, Customer | None]:
    """Return whose each order is: {the order's id: customer}."""
    people = {data.external_id: person(data.customer, version=data.version, fallback=data) for data in orders}
    keys = {external_id: _keys(told) for external_id, told in people.items()}
    known = _known(store, {key for several in keys.values() for key in several})
    fresh = _strangers(keys, known)
    made = _insert_people(store, {external_id: people[external_id] for external_id in fresh}, keys)
    found: dict[str, Customer | None] = {}
    for external_id, told in people.items():
        if external_id in made:
            found[external_id] = made[external_id]
            continue
        held = _as_they_are(told, [known.get(key) for key in keys[external_id]])
        # Somebody this order says something new about, or in whom two profiles meet.
        found[external_id] = held or resolve_customer(data=told, store=store, source=store.slug, at=at)
    return found


def _keys(told: PersonData) -> list[Key]:
    """Return what names a person, strongest first, as `resolve_customer` matches."""
    keys = [
        (Identity.Kind.EXTERNAL.value, told.external_id),
        (Identity.Kind.EMAIL.value, email_key(told.email)),
    ]
    if not told.email:
        keys.append((Identity.Kind.PHONE.value, told.phone))
    return [key for key in keys if key[1]]


def _known(store: Store, keys: Iterable[Key]) -> dict[Key, Customer]:
    wanted = Q(pk__in=())
    for kind in Identity.Kind:
        values = [value for of, value in keys if of == kind.value]
        if values:
            wanted |= Q(kind=kind, store=store if kind == Identity.Kind.EXTERNAL else None, value__in=values)
    rows = Identity.objects.filter(wanted).select_related("customer")
    return {(row.kind, row.value): row.customer for row in rows}


def _strangers(keys: Mapping[str, Sequence[Key]], known: Mapping[Key, Customer]) -> list[str]:
    """Return the orders by people nobody knows, each person's first only."""
    met: set[Key] = set()
    found = []
    for external_id, several in keys.items():
        if several and not any(key in known or key in met for key in several):
            found.append(external_id)
        met.update(several)
    return found


def _insert_people(
    store: Store, people: Mapping[str, PersonData], keys: Mapping[str, Sequence[Key]]
) -> dict[str, Customer]:
    made: dict[str, Customer] = {}
    for external_id, told in people.items():
        details = {name: value for name in DETAILS if (value := getattr(told, name).strip())}
        made[external_id] = Customer(versions=dict.fromkeys(details, told.version), **details)
    Customer.objects.bulk_create(made.values(), batch_size=500)
    identities = [
        Identity(
            customer=customer,
            kind=kind,
            store=store if kind == Identity.Kind.EXTERNAL else None,
            value=value,
            verified=kind == Identity.Kind.EMAIL and people[external_id].email_verified,
        )
        for external_id, customer in made.items()
        for kind, value in keys[external_id]
    ]
    Identity.objects.bulk_create(identities, batch_size=500)
    return made


def _as_they_are(told: PersonData, named: Sequence[Customer | None]) -> Customer | None:
    """Return the one person that is named, None when there is something to write about them."""
    held = named[0] if named else None
    if held is None or held.merged_into_id is not None or told.consents or told.email_verified:
        return None
    if any(each is None or each.pk != held.pk for each in named):
        return None
    news = any(
        value and (told.version > held.versions.get(name, "") or not getattr(held, name))
        for name in DETAILS
        if (value := getattr(told, name).strip())
    )
    return None if news else held
