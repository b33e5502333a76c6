"""The sample stores' plans and items as the frozen data that shops send. Pure. Money in minor units."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from config.lib import money
from engagement.demo import pictures
from engagement.demo.catalogue import SHOPS, Item, Shop
from engagement.demo.people import PEOPLE, Person
from engagement.demo.plan import Parcel, Plan
from tracking.carriers.base import Place
from tracking.shops.base import (
    AddressData,
    ConsentData,
    CustomerData,
    FulfillmentData,
    LineData,
    OrderData,
    ProductData,
    StockData,
    VariantData,
)
from tracking.versions import version

FREE_SHIPPING_FROM = 15_000
LOCATION = "62000000001"


def _base(shop: Shop) -> int:
    """Return where a shop's ids begin, so that no two things share one."""
    return (SHOPS.index(shop) + 1) * 10**12


def product_id(shop: Shop, item: Item) -> str:
    """Return the shop's id of an item."""
    return str(_base(shop) * 8 + shop.items.index(item))


def variant_id(shop: Shop, item: Item, position: int) -> str:
    """Return the shop's id of one of an item's variants."""
    return str(_base(shop) * 40 + shop.items.index(item) * 10 + position)


def sku(item: Item, position: int) -> str:
    """Return the stock code of a variant, e.g. LANTERN-2."""
    return item.key.upper() if len(item.variants) == 1 else f"{item.key.upper()}-{position + 1}"


def products(shop: Shop, *, at: datetime) -> Iterator[ProductData]:
    """Return the shop's products as it told them at `at`."""
    for item in shop.items:
        yield ProductData(
            external_id=product_id(shop, item),
            title=item.title,
            version=version(at, item.key),
            handle=item.key,
            product_type=item.kind,
            vendor=shop.fields["name"],
            tags=item.tags,
            description=item.description,
            url=f"{shop.fields['shop_url']}/products/{item.key}",
            image_url=pictures.url(item.key),
            status="active",
            variants=tuple(
                VariantData(
                    external_id=variant_id(shop, item, position),
                    title=title,
                    sku=sku(item, position),
                    options=(title,) if title else (),
                    price_minor=item.price_minor + more,
                    weight_g=item.weight_g,
                    image_url=pictures.url(item.key),
                    inventory_item_id=f"9{variant_id(shop, item, position)}",
                    position=position,
                )
                for position, (title, more) in enumerate(item.variants)
            ),
        )


def stock(shop: Shop, *, at: datetime) -> Iterator[StockData]:
    """Return how much of each variant the shop has, as it told at `at`; a few are sold out."""
    for item in shop.items:
        for position in range(len(item.variants)):
            chance = random.Random(f"stock:{shop.slug}:{item.key}:{position}")  # noqa: S311 (a sample)
            key = f"9{variant_id(shop, item, position)}"
            yield StockData(key, LOCATION, chance.choice((0, 3, 8, 14, 26, 40, 75)), version(at, key))


def order_id(plan: Plan) -> str:
    """Return the shop's id of an order."""
    return str(_base(plan.shop) * 5 + plan.number)


def number(plan: Plan) -> str:
    """Return an order's number as the shopper knows it."""
    return f"{plan.shop.prefix}{plan.number}"


def _customer(shop: Shop, person: Person, at: datetime) -> CustomerData:
    position = PEOPLE[shop.slug].index(person)
    said = (ConsentData("email", granted=position % 3 != 0, said_at=at),) if position % 4 else ()
    return CustomerData(
        external_id=str(_base(shop) * 7 + position),
        email=person.email,
        email_verified=True,
        name=person.name,
        language=person.language,
        consents=said,
    )


def order_data(plan: Plan, *, cancelled: bool = False) -> OrderData:
    """Return an order as the shop tells it, before or after it was cancelled."""
    shop, to = plan.shop, plan.gift_for or plan.person
    lines = _lines(plan)
    code = "PIER10" if plan.number % 8 == 0 else ""
    if code:
        lines = _discounted(lines)
    subtotal = sum(line.unit_price_minor * line.quantity for line in lines)
    discount = sum(line.discount_minor for line in lines)
    shipping = 0 if subtotal - discount >= FREE_SHIPPING_FROM else shop.shipping_minor
    total = subtotal - discount + shipping
    data = OrderData(
        external_id=order_id(plan),
        number=number(plan),
        version=version(plan.placed_at, order_id(plan)),
        placed_at=plan.placed_at,
        currency=shop.fields["currency"],
        lines=lines,
        customer=_customer(shop, plan.person, plan.placed_at),
        email=plan.person.email,
        language=plan.person.language,
        subtotal_minor=subtotal,
        discount_minor=discount,
        shipping_minor=shipping,
        total_minor=total,
        payment_status="paid",
        ship_to=AddressData(to.name, (to.street,), to.city, to.region, to.postcode, to.country),
        tags=("gift",) if plan.gift_for else (),
        discount_codes=(code,) if code else (),
        note=f"A present for {to.name}. Please leave out the invoice." if plan.gift_for else "",
    )
    if not cancelled:
        return data
    return replace(
        data,
        version=version(plan.cancelled_at, data.external_id, 1),
        cancelled_at=plan.cancelled_at,
        cancel_reason="customer",
        payment_status="refunded",
    )


def _lines(plan: Plan) -> tuple[LineData, ...]:
    return tuple(
        LineData(
            external_id=f"{order_id(plan)}{position}",
            title=item.title,
            quantity=quantity,
            ordered_quantity=quantity,
            unit_price_minor=item.price_minor + item.variants[which][1],
            variant_title=item.variants[which][0],
            sku=sku(item, which),
            vendor=plan.shop.fields["name"],
            product_external_id=product_id(plan.shop, item),
            variant_external_id=variant_id(plan.shop, item, which),
            image_url=pictures.url(item.key),
        )
        for position, (item, which, quantity) in enumerate(plan.lines)
    )


def _discounted(lines: tuple[LineData, ...]) -> tuple[LineData, ...]:
    """Take a tenth off, spread over the lines to the cent."""
    worth = [line.unit_price_minor * line.quantity for line in lines]
    shares = money.split(sum(worth) // 10, worth)
    return tuple(replace(line, discount_minor=share) for line, share in zip(lines, shares, strict=True))


def fulfillment_data(plan: Plan, parcel: Parcel) -> FulfillmentData:
    """Return a hand-over as the shop tells it."""
    position = plan.parcels.index(parcel)
    lines = [
        (f"{order_id(plan)}{line}", plan.lines[line][2]) for line in parcel.lines if line < len(plan.lines)
    ]
    return FulfillmentData(
        external_id=f"6{order_id(plan)}{position}",
        order_external_id=order_id(plan),
        version=version(parcel.start, f"{order_id(plan)}:{position}"),
        lines=tuple(lines),
        tracking_numbers=parcel.numbers,
        carrier_name="Sandbox",
        created_at=parcel.start,
        origin=Place(plan.shop.city, plan.shop.region, plan.shop.fields["country"]),
    )
