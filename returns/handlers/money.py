"""Money hears how returns, exchanges and the ledgers get on, and gives back what has been earned."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import Event
from returns.models import Refund, Return
from returns.services import ledger
from returns.services.settling import settle


def settle_returns(events: Sequence[Event], *, at: datetime) -> None:
    """Reckon anew what each return has earned, in the order of their locks: no two wait for each other."""
    named = {int(event.data["return_id"]) for event in events}
    rows = Return.objects.filter(pk__in=named).order_by("order_id", "pk")
    for return_id in rows.values_list("pk", flat=True):
        settle(return_id, at=at)


def follow_refunds(events: Sequence[Event], *, at: datetime) -> None:
    """Bring refunds up to what became of their actions, then see whether their returns are settled."""
    actions = {int(event.data["action_id"]) for event in events if event.data["action"] == "REFUND"}
    rows = Refund.objects.filter(action__in=actions).order_by("order_id", "ret_id", "pk")
    for refund_id, return_id in rows.values_list("pk", "ret_id"):
        ledger.follow(refund_id, at=at)
        settle(return_id, at=at)
