"""The choice a shopper gets when a parcel is very late or lost: replacement, refund, or waiting."""

import uuid

from django.db import models


class MakeGood(models.Model):
    """One offer about one parcel, and what came of it. The choice is theirs; carrying it out is ours."""

    class Why(models.TextChoices):
        LATE = "LATE", "Much later than promised"
        LOST = "LOST", "Probably lost"
        DAMAGED = "DAMAGED", "Reported damaged"

    class Choice(models.TextChoices):
        REPLACEMENT = "REPLACEMENT", "Send it again"
        REFUND = "REFUND", "Money back"
        WAIT = "WAIT", "Wait a little longer"

    class State(models.TextChoices):
        OFFERED = "OFFERED", "The shopper has the choice"
        CHOSEN = "CHOSEN", "Chosen: being carried out"
        STAFF = "STAFF", "Chosen: waits for a person"
        DONE = "DONE", "Done"
        WITHDRAWN = "WITHDRAWN", "Not needed any more"

    class Ended(models.TextChoices):
        CAME = "CAME", "It came"
        COMING = "COMING", "It is on its way to the door"
        RETRACTED = "RETRACTED", "Taken back by staff"
        CANCELLED = "CANCELLED", "The order was cancelled"
        NOTHING = "NOTHING", "There was nothing left to make good"
        EXPIRED = "EXPIRED", "Nobody chose in time"

    OPEN = (State.OFFERED, State.CHOSEN, State.STAFF)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shipment = models.ForeignKey("tracking.Shipment", on_delete=models.CASCADE, related_name="make_goods")
    order = models.ForeignKey("tracking.Order", on_delete=models.CASCADE, related_name="make_goods")
    why = models.CharField(max_length=10, choices=Why.choices)
    choices = models.JSONField(default=list, help_text="What was offered, of Choice.")
    facts = models.JSONField(default=dict, help_text="Rule, promise and sums the offer was made on.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OFFERED, editable=False)
    offered_at = models.DateTimeField()
    choice = models.CharField(max_length=12, choices=Choice.choices, blank=True)
    chosen_at = models.DateTimeField(null=True, blank=True)
    amount_minor = models.BigIntegerField(
        default=0, help_text="What was paid for what is in the parcel and can still go back."
    )
    cost_minor = models.BigIntegerField(
        default=0, editable=False, help_text="What the chosen way costs us: counts against the budget."
    )
    currency = models.CharField(max_length=3)
    action = models.OneToOneField(
        "tracking.ShopAction", null=True, blank=True, on_delete=models.SET_NULL, related_name="make_good"
    )
    staff_why = models.CharField(max_length=200, blank=True, help_text="Why a person has to do it.")
    by_machine = models.BooleanField(
        "carried out without a person", default=False, help_text="Counts against the month's budget."
    )
    settled_by = models.CharField(max_length=160, blank=True, help_text="The person who settled it.")
    answer_by = models.DateField(null=True, blank=True, help_text="By when we told the shopper it is done.")
    again_on = models.DateField(null=True, blank=True, help_text="Waiting: offered anew from this day.")
    done_at = models.DateTimeField(null=True, blank=True, help_text="When it was done or ended.")
    ended_why = models.CharField(max_length=12, choices=Ended.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment"],
                condition=models.Q(state__in=("OFFERED", "CHOSEN", "STAFF")),
                name="make_good_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["state", "-offered_at"], name="make_good_by_state"),
            models.Index(fields=["order", "-offered_at"], name="make_good_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_why_display()} · {self.order_id}"
