"""Orders, as every order.* topic carries them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from tracking import reading
from tracking.reading import Record
from tracking.shops.base import BadPayload, CustomerData, Fact, Ignored, LineData, OrderData
from tracking.shops.facts import Kind, RemovedData
from tracking.shops.woocommerce import parcels, people, php, refunds
from tracking.shops.woocommerce.refunds import refunded_line
from tracking.shops.words import email, payment_word, plain
from tracking.versions import version

_NOT_YET = {"auto-draft", "checkout-draft", "draft"}
_UNPAID = {"failed", "pending"}
# How far an order has come. WooCommerce's times have whole seconds: of two states within one, the further one
# is newer. A status of a plug-in's ('shipped', 'partial-shipped') stands beside `processing`.
_STAGES = {
    "pending": 0,
    "failed": 0,
    "on-hold": 1,
    "processing": 2,
    "completed": 3,
    "refunded": 4,
    "cancelled": 4,
}
_CUSTOM = 2


def order(told: Record, currency: str) -> Sequence[Fact]:
    """
    Translate an order. `currency` is for an order that names none.

    Returns: OrderData, RemovedData for one in the shop's bin, Ignored for what is no order yet. Raises:
    BadPayload.
    """
    order_id = reading.identifier(told.get("id"), "the order's id")
    status = reading.text(told.get("status"), "status", 40).lower().removeprefix("wc-")
    paid_at = php.moment(told, "date_paid")
    if status == "trash":
        changed_at = php.moment(told, "date_modified") or php.moment(told, "date_created")
        return [RemovedData(Kind.ORDER, order_id, at=changed_at)]
    reason = _why_not(status, paid_at)
    if reason:
        return [Ignored(reason)]
    return [
        _order(
            told, order_id, status, paid_at, reading.currency(told.get("currency"), "currency") or currency
        )
    ]


def _why_not(status: str, paid_at: datetime | None) -> str:
    if status in _NOT_YET:
        return "A checkout is not an order yet."
    if status in _UNPAID and paid_at is None:
        return f"It is not paid for ({status}): the order is read once it is."
    return ""


def _order(told: Record, order_id: str, status: str, paid_at: datetime | None, money: str) -> OrderData:
    placed_at, changed_at = _times(told, paid_at)
    billing, shipping = (php.optional(told.get(part), part) for part in ("billing", "shipping"))
    lines = tuple(_lines(told, money, travels=_travels(told, shipping)))
    hand_overs = parcels.fulfillments(told, lines, placed_at, changed_at)
    cancelled = status == "cancelled" or (
        # All given back before anything left is what shoppers call cancelled.
        status == "refunded" and not hand_overs and php.moment(told, "date_completed") is None
    )
    stage = 2 * _STAGES.get(status, _CUSTOM) + bool(hand_overs)
    age = version(changed_at, reading.canonical(told), stage)
    gateway = reading.text(told.get("payment_method"), "payment_method", 40).lower()
    return OrderData(
        external_id=order_id,
        number=reading.text(told.get("number"), "number", 60) or order_id,
        version=age,
        placed_at=placed_at,
        currency=money,
        lines=lines,
        customer=_customer(told, billing, shipping),
        email=email(billing.get("email")),
        phone=people.phone_of(billing, shipping),
        subtotal_minor=_subtotal(told, money),
        discount_minor=_sum(told, "discount_total", "discount_tax", money),
        shipping_minor=_sum(told, "shipping_total", "shipping_tax", money),
        tax_minor=reading.amount(told.get("total_tax"), money, "total_tax"),
        total_minor=reading.amount(told.get("total"), money, "total"),
        payment_status=_payment(status, paid_at, refunded=bool(php.records(told.get("refunds"), "refunds"))),
        payment_method=payment_word(gateway),
        payment_provider=_provider(gateway),
        payment_reference=reading.text(told.get("transaction_id"), "transaction_id", 120),
        cancelled_at=(changed_at or placed_at) if cancelled else None,
        ship_to=people.address(shipping if people.is_written(shipping) else billing),
        discount_codes=_codes(told),
        note=reading.text(told.get("customer_note"), "customer_note", 5000),
        fulfillments=hand_overs,
        names_all=parcels.PREFIX,
        refunds=refunds.inside(told, order_id, money, age, changed_at),
        names_all_refunds=True,
    )


def _times(told: Record, paid_at: datetime | None) -> tuple[datetime, datetime | None]:
    """Return when the order was placed and when it last changed."""
    created, modified = php.moment(told, "date_created"), php.moment(told, "date_modified")
    placed_at = created or paid_at or modified
    if placed_at is None:
        raise BadPayload("the order does not say when it was placed (date_created_gmt)")
    return placed_at, modified or created or paid_at


def _travels(told: Record, shipping: Record) -> bool:
    """Say whether anything is shipped: an order of downloads has neither a way to ship nor an address to."""
    return bool(php.records(told.get("shipping_lines"), "shipping_lines")) or people.is_written(shipping)


def _payment(status: str, paid_at: datetime | None, *, refunded: bool) -> str:
    """Return where the money is. Cash on delivery is 'pending' until the order is complete."""
    if status in ("refunded", "failed"):
        return status
    if refunded:
        return "partially_refunded"
    if paid_at:
        return "paid"
    return "voided" if status == "cancelled" else "pending"


def _provider(gateway: str) -> str:
    """Return who took the money. The plug-in for Stripe has a gateway per way to pay: stripe_sepa, …"""
    return "stripe" if gateway.startswith("stripe_") else gateway


def _customer(told: Record, billing: Record, shipping: Record) -> CustomerData:
    """Return who bought; a guest has no id. Its version is the order's."""
    return CustomerData(
        external_id=php.linked(told.get("customer_id"), "customer_id"),
        email=email(billing.get("email")),
        phone=people.phone_of(billing, shipping),
        name=people.name_of(billing) or people.name_of(shipping),
    )


