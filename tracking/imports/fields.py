"""What can be read from a file: fields by kind, the column names each is known by, and what none can lack."""

from dataclasses import dataclass

from tracking.imports import columns

ORDERS, SHIPMENTS, PRODUCTS, STOCK, CUSTOMERS = "orders", "shipments", "products", "stock", "customers"
KINDS = {
    ORDERS: "Orders",
    SHIPMENTS: "Shipments",
    PRODUCTS: "Products",
    STOCK: "Stock",
    CUSTOMERS: "Customers",
}


@dataclass(frozen=True)
class Field:
    """
    One thing a column can hold. `sort`: text, money, number, count, day, moment, flag, country.

    `per_line`: each row of a record has its own; the others are the record's. `known_as`: other names of the
    column, as `shape.header_key` makes them.
    """

    name: str
    label: str
    sort: str
    per_line: bool
    known_as: tuple[str, ...]


def _parsed(table: str) -> dict[str, Field]:
    """Read a table of `columns`: 'name | label | sort', then its other names, indented."""
    heads: list[tuple[str, str, str]] = []
    names: list[str] = []
    for line in table.strip().splitlines():
        if line.startswith(" "):
            names[-1] += line
        else:
            name, label, sort = (part.strip() for part in line.split("|"))
            heads.append((name, label, sort))
            names.append("")
    known = (tuple(word.strip() for word in also.split(",") if word.strip()) for also in names)
    return {
        name: Field(name, label, sort.rstrip("*"), sort.endswith("*"), also)
        for (name, label, sort), also in zip(heads, known, strict=True)
    }


FIELDS: dict[str, dict[str, Field]] = {
    ORDERS: _parsed(columns.ORDERS),
    SHIPMENTS: _parsed(columns.SHIPMENTS),
    PRODUCTS: _parsed(columns.PRODUCTS),
    STOCK: _parsed(columns.STOCK),
    CUSTOMERS: _parsed(columns.CUSTOMERS),
}

# Of each group at least one must have a column.
NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    ORDERS: (("number", "order_id"), ("placed_at",)),
    SHIPMENTS: (("order_number", "order_id"),),
    PRODUCTS: (("product_id", "handle", "sku"), ("title",)),
    STOCK: (("sku", "inventory_item_id", "variant_id", "barcode"), ("available",)),
    CUSTOMERS: (("email", "phone", "customer_id"),),
}


def missing(kind: str, mapped: set[str]) -> list[str]:
    """Return what no column was chosen for and there must be, in words."""
    fields = FIELDS[kind]
    return [
        " or ".join(fields[name].label for name in group) for group in NEEDS[kind] if not mapped & set(group)
    ]


def alternatives(kind: str, name: str) -> tuple[str, ...]:
    """Return the fields of which one must have a column, `name` among them; () for one nobody must have."""
    return next((group for group in NEEDS[kind] if name in group), ())
