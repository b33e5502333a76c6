"""What travels in a parcel, what was paid for it to the cent, and whether it could be sent again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Sum

from config.lib.money import split
from tracking.models import Order, OrderLine, Shipment, StockLevel
from tracking.vocabulary import Status


@dataclass(frozen=True)
class Worth:
    """
    A parcel's pieces, (line, quantity), and what was paid for them in minor units, discounts taken off and
    tax included. `shipping_minor` is 0 unless the parcel is all that was ordered.
    """

    pieces: tuple[tuple[OrderLine, int], ...]
    goods_minor: int
    shipping_minor: int = 0

    @property
    def amount_minor(self) -> int:
        """All of it."""
        return self.goods_minor + self.shipping_minor


def worth_of(shipment: Shipment) -> Worth | None:
    """
    Return what is in a parcel and what it cost; None where nobody knows what is in it.

    Without a packing list, an order's only parcel carries all that travels. Parcels of one hand-over under
    several numbers share one list: what is in which is not known (tracking/services/shipments.py).
    """
    order = shipment.order
    lines = list(OrderLine.objects.filter(order=order).select_related("variant").order_by("position", "pk"))
    current = Shipment.objects.current().filter(order=order).exclude(status=Status.CANCELLED)
    parcels = list(current.order_by("pk").prefetch_related("lines"))
    if _shares_its_list(shipment, parcels):
        return None
    packed = {row.line_id: row.quantity for row in shipment.lines.all()}
    goods = [line for line in lines if line.requires_shipping and not line.gift_card and line.quantity]
    if not packed:
        if [parcel.pk for parcel in parcels] != [shipment.pk]:
            return None
        packed = {line.pk: line.quantity for line in goods}
    # What the shop has taken off the order is not made good.
    pieces = tuple(
        (line, min(packed[line.pk], line.quantity)) for line in lines if line.pk in packed and line.quantity
    )
    before = _in_earlier(shipment, parcels)
    paid, shipping = paid_for(order, lines)
    units = sum(_part(paid[line.pk], line, before.get(line.pk, 0), quantity) for line, quantity in pieces)
    inside = dict(pieces)
    whole = bool(pieces) and all(inside.get(line, 0) >= line.ordered_quantity for line in goods)
    return Worth(pieces, units, shipping if whole else 0)


def _shares_its_list(shipment: Shipment, parcels: Sequence[Shipment]) -> bool:
    hand_over = shipment.fulfillment_external_id
    return bool(hand_over) and sum(p.fulfillment_external_id == hand_over for p in parcels) > 1


def _in_earlier(shipment: Shipment, parcels: Sequence[Shipment]) -> dict[int, int]:
    """Return how many units of each line travel in parcels made before this one."""
    found: dict[int, int] = {}
    for parcel in parcels:
        if parcel.pk < shipment.pk:
            for row in parcel.lines.all():
                found[row.line_id] = found.get(row.line_id, 0) + row.quantity
    return found


def _part(paid: int, line: OrderLine, before: int, quantity: int) -> int:
    """
    Return what `quantity` units after the first `before` cost: the parts of a line over all its parcels add
    up to what was paid for it.
    """
    total = max(line.ordered_quantity, line.quantity, 1)
    start, end = min(before, total), min(before + quantity, total)
    upto = [split(paid, [n, total - n])[0] if n < total else paid for n in (start, end)]
    return upto[1] - upto[0]


def paid_for(order: Order, lines: Sequence[OrderLine]) -> tuple[dict[int, int], int]:
    """
    Return {line: what was paid for all of it} and what was paid for shipping; together the order's total.

    Shops give prices with or without tax, and may know discounts, fees or tax for the whole order only:
    whatever the lines do not explain is shared out in proportion, by largest remainder.
    """
    net = {line.pk: max(_net(line), 0) for line in lines}
    rest = order.total_minor - sum(net.values()) - order.shipping_minor
    if rest == 0:
        return net, order.shipping_minor
    taxes = sum(line.tax_minor for line in lines)
    on_shipping = order.tax_minor - taxes
    if rest == order.tax_minor and taxes and (on_shipping == 0 or (on_shipping > 0 and order.shipping_minor)):
        gross = {line.pk: net[line.pk] + line.tax_minor for line in lines}
        return gross, order.shipping_minor + on_shipping
    keys: list[int | None] = [*net, None]
    shares = split(max(order.total_minor, 0), [*net.values(), order.shipping_minor])
    shared = dict(zip(keys, shares, strict=True))
    shipping = shared.pop(None)
    return {pk: share for pk, share in shared.items() if pk is not None}, shipping


def _net(line: OrderLine) -> int:
    """What all that was ordered of a line cost, before anything of it was removed."""
    return line.unit_price_minor * max(line.ordered_quantity, line.quantity) - line.discount_minor


def can_be_sent_again(worth: Worth, order: Order) -> bool | None:
    """
    Say whether all of a parcel is in stock; None when the stock of a piece is not known.

    False without a variant to send: what the shop no longer sells cannot be ordered there.
    """
    if not worth.pieces or any(_gone(line) for line, _quantity in worth.pieces):
        return False
    wanted: dict[str, int] = {}
    for line, quantity in worth.pieces:
        item = line.variant.inventory_item_id if line.variant else ""
        wanted[item] = wanted.get(item, 0) + quantity
    there = _in_stock(order, wanted)
    if any(item in there and there[item] < quantity for item, quantity in wanted.items()):
        return False
    return None if any(item not in there for item in wanted) else True


def _gone(line: OrderLine) -> bool:
    return line.variant is None or line.variant.removed_at is not None or line.gift_card


def _in_stock(order: Order, items: Mapping[str, int]) -> dict[str, int]:
    rows = StockLevel.objects.filter(
        location__store_id=order.store_id, inventory_item_id__in=[item for item in items if item]
    )
    return dict(rows.values_list("inventory_item_id").annotate(Sum("available")).values_list(
        "inventory_item_id", "available__sum"
    ))  # fmt: skip
