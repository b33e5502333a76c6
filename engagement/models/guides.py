"""What helps with a thing once it is there."""

from django.core.validators import MaxValueValidator
from django.db import models


class Guide(models.Model):
    """
    One page of help for a product, a type or a tag, in one language. `body` is Markdown.

    Without product, type and tag it is for everything of the store.
    """

    class Kind(models.TextChoices):
        CARE = "care", "Care tip"
        SETUP = "setup", "Setting it up"
        USAGE = "usage", "Using it"
        FAQ = "faq", "Question and answer"
        VIDEO = "video", "Video"
        MAINTENANCE = "maintenance", "Maintenance"

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="guides")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CARE)
    language = models.CharField(max_length=10, default="en")
    title = models.CharField(max_length=160)
    body = models.TextField(blank=True)
    video_url = models.URLField(blank=True)
    product = models.ForeignKey(
        "tracking.Product", null=True, blank=True, on_delete=models.CASCADE, related_name="guides"
    )
    product_type = models.CharField(max_length=200, blank=True)
    tag = models.CharField(max_length=200, blank=True)
    every_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(3650)],
        help_text="Maintenance: due again after so many days.",
    )
    position = models.PositiveSmallIntegerField(default=0)
    live = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["store", "language", "kind"], name="guide_by_store")]

    def __str__(self) -> str:
        return self.title
