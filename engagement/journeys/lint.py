"""
What is wrong or unwise in a journey before it goes live: structure, settings, rules. lint_words.py reads the
templates. Every problem says which step, and what to do, in words.

An error keeps a journey from being published; a warning must be accepted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from engagement.journeys import lint_words
from engagement.journeys.graph import Dates, Graph, Reentry, Step, StepType, Trigger, read
from engagement.journeys.happenings import HAPPENINGS
from engagement.journeys.problems import ERROR, WARNING, Problem
from engagement.journeys.words import NOBODY, step_words
from engagement.kinds import KINDS
from engagement.models import Journey, Segment
from engagement.segments import rules
from engagement.vocabulary import Purpose

__all__ = ["ERROR", "WARNING", "Problem", "check", "errors"]

WAITS = frozenset({StepType.WAIT, StepType.WAIT_DATE, StepType.WAIT_EVENT})
OF_ORDERS = frozenset({Dates.DELIVERED, Dates.MAINTENANCE})


def check(graph: Graph | Mapping[str, Any], journey: Journey) -> list[Problem]:
    """
    Return what is wrong with a graph as `journey`'s next version: errors first, then by how steps are drawn.

    Reads the stores' templates and the segments that are named. Raises: BadGraph for JSON that is no graph.
    """
    graph = graph if isinstance(graph, Graph) else read(graph)
    found = [*_begin(graph), *_purpose(graph, journey), *_structure(graph), *_rules(graph)]
    for step in graph.walk():
        found += _SETTINGS.get(step.type, _nothing)(step)
    found += lint_words.check(graph, journey)
    place = {step.id: number for number, step in enumerate(graph.walk(), 1)}
    return sorted(found, key=lambda one: (one.level != ERROR, place.get(one.step, 0)))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return those that keep a journey from being published."""
    return [one for one in problems if one.level == ERROR]


# --- what begins it ---
def about_order(trigger: Mapping[str, Any]) -> bool | None:
    """Say whether what begins a journey is about an order; None where it may or may not be."""
    if trigger.get("type") == Trigger.EVENT:
        known = {
            HAPPENINGS[kind].order if kind in HAPPENINGS else None for kind in trigger.get("events") or ()
        }
        return known.pop() if len(known) == 1 else None
    if trigger.get("type") == Trigger.DATE:
        return trigger.get("date") in OF_ORDERS
    return None if trigger.get("type") == Trigger.API else False


def _begin(graph: Graph) -> Iterable[Problem]:
    trigger = graph.trigger
    sort = trigger.get("type")
    if sort == Trigger.EVENT and not trigger.get("events"):
        yield Problem(ERROR, "", "Say what has to happen for it to begin.")
    if sort == Trigger.SEGMENT:
        row = _segment(trigger.get("segment"))
        if row is None:
            yield Problem(ERROR, "", "The segment it begins with is not there. Choose one.")
        elif row.archived_at:
            yield Problem(ERROR, "", f"The segment “{row.name}” is archived: nobody comes in or leaves.")
    if sort == Trigger.DATE and trigger.get("date") not in Dates:
        yield Problem(ERROR, "", "Say which day it begins on.")
    if trigger.get("reentry") == Reentry.AFTER and not int(trigger.get("reentry_days") or 0) > 0:
        yield Problem(ERROR, "", "“Again after some days” needs how many days.")
    if trigger.get("once_for") in ("order", "shipment") and about_order(trigger) is False:
        yield Problem(ERROR, "", "What begins it is not about an order, so one run for each is not possible.")


def _segment(ident: Any) -> Segment | None:
    text = str(ident or "")
    rows = Segment.objects.all()
    if text.isdecimal():
        return rows.filter(pk=int(text)).first() if len(text) < 19 else None
    try:
        return rows.filter(public_id=UUID(text)).first()
    except ValueError:
        return None


