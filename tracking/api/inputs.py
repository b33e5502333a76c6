"""What partners may write about orders, and its translation into the same data a shop's webhook becomes."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rest_framework import serializers

from customers.api.auth import stores_of
from customers.api.base import MAX_MINOR, Instant, Minor, Strict, Text, Whole, YesNo
from customers.models import ApiKey, Store
from tracking.api.fields import Currency, Email, Pattern, WebAddress, e164
from tracking.shops.base import AddressData, CustomerData, LineData, OrderData
from tracking.versions import version

MAX_LINES = 500
AHEAD = timedelta(
    days=2
)  # a clock may be wrong; a time further ahead is a mistake that would block later news
LANGUAGE = (r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "This is not a language tag such as de or pt-BR.")
COUNTRY = (r"[A-Za-z]{2}", "This is not a two-letter country code such as DE.")
PHONE_HELP = "Best as +4930123456; without + it is read as a number of the country in ship_to."
PHONE = (r"[0-9+() ./-]{3,20}", "This is not a phone number such as +4930123456.")


def store_for(key: ApiKey, slug: str) -> Store:
    """
    Return the store a key may write to. Raises ValidationError: the same for another's store as for none.
    """
    store = stores_of(key).filter(slug=slug).first()
    if store is None:
        raise serializers.ValidationError({"store": [f"This key knows no store “{slug}”."]})
    return store


def canonical(body: Any) -> str:
    """Return a body in a form that is the same however its members are ordered."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)


def not_ahead(value: datetime | None, at: datetime, field: str) -> None:
    """Raise ValidationError when `value` lies well after `at`."""
    if value and value > at + AHEAD:
        raise serializers.ValidationError({field: ["This time lies in the future."]})


class CustomerIn(Strict):
    """Who bought. Known by `external_id` and `email`."""

    external_id = Text(optional=True, max_length=64, help_text="The shop's id of the customer.")
    name = Text(optional=True, max_length=200)
    email = Email(optional=True, max_length=254)
    phone = Pattern(*PHONE, optional=True, max_length=20, help_text=PHONE_HELP)
    language = Pattern(*LANGUAGE, optional=True, max_length=10)


class AddressIn(Strict):
    """Where the order goes."""

    name = Text(optional=True, max_length=200)
    lines = serializers.ListField(
        child=Text(max_length=200), required=False, max_length=5, help_text="Street and house."
    )
    city = Text(optional=True, max_length=120)
    region = Text(optional=True, max_length=120)
    postcode = Text(optional=True, max_length=20)
    country = Pattern(*COUNTRY, optional=True, max_length=2, help_text="Two letters.")


