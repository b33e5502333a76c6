"""
What a journey is: a trigger and steps that lead to each other. Pure: no database, no clock.

As JSON (Journey.draft, JourneyVersion.graph):

    {"trigger": {...}, "steps": [{"id": "a", "type": "wait", "next": "b", ...}, ...], "start": "a",
     "goals": [{"event": KIND, "filter": RULE?}], "exits": [{"event": KIND, "filter": RULE?}]}

`docs/journeys.md` lists every trigger and step with its settings.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models


class Trigger(models.TextChoices):
    """What begins a journey."""

    EVENT = "event", "Something happens"  # events: [KIND, ...], once_for
    SEGMENT = "segment", "Somebody enters or leaves a segment"  # segment: id, change: "entered"|"left"
    DATE = "date", "A day comes"  # date: one of DATES, offset_days, hour (recipient's own)
    API = "api", "A partner begins it"  # POST /api/v1/journeys/<id>/enrol/


class Dates(models.TextChoices):
    """Days a journey can begin on; `offset_days` moves each."""

    BIRTHDAY = "birthday", "Birthday"
    ANNIVERSARY = "anniversary", "Anniversary of the first order"
    DELIVERED = "delivered", "The last parcel of an order arrived"
    REPLENISH = "replenish", "Used up by now, as they usually buy"
    QUIET = "quiet", "No order since"  # offset_days after the last order
    MAINTENANCE = "maintenance", "A guide's maintenance is due"


class OnceFor(models.TextChoices):
    """What one run is for: a second one for the same is re-entry."""

    CUSTOMER = "customer", "The person"
    ORDER = "order", "The order"
    SHIPMENT = "shipment", "The parcel"
    RETURN = "return", "The return"
    EVENT = "event", "Each time it happens"


class Reentry(models.TextChoices):
    """Whether one may enter again with the same key."""

    NEVER = "never", "Never"
    AFTER = "after", "After some days"  # reentry_days, since the last run began
    ALWAYS = "always", "Every time"


class StepType(models.TextChoices):
    """What a step does; its settings behind it."""

    TELL = "tell", "Tell the news"  # of the event that began it, in the words made for that (kinds.py)
    MESSAGE = "message", "Send a message"  # kind, channel ("auto" or a Channel), lateness_hours
    WAIT = "wait", "Wait"  # days, hours, minutes; hour (recipient's own) and/or business (bool); best_hour
    WAIT_DATE = "wait_date", "Wait until a day"  # date: Dates, offset_days, hour
    WAIT_EVENT = "wait_event", "Wait for something to happen"  # event, filter; days, hours; else (timeout)
    BRANCH = "branch", "Yes or no"  # rule (segments' rules, and event.* and order.* facts); else
    SPLIT = "split", "Split test"  # ways: [{"name", "weight", "next"}]
    HOLDOUT = "holdout", "Leave some out"  # percent; who is left out ends here, and is measured
    OFFER = "offer", "Give a discount code"  # percent | amount_minor, days_valid, budget
    SURVEY = "survey", "Ask a question"  # kind: SurveyAnswer.Kind; puts survey_url into the next message
    TAG = "tag", "Put or take a tag"  # name, remove (bool)
    ALERT = "alert", "Alert staff"  # words
    CASE = "case", "Open a case"  # subject
    CALL = "call", "Tell a partner"  # name: an event partners can hear (JOURNEY_CALLED)
    END = "end", "End"


# Steps with a second way out, in "else".
TWO_WAYS = frozenset({StepType.BRANCH, StepType.WAIT_EVENT})


class BadGraph(ValueError):
    """The JSON is no journey. Its text says what is wrong where, for whoever edits it."""


@dataclass(frozen=True)
class Step:
    """One step. `next` and `other` are ids of steps, '' for the end; `settings` is the rest of its JSON."""

    id: str
    type: str
    next: str = ""
    other: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ways(self) -> list[tuple[str, str]]:
        """Every way out, as (its name, the id it leads to), in the order they are drawn."""
        if self.type == StepType.SPLIT:
            return [(str(way["name"]), str(way.get("next", ""))) for way in self.settings["ways"]]
        if self.type in TWO_WAYS:
            names = ("came", "timeout") if self.type == StepType.WAIT_EVENT else ("yes", "no")
            return [(names[0], self.next), (names[1], self.other)]
        return [] if self.type == StepType.END else [("", self.next)]


@dataclass(frozen=True)
class Ending:
    """An event that ends a run, as its goal or as an exit. `rule`, if any, must hold of the event."""

    event: str
    rule: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """A journey, read and checked for shape. `trigger` is its JSON."""

    trigger: Mapping[str, Any]
    steps: Mapping[str, Step]
    start: str
    goals: Sequence[Ending] = ()
    exits: Sequence[Ending] = ()

    def step(self, step_id: str) -> Step | None:
        """Return a step, None for '' (the end)."""
        return self.steps.get(step_id)

    def walk(self) -> Iterator[Step]:
        """Yield every step that can be reached, each once, as they are drawn: nearest to the start first."""
        seen: set[str] = set()
        row = [self.start]
        while row:
            following: list[str] = []
            for step_id in row:
                step = self.steps.get(step_id)
                if step is None or step_id in seen:
                    continue
                seen.add(step_id)
                yield step
                following += [target for _, target in step.ways]
            row = following


def read(data: Any) -> Graph:
    """
    Return the graph that JSON describes.

    Raises: BadGraph for what is no graph at all: a step without id or type, one id twice, a way that leads
    nowhere, a start that is not there. What is possible but unwise is lint's business (journeys/lint.py).
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("trigger"), Mapping):
        raise BadGraph("A journey needs a trigger.")
    if data["trigger"].get("type") not in Trigger:
        raise BadGraph("The trigger is of no kind we know.")
    rows = data.get("steps")
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise BadGraph("A journey needs at least one step.")
    steps: dict[str, Step] = {}
    for place, row in enumerate(rows, 1):
        step = _step(row, place)
        if step.id in steps:
            raise BadGraph(f"Two steps are called “{step.id}”.")
        steps[step.id] = step
    start = str(data.get("start") or next(iter(steps)))
    if start not in steps:
        raise BadGraph(f"It begins at “{start}”, which is no step.")
    for step in steps.values():
        for name, target in step.ways:
            if target and target not in steps:
                way = f" ({name})" if name else ""
                raise BadGraph(f"Step “{step.id}”{way} leads to “{target}”, which is no step.")
    endings = {name: [_ending(row) for row in data.get(name) or []] for name in ("goals", "exits")}
    return Graph(dict(data["trigger"]), steps, start, endings["goals"], endings["exits"])


