"""What we know of how a customer buys, as one narrow row."""

from django.db import models

from engagement.vocabulary import Tier


class Profile(models.Model):
    """
    The metrics of one customer over all their orders (docs/profiles.md). Kept by dirty sets
    (engagement/profiles/), never written by hand; `rebuild_profiles` says whether it is right.

    Money is in minor units of `currency`, that of the newest order; orders in other currencies count but add
    no money. Times are aware UTC.
    """

    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    orders = models.PositiveIntegerField(default=0)
    items = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    spent_minor = models.BigIntegerField(default=0, help_text="What was paid, less what was given back.")
    average_minor = models.BigIntegerField(default=0)
    first_order_at = models.DateTimeField(null=True, blank=True)
    last_order_at = models.DateTimeField(null=True, blank=True)
    cadence_days = models.FloatField(null=True, blank=True, help_text="Median days between orders; from 3.")
    next_order_on = models.DateField(null=True, blank=True, help_text="Last order and cadence.")
    returned_items = models.PositiveIntegerField(default=0)
    return_rate = models.FloatField(default=0, help_text="Returned of bought items, 0 to 1.")
    delivered = models.PositiveIntegerField(default=0, help_text="Parcels that arrived.")
    late = models.PositiveIntegerField(default=0, help_text="Of those, later than first promised.")
    satisfaction = models.FloatField(null=True, blank=True, help_text="Mean of the last answers, 1 to 5.")
    recency = models.PositiveSmallIntegerField(default=0, help_text="Fifth of all customers; 5 is best.")
    frequency = models.PositiveSmallIntegerField(default=0)
    monetary = models.PositiveSmallIntegerField(default=0)
    tier = models.CharField(max_length=8, choices=Tier.choices, blank=True, default=Tier.NONE)
    messages_90d = models.PositiveIntegerField(default=0, help_text="Marketing sent in 90 days.")
    clicks_90d = models.PositiveIntegerField(default=0)
    last_click_at = models.DateTimeField(null=True, blank=True)
    send_hour = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Local hour at which they order and click most."
    )
    zone = models.CharField(max_length=64, blank=True, help_text="IANA name.")
    country = models.CharField(max_length=2, blank=True, help_text="Of the newest order.")
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["last_order_at"], name="profile_by_last_order"),
            models.Index(fields=["spent_minor"], name="profile_by_spent"),
            models.Index(fields=["next_order_on"], name="profile_by_next_order"),
        ]

    def __str__(self) -> str:
        return f"Profile of {self.customer_id}"


class DirtyProfile(models.Model):
    """A customer whose profile may not be true any more. Gone once it has been refreshed."""

    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    since = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["since"], name="dirty_profile_since")]

    def __str__(self) -> str:
        return str(self.customer_id)
