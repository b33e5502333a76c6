"""What becomes of returns and of actions in shops, for exchanges, payments and time. All of it idempotent."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import Event
from customers.worker import wake
from returns import events as facts
from returns.models import Return
from returns.services import exchanges, holds, moves, rounds
from tracking.models import ShopAction

ARRIVED = (facts.RECEIVED, facts.INSPECTED)


def look_again(events: Sequence[Event], *, at: datetime) -> None:
    """
    Have the worker look at returns that have moved: what is earned, what can be ordered, when time has a say.
    """
    ids = {event.data["return_id"] for event in events}
    arrived = {event.data["return_id"] for event in events if event.kind in ARRIVED}
    rows = Return.objects.filter(pk__in=arrived).order_by("order_id", "pk")  # as locks are taken elsewhere
    for pk in rows.values_list("pk", flat=True):
        rounds.goods_came(moves.locked(pk), at=at)
    Return.objects.filter(pk__in=sorted(ids)).update(due_at=at)
    wake(moves.WORK)


def follow_shop(events: Sequence[Event], *, at: datetime) -> None:
    """Follow what shops did for exchanges: their orders, and the stock set aside for them."""
    ids = sorted({event.data["action_id"] for event in events if _ours(event)})
    for action in ShopAction.objects.filter(pk__in=ids).order_by("pk"):
        if action.kind == ShopAction.Kind.ORDER:
            exchanges.followed(action, at=at)
        else:
            holds.settled(action, at=at)


def _ours(event: Event) -> bool:
    return str(event.data.get("purpose", "")).startswith(("exchange:", "stock-hold:"))
