"""Parcels and everything carriers said about them."""

import uuid

from django.db import models

from customers.models import Work
from customers.models.work import due_index
from tracking.querysets import ShipmentQuerySet
from tracking.vocabulary import Reason, Status


class Shipment(Work):
    """
    One parcel. Its state is a fold over its scans (`tracking.fold`); `due_at` is when to ask the carrier
    next.

    A parcel that carries lines of two orders is two shipments with the same tracking number: scans reach
    both.
    """

    Status = Status
    Reason = Reason

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Foreign keys without an index of their own have one below: each is written again with every scan.
    order = models.ForeignKey(
        "tracking.Order", on_delete=models.CASCADE, related_name="shipments", db_index=False
    )
    is_return = models.BooleanField(
        default=False, editable=False, help_text="On its way back to the store: not a parcel of the order."
    )
    fulfillment_external_id = models.CharField(
        max_length=64, blank=True, help_text="The shop's id of the hand-over."
    )
    position = models.PositiveIntegerField(default=0, help_text="Which of several parcels of one hand-over.")
    source_version = models.CharField(max_length=120, blank=True, default="", editable=False)
    packing = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="{the shop's id of a line: how many are in it}, as told.",
    )

    carrier = models.CharField(max_length=40, blank=True, help_text="Code of the carrier, e.g. ups.")
    carrier_name = models.CharField(max_length=120, blank=True, help_text="The carrier as the shop names it.")
    service = models.CharField(max_length=120, blank=True)
    account = models.ForeignKey(
        "tracking.CarrierAccount",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="shipments",
        db_index=False,
    )
    tracking_number = models.CharField(max_length=80, blank=True)
    tracking_key = models.CharField(
        max_length=80, blank=True, editable=False, help_text="Letters and digits only, upper case."
    )
    tracking_url = models.CharField(max_length=500, blank=True)

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING, editable=False)
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True, editable=False)
    action_required = models.BooleanField(default=False, editable=False)
    status_at = models.DateTimeField(null=True, blank=True, editable=False)
    shipped_at = models.DateTimeField(null=True, blank=True, editable=False)
    out_for_delivery_at = models.DateTimeField(null=True, blank=True, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_scan_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_place = models.CharField(max_length=200, blank=True, editable=False)
    signed_by = models.CharField(max_length=120, blank=True)

    # Days at the destination; the hours only where the carrier gave them.
    eta_from_date = models.DateField(null=True, blank=True, editable=False)
    eta_to_date = models.DateField(null=True, blank=True, editable=False)
    eta_from_at = models.DateTimeField(null=True, blank=True, editable=False)
    eta_to_at = models.DateTimeField(null=True, blank=True, editable=False)
    eta_version = models.CharField(max_length=120, blank=True, default="", editable=False)
    eta_source = models.CharField(
        max_length=40,
        blank=True,
        default="",
        editable=False,
        help_text="Whose window it is: ours, or a carrier's.",
    )
    eta_model = models.ForeignKey(
        "tracking.TransitModel",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        db_index=False,
    )
    eta_due_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When to look at its windows and promises again."
    )
    # The newest window a carrier told, as it was told.
    told_from_date = models.DateField(null=True, blank=True, editable=False)
    told_to_date = models.DateField(null=True, blank=True, editable=False)
    told_from_at = models.DateTimeField(null=True, blank=True, editable=False)
    told_to_at = models.DateTimeField(null=True, blank=True, editable=False)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    told_source = models.CharField(max_length=40, blank=True, default="", editable=False)
    arrived_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="First brought: delivered, tried in vain, or ready to be collected.",
    )

    origin = models.JSONField(default=dict, blank=True, help_text="city, region, country, postcode")
    destination = models.JSONField(default=dict, blank=True, help_text="city, region, country, postcode")
    handed_over_at = models.DateTimeField(
        null=True, blank=True, help_text="When the shop said it had shipped."
    )
    checked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a carrier last answered."
    )
    heard_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When we last learned something new about it."
    )
    replaced_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The shop took this number back."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "fulfillment_external_id", "tracking_key"], name="shipment_once_per_number"
            )
        ]
        indexes = [
            due_index("shipment_due"),
            models.Index(fields=["tracking_key"], name="shipment_by_number"),
            models.Index(fields=["status", "last_scan_at"], name="shipment_by_status"),
            models.Index(fields=["updated_at", "id"], name="shipment_by_update"),
            models.Index(
                fields=["eta_due_at", "id"],
                condition=models.Q(eta_due_at__isnull=False),
                name="shipment_eta_due",
            ),
            models.Index(
                fields=["shipped_at"],
                condition=models.Q(shipped_at__isnull=False),
                name="shipment_by_hand_over",
            ),
            models.Index(
                fields=["account"], condition=models.Q(account__isnull=False), name="shipment_by_account"
            ),
            models.Index(
                fields=["eta_model"],
                condition=models.Q(eta_model__isnull=False),
                name="shipment_by_eta_model",
            ),
        ]

    def __str__(self) -> str:
        return self.tracking_number or f"Parcel {self.pk}"


