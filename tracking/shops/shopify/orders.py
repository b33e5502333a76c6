"""Orders, as every orders/* topic carries them."""

import re
from dataclasses import replace
from datetime import datetime

from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.places import phone
from tracking.reading import Record
from tracking.shops.base import ConsentData, CustomerData, LineData, OrderData
from tracking.shops.shopify import people
from tracking.shops.shopify.amounts import shop_money
from tracking.shops.shopify.fulfillments import fulfillments
from tracking.shops.shopify.refunds import refunds
from tracking.shops.words import email, payment_word
from tracking.versions import version

# How far an order has come. Shopify's times have whole seconds: of two states within one, the further one is
# newer.
_PAID = {
    "pending": 0,
    "authorized": 0,
    "partially_paid": 1,
    "paid": 2,
    "partially_refunded": 3,
    "refunded": 4,
    "voided": 4,
}
_SHIPPED = {"partial": 1, "fulfilled": 2, "restocked": 3}
_CANCELLED = 9


def order(told: Record, currency: str) -> OrderData:
    """
    Translate an order. `currency` is for an order that names none.

    Returns: OrderData in the shop's own currency (never the one it was presented in). Raises: BadPayload.
    """
    money = reading.currency(told.get("currency"), "currency") or currency
    order_id = reading.identifier(told.get("id"), "the order's id")
    ship_to = reading.optional(told.get("shipping_address"), "shipping_address")
    placed_at, changed_at = _times(told)
    method, provider = _payment(told)
    return OrderData(
        external_id=order_id,
        number=_number(told, order_id),
        version=version(changed_at, reading.canonical(told), _rank(told)),
        placed_at=placed_at,
        currency=money,
        lines=tuple(_line(line, money) for line in reading.records(told.get("line_items"), "line_items")),
        customer=_customer(told, placed_at),
        email=_email(told),
        phone=_phone(told),
        language=people.language(told.get("customer_locale")),
        subtotal_minor=reading.amount(told.get("subtotal_price"), money, "subtotal_price"),
        discount_minor=reading.amount(told.get("total_discounts"), money, "total_discounts"),
        shipping_minor=_shipping(told, money),
        tax_minor=reading.amount(told.get("total_tax"), money, "total_tax"),
        total_minor=reading.amount(told.get("total_price"), money, "total_price"),
        payment_status=reading.text(told.get("financial_status"), "financial_status", 40),
        payment_method=method,
        payment_provider=provider,
        cancelled_at=reading.moment(told.get("cancelled_at"), "cancelled_at"),
        cancel_reason=reading.text(told.get("cancel_reason"), "cancel_reason", 60),
        ship_to=people.address(ship_to),
        tags=tags(told.get("tags")),
        discount_codes=_codes(told),
        note=reading.text(told.get("note"), "note", 5000),
        fulfillments=tuple(fulfillments(told.get("fulfillments"), order_id)),
        refunds=tuple(refunds(told.get("refunds"), order_id, money)),
    )


def tags(value: object) -> tuple[str, ...]:
    """Return tags, which Shopify writes as one text with commas (or, in newer versions, as a list)."""
    if isinstance(value, list):
        words = reading.texts(value, "tags")
    else:
        words = [word.strip() for word in reading.text(value, "tags", 5000).split(",")]
    return tuple(dict.fromkeys(word for word in words if word))


def _times(told: Record) -> tuple[datetime, datetime | None]:
    """Return when the order was placed and when it last changed."""
    named = ("processed_at", "created_at", "updated_at")
    processed, created, updated = (reading.moment(told.get(name), name) for name in named)
    placed_at = processed or created or updated
    if placed_at is None:
        raise BadPayload("the order does not say when it was placed")
    return placed_at, updated or created or processed


def _rank(told: Record) -> int:
    """Return how far the order has come, 0 to 9. The state in the body counts, whatever the topic."""
    if told.get("cancelled_at"):
        return _CANCELLED
    paid = reading.text(told.get("financial_status"), "financial_status").lower()
    shipped = reading.text(told.get("fulfillment_status"), "fulfillment_status").lower()
    return _PAID.get(paid, 0) + _SHIPPED.get(shipped, 0) + bool(told.get("closed_at"))


def _number(told: Record, order_id: str) -> str:
    """Return the number shoppers know, '#1042'; shops may have put words around it."""
    name = reading.text(told.get("name"), "name", 60)
    count = reading.text(told.get("order_number"), "order_number", 59)
    return name or (f"#{count}" if count else order_id)


