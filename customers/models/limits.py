"""Counters behind rate limits, shared by every web process."""

from django.db import models


class Throttle(models.Model):
    """How often something happened in one window of time. `key` is a digest: no address is kept."""

    key = models.CharField(max_length=64)
    window = models.DateTimeField(help_text="Start of the window.")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="throttle_once_per_window")]
        indexes = [models.Index(fields=["window"], name="throttle_by_window")]

    def __str__(self) -> str:
        return f"{self.key[:8]} × {self.count}"
