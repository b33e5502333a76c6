"""Rows of a file of products -> ProductData with its variants, and how many there are of each."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from tracking.imports.cells import Cells, Record, each, first
from tracking.imports.errors import BadRows, BadValue
from tracking.imports.matching import Plan
from tracking.imports.orders import link
from tracking.imports.rows import Row
from tracking.shops.base import ProductData, VariantData
from tracking.shops.words import plain

_GRAMS = {
    "weight_g": Decimal(1),
    "weight_kg": Decimal(1000),
    "weight_lb": Decimal("453.59237"),
    "weight_oz": Decimal("28.349523125"),
}
_HEAVIEST = 2**31 - 1
_STATES = {"1": "active", "true": "active", "0": "draft", "-1": "draft", "false": "draft"}


@dataclass(frozen=True)
class ProductRows:
    """A product as a file tells it. `stock` has one entry per variant: how many there are, None: not told."""

    product: ProductData
    stock: tuple[int | None, ...] = ()


@dataclass(frozen=True)
class StockRow:
    """How many of something there are in one place. The thing and the place by any of their names."""

    inventory_item_id: str
    variant_id: str
    sku: str
    barcode: str
    location_id: str
    location: str
    available: int


def key(row: Row, plan: Plan, before: Row | None = None) -> str:
    """
    Return what makes rows one product: its id, handle, else its name.

    WooCommerce's variations name their parent by id or SKU: `before` is the first row of the product above.
    """
    cells = Cells(row, plan)
    parent = cells.text("parent", 120)
    if parent:
        above = Cells(before, plan) if before else None
        named = parent[3:].strip() if parent.startswith("id:") else parent
        if above and named in (above.text("product_id", 64), above.text("sku", 120)):
            return key(above.row, plan)
        return f"parent {named}"
    return cells.text("product_id", 64) or cells.text("handle", 300) or cells.text("title", 300)


def record(rows: tuple[Row, ...], plan: Plan) -> Record:
    """Return the product that `rows` describe. Raises: BadRows."""
    head = first(rows, plan)
    try:
        product, changed_at = _head(head)
    except BadValue as exc:
        each(rows, plan, lambda cells: None)
        raise BadRows({rows[0].line: str(exc)}) from exc
    found, _ = each(rows, plan, lambda cells: _variant(cells, product, alone=len(rows) == 1))
    kept = [variant for variant in found if variant]
    if not kept:
        kept = [(VariantData(external_id=""), None)]
    variants = tuple(replace(variant, position=place) for place, (variant, _) in enumerate(kept, 1))
    data = ProductRows(replace(product, variants=variants), tuple(stock for _, stock in kept))
    digest = hashlib.sha256(repr(data).encode()).hexdigest()[:32]
    return Record(key(rows[0], plan), rows, data, digest, changed_at)


def _head(head: Cells) -> tuple[ProductData, datetime | None]:
    if head.text("parent") and "type_of_row" in head.plan.mapping and head.text("type_of_row") == "variation":
        raise head.wrong("parent", "its product does not stand above it: sort the file so that it does.")
    status = head.text("status", 20).lower()
    product = ProductData(
        external_id=head.identifier("product_id"),
        title=head.needed(plain(head.text("title", 600))[:300], "title"),
        version="",
        handle=head.text("handle", 300),
        product_type=re.split(r"[,>]", head.text("product_type", 2000))[0].strip()[:200],
        vendor=head.text("vendor"),
        tags=head.listed("tags"),
        description=plain(head.text("description", 80_000)),
        url=link(head, "url"),
        image_url=link(head, "image"),
        status=_STATES.get(status, status),
    )
    return product, head.moment("updated_at")


def _variant(cells: Cells, product: ProductData, *, alone: bool) -> tuple[VariantData, int | None] | None:
    """Return the variant of one row, None for a row that only adds a picture or stands for all variants."""
    sort = cells.text("type_of_row").lower()
    options = tuple(filter(None, (cells.text(f"option{n}") for n in (1, 2, 3))))
    sku, price = cells.text("sku", 120), cells.money("price", cells.plan.currency)
    variant_id = cells.identifier("variant_id")
    if sort.startswith(("variable", "grouped")) or not (
        alone or options or sku or variant_id or price is not None
    ):
        return None
    if not variant_id and sort:  # WooCommerce numbers products and variations in one series
        variant_id = cells.identifier("product_id")
    if options == ("Default Title",):  # Shopify's word for a product that has no variants
        options = ()
    return (
        VariantData(
            external_id=variant_id,
            title=cells.text("variant_title", 300) or " / ".join(options)[:300],
            sku=sku,
            barcode=cells.text("barcode", 60),
            options=options,
            price_minor=price or 0,
            weight_g=_weight(cells),
            image_url=link(cells, "variant_image") or (product.image_url if alone else ""),
            inventory_item_id=cells.identifier("inventory_item_id"),
        ),
        cells.count("stock"),
    )


def _weight(cells: Cells) -> int:
    for name, grams in _GRAMS.items():
        told = cells.number(name)
        if told is not None:
            if not 0 <= told * grams <= _HEAVIEST:
                raise cells.wrong(name, f"{told} is no weight.")
            return int((told * grams).quantize(Decimal(1), ROUND_HALF_UP))
    return 0


def stock_key(row: Row, plan: Plan) -> str:
    """Return what makes a row one stock level: the thing and the place."""
    cells = Cells(row, plan)
    names = ("inventory_item_id", "variant_id", "sku", "barcode")
    thing = next((f"{name}:{cells.text(name, 120)}" for name in names if cells.text(name)), "")
    return f"{thing}\x1f{cells.text('location_id', 64) or cells.text('location')}" if thing else ""


def stock_record(rows: tuple[Row, ...], plan: Plan) -> Record:
    """Return the stock level of one row. Raises: BadRows."""

    def read(cells: Cells) -> tuple[StockRow, datetime | None]:
        told = StockRow(
            inventory_item_id=cells.identifier("inventory_item_id"),
            variant_id=cells.identifier("variant_id"),
            sku=cells.text("sku", 120),
            barcode=cells.text("barcode", 60),
            location_id=cells.identifier("location_id"),
            location=cells.text("location"),
            available=cells.needed(cells.count("available"), "available"),
        )
        if not (told.inventory_item_id or told.variant_id or told.sku or told.barcode):
            name = next(n for n in ("sku", "inventory_item_id", "variant_id", "barcode") if n in plan.mapping)
            raise cells.wrong(name, "this row names nothing that could be in stock.")
        return told, cells.moment("updated_at")

    ((told, changed_at),), _ = each(rows, plan, read)
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:32]
    return Record(stock_key(rows[0], plan), rows, told, digest, changed_at)
