"""
Facts about returns -> messages to be sent. As engagement/handlers.py: writes Message rows, nothing else.

What a shopper is told once although it is two facts waits a little for the second (PATIENCE); sending then
looks whether another message has said it (engagement/return_overtaken.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from customers.models import Event
from engagement.handlers import orders_of, row_of
from engagement.kinds import KINDS
from engagement.models import Message
from returns import events as facts
from returns.models import Refund
from returns.vocabulary import Kind
from tracking.models import Order

# fact -> (its message of a return, its message of a claim; '' where there is none).
TELLS: Mapping[str, tuple[str, str]] = {
    facts.REQUESTED: ("return_requested", "claim_received"),
    facts.REVIEW: ("return_requested", "claim_received"),
    facts.APPROVED: ("return_approved", "claim_approved"),
    facts.REJECTED: ("return_rejected", "claim_rejected"),
    facts.LABEL_READY: ("return_label", ""),
    facts.EXPIRING: ("return_expiring", ""),
    facts.EXPIRED: ("return_expired", ""),
    facts.IN_TRANSIT: ("return_in_transit", ""),
    facts.RECEIVED: ("return_received", ""),
    facts.INSPECTED: ("return_inspected", ""),
    facts.PARCEL_INSPECTED: ("return_inspected", ""),
    facts.SETTLED: ("return_settled", "return_settled"),
    facts.CANCELLED: ("return_cancelled", "return_cancelled"),
    facts.REFUND_DONE: ("return_refunded", "return_refunded"),
    facts.CREDIT_ISSUED: ("credit_issued", "credit_issued"),
    facts.EXCHANGE_PAYMENT_DUE: ("exchange_payment", "exchange_payment"),
    facts.EXCHANGE_REMINDED: ("exchange_reminder", "exchange_reminder"),
    facts.EXCHANGE_PAID: ("exchange_paid", "exchange_paid"),
    facts.EXCHANGE_ORDERED: ("exchange_ordered", "exchange_ordered"),
    facts.EXCHANGE_CANCELLED: ("exchange_cancelled", "exchange_cancelled"),
}
# How long a fact waits for another one that says it too: a label is bought in seconds, a parcel is inspected
# while it is taken in, money goes at once where nothing has to come.
PATIENCE: Mapping[str, timedelta] = {
    facts.REQUESTED: timedelta(minutes=1),
    facts.REVIEW: timedelta(minutes=1),
    facts.APPROVED: timedelta(minutes=3),
    facts.IN_TRANSIT: timedelta(minutes=2),
    facts.RECEIVED: timedelta(minutes=2),
    facts.INSPECTED: timedelta(minutes=2),
    facts.PARCEL_INSPECTED: timedelta(minutes=2),
    facts.EXPIRED: timedelta(minutes=1),
    facts.EXCHANGE_PAYMENT_DUE: timedelta(minutes=4),
    facts.EXCHANGE_PAID: timedelta(minutes=1),
    facts.EXCHANGE_CANCELLED: timedelta(minutes=2),
    facts.SETTLED: timedelta(minutes=5),
}
# What a message needs to know beside the return.
IDS = ("refund_id", "credit_id", "exchange_id")


def returns(events: Sequence[Event], *, at: datetime) -> list[Message]:
    """Return what is told about returns and claims, unsaved."""
    ours = [event for event in events if event.kind in TELLS and _worth_telling(event.data)]
    orders = orders_of({event.data["order_id"] for event in ours})
    told = [(event, orders.get(event.data["order_id"])) for event in ours]
    rows = [_message(event, order, at) for event, order in told if order is not None]
    return [row for row in rows if row is not None]


def _worth_telling(data: Mapping[str, Any]) -> bool:
    """
    A state that was only passed through is no news, nor an exchange that they changed for another; store
    credit has a message of its own.
    """
    credit = data.get("provider") == Refund.Provider.CREDIT
    return not (data.get("passed") or credit or data.get("why") == "changed")


def _message(event: Event, order: Order, at: datetime) -> Message | None:
    data = event.data
    code = TELLS[event.kind][data.get("kind") == Kind.CLAIM]
    if not code:
        return None
    context = {"return_id": data["return_id"], **{name: data[name] for name in IDS if data.get(name)}}
    about = data.get("about") or data.get("why")
    if about:
        context["about"] = str(about)
    row = row_of(KINDS[code], event, order, f"{code}:{event.key}", context, at)
    row.due_at = row.due_at and at + PATIENCE.get(event.kind, timedelta(0))
    if data.get("gift"):  # who bought it hears nothing
        row.customer_id = None
    return row
