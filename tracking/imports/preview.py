"""What staff see of a record before it is imported: how its cells are understood, in words."""

from datetime import datetime
from typing import Any

from config.lib.money import Money
from tracking.imports.cells import Record
from tracking.imports.fields import CUSTOMERS, ORDERS, PRODUCTS, SHIPMENTS, STOCK
from tracking.imports.matching import Plan
from tracking.imports.times import zone_of

Shown = list[tuple[str, str]]
MOST_LINES = 4


def shown(record: Record, plan: Plan) -> Shown:
    """Return a record as (what, how it is understood); times in the zone chosen for the file."""
    told = _HOW[plan.kind](record.data, plan)
    if record.changed_at:
        told.append(("Changed", _time(record.changed_at, plan)))
    told += [("Left out", words) for words in record.left_out]
    return [(label, text) for label, text in told if text]


def _time(at: datetime | None, plan: Plan) -> str:
    if at is None:
        return ""
    local = at.astimezone(zone_of(plan.zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({plan.zone})"


def _some(parts: list[str]) -> str:
    more = f" and {len(parts) - MOST_LINES} more" if len(parts) > MOST_LINES else ""
    return "; ".join(parts[:MOST_LINES]) + more


def _order(order: Any, plan: Plan) -> Shown:
    def sum_of(minor: int) -> str:
        return str(Money(minor, order.currency)) if minor else ""

    lines = [
        f"{line.quantity} × {line.title}{f' ({line.variant_title})' if line.variant_title else ''} "
        f"at {Money(line.unit_price_minor, order.currency)}"
        for line in order.lines
    ]
    to = order.ship_to
    address = ", ".join(filter(None, (to.name, *to.lines, to.postcode, to.city, to.region, to.country)))
    return [
        ("Order", order.number),
        ("The shop's id", order.external_id if order.external_id != order.number else ""),
        ("Placed", _time(order.placed_at, plan)),
        ("Customer", ", ".join(filter(None, (order.customer.name, order.email, order.phone)))),
        ("To", address),
        ("Items", _some(lines)),
        ("Discount", sum_of(order.discount_minor)),
        ("Shipping", sum_of(order.shipping_minor)),
        ("Total", str(Money(order.total_minor, order.currency))),
        ("Payment", order.payment_status),
        ("Cancelled", _time(order.cancelled_at, plan)),
    ]


def _shipment(told: Any, plan: Plan) -> Shown:
    data = told.fulfillment
    items = [f"{item.quantity} × {item.title or item.sku or item.line_id}" for item in told.items]
    scans = [
        f"{scan.status.label}, {_time(scan.at, plan)}{f', {scan.place}' if str(scan.place) else ''}"
        for scan in told.scans
    ]
    return [
        ("Order", told.order_number or told.order_external_id),
        ("Tracking number", ", ".join(data.tracking_numbers) or "none"),
        ("Carrier", ", ".join(filter(None, (data.carrier_name, data.service)))),
        ("Shipped", _time(data.created_at, plan)),
        ("Expected", told.eta.to_date.isoformat() if told.eta else ""),
        ("Items", _some(items)),
        ("Scans", _some(scans)),
        ("Signed by", told.signed_by),
        ("Taken back", "yes" if data.cancelled else ""),
    ]


def _product(told: Any, plan: Plan) -> Shown:
    product = told.product
    stock = iter(told.stock)
    variants = [
        f"{' · '.join(filter(None, (variant.sku, variant.title))) or 'one variant'} at "
        f"{Money(variant.price_minor, plan.currency)}{'' if count is None else f', {count} in stock'}"
        for variant, count in zip(product.variants, stock, strict=False)
    ]
    return [
        ("Product", product.title),
        ("The shop's id", product.external_id or product.handle),
        ("Type", product.product_type),
        ("Brand", product.vendor),
        ("Variants", _some(variants)),
        ("Picture", product.image_url),
        ("State", product.status),
    ]


def _stock(told: Any, plan: Plan) -> Shown:
    named = told.sku or told.inventory_item_id or told.variant_id or told.barcode
    return [
        ("Item", named),
        ("Place", told.location or told.location_id or "default"),
        ("Available", f"{told.available:,}"),
    ]


def _customer(told: Any, plan: Plan) -> Shown:
    customer = told.customer
    said = [
        f"{consent.channel}: {'yes' if consent.granted else 'no'}, "
        f"{_time(consent.said_at, plan) or 'no time is told'}"
        for consent in customer.consents
    ]
    return [
        ("Name", customer.name),
        ("E-mail", customer.email),
        ("Phone", customer.phone),
        ("The shop's id", customer.external_id),
        ("Language", customer.language),
        ("Marketing", "; ".join(said)),
    ]


_HOW = {ORDERS: _order, SHIPMENTS: _shipment, PRODUCTS: _product, STOCK: _stock, CUSTOMERS: _customer}
