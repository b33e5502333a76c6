"""
Changes to a journey's draft: put a step in, take one out, change, move and copy it. Pure: each takes a graph
and returns a new one, which `as_json` writes down.

A place for a step is a way: (id of the step it leaves, the way's name); START is the way in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engagement.journeys.graph import TWO_WAYS, Ending, Graph, Step, StepType, Trigger

START = ("", "")
MOST_STEPS = 60  # more nobody can read as one picture
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    StepType.MESSAGE: {"kind": "", "channel": "auto"},
    StepType.WAIT: {"days": 1},
    StepType.WAIT_DATE: {"date": "delivered", "offset_days": 1},
    StepType.WAIT_EVENT: {"event": "", "days": 7},
    StepType.BRANCH: {"rule": {}},
    StepType.SPLIT: {"ways": [{"name": "A", "weight": 50}, {"name": "B", "weight": 50}]},
    StepType.HOLDOUT: {"percent": 10},
    StepType.OFFER: {"percent": 10, "days_valid": 14},
    StepType.SURVEY: {"kind": "delivery"},
    StepType.TAG: {"name": ""},
    StepType.ALERT: {"words": ""},
    StepType.CASE: {"subject": ""},
    StepType.CALL: {"name": ""},
}
Way = tuple[str, str]


class BadEdit(ValueError):
    """What was asked for cannot be done to this graph. The text says why, for whoever edits it."""


def as_json(graph: Graph) -> dict[str, Any]:
    """Return a graph as JSON, as `graph.read` takes it. Steps stand as they are drawn, then the rest."""
    order = [step.id for step in graph.walk()]
    order += [key for key in graph.steps if key not in order]
    made: dict[str, Any] = {
        "trigger": dict(graph.trigger),
        "start": graph.start,
        "steps": [_step_json(graph.steps[key]) for key in order],
    }
    for name, rows in (("goals", graph.goals), ("exits", graph.exits)):
        if rows:
            made[name] = [
                {"event": row.event, **({"filter": dict(row.rule)} if row.rule else {})} for row in rows
            ]
    return made


def _step_json(step: Step) -> dict[str, Any]:
    made: dict[str, Any] = {"id": step.id, "type": step.type, **step.settings}
    if step.next:
        made["next"] = step.next
    if step.other:
        made["else"] = step.other
    return made


def blank() -> Graph:
    """Return what a new journey begins as: after a delivery, nothing yet."""
    trigger = {"type": str(Trigger.EVENT), "events": ["tracking.shipment.delivered"], "once_for": "order"}
    return Graph(trigger, {"end": Step("end", StepType.END)}, "end")


# --- reading ---
def ways_in(graph: Graph, step_id: str) -> list[Way]:
    """Return every way that leads to a step; START is one of them for the first."""
    found = [START] if graph.start == step_id else []
    return found + [
        (step.id, name) for step in graph.steps.values() for name, target in step.ways if target == step_id
    ]


def target_of(graph: Graph, way: Way) -> str:
    """Return where a way leads, '' for the end. Raises: BadEdit when there is no such way."""
    if way == START:
        return graph.start
    step = graph.steps.get(way[0])
    for name, target in step.ways if step else ():
        if name == way[1]:
            return target
    raise BadEdit("The place for it is not there any more. Look at the journey again.")


def reached(graph: Graph) -> set[str]:
    """Return the ids of the steps that can be reached."""
    return {step.id for step in graph.walk()}


# --- writing ---
def lead(step: Step, way: str, target: str) -> Step:
    """Return a step whose way leads elsewhere."""
    if step.type == StepType.SPLIT:
        ways = [
            {
                **{key: value for key, value in row.items() if key != "next"},
                **({"next": target} if target else {}),
            }
            if row["name"] == way
            else dict(row)
            for row in step.settings["ways"]
        ]
        return replace(step, settings={**step.settings, "ways": ways})
    if way in ("no", "timeout"):
        return replace(step, other=target)
    return replace(step, next=target)


def _lead_all(graph: Graph, ways: Sequence[Way], target: str) -> Graph:
    steps, start = dict(graph.steps), graph.start
    for way in ways:
        if way == START:
            start = target
        else:
            steps[way[0]] = lead(steps[way[0]], way[1], target)
    return replace(graph, steps=steps, start=start)


def _everywhere(step: Step, target: str) -> Step:
    """Return a step all of whose ways lead to one place."""
    for name, _ in step.ways:
        step = lead(step, name, target)
    return step


def fresh_id(graph: Graph, base: str) -> str:
    """Return an id no step has yet: 'wait', 'wait-2', …"""
    base = re.sub(r"-\d+$", "", base)[:34] or "step"
    number, made = 1, base
    while made in graph.steps:
        number += 1
        made = f"{base}-{number}"
    return made


def insert(graph: Graph, sort: str, way: Way, settings: Mapping[str, Any] | None = None) -> tuple[Graph, str]:
    """
    Put a new step onto a way; what came there comes after it, on every way out of it.

    Returns: the graph, and the new step's id. Raises: BadEdit for a way that is not there, a step that ends
    what goes on, or too many steps.
    """
    if sort not in StepType:
        raise BadEdit("There is no such kind of step.")
    if len(graph.steps) >= MOST_STEPS:
        raise BadEdit(f"A journey has at most {MOST_STEPS} steps.")
    after = target_of(graph, way)
    if sort == StepType.END and after:
        raise BadEdit("Something follows here. Take that away first, or let the way lead to the end.")
    name = fresh_id(graph, str(sort).replace("_", "-"))
    given = dict(_DEFAULTS.get(sort, {}) if settings is None else settings)
    step = _everywhere(Step(name, str(sort), settings=given), after)
    grown = replace(graph, steps={**graph.steps, name: step})
    return _lead_all(grown, [way], name), name


def remove(graph: Graph, step_id: str, keep: str = "") -> Graph:
    """
    Take a step out. What led to it leads to what followed, by the way `keep` where it had several (the first
    if not named); steps only its other ways led to go with it.

    Raises: BadEdit for a step that is not there, and for the last one.
    """
    step = _known(graph, step_id)
    ways = dict(step.ways)
    after = ways.get(keep, next(iter(ways.values()), ""))
    after = "" if after == step_id else after
    before = reached(graph)
    if not after and graph.start == step_id:
        raise BadEdit("A journey needs at least one step. Put another one in first.")
    cut = _lead_all(graph, ways_in(graph, step_id), after)
    left = replace(cut, steps={key: value for key, value in cut.steps.items() if key != step_id})
    still = reached(left)
    steps = {key: value for key, value in left.steps.items() if key in still or key not in before}
    kept = replace(left, steps=steps)
    gone = [(one.id, name) for one in steps.values() for name, goal in one.ways if goal and goal not in steps]
    return _lead_all(kept, gone, "")  # those of steps that nobody reached anyway


def change(
    graph: Graph, step_id: str, settings: Mapping[str, Any], ways: Mapping[str, str] | None = None
) -> Graph:
    """
    Give a step other settings, and let the ways named in `ways` lead elsewhere ('' is the end).

    Ways of a split test that stay keep where they lead; new ones lead to where its first one does.
    Raises: BadEdit for a step or target that is not there, or a split of fewer than two ways.
    """
    step = _known(graph, step_id)
    given = dict(settings)
    if step.type == StepType.SPLIT:
        if len({row["name"] for row in given.get("ways", [])}) < 2:
            raise BadEdit("A split test needs at least two ways with different names.")
        known = dict(step.ways)
        default = next(iter(known.values()), "")
        given["ways"] = [_way_json(row, known.get(str(row["name"]), default)) for row in given["ways"]]
    changed = replace(step, settings=given)
    for name, target in (ways or {}).items():
        if target and target not in graph.steps:
            raise BadEdit("It cannot lead there: that step is gone.")
        if name in dict(changed.ways):
            changed = lead(changed, name, target)
    return replace(graph, steps={**graph.steps, step_id: changed})


def _way_json(row: Mapping[str, Any], target: str) -> dict[str, Any]:
    made = {"name": str(row["name"]), "weight": row["weight"]}
    return {**made, "next": target} if target else made


def move(graph: Graph, step_id: str, *, up: bool) -> Graph:
    """
    Let a step change places with the one before it (`up`) or after it, along its first way.

    Raises: BadEdit, in words, where that has no clear meaning: several ways lead in, a split, the end.
    """
    step = _known(graph, step_id)
    if not up:
        after = _first(step)
        if not after or after == step_id:
            raise BadEdit("Nothing comes after it on this way.")
        return _swap(graph, step, _known(graph, after))
    into = ways_in(graph, step_id)
    if into == [START]:
        raise BadEdit("It is the first step already.")
    if len(into) != 1:
        raise BadEdit("Several ways lead to this step: there is not one step before it.")
    return _raise(graph, step, into[0])


def _first(step: Step) -> str:
    return step.next if step.type != StepType.SPLIT else ""


def _swap(graph: Graph, step: Step, after: Step) -> Graph:
    if len(ways_in(graph, after.id)) != 1:
        raise BadEdit("Other ways lead to the step after it, too.")
    return _raise(graph, after, (step.id, step.ways[0][0]))


def _raise(graph: Graph, step: Step, way: Way) -> Graph:
    """Put `step`, to which only `way` leads, before the step that the way leaves."""
    if step.type in (StepType.END, StepType.SPLIT):
        raise BadEdit("A split test or the end cannot change places. Take it out and put it in elsewhere.")
    before = graph.steps[way[0]]
    rest = step.next if step.next != step.id else ""
    into = [one for one in ways_in(graph, before.id) if one != (step.id, step.ways[0][0])]
    loops = step.next == before.id
    moved = _lead_all(graph, [way], "" if loops else rest)
    moved = _lead_all(moved, into, step.id)
    if loops:  # step -> before -> … -> step becomes before -> step -> before
        moved = _lead_all(moved, [way], step.id)
    return _lead_all(moved, [(step.id, step.ways[0][0])], before.id)


def copy(graph: Graph, step_id: str) -> tuple[Graph, str]:
    """Put the same step once more, right after it on its first way. Raises: BadEdit."""
    step = _known(graph, step_id)
    if step.type == StepType.END:
        raise BadEdit("There is nothing to copy in an end.")
    settings = dict(step.settings)
    if step.type == StepType.SPLIT:
        settings["ways"] = [{"name": row["name"], "weight": row["weight"]} for row in settings["ways"]]
    grown, name = insert(graph, step.type, (step_id, step.ways[0][0]), settings)
    again = grown.steps[name]
    renamed = fresh_id(graph, step_id)
    if renamed == name:
        return grown, name
    steps = {key: value for key, value in grown.steps.items() if key != name}
    steps[renamed] = replace(again, id=renamed)
    return _lead_all(replace(grown, steps=steps), ways_in(grown, name), renamed), renamed


def set_trigger(graph: Graph, trigger: Mapping[str, Any]) -> Graph:
    """Let a journey begin otherwise."""
    return replace(graph, trigger=dict(trigger))


def set_endings(graph: Graph, *, goals: Sequence[Ending], exits: Sequence[Ending]) -> Graph:
    """Let other events end its runs."""
    return replace(graph, goals=tuple(goals), exits=tuple(exits))


def _known(graph: Graph, step_id: str) -> Step:
    step = graph.steps.get(step_id)
    if step is None:
        raise BadEdit("That step is not there any more. Look at the journey again.")
    return step


def branches(step: Step) -> bool:
    """Say whether a step has several ways out."""
    return step.type in TWO_WAYS or step.type == StepType.SPLIT
