"""How a person wants to be written to, and how we group people by hand."""

from django.db import models


class Preference(models.Model):
    """
    What a customer chose in the preference centre. Without a row: e-mail, everything.

    `muted` holds topics (engagement's vocabulary) they do not want; consent is another matter (Consent).
    """

    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.CASCADE, primary_key=True, related_name="preference"
    )
    channel = models.CharField(max_length=20, blank=True, help_text="Where to first; '' as the message says.")
    muted = models.JSONField(default=list, blank=True)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Preferences of {self.customer_id}"


class CustomerTag(models.Model):
    """A word staff or a journey put on a customer."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="tags", db_index=False
    )
    name = models.CharField(max_length=60, help_text="Lower case.")
    added_by = models.CharField(max_length=254, blank=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "name"], name="customer_tag_once")]
        indexes = [models.Index(fields=["name", "customer"], name="customer_tag_by_name")]

    def __str__(self) -> str:
        return self.name