def _step(row: Any, place: int) -> Step:
    if not isinstance(row, Mapping) or not str(row.get("id") or ""):
        raise BadGraph(f"Step {place} has no id.")
    name = str(row["id"])
    if len(name) > 40:
        raise BadGraph(f"The id “{name[:40]}…” is longer than 40 characters.")
    if row.get("type") not in StepType:
        raise BadGraph(f"Step “{name}” is of no kind we know.")
    if row["type"] == StepType.SPLIT and not _ways(row.get("ways")):
        raise BadGraph(f"Step “{name}” needs at least two ways, each with a name and a weight above 0.")
    settings = {key: value for key, value in row.items() if key not in ("id", "type", "next", "else")}
    return Step(name, str(row["type"]), str(row.get("next") or ""), str(row.get("else") or ""), settings)


def _ways(ways: Any) -> bool:
    return (
        isinstance(ways, Sequence)
        and len(ways) >= 2
        and all(
            isinstance(way, Mapping)
            and str(way.get("name") or "")
            and isinstance(way.get("weight"), int | float)
            and way["weight"] > 0
            for way in ways
        )
        and len({way["name"] for way in ways}) == len(ways)
    )


def _ending(row: Any) -> Ending:
    if not isinstance(row, Mapping) or not str(row.get("event") or ""):
        raise BadGraph("A goal or an exit needs the event that it is.")
    return Ending(str(row["event"]), dict(row.get("filter") or {}))
