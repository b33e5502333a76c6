"""Products and stock, as the shop tells them."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import ReadOnlyAdmin, ReadOnlyRows
from tracking.models import Location, Product, StockLevel, Variant


class VariantRows(ReadOnlyRows):
    """Sizes, colours and makes."""

    model = Variant
    fields = ("picture", "title", "sku", "barcode", "price", "weight", "removed_at")
    picture = staticmethod(cells.picture())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        """In the shop's order, with the currency."""
        return super().get_queryset(request).select_related("store").order_by("position", "pk")

    @admin.display(description="Price")
    def price(self, row: Variant) -> str:
        """Return the price in the store's currency."""
        return cells.sum_of(row.price_minor, row.store.currency)

    @admin.display(description="Weight")
    def weight(self, row: Variant) -> str:
        """Return the weight in grams."""
        return f"{row.weight_g} g" if row.weight_g else cells.EMPTY


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Products mirror the shop: they are changed there."""

    picture = staticmethod(cells.picture())
    list_display = (
        "picture",
        "title",
        "product_type",
        "vendor",
        "status",
        "store",
        cells.when("updated_at", "Updated"),
    )
    list_display_links = ("title",)
    list_filter = ("store", recent_values("status", "status"))
    list_select_related = ("store",)
    search_fields = ("title__icontains", "variants__sku__iexact")
    search_help_text = "Part of the title, or a whole SKU."
    ordering = ("-pk",)
    inlines = (VariantRows,)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "picture",
                    "title",
                    "store",
                    "status",
                    "product_type",
                    "vendor",
                    "words",
                    "shop_page",
                )
            },
        ),
        (
            "In the shop",
            {"fields": ("external_id", "handle", "description", "created_at", "updated_at", "removed_at")},
        ),
    )

    @admin.display(description="Tags")
    def words(self, row: Product) -> str:
        """Return the tags."""
        return ", ".join(map(str, row.tags)) or cells.EMPTY

    @admin.display(description="Page in the shop")
    def shop_page(self, row: Product) -> str:
        """Return where shoppers see it."""
        return row.url or cells.EMPTY


@admin.register(Location)
class LocationAdmin(ReadOnlyAdmin):
    """Places that hold stock."""

    list_display = ("__str__", "store")
    list_filter = ("store",)
    list_select_related = ("store",)
    search_fields = ("name__icontains", "external_id")
    ordering = ("name",)
    fieldsets = ((None, {"fields": ("name", "store", "external_id")}),)


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnlyAdmin):
    """How much can be sold where."""

    plural = "Stock"
    list_display = (
        "item",
        "sku",
        "location",
        cells.number("available", "Available"),
        cells.when("updated_at", "Updated"),
    )
    list_filter = ("location__store",)
    list_select_related = ("location",)
    search_fields = ("inventory_item_id", "location__name__icontains")
    search_help_text = "The shop's id of the stock item, a SKU, or part of a location's name."
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("item", "sku", "location", "available", "inventory_item_id", "updated_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockLevel]:
        """Name the item by its variant: the level itself only knows the shop's id of it."""
        mine = Variant.objects.filter(
            store=OuterRef("location__store"), inventory_item_id=OuterRef("inventory_item_id")
        ).order_by("pk")
        return (
            super()
            .get_queryset(request)
            .annotate(
                of_product=Subquery(mine.values("product__title")[:1]),
                of_variant=Subquery(mine.values("title")[:1]),
                of_sku=Subquery(mine.values("sku")[:1]),
            )
        )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Also find by SKU."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        if search_term:
            items = Variant.objects.filter(sku__iexact=search_term.strip()).values("inventory_item_id")
            found = found | queryset.filter(inventory_item_id__in=items)
        return found, distinct

    @admin.display(description="Item")
    def item(self, row: Any) -> str:
        """Return product and variant, or that the product has not been told yet."""
        if not row.of_product:
            return f"Not told yet ({row.inventory_item_id})"
        return f"{row.of_product} · {row.of_variant}" if row.of_variant else row.of_product

    @admin.display(description="SKU")
    def sku(self, row: Any) -> str:
        """Return the variant's SKU."""
        return row.of_sku or cells.EMPTY
