"""Products and stock as the shop tells them."""

from dataclasses import asdict, fields
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import OuterRef, Subquery

from customers.models import Store
from tracking.models import Location, OrderLine, Product, StockLevel, Variant
from tracking.services.missing import Missing, release
from tracking.services.removals import mark_again, settle_product
from tracking.shops.base import ProductData, StockData, VariantData
from tracking.shops.facts import Kind, VariantStockData

VARIANT_FIELDS = [field.name for field in fields(VariantData) if field.name != "external_id"]
EVERYWHERE = "everywhere"  # stands for a location where only the sum over all of them is known
NOT_COLUMNS = ("external_id", "version", "variants", "undescribed_variants")


@transaction.atomic
def record_product(*, store: Store, data: ProductData, at: datetime) -> Product:
    """
    Create or update a product and its variants; older news than what we hold is ignored.

    Variants the newest message does not name any more are marked removed at `at`. Order lines that came
    first are linked.
    """
    product, made = Product.objects.select_for_update().get_or_create(
        store=store, external_id=data.external_id, defaults={"title": data.title}
    )
    if data.version <= product.source_version:
        return product
    for name, value in asdict(data).items():
        if name in NOT_COLUMNS:
            continue
        setattr(product, name, list(value) if isinstance(value, tuple) else value)
    product.source_version = data.version
    product.save()
    told = {variant.external_id: variant for variant in data.variants}
    Variant.objects.bulk_create(
        [_variant(product, variant, data.version) for variant in told.values()],
        update_conflicts=True,
        unique_fields=["store", "external_id"],
        update_fields=[*VARIANT_FIELDS, "product", "removed_at", "source_version", "updated_at"],
    )
    gone = product.variants.exclude(external_id__in=[*told, *data.undescribed_variants])
    gone.filter(removed_at=None).update(removed_at=at)
    settle_product(product, told)
    release([variant_waits_for(store, external_id) for external_id in told], at=at)
    if made:
        transaction.on_commit(partial(mark_again, store, Kind.PRODUCT, data.external_id, at))
    _link_lines(store, product)
    # An order written at this moment does not see the product, nor we its lines: who commits last looks
    # again.
    transaction.on_commit(partial(_link_lines, store, product))
    return product


def _variant(product: Product, data: VariantData, version: str) -> Variant:
    values = {name: getattr(data, name) for name in VARIANT_FIELDS} | {"options": list(data.options)}
    return Variant(
        store_id=product.store_id,
        product=product,
        external_id=data.external_id,
        source_version=version,
        removed_at=None,
        **values,
    )


def _link_lines(store: Store, product: Product) -> None:
    """Point order lines that named this product, or one of its variants, before we knew it."""
    lines = OrderLine.objects.filter(order__store=store)
    lines.filter(product=None, product_external_id=product.external_id).update(product=product)
    ours = Variant.objects.filter(product=product)
    theirs = ours.filter(external_id=OuterRef("variant_external_id")).values("pk")[:1]
    lines.filter(
        variant=None, variant_external_id__in=list(ours.values_list("external_id", flat=True))
    ).update(variant=Subquery(theirs))


def link_order(order_id: int) -> None:
    """Point an order's lines at products and variants that came while it was being written."""
    for name, model in (("product", Product), ("variant", Variant)):
        same = model._default_manager.filter(
            store=OuterRef("order__store"), external_id=OuterRef(f"{name}_external_id")
        )
        loose = OrderLine.objects.filter(order=order_id, **{name: None}).exclude(
            **{f"{name}_external_id": ""}
        )
        found = loose.annotate(theirs=Subquery(same.values("pk")[:1])).exclude(theirs=None)
        for pk, theirs in found.values_list("pk", "theirs"):
            OrderLine.objects.filter(pk=pk).update(**{f"{name}_id": theirs})


@transaction.atomic
def record_stock(*, store: Store, data: StockData, at: datetime) -> StockLevel:
    """
    Set how much of an item a location can sell, or (`removed`) that it stocks the item no more, since `at`.

    Older news than what we hold is ignored.
    """
    location, _ = Location.objects.get_or_create(store=store, external_id=data.location_external_id)
    level, made = StockLevel.objects.select_for_update().get_or_create(
        location=location, inventory_item_id=data.inventory_item_id
    )
    if data.version > level.source_version:
        level.available, level.source_version = data.available, data.version
        level.removed_at = at if data.removed else None
        level.save()
    if made:  # how much is where makes the total needless
        _drop_total(store, data.inventory_item_id)
        transaction.on_commit(partial(_drop_total, store, data.inventory_item_id))
    return level


def variant_waits_for(store: Store, external_id: str) -> str:
    """Name a variant that messages may wait for."""
    return f"variant:{store.slug}:{external_id}"


@transaction.atomic
def record_variant_stock(*, store: Store, data: VariantStockData, at: datetime) -> StockLevel | None:
    """
    Set how many of a variant there are in all, for a shop that does not tell how many are where.

    Returns: None, and nothing is done, when it does, or when nothing says which stock item the variant is.
    Raises: Missing when the variant has not arrived yet.
    """
    variant = Variant.objects.filter(store=store, external_id=data.variant_external_id).first()
    if variant is None:
        words = f"waits for variant {data.variant_external_id}"
        raise Missing(variant_waits_for(store, data.variant_external_id), words)
    item = variant.inventory_item_id
    if not item:
        return None
    levels = StockLevel.objects.filter(location__store=store, inventory_item_id=item)
    if levels.exclude(location__external_id=EVERYWHERE).exists():
        return None
    location, _ = Location.objects.get_or_create(
        store=store, external_id=EVERYWHERE, defaults={"name": "All locations"}
    )
    level, made = StockLevel.objects.select_for_update().get_or_create(
        location=location, inventory_item_id=item
    )
    if data.version > level.source_version:
        level.available, level.source_version = data.available, data.version
        level.save()
    if made:
        transaction.on_commit(partial(_drop_total, store, item))
    return level


def _drop_total(store: Store, item: str) -> None:
    """Forget how many there are in all of an item whose stock is known by location."""
    levels = StockLevel.objects.filter(location__store=store, inventory_item_id=item)
    if levels.exclude(location__external_id=EVERYWHERE).exists():
        levels.filter(location__external_id=EVERYWHERE).delete()