def _sum(told: Record, name: str, tax: str, money: str) -> int:
    """Return an amount as the shop shows it: WooCommerce writes the tax apart, whatever prices include."""
    amount = reading.amount(told.get(name), money, name)
    if told.get("prices_include_tax") is True:
        amount += reading.amount(told.get(tax), money, tax)
    return amount


def _subtotal(told: Record, money: str) -> int:
    """Return what all lines cost before discounts, with fees, which have no row of their own on a page."""
    inside = {"prices_include_tax": told.get("prices_include_tax")}
    lines = php.records(told.get("line_items"), "line_items")
    fees = php.records(told.get("fee_lines"), "fee_lines")
    goods = sum(_sum(line | inside, "subtotal", "subtotal_tax", money) for line in lines)
    return goods + sum(_sum(fee | inside, "total", "total_tax", money) for fee in fees)


def _lines(told: Record, money: str, *, travels: bool) -> list[LineData]:
    inside = {"prices_include_tax": told.get("prices_include_tax")}
    back = _given_back(told)
    lines = php.records(told.get("line_items"), "line_items")
    return [_line(line | inside, money, back, travels) for line in lines]


def _line(told: Record, money: str, back: dict[str, int], travels: bool) -> LineData:
    line_id = reading.identifier(told.get("id"), "a line's id")
    ordered = _quantity(told.get("quantity"))
    before = _sum(told, "subtotal", "subtotal_tax", money)
    name = plain(reading.text(told.get("name"), "name", 600))[:300]
    parent = plain(reading.text(told.get("parent_name"), "parent_name", 600))[:300]
    product_id = php.linked(told.get("product_id"), "product_id")
    return LineData(
        external_id=line_id,
        title=parent or name,
        variant_title=name.removeprefix(parent).lstrip(" -\u2013").strip() if parent else "",
        quantity=max(ordered - back.get(line_id, 0), 0),
        ordered_quantity=ordered,
        unit_price_minor=int((Decimal(before) / max(ordered, 1)).quantize(Decimal(1), ROUND_HALF_UP)),
        discount_minor=before - _sum(told, "total", "total_tax", money),
        tax_minor=reading.amount(told.get("total_tax"), money, "total_tax"),
        sku=reading.text(told.get("sku"), "sku", 120),
        product_external_id=product_id,
        # A product without variations is its own only variant; see catalogue.
        variant_external_id=php.linked(told.get("variation_id"), "variation_id") or product_id,
        requires_shipping=travels,
        image_url=reading.link(php.optional(told.get("image"), "image").get("src"), "an image"),
    )


def _quantity(value: object) -> int:
    """Return how many there are. What plug-ins sell by weight or length ('1.5') is one piece."""
    if isinstance(value, Decimal) and 0 < value < reading.LARGEST_COUNT and value != int(value):
        return 1
    return reading.count(value, "a line's quantity")


def _given_back(told: Record) -> dict[str, int]:
    """
    Return {line id: how many were refunded}, for refunds that come with their lines.

    Those inside an order have totals only, unless a plug-in adds the lines: without, nothing is known of
    quantities.
    """
    back: dict[str, int] = {}
    for refund in php.records(told.get("refunds"), "refunds"):
        for line in php.records(refund.get("line_items"), "a refund's line_items"):
            line_id = refunded_line(line)
            if line_id:
                back[line_id] = back.get(line_id, 0) + abs(reading.whole(line.get("quantity"), "a quantity"))
    return back


def _codes(told: Record) -> tuple[str, ...]:
    entries = php.records(told.get("coupon_lines"), "coupon_lines")
    codes = (" ".join(reading.text(entry.get("code"), "code").split()) for entry in entries)
    return tuple(dict.fromkeys(code for code in codes if code))
