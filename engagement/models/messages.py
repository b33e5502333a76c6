"""What we say, to whom, and whether it arrived."""

import uuid

from django.db import models

from customers.models import Work
from customers.models.work import due_index
from engagement.models.templates import Template
from engagement.vocabulary import Channel, Hold, Purpose, Topic


class Message(Work):
    """
    One message to one person, once (`dedupe_key`). Its words are rendered when it is sent, from the facts of
    that moment.

    `context` holds ids only; the links it carries are made at sending and stand in no table. What may not be
    said twice (marketing, SMS) is SENDING before it is handed over, and UNKNOWN when nobody can say whether
    it was. A held message with `due_at` is looked at again then (`Hold`, engagement/vocabulary.py).
    """

    Purpose = Purpose

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Waiting to be sent"
        SENDING = "SENDING", "Being handed over"
        SENT = "SENT", "Sent"
        UNKNOWN = "UNKNOWN", "Perhaps sent"
        HELD = "HELD", "Held back"
        FAILED = "FAILED", "Could not be sent"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dedupe_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.EMAIL)
    topic = models.CharField(max_length=12, choices=Topic.choices, blank=True, help_text="Of marketing.")
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.TRANSACTIONAL)
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.SET_NULL, related_name="messages"
    )
    order = models.ForeignKey(
        "tracking.Order", null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    event = models.ForeignKey(
        "customers.Event", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    enrolment = models.ForeignKey(
        "engagement.Enrolment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="messages",
        db_index=False,  # message_by_enrolment
    )
    step = models.CharField(max_length=40, blank=True, help_text="Of the journey, where one made it.")
    campaign = models.ForeignKey(
        "engagement.Campaign",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="messages",
        db_index=False,  # message_by_campaign
    )
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is held or failed, in words.")
    hold = models.CharField(max_length=12, choices=Hold.choices, blank=True)
    failures = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Attempts that ended; the others took their worker along."
    )
    expires_at = models.DateTimeField(help_text="Said later than this it would only confuse.")
    template = models.ForeignKey(Template, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    template_version = models.PositiveIntegerField(default=0)
    subject = models.CharField(max_length=300, blank=True, help_text="As it was sent.")
    language = models.CharField(max_length=10, blank=True)
    provider_id = models.CharField(
        max_length=200, blank=True, help_text="The provider's id of what we handed over."
    )
    segments = models.PositiveSmallIntegerField(default=0, help_text="Parts an SMS was counted as.")
    created_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(
        null=True, blank=True, help_text="When permission was asked for the last time before it went."
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True, help_text="First, by a person.")

    class Meta:
        indexes = [
            due_index("message_due"),
            models.Index(fields=["customer", "-created_at"], name="message_by_customer"),
            models.Index(fields=["order", "-created_at"], name="message_by_order"),
            # Caps: what marketing a person had lately.
            models.Index(
                fields=["customer", "sent_at"],
                condition=models.Q(purpose="marketing", sent_at__isnull=False),
                name="message_marketing_sent",
            ),
            models.Index(
                fields=["campaign", "state"],
                condition=models.Q(campaign__isnull=False),
                name="message_by_campaign",
            ),
            models.Index(
                fields=["enrolment"], condition=models.Q(enrolment__isnull=False), name="message_by_enrolment"
            ),
            models.Index(
                fields=["provider_id"], condition=~models.Q(provider_id=""), name="message_by_provider_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.dedupe_key}"


class Suppression(models.Model):
    """An address we must not write to, and why."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", "Mail to it bounces"
        COMPLAINT = "complaint", "Reported as spam"
        MANUAL = "manual", "Blocked by staff"
        STOP = "stop", "Answered STOP"

    channel = models.CharField(max_length=20, default="email")
    address = models.CharField(max_length=254, help_text="Lower case; a phone number as E.164.")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    detail = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "address"], name="suppression_once")]

    def __str__(self) -> str:
        return self.address

    @classmethod
    def add(cls, address: str, reason: str, *, detail: str = "", channel: str = "email") -> None:
        """
        Block `address`, once. A complaint weighs more than a bounce; what staff decided stays. What is no
        address is passed over.
        """
        key = address.strip().lower()
        if not ("@" in key or key.startswith("+")) or len(key) > 254:
            return
        _, made = cls.objects.get_or_create(
            channel=channel, address=key, defaults={"reason": reason, "detail": detail}
        )
        if not made and reason == cls.Reason.COMPLAINT:
            cls.objects.filter(channel=channel, address=key, reason=cls.Reason.BOUNCE).update(
                reason=reason, detail=detail
            )
