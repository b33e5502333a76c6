"""Rows of a file of orders -> OrderData. One row per item, or one per order."""

import hashlib
import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from config.lib import money
from tracking.imports.cells import Cells, Record, each, first
from tracking.imports.errors import BadRows, BadValue
from tracking.imports.matching import Plan
from tracking.imports.rows import Row
from tracking.shops.base import AddressData, CustomerData, LineData, OrderData

_CANCELLED = {"cancelled", "canceled", "storniert", "annule", "voided", "trash"}
_IN_ONE_CELL = re.compile(r"^(?:(\d{1,6})\s*[x×*]\s*)?(.+?)(?:\s+[x×*]\s*(\d{1,6}))?$")


def key(row: Row, plan: Plan) -> str:
    """Return what makes rows one order: its id, else its number."""
    cells = Cells(row, plan)
    number = cells.text("number", 60)
    # Shopify writes the id into an order's first row only, the number into every one.
    return "#" + re.sub(r"[#\s]", "", number).upper() if number else cells.text("order_id", 64)


def record(rows: tuple[Row, ...], plan: Plan) -> Record:
    """Return the order that `rows` describe. Raises: BadRows."""
    head = first(rows, plan)
    ids = {Cells(row, plan).text("order_id") for row in rows} - {""}
    if len(ids) > 1:
        raise head.wrong(
            "order_id", f"one order, {head.text('number', 60)}, has several: {', '.join(sorted(ids))}"[:300]
        )
    try:
        order, changed_at, currency = _head(head, plan)
    except BadValue as exc:
        # An error of the head may be one of a row's own problems (a row that cannot be taken apart).
        each(rows, plan, lambda cells: None)
        raise BadRows({rows[0].line: str(exc)}) from exc
    found, left_out = each(rows, plan, lambda cells: _lines(cells, currency))
    lines = _numbered([line for lines in found for line in lines])
    order = _summed(replace(order, lines=lines), head)
    digest = hashlib.sha256(repr(order).encode()).hexdigest()[:32]
    return Record(
        key(rows[0], plan), rows, order, digest, changed_at, tuple(sorted({*left_out, *head.left_out}))
    )


def _head(head: Cells, plan: Plan):  # type: ignore[no-untyped-def]
    zone = head.zone()
    currency = head.text("currency", 3).upper() or plan.currency
    try:
        money.exponent(currency)
    except money.BadMoney as exc:
        raise head.wrong("currency", f"“{currency}” is not a currency such as EUR.") from exc
    number = head.text("number", 60)
    order_id = head.identifier("order_id")
    if not number and not order_id:
        raise head.wrong("number", "this row belongs to no order: the cell is empty.")
    placed_at = head.needed(head.moment("placed_at", zone), "placed_at")
    address = _address(head)
    email = head.email("email")
    phone = head.phone("phone", address.country)
    order = OrderData(
        external_id=order_id,
        number=number or order_id,
        version="",
        placed_at=placed_at,
        currency=currency,
        lines=(),
        customer=CustomerData(
            external_id=_nobody(head.identifier("customer_id")),
            email=email,
            phone=phone,
            name=_name(head, "customer") or address.name,
            language=head.text("language", 10),
        ),
        email=email,
        phone=phone,
        language=head.text("language", 10),
        discount_minor=abs(head.money("discount", currency) or 0),
        shipping_minor=head.money("shipping", currency) or 0,
        tax_minor=head.money("tax", currency) or 0,
        payment_status=head.text("payment_status", 40).lower(),
        cancelled_at=_cancelled(head, zone, placed_at),
        cancel_reason=head.text("cancel_reason", 60),
        ship_to=address,
        tags=head.listed("tags"),
        discount_codes=head.listed("discount_codes"),
        note=head.text("note", 5000),
    )
    return order, head.moment("updated_at", zone), currency


def _cancelled(head: Cells, zone: str, placed_at):  # type: ignore[no-untyped-def]
    """Return when it was cancelled; an export that names only the state says it at the order's own time."""
    at = head.moment("cancelled_at", zone)
    if at is None and head.text("status", 60).lower().removeprefix("wc-") in _CANCELLED:
        return head.moment("updated_at", zone) or placed_at
    return at


