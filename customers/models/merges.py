"""Profiles that turned out to be one person's."""

from django.db import models

from customers.models.people import Customer


class CustomerMerge(models.Model):
    """
    One profile taken into another, with what it takes to undo it.

    The merged profile stays as a row without identities: its public id and what still points at it resolve to
    the kept one (`Customer.merged_into`).
    """

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges")
    merged = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merged_by")
    source = models.CharField(max_length=120, help_text="Who says so, e.g. the shop's name in addresses.")
    merged_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    moved = models.JSONField(
        default=dict,
        editable=False,
        help_text="identities (ids), details and consents of the kept profile as they were before",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at__isnull=True), name="customer_merged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.kept_id}"
