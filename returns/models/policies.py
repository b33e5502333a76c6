"""What may come back, for whom, until when: policies in versions, and what each store decides for itself."""

from django.core.validators import MaxValueValidator
from django.db import models

from config.lib.secrets import SecretField
from returns.vocabulary import RefundAt


class Policy(models.Model):
    """A store's return policy. What it says is in its versions."""

    store = models.OneToOneField("customers.Store", on_delete=models.CASCADE, related_name="return_policy")
    draft = models.JSONField(
        default=dict, blank=True, help_text="The next version as staff are writing it (returns/policy/)."
    )
    draft_by = models.CharField(max_length=160, blank=True, editable=False)
    draft_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return f"Returns of {self.store}"


class PolicyVersion(models.Model):
    """What a policy said from `from_at` on. Never changed: orders are judged by it as long as they live."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.JSONField(help_text="Base, rules, holiday windows (returns/policy/base.py).")
    from_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True, help_text="What was changed, and why.")
    published_by = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="policy_version_once")]
        indexes = [models.Index(fields=["policy", "from_at"], name="policy_version_by_time")]

    def __str__(self) -> str:
        return f"{self.policy} · version {self.number}"


class ReturnSettings(models.Model):
    """How a store handles returns beside its policy. One row per store, made with what most shops want."""

    class Through(models.TextChoices):
        AUTO = "AUTO", "The shop, else Stripe, else by hand"
        SHOP = "shop", "The shop"
        STRIPE = "stripe", "Stripe"
        MANUAL = "manual", "By hand"

    class Ships(models.TextChoices):
        AT_ONCE = "AT_ONCE", "At once"
        FIRST_SCAN = "FIRST_SCAN", "At the carrier's first scan"
        RECEIPT = "RECEIPT", "When the goods have arrived"
        INSPECTION = "INSPECTION", "When the goods have been inspected"

    class Unpaid(models.TextChoices):
        CANCEL = "CANCEL", "Cancel the exchange; the goods are refunded when they come"
        STAFF = "STAFF", "Ask a person"

    class NeverCame(models.TextChoices):
        CHARGE = "CHARGE", "Ask for the price of what was sent"
        STAFF = "STAFF", "Ask a person"

    store = models.OneToOneField("customers.Store", on_delete=models.CASCADE, related_name="return_settings")
    enabled = models.BooleanField("shoppers can return in the portal", default=True)
    refund_at = models.CharField(max_length=10, choices=RefundAt.choices, default=RefundAt.INSPECTION)
    trusted_after = models.PositiveIntegerField(
        default=0, help_text="Orders kept without trouble after which money goes at the first scan. 0: never."
    )
    most_unasked_minor = models.BigIntegerField(
        default=0, help_text="A refund above this waits for a person. 0: no limit."
    )
    refund_through = models.CharField(max_length=8, choices=Through.choices, default=Through.AUTO)
    stripe_key = SecretField(blank=True, default="", help_text="A restricted key that may refund and charge.")
    stripe_webhook_secret = SecretField(blank=True, default="")
    label_days = models.PositiveSmallIntegerField(
        default=28, validators=[MaxValueValidator(365)], help_text="Within these days it is handed over."
    )
    destination = models.ForeignKey(
        "tracking.Location", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    drop_off_words = models.TextField(blank=True, help_text="Where and when goods can be brought to you.")
    exchange_ships = models.CharField(max_length=10, choices=Ships.choices, default=Ships.FIRST_SCAN)
    unpaid_days = models.PositiveSmallIntegerField(default=7)
    unpaid_then = models.CharField(max_length=8, choices=Unpaid.choices, default=Unpaid.CANCEL)
    never_came_then = models.CharField(max_length=8, choices=NeverCame.choices, default=NeverCame.STAFF)
    credit_days = models.PositiveSmallIntegerField(
        default=0, help_text="Store credit ends after so many days. 0: it does not."
    )
    claim_days = models.PositiveSmallIntegerField(
        default=30, help_text="Claims are taken until so many days after delivery, or the promised day."
    )
    gift_returns = models.BooleanField(default=True)
    deductions = models.JSONField(
        default=dict, blank=True, help_text="{condition: hundredths of a per cent of its worth}; {}: ours."
    )
    dispositions = models.JSONField(
        default=list, blank=True, help_text="Rules, first match first (returns/dispositions.py); []: ours."
    )
    reasons = models.JSONField(
        default=dict, blank=True, help_text="{product type: [reasons offered]}; others get all."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "return settings"

    def __str__(self) -> str:
        return f"Returns of {self.store}"
