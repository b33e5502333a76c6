"""How a built-in journey is written down, and short ways to write steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engagement.journeys.graph import Dates, OnceFor, Reentry, StepType, Trigger
from engagement.vocabulary import Purpose

Json = dict[str, Any]


@dataclass(frozen=True)
class Builtin:
    """
    One built-in journey: what its row says and its graph.

    `code` is stored and never renamed. What belongs to an order is LIVE from the start; marketing waits for
    somebody to switch it on (the sample stores do).
    """

    code: str
    name: str
    description: str
    graph: Json
    purpose: str = Purpose.TRANSACTIONAL
    topic: str = ""

    @property
    def on_from_the_start(self) -> bool:
        """Whether a fresh installation runs it."""
        return self.purpose == Purpose.TRANSACTIONAL


def on_event(
    *events: str,
    once_for: str = OnceFor.EVENT,
    reentry: str = Reentry.NEVER,
    reentry_days: int = 0,
    rule: Mapping[str, Any] | None = None,
) -> Json:
    """Return the trigger of a journey that begins with any of `events` of which `rule` holds."""
    trigger: Json = {"type": Trigger.EVENT.value, "events": list(events), "once_for": str(once_for)}
    return _entry(trigger, reentry, reentry_days, rule)


def on_date(
    date: Dates,
    *,
    offset_days: int = 0,
    hour: int = 10,
    once_for: str = OnceFor.CUSTOMER,
    reentry: str = Reentry.NEVER,
    reentry_days: int = 0,
    rule: Mapping[str, Any] | None = None,
) -> Json:
    """Return the trigger of a journey that begins so many days after a date, at an hour of their own day."""
    trigger: Json = {
        "type": Trigger.DATE.value,
        "date": date.value,
        "offset_days": offset_days,
        "hour": hour,
        "once_for": str(once_for),
    }
    return _entry(trigger, reentry, reentry_days, rule)


def _entry(trigger: Json, reentry: str, days: int, rule: Mapping[str, Any] | None) -> Json:
    trigger["reentry"] = str(reentry)
    if days:
        trigger["reentry_days"] = days
    if rule:
        trigger["filter"] = dict(rule)
    return trigger


def graph(trigger: Json, *steps: Json, goals: Sequence[str] = (), exits: Sequence[str] = ()) -> Json:
    """
    Return a graph whose steps follow each other as they stand, unless they say where they lead; the last one
    ends it. `goals` and `exits` are kinds of events.
    """
    row = [dict(step) for step in steps]
    for step, following in zip(row, row[1:], strict=False):
        if step["type"] not in (StepType.END, StepType.SPLIT):
            step.setdefault("next", following["id"])
    made: Json = {"trigger": trigger, "start": row[0]["id"], "steps": row}
    if goals:
        made["goals"] = [{"event": kind} for kind in goals]
    if exits:
        made["exits"] = [{"event": kind} for kind in exits]
    return made


def tell(*events: str, once_for: str = OnceFor.EVENT) -> Json:
    """Return the graph that tells the news of `events` at once, in the words made for each."""
    return graph(on_event(*events, once_for=once_for), {"id": "tell", "type": StepType.TELL.value})


def message(step_id: str, kind: str, *, lateness_hours: int = 72, **more: Any) -> Json:
    """Return a step that sends a message of `kind` on the way its reader prefers."""
    return {
        "id": step_id,
        "type": StepType.MESSAGE.value,
        "kind": kind,
        "channel": "auto",
        "lateness_hours": lateness_hours,
        **more,
    }


def wait(step_id: str, **how: Any) -> Json:
    """Return a step that waits: days, hours, minutes, and hour (of their own day)."""
    return {"id": step_id, "type": StepType.WAIT.value, **how}


def step(step_id: str, sort: StepType, **settings: Any) -> Json:
    """Return any other step; `otherwise` is where its second way leads."""
    if "otherwise" in settings:
        settings["else"] = settings.pop("otherwise")
    return {"id": step_id, "type": sort.value, **settings}


def end(step_id: str = "end") -> Json:
    """Return the step that ends it."""
    return {"id": step_id, "type": StepType.END.value}


def fact(name: str, op: str, value: Any) -> Json:
    """Return one condition of a rule (engagement/segments/rules.py)."""
    return {"fact": name, "op": op, "value": value}
