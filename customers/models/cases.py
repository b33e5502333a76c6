"""People talk to people: a case is one conversation."""

import uuid

from django.conf import settings
from django.db import models


class Case(models.Model):
    """One conversation with one person, about one order or none. Open while somebody owes an answer."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Waits for us"
        WAITING = "WAITING", "Waits for them"
        CLOSED = "CLOSED", "Closed"

    class Source(models.TextChoices):
        REPLY = "reply", "Reply to a message"
        SMS = "sms", "SMS"
        SCORE = "score", "Low score"
        PORTAL = "portal", "Our pages"
        JOURNEY = "journey", "Journey"
        STAFF = "staff", "Staff"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="cases")
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.SET_NULL, related_name="cases"
    )
    email = models.EmailField(max_length=254, blank=True, help_text="Who wrote, where no customer is known.")
    phone = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=200)
    about_type = models.CharField(max_length=40, blank=True, help_text="e.g. tracking.order")
    about_id = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    key = models.CharField(
        max_length=200, null=True, blank=True, unique=True, help_text="One case for this fact."
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="cases"
    )
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-updated_at"], name="case_by_state"),
            models.Index(fields=["customer", "state"], name="case_by_customer"),
        ]

    def __str__(self) -> str:
        return self.subject


class CaseMessage(models.Model):
    """One thing said in a case. Append-only."""

    class Direction(models.TextChoices):
        IN = "IN", "From them"
        OUT = "OUT", "From us"
        NOTE = "NOTE", "Note for staff"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="messages")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    direction = models.CharField(max_length=4, choices=Direction.choices)
    author = models.CharField(max_length=254, blank=True)
    body = models.TextField(help_text="Plain text.")
    external_id = models.CharField(
        max_length=254,
        null=True,
        blank=True,
        unique=True,
        help_text="Message-ID, or the provider's id: once.",
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "at"], name="case_message_by_case")]

    def __str__(self) -> str:
        return self.body[:60]
