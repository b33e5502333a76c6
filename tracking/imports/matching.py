"""Which column is which field: by the presets of shops' own exports, and by names in use."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tracking.imports import numbers, times
from tracking.imports.fields import CUSTOMERS, FIELDS, ORDERS, PRODUCTS, STOCK
from tracking.imports.numbers import Finding
from tracking.imports.rows import Row
from tracking.imports.shape import Shape, header_key

# Columns our own file of errors adds; they are never read.
ERROR_COLUMNS = ("porchlight line", "porchlight error")


@dataclass(frozen=True)
class Plan:
    """
    How the rows of one file are understood: {field: column}, and what cells alone do not say.

    `decimal` is '.', ',' or ''; `dates` dmy, mdy or ''; `zone` an IANA name; `currency` and
    `country` the store's, for amounts and phone numbers.
    """

    kind: str
    mapping: Mapping[str, str]
    decimal: str = ""
    dates: str = ""
    zone: str = "UTC"
    currency: str = "USD"
    country: str = ""
    preset: str = ""


@dataclass(frozen=True)
class Preset:
    """A shop platform's own export: told by the columns it always has, read by those listed."""

    label: str
    kind: str
    told_by: tuple[str, ...]
    mapping: Mapping[str, str]
    dates: str = ""


PRESETS = (
    Preset(
        "Shopify's export of orders",
        ORDERS,
        ("name", "financial status", "lineitem name", "lineitem quantity"),
        {
            "number": "name",
            "order_id": "id",
            "placed_at": "created at",
            "payment_status": "financial status",
            "line_vendor": "vendor",
            "ship_line1": "shipping address1",
            "customer_name": "billing name",
            "note": "notes",
        },
    ),
    Preset(
        "the order report of WooCommerce Analytics",
        ORDERS,
        ("date", "order #", "product s", "items sold"),
        {
            "number": "order #",
            "order_id": "order #",
            "placed_at": "date",
            "items": "product s",
            "total": "net sales",
        },
    ),
    Preset(
        "WooCommerce's export of orders, a row per item",
        ORDERS,
        ("order id", "order number", "billing email", "shipping total"),
        {
            "number": "order number",
            "order_id": "order id",
            "status": "status",
            "placed_at": "date",
            "discount": "discount total",
        },
    ),
    Preset(
        "Shopify's export of products",
        PRODUCTS,
        ("handle", "title", "variant sku", "variant price"),
        {"title": "title", "product_type": "type", "description": "body html", "status": "status"},
    ),
    Preset(
        "WooCommerce's export of products",
        PRODUCTS,
        ("id", "type", "sku", "name", "parent"),
        {
            "product_id": "id",
            "type_of_row": "type",
            "title": "name",
            "parent": "parent",
            "product_type": "categories",
            "image": "images",
            "price": "regular price",
        },
    ),
    Preset(
        "Shopify's export of stock",
        STOCK,
        ("handle", "sku", "location", "available"),
        {"sku": "sku", "location": "location", "available": "available"},
    ),
    Preset(
        "Shopify's export of customers",
        CUSTOMERS,
        ("first name", "last name", "accepts email marketing", "total spent"),
        {"phone": "phone", "country": "default address country code"},
    ),
)


def signature(shape: Shape) -> str:
    """Return what files with the same columns have in common, whatever their order."""
    names = sorted(header_key(name) for name in shape.columns)
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()


def preset_of(kind: str, shape: Shape) -> Preset | None:
    """Return the export this is, None for a file of one's own."""
    keys = {header_key(name) for name in shape.columns}
    fitting = (preset for preset in PRESETS if preset.kind == kind and keys.issuperset(preset.told_by))
    return next(fitting, None)


def matched(kind: str, shape: Shape) -> dict[str, str]:
    """
    Return {field: column} as far as names tell it; each column is used once.

    A name that stands over several columns is left for a person to choose.
    """
    columns: dict[str, str] = {}
    for column in shape.columns:
        columns.setdefault(header_key(column), column)
    for name in ERROR_COLUMNS:
        columns.pop(name, None)
    found: dict[str, str] = {}
    preset = preset_of(kind, shape)
    for name, key in (preset.mapping if preset else {}).items():
        if key in columns:
            found[name] = columns[key]
    taken = {column for name, column in found.items()}
    for by_own_name in (True, False):
        for name, field in FIELDS[kind].items():
            keys = (header_key(name),) if by_own_name else field.known_as
            column = next((columns[key] for key in keys if key in columns), "")
            if name not in found and column and column not in taken:
                found[name] = column
                taken.add(column)
    return found


def sampled(rows: Sequence[Row], mapping: Mapping[str, str], kind: str, sorts: Iterable[str]) -> list[object]:
    """Return the filled cells of the columns chosen for fields of these sorts."""
    wanted = set(sorts)
    chosen = [column for name, column in mapping.items() if FIELDS[kind][name].sort in wanted]
    return [row.cells[column] for row in rows for column in chosen if row.cells.get(column) not in (None, "")]


def decimal_of(rows: Sequence[Row], mapping: Mapping[str, str], kind: str) -> Finding:
    """Return which decimal mark the sample shows."""
    return numbers.detect(sampled(rows, mapping, kind, ("money", "number", "count")))


def dates_of(rows: Sequence[Row], mapping: Mapping[str, str], kind: str) -> Finding:
    """Return whether the sample's dates begin with the day or the month."""
    return times.detect(sampled(rows, mapping, kind, ("moment", "day")))


def completed(plan: Plan, rows: Sequence[Row]) -> Plan:
    """Return the plan with what the sample shows where nobody has chosen."""
    decimal = plan.decimal or decimal_of(rows, plan.mapping, plan.kind).choice
    dates = plan.dates or dates_of(rows, plan.mapping, plan.kind).choice
    return replace(plan, decimal=decimal, dates=dates)
