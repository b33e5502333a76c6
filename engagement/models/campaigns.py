"""One message to a segment."""

import uuid

from django.db import models

from customers.models import Work
from customers.models.work import due_index
from engagement.vocabulary import Channel, Topic


class Campaign(Work):
    """
    One message to everybody in a segment, from `starts_at`, at most `per_hour`.

    Its words are templates of the kind `campaign_<id>`. Messages are made in batches in the order of
    customers' keys; `cursor` is the last one.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        SCHEDULED = "SCHEDULED", "Scheduled"
        RUNNING = "RUNNING", "Running"
        PAUSED = "PAUSED", "Paused"
        STOPPED = "STOPPED", "Stopped"
        DONE = "DONE", "Done"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="campaigns")
    name = models.CharField(max_length=120)
    segment = models.ForeignKey("engagement.Segment", on_delete=models.PROTECT, related_name="campaigns")
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.EMAIL)
    topic = models.CharField(max_length=12, choices=Topic.choices, default=Topic.NEWS)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    local_hour = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Send at this hour of each recipient's own day. Empty: at once."
    )
    per_hour = models.PositiveIntegerField(default=0, help_text="At most so many an hour. 0: no limit.")
    lateness_hours = models.PositiveSmallIntegerField(default=24)
    total = models.PositiveIntegerField(default=0, editable=False)
    made = models.PositiveIntegerField(default=0, editable=False)
    cursor = models.BigIntegerField(default=0, editable=False)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    made_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [due_index("campaign_due")]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> str:
        """The kind of its messages and templates."""
        return f"campaign_{self.pk}"
