"""What is in a parcel, what is still to come, and what it cost."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tracking.models import Order, OrderLine
from tracking.presentation.material import Material
from tracking.presentation.voice import Voice


@dataclass(frozen=True)
class Item:
    """One line as shown. `image` is an address or ''; `price` '' where prices are not shown."""

    title: str
    detail: str
    quantity: int
    image: str
    price: str = ""


@dataclass(frozen=True)
class Sum:
    """One row of the bill. `strong` for the total."""

    label: str
    amount: str
    strong: bool = False


def items_for(contents: Iterable[tuple[OrderLine, int]], order: Order, voice: Voice) -> list[Item]:
    """Return (line, quantity) pairs as items; the price is that of the quantity shown, its discount shared out."""
    return [
        Item(
            title=line.title,
            detail="" if line.variant_title == "Default Title" else line.variant_title,
            quantity=quantity,
            image=picture(line),
            price=voice.money(_share(line, quantity), order.currency),
        )
        for line, quantity in contents
    ]


def _share(line: OrderLine, quantity: int) -> int:
    """Return what `quantity` of the line cost; its discount falls on the units in order, so that parts add up."""
    if quantity >= line.quantity:
        return line.total_minor
    return line.unit_price_minor * quantity - line.discount_minor * quantity // max(line.quantity, 1)


def picture(line: OrderLine) -> str:
    """Return the address of the line's picture: its own, its variant's or its product's; '' unless ours or https."""
    known = (line.image_url, line.variant and line.variant.image_url, line.product and line.product.image_url)
    return next((url for url in known if url and url.startswith(("https://", "/"))), "")


def without_parcel(material: Material) -> list[tuple[OrderLine, int]]:
    """Return lines that never travel: gift cards, downloads."""
    return [
        (line, line.quantity) for line in material.lines if line not in material.goods() and line.quantity
    ]


def bill_for(order: Order, voice: Voice) -> list[Sum]:
    """
    Return the rows of the bill, total last.

    Shops send the subtotal before or after discounts, and prices with or without tax: the total says which.
    """
    paid = order.subtotal_minor + order.shipping_minor
    after_discount = order.total_minor in (paid, paid + order.tax_minor)
    tax_inside = bool(order.tax_minor) and order.total_minor in (paid, paid - order.discount_minor)
    goods = order.subtotal_minor + (order.discount_minor if after_discount else 0)
    rows = [Sum(_("Items"), voice.money(goods, order.currency))]
    if order.discount_minor:
        rows.append(Sum(_("Discount"), voice.money(-order.discount_minor, order.currency)))
    free = _("free")
    rows.append(
        Sum(
            _("Shipping"), voice.money(order.shipping_minor, order.currency) if order.shipping_minor else free
        )
    )
    if order.tax_minor and not tax_inside:
        rows.append(Sum(_("Tax"), voice.money(order.tax_minor, order.currency)))
    rows.append(Sum(_("Total"), voice.money(order.total_minor, order.currency), strong=True))
    if tax_inside:
        rows.append(Sum(_("Tax included"), voice.money(order.tax_minor, order.currency)))
    return rows
