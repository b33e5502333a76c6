"""Rows that a worker has to act on, and the bell that wakes one."""

from django.db import models


class Work(models.Model):
    """
    Columns that make a row claimable (see config/lib/claims.py).

    `due_at` is when there is something to do, or empty when there is not; `claim` is the fencing token of
    who does it.
    """

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.TextField(blank=True, default="", editable=False)

    class Meta:
        abstract = True


def due_index(name: str) -> models.Index:
    """Return the partial index that finds due rows without touching the settled ones."""
    return models.Index(fields=["due_at", "id"], condition=models.Q(due_at__isnull=False), name=name)


class Wake(models.Model):
    """One row per kind of work: whether a wake-up is already on its way to a worker."""

    kind = models.CharField(max_length=40, primary_key=True)
    pending = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.kind
