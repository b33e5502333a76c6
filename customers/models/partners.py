"""Systems that talk to us through the API."""

import uuid

from django.db import models

SCOPES = {
    "orders:read": "Read orders and their lines, customers and links",
    "orders:write": "Create and update orders",
    "shipments:read": "Read parcels and their scans",
    "shipments:write": "Create parcels and add scans",
}


class Partner(models.Model):
    """A company or system that holds API keys."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """
    A key of 256 random bits. Only its SHA-256 is kept; the prefix lets people tell keys apart.

    No store named means every store.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    stores = models.ManyToManyField("customers.Store", blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return f"{self.prefix}…"
