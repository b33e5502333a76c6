"""Groups of customers, by rule or by list."""

import uuid

from django.db import models

from customers.models import Work
from customers.models.work import due_index


class Segment(Work):
    """
    Customers that match `rule` (engagement/segments/rules.py), or that were put on a list.

    Evaluated when `due_at` comes; who entered and left becomes events.
    """

    class Kind(models.TextChoices):
        RULES = "rules", "By rules"
        LIST = "list", "A list"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(
        "customers.Store",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="segments",
        help_text="Only customers who bought here. Empty: all.",
    )
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.RULES)
    rule = models.JSONField(default=dict, blank=True)
    count = models.PositiveIntegerField(default=0, editable=False)
    evaluated_at = models.DateTimeField(null=True, blank=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="segment_name_once")]
        indexes = [due_index("segment_due")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A customer in a segment now. Who left has no row; the events tell."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="memberships", db_index=True
    )
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"
