"""What we say, to whom, and whether it arrived."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models

from customers.models import Work
from customers.models.work import due_index
from engagement import liquid


class Template(models.Model):
    """
    The words of one kind of message in one language: a Liquid subject and a Markdown body with Liquid in it.

    Without a store it is built in (kept in step with engagement/defaults/); a store's own one takes
    precedence.
    """

    store = models.ForeignKey(
        "customers.Store", null=True, blank=True, on_delete=models.CASCADE, related_name="templates"
    )
    kind = models.CharField(max_length=40, help_text="e.g. shipped; see engagement/kinds.py.")
    language = models.CharField(max_length=10, default="en")
    subject = models.CharField(max_length=300)
    body = models.TextField()
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language"],
                condition=models.Q(store__isnull=True),
                name="builtin_template_once",
            ),
            models.UniqueConstraint(
                fields=["store", "kind", "language"],
                condition=models.Q(store__isnull=False),
                name="store_template_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"

    def clean(self) -> None:
        """Refuse words that could not be sent, and say which line is wrong."""
        problems = {}
        for name in ("subject", "body"):
            try:
                liquid.check(getattr(self, name))
            except liquid.TemplateError as exc:
                problems[name] = str(exc)
        if problems:
            raise ValidationError(problems)


class Message(Work):
    """
    One message to one person, once (`dedupe_key`). Its words are rendered when it is sent, from the facts of
    that moment.

    `context` holds ids only; the links it carries are made at sending and stand in no table.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Waiting to be sent"
        SENT = "SENT", "Sent"
        HELD = "HELD", "Held back"
        FAILED = "FAILED", "Could not be sent"

    class Purpose(models.TextChoices):
        TRANSACTIONAL = "transactional", "About an order"
        MARKETING = "marketing", "Marketing"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dedupe_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=20, default="email")
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
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is held or failed, in words.")
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
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            due_index("message_due"),
            models.Index(fields=["customer", "-created_at"], name="message_by_customer"),
            models.Index(fields=["order", "-created_at"], name="message_by_order"),
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

    channel = models.CharField(max_length=20, default="email")
    address = models.CharField(max_length=254, help_text="Lower case.")
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
        if "@" not in key or len(key) > 254:
            return
        _, made = cls.objects.get_or_create(
            channel=channel, address=key, defaults={"reason": reason, "detail": detail}
        )
        if not made and reason == cls.Reason.COMPLAINT:
            cls.objects.filter(channel=channel, address=key, reason=cls.Reason.BOUNCE).update(
                reason=reason, detail=detail
            )