class ShipmentLine(models.Model):
    """How many of an order line travel in a shipment."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey("tracking.OrderLine", on_delete=models.CASCADE, related_name="shipment_lines")
    quantity = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "line"], name="shipment_line_once")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"


class Scan(models.Model):
    """
    One thing a carrier said about a parcel, kept raw and mapped.

    `at` is known only when the carrier gave an offset. Without one, `local` keeps the wall-clock time as it
    was told and `order_at` is our best guess, used for sorting and never shown as a time.
    """

    # No constraint: whoever adds a scan holds its parcel's lock (docs/decisions/0011). No index of its own,
    # none by time: a parcel has some twenty scans, and scan_once finds them.
    shipment = models.ForeignKey(
        Shipment, on_delete=models.CASCADE, related_name="scans", db_index=False, db_constraint=False
    )
    fingerprint = models.CharField(max_length=40, editable=False)
    at = models.DateTimeField(null=True, blank=True)
    local = models.CharField(max_length=32, blank=True, help_text="ISO time as told, without an offset.")
    order_at = models.DateTimeField(editable=False)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.UNKNOWN)
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    action_required = models.BooleanField(default=False)
    city = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=60, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=80, blank=True, help_text="The carrier's own code.")
    message = models.CharField(max_length=500, blank=True, help_text="The carrier's own words.")
    source = models.CharField(max_length=40, help_text="Who told us: a carrier's code, shopify, api.")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "fingerprint"], name="scan_once")]
        indexes = [
            # For the watch: which parcels somebody came with in vain.
            models.Index(
                fields=["shipment"], condition=models.Q(status=Status.ATTEMPTED), name="scan_of_attempt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.message}"

    @property
    def place(self) -> str:
        """Where, in words: 'Denver, CO, US'."""
        return ", ".join(part for part in (self.city, self.region, self.country) if part)


class Promise(models.Model):
    """Every delivery window we ever showed for a parcel, so that kept and broken ones can be counted."""

    class Outcome(models.TextChoices):
        OPEN = "OPEN", "Not known yet"
        KEPT = "KEPT", "Kept"
        EARLY = "EARLY", "Came before the window"
        MISSED = "MISSED", "Broken: came later, or has not come"
        VOID = "VOID", "Does not count: refused, cancelled, replaced by the shop"

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="promises", db_index=False)
    from_date = models.DateField()
    to_date = models.DateField()
    from_at = models.DateTimeField(null=True, blank=True)
    to_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=40, help_text="Whose word it was: a carrier's code, or ours.")
    made_at = models.DateTimeField()
    shown = models.BooleanField(default=True, help_text="The shopper saw it (else: kept to learn from).")
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)
    why = models.JSONField(
        default=dict,
        blank=True,
        help_text="What a learned or corrected window was made of; {} for a carrier's.",
    )
    model = models.ForeignKey(
        "tracking.TransitModel",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )

    class Meta:
        indexes = [
            models.Index(fields=["shipment", "made_at"], name="promise_by_shipment"),
            models.Index(
                fields=["to_date"], condition=models.Q(outcome="OPEN", shown=True), name="promise_open"
            ),
            models.Index(fields=["model"], condition=models.Q(model__isnull=False), name="promise_by_model"),
        ]

    def __str__(self) -> str:
        return f"{self.from_date} – {self.to_date}"