def _purpose(graph: Graph, journey: Journey) -> Iterable[Problem]:
    marketing = journey.purpose == Purpose.MARKETING
    sends = [step for step in graph.walk() if step.type in (StepType.MESSAGE, StepType.TELL)]
    if marketing and not journey.topic and sends:
        yield Problem(
            ERROR,
            "",
            "Marketing needs a topic: without one nobody can switch it off by itself. Choose one.",
        )
    for step in sends:
        kind = KINDS.get(str(step.settings.get("kind")))
        if step.type != StepType.MESSAGE or kind is None:
            continue
        if not marketing and kind.purpose == Purpose.MARKETING:
            yield Problem(
                ERROR,
                step.id,
                f"“{kind.label}” is marketing, but this journey says it is about an order: it would go out "
                "without consent.",
            )
        if marketing and kind.purpose != Purpose.MARKETING:
            yield Problem(
                WARNING, step.id, f"“{kind.label}” is about an order. Sent as marketing it needs consent."
            )
    if not any(step.type not in (StepType.END, *WAITS) for step in graph.walk()):
        yield Problem(WARNING, "", "It does nothing yet: put a step in.")


# --- how it hangs together ---
def _structure(graph: Graph) -> Iterable[Problem]:
    reached = {step.id for step in graph.walk()}
    for key, step in graph.steps.items():
        if key not in reached:
            yield Problem(
                ERROR,
                key,
                f"Nothing leads to “{step_words(step, NOBODY)}”. Lead a way to it, or take it out.",
            )
    for key in _rounds(graph, through=frozenset()):
        yield Problem(ERROR, key, "It comes round to here again without waiting. Put a wait into the loop.")
    again = set(_rounds(graph, through=WAITS)) - set(_rounds(graph, through=frozenset()))
    if again:
        first = next(step.id for step in graph.walk() if step.id in again)
        yield Problem(WARNING, first, "It comes round to here again, up to 50 times. Is there a way out?")
    for step in graph.walk():
        ways = [target for _, target in step.ways]
        if len(ways) > 1 and len(set(ways)) == 1 and step.type == StepType.BRANCH:
            yield Problem(
                WARNING, step.id, "Both answers lead to the same place: the question changes nothing."
            )
        if step.type == StepType.MESSAGE:
            yield from _twice(graph, step)


def _rounds(graph: Graph, *, through: frozenset[StepType]) -> list[str]:
    """Return the steps one comes back to; on the way only waits of the types in `through` are passed."""
    stops = {key for key, step in graph.steps.items() if step.type in WAITS and step.type not in through}
    found = []
    for step in graph.walk():
        if step.id in stops:
            continue
        seen: set[str] = set()
        row = [target for _, target in step.ways]
        while row:
            here = row.pop()
            if not here or here in seen or here in stops:
                continue
            seen.add(here)
            row += [target for _, target in graph.steps[here].ways]
        if step.id in seen:
            found.append(step.id)
    return found


def _twice(graph: Graph, step: Step) -> Iterable[Problem]:
    """Say where the same message follows itself with no other message between."""
    seen: set[tuple[str, bool]] = set()
    row = [(target, False) for _, target in step.ways]
    while row:
        here, waited = row.pop()
        if not here or (here, waited) in seen:
            continue
        seen.add((here, waited))
        after = graph.steps[here]
        if after.type != StepType.MESSAGE:
            row += [(target, waited or after.type in WAITS) for _, target in after.ways]
        elif after.settings.get("kind") and after.settings.get("kind") == step.settings.get("kind"):
            words = "The same message goes out again" + (" with no other between." if waited else " at once.")
            yield Problem(WARNING if waited else ERROR, after.id, words)