def _nobody(told: str) -> str:
    """Return '' for the id 0, by which WooCommerce names guests."""
    return "" if told == "0" else told


def _name(head: Cells, who: str) -> str:
    parts = (head.text(f"{who}_first_name"), head.text(f"{who}_last_name"))
    return head.text(f"{who}_name") or " ".join(filter(None, parts))


def _address(head: Cells) -> AddressData:
    lines = (head.text("ship_company"), head.text("ship_line1"), head.text("ship_line2"))
    return AddressData(
        name=_name(head, "ship"),
        lines=tuple(line for line in lines if line),
        city=head.text("ship_city"),
        region=head.text("ship_region"),
        postcode=head.text("ship_postcode", 20),
        country=head.country("ship_country"),
    )


def _lines(cells: Cells, currency: str) -> list[LineData]:
    """Return the lines of one row: the one it describes, or those its one cell lists, or none."""
    title, sku = cells.text("line_title", 300), cells.text("line_sku", 120)
    if not title and not sku:
        return _listed(cells.text("items", 20_000))
    quantity = cells.count("line_quantity")
    quantity = 1 if quantity is None else quantity
    if quantity < 0:
        raise cells.wrong("line_quantity", f"{quantity} is below zero.")
    price, total = cells.money("line_price", currency), cells.money("line_total", currency)
    if price is None and total is not None:
        price = int((Decimal(total) / max(quantity, 1)).quantize(Decimal(1), ROUND_HALF_UP))
    travels = cells.flag("line_requires_shipping")
    return [
        LineData(
            external_id=cells.identifier("line_id"),
            title=title or sku,
            quantity=quantity,
            ordered_quantity=quantity,
            unit_price_minor=price or 0,
            discount_minor=abs(cells.money("line_discount", currency) or 0),
            tax_minor=cells.money("line_tax", currency) or 0,
            variant_title=cells.text("line_variant", 300),
            sku=sku,
            vendor=cells.text("line_vendor"),
            product_external_id=_nobody(cells.identifier("line_product_id")),
            variant_external_id=_nobody(cells.identifier("line_variant_id")),
            requires_shipping=travels is not False,
            image_url=link(cells, "line_image"),
        )
    ]


def link(cells: Cells, name: str) -> str:
    """Return the first web address in a cell, '' for none."""
    found = re.search(r"https?://[^\s\"'<>\\,]+", cells.text(name, 4000))
    return found[0] if found and len(found[0]) <= 500 else ""


def _listed(told: str) -> list[LineData]:
    """Return the items that one cell lists: '2× Lantern, Wick x 3'."""
    found = []
    for part in re.split(r"[,;\n]", told):
        match = _IN_ONE_CELL.match(part.strip())
        if match:
            quantity = int(match[1] or match[3] or 1)
            found.append(LineData("", match[2].strip()[:300], quantity, quantity, 0))
    return found


def _numbered(lines: list[LineData]) -> tuple[LineData, ...]:
    """
    Give lines without an id one made of what they are, so that the same file makes the same lines.

    Two alike in one order are told apart by their order. Raises: nothing.
    """
    seen: dict[str, int] = {}
    made = []
    for line in lines:
        if line.external_id:
            made.append(line)
            continue
        what = "\x1f".join((line.sku or line.title, line.variant_title if not line.sku else ""))
        seen[what] = seen.get(what, 0) + 1
        name = hashlib.sha256(f"{what}\x1f{seen[what]}".encode()).hexdigest()[:24]
        made.append(replace(line, external_id=f"file:{name}"))
    return tuple(made)


def _summed(order: OrderData, head: Cells) -> OrderData:
    """Fill in the sums that the file leaves out from those it has."""
    try:
        subtotal = head.money("subtotal", order.currency)
        total = head.money("total", order.currency)
    except BadValue as exc:
        raise BadRows({head.row.line: str(exc)}) from exc
    goods = sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)
    discount = order.discount_minor
    if subtotal is None:
        subtotal = goods if order.lines else (total or 0) - order.shipping_minor
    if total is None:
        total = subtotal - discount + order.shipping_minor + order.tax_minor
    return replace(order, subtotal_minor=subtotal, total_minor=total)
