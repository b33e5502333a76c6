"""What a return comes to, as the rows of a bill: every sum to the cent, and in the order people reckon."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from django.utils.translation import gettext as _

from returns.models import Return, ReturnUnit
from returns.quote import Quote
from returns.vocabulary import Outcome
from tracking.models import BundlePart, Order, OrderLine
from tracking.presentation.goods import Sum
from tracking.presentation.voice import Voice


class Priced(Protocol):
    """A piece or a unit: what was paid for one of a line, or of a part of a bundle in it."""

    @property
    def line(self) -> OrderLine: ...  # noqa: D102
    @property
    def part(self) -> BundlePart | None: ...  # noqa: D102
    @property
    def value_minor(self) -> int: ...  # noqa: D102
    @property
    def tax_minor(self) -> int: ...  # noqa: D102


def quote_rows(quote: Quote, pieces: Iterable[Priced], order: Order, voice: Voice) -> list[Sum]:
    """
    Return the rows of a quote, what comes of it last (strong). `pieces`: those that go back, for what was
    taken off their price and the tax in it. Rows that are nothing are left out.
    """
    pieces = list(pieces)
    currency = quote.currency

    def row(label: str, minor: int, *, strong: bool = False) -> Sum:
        return Sum(label, voice.money(minor, currency), strong)

    new = sum(unit.price_minor for unit in quote.units)
    bonus = quote.bonus_minor
    rows = [row(label, minor) for label, minor in _goods(quote, pieces, order) if minor]
    more = (
        (_("Shipping, too"), quote.shipping_minor),
        (_("New items"), -new),
        (_("Bonus from us"), bonus),
        (_("Return fee"), -quote.fee_minor),
        (_("Given back already"), -quote.capped_minor),
    )
    rows += [row(label, minor) for label, minor in more if minor]
    if quote.credit_minor:
        rows.append(row(_("Store credit"), quote.credit_minor, strong=True))
    if quote.due_minor:
        rows.append(row(_("Left to pay"), quote.due_minor, strong=True))
    elif quote.refund_minor or not quote.credit_minor:
        rows.append(row(_("Back to you"), quote.refund_minor, strong=True))
    inside = sum(piece.tax_minor for piece in pieces) if tax_inside(order) else 0
    if inside:
        rows.append(row(_("Tax included in the items"), inside))
    return rows


def _goods(quote: Quote, pieces: Sequence[Priced], order: Order) -> list[tuple[str, int]]:
    """Return what the items cost, what was taken off, and tax that came on top; together what was paid."""
    paid = sum(piece.value_minor for piece in pieces)
    tax = 0 if tax_inside(order) else sum(piece.tax_minor for piece in pieces)
    listed = sum(
        piece.value_minor - tax_on(piece, order) if piece.part else piece.line.unit_price_minor
        for piece in pieces
    )
    off = listed + tax - paid
    if off < 0 or paid != quote.goods_minor:
        return [(_("Items, after discounts"), quote.goods_minor)]
    return [(_("Items"), listed), (_("Discount"), -off), (_("Tax"), tax)]


def tax_on(piece: Priced, order: Order) -> int:
    """Return the tax of a piece that came on top of its price."""
    return 0 if tax_inside(order) else piece.tax_minor


def tax_inside(order: Order) -> bool:
    """Say whether an order's prices have the tax in them: the total tells."""
    paid = order.subtotal_minor + order.shipping_minor
    return order.total_minor in (paid, paid - order.discount_minor)


def confirmed(ret: Return, units: Iterable[ReturnUnit], voice: Voice) -> list[Sum]:
    """Return the sums of a return as they were confirmed; [] where none were."""
    if not ret.quote:
        return []
    return quote_rows(Quote.from_json(ret.quote, ret.currency), units, ret.order, voice)


def worth_in_words(quote: Quote, outcome: str, voice: Voice) -> str:
    """Return what a choice alone comes to, before a fee that is asked once: '' for what is not money."""
    if outcome == Outcome.REFUND:
        return voice.money(sum(unit.value_minor - unit.fee_minor for unit in quote.units), quote.currency)
    if outcome == Outcome.CREDIT:
        whole = sum(unit.value_minor + unit.bonus_minor - unit.fee_minor for unit in quote.units)
        return voice.money(whole, quote.currency)
    return ""
