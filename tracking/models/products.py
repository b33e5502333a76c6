"""What the shop sells and how much of it is where."""

from django.core.validators import MinValueValidator
from django.db import models

from tracking.models.sourced import Sourced


class Product(Sourced):
    """A product as the shop describes it."""

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="products")
    title = models.CharField(max_length=300)
    handle = models.CharField(max_length=300, blank=True)
    product_type = models.CharField(max_length=200, blank=True)
    vendor = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list, blank=True)
    description = models.TextField(blank=True, help_text="Plain text.")
    url = models.CharField(max_length=500, blank=True)
    image_url = models.CharField(max_length=500, blank=True)
    status = models.CharField(
        max_length=20, blank=True, help_text="The shop's word: active, draft, archived."
    )
    removed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Deleted in the shop. Orders still show it."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "external_id"], name="product_once")]

    def __str__(self) -> str:
        return self.title


class Variant(Sourced):
    """One size, colour or make of a product: what is really bought and stocked."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=300, blank=True)
    sku = models.CharField(max_length=120, blank=True, db_index=True)
    barcode = models.CharField(max_length=60, blank=True)
    options = models.JSONField(default=list, blank=True, help_text="e.g. ['Small', 'Green'].")
    price_minor = models.BigIntegerField(default=0)
    weight_g = models.PositiveIntegerField(default=0)
    image_url = models.CharField(max_length=500, blank=True)
    inventory_item_id = models.CharField(max_length=64, blank=True, db_index=True)
    position = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "external_id"], name="variant_once")]
        indexes = [
            models.Index(fields=["barcode"], condition=~models.Q(barcode=""), name="variant_by_barcode")
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.title}" if self.title else str(self.product)


class BundlePart(models.Model):
    """
    What a variant that is sold as one is made of. Each part is stocked, sent back and put on the shelf alone.
    """

    bundle = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="parts")
    part = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="in_bundles")
    quantity = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bundle", "part"], name="bundle_part_once"),
            models.CheckConstraint(
                condition=~models.Q(bundle=models.F("part")), name="bundle_part_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.part}"


class Location(models.Model):
    """A place that holds stock."""

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="locations")
    external_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "external_id"], name="location_once")]

    def __str__(self) -> str:
        return self.name or f"Location {self.external_id}"


class StockLevel(models.Model):
    """
    How many of one stock item a location can sell.

    Keyed by the shop's inventory item, not by our variant: a level may be reported before its product is.
    """

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="levels")
    inventory_item_id = models.CharField(max_length=64, db_index=True)
    available = models.IntegerField(default=0)
    removed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The location no longer stocks the item."
    )
    source_version = models.CharField(max_length=120, blank=True, default="", editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["location", "inventory_item_id"], name="stock_level_once_per_location"
            )
        ]

    def __str__(self) -> str:
        return f"{self.available} of {self.inventory_item_id} at {self.location}"
