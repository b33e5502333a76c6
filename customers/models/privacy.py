"""Wishes of privacy that shops pass on, for staff to carry out in time."""

import uuid

from django.conf import settings
from django.db import models


class PrivacyRequest(models.Model):
    """
    Somebody asked a shop for their data, or to be forgotten; or a shop is to be forgotten altogether.

    `named` is what the shop named: customer_id, email, phone, orders (ids in the shop), shop. The e-mail
    address and the phone number go when it is done.
    """

    class Kind(models.TextChoices):
        DATA_REQUEST = "DATA_REQUEST", "A copy of their data"
        CUSTOMER_REDACT = "CUSTOMER_REDACT", "Forget a person"
        SHOP_REDACT = "SHOP_REDACT", "Forget the shop"

    class State(models.TextChoices):
        OPEN = "OPEN", "To be done"
        DONE = "DONE", "Done"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="privacy_requests")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    key = models.CharField(max_length=64, editable=False, help_text="Digest of what was asked, and when.")
    reference = models.CharField(max_length=64, blank=True, help_text="The shop's own id of it.")
    customer = models.ForeignKey(
        "customers.Customer",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="privacy_requests",
        help_text="Who it is, if they are known here.",
    )
    named = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN, editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="privacy_request_once")]
        indexes = [models.Index(fields=["state", "due_at"], name="privacy_by_state")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.asked_at:%Y-%m-%d}"
