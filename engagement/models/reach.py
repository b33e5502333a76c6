"""Ways to a person beside their address, and what they did with what we sent."""

from django.db import models


class PushSubscription(models.Model):
    """A browser that agreed to be pushed to (RFC 8030). Gone when its push service says so."""

    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="push"
    )
    order = models.ForeignKey(
        "tracking.Order", null=True, blank=True, on_delete=models.CASCADE, related_name="push"
    )
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    endpoint = models.URLField(max_length=600, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    language = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Browser {self.pk}"


class InboxItem(models.Model):
    """A message shown on our own pages: on the order's, and under the account."""

    message = models.OneToOneField("engagement.Message", on_delete=models.CASCADE, related_name="inbox_item")
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="inbox"
    )
    order = models.ForeignKey(
        "tracking.Order", null=True, blank=True, on_delete=models.CASCADE, related_name="inbox"
    )
    title = models.CharField(max_length=300)
    html = models.TextField(help_text="Cleaned; without links that open an order.")
    language = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-created_at"], name="inbox_by_customer"),
            models.Index(fields=["order", "-created_at"], name="inbox_by_order"),
        ]

    def __str__(self) -> str:
        return self.title


class Click(models.Model):
    """A link of a message was followed. Only a person's counts (engagement/clicks.py)."""

    class Verdict(models.TextChoices):
        OPEN = "", "Not looked at yet"
        PERSON = "person", "A person"
        SCANNER = "scanner", "A scanner"

    message = models.ForeignKey("engagement.Message", on_delete=models.CASCADE, related_name="clicks")
    url = models.CharField(max_length=1000)
    at = models.DateTimeField()
    agent = models.CharField(max_length=200, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True, default=Verdict.OPEN)

    class Meta:
        indexes = [models.Index(fields=["at"], condition=models.Q(verdict=""), name="click_to_judge")]

    def __str__(self) -> str:
        return self.url


class Bucket(models.Model):
    """What a provider may still take: a token bucket, one row per channel and store ('' for all)."""

    name = models.CharField(max_length=80, primary_key=True)
    tokens = models.FloatField()
    filled_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
