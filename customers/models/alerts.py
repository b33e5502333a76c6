"""What staff have to look at: alerts with an owner and an end, and the ways they are told."""

import uuid

from django.conf import settings
from django.db import models

from config.lib.secrets import SecretField
from customers.models.work import Work, due_index


class Alert(models.Model):
    """One thing for a person. The same `key` is open at most once; it ends by itself or by a person."""

    class Severity(models.TextChoices):
        INFO = "INFO", "For information"
        WARNING = "WARNING", "Look at it today"
        URGENT = "URGENT", "Look at it now"

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        SNOOZED = "SNOOZED", "Snoozed"
        ENDED = "ENDED", "Ended"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=60, help_text="e.g. tracking.incident")
    key = models.CharField(max_length=160, help_text="What it is about, e.g. incident:7.")
    store = models.ForeignKey(
        "customers.Store", null=True, blank=True, on_delete=models.CASCADE, related_name="alerts"
    )
    subject_type = models.CharField(max_length=40, blank=True, help_text="e.g. tracking.incident")
    subject_id = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.WARNING)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True, help_text="Plain text, no personal data.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts"
    )
    opened_at = models.DateTimeField()
    snoozed_until = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_why = models.CharField(max_length=200, blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=~models.Q(state="ENDED"), name="alert_open_once"
            )
        ]
        indexes = [models.Index(fields=["state", "-opened_at"], name="alert_by_state")]

    def __str__(self) -> str:
        return self.title


class AlertRoute(models.Model):
    """Where alerts are told beside the queue: an e-mail address, or a webhook that Slack understands."""

    class Channel(models.TextChoices):
        EMAIL = "EMAIL", "E-mail"
        WEBHOOK = "WEBHOOK", "Webhook (Slack-compatible)"

    name = models.CharField(max_length=120)
    store = models.ForeignKey(
        "customers.Store",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="alert_routes",
        help_text="Empty: alerts of all stores.",
    )
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = SecretField(help_text="An e-mail address, or the webhook's https address (it is a secret).")
    severity = models.CharField(
        max_length=8,
        choices=Alert.Severity.choices,
        default=Alert.Severity.WARNING,
        help_text="Alerts less urgent than this are not told here.",
    )
    kinds = models.JSONField(default=list, blank=True, help_text="Kinds of alerts; empty: all.")
    enabled = models.BooleanField(default=True)
    last_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.TextField(blank=True, default="", editable=False)

    def __str__(self) -> str:
        return self.name


class AlertNotice(Work):
    """One alert on its way to one route."""

    class State(models.TextChoices):
        WAITING = "WAITING", "To be sent"
        SENT = "SENT", "Sent"
        FAILED = "FAILED", "Could not be sent"
        DROPPED = "DROPPED", "Not sent: the alert had ended"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    route = models.ForeignKey(AlertRoute, on_delete=models.CASCADE, related_name="notices")
    what = models.CharField(max_length=40, help_text="opened, woke:<time>, ended", default="opened")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "route", "what"], name="alert_notice_once")]
        indexes = [due_index("alert_notice_due")]

    def __str__(self) -> str:
        return f"{self.alert_id} → {self.route_id}"
