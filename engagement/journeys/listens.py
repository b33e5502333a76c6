"""What a graph listens for, as the rows JourneyTrigger keeps of it. Pure."""

from collections.abc import Iterable

from engagement.events import SEGMENT_ENTERED, SEGMENT_LEFT
from engagement.journeys.graph import Graph, StepType, Trigger

# Roles, as JourneyTrigger.Role stores them.
ENTER, GOAL, EXIT, WAIT = "enter", "goal", "exit", "wait"


def listens(graph: Graph) -> list[tuple[str, str]]:
    """
    Return (role, kind of event) of everything a journey listens for, each once, sorted.

    A journey that begins on a day or by the API begins on no event. A step that waits for an event counts
    wherever it stands, so that a graph says the same before and after it is tidied up.
    """
    found = {(ENTER, kind) for kind in _begins(graph)}
    found |= {(GOAL, ending.event) for ending in graph.goals}
    found |= {(EXIT, ending.event) for ending in graph.exits}
    waits = (step for step in graph.steps.values() if step.type == StepType.WAIT_EVENT)
    found |= {(WAIT, str(step.settings["event"])) for step in waits if step.settings.get("event")}
    return sorted(found)


def _begins(graph: Graph) -> Iterable[str]:
    trigger = graph.trigger
    if trigger["type"] == Trigger.EVENT:
        return [str(kind) for kind in trigger.get("events") or ()]
    if trigger["type"] == Trigger.SEGMENT:
        return [SEGMENT_LEFT if trigger.get("change") == "left" else SEGMENT_ENTERED]
    return ()