def _email(told: Record) -> str:
    buyer = reading.optional(told.get("customer"), "customer")
    addresses = (told.get("email"), told.get("contact_email"), buyer.get("email"))
    return next(filter(None, map(email, addresses)), "")


def _payment(told: Record) -> tuple[str, str]:
    """Return how it was paid and through whom. A gift card is named beside what paid the rest."""
    gateways = [
        name.strip().lower()
        for name in reading.texts(told.get("payment_gateway_names"), "payment_gateway_names")
        if name.strip()
    ]
    gateway = next((name for name in reversed(gateways) if name != "gift_card"), (gateways or [""])[0])
    return payment_word(gateway), gateway[:40]


def _phone(told: Record) -> str:
    """Return the first number that is one, read in the country it is shipped to or billed in."""
    places = [reading.optional(told.get(name), name) for name in ("shipping_address", "billing_address")]
    buyer = reading.optional(told.get("customer"), "customer")
    regions = tuple(filter(None, map(people.country_of, places)))
    numbers = (reading.text(entry.get("phone"), "phone") for entry in (told, buyer, *places))
    return next(filter(None, (phone(number, *regions) for number in numbers if number)), "")


def _customer(told: Record, placed_at: datetime) -> CustomerData:
    """Return who bought; a guest is known by what the order says."""
    made = people.described(reading.optional(told.get("customer"), "customer"))
    names = (
        people.name_of(reading.optional(told.get(part), part))
        for part in ("billing_address", "shipping_address")
    )
    channels = {said.channel for said in made.consents}
    # A box left empty at checkout is silence, and what the customer said of themselves is worth more than a
    # box.
    ticked = told.get("buyer_accepts_marketing") is True and "email" not in channels
    return replace(
        made,
        email=made.email or _email(told),
        phone=made.phone or _phone(told),
        name=made.name or next(filter(None, names), ""),
        language=made.language or people.language(told.get("customer_locale")),
        consents=(ConsentData("email", True, placed_at), *made.consents) if ticked else made.consents,
        # Without a time of its own, the customer is as new as the order.
        version=made.version if reading.optional(told.get("customer"), "customer").get("updated_at") else "",
    )


def _line(told: Record, currency: str) -> LineData:
    ordered = reading.count(told.get("quantity"), "a line's quantity")
    wanted = told.get("current_quantity")
    variant = reading.text(told.get("variant_title"), "variant_title", 300)
    taxes = reading.records(told.get("tax_lines"), "tax_lines")
    return LineData(
        external_id=reading.identifier(told.get("id"), "a line's id"),
        title=reading.text(told.get("title"), "title", 300) or reading.text(told.get("name"), "name", 300),
        quantity=ordered if wanted is None else reading.count(wanted, "a line's current_quantity"),
        ordered_quantity=ordered,
        unit_price_minor=reading.amount(told.get("price"), currency, "a line's price"),
        discount_minor=_discount(told, currency),
        tax_minor=sum(reading.amount(tax.get("price"), currency, "a tax") for tax in taxes),
        variant_title="" if variant == "Default Title" else variant,
        sku=reading.text(told.get("sku"), "sku", 120),
        vendor=reading.text(told.get("vendor"), "vendor", 200),
        product_external_id=reading.maybe_identifier(told.get("product_id"), "product_id"),
        variant_external_id=reading.maybe_identifier(told.get("variant_id"), "variant_id"),
        requires_shipping=told.get("requires_shipping") is not False,
        gift_card=told.get("gift_card") is True,
    )


def _discount(told: Record, currency: str) -> int:
    """Return the line's share of all discounts: `total_discount` knows only those made on the line itself."""
    shares = reading.records(told.get("discount_allocations"), "discount_allocations")
    if not shares:
        return reading.amount(told.get("total_discount"), currency, "total_discount")
    return sum(reading.amount(shop_money(share, "amount"), currency, "a discount") for share in shares)


def _shipping(told: Record, currency: str) -> int:
    total = shop_money(told, "total_shipping_price")
    if total is not None:
        return reading.amount(total, currency, "total_shipping_price")
    lines = reading.records(told.get("shipping_lines"), "shipping_lines")
    charged = (shop_money(line, "price") for line in lines if line.get("is_removed") is not True)
    return sum(reading.amount(price, currency, "a shipping price") for price in charged)


def _codes(told: Record) -> tuple[str, ...]:
    entries = reading.records(told.get("discount_codes"), "discount_codes")
    codes = (reading.text(entry.get("code"), "code") for entry in entries)
    return tuple(dict.fromkeys(re.sub(r"\s+", " ", code) for code in codes if code))
