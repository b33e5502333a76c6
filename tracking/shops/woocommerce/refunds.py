"""
Money that went back. An order names its refunds with their totals only; `GET /orders/<id>/refunds` tells the
whole of each (https://woocommerce.github.io/woocommerce-rest-api-docs/#refunds).
"""

from collections.abc import Sequence
from datetime import datetime

from tracking import reading
from tracking.reading import Record
from tracking.shops.base import RefundData, RefundLineData
from tracking.shops.woocommerce import php
from tracking.versions import version


def inside(
    told: Record, order_id: str, money: str, order_version: str, changed_at: datetime | None
) -> tuple[RefundData, ...]:
    """
    Translate the refunds that an order names: id, reason and total, as new as their order. Those to which
    plug-ins add the lines are whole. Raises: BadPayload.
    """
    return tuple(
        refund(entry, order_id, money)
        if entry.get("line_items")
        else RefundData(
            external_id=reading.identifier(entry.get("id"), "a refund's id"),
            order_external_id=order_id,
            version=order_version,
            currency=money,
            amount_minor=abs(reading.amount(entry.get("total"), money, "a refund's total")),
            note=reading.text(entry.get("reason"), "reason", 500),
            created_at=changed_at,
            partial=True,
        )
        for entry in php.records(told.get("refunds"), "refunds")
    )


def refund(told: Record, order_id: str, currency: str) -> RefundData:
    """
    Translate one refund of `GET /orders/<id>/refunds`; `currency` is its order's.

    WooCommerce does not tell whether units were put back on sale (`api_restock` is write-only). Raises:
    BadPayload.
    """
    created_at = php.moment(told, "date_created")
    amount = told.get("amount") if told.get("amount") is not None else told.get("total")
    lines = _lines(told, currency)
    shipping = sum(
        abs(reading.amount(line.get("total"), currency, "refunded shipping"))
        + abs(reading.amount(line.get("total_tax"), currency, "tax of refunded shipping"))
        for line in php.records(told.get("shipping_lines"), "shipping_lines")
    )
    note = reading.text(told.get("reason"), "reason", 500)
    minor = abs(reading.amount(amount, currency, "a refund's amount"))
    return RefundData(
        external_id=reading.identifier(told.get("id"), "a refund's id"),
        order_external_id=order_id,
        version=version(created_at, repr((minor, shipping, note, lines))),
        currency=currency,
        amount_minor=minor,
        lines=lines,
        shipping_minor=shipping,
        note=note,
        created_at=created_at,
    )


def refunds(told: object, order_id: str, currency: str) -> Sequence[RefundData]:
    """Translate the answer to `GET /orders/<id>/refunds`. Raises: BadPayload."""
    return [refund(entry, order_id, currency) for entry in php.records(told, "refunds")]


def refunded_line(told: Record) -> str:
    """Return the id of the order line that a refund's line gives back, '' when it does not say."""
    for meta in php.records(told.get("meta_data"), "meta_data"):
        if meta.get("key") == "_refunded_item_id":
            return php.linked(meta.get("value"), "_refunded_item_id")
    return ""


def _lines(told: Record, currency: str) -> tuple[RefundLineData, ...]:
    """Return the lines in the order of their ids; quantities and sums are written below zero."""
    made = [
        RefundLineData(
            line_external_id=refunded_line(line),
            quantity=abs(reading.whole(line.get("quantity"), "a refunded quantity")),
            amount_minor=abs(reading.amount(line.get("total"), currency, "a refunded line")),
            tax_minor=abs(reading.amount(line.get("total_tax"), currency, "a refunded tax")),
        )
        for line in php.records(told.get("line_items"), "a refund's line_items")
    ]
    return tuple(sorted((line for line in made if line.line_external_id), key=repr))
