"""Labels we buy: a ledger of purchases, each made at most once, and the documents they come as."""

import uuid
from datetime import datetime

from django.db import models

from customers.models import Work
from customers.models.work import due_index


class Label(Work):
    """
    One label, from the wish to the parcel. Written in the transaction that asks for it, bought by a worker.

    `key` goes to the seller, the same over all tries. A purchase that may have happened (UNKNOWN, or BUYING
    with `started_at`) is looked up before any other try; what cannot be settled by machine has no `due_at`
    and an alert: it waits for a person.
    """

    class Direction(models.TextChoices):
        OUTBOUND = "OUTBOUND", "To the shopper"
        RETURN = "RETURN", "Back to the store"

    class State(models.TextChoices):
        REQUESTED = "REQUESTED", "Asked for"
        BUYING = "BUYING", "Being bought"
        BOUGHT = "BOUGHT", "Bought"
        FAILED = "FAILED", "Not bought"
        UNKNOWN = "UNKNOWN", "May have been bought: being looked up"
        CANCELLING = "CANCELLING", "Being cancelled"
        CANCELLED = "CANCELLED", "Cancelled"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(
        max_length=120, help_text="What it is for, e.g. return:7:label. Told twice it is one label."
    )
    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="labels")
    order = models.ForeignKey(
        "tracking.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="labels"
    )
    shipment = models.ForeignKey(
        "tracking.Shipment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="labels",
        help_text="The parcel it is on (outbound).",
    )
    account = models.ForeignKey(
        "tracking.CarrierAccount", on_delete=models.PROTECT, related_name="labels", help_text="Who sells it."
    )
    direction = models.CharField(max_length=8, choices=Direction.choices)
    reference = models.CharField(max_length=80, blank=True, help_text="Printed on it: an order or return.")
    wanted = models.JSONField(help_text="The request (tracking/labels/base.py), with both addresses.")
    packing = models.JSONField(default=list, help_text="[[the shop's id of a line, how many]] in the parcel.")
    language = models.CharField(max_length=10, blank=True, help_text="Of what we print around it.")
    requested_by = models.CharField(max_length=160, blank=True)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.REQUESTED, db_index=True, editable=False
    )
    reason = models.CharField(
        max_length=500, blank=True, editable=False, help_text="Why it was not bought or not cancelled."
    )
    tries = models.PositiveIntegerField(default=0, editable=False)
    prepared = models.JSONField(
        default=dict, blank=True, editable=False, help_text="The purchase as it was made ready."
    )

    external_id = models.CharField(max_length=120, blank=True, help_text="The seller's id of it.")
    tracking_number = models.CharField(max_length=80, blank=True, db_index=True)
    tracking_url = models.CharField(max_length=500, blank=True)
    carrier = models.CharField(max_length=40, blank=True, help_text="Code of who moves the parcel.")
    carrier_name = models.CharField(max_length=120, blank=True)
    service = models.CharField(max_length=120, blank=True)
    cost_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    kinds = models.JSONField(default=list, help_text="The documents there are, or are to be fetched.")
    links = models.JSONField(default=dict, help_text="Where the seller keeps them, for a while.")
    qr_payload = models.CharField(max_length=500, blank=True)

    created_at = models.DateTimeField()
    started_at = models.DateTimeField(
        null=True, blank=True, help_text="When the seller was last told to sell; empty: certainly not."
    )
    unknown_since = models.DateTimeField(null=True, blank=True)
    bought_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True, help_text="When its documents were here.")
    used_at = models.DateTimeField(null=True, blank=True, help_text="When the parcel was handed in.")
    expires_at = models.DateTimeField(null=True, blank=True)
    expiry_told_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_sent_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose"],
                condition=~models.Q(state__in=["FAILED", "CANCELLED"]),
                name="label_once_per_purpose",
            )
        ]
        indexes = [
            due_index("label_due"),
            models.Index(fields=["account", "store", "-created_at"], name="label_by_account"),
            models.Index(fields=["-created_at"], name="label_by_age"),
        ]

    def __str__(self) -> str:
        return self.tracking_number or f"Label {self.pk}"

    @property
    def is_ready(self) -> bool:
        """Whether it is bought and can be printed."""
        return self.state in (self.State.BOUGHT, self.State.CANCELLING) and self.ready_at is not None

    @property
    def waits_for_a_person(self) -> bool:
        """Whether the machine has given up on finding out what became of it."""
        return self.state in (self.State.UNKNOWN, self.State.CANCELLING) and self.due_at is None

    def has_expired(self, at: datetime) -> bool:
        """Say whether it is too late to use it."""
        return self.expires_at is not None and self.used_at is None and self.expires_at <= at


class LabelDocument(models.Model):
    """One document of a label, kept here so that every machine can serve it."""

    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=12, help_text="4x6, a4, qr-png, qr-svg, qr-page, invoice")
    media_type = models.CharField(max_length=40)
    body = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["label", "kind"], name="label_document_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.label_id}"
