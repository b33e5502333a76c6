"""A parcel in trouble, of a store whose shop can be told things."""

from datetime import timedelta
from typing import Any

from tests.factories.tracking import (
    NOON,
    OrderFactory,
    OrderLineFactory,
    ShipmentFactory,
    ShipmentLineFactory,
    VariantFactory,
)
from tests.tracking.memory_shop import connected
from tracking.models import Flag, Location, Order, Shipment, StockLevel, WatchRules
from tracking.services import make_good_offers
from tracking.vocabulary import Status


def order_of(*lines: dict[str, Any], **given: Any) -> Order:
    """Return a paid order of `lines` (fields of OrderLine, and `stock`: None for unknown)."""
    store = given.pop("store", None) or connected(country="US", support_email="help@example.com")
    net = sum(
        line.get("unit_price_minor", 4800) * line.get("quantity", 1) - line.get("discount_minor", 0)
        for line in lines
    )
    sums = {"subtotal_minor": net, "shipping_minor": 500, "total_minor": net + 500}
    order = OrderFactory(store=store, **(sums | given))
    place, _made = Location.objects.get_or_create(store=store, external_id="loc-1")
    for position, line in enumerate(lines):
        line, stock = dict(line), line.get("stock", 9)
        line.pop("stock", None)
        variant = VariantFactory(product__store=store)
        variant.inventory_item_id = f"item-{variant.pk}"
        variant.save()
        if stock is not None:
            StockLevel.objects.create(
                location=place, inventory_item_id=variant.inventory_item_id, available=stock
            )
        OrderLineFactory(
            order=order,
            position=position,
            variant=variant,
            product=variant.product,
            variant_external_id=variant.external_id,
            product_external_id=variant.product.external_id,
            **line,
        )
    return order


def parcel_of(order: Order, *packed: tuple[int, int], **given: Any) -> Shipment:
    """Return a parcel under way; `packed`: (position of the line, quantity)."""
    parcel = ShipmentFactory(order=order, **({"status": Status.IN_TRANSIT} | given))
    lines = list(order.lines.order_by("position"))
    for position, quantity in packed:
        ShipmentLineFactory(shipment=parcel, line=lines[position], quantity=quantity)
    return parcel


def flagged(parcel: Shipment, kind: str = Flag.Kind.LATE, days: int = 7, **given: Any) -> Flag:
    """Open a flag that has been true for `days` days at NOON."""
    since = NOON - timedelta(days=days)
    return Flag.objects.create(
        kind=kind,
        store=parcel.order.store,
        order=parcel.order,
        shipment=parcel,
        since=since,
        opened_at=since,
        **given,
    )


def late_parcel(**given: Any) -> Shipment:
    """Return a parcel a week past its promise, with one lantern in it."""
    parcel = parcel_of(order_of({}, **given))
    flagged(parcel)
    return parcel


def rules(store: Any, **given: Any) -> WatchRules:
    """Set a store's rules."""
    return WatchRules.objects.update_or_create(store=store, defaults=given)[0]


def offered(parcel: Shipment) -> Any:
    """Look round, and return the parcel's newest offer (None without one)."""
    make_good_offers.look_round(at=NOON)
    return parcel.make_goods.order_by("-pk").first()
