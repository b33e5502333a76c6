"""What others send us, kept raw; and the accounts it comes through."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.module_loading import import_string

from config.lib.secrets import SecretField
from customers.models import Work
from customers.models.work import due_index

# Settings of an account's `config`, whatever its carrier: how often it may be asked.
BUDGETS = ("calls_per_minute", "calls_per_day")


class CarrierAccount(models.Model):
    """An account with a carrier or aggregator: credentials, and how it is doing."""

    slug = models.SlugField(unique=True, help_text="In addresses: /webhooks/carriers/<slug>/.")
    carrier = models.CharField(max_length=40, help_text="Code from config/wiring.py, e.g. easypost.")
    name = models.CharField(max_length=120, blank=True)
    secret = SecretField(blank=True, default="", help_text="Signs the webhooks we receive.")
    api_key = SecretField(blank=True, default="")
    config = models.JSONField(default=dict, blank=True, help_text="Anything else this carrier needs.")
    enabled = models.BooleanField(default=True)
    last_webhook_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_rejected_at = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    resume_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="No calls before this: the carrier asked us to wait, or is down.",
    )
    failures = models.PositiveIntegerField(default=0, editable=False)
    # What of its budget is used, see tracking.services.budget.
    minute_began_at = models.DateTimeField(null=True, blank=True, editable=False)
    minute_calls = models.PositiveIntegerField(default=0, editable=False)
    day_began_at = models.DateTimeField(null=True, blank=True, editable=False)
    day_calls = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.TextField(blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name or self.slug

    def clean(self) -> None:
        """Refuse a `config` its carrier cannot work with. Raises: ValidationError."""
        wrong = []
        for table in (settings.CARRIERS, settings.LABELS):
            path = table.get(self.carrier)
            if path and isinstance(self.config, dict):
                wrong += import_string(path).check_config(self.config)
        for name in BUDGETS if isinstance(self.config, dict) else ():
            most = self.config.get(name)
            if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
                wrong.append(f"“{name}” has to be a whole number, 1 or more.")
        if wrong:
            raise ValidationError({"config": wrong})


class Inbound(Work):
    """
    One delivery from a shop or carrier, stored before it is understood.

    The same delivery (by the sender's id) or the same content (by hash) is stored once.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting to be read"
        DONE = "DONE", "Read"
        KEPT = "KEPT", "Kept: nothing to do with it"
        BLOCKED = "BLOCKED", "Waits for something that has not arrived"
        FAILED = "FAILED", "Could not be read"

    store = models.ForeignKey(
        "customers.Store",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="inbound",
        db_index=False,
    )
    account = models.ForeignKey(
        CarrierAccount,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="inbound",
        db_index=False,
    )
    source = models.CharField(max_length=40, help_text="Code of the shop platform or carrier.")
    topic = models.CharField(max_length=120, blank=True)
    delivery_key = models.CharField(max_length=200, help_text="The sender's id of this delivery.")
    content_key = models.CharField(max_length=64, help_text="Digest of sender, topic, time and body.")
    triggered_at = models.DateTimeField(
        null=True, blank=True, help_text="When it happened, as the sender says."
    )
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was kept, or what it waits for.")
    waits_for = models.CharField(
        max_length=160, blank=True, help_text="e.g. order:harbour-pine:820982911946154500"
    )
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "inbound delivery"
        verbose_name_plural = "inbound deliveries"
        # Not `unique=True`: PostgreSQL would keep a second index of each for LIKE, while the sender waits.
        constraints = [
            models.UniqueConstraint(fields=["delivery_key"], name="inbound_once"),
            models.UniqueConstraint(fields=["content_key"], name="inbound_content_once"),
        ]
        indexes = [
            due_index("inbound_due"),
            models.Index(fields=["waits_for"], condition=models.Q(state="BLOCKED"), name="inbound_blocked"),
            models.Index(fields=["state", "-received_at"], name="inbound_by_state"),
            models.Index(fields=["store"], condition=models.Q(store__isnull=False), name="inbound_by_store"),
            models.Index(
                fields=["account"], condition=models.Q(account__isnull=False), name="inbound_by_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.topic} {self.delivery_key}"
