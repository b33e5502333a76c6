"""The event stream and its outbox. Written only by `customers.outbox`."""

from django.db import models

from customers.models.work import Work, due_index


class Event(models.Model):
    """
    One fact, said once. Append-only: timeline, outbox, trigger, audit.

    `occurred_at` is when it happened, `recorded_at` when we learned of it; they can lie days apart. Whose it
    is has no constraint: it is copied from a row whose own keys are checked (docs/decisions/0011).
    """

    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=200, help_text="Makes the fact unique, e.g. shipment:7:delivered.")
    customer = models.ForeignKey(
        "customers.Customer",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="events",
        db_index=False,  # event_by_customer begins with it
        db_constraint=False,
    )
    store = models.ForeignKey(
        "customers.Store",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="events",
        db_constraint=False,
    )
    subject_type = models.CharField(max_length=40, blank=True, help_text="e.g. tracking.order")
    subject_id = models.CharField(max_length=40, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [
            # One index for what is the same and for how it begins (staff search), not two as `unique=True`.
            models.UniqueConstraint(fields=["key"], opclasses=["varchar_pattern_ops"], name="event_once")
        ]
        indexes = [
            models.Index(fields=["customer", "-occurred_at"], name="event_by_customer"),
            models.Index(fields=["subject_type", "subject_id", "occurred_at"], name="event_by_subject"),
            models.Index(fields=["kind", "occurred_at"], name="event_by_kind"),
        ]

    def __str__(self) -> str:
        return self.key


class Delivery(Work):
    """An event on its way to one handler."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        DONE = "DONE", "Done"
        PARKED = "PARKED", "Parked: a person must look"

    # No constraint: it is written by the transaction that wrote the event (docs/decisions/0011).
    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="deliveries", db_index=False, db_constraint=False
    )
    handler = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="delivery_once_per_handler")]
        indexes = [due_index("delivery_due"), models.Index(fields=["state", "id"], name="delivery_by_state")]

    def __str__(self) -> str:
        return f"{self.handler} ← {self.event_id}"
