"""What returns teach: something to mend, and who mends it."""

from django.conf import settings
from django.db import models

from returns.vocabulary import Reason


class ProductTask(models.Model):
    """A product comes back for one reason far more often than others do: find out why, and mend it."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        DONE = "DONE", "Done"
        DISMISSED = "DISMISSED", "Nothing to be done"

    class Work(models.TextChoices):
        PAGE = "PAGE", "Fix the product page"
        SIZE = "SIZE", "Fix the size guide"
        PACKAGING = "PACKAGING", "Fix the packaging"
        QUALITY = "QUALITY", "Talk to the supplier"
        PICKING = "PICKING", "Look at picking"

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey("tracking.Product", on_delete=models.CASCADE, related_name="return_tasks")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    size = models.CharField(max_length=120, blank=True, help_text="Only this size or make; empty: all.")
    work = models.CharField(max_length=10, choices=Work.choices)
    facts = models.JSONField(default=dict, help_text="returned, sold, rate, baseline, p, cost_minor")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "reason", "size"],
                condition=models.Q(state="OPEN"),
                name="product_task_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_work_display()}: {self.product}"