class LineIn(Strict):
    """One line of an order."""

    external_id = Text(max_length=64, help_text="The shop's id of the line; parcels refer to it.")
    title = Text(max_length=300)
    quantity = Whole(min_value=0, max_value=100_000, help_text="How many are still wanted.")
    ordered_quantity = Whole(
        min_value=0,
        max_value=100_000,
        required=False,
        help_text="How many were bought; `quantity` if left out.",
    )
    unit_price_minor = Minor(help_text="Of one piece.")
    discount_minor = Minor(default=0, help_text="Off the whole line.")
    tax_minor = Minor(default=0, help_text="Of the whole line.")
    sku = Text(optional=True, max_length=120)
    variant_title = Text(optional=True, max_length=300)
    product_external_id = Text(optional=True, max_length=64)
    variant_external_id = Text(optional=True, max_length=64)
    image_url = WebAddress(optional=True, max_length=500)
    requires_shipping = YesNo(default=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check what the fields say together."""
        if attrs["discount_minor"] > attrs["unit_price_minor"] * attrs["quantity"]:
            raise serializers.ValidationError({"discount_minor": ["More than the line costs."]})
        if attrs.setdefault("ordered_quantity", attrs["quantity"]) < attrs["quantity"]:
            raise serializers.ValidationError({"ordered_quantity": ["Less than is still wanted."]})
        return attrs


class OrderIn(Strict):
    """
    An order in full: what is left out is blank, not kept.

    `discount_minor` is everything taken off, the lines' discounts included (their sum if left out).
    `total_minor` is computed as lines − discount + shipping + tax if left out; give it when your prices
    contain the tax.
    """

    store = Text(max_length=50, help_text="The store's slug.")
    external_id = Text(max_length=64, help_text="The shop's id: the same id is the same order.")
    number = Text(max_length=60, help_text="As the shopper knows it, e.g. #1042.")
    placed_at = Instant(help_text="When it was bought.")
    currency = Currency(max_length=3, help_text="ISO 4217.")
    email = Email(
        optional=True, max_length=254, help_text="Where messages about it go; the customer's if left out."
    )
    phone = Pattern(*PHONE, optional=True, max_length=20, help_text=PHONE_HELP)
    language = Pattern(
        *LANGUAGE, optional=True, max_length=10, help_text="The shopper's; the store's if left out."
    )
    customer = CustomerIn(required=False, allow_null=True)
    ship_to = AddressIn(required=False, allow_null=True)
    lines = LineIn(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]
    shipping_minor = Minor(default=0)
    discount_minor = Minor(required=False, help_text="Everything taken off, the lines' discounts included.")
    tax_minor = Minor(required=False, help_text="All tax; the sum of the lines' if left out.")
    total_minor = Minor(
        required=False, max_value=MAX_MINOR * 1000, help_text="What was paid; computed if left out."
    )
    payment_status = Text(optional=True, max_length=40, help_text="Your word: paid, pending, refunded, …")
    cancelled_at = Instant(required=False, allow_null=True)
    cancel_reason = Text(optional=True, max_length=60)
    tags = serializers.ListField(child=Text(max_length=100), required=False, max_length=100)
    note = Text(optional=True, max_length=5000)
    updated_at = Instant(
        required=False,
        help_text="When the order changed in your system. News older than what we hold changes nothing.",
    )

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Check that no line stands twice."""
        ids = [line["external_id"] for line in lines]
        twice = {name for name in ids if ids.count(name) > 1}
        if twice:
            raise serializers.ValidationError(f"The line {sorted(twice)[0]!r} stands twice.")
        return lines

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Compute the sums that were left out and check the ones that were given."""
        attrs |= sums(attrs)
        not_ahead(attrs.get("updated_at"), self.context["at"], "updated_at")
        return attrs


def sums(order: dict[str, Any]) -> dict[str, int]:
    """
    Return subtotal, discount, tax and total of an order's body, in minor units.

    A given total passes when it lies between the parts with and without tax on top, plus or minus one unit
    per line for rounding. Raises: ValidationError otherwise, naming both ends.
    """
    lines: Sequence[dict[str, Any]] = order["lines"]
    goods = sum(line["unit_price_minor"] * line["quantity"] for line in lines)
    off_lines = sum(line["discount_minor"] for line in lines)
    off = order.get("discount_minor", off_lines)
    tax = order.get("tax_minor", sum(line["tax_minor"] for line in lines))
    if goods > MAX_MINOR * 1000:
        raise serializers.ValidationError({"lines": ["The lines add up to more than an order can be worth."]})
    if max(off, off_lines) > goods + order["shipping_minor"]:
        raise serializers.ValidationError({"discount_minor": ["More than the order costs."]})
    off = max(off, off_lines)
    net = goods - off + order["shipping_minor"]
    total = order.get("total_minor", net + tax)
    if not net - len(lines) <= total <= net + tax + len(lines):
        raise serializers.ValidationError(
            {
                "total_minor": [
                    f"The parts add up to {net} with the tax in the prices and {net + tax} with it on top."
                ]
            }
        )
    return {
        "subtotal_minor": max(goods - off, 0),
        "discount_minor": off,
        "tax_minor": tax,
        "total_minor": total,
    }


def order_data(given: dict[str, Any], *, store: Store, body: Any, at: datetime) -> OrderData:
    """Return a validated body as the data every source of orders becomes."""
    to, person = given.get("ship_to") or {}, given.get("customer") or {}
    country = to.get("country", "").upper()
    region = country or store.country
    address = {name: to.get(name, "") for name in ("name", "city", "region", "postcode")}
    language = given["language"] or person.get("language", "")
    return OrderData(
        external_id=given["external_id"],
        number=given["number"],
        version=version(given.get("updated_at") or at, canonical(body)),
        placed_at=given["placed_at"],
        currency=given["currency"],
        lines=tuple(LineData(**line) for line in given["lines"]),
        customer=CustomerData(**person | {"phone": e164(person.get("phone", ""), region)}),
        email=given["email"] or person.get("email", ""),
        phone=e164(given["phone"], region),
        language=language,
        ship_to=AddressData(lines=tuple(to.get("lines", ())), country=country, **address),
        tags=tuple(given.get("tags", ())),
        cancelled_at=given.get("cancelled_at"),
        **{name: given[name] for name in PLAIN},
    )


PLAIN: tuple[str, ...] = (
    "subtotal_minor",
    "discount_minor",
    "shipping_minor",
    "tax_minor",
    "total_minor",
    "payment_status",
    "cancel_reason",
    "note",
)
