"""What goes back and forth in money: the ledger of refunds, store credit, and differences to be paid."""

import uuid

from django.db import models

from customers.models import Work
from customers.models.work import due_index


class Refund(models.Model):
    """
    One attempt to give money back for a return. Never deleted, never changed in its sum.

    What goes through a shop or a payment provider is carried out by the ledger of tracking (`action`: one key
    over all tries, looked up before any retry, to a person when unknown). Store credit is given in the same
    transaction; "by hand" waits for the person who did it.
    """

    class Provider(models.TextChoices):
        SHOPIFY = "shopify", "Shopify"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        STRIPE = "stripe", "Stripe"
        CREDIT = "credit", "Store credit"
        MANUAL = "manual", "By hand"

    class State(models.TextChoices):
        PENDING = "PENDING", "On its way"
        SUCCEEDED = "SUCCEEDED", "Done"
        FAILED = "FAILED", "Did not work"
        UNKNOWN = "UNKNOWN", "Unknown: being found out"
        STAFF = "STAFF", "For a person"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ret = models.ForeignKey("returns.Return", on_delete=models.PROTECT, related_name="refunds")
    order = models.ForeignKey("tracking.Order", on_delete=models.PROTECT, related_name="return_refunds")
    purpose = models.CharField(max_length=120, unique=True, help_text="e.g. return:7:refund:2")
    attempt = models.PositiveSmallIntegerField(default=1, help_text="Of the same money.")
    provider = models.CharField(max_length=12, choices=Provider.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField(default=0, help_text="Of the amount: for goods.")
    shipping_minor = models.BigIntegerField(default=0, help_text="Of the amount: shipping.")
    fee_minor = models.BigIntegerField(default=0, help_text="Was taken off.")
    units = models.JSONField(default=list, help_text="[[unit, minor units of the amount]]")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING, editable=False)
    action = models.OneToOneField(
        "tracking.ShopAction", null=True, blank=True, on_delete=models.SET_NULL, related_name="refund"
    )
    external_id = models.CharField(max_length=120, blank=True)
    words = models.CharField(max_length=500, blank=True, help_text="Why it failed or waits, for staff.")
    by = models.CharField(max_length=160, blank=True, help_text="Who settled it by hand.")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    arrives_by = models.DateField(null=True, blank=True, help_text="By when the shopper has it.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_is_positive")
        ]
        indexes = [
            models.Index(fields=["ret", "created_at"], name="refund_by_return"),
            models.Index(fields=["order"], name="refund_by_order"),
            models.Index(fields=["state", "-created_at"], name="refund_by_state"),
        ]

    def __str__(self) -> str:
        return self.purpose


class StoreCredit(models.Model):
    """
    Credit of one person in one store. Its balance is the sum of its entries; `code` is what they type in the
    shop, where the shop takes codes.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="credits")
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.SET_NULL, related_name="credits"
    )
    ret = models.ForeignKey("returns.Return", on_delete=models.PROTECT, related_name="credits")
    code = models.CharField(max_length=24, unique=True)
    currency = models.CharField(max_length=3)
    expires_at = models.DateTimeField(null=True, blank=True)
    action = models.OneToOneField(
        "tracking.ShopAction", null=True, blank=True, on_delete=models.SET_NULL, related_name="store_credit"
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Credit {self.pk}"


class CreditEntry(models.Model):
    """One change of a store credit: given, spent, ended, taken back. Never changed."""

    class Kind(models.TextChoices):
        GIVEN = "GIVEN", "Given"
        BONUS = "BONUS", "Bonus"
        SPENT = "SPENT", "Spent"
        ENDED = "ENDED", "Ended"
        REVERSED = "REVERSED", "Taken back"

    credit = models.ForeignKey(StoreCredit, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount_minor = models.BigIntegerField(help_text="Negative when it grows less.")
    purpose = models.CharField(max_length=120, unique=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.purpose


class PaymentRequest(Work):
    """
    Money a shopper owes for a return: the difference of a dearer exchange, or goods that never came. Asked
    for by a link; paid at the provider, which tells us (webhook) or is asked.
    """

    class Provider(models.TextChoices):
        STRIPE = "stripe", "Stripe"
        SANDBOX = "sandbox", "Sandbox"
        MANUAL = "manual", "By hand"

    class State(models.TextChoices):
        WANTED = "WANTED", "Link is being made"
        OPEN = "OPEN", "To be paid"
        PAID = "PAID", "Paid"
        CANCELLED = "CANCELLED", "Not wanted any more"
        STAFF = "STAFF", "For a person"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=120, unique=True, help_text="e.g. return:7:pay:1")
    ret = models.ForeignKey("returns.Return", on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=10, choices=Provider.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    why = models.CharField(max_length=20, help_text="difference, goods")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED, editable=False)
    url = models.CharField(max_length=1000, blank=True, help_text="Where the provider takes the money.")
    external_id = models.CharField(max_length=120, blank=True, db_index=True)
    pay_by = models.DateTimeField()
    reminders = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=160, blank=True)

    class Meta:
        indexes = [due_index("payment_request_due")]

    def __str__(self) -> str:
        return self.purpose
