"""Moving a return along its road, and telling it. Every change of a return's state goes through here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F

from customers import outbox
from customers.models import Store
from customers.worker import wake
from returns.models import Return, ReturnSettings
from returns.states import OVER, way
from returns.vocabulary import WITH_LABEL, Method, RefundAt, State
from tracking.models import Order

WORK = "return"
# state -> the column that says when it was first reached.
STAMPS: Mapping[State, str] = {
    State.APPROVED: "approved_at",
    State.LABEL_READY: "ready_at",
    State.IN_TRANSIT: "handed_over_at",
    State.RECEIVED: "received_at",
    State.INSPECTED: "inspected_at",
    State.SETTLED: "settled_at",
}


def locked(return_id: int) -> Return:
    """
    Return a return with its order's row and its own locked, in that order: sums and states then stand still.

    Needs a transaction. Raises: Return.DoesNotExist.
    """
    order_id = Return.objects.values_list("order_id", flat=True).get(pk=return_id)
    Order.objects.select_for_update(of=("self",)).only("pk").get(pk=order_id)
    rows = Return.objects.select_for_update(of=("self",))
    return rows.select_related("store", "order__store", "order__customer", "customer").get(pk=return_id)


def advance(ret: Return, to: str, *, at: datetime, **data: Any) -> list[State]:
    """
    Move a locked return to a state, over every state on the way, and tell each of them once.

    `data` goes into the last event. Returns: the states it went through, [] when it was there already.
    Raises: WrongState; NotInTransaction.
    """
    steps = way(ret.state, to)
    for step in steps:
        last, was = step is steps[-1], ret.state
        ret.state = step
        ret.visits = {**ret.visits, step: ret.visits.get(step, 0) + 1}
        stamp = STAMPS.get(step)
        if stamp and getattr(ret, stamp) is None:
            setattr(ret, stamp, at)
        ret.ended_at = at if step in OVER and step != State.SETTLED else None
        more = {"state": str(step), "was": str(was), "passed": not last, **(data if last else {})}
        tell(ret, f"returns.return.{step.lower()}", f"{step}:{ret.visits[step]}", at=at, **more)
    if steps:
        save(ret)
    return steps


def save(ret: Return) -> None:
    """Write a locked return, and have its page and its order's page show it."""
    ret.version += 1
    ret.save()
    Order.objects.filter(pk=ret.order_id).update(version=F("version") + 1)


def tell(ret: Return, kind: str, suffix: str, *, at: datetime, key: str = "", **data: Any) -> None:
    """
    Publish a fact about a return, in the caller's transaction.

    `key` (default return:<id>) and `suffix` make the event's key. `data` holds ids and facts only.
    """
    outbox.publish(
        kind,
        key=f"{key or f'return:{ret.pk}'}:{suffix}",
        occurred_at=at,
        store=ret.store,
        customer=ret.customer,
        subject=ret,
        data={"return_id": ret.pk, "order_id": ret.order_id, "kind": ret.kind, "gift": ret.is_gift, **data},
    )


def ring(ret: Return, *, at: datetime) -> None:
    """Have the worker look at a locked return after the commit. Saved by the caller."""
    ret.due_at = min(ret.due_at, at) if ret.due_at else at
    wake(WORK)


def settings_of(store: Store) -> ReturnSettings:
    """Return how a store handles returns; what most shops want where it has not said."""
    return ReturnSettings.objects.filter(store=store).first() or ReturnSettings(store=store)


def refund_moment(wished: str, method: str) -> RefundAt:
    """
    Return from when money goes back for what comes by `method`, where `wished` is the store's moment.

    The scan of a number that is not on our label proves nothing: there the goods themselves are waited for.
    """
    moment = RefundAt(wished)
    unproved = moment == RefundAt.FIRST_SCAN and method not in (*WITH_LABEL, Method.NONE)
    return RefundAt.RECEIPT if unproved else moment


def announced(kind: str) -> str:
    """Return the state a returns.return.* event tells of, '' for another kind."""
    name = kind.removeprefix("returns.return.").upper()
    return name if kind.startswith("returns.return.") and name in State.values else ""
