"""Questions we ask, and the answers."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class SurveyAnswer(models.Model):
    """
    One question put to one person, and the answer once there is one: 1 (bad) to 5 (good), and words.

    Made when it is asked; `score` is empty until it is answered.
    """

    class Kind(models.TextChoices):
        DELIVERY = "delivery", "After delivery"
        RETURN = "return", "After a return"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(
        max_length=200, unique=True, help_text="Asked once for this, e.g. delivery:order:7."
    )
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.CASCADE, related_name="answers"
    )
    order = models.ForeignKey("tracking.Order", null=True, on_delete=models.CASCADE, related_name="answers")
    score = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    words = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-asked_at"], name="survey_by_customer")]

    def __str__(self) -> str:
        return self.key
