"""Products, their variants, and how much of them there is."""

from decimal import Decimal

from tracking import reading
from tracking.reading import Record
from tracking.shops.base import Ignored, ProductData, StockData, VariantData
from tracking.shops.shopify.orders import tags
from tracking.shops.words import plain
from tracking.versions import version

_LONGEST_DESCRIPTION = 20_000
_GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}


def product(told: Record, currency: str) -> ProductData:
    """
    Translate a product; prices are in the store's `currency`.

    Shopify describes at most 100 variants and names the others: they are not gone. Raises: BadPayload.
    """
    images = reading.records(told.get("images"), "images")
    variants = reading.records(told.get("variants"), "variants")
    made = tuple(_variant(variant, images, currency) for variant in variants)
    changed_at = reading.moment(told.get("updated_at") or told.get("created_at"), "updated_at")
    return ProductData(
        external_id=reading.identifier(told.get("id"), "the product's id"),
        title=reading.text(told.get("title"), "title", 300),
        version=version(changed_at, reading.canonical(told)),
        handle=reading.text(told.get("handle"), "handle", 300),
        product_type=reading.text(told.get("product_type"), "product_type", 200),
        vendor=reading.text(told.get("vendor"), "vendor", 200),
        tags=tags(told.get("tags")),
        description=plain(reading.text(told.get("body_html"), "body_html", 4 * _LONGEST_DESCRIPTION)),
        image_url=_main_image(told, images),
        status=reading.text(told.get("status"), "status", 20),
        variants=made,
        undescribed_variants=_undescribed(told, made),
    )


def _main_image(told: Record, images: list[Record]) -> str:
    main = reading.optional(told.get("image"), "image")
    return next(filter(None, (reading.link(image.get("src"), "an image") for image in (main, *images))), "")


def _variant(told: Record, images: list[Record], currency: str) -> VariantData:
    title = reading.text(told.get("title"), "title", 300)
    only = title == "Default Title"  # Shopify's word for a product that has no variants
    options = (reading.text(told.get(f"option{n}"), "an option") for n in (1, 2, 3))
    return VariantData(
        external_id=reading.identifier(told.get("id"), "a variant's id"),
        title="" if only else title,
        sku=reading.text(told.get("sku"), "sku", 120),
        barcode=reading.text(told.get("barcode"), "barcode", 60),
        options=() if only else tuple(option for option in options if option),
        price_minor=reading.amount(told.get("price"), currency, "a variant's price"),
        weight_g=_weight(told),
        image_url=_image_of(told, images),
        inventory_item_id=reading.maybe_identifier(told.get("inventory_item_id"), "inventory_item_id"),
        position=reading.count(told.get("position"), "position"),
    )


def _image_of(variant: Record, images: list[Record]) -> str:
    """
    Return the picture of a variant: the one it names, else one that names it; '' when it has none of its own.
    """
    named = variant.get("image_id")
    for image in images:
        theirs = image.get("variant_ids")
        if (named is not None and image.get("id") == named) or (
            isinstance(theirs, list) and variant.get("id") in theirs
        ):
            return reading.link(image.get("src"), "an image")
    return ""


def _weight(told: Record) -> int:
    """Return grams, from `grams` or from a weight with its unit."""
    grams = told.get("grams")
    if grams is not None:
        return reading.count(grams, "grams")
    unit = _GRAMS.get(reading.text(told.get("weight_unit"), "weight_unit").lower())
    weight = told.get("weight")
    if unit is None or isinstance(weight, bool) or not isinstance(weight, int | Decimal):
        return 0
    return reading.count(int(min(max(weight * unit, Decimal(0)), Decimal(10**9))), "weight")


def _undescribed(told: Record, made: tuple[VariantData, ...]) -> tuple[str, ...]:
    """Return the ids of variants that `variant_gids` names and `variants` left out."""
    named = reading.records(told.get("variant_gids"), "variant_gids")
    if len(named) <= len(made):
        return ()
    gids = (reading.text(entry.get("admin_graphql_api_id"), "a variant's gid") for entry in named)
    described = {variant.external_id for variant in made}
    return tuple(gid for gid in (gid.rpartition("/")[2] for gid in gids) if gid and gid not in described)


def stock(told: Record, currency: str = "") -> StockData | Ignored:
    """
    Translate an inventory level. Returns: Ignored when Shopify does not count the item. Raises: BadPayload.
    """
    item = reading.identifier(told.get("inventory_item_id"), "inventory_item_id")
    location = reading.identifier(told.get("location_id"), "location_id")
    if told.get("available") is None:
        return Ignored(f"Shopify does not count item {item} at location {location}.")
    return StockData(
        inventory_item_id=item,
        location_external_id=location,
        available=reading.whole(told.get("available"), "available"),
        version=version(reading.moment(told.get("updated_at"), "updated_at"), reading.canonical(told)),
    )
