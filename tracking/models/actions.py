"""What we do in shops: a ledger of intentions, each carried out at most once."""

import uuid

from django.db import models

from customers.models import Work
from customers.models.work import due_index


class ShopAction(Work):
    """
    One thing to be done in a shop through its API. Written in the transaction that decides it, carried out
    by a worker.

    `key` goes to the shop, the same over all tries. UNKNOWN is looked up before any other try; what cannot be
    settled by machine goes to a person (STAFF), never silently away.
    """

    class Kind(models.TextChoices):
        REFUND = "REFUND", "Refund"
        ORDER = "ORDER", "Make an order"
        STOCK = "STOCK", "Change stock"
        DISCOUNT = "DISCOUNT", "Make a discount code"

    class State(models.TextChoices):
        WAITING = "WAITING", "To be done"
        DONE = "DONE", "Done"
        UNKNOWN = "UNKNOWN", "May have been done: being looked up"
        STAFF = "STAFF", "For a person"
        CANCELLED = "CANCELLED", "Not wanted any more"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(
        max_length=120, unique=True, help_text="The intention, e.g. make-good:7. Told twice it is one."
    )
    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="shop_actions")
    order = models.ForeignKey(
        "tracking.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="shop_actions"
    )
    provider = models.CharField(
        max_length=12, blank=True, help_text="Who carries a refund out (REFUNDERS); empty: the shop."
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    wanted = models.JSONField(help_text="The fields of the request (tracking/shops/client.py).")
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING, editable=False)
    external_id = models.CharField(max_length=120, blank=True, help_text="What the shop made of it.")
    external_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(
        null=True, blank=True, help_text="When the shop was first told; empty: certainly not."
    )
    give_up_at = models.DateTimeField(help_text="Not settled by then: a person looks at it.")
    failures = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Tries that ended; the others took their worker along."
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=160, blank=True, help_text="Who: a person, or the worker.")

    class Meta:
        indexes = [
            due_index("shop_action_due"),
            models.Index(fields=["state", "-created_at"], name="shop_action_by_state"),
            models.Index(fields=["order", "kind"], name="shop_action_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.purpose}"
