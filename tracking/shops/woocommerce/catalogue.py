"""Products, and how much of them there is."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from tracking import reading
from tracking.reading import Record
from tracking.shops.base import Fact, Ignored, ProductData, StockData, VariantData
from tracking.shops.woocommerce import php
from tracking.shops.words import plain
from tracking.versions import version

# A shop without a plug-in for warehouses has one stock.
_LOCATION = "default"


def product(told: Record, currency: str) -> Sequence[Fact]:
    """
    Translate a product, with its stock where the shop counts it; prices are in the store's `currency`.

    A variable product names its variations without describing them. A variation by itself says too little to
    be a product: its stock alone is read. Raises: BadPayload.
    """
    kind = reading.text(told.get("type"), "type", 40).lower()
    product_id = reading.identifier(told.get("id"), "the product's id")
    changed_at = php.moment(told, "date_modified") or php.moment(told, "date_created")
    counted = _stock(told, product_id, changed_at)
    if kind == "variation":
        return counted or [Ignored("It describes a variation only, and the shop does not count its stock.")]
    images = php.records(told.get("images"), "images")
    pictures = [reading.link(image.get("src"), "an image") for image in images]
    picture = next(filter(None, pictures), "")
    variations = _variations(told)
    only = not variations and not kind.startswith(("variable", "grouped"))
    made = ProductData(
        external_id=product_id,
        title=plain(reading.text(told.get("name"), "name", 600))[:300],
        version=version(changed_at, reading.canonical(told)),
        handle=reading.text(told.get("slug"), "slug", 300),
        product_type=next(iter(_names(told, "categories")), ""),
        vendor=next(iter(_names(told, "brands")), ""),
        tags=_names(told, "tags"),
        description=_description(told),
        url=reading.link(told.get("permalink"), "permalink"),
        image_url=picture,
        status=reading.text(told.get("status"), "status", 20),
        variants=(_itself(told, product_id, picture, currency),) if only else (),
        undescribed_variants=variations,
    )
    return [made, *counted]


def _itself(told: Record, product_id: str, picture: str, currency: str) -> VariantData:
    """
    Return the one variant of a product without variations.

    It has the product's id: WordPress numbers products and variations in one series. The weight is left out:
    its unit is a setting of the shop, told nowhere.
    """
    return VariantData(
        external_id=product_id,
        sku=reading.text(told.get("sku"), "sku", 120),
        barcode=reading.text(told.get("global_unique_id"), "global_unique_id", 60),
        price_minor=reading.amount(told.get("price"), currency, "price"),
        image_url=picture,
        inventory_item_id=product_id,
    )


def _variations(told: Record) -> tuple[str, ...]:
    """Return the ids of the variations: numbers in wc/v2 and v3, objects in wc/v1."""
    named = told.get("variations")
    entries = list(named.values()) if isinstance(named, dict) else named
    if not isinstance(entries, list):
        return ()
    ids = (entry.get("id") if isinstance(entry, dict) else entry for entry in entries)
    return tuple(dict.fromkeys(filter(None, (php.linked(found, "a variation's id") for found in ids))))


def _names(told: Record, field: str) -> tuple[str, ...]:
    entries = php.records(told.get(field), field)
    names = (plain(reading.text(entry.get("name"), f"a name of {field}")) for entry in entries)
    return tuple(dict.fromkeys(name for name in names if name))


def _description(told: Record) -> str:
    whole = plain(reading.text(told.get("description"), "description", 80_000))
    return whole or plain(reading.text(told.get("short_description"), "short_description", 80_000))


def _stock(told: Record, product_id: str, changed_at: datetime | None) -> list[Fact]:
    """Return the stock, nothing where the shop does not count it (a variation may say 'parent')."""
    quantity = told.get("stock_quantity")
    if told.get("manage_stock") is not True or quantity is None:
        return []
    if isinstance(quantity, Decimal):  # plug-ins sell by weight: what there is of a part is not another one
        quantity = quantity.to_integral_value(ROUND_FLOOR)
    return [
        StockData(
            inventory_item_id=product_id,
            location_external_id=_LOCATION,
            available=reading.whole(quantity, "stock_quantity"),
            version=version(changed_at, reading.canonical(told)),
        )
    ]
