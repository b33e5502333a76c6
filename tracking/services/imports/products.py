"""Products and stock of a file, through `record_product` and `record_stock`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from tracking.imports.cells import Record
from tracking.imports.products import ProductRows, StockRow
from tracking.models import Location, Product, StockLevel, Variant
from tracking.services.imports.base import Applier, Outcome, Refused, made_id
from tracking.services.products import record_product, record_stock
from tracking.shops.base import ProductData, StockData, VariantData

EVERYTHING = "default"  # a shop that names no place has one stock
_TOLD_BY = {
    "handle": ("handle",),
    "product_type": ("product_type",),
    "vendor": ("vendor",),
    "description": ("description",),
    "url": ("url",),
    "image_url": ("image",),
    "status": ("status",),
}
_VARIANT_TOLD_BY = {
    "title": ("variant_title", "option1", "option2", "option3"),
    "sku": ("sku",),
    "barcode": ("barcode",),
    "price_minor": ("price",),
    "weight_g": ("weight_g", "weight_kg", "weight_lb", "weight_oz"),
    "image_url": ("variant_image", "image"),
    "inventory_item_id": ("inventory_item_id",),
}


class Products(Applier):
    """Products by the shop's id, else handle, else the SKU of a variant, else name."""

    def look_up(self, records: Sequence[Record]) -> None:
        """Load the products these may be, with their variants."""
        told: list[ProductData] = [record.data.product for record in records]
        skus = {variant.sku for data in told for variant in data.variants} - {""}
        ids = {data.external_id or self._made(data) for data in told}
        handles = {data.handle for data in told if not data.external_id} - {""}
        products = Product.objects.filter(store=self.store)
        self.by_id = {row.external_id: row for row in products.filter(external_id__in=ids)}
        self.by_handle = {row.handle: row for row in products.filter(handle__in=handles)} if handles else {}
        known = [*self.by_id.values(), *self.by_handle.values()]
        variants = Variant.objects.filter(store=self.store).select_related("product")
        self.by_sku: dict[str, list[Variant]] = {}
        for row in variants.filter(sku__in=skus) if skus else ():
            self.by_sku.setdefault(row.sku, []).append(row)
        found = {row.pk for row in known} | {row.product_id for same in self.by_sku.values() for row in same}
        self.variants: dict[int, list[Variant]] = {}
        for row in variants.filter(product__in=found).order_by("position", "pk"):
            self.variants.setdefault(row.product_id, []).append(row)

    @staticmethod
    def _made(data: ProductData) -> str:
        return made_id("product", (data.handle or data.title).casefold())

    def _known(self, data: ProductData) -> Product | None:
        """Return the product a record is about. Raises: Refused when its SKUs are those of several."""
        if data.external_id:
            return self.by_id.get(data.external_id)
        found = self.by_handle.get(data.handle) or self.by_id.get(self._made(data))
        if found or data.handle:
            return found
        same = {
            row.product_id: row.product
            for variant in data.variants
            for row in self.by_sku.get(variant.sku, ())
        }
        if len(same) > 1:
            raise Refused("Its SKUs belong to several products here: add a column with the shop's id.")
        return next(iter(same.values()), None)

    def judge(self, record: Record) -> Outcome:
        """New, changed, or as it is here."""
        product = self._known(record.data.product)
        if product is None:
            return Outcome.CREATED
        changed = self.version_over(product.source_version, record)
        return Outcome.UPDATED if changed else Outcome.UNCHANGED

    def apply(self, record: Record) -> None:
        """Record the product, then its stock. Variants the file does not name stay: a file may be a part."""
        told: ProductRows = record.data
        product = self._known(told.product)
        version = self.version_over(product.source_version if product else "", record)
        external_id = product.external_id if product else told.product.external_id or self._made(told.product)
        here = self.variants.get(product.pk, []) if product else []
        variants = tuple(self._variant(variant, external_id, here) for variant in told.product.variants)
        named = {variant.external_id for variant in variants}
        data = replace(
            told.product,
            external_id=external_id,
            version=version,
            variants=variants,
            undescribed_variants=tuple(row.external_id for row in here if row.external_id not in named),
            **self._kept(product),
        )
        with transaction.atomic():
            record_product(store=self.store, data=data, at=self.at)
            for variant, count in zip(variants, told.stock, strict=True):
                if count is not None:
                    level = StockData(variant.inventory_item_id, EVERYTHING, count, version)
                    record_stock(store=self.store, data=level, at=self.at)

    def _kept(self, product: Product | None) -> dict[str, Any]:
        told = self.plan.mapping
        if product is None:
            return {}
        keep = {
            name: getattr(product, name)
            for name, fields in _TOLD_BY.items()
            if not any(field in told for field in fields)
        }
        return keep if "tags" in told else {**keep, "tags": tuple(product.tags)}

    def _variant(self, told: VariantData, product_id: str, here: Sequence[Variant]) -> VariantData:
        """Return a variant with its id, and with what the file does not tell of one that is here."""
        known = next((row for row in here if _is(told, row, len(here))), None)
        if known is None:
            made = told.external_id or made_id("variant", product_id, told.sku or told.title or "only")
            return replace(told, external_id=made, inventory_item_id=told.inventory_item_id or made)
        keep = {
            name: getattr(known, name)
            for name, fields in _VARIANT_TOLD_BY.items()
            if not any(field in self.plan.mapping for field in fields)
        }
        if not any(f"option{n}" in self.plan.mapping for n in (1, 2, 3)):
            keep["options"] = tuple(known.options)
        told = replace(told, external_id=known.external_id, **keep)
        item = told.inventory_item_id or known.inventory_item_id or known.external_id
        return replace(told, inventory_item_id=item)


