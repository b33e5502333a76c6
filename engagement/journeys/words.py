"""
Journeys in words for staff: what begins one, what each step does, what differs between two versions. Pure.

`Names` knows what ids mean (segments, messages); without it the ids themselves are shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.lib.money import BadMoney, Money
from engagement.journeys.graph import Dates, Ending, Graph, OnceFor, Step, StepType, Trigger
from engagement.journeys.happenings import words_of
from engagement.vocabulary import Channel

WAYS = {"yes": "Yes", "no": "No", "came": "It happens", "timeout": "It does not come in time"}
QUESTIONS = {"delivery": "how the delivery was", "return": "how the return was"}


def _no_rule(rule: Mapping[str, Any]) -> str:
    return "a rule holds" if rule else "always"


@dataclass(frozen=True)
class Names:
    """What ids mean: segments by id, kinds of messages by code, rules by what they say."""

    segments: Mapping[str, str] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    rule: Callable[[Mapping[str, Any]], str] = _no_rule
    currency: str = ""

    def segment(self, ident: Any) -> str:
        """Return a segment's name."""
        return self.segments.get(str(ident), f"no. {ident}")

    def message(self, kind: Any) -> str:
        """Return a message's name."""
        return self.messages.get(str(kind), str(kind))


NOBODY = Names()


def count(number: Any, noun: str) -> str:
    """Return a number with its noun: '1 day', '3 days'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def span(settings: Mapping[str, Any]) -> str:
    """Return days, hours and minutes in words, '' for none of them."""
    parts = [
        count(settings[f"{noun}s"], noun) for noun in ("day", "hour", "minute") if settings.get(f"{noun}s")
    ]
    return " and ".join(parts) if len(parts) < 3 else f"{parts[0]}, {parts[1]} and {parts[2]}"


def clock(hour: Any) -> str:
    """Return a full hour as it is written: '09:00'."""
    return f"{int(hour):02d}:00"


def _date(settings: Mapping[str, Any]) -> str:
    code, days = str(settings.get("date") or ""), int(settings.get("offset_days") or 0)
    name = Dates(code).label if code in Dates else code
    if code == Dates.QUIET:
        return f"{count(days, 'day')} after the last order"
    if not days:
        return name
    when = f"{count(abs(days), 'day')} {'after' if days > 0 else 'before'}"
    return f"{when}: {name[:1].lower()}{name[1:]}"


def trigger_words(trigger: Mapping[str, Any], names: Names = NOBODY) -> list[str]:
    """Return what begins a journey, for whom, and whether one may enter again: one sentence each."""
    sort, said = trigger.get("type"), []
    if sort == Trigger.EVENT:
        said.append(" or ".join(words_of(str(kind)) for kind in trigger.get("events") or ["?"]))
    elif sort == Trigger.SEGMENT:
        verb = "leaves" if trigger.get("change") == "left" else "comes into"
        said.append(f"Somebody {verb} the segment “{names.segment(trigger.get('segment'))}”")
    elif sort == Trigger.DATE:
        hour = trigger.get("hour")
        said.append(_date(trigger) + (f", at {clock(hour)} where they are" if hour is not None else ""))
    else:
        said.append("A partner begins it through the API")
    if trigger.get("filter"):
        said.append(f"Only if {names.rule(trigger['filter'])}")
    once = str(trigger.get("once_for") or "")
    if once in OnceFor:
        said.append(f"One run for {OnceFor(once).label[:1].lower()}{OnceFor(once).label[1:]}")
    again = trigger.get("reentry") or "never"
    if again == "after":
        said.append(f"Again after {count(int(trigger.get('reentry_days') or 0), 'day')} at the earliest")
    elif again == "always":
        said.append("May enter again every time")
    return said


# --- steps ---
def title(step: Step) -> str:
    """Return what sort of step it is."""
    return StepType(step.type).label


def _message(step: Step, names: Names) -> str:
    channel = str(step.settings.get("channel") or "auto")
    by = Channel(channel).label if channel in Channel else "the way they like best"
    late = step.settings.get("lateness_hours")
    return f"“{names.message(step.settings.get('kind'))}” by {by}" + (
        f", at most {count(late, 'hour')} late" if late else ""
    )


def _wait(step: Step, names: Names) -> str:
    said = [span(step.settings)]
    if step.settings.get("hour") is not None:
        said.append(f"until {clock(step.settings['hour'])} where they are")
    if step.settings.get("best_hour"):
        said.append("until the hour they usually read")
    if step.settings.get("business"):
        said.append("on a working day")
    words = ", then ".join(part for part in said if part)
    return f"{words[:1].upper()}{words[1:]}" if words else "No time at all"


def _wait_date(step: Step, names: Names) -> str:
    hour = step.settings.get("hour")
    return _date(step.settings) + (f", {clock(hour)} where they are" if hour is not None else "")


def _wait_event(step: Step, names: Names) -> str:
    rule, limit = step.settings.get("filter"), span(step.settings)
    said = words_of(str(step.settings.get("event") or "?"))
    return (
        said
        + (f", and {names.rule(rule)}" if rule else "")
        + (f"; for at most {limit}" if limit else "; however long it takes")
    )


def _branch(step: Step, names: Names) -> str:
    rule = step.settings.get("rule")
    said = names.rule(rule) if rule else "no rule yet"
    return f"{said[:1].upper()}{said[1:]}?"


def _split(step: Step, names: Names) -> str:
    ways: Sequence[Mapping[str, Any]] = step.settings.get("ways") or []
    whole = sum(float(way["weight"]) for way in ways) or 1.0
    return ", ".join(f"{way['name']} {float(way['weight']) / whole:.0%}" for way in ways)


def _offer(step: Step, names: Names) -> str:
    settings = step.settings
    if settings.get("percent"):
        worth = f"{settings['percent']} % off"
    else:
        try:
            worth = f"{Money(int(settings.get('amount_minor') or 0), names.currency).format()} off"
        except BadMoney:
            worth = f"{int(settings.get('amount_minor') or 0)} minor units off"
    days = f", good for {count(settings['days_valid'], 'day')}" if settings.get("days_valid") else ""
    budget = f", at most {count(settings['budget'], 'code')} in all" if settings.get("budget") else ""
    return worth + days + budget


def _survey(step: Step, names: Names) -> str:
    kind = str(step.settings.get("kind") or "")
    return f"Ask {QUESTIONS.get(kind.lower(), kind or 'something')}; the next message carries the link"


_DETAILS: Mapping[str, Callable[[Step, Names], str]] = {
    StepType.TELL: lambda step, names: "In the words made for what began it",
    StepType.MESSAGE: _message,
    StepType.WAIT: _wait,
    StepType.WAIT_DATE: _wait_date,
    StepType.WAIT_EVENT: _wait_event,
    StepType.BRANCH: _branch,
    StepType.SPLIT: _split,
    StepType.HOLDOUT: lambda step, names: f"{step.settings.get('percent') or 0} % get nothing, to compare",
    StepType.OFFER: _offer,
    StepType.SURVEY: _survey,
    StepType.TAG: lambda step, names: (
        f"{'Take' if step.settings.get('remove') else 'Put'} “{step.settings.get('name') or '?'}”"
    ),
    StepType.ALERT: lambda step, names: f"“{step.settings.get('words') or '?'}”",
    StepType.CASE: lambda step, names: f"“{step.settings.get('subject') or '?'}”",
    StepType.CALL: lambda step, names: f"“{step.settings.get('name') or '?'}”",
    StepType.END: lambda step, names: "",
}


def detail(step: Step, names: Names = NOBODY) -> str:
    """Return a step's settings in words; settings that make no sense are shown as they stand."""
    try:
        return _DETAILS[step.type](step, names)
    except (TypeError, ValueError, KeyError, AttributeError):
        return "Its settings cannot be read"


