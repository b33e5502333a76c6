"""
The draft of a journey: what staff are writing, with its last 20 states, so that every change can be undone.

`Journey.draft` is the graph's JSON; beside it, under BEFORE, stand the graphs it was before. A draft that
says what the live version says is no draft. `bare` is the graph without its past: what may be published.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from engagement.journeys import editing
from engagement.journeys.graph import BadGraph, Graph, read
from engagement.models import Journey, JourneyVersion

BEFORE = "before"
UNDONE = 20


class Stale(ValueError):
    """Somebody else changed the draft, or published, since it was shown."""

    def __init__(self) -> None:
        super().__init__("Somebody has changed this journey meanwhile. Look at it again before you go on.")


def bare(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft's graph, as JSON, without the states it had before."""
    return {key: value for key, value in draft.items() if key != BEFORE}


def graph_of(journey: Journey) -> Graph:
    """Return what is being edited: the draft, else what is live, else a blank. Raises: BadGraph."""
    told = bare(journey.draft)
    if told:
        return read(told)
    return read(journey.live.graph) if journey.live else editing.blank()


def has_draft(journey: Journey) -> bool:
    """Say whether the draft says something else than what is live."""
    told = bare(journey.draft)
    if not told or journey.live is None:
        return bool(told)
    try:
        return editing.as_json(read(told)) != editing.as_json(read(journey.live.graph))
    except BadGraph:
        return True


def undoable(journey: Journey) -> bool:
    """Say whether there is a change to undo."""
    return bool(journey.draft.get(BEFORE))


def stamp(journey: Journey) -> str:
    """Return a mark of what staff see of a journey: it changes with its draft and with its versions."""
    told = json.dumps([journey.draft, journey.live_id], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:24]


@transaction.atomic
def save(*, journey_id: int, graph: Graph, seen: str, at: datetime) -> Journey:
    """
    Write the draft; what was before can be had again by `undo`.

    `seen` is the `stamp` of what the change was made to. Raises: Stale; BadGraph; Journey.DoesNotExist.
    """
    journey = _locked(journey_id, seen)
    told = editing.as_json(graph)
    read(told)
    was = editing.as_json(graph_of(journey))
    if told == was and bare(journey.draft):
        return journey
    steps = [*journey.draft.get(BEFORE, []), was][-UNDONE:] if told != was else []
    return _write(journey, {**told, BEFORE: steps})


@transaction.atomic
def undo(*, journey_id: int, seen: str) -> bool:
    """Take the last change of a draft back. Returns whether there was one. Raises: Stale."""
    journey = _locked(journey_id, seen)
    steps = journey.draft.get(BEFORE) or []
    if not steps:
        return False
    _write(journey, {**steps[-1], BEFORE: steps[:-1]})
    return True


@transaction.atomic
def discard(*, journey_id: int, seen: str) -> None:
    """Throw the draft away: it says what is live again, or begins anew. Raises: Stale."""
    journey = _locked(journey_id, seen)
    _write(journey, dict(journey.live.graph) if journey.live else {})


@transaction.atomic
def roll_back(*, journey_id: int, number: int, seen: str, at: datetime) -> Journey:
    """Make an old version's graph the draft. Raises: JourneyVersion.DoesNotExist; Stale."""
    version = JourneyVersion.objects.get(journey_id=journey_id, number=number)
    return save(journey_id=journey_id, graph=read(version.graph), seen=seen, at=at)


def _locked(journey_id: int, seen: str) -> Journey:
    rows = Journey.objects.select_for_update(of=("self",)).select_related("live", "store")
    journey = rows.get(pk=journey_id)
    if stamp(journey) != seen:
        raise Stale
    return journey


def _write(journey: Journey, draft: dict[str, Any]) -> Journey:
    if not draft.get(BEFORE):
        draft.pop(BEFORE, None)
    journey.draft = draft
    journey.save(update_fields=["draft", "updated_at"])
    return journey
