"""What is in a parcel, what is still to come, and what it cost."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from config.lib.money import split
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


class Till:
    """
    Hands out what each unit of a line cost, discount included, so that a line's parts add up to the line.
    """

    def __init__(self) -> None:
        self._left: dict[int, list[int]] = {}

    def take(self, line: OrderLine, quantity: int) -> int:
        """
        Return the minor units of the next `quantity` units; those beyond what was ordered at their full
        price.
        """
        if line.pk not in self._left:
            self._left[line.pk] = split(line.total_minor, [1] * line.quantity) if line.quantity else []
        units, self._left[line.pk] = self._left[line.pk][:quantity], self._left[line.pk][quantity:]
        return sum(units) + line.unit_price_minor * (quantity - len(units))


def items_for(
    contents: Iterable[tuple[OrderLine, int]], order: Order, voice: Voice, till: Till
) -> list[Item]:
    """Return (line, quantity) pairs as items, priced from `till`."""
    return [
        Item(
            title=line.title,
            detail="" if line.variant_title == "Default Title" else line.variant_title,
            quantity=quantity,
            image=picture(line),
            price=voice.money(till.take(line, quantity), order.currency),
        )
        for line, quantity in contents
    ]


def picture(line: OrderLine) -> str:
    """
    Return the address of the line's picture: its own, its variant's or its product's; '' unless ours or
    https.
    """
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
