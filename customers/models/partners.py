"""Systems that talk to us through the API."""

import uuid

from django.db import models

SCOPES = {
    "orders:read": "Read orders with their lines, parcels, customer and a link to share",
    "orders:write": "Create and update orders; links that let their holder act",
    "shipments:read": "Read parcels and their scans",
    "shipments:write": "Create parcels and add scans",
    "returns:read": "Read returns, and what may come back for how much",
    "returns:write": "Create, cancel and decide returns, receive and inspect parcels: moves money and stock",
    "segments:read": "Read segments and who is in them, with their addresses",
    "segments:write": "Make lists, put customers on them and take them off",
    "journeys:read": "Read journeys, and who is where in them",
    "journeys:write": "Let customers into journeys: sends them messages",
    "events:write": "Tell events of your own, which journeys can begin with",
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
    A key with 256 random bits. Only its SHA-256 is kept; the prefix lets people tell keys apart.

    It opens the stores named, or every store when `all_stores` says so: a key whose only store is deleted
    opens none.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    all_stores = models.BooleanField(default=False, help_text="Every store, those still to come included.")
    stores = models.ManyToManyField("customers.Store", blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return f"{self.prefix}…"


class ApiAnswer(models.Model):
    """
    The answer to a POST that carried an Idempotency-Key, kept for 24 hours so that a repeat gets the same
    one.

    While the first request is being worked on, `status` is empty and `claim` is the fencing token of
    whoever works on it.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="answers")
    name = models.CharField(max_length=255, help_text="The Idempotency-Key as it was sent.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    claim = models.UUIDField(null=True, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "API answer"
        constraints = [models.UniqueConstraint(fields=["api_key", "name"], name="api_answer_once")]
        indexes = [models.Index(fields=["created_at"], name="api_answer_by_age")]

    def __str__(self) -> str:
        return f"{self.api_key_id} {self.name}"
