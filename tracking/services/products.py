"""Products and stock as the shop tells them."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from customers.models import Store
from tracking.models import Location, OrderLine, Product, StockLevel, Variant
from tracking.shops.base import ProductData, StockData

NOT_COLUMNS = ("external_id", "version", "variants", "undescribed_variants")


@transaction.atomic
def record_product(*, store: Store, data: ProductData, at: datetime) -> Product:
    """
    Create or update a product and its variants; older news than what we hold is ignored.

    Variants the newest message does not name any more are marked removed at `at`. Order lines that came first are linked.
    """
    product, _ = Product.objects.select_for_update().get_or_create(
        store=store, external_id=data.external_id, defaults={"title": data.title}
    )
    if data.version <= product.source_version:
        return product
    fields = {name: value for name, value in asdict(data).items() if name not in NOT_COLUMNS}
    for name, value in fields.items():
        setattr(product, name, list(value) if isinstance(value, tuple) else value)
    product.source_version = data.version
    product.save()
    for variant in data.variants:
        values = asdict(variant) | {"options": list(variant.options), "product": product, "removed_at": None}
        values["source_version"] = data.version
        Variant.objects.update_or_create(store=store, external_id=values.pop("external_id"), defaults=values)
    kept = [variant.external_id for variant in data.variants]
    product.variants.exclude(external_id__in=[*kept, *data.undescribed_variants]).filter(removed_at=None).update(removed_at=at)
    _link_lines(store, product, kept)
    return product


def _link_lines(store: Store, product: Product, variant_ids: list[str]) -> None:
    """Point order lines that named this product before we knew it."""
    OrderLine.objects.filter(
        order__store=store, product=None, product_external_id=product.external_id
    ).update(product=product)
    for variant in Variant.objects.filter(store=store, external_id__in=variant_ids):
        OrderLine.objects.filter(
            order__store=store, variant=None, variant_external_id=variant.external_id
        ).update(variant=variant)


@transaction.atomic
def record_stock(*, store: Store, data: StockData, at: datetime) -> StockLevel:
    """Set how much of an item a location can sell; older news than what we hold is ignored."""
    location, _ = Location.objects.get_or_create(store=store, external_id=data.location_external_id)
    level, _ = StockLevel.objects.select_for_update().get_or_create(
        location=location, inventory_item_id=data.inventory_item_id
    )
    if data.version > level.source_version:
        level.available, level.source_version = data.available, data.version
        level.save()
    return level
