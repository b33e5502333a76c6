"""What happened, as far as it changes profiles."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import Event
from engagement.profiles.services import mark_dirty
from tracking.models import Order


def mark_changed(events: Sequence[Event], *, at: datetime) -> None:
    """
    Mark everybody whom events are about: the customer each names, whose order it names is now, and both
    sides of a merge.
    """
    people = {event.customer_id for event in events}
    for event in events:
        people |= {event.data.get(name) for name in ("customer_id", "merged_id")}
    orders = {event.data.get("order_id") for event in events}
    mine = Order.objects.filter(pk__in=[pk for pk in orders if isinstance(pk, int)])
    people |= set(mine.values_list("customer_id", flat=True))
    mark_dirty([pk for pk in people if isinstance(pk, int)], at=at)
