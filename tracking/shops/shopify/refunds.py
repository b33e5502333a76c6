"""
Money that went back, told by itself (refunds/create) or inside its order: both give the same.

A refund names no total. What its transactions paid back is the truth; without any, it is added up from what
was refunded. https://shopify.dev/docs/api/admin-rest/latest/resources/refund
"""

from collections.abc import Sequence
from datetime import datetime

from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.reading import Record
from tracking.shops.base import RefundData, RefundLineData
from tracking.shops.shopify.amounts import shop_currency, shop_money
from tracking.versions import version

_RESTOCKED = {"return", "cancel", "legacy_restock"}
_NOTED, _PENDING, _PAID = 0, 1, 2  # how far it has come: of two states in one second the further is newer


def refund(told: Record, currency: str, order_id: str = "") -> RefundData:
    """
    Translate a refund, sent by itself or inside its order (`order_id`, for one that does not name it).

    Its version comes from the refund alone, so both ways of hearing about it compare. Returns: sums in the
    shop's own currency. Raises: BadPayload.
    """
    named = reading.maybe_identifier(told.get("order_id"), "order_id") or order_id
    if not named:
        raise BadPayload("the refund names no order")
    entries = reading.records(told.get("refund_line_items"), "refund_line_items")
    money = _currency(told, entries) or ("" if order_id else _paid_in(told)) or currency
    lines = _lines(entries, money)
    shipping = _shipping(told, money)
    paid, waiting = _paid(told, money)
    if paid:
        amount, rank = sum(paid), _PAID + min(len(paid), 7)
    elif waiting:
        amount, rank = sum(waiting), _PENDING
    else:
        amount, rank = _added_up(told, lines, shipping, money), _NOTED
    created_at = _moment(told)
    note = reading.text(told.get("note"), "note", 500)
    meant = (named, money, amount, shipping, note, lines)
    return RefundData(
        external_id=reading.identifier(told.get("id"), "the refund's id"),
        order_external_id=named,
        version=version(created_at, repr(meant), rank),
        currency=money,
        amount_minor=amount,
        lines=lines,
        shipping_minor=shipping,
        note=note,
        created_at=created_at,
    )


def refunds(told: object, order_id: str, currency: str) -> Sequence[RefundData]:
    """Translate the refunds inside an order. Raises: BadPayload."""
    return [refund(entry, currency, order_id) for entry in reading.records(told, "refunds")]


def _moment(told: Record) -> datetime | None:
    processed, created = (reading.moment(told.get(name), name) for name in ("processed_at", "created_at"))
    return processed or created


def _currency(told: Record, entries: list[Record]) -> str:
    """Return the shop's currency, '' where no sum of the refund names it."""
    places = [
        (told, "total_duties"),
        *((entry, "subtotal") for entry in entries),
        *(
            (entry, "subtotal_amount")
            for entry in reading.records(told.get("refund_shipping_lines"), "refund_shipping_lines")
        ),
    ]
    return next(filter(None, (shop_currency(place, name) for place, name in places)), "")


def _paid_in(told: Record) -> str:
    """
    Return the one currency of its transactions, '' for none or several: of a refund that names the shop's
    nowhere, told without its order, that is nearer than what the store is set to.
    """
    entries = reading.records(told.get("transactions"), "transactions")
    named = {reading.text(entry.get("currency"), "currency").upper() for entry in entries} - {"", "XXX"}
    return reading.currency(named.pop(), "currency") if len(named) == 1 else ""


def _lines(entries: list[Record], money: str) -> tuple[RefundLineData, ...]:
    """Return the lines in the order of their ids: the same however they were sent."""
    made = [
        RefundLineData(
            line_external_id=reading.identifier(entry.get("line_item_id"), "line_item_id"),
            quantity=reading.count(entry.get("quantity"), "a refunded quantity"),
            amount_minor=reading.amount(shop_money(entry, "subtotal"), money, "a refunded subtotal"),
            tax_minor=reading.amount(shop_money(entry, "total_tax"), money, "a refunded tax"),
            restocked=reading.text(entry.get("restock_type"), "restock_type").lower() in _RESTOCKED,
        )
        for entry in entries
    ]
    return tuple(sorted(made, key=repr))


def _paid(told: Record, money: str) -> tuple[list[int], list[int]]:
    """
    Return what was paid back and what is on its way, transaction by transaction.

    One in another currency (what the buyer was shown) cannot be added up: then nothing is returned.
    """
    paid: list[int] = []
    waiting: list[int] = []
    for entry in reading.records(told.get("transactions"), "transactions"):
        if reading.text(entry.get("kind"), "kind").lower() != "refund":
            continue
        theirs = reading.text(entry.get("currency"), "currency").upper()
        if theirs not in ("", "XXX", money):
            return [], []
        status = reading.text(entry.get("status"), "status").lower()
        amount = abs(reading.amount(entry.get("amount"), money, "a transaction's amount"))
        if status == "success":
            paid.append(amount)
        elif status == "pending":
            waiting.append(amount)
    return paid, waiting


def _shipping(told: Record, money: str) -> int:
    """Return the shipping that was given back, its tax included: by lines of its own since 2024-10."""
    named = reading.records(told.get("refund_shipping_lines"), "refund_shipping_lines")
    if named:
        return sum(
            reading.amount(shop_money(line, "subtotal_amount"), money, "refunded shipping")
            + reading.amount(shop_money(line, "tax_amount"), money, "tax of refunded shipping")
            for line in named
        )
    return -sum(_adjustments(told, money, shipping=True))


def _adjustments(told: Record, money: str, *, shipping: bool) -> list[int]:
    """Return the adjustments of one kind with their tax; those without a kind are discrepancies."""
    return [
        reading.amount(shop_money(entry, "amount"), money, "an adjustment")
        + reading.amount(shop_money(entry, "tax_amount"), money, "an adjustment's tax")
        for entry in reading.records(told.get("order_adjustments"), "order_adjustments")
        if (reading.text(entry.get("kind"), "kind").lower() == "shipping_refund") is shipping
    ]


def _added_up(told: Record, lines: tuple[RefundLineData, ...], shipping: int, money: str) -> int:
    """
    Return lines, shipping and duties, less what Shopify says was not paid of them (the discrepancy).
    """
    goods = sum(line.amount_minor + line.tax_minor for line in lines)
    duties = reading.amount(shop_money(told, "total_duties"), money, "total_duties")
    return max(goods + shipping + duties - sum(_adjustments(told, money, shipping=False)), 0)
