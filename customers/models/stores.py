"""A storefront: its name, its look, its sender, its rules of access."""

import uuid
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from config.lib import brand
from config.lib.money import BadMoney, exponent
from config.lib.secrets import SecretField

if TYPE_CHECKING:
    from datetime import tzinfo


def check_zone(value: str) -> None:
    """Raise ValidationError unless `value` is an IANA time zone."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as exc:
        raise ValidationError(f"“{value}” is not a time zone such as Europe/Berlin.") from exc


def check_currency(value: str) -> None:
    """Raise ValidationError unless `value` is an ISO 4217 code."""
    try:
        exponent(value)
    except BadMoney as exc:
        raise ValidationError(f"“{value}” is not a currency such as EUR.") from exc


class Store(models.Model):
    """One shop as its shoppers know it."""

    class Platform(models.TextChoices):
        SHOPIFY = "shopify", "Shopify"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        NONE = "none", "None (API or files)"

    class Lookup(models.TextChoices):
        DEFAULT = "", "As the installation says"
        VIEW = "view", "Show the limited page at once"
        LINK_ONLY = "link_only", "Always answer with an e-mailed link"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(unique=True, help_text="In addresses: /s/<slug>/ and /webhooks/shops/<slug>/.")
    name = models.CharField(max_length=120)
    domain = models.CharField(
        max_length=253,
        blank=True,
        db_index=True,
        help_text="The host name that shows this store's portal, if it has its own.",
    )

    platform = models.CharField(max_length=20, choices=Platform.choices, default=Platform.NONE)
    shop_url = models.URLField(blank=True, help_text="Where shoppers buy.")
    webhook_secret = SecretField(blank=True, default="")
    webhook_secret_previous = SecretField(
        blank=True, default="", help_text="Still accepted while the shop changes over to a new secret."
    )
    api_url = models.URLField(
        blank=True, help_text="The shop's own address for its API, e.g. https://example.myshopify.com."
    )
    api_key = SecretField(blank=True, default="", help_text="WooCommerce: the consumer key.")
    api_secret = SecretField(
        blank=True, default="", help_text="Shopify: the access token. WooCommerce: the consumer secret."
    )
    api_failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    api_resume_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="No calls before this: the shop asked us to wait."
    )
    api_error = models.TextField(blank=True, default="", editable=False)
    last_webhook_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_rejected_at = models.DateTimeField(null=True, blank=True, editable=False)

    currency = models.CharField(max_length=3, default="USD", validators=[check_currency])
    timezone = models.CharField(max_length=64, default="UTC", validators=[check_zone])
    language = models.CharField(max_length=10, default="en")
    country = models.CharField(
        max_length=2, blank=True, help_text="Where parcels leave from, as a two-letter code."
    )

    email_from = models.CharField(
        max_length=254, blank=True, help_text="Sender of messages, e.g. Harbour & Pine <hello@example.com>."
    )
    reply_to = models.EmailField(blank=True)
    support_email = models.EmailField(blank=True)
    support_phone = models.CharField(max_length=40, blank=True)
    support_hours = models.CharField(
        max_length=120, blank=True, help_text="e.g. Mon-Fri 9-17; shown beside the help links."
    )
    postal_address = models.CharField(
        max_length=200, blank=True, help_text="The sender's address at the foot of messages."
    )

    brand_color = models.CharField(
        max_length=7,
        default=brand.DEFAULT,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "A colour looks like #b4532a.")],
        help_text="Contrast is corrected for light and dark when it is used.",
    )
    logo_url = models.CharField(max_length=500, blank=True)
    tagline = models.CharField(max_length=160, blank=True)
    story = models.TextField(blank=True, help_text="A short word from the brand, shown on the order page.")
    returns_url = models.URLField(blank=True)
    privacy_url = models.URLField(blank=True)

    guest_lookup = models.CharField(max_length=12, choices=Lookup.choices, default=Lookup.DEFAULT, blank=True)
    lookup_by_postcode = models.BooleanField(
        default=False, help_text="Also accept the postcode in place of the e-mail (easier to guess)."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> "tzinfo":
        """The store's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def sender(self) -> str:
        """The From header of its messages, '' when none is set."""
        return self.email_from
