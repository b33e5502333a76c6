"""What comes back: the return, its units, its parcels, its pictures."""

import secrets
import uuid

from django.conf import settings
from django.db import models

from customers.models import Work
from customers.models.work import due_index
from returns.vocabulary import Condition, Disposition, Kind, Method, Outcome, Reason, RefundAt, State

# Letters and digits that are not taken for each other, on paper and by telephone (Crockford's base 32).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_number() -> str:
    """Return a return's number as people read it, e.g. R-7K3Q9DM2."""
    return "R-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def new_key() -> str:
    """Return 128 random bits as text."""
    return secrets.token_urlsafe(16)


class Return(Work):
    """
    One return (or claim) of one order. `due_at` is when time itself has something to do with it: an expiry, a
    reminder, a decision that is waited for.

    `version` grows with every change the shopper could see.
    """

    Kind, State, Method = Kind, State, Method

    class Source(models.TextChoices):
        PORTAL = "PORTAL", "The shopper"
        GIFT = "GIFT", "Who was given it"
        STAFF = "STAFF", "Staff"
        API = "API", "A partner"
        WAREHOUSE = "WAREHOUSE", "A parcel that came unasked"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    number = models.CharField(max_length=16, unique=True, default=new_number, editable=False)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.RETURN)
    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="returns")
    order = models.ForeignKey("tracking.Order", on_delete=models.PROTECT, related_name="returns")
    shipment = models.ForeignKey(
        "tracking.Shipment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="claims",
        help_text="The parcel a claim is about.",
    )
    customer = models.ForeignKey(
        "customers.Customer",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="returns",
        help_text="Who returns it: the buyer, or nobody we know for a gift.",
    )
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PORTAL)
    email = models.EmailField(max_length=254, blank=True, help_text="Where news of it goes.")
    language = models.CharField(max_length=10, blank=True)
    words = models.TextField(blank=True, max_length=2000, help_text="The shopper's own words.")
    # A gift's own address for its label; empty: the order's.
    ship_from = models.JSONField(default=dict, blank=True, help_text="As Order.ship_to; empty: the same.")

    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED, editable=False)
    method = models.CharField(max_length=10, choices=Method.choices, default=Method.LABEL)
    destination = models.ForeignKey(
        "tracking.Location",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Where it goes.",
    )
    refund_at = models.CharField(
        max_length=10,
        choices=RefundAt.choices,
        default=RefundAt.INSPECTION,
        help_text="From when money goes back: as it was promised.",
    )
    # How it was decided: the version of the policy, its rules, the facts. Shown to staff, and in plain words.
    policy_version = models.ForeignKey(
        "returns.PolicyVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    why = models.JSONField(default=dict, blank=True, help_text="The decision: rules, facts, words.")
    quote = models.JSONField(default=dict, blank=True, help_text="The sums as the shopper confirmed them.")
    review_why = models.CharField(max_length=300, blank=True, help_text="Why a person has to decide.")
    risk = models.JSONField(default=list, blank=True, help_text="[[signal, words]] that slow the refund.")
    refund_held = models.BooleanField(
        default=False, help_text="No money goes back until a person has said so."
    )
    rejected_words = models.CharField(max_length=500, blank=True, help_text="As told to the shopper.")

    currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField(default=0, help_text="Taken off what goes back.")
    shipping_minor = models.BigIntegerField(default=0, help_text="Of the order's shipping, given back.")
    overpaid_minor = models.BigIntegerField(
        default=0, help_text="Went back before the inspection found less. Nobody takes it back by machine."
    )

    requested_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=160, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Hand it over by then (28 days: product.md)."
    )
    expiry_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    inspected_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Refused, cancelled or never sent.")
    visits = models.JSONField(default=dict, editable=False, help_text="{state: how often it was there}")
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [
            ("use_warehouse", "Can use the warehouse station"),
            ("lead_warehouse", "Can take over parcels and correct what was inspected"),
        ]
        indexes = [
            due_index("return_due"),
            models.Index(fields=["state", "requested_at"], name="return_by_state"),
            models.Index(fields=["order", "-requested_at"], name="return_by_order"),
            models.Index(fields=["customer", "-requested_at"], name="return_by_customer"),
            models.Index(fields=["updated_at", "id"], name="return_by_update"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_gift(self) -> bool:
        """Whether who was given it returns it: the buyer hears nothing."""
        return self.source == self.Source.GIFT


class ReturnUnit(models.Model):
    """
    One piece that goes back (or is claimed): the `index`-th of its order line, or one part of a bundle in it.

    A piece can be in one living return at a time, which the database holds: nobody returns three of two. Its
    worth is a function of line and index alone, so that the worths of all pieces of a line add up to what was
    paid for it, in whatever order they come back.
    """

    class Stage(models.TextChoices):
        EXPECTED = "EXPECTED", "Expected"
        ARRIVED = "ARRIVED", "Arrived"
        INSPECTED = "INSPECTED", "Inspected"
        MISSING = "MISSING", "Was not in the parcel"
        KEPT = "KEPT", "Stays with the shopper"
        DROPPED = "DROPPED", "Not returned after all"

    ret = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="units")
    line = models.ForeignKey("tracking.OrderLine", on_delete=models.PROTECT, related_name="returned")
    index = models.PositiveIntegerField(help_text="Which of the line's units, from 0.")
    part = models.ForeignKey(
        "tracking.BundlePart", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    part_key = models.BigIntegerField(default=0, editable=False, help_text="`part`, 0 for none.")
    part_index = models.PositiveIntegerField(default=0, help_text="Which of several equal parts, from 0.")
    variant = models.ForeignKey(
        "tracking.Variant", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    active = models.BooleanField(default=True, editable=False)

    reason = models.CharField(max_length=20, choices=Reason.choices)
    words = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    keep = models.BooleanField(default=False, help_text="Nothing has to be sent.")
    exchange = models.ForeignKey(
        "returns.Exchange", null=True, blank=True, on_delete=models.SET_NULL, related_name="units"
    )
    value_minor = models.BigIntegerField(help_text="Paid for it: discounts off, tax in.")
    tax_minor = models.BigIntegerField(default=0, help_text="Of `value_minor`.")
    bonus_minor = models.BigIntegerField(default=0, help_text="On top, for store credit or an exchange.")

    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.EXPECTED, editable=False)
    parcel = models.ForeignKey(
        "returns.ReturnParcel", null=True, blank=True, on_delete=models.SET_NULL, related_name="units"
    )
    arrived_at = models.DateTimeField(null=True, blank=True)
    inspected_at = models.DateTimeField(null=True, blank=True)
    inspected_by = models.CharField(max_length=160, blank=True)
    condition = models.CharField(max_length=10, choices=Condition.choices, blank=True)
    disposition = models.CharField(max_length=10, choices=Disposition.choices, blank=True)
    location = models.ForeignKey(
        "tracking.Location", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    inspection_note = models.CharField(max_length=500, blank=True)
    deduction_minor = models.BigIntegerField(default=0, help_text="Less than its worth, for its condition.")
    stock_action = models.ForeignKey(
        "tracking.ShopAction", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "index", "part_key", "part_index"],
                condition=models.Q(active=True),
                name="return_unit_once",
            )
        ]
        indexes = [models.Index(fields=["ret", "stage"], name="return_unit_by_stage")]

    def __str__(self) -> str:
        return f"{self.line_id}/{self.index}"


class ReturnParcel(models.Model):
    """
    One parcel that comes back: its label, its way (tracked like any other), who has it open in the warehouse.
    """

    ret = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="parcels")
    position = models.PositiveIntegerField(default=1)
    label = models.OneToOneField(
        "tracking.Label", null=True, blank=True, on_delete=models.SET_NULL, related_name="return_parcel"
    )
    shipment = models.OneToOneField(
        "tracking.Shipment", null=True, blank=True, on_delete=models.SET_NULL, related_name="return_parcel"
    )
    tracking_number = models.CharField(max_length=80, blank=True)
    tracking_key = models.CharField(max_length=80, blank=True, db_index=True, editable=False)
    problem = models.CharField(max_length=300, blank=True, help_text="Why there is no label, for staff.")
    first_scan_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True, help_text="Taken in by the warehouse.")
    inspected_at = models.DateTimeField(null=True, blank=True)
    inspections = models.PositiveIntegerField(default=0, editable=False)
    # Two people may not inspect one parcel at once: who has it, until when (database clock).
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ret", "position"], name="return_parcel_once")]
        indexes = [
            models.Index(
                fields=["arrived_at"],
                condition=models.Q(arrived_at__isnull=False, inspected_at__isnull=True),
                name="return_parcel_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.tracking_number or f"Parcel {self.position} of {self.ret_id}"


class UnexpectedItem(models.Model):
    """Something in a parcel that nobody announced."""

    parcel = models.ForeignKey(ReturnParcel, on_delete=models.CASCADE, related_name="unexpected")
    token = models.UUIDField(unique=True, help_text="Of the form it came with: sent twice it is one.")
    variant = models.ForeignKey(
        "tracking.Variant", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    code = models.CharField(max_length=120, blank=True, help_text="What was scanned or typed.")
    condition = models.CharField(max_length=10, choices=Condition.choices)
    disposition = models.CharField(max_length=10, choices=Disposition.choices)
    note = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code or f"Unexpected {self.pk}"


class ReturnPhoto(models.Model):
    """A picture by the shopper or the warehouse, re-encoded by us: no metadata, bounded in size."""

    class By(models.TextChoices):
        SHOPPER = "SHOPPER", "The shopper"
        WAREHOUSE = "WAREHOUSE", "The warehouse"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ret = models.ForeignKey(Return, null=True, blank=True, on_delete=models.CASCADE, related_name="photos")
    unit = models.ForeignKey(
        ReturnUnit, null=True, blank=True, on_delete=models.SET_NULL, related_name="photos"
    )
    order = models.ForeignKey("tracking.Order", on_delete=models.CASCADE, related_name="+")
    line = models.ForeignKey(
        "tracking.OrderLine", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    unexpected = models.ForeignKey(
        UnexpectedItem, null=True, blank=True, on_delete=models.CASCADE, related_name="photos"
    )
    by = models.CharField(max_length=10, choices=By.choices)
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was sent: sent twice it is one.")
    body = models.BinaryField()
    thumbnail = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["order", "digest"], name="return_photo_by_digest")]

    def __str__(self) -> str:
        return f"Photo {self.public_id}"
