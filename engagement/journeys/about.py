"""What an event is about, and whether a run is about the same. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.models import Event
from engagement.models import Enrolment
from tracking.events import ORDER_PLACED

# A run for a thing hears of that thing only; by what an event's data calls it.
THINGS: Mapping[str, str] = {"order": "order_id", "shipment": "shipment_id", "return": "return_id"}
# News of another thing by their nature: a new order is what a run about an old one hopes for.
NEW = frozenset({ORDER_PLACED})


def concerns(event: Event, run: Enrolment) -> bool:
    """
    Say whether `event` is about the person `run` is about or, where nobody is known, about its order; and
    about the same order, parcel or return, where the run is for one and the event names one.
    """
    if run.customer_id is not None:
        if event.customer_id != run.customer_id:
            return False
    elif run.order_id is None or event.data.get("order_id") != run.order_id:
        return False
    if event.kind in NEW:
        return True
    sort, _, pk = run.subject.partition(":")
    name = THINGS.get(sort)
    if name is None:
        return True
    named = event.data.get(name)
    if named is None and run.order_id is not None:  # a parcel's run hears of its order's events
        named, pk = event.data.get("order_id"), str(run.order_id)
    return named is None or str(named) == pk


def happened_after(run: Enrolment) -> datetime:
    """Return the time after which what happens counts for a run: that of its event, else its beginning."""
    return run.event.occurred_at if run.event_id and run.event else run.entered_at


def ids_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ids an event carries, as a message's context holds them."""
    found = {name: value for name, value in data.items() if name.endswith("_id") and value is not None}
    if found.get("shipment_id"):
        found["shipments"] = [found["shipment_id"]]
    return found
