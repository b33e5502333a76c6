"""What did not happen: flags on orders and parcels, and incidents that gather many of them."""

import uuid

from django.conf import settings
from django.db import models

from customers.models import Work
from tracking.vocabulary import Reason
from tracking.watch.kinds import FlagKind


class WatchRules(models.Model):
    """When a store starts to worry. Days are working days at the place meant; see docs/watch.md."""

    store = models.OneToOneField("customers.Store", on_delete=models.CASCADE, related_name="watch_rules")
    enabled = models.BooleanField(default=True)
    handover_days = models.PositiveSmallIntegerField(
        default=4, help_text="Working days after the label without the carrier having it. 0: never."
    )
    silent_days_domestic = models.PositiveSmallIntegerField(default=3)
    silent_days_international = models.PositiveSmallIntegerField(default=5)
    attempts = models.PositiveSmallIntegerField(default=2, help_text="Failed attempts before we worry.")
    pickup_days = models.PositiveSmallIntegerField(default=5, help_text="Days at a pickup point.")
    unfulfilled_hours = models.PositiveSmallIntegerField(default=96)
    lost_days = models.PositiveSmallIntegerField(default=10, help_text="Silent working days: lost.")
    incident_parcels = models.PositiveSmallIntegerField(
        default=10, help_text="Flagged parcels of one carrier and place or reason …"
    )
    incident_hours = models.PositiveSmallIntegerField(default=24, help_text="… within this time.")
    # Make-good
    offer_make_good = models.BooleanField(default=True, help_text="Offer the choice before they ask.")
    severe_days = models.PositiveSmallIntegerField(
        default=3, help_text="Working days past the promise that make a delay severe."
    )
    make_good_budget_minor = models.BigIntegerField(
        default=50_000,
        help_text="Carried out without a person per calendar month, in cents of the store's currency.",
    )
    make_good_limit_minor = models.BigIntegerField(
        default=15_000, help_text="One order dearer than this (in cents) goes to a person."
    )

    class Meta:
        verbose_name_plural = "watch rules"

    def __str__(self) -> str:
        return f"Watch rules of {self.store}"


class Incident(models.Model):
    """One trouble behind many flags: a customs hold, a strike, a closed hub."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Going on"
        CLOSED = "CLOSED", "Over"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="incidents")
    carrier = models.CharField(max_length=40)
    place = models.CharField(max_length=200, blank=True, help_text="Where it is stuck, '' for a reason.")
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN, editable=False)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    # The one prepared message. Words per language, in the language of templates (docs/messages.md); where an
    # offer goes with it, {{ offer.code }} is its code and {{ offer.words }} what it is worth.
    subject = models.JSONField(default=dict, blank=True, help_text="{language: subject}")
    words = models.JSONField(default=dict, blank=True, help_text="{language: Markdown}")
    offer_code = models.CharField(max_length=60, blank=True, help_text="What shoppers type in the shop.")
    offer_percent = models.PositiveSmallIntegerField(
        default=0, help_text="Per cent off the next order; 0: an amount, or no offer."
    )
    offer_minor = models.BigIntegerField(default=0, help_text="What one offer may cost us at most.")
    offer_by_hand = models.BooleanField(
        default=False, help_text="Somebody made the code in the shop by hand; it can be used."
    )
    budget_minor = models.BigIntegerField(default=0, help_text="All offers together, store currency.")
    spent_minor = models.BigIntegerField(default=0, editable=False)
    told = models.PositiveIntegerField(default=0, editable=False, help_text="Orders that got the apology.")
    apologised_at = models.DateTimeField(null=True, blank=True, editable=False)
    apologised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "carrier", "place", "reason"],
                condition=models.Q(state="OPEN"),
                name="incident_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.place or self.get_reason_display()}"


class Flag(models.Model):
    """Something that should have happened to an order or parcel and did not. Opens and clears by itself."""

    Kind = FlagKind

    kind = models.CharField(max_length=20, choices=Kind.choices)
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey("tracking.Order", on_delete=models.CASCADE, related_name="flags")
    shipment = models.ForeignKey(
        "tracking.Shipment", null=True, blank=True, on_delete=models.CASCADE, related_name="flags"
    )
    incident = models.ForeignKey(
        Incident, null=True, blank=True, on_delete=models.SET_NULL, related_name="flags"
    )
    # As they stood when the flag opened: what parcels of one incident have in common.
    carrier = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=24, blank=True)
    facts = models.JSONField(default=dict, help_text="The rule and what it saw, to explain the decision.")
    since = models.DateTimeField(help_text="When the trouble began.")
    opened_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_why = models.CharField(max_length=160, blank=True)
    seen = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="`updated_at` of what it is about when last judged."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "kind"],
                condition=models.Q(cleared_at__isnull=True),
                name="flag_open_once_per_parcel",
            ),
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=models.Q(cleared_at__isnull=True, shipment__isnull=True),
                name="flag_open_once_per_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "opened_at"], condition=models.Q(cleared_at__isnull=True), name="flag_open"
            ),
            models.Index(fields=["order", "-opened_at"], name="flag_by_order"),
            models.Index(
                fields=["incident"], condition=models.Q(incident__isnull=False), name="flag_by_incident"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.order_id}"


class WatchRound(Work):
    """
    One kind of looking round, when it is due, and how far it has got: `cursor` is the last parcel or order
    looked at, 0 at the beginning.
    """

    name = models.CharField(max_length=20, primary_key=True)
    cursor = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
