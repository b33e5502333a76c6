"""What is sent to WooCommerce's REST API, from what was wanted."""

from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from config.lib import money
from tracking import reading
from tracking.reading import Record
from tracking.shops.base import AddressData
from tracking.shops.client import NewDiscount, NewLine, NewOrder, RefundOrder, ShopCredentials, mark
from tracking.shops.woocommerce import php

META = "_porchlight_key"


def meta(key: str) -> Record:
    """Return the entry of meta data by which something made with `key` is recognised."""
    return {"key": META, "value": key}


def refund(wanted: RefundOrder, order: Record, key: str) -> Record:
    """
    Return the body of a refund. `order` is WooCommerce's own, for what its lines cost. Raises: BadPayload.

    Lines carry their share of total and taxes, unless that is more than the sum: then only their quantity.
    """
    lines = _refund_lines(wanted, order)
    told = sum((_worth(line) for line in lines), Decimal(0))
    if told > money.major(wanted.amount_minor, wanted.currency):
        lines = [{"id": line["id"], "quantity": line["quantity"], "refund_total": 0} for line in lines]
    return {
        "amount": _written(wanted.amount_minor, wanted.currency),
        "reason": f"{wanted.note} [{mark(key)}]".strip(),
        "api_refund": wanted.pays,
        "api_restock": bool(wanted.lines) and all(restock for _, _, restock in wanted.lines),
        "line_items": lines,
        "meta_data": [meta(key)],
    }


def _refund_lines(wanted: RefundOrder, order: Record) -> list[Record]:
    bought = {str(line.get("id")): line for line in php.records(order.get("line_items"), "line_items")}
    found = [
        _share(bought[line_id], quantity, wanted.currency)
        for line_id, quantity, _ in wanted.lines
        if line_id in bought
    ]
    ways = php.records(order.get("shipping_lines"), "shipping_lines")
    if wanted.shipping_minor and ways:
        total = float(money.major(wanted.shipping_minor, wanted.currency))
        found.append({"id": ways[0].get("id"), "quantity": 0, "refund_total": total, "refund_tax": []})
    return found


def _share(line: Record, quantity: int, currency: str) -> Record:
    """Return `quantity` of a line with its part of what was paid for it."""
    of = max(reading.count(line.get("quantity"), "a line's quantity"), 1)
    taxes = [
        {"id": tax.get("id"), "refund_total": _part(tax.get("total"), quantity, of, currency)}
        for tax in php.records(line.get("taxes"), "taxes")
    ]
    return {
        "id": line.get("id"),
        "quantity": quantity,
        "refund_total": _part(line.get("total"), quantity, of, currency),
        "refund_tax": taxes,
    }


def _part(value: Any, quantity: int, of: int, currency: str) -> float:
    whole = reading.amount(value, currency, "a total")
    part = (Decimal(whole) * quantity / of).quantize(Decimal(1), ROUND_HALF_UP)
    return float(money.major(int(part), currency))


def _worth(line: Record) -> Decimal:
    parts = [line["refund_total"], *(tax["refund_total"] for tax in line["refund_tax"])]
    return sum((Decimal(str(part)) for part in parts), Decimal(0))


def order(wanted: NewOrder, key: str) -> Record:
    """Return the body of a new order."""
    where = _address(wanted.ship_to)
    made: Record = {
        "currency": wanted.currency,
        "set_paid": wanted.paid,
        "billing": where | {"email": wanted.email, "phone": wanted.phone},
        "shipping": where,
        "line_items": [_line(line, wanted.currency) for line in wanted.lines],
        "customer_note": wanted.note,
        "meta_data": [meta(key), *({"key": "_porchlight_tag", "value": tag} for tag in wanted.tags)],
    }
    if wanted.customer_external_id.isdecimal():
        made["customer_id"] = int(wanted.customer_external_id)
    return made


def _line(line: NewLine, currency: str) -> Record:
    product = line.product_external_id or line.variant_external_id
    made: Record = {"product_id": int(product), "quantity": line.quantity}
    if line.variant_external_id and line.variant_external_id != product:
        made["variation_id"] = int(line.variant_external_id)
    if line.price_minor is not None:
        total = _written(line.price_minor * line.quantity, currency)
        made |= {"subtotal": total, "total": total}
    return made


def _address(to: AddressData) -> Record:
    first, _, last = to.name.rpartition(" ")
    lines = (*to.lines, "", "")
    return {
        "first_name": first,
        "last_name": last,
        "address_1": lines[0],
        "address_2": ", ".join(line for line in lines[1:] if line),
        "city": to.city,
        "state": to.region,
        "postcode": to.postcode,
        "country": to.country,
    }


def coupon(wanted: NewDiscount, key: str, credentials: ShopCredentials) -> Record:
    """Return the body of a new coupon."""
    currency = wanted.currency or credentials.currency
    made: Record = {
        "code": wanted.code,
        "description": wanted.title,
        "discount_type": "percent" if wanted.percent else "fixed_cart",
        "amount": str(wanted.percent) if wanted.percent else _written(wanted.amount_minor, currency),
        "usage_limit": wanted.uses,
        "usage_limit_per_user": 1 if wanted.once_per_customer else None,
        "meta_data": [meta(key)],
    }
    if wanted.ends_at:
        made["date_expires_gmt"] = wanted.ends_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if wanted.minimum_minor:
        made["minimum_amount"] = _written(wanted.minimum_minor, currency)
    return {name: value for name, value in made.items() if value is not None}


def _written(minor: int, currency: str) -> str:
    return str(money.major(minor, currency))