def step_words(step: Step, names: Names = NOBODY) -> str:
    """Return a step in one line: 'Wait: 3 days, then until 10:00 where they are'."""
    said = detail(step, names)
    return f"{title(step)}: {said}" if said else title(step)


def ending_words(ending: Ending, names: Names = NOBODY) -> str:
    """Return what ends a run."""
    return words_of(ending.event) + (f", and {names.rule(ending.rule)}" if ending.rule else "")


def way_words(name: str) -> str:
    """Return what a way out of a step is called, '' for the only one."""
    return WAYS.get(name, name)


# --- versions ---
def _leads(step: Step, graph: Graph, names: Names) -> list[tuple[str, str]]:
    return [
        (way_words(way), step_words(graph.steps[target], names) if target else "the end")
        for way, target in step.ways
    ]


def differences(old: Graph | None, new: Graph, names: Names = NOBODY) -> list[str]:
    """Return what `new` does otherwise than `old`, in sentences; [] when they do the same."""
    if old is None:
        return [f"New: {step_words(step, names)}." for step in new.walk()]
    said = []
    before, after = ("; ".join(trigger_words(graph.trigger, names)) for graph in (old, new))
    if before != after:
        said.append(f"It begins otherwise. Now: {after}. Before: {before}.")
    for label, were, are in (("goal", old.goals, new.goals), ("exit", old.exits, new.exits)):
        then, now = ([ending_words(one, names) for one in rows] for rows in (were, are))
        said += [f"New {label}: {one}." for one in now if one not in then]
        said += [f"No {label} any more: {one}." for one in then if one not in now]
    said += [f"Gone: {step_words(one, names)}." for key, one in old.steps.items() if key not in new.steps]
    for key, step in new.steps.items():
        was = old.steps.get(key)
        if was is None:
            said.append(f"New: {step_words(step, names)}.")
            continue
        if (was.type, dict(_plain(was))) != (step.type, dict(_plain(step))):
            said.append(f"Changed: {step_words(step, names)}. Before: {step_words(was, names)}.")
        if was.ways != step.ways:
            ways = "; ".join(
                f"{name}: {target}" if name else target for name, target in _leads(step, new, names)
            )
            said.append(f"After “{step_words(step, names)}” comes: {ways}.")
    if old.start != new.start:
        said.append(f"It starts with “{step_words(new.steps[new.start], names)}”.")
    return said


def _plain(step: Step) -> Mapping[str, Any]:
    """Return a step's settings without where its ways lead."""
    ways = [
        {key: value for key, value in way.items() if key != "next"} for way in step.settings.get("ways") or []
    ]
    return {**step.settings, "ways": ways} if ways else step.settings
