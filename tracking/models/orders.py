"""What was bought."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import models

from tracking.models.sourced import Sourced
from tracking.querysets import OrderQuerySet


class Order(Sourced):
    """
    One purchase. Money is in minor units of `currency`.

    `version` grows with every change the shopper could see: it is the page's ETag. `beside`: what
    `tracking.access.open_token` learned of what else there is to it (tracking/beside.py).
    """

    beside: Mapping[str, Any]

    class Status(models.TextChoices):
        PLACED = "PLACED", "Placed"
        PARTLY_SHIPPED = "PARTLY_SHIPPED", "Partly shipped"
        SHIPPED = "SHIPPED", "Shipped"
        PARTLY_DELIVERED = "PARTLY_DELIVERED", "Partly delivered"
        DELIVERED = "DELIVERED", "Delivered"
        CANCELLED = "CANCELLED", "Cancelled"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(  # the unique constraint below begins with it
        "customers.Store", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.SET_NULL, related_name="orders"
    )
    number = models.CharField(max_length=60, help_text="As the shopper knows it, e.g. #1042.")
    number_key = models.CharField(
        max_length=60, editable=False, help_text="The number without # and spaces, upper case."
    )
    email = models.EmailField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True, editable=False)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, blank=True)

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PLACED, editable=False)
    placed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=60, blank=True)
    payment_status = models.CharField(
        max_length=40, blank=True, help_text="The shop's word: paid, pending, refunded, …"
    )

    payment_method = models.CharField(
        max_length=40, blank=True, help_text="How it was paid, in the shop's word: card, paypal, klarna, …"
    )
    payment_provider = models.CharField(
        max_length=40, blank=True, help_text="Who took the money, e.g. stripe."
    )
    payment_reference = models.CharField(
        max_length=120, blank=True, help_text="The provider's id of the payment, e.g. pi_… or ch_…"
    )

    currency = models.CharField(max_length=3)
    subtotal_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)

    ship_to = models.JSONField(
        default=dict,
        blank=True,
        help_text="name, lines (list), city, region, postcode, country (two letters)",
    )
    postcode_key = models.CharField(max_length=20, blank=True, editable=False)
    tags = models.JSONField(default=list, blank=True)
    discount_codes = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    removed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Deleted in the shop. Its page still opens."
    )
    bought_as = models.ForeignKey(
        "customers.Customer",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="Whose it was before that profile was merged into another.",
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "external_id"], name="order_once")]
        indexes = [
            models.Index(fields=["number_key", "email_key"], name="order_by_number_and_email"),
            models.Index(fields=["email_key"], name="order_by_email"),
            models.Index(fields=["-placed_at"], name="order_by_age"),
            # For the watch: what waits to be shipped, without the millions that have been.
            models.Index(
                fields=["placed_at"],
                condition=models.Q(status="PLACED", cancelled_at__isnull=True),
                name="order_unshipped",
            ),
            models.Index(fields=["updated_at", "id"], name="order_by_update"),
            models.Index(
                fields=["bought_as"],
                condition=models.Q(bought_as__isnull=False),
                name="order_by_former_customer",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One line of an order. `quantity` is what is still wanted; what was removed later is not in it."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    external_id = models.CharField(max_length=64)
    product = models.ForeignKey(
        "tracking.Product", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    variant = models.ForeignKey(
        "tracking.Variant", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    product_external_id = models.CharField(max_length=64, blank=True)
    variant_external_id = models.CharField(max_length=64, blank=True)
    sku = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=300)
    variant_title = models.CharField(max_length=300, blank=True)
    vendor = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    ordered_quantity = models.PositiveIntegerField(default=1)
    told_quantity = models.PositiveIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="`quantity` as the order's newest message says, without edits told since.",
    )
    unit_price_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0, help_text="Of the whole line.")
    tax_minor = models.BigIntegerField(default=0, help_text="Of the whole line.")
    requires_shipping = models.BooleanField(default=True)
    gift_card = models.BooleanField(default=False)
    image_url = models.CharField(max_length=500, blank=True)
    position = models.PositiveIntegerField(default=0)
    source_version = models.CharField(max_length=120, blank=True, default="", editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="order_line_once")]
        # For a product or variant that is told of after the lines that name it.
        indexes = [
            models.Index(
                fields=["product_external_id"],
                condition=models.Q(product__isnull=True),
                name="order_line_unlinked_product",
            ),
            models.Index(
                fields=["variant_external_id"],
                condition=models.Q(variant__isnull=True),
                name="order_line_unlinked_variant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def total_minor(self) -> int:
        """What the line costs after its discount, before tax that is not in the price."""
        return self.unit_price_minor * self.quantity - self.discount_minor


class OrderRefund(Sourced):
    """
    Money that went back to the buyer, mirrored from the shop. What we pay out is a ledger of its own.

    `source_version` is that of the details; whether it still stands is told apart, by `named_version`.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shop_refunds")
    amount_minor = models.BigIntegerField(help_text="All of it, tax and shipping included.")
    shipping_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    lines = models.JSONField(
        default=list, help_text="[{line (the shop's id), quantity, amount_minor, tax_minor, restocked}]"
    )
    whole = models.BooleanField(
        default=True, editable=False, help_text="No: only its total is known, not its lines."
    )
    named_version = models.CharField(max_length=120, blank=True, default="", editable=False)
    note = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True, help_text="The shop took it back.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="order_refund_once")]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class OrderEdit(models.Model):
    """
    Units added to or taken from an order's lines in the shop after it was placed.

    It changes quantities until the order's own next message, which has them in.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="edits")
    external_id = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    changes = models.JSONField(default=dict, help_text="{the shop's id of a line: how many more (or fewer)}")
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="order_edit_once")]

    def __str__(self) -> str:
        return f"Edit {self.external_id}"
