"""Hand-overs to carriers: which lines travel under which tracking numbers."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import zip_longest

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from customers import outbox
from customers.models import Store
from customers.worker import wake
from tracking import events
from tracking.carriers import detect
from tracking.carriers.base import Carrier, Place
from tracking.fold import FINAL
from tracking.models import CarrierAccount, Order, OrderLine, Shipment, ShipmentLine
from tracking.services.missing import Missing, release
from tracking.services.parcel_owners import adopt, leave_to_label, spoken_for, with_labels
from tracking.services.parcel_owners import tracking_key as tracking_key
from tracking.services.progress import refresh_order
from tracking.shops.base import FulfillmentData


def order_waits_for(store: Store, external_id: str) -> str:
    """Name an order that messages may wait for."""
    return f"order:{store.slug}:{external_id}"


def fulfillment_waits_for(store: Store, external_id: str) -> str:
    """Name a hand-over that messages may wait for."""
    return f"fulfillment:{store.slug}:{external_id}"


def parcel_waits_for(key: str) -> str:
    """Name a parcel that messages may wait for."""
    return f"parcel:{key}"


@transaction.atomic
def record_fulfillment(*, store: Store, data: FulfillmentData, at: datetime) -> list[Shipment]:
    """
    Create or update the parcels of one hand-over; older news than what we hold is ignored.

    Returns: its current parcels, in order. Raises: Missing when the order has not arrived yet.
    """
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("store", "customer")
        .filter(store=store, external_id=data.order_external_id)
        .first()
    )
    if order is None:
        raise Missing(
            order_waits_for(store, data.order_external_id), f"waits for order {data.order_external_id}"
        )
    shipments = apply_fulfillment(order, data, at=at)
    refresh_order(order.pk)
    return shipments


def apply_fulfillment(order: Order, data: FulfillmentData, *, at: datetime) -> list[Shipment]:
    """Do the work of `record_fulfillment` for an order whose lock the caller holds."""
    # Their rows are locked too: a worker that asks about them settles its claim without the order's lock.
    rows = order.shipments.select_for_update(of=("self",)).filter(fulfillment_external_id=data.external_id)
    known = list(rows.order_by("position", "pk"))
    current = [shipment for shipment in known if shipment.replaced_at is None]
    if known and data.version <= max(shipment.source_version for shipment in known):
        return current
    others = spoken_for(
        order, data.external_id, [key for key in map(tracking_key, data.tracking_numbers) if key]
    )
    if others:  # told by somebody who knows it better: one parcel, not two
        _fill(others[0], data, at)
        return others
    if data.cancelled:
        left = _let_go(order, known, data.version, at)
        if not left:  # remembered, so that an older message cannot bring it to life
            _new(order, data, "", replaced_at=at)
        return []
    shipments = _match(order, data, known, _numbers(data), at)
    _pack(shipments, data)
    _announce(order, shipments, data, at)
    return shipments


def take_back(order: Order, prefix: str, named: Collection[str], *, version: str, at: datetime) -> None:
    """Set aside the parcels of hand-overs whose ids begin with `prefix` and are not `named` any more."""
    rows = order.shipments.current().select_for_update(of=("self",))
    gone = rows.filter(fulfillment_external_id__startswith=prefix).exclude(fulfillment_external_id__in=named)
    _let_go(order, list(gone), version, at)


def _let_go(order: Order, parcels: list[Shipment], version: str, at: datetime) -> list[Shipment]:
    """Set aside parcels that are told of no more, or leave them to their labels. Returns those set aside."""
    labels = with_labels(order) if parcels else {}
    left = [parcel for parcel in parcels if not leave_to_label(parcel, labels, at)]
    for parcel in left:
        parcel.replaced_at, parcel.source_version, parcel.due_at = parcel.replaced_at or at, version, None
        parcel.save()
    return left


def _numbers(data: FulfillmentData) -> list[tuple[str, str]]:
    """
    Return the hand-over's numbers in order, each with its link ('' without one) and once however it is
    spelled; without any number, one nameless parcel.
    """
    told: dict[str, tuple[str, str]] = {}
    for number, url in zip_longest(data.tracking_numbers or ("",), data.tracking_urls, fillvalue=""):
        told.setdefault(tracking_key(number), (number.strip(), url))
    if len(told) > 1:
        told.pop("", None)
    return list(told.values())


def _match(
    order: Order, data: FulfillmentData, known: list[Shipment], numbers: list[tuple[str, str]], at: datetime
) -> list[Shipment]:
    """
    Return one parcel per number: the one that has it, else one whose number was taken back before any scan,
    else a new one.

    A parcel with scans or a label keeps its number: they belong to it. Named no longer by the shop, it is set
    aside, or left to its label.
    """
    wanted = [tracking_key(number) for number, _ in numbers]
    unnamed = [shipment for shipment in known if shipment.tracking_key not in wanted]
    labels = with_labels(order) if unnamed else {}
    known = [s for s in known if s not in unnamed or not leave_to_label(s, labels, at)]
    known += adopt(order, data.external_id, known, wanted)
    by_key = {shipment.tracking_key: shipment for shipment in known}
    keeps = {*wanted, *labels}
    spare = [s for s in known if s.tracking_key not in keeps and not s.scans.exists()]
    made = []
    for position, ((number, url), key) in enumerate(zip(numbers, wanted, strict=True)):
        shipment = by_key.pop(key, None) or (spare.pop(0) if spare else None)
        if shipment is None:
            shipment = _new(order, data, number)
        by_key.pop(shipment.tracking_key, None)
        shipment.position, shipment.replaced_at = position, None
        _describe(shipment, order, data, number, url, at)
        made.append(shipment)
    for left in by_key.values():
        if left.replaced_at is None:
            left.replaced_at, left.due_at = at, None
        left.source_version = data.version
        left.save()
    return made


def _new(order: Order, data: FulfillmentData, number: str, replaced_at: datetime | None = None) -> Shipment:
    return Shipment.objects.create(
        order=order,
        fulfillment_external_id=data.external_id,
        tracking_number=number,
        tracking_key=tracking_key(number),
        source_version=data.version,
        replaced_at=replaced_at,
    )


def _describe(
    shipment: Shipment, order: Order, data: FulfillmentData, number: str, url: str, at: datetime
) -> None:
    """Write down what the hand-over says about one of its parcels, and who will follow it."""
    shipment.tracking_number, shipment.tracking_key = number, tracking_key(number)
    carrier = data.carrier or detect.code_for(data.carrier_name, number)
    label = with_labels(order).get(shipment.tracking_key) if number and not carrier else None
    shipment.carrier_name = data.carrier_name or (label.carrier_name if label else "")
    shipment.carrier = carrier or (label.carrier if label else "")
    shipment.tracking_url = url or detect.tracking_url(shipment.carrier, number)
    shipment.service = data.service or shipment.service
    shipment.handed_over_at = data.created_at or shipment.handed_over_at or at
    shipment.destination = _place(data.destination) or {
        name: order.ship_to.get(name, "") for name in ("city", "region", "country", "postcode")
    }
    shipment.origin = _place(data.origin) or shipment.origin
    shipment.account = account_for(shipment.carrier)
    if shipment.status not in FINAL:
        watch(shipment, at=at)
        shipment.eta_due_at = shipment.eta_due_at or at  # a window can be shown from the label on
    shipment.source_version = data.version
    shipment.save()


def _fill(shipment: Shipment, data: FulfillmentData, at: datetime) -> None:
    """Add to a parcel what whoever speaks for it did not say: who carries it."""
    carrier = data.carrier or detect.code_for(data.carrier_name, shipment.tracking_number)
    if shipment.carrier or not carrier or data.cancelled:
        return
    shipment.carrier, shipment.carrier_name = carrier, shipment.carrier_name or data.carrier_name
    url = next(iter(data.tracking_urls), "") or detect.tracking_url(carrier, shipment.tracking_number)
    shipment.tracking_url = shipment.tracking_url or url
    shipment.account = account_for(carrier)
    if shipment.status not in FINAL:
        watch(shipment, at=at)
    shipment.save()


def watch(shipment: Shipment, *, at: datetime) -> None:
    """
    Have the carrier asked about a parcel from now on, when there is an account that can be; the caller
    saves.
    """
    account = shipment.account
    if (
        shipment.tracking_number
        and account
        and account.carrier in settings.CARRIERS
        and carrier_class(account.carrier).polls
        and shipment.order.removed_at is None  # nobody asks for what the shop deleted
    ):
        shipment.due_at = shipment.due_at or at
        wake("poll")


def _place(place: Place) -> dict[str, str]:
    """Return a place as it is stored, {} when nothing is known."""
    stored = {
        "city": place.city,
        "region": place.region,
        "country": place.country,
        "postcode": place.postcode,
    }
    return stored if any(stored.values()) else {}


def carrier_class(code: str) -> type[Carrier]:
    """Return the translator behind a carrier code. Raises KeyError for an unknown one."""
    return import_string(settings.CARRIERS[code])  # type: ignore[no-any-return]


def account_for(carrier: str) -> CarrierAccount | None:
    """
    Return the account that follows parcels of `carrier`: its own, else an aggregator's; None when nobody
    does.
    """
    accounts = [
        a
        for a in CarrierAccount.objects.filter(enabled=True).order_by("pk")
        if a.carrier in settings.CARRIERS
    ]
    own = [a for a in accounts if carrier and carrier in (a.carrier, *a.config.get("carriers", ()))]
    if own:
        return own[0]
    if carrier == "sandbox":  # play parcels are nobody else's business
        return None
    return next((account for account in accounts if carrier_class(account.carrier).aggregates), None)


def _pack(shipments: list[Shipment], data: FulfillmentData) -> None:
    """
    Put the lines into the first parcel. With several numbers the shop does not say what is where: the page
    then speaks of one hand-over in several parcels.
    """
    told = {external_id: quantity for external_id, quantity in data.lines if quantity}
    for shipment in shipments:
        packing = told if shipment is shipments[0] else {}
        if shipment.packing != packing:
            shipment.packing = packing
            shipment.save(update_fields=["packing", "updated_at"])
    pack(
        shipments,
        dict(OrderLine.objects.filter(order=shipments[0].order_id).values_list("external_id", "pk")),
    )


def pack(shipments: Iterable[Shipment], lines: Mapping[str, int]) -> None:
    """
    Make the rows of these parcels what was told of their contents, as far as the order's `lines` ({the shop's
    id: ours}) are here: a hand-over may come before the change of the order that added its line.
    """
    for shipment in shipments:
        wanted = {lines[told]: quantity for told, quantity in shipment.packing.items() if told in lines}
        shipment.lines.exclude(line__in=wanted).delete()
        for line_id, quantity in wanted.items():
            ShipmentLine.objects.update_or_create(
                shipment=shipment, line_id=line_id, defaults={"quantity": quantity}
            )


def _announce(order: Order, shipments: list[Shipment], data: FulfillmentData, at: datetime) -> None:
    for shipment in shipments:
        outbox.publish(
            events.SHIPMENT_CREATED,
            key=f"shipment:{shipment.pk}:created",
            occurred_at=data.created_at or at,
            store=order.store,
            customer=order.customer,
            subject=shipment,
            data={"order_id": order.pk, "shipment_id": shipment.pk},
        )
    keys = [parcel_waits_for(shipment.tracking_key) for shipment in shipments if shipment.tracking_key]
    release([fulfillment_waits_for(order.store, data.external_id), *keys], at=at)
