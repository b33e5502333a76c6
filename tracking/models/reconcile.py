"""What a store's shop was asked for at night, and what had not arrived by itself."""

from django.db import models

from customers.models import Work
from customers.models.work import due_index


class ReconcileRun(Work):
    """
    One comparison of a store with its shop. `stage` and `cursor` say how far it has come: whoever takes it
    over goes on there.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "Under way"
        DONE = "DONE", "Done"
        STOPPED = "STOPPED", "Stopped early"
        FAILED = "FAILED", "Failed"
        SKIPPED = "SKIPPED", "Skipped"

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="reconcile_runs")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN, editable=False)
    asked_by = models.CharField(max_length=160, blank=True, help_text="Who started it; empty: the night.")
    since = models.DateTimeField(help_text="What changed in the shop from here on was asked for.")
    until = models.DateTimeField()
    first = models.BooleanField(
        default=False, editable=False, help_text="Nothing had been compared before: most of it is new."
    )
    stage = models.CharField(max_length=20, blank=True, editable=False)
    cursor = models.TextField(blank=True, default="", editable=False)
    pages = models.PositiveIntegerField(default=0, editable=False)
    seen = models.PositiveIntegerField(default=0, editable=False, help_text="Things compared.")
    missing = models.PositiveIntegerField(default=0, editable=False, help_text="Were not here at all.")
    older = models.PositiveIntegerField(default=0, editable=False, help_text="A change had not arrived.")
    differing = models.PositiveIntegerField(
        default=0, editable=False, help_text="Of the same time, and yet not the same."
    )
    gone = models.PositiveIntegerField(default=0, editable=False, help_text="Not in the shop any more.")
    unreadable = models.PositiveIntegerField(default=0, editable=False)
    repaired = models.PositiveIntegerField(default=0, editable=False)
    words = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store"], condition=models.Q(state="OPEN"), name="reconcile_open_once"
            )
        ]
        indexes = [
            due_index("reconcile_due"),
            models.Index(fields=["store", "-created_at"], name="reconcile_by_store"),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.created_at:%d %b %Y, %H:%M}"

    @property
    def found(self) -> int:
        """How many things were not as in the shop."""
        return self.missing + self.older + self.differing + self.gone


class ReconcileFinding(models.Model):
    """One thing that was not here as it is in the shop. Names of fields only: no personal data."""

    class Kind(models.TextChoices):
        ORDER = "ORDER", "Order"
        REFUND = "REFUND", "Refund"
        PRODUCT = "PRODUCT", "Product"
        STOCK = "STOCK", "Stock"
        CUSTOMER = "CUSTOMER", "Customer"
        OTHER = "OTHER", "Something else"

    class What(models.TextChoices):
        MISSING = "MISSING", "Not here"
        OLDER = "OLDER", "Older here"
        DIFFERS = "DIFFERS", "Different at the same time"
        GONE = "GONE", "Gone from the shop"
        UNREADABLE = "UNREADABLE", "Could not be read"

    run = models.ForeignKey(ReconcileRun, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    external_id = models.CharField(max_length=130, help_text="The shop's id.")
    what = models.CharField(max_length=10, choices=What.choices)
    differed = models.JSONField(default=list, help_text="Names of what was not the same.")
    repaired = models.BooleanField(default=False)
    words = models.CharField(max_length=500, blank=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "kind", "external_id", "what"], name="reconcile_finding_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.external_id}: {self.get_what_display()}"
