"""What goes out in place of what came back."""

import uuid

from django.db import models


class Exchange(models.Model):
    """
    One new item for one or more equal units of a return. The stock is held while the parcel travels; the
    order is made in the shop once the store's moment has come and nothing is left to pay.

    `difference_minor` = price of the new ones − worth of the returned ones (− bonus): above 0 it is paid,
    below 0 it goes back with the refund. Both to the cent.
    """

    class State(models.TextChoices):
        HELD = "HELD", "Held for the shopper"
        UNPAID = "UNPAID", "Waits for payment"
        ORDERING = "ORDERING", "Being ordered in the shop"
        ORDERED = "ORDERED", "Ordered"
        CANCELLED = "CANCELLED", "Not exchanged after all"
        STAFF = "STAFF", "For a person"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ret = models.ForeignKey("returns.Return", on_delete=models.PROTECT, related_name="exchanges")
    variant = models.ForeignKey("tracking.Variant", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    price_minor = models.BigIntegerField(help_text="Of one, tax in, as confirmed.")
    difference_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD, editable=False)
    payment = models.ForeignKey(
        "returns.PaymentRequest", null=True, blank=True, on_delete=models.SET_NULL, related_name="exchanges"
    )
    action = models.OneToOneField(
        "tracking.ShopAction", null=True, blank=True, on_delete=models.SET_NULL, related_name="exchange"
    )
    order_name = models.CharField(
        max_length=120, blank=True, help_text="The new order, as the shop calls it."
    )
    words = models.CharField(max_length=300, blank=True, help_text="Why it waits for a person, or ended.")
    created_at = models.DateTimeField()
    ordered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "created_at"], name="exchange_by_state")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id} for {self.ret_id}"


class StockHold(models.Model):
    """
    Pieces that nobody else may be promised. Counted off what a location can sell, until the shop itself has
    been told to set them aside (`action`) and its own numbers say so.
    """

    exchange = models.OneToOneField(Exchange, on_delete=models.CASCADE, related_name="hold")
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey("tracking.Variant", on_delete=models.CASCADE, related_name="holds")
    location = models.ForeignKey(
        "tracking.Location", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    quantity = models.PositiveIntegerField()
    action = models.OneToOneField(
        "tracking.ShopAction", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    held_at = models.DateTimeField()
    until = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["variant"], condition=models.Q(released_at__isnull=True), name="stock_hold_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"
