"""Automated conversations: what begins them, their steps, and who is where."""

import uuid

from django.db import models

from customers.models import Work
from customers.models.work import due_index
from engagement.vocabulary import Purpose, Topic


class Journey(models.Model):
    """
    A conversation that runs by itself. Its graph (engagement/journeys/graph.py) is edited as `draft` and
    published as a JourneyVersion; who is under way finishes on theirs.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Never published"
        LIVE = "LIVE", "Live"
        PAUSED = "PAUSED", "Paused: nobody enters or moves"
        DRAINING = "DRAINING", "Draining: nobody enters, all finish"
        STOPPED = "STOPPED", "Stopped"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    store = models.ForeignKey(
        "customers.Store",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="journeys",
        help_text="Empty: every store.",
    )
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.MARKETING)
    topic = models.CharField(max_length=12, choices=Topic.choices, blank=True)
    builtin = models.BooleanField(default=False, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    draft = models.JSONField(default=dict, blank=True, help_text="The graph being edited.")
    live = models.ForeignKey(
        "engagement.JourneyVersion",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    state_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Of the last change.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class JourneyVersion(models.Model):
    """A published graph. Never changed."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    graph = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    published_by = models.CharField(max_length=254, blank=True)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="journey_version_once")]

    def __str__(self) -> str:
        return f"{self.journey} · {self.number}"


class JourneyTrigger(models.Model):
    """What a live journey listens for, one row per event kind: found without reading any graph."""

    class Role(models.TextChoices):
        ENTER = "enter", "Begins it"
        GOAL = "goal", "Reaches its goal"
        EXIT = "exit", "Ends it"
        WAIT = "wait", "A step waits for it"

    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, related_name="triggers")
    role = models.CharField(max_length=5, choices=Role.choices)
    event_kind = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "role", "event_kind"], name="journey_trigger_once")
        ]
        indexes = [models.Index(fields=["event_kind", "role"], name="journey_trigger_by_kind")]

    def __str__(self) -> str:
        return f"{self.event_kind} → {self.version_id}"


class Enrolment(Work):
    """
    One run of a journey for one key (an order, a parcel, a return, a person …), at one step.

    `due_at` is when there is something to do at `step`. Who was not let in has a row too, REFUSED, and why.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", "Under way"
        DONE = "DONE", "Finished"
        GOAL = "GOAL", "Reached the goal"
        EXITED = "EXITED", "Left early"
        STOPPED = "STOPPED", "Stopped with the journey"
        REFUSED = "REFUSED", "Did not enter"
        FAILED = "FAILED", "Could not go on"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="enrolments", db_index=False)
    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, related_name="enrolments")
    key = models.CharField(
        max_length=200, help_text="What it runs once for, e.g. order:7, customer:3:event:9."
    )
    subject = models.CharField(max_length=80, help_text="The key without what tells re-entries apart.")
    store = models.ForeignKey("customers.Store", null=True, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.CASCADE, related_name="enrolments", db_index=False
    )
    order = models.ForeignKey("tracking.Order", null=True, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey("customers.Event", null=True, on_delete=models.SET_NULL, related_name="+")
    context = models.JSONField(default=dict, help_text="Ids the steps need, and what steps found out.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    step = models.CharField(max_length=40, blank=True)
    waits_for = models.CharField(max_length=80, blank=True, help_text="The event kind this step waits for.")
    entered_at = models.DateTimeField()
    stepped_at = models.DateTimeField(help_text="When it came to this step.")
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=300, blank=True, help_text="How it ended, or why it did not begin.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "key"], name="enrolment_once")]
        indexes = [
            due_index("enrolment_due"),
            models.Index(fields=["customer", "-entered_at"], name="enrolment_by_customer"),
            models.Index(fields=["journey", "subject", "entered_at"], name="enrolment_by_subject"),
            models.Index(
                fields=["customer", "waits_for"],
                condition=models.Q(state="ACTIVE"),
                name="enrolment_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.journey_id} · {self.key}"


class StepLog(models.Model):
    """What happened to an enrolment at a step, and why. Append-only."""

    class Outcome(models.TextChoices):
        PASSED = "PASSED", "Done"
        WAITS = "WAITS", "Waits"
        YES = "YES", "Yes"
        NO = "NO", "No"
        TIMEOUT = "TIMEOUT", "Did not come in time"
        SKIPPED = "SKIPPED", "Left out"
        FAILED = "FAILED", "Failed"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="log")
    step = models.CharField(max_length=40)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    branch = models.CharField(
        max_length=40, blank=True, help_text="The way it took, where there are several."
    )
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.step} {self.outcome}"