def _is(told: VariantData, here: Variant, of: int) -> bool:
    if told.external_id:
        return told.external_id == here.external_id
    if told.sku and here.sku:
        return told.sku == here.sku
    if told.options:
        return list(told.options) == list(here.options)
    return of == 1 or (bool(told.title) and told.title == here.title)


class Stock(Applier):
    """Stock levels: the item by any of its names, the place by its id or name."""

    def look_up(self, records: Sequence[Record]) -> None:
        """Load the variants, places and levels these rows are about."""
        told: list[StockRow] = [record.data for record in records]
        variants = Variant.objects.filter(store=self.store, removed_at=None)
        self.variants: dict[tuple[str, str], list[Variant]] = {}
        for name, values in (
            ("external_id", {row.variant_id for row in told}),
            ("sku", {row.sku for row in told}),
            ("barcode", {row.barcode for row in told}),
        ):
            for variant in variants.filter(**{f"{name}__in": values - {""}}) if values - {""} else ():
                self.variants.setdefault((name, getattr(variant, name)), []).append(variant)
        self.places = list(Location.objects.filter(store=self.store))
        items = {row.inventory_item_id for row in told} - {""}
        items |= {_item(variant) for same in self.variants.values() for variant in same}
        levels = StockLevel.objects.filter(location__store=self.store, inventory_item_id__in=items)
        self.levels = {
            (level.location.external_id, level.inventory_item_id): level
            for level in levels.select_related("location")
        }

    def _of(self, data: StockRow) -> tuple[str, Variant | None]:
        """Return the item's id, and the variant it was found by. Raises: Refused."""
        if data.inventory_item_id:
            return data.inventory_item_id, None
        name, value, label = next(
            (name, value, label)
            for name, value, label in (
                ("external_id", data.variant_id, "id"),
                ("sku", data.sku, "SKU"),
                ("barcode", data.barcode, "barcode"),
            )
            if value
        )
        same = self.variants.get((name, value), [])
        if not same:
            raise Refused(f"No product in {self.store} has the {label} {value}. Import the products first.")
        if len(same) > 1:
            raise Refused(f"{len(same)} variants have the {label} {value}: add a column with the shop's id.")
        return _item(same[0]), same[0]

    def _place(self, data: StockRow) -> str:
        if data.location_id:
            return data.location_id
        if not data.location:
            return EVERYTHING
        word = data.location.casefold()
        known = (
            place for place in self.places if word in (place.name.casefold(), place.external_id.casefold())
        )
        found = next(known, None)
        return found.external_id if found else made_id("place", word)

    def judge(self, record: Record) -> Outcome:
        """New, changed, or as it is here."""
        item, _ = self._of(record.data)
        level = self.levels.get((self._place(record.data), item))
        if level is None:
            return Outcome.CREATED
        changed = self.version_over(level.source_version, record)
        return Outcome.UPDATED if changed else Outcome.UNCHANGED

    def apply(self, record: Record) -> None:
        """Record the level; a place and an item that had no name get theirs."""
        told: StockRow = record.data
        item, variant = self._of(told)
        place = self._place(told)
        level = self.levels.get((place, item))
        version = self.version_over(level.source_version if level else "", record)
        with transaction.atomic():
            if variant and not variant.inventory_item_id:
                Variant.objects.filter(pk=variant.pk, inventory_item_id="").update(inventory_item_id=item)
            made = record_stock(
                store=self.store, data=StockData(item, place, told.available, version), at=self.at
            )
            if told.location and not made.location.name:
                Location.objects.filter(pk=made.location_id, name="").update(name=told.location)


def _item(variant: Variant) -> str:
    return variant.inventory_item_id or variant.external_id