# --- rules ---
def _rules(graph: Graph) -> Iterable[Problem]:
    asked: list[tuple[str, Any]] = [("", graph.trigger.get("filter"))]
    asked += [("", ending.rule) for ending in (*graph.goals, *graph.exits)]
    for step in graph.walk():
        if step.type == StepType.BRANCH and not step.settings.get("rule"):
            yield Problem(ERROR, step.id, "The question is missing: say what decides between yes and no.")
        asked += [(step.id, step.settings.get(name)) for name in ("rule", "filter")]
    for where, rule in asked:
        if rule:
            yield from _rule(graph, where, rule)


def _rule(graph: Graph, where: str, rule: Any) -> Iterable[Problem]:
    try:
        read_rule = rules.parse(rule, run=True)
    except rules.BadRule as exc:
        yield Problem(ERROR, where, str(exc))
        return
    sort = graph.trigger.get("type")
    for leaf in rules.leaves(read_rule):
        name = leaf.fact.name
        if name.startswith("order.") and about_order(graph.trigger) is False:
            yield Problem(ERROR, where, f"“{leaf.fact.label}”: what begins this journey has no order.")
        if name.startswith("event.") and sort == Trigger.DATE:
            yield Problem(ERROR, where, f"“{leaf.fact.label}”: a day begins this journey, not an event.")
        if name == "customer.segment" and _segment(leaf.value) is None:
            yield Problem(ERROR, where, "A segment that is asked about is not there any more.")


# --- settings ---
def _nothing(step: Step) -> Sequence[Problem]:
    return ()


def _whole(step: Step, name: str) -> int:
    try:
        return int(step.settings.get(name) or 0)
    except (TypeError, ValueError):
        return 0


def _spans(step: Step) -> int:
    return sum(_whole(step, name) for name in ("days", "hours", "minutes"))


def _wait(step: Step) -> Iterable[Problem]:
    clock = step.settings.get("hour") not in (None, "")
    if not (_spans(step) > 0 or clock or step.settings.get("best_hour") or step.settings.get("business")):
        yield Problem(ERROR, step.id, "It waits for no time at all. Say how long, or take it out.")


def _wait_date(step: Step) -> Iterable[Problem]:
    if step.settings.get("date") not in Dates:
        yield Problem(ERROR, step.id, "Say which day it waits for.")


def _wait_event(step: Step) -> Iterable[Problem]:
    if not step.settings.get("event"):
        yield Problem(ERROR, step.id, "Say what it waits for.")
    if not _spans(step) > 0:
        yield Problem(ERROR, step.id, "Say how long it waits at most: else it may wait for ever.")


def _offer(step: Step) -> Iterable[Problem]:
    percent, amount = _whole(step, "percent"), _whole(step, "amount_minor")
    if not 0 < percent <= 100 and not amount > 0:
        yield Problem(ERROR, step.id, "The offer is worth nothing: give 1 to 100 % or an amount.")
    if not _whole(step, "budget"):
        yield Problem(WARNING, step.id, "There is no limit to how many codes are given.")


def _holdout(step: Step) -> Iterable[Problem]:
    try:
        percent = float(step.settings.get("percent") or 0)
    except (TypeError, ValueError):
        percent = 0
    if not 0 < percent < 100:
        yield Problem(ERROR, step.id, "How many are left out lies between 0 and 100 %.")


def _named(name: str, words: str) -> Callable[[Step], Iterable[Problem]]:
    def check_name(step: Step) -> Iterable[Problem]:
        if not str(step.settings.get(name) or "").strip():
            yield Problem(ERROR, step.id, words)

    return check_name


_SETTINGS: Mapping[str, Callable[[Step], Iterable[Problem]]] = {
    StepType.WAIT: _wait,
    StepType.WAIT_DATE: _wait_date,
    StepType.WAIT_EVENT: _wait_event,
    StepType.OFFER: _offer,
    StepType.HOLDOUT: _holdout,
    StepType.TAG: _named("name", "Say which tag."),
    StepType.ALERT: _named("words", "Say what staff are told."),
    StepType.CASE: _named("subject", "Say what the case is about."),
    StepType.CALL: _named("name", "Say under which name partners hear of it."),
}
