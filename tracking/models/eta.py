"""What was learned about transit times, and a store's wishes for the windows made of it."""

from datetime import time

from django.db import models


class EtaRules(models.Model):
    """How a store works, as far as delivery windows depend on it. A store without a row has the defaults."""

    store = models.OneToOneField("customers.Store", on_delete=models.CASCADE, related_name="eta_rules")
    enabled = models.BooleanField(
        default=True,
        help_text="Show learned windows where the carrier gives none, and correct carriers' own.",
    )
    before_hand_over = models.BooleanField(
        default=True, help_text="Show a window as soon as there is a label, before the first scan."
    )
    cut_off = models.TimeField(
        default=time(14), help_text="Orders placed by then leave the same working day (the store's clock)."
    )

    class Meta:
        verbose_name = "delivery window rules"
        verbose_name_plural = "delivery window rules"

    def __str__(self) -> str:
        return f"Delivery windows of {self.store}"


class TransitModel(models.Model):
    """
    One version of what was learned. It is never changed: a parcel keeps the version its first window was made
    with, so a night's learning moves no window that was shown.
    """

    class State(models.TextChoices):
        LEARNING = "LEARNING", "Being learned"
        ACTIVE = "ACTIVE", "In use"
        FORMER = "FORMER", "Replaced by a newer one"

    state = models.CharField(max_length=10, choices=State.choices, default=State.LEARNING)
    learned_at = models.DateTimeField()
    deliveries = models.PositiveIntegerField(default=0)
    groups = models.PositiveIntegerField(default=0)
    since = models.DateField(null=True, blank=True, help_text="The oldest hand-over learned from.")
    half_life = models.FloatField(default=0, help_text="Days after which a delivery counts half.")
    extra_days = models.JSONField(
        default=list, help_text="[[carrier, country, [kinds of days off it delivers on]]]"
    )
    doubted = models.JSONField(
        default=list, help_text="Carriers and aggregators with a group whose windows are often missed."
    )

    class Meta:
        verbose_name = "learned transit times"
        verbose_name_plural = "learned transit times"
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="ACTIVE"), name="transit_model_one_active"
            )
        ]

    def __str__(self) -> str:
        return f"Version {self.pk}"


class TransitCell(models.Model):
    """The table of one group in one version: quantiles of the way, in days that count."""

    model = models.ForeignKey(TransitModel, on_delete=models.CASCADE, related_name="cells")
    key = models.CharField(max_length=200)
    n = models.PositiveIntegerField(help_text="Deliveries in the group.")
    weight = models.FloatField(help_text="Their number after weighing by age.")
    values = models.JSONField(help_text="Quantiles at tracking.eta.tables.LEVELS.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="transit_cell_once")]

    def __str__(self) -> str:
        return self.key
