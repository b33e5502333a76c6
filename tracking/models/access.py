"""Who may open which order's page without an account."""

import secrets

from django.db import models


def new_key() -> str:
    """Return 128 random bits as text."""
    return secrets.token_urlsafe(16)


class Link(models.Model):
    """
    A way into one order, for one purpose. The token in the address is `key` plus a MAC made with a key that
    is not in the database (`tracking.access`), so a copy of this table opens nothing.
    """

    class Purpose(models.TextChoices):
        ACT = "act", "See everything and act"
        VIEW = "view", "See the order, without street and name"
        SHARE = "share", "See the parcels only"
        GIFT = "gift", "Return what was given, without prices"

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    order = models.ForeignKey("tracking.Order", on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["order", "purpose"], name="link_by_order")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} · {self.order_id}"


class AccessCode(models.Model):
    """
    A six-digit code sent to the order's e-mail address. The digits are derived from `nonce` and a key
    outside the database.
    """

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="codes")
    nonce = models.CharField(max_length=32, default=new_key, editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Code {self.pk}"


class LookupRequest(models.Model):
    """
    A guest asked for the link to an order. Stored whether or not the pair exists, and answered by the
    worker, so that the page takes the same time either way. Deleted once answered.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    number_key = models.CharField(max_length=60)
    email_key = models.CharField(max_length=254)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Look-up {self.pk}"
