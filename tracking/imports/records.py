"""Rows -> records: what stands together is one thing, and is taken whole or not at all."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tracking.imports import customers, orders, products, shipments
from tracking.imports.cells import Record
from tracking.imports.errors import BadRows, BadValue
from tracking.imports.fields import CUSTOMERS, FIELDS, ORDERS, PRODUCTS, SHIPMENTS, STOCK, missing
from tracking.imports.matching import Plan
from tracking.imports.rows import Row

MOST_ROWS = 5000
_TOO_MANY = f"More than {MOST_ROWS:,} rows belong together here: that is no single order or product."

_KEYS: dict[str, Callable[[Row, Plan], str]] = {
    ORDERS: orders.key,
    SHIPMENTS: shipments.key,
    STOCK: products.stock_key,
    CUSTOMERS: customers.key,
}
_RECORDS: dict[str, Callable[[tuple[Row, ...], Plan], Record]] = {
    ORDERS: orders.record,
    SHIPMENTS: shipments.record,
    PRODUCTS: products.record,
    STOCK: products.stock_record,
    CUSTOMERS: customers.record,
}
_ALONE = {STOCK, CUSTOMERS}


def groups(rows: Iterable[Row], plan: Plan) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """
    Yield (key, the rows that stand together) in the file's order; '' for a row that names nothing.

    Of an order, shipment or product all rows must follow each other: holding them all until the end would
    take as much memory as the file.
    """
    held: list[Row] = []
    current = over = ""
    for row in rows:
        key = _key(row, plan, held[0] if held else None)
        joins = bool(held) and bool(key) and key == current and plan.kind not in _ALONE
        if joins and len(held) == MOST_ROWS:
            over = key
        if held and (not joins or len(held) == MOST_ROWS):
            yield current, _whole(held, too_many=bool(over) and over == current)
            held = []
        held.append(row)
        current = key
    if held:
        yield current, _whole(held, too_many=bool(over) and over == current)


def _whole(rows: list[Row], *, too_many: bool) -> tuple[Row, ...]:
    return tuple(replace(row, problem=_TOO_MANY) for row in rows) if too_many else tuple(rows)


def _key(row: Row, plan: Plan, before: Row | None) -> str:
    if plan.kind == PRODUCTS:
        return products.key(row, plan, before)
    return _KEYS[plan.kind](row, plan)


def record(rows: tuple[Row, ...], plan: Plan) -> Record:
    """
    Return what rows that stand together say. Raises: BadRows, with an error for each of them: they are taken
    together or not at all, or an order would lack the lines that could not be read.
    """
    try:
        return _RECORDS[plan.kind](rows, plan)
    except BadRows as exc:
        raise BadRows(_for_all(rows, exc.errors)) from exc
    except BadValue as exc:
        raise BadRows(_for_all(rows, {rows[0].line: str(exc)})) from exc


def _for_all(rows: tuple[Row, ...], errors: dict[int, str]) -> dict[int, str]:
    line = min(errors)
    also = f"It belongs with line {line}, which cannot be taken."
    return {row.line: errors.get(row.line, also) for row in rows}


def check(plan: Plan, columns: Iterable[str]) -> list[str]:
    """Return what is wrong with a plan, one sentence each: fields without a column, columns chosen twice."""
    there = set(columns)
    wrong = [f"Choose a column for: {words}." for words in missing(plan.kind, set(plan.mapping))]
    used: dict[str, str] = {}
    for name, column in plan.mapping.items():
        field = FIELDS[plan.kind].get(name)
        if field is None:
            wrong.append(f"There is no field “{name}”.")
        elif column not in there:
            wrong.append(f"{field.label}: the file has no column “{column}”.")
        elif column in used and {name, used[column]} != {"number", "order_id"}:
            other = FIELDS[plan.kind][used[column]].label
            wrong.append(f"“{column}” is chosen for both {other} and {field.label}.")
        used[column] = name
    return wrong
