"""Journeys that are live, made the way staff make them."""

import itertools

from engagement.journeys import services
from engagement.models import Journey
from engagement.vocabulary import Purpose, Topic
from tests.factories.tracking import NOON

_numbers = itertools.count(1)


def step(step_id, sort, **settings):
    """Return a step's JSON; `otherwise` is its second way."""
    if "otherwise" in settings:
        settings["else"] = settings.pop("otherwise")
    return {"id": step_id, "type": sort, **settings}


def chain(trigger, *steps, **more):
    """Return a graph whose steps follow each other as they stand, unless they say where they lead."""
    rows = [dict(one) for one in steps]
    for one, following in itertools.pairwise(rows):
        if one["type"] not in ("end", "split"):
            one.setdefault("next", following["id"])
    return {"trigger": trigger, "steps": rows, "start": rows[0]["id"], **more}


def on_event(*kinds, once_for="order", **more):
    """Return the trigger of a journey that begins with events."""
    return {"type": "event", "events": list(kinds), "once_for": once_for, **more}


def make_live(graph, *, at=NOON, purpose=Purpose.MARKETING, topic=Topic.TIPS, **fields):
    """Return a published journey with this graph."""
    number = next(_numbers)
    fields = {"code": f"test-{number}", "name": f"Test {number}", **fields}
    journey = Journey.objects.create(purpose=purpose, topic=topic, draft=graph, **fields)
    services.publish(journey_id=journey.pk, by="test@example.com", at=at)
    journey.refresh_from_db()
    return journey
