"""
An order as single pieces, each with what was paid for it: a pure function of rows. A piece is worth the same
in whatever order pieces come back, and those of a line add up to what the line cost.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from config.lib.money import split
from returns.models import ReturnUnit
from returns.wishes import unit_key
from tracking.models import BundlePart, Order, OrderLine, Variant
from tracking.services.parcel_worth import paid_for

# (line, index, part, part index) -> worth and tax of a part of a bundle, as they were when it was returned.
Told = Mapping[tuple[int, int, int, int], tuple[int, int]]


@dataclass(frozen=True)
class Piece:
    """
    The `index`-th unit of an order line, or the `part_index`-th of one part of a bundle in it.

    `value_minor`: what was paid for it, discounts taken off and tax included; `tax_minor`: the tax in that.
    """

    line: OrderLine
    index: int
    value_minor: int
    tax_minor: int = 0
    part: BundlePart | None = None
    part_index: int = 0
    variant: Variant | None = None

    @property
    def key(self) -> str:
        """Its name within the order (returns/wishes.py)."""
        return unit_key(self.line.pk, self.index, self.part.pk if self.part else None, self.part_index)


def lines_of(order: Order) -> list[OrderLine]:
    """Return an order's lines with variants, products and the parts of bundles, in three queries."""
    rows = order.lines.select_related("variant", "product").prefetch_related("variant__parts__part__product")
    return list(rows.order_by("position", "pk"))


def told_parts(orders: Iterable[int]) -> dict[int, Told]:
    """
    Return {order's primary key: the worths of parts of bundles that are in living returns}.

    List prices and bundles change, and what was said of one part must not be given for another once more.
    """
    found: dict[int, dict[tuple[int, int, int, int], tuple[int, int]]] = defaultdict(dict)
    units = ReturnUnit.objects.filter(line__order__in=orders, active=True, part__isnull=False)
    fields = ("line__order_id", "line_id", "index", "part_key", "part_index", "value_minor", "tax_minor")
    for order, line, index, part, place, value, tax in units.values_list(*fields):
        found[order][line, index, part, place] = value, tax
    return dict(found)


def pieces_of(
    order: Order, lines: Sequence[OrderLine] | None = None, told: Told | None = None
) -> list[Piece]:
    """
    Return every piece of an order: each unit of each line that was ever ordered, bundles by their parts.

    `lines`: all of the order's, as `lines_of` gives them, `told`: what `told_parts` has of it, where the
    caller has them. Parts that are returned keep their worth, the others share the rest.

    Sources: product.md §2; solidus_product_assembly#43 (parts of bundles must not lose cents), spree#6226.
    """
    lines = lines_of(order) if lines is None else lines
    paid, _shipping = paid_for(order, lines)
    taxes = _taxes(order, lines, paid)
    if told is None:
        bundled = order.pk and any(_parts(line) for line in lines)
        told = told_parts([order.pk]).get(order.pk, {}) if bundled else {}
    return [piece for line in lines for piece in _of_line(line, paid[line.pk], taxes[line.pk], told)]


def units_in(line: OrderLine) -> int:
    """Return how many units of a line were ever wanted: what was paid for it is shared out among them."""
    return max(line.ordered_quantity, line.quantity)


def _taxes(order: Order, lines: Sequence[OrderLine], paid: dict[int, int]) -> dict[int, int]:
    """Return the tax in each line's sum; a shop that tells it for the whole order only has it shared out."""
    told = {line.pk: line.tax_minor for line in lines}
    if not any(told.values()) and order.tax_minor > 0 and order.total_minor > 0:
        weights = [*paid.values(), max(order.total_minor - sum(paid.values()), 0)]
        told = dict(zip(paid, split(order.tax_minor, weights), strict=False))
    return {pk: min(max(tax, 0), paid[pk]) for pk, tax in told.items()}


def _of_line(line: OrderLine, paid: int, tax: int, told: Told) -> list[Piece]:
    count = units_in(line)
    if not count:
        return []
    parts = _parts(line)
    values, taxes = split(paid, [1] * count), split(tax, [1] * count)
    found = []
    for index, (value, of_tax) in enumerate(zip(values, taxes, strict=True)):
        if parts:
            found += _of_bundle(line, index, (value, of_tax), parts, told)
        else:
            found.append(Piece(line, index, value, of_tax, variant=line.variant))
    return found


def _parts(line: OrderLine) -> list[tuple[BundlePart, int]]:
    """Return each single part of a bundle with its place among equal ones; [] for what is no bundle."""
    if line.variant is None:
        return []
    parts = sorted(line.variant.parts.all(), key=lambda part: part.pk)
    return [(part, place) for part in parts for place in range(part.quantity)]


def _of_bundle(
    line: OrderLine,
    index: int,
    worth: tuple[int, int],
    parts: Sequence[tuple[BundlePart, int]],
    told: Told,
) -> list[Piece]:
    """
    Share one bundle's worth (and its tax) among its parts by their list prices; parts without any share it
    equally, and what was told of a part stays.
    """
    known = {key[2:]: both for key, both in told.items() if key[:2] == (line.pk, index)}
    value, tax = (max(whole - sum(both[n] for both in known.values()), 0) for n, whole in enumerate(worth))
    open_ = [(part, place) for part, place in parts if (part.pk, place) not in known]
    values = split(value, [max(part.part.price_minor, 0) for part, _ in open_]) if open_ else []
    taxes = split(min(tax, value), values) if value and open_ else [0] * len(open_)
    shares = known | {(part.pk, place): (values[n], taxes[n]) for n, (part, place) in enumerate(open_)}
    return [
        Piece(line, index, *shares[part.pk, place], part=part, part_index=place, variant=part.part)
        for part, place in parts
    ]
