"""One profile per person, however many shops and addresses they use."""

import uuid

from django.db import models

from customers.querysets import CustomerQuerySet


class Customer(models.Model):
    """A person who buys. `email` is where we write; how we recognise them is `Identity`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164, e.g. +4930123456.")
    language = models.CharField(max_length=10, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    born_on = models.DateField(null=True, blank=True, help_text="For a birthday message, where they told us.")
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="merged",
        help_text="This profile was found to be that one; it is kept so that the merge can be undone.",
    )
    versions = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="Of each detail: the version of the message it came from.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name or self.email or f"Customer {self.pk}"

    @property
    def first_name(self) -> str:
        """The name to greet with, '' when unknown."""
        return self.name.split(" ")[0] if self.name else ""


class Identity(models.Model):
    """A fact that recognises a customer: an e-mail, a phone number, an id in a shop."""

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Phone"
        EXTERNAL = "external", "Id in a shop"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    store = models.ForeignKey(
        "customers.Store",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text="For ids in a shop: which shop.",
    )
    value = models.CharField(
        max_length=254, help_text="Normalised: lower-case e-mail, E.164 phone, id as text."
    )
    verified = models.BooleanField(default=False)
    removed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The shop deleted this account."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"], condition=models.Q(store__isnull=True), name="identity_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "store", "value"],
                condition=models.Q(store__isnull=False),
                name="identity_in_store_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class Consent(models.Model):
    """What a customer allowed or refused last, per channel and purpose, and where they said so."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SMS = "sms", "SMS"
        PUSH = "push", "Web push"

    class Purpose(models.TextChoices):
        MARKETING = "marketing", "Marketing"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    granted = models.BooleanField()
    source = models.CharField(max_length=120, help_text="Where it was said, e.g. shopify:harbour-pine.")
    words = models.TextField(blank=True, help_text="The words the customer saw, where we know them.")
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel", "purpose"], name="consent_once_per_channel"
            )
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_purpose_display()} by {self.get_channel_display()}: {'yes' if self.granted else 'no'}"
        )
