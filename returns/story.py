"""What happened to returns, as staff read it on an order's timeline and on a return's own page."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse

from config.lib.money import BadMoney, Money
from config.lib.staff.cells import BAD, BUSY, GOOD, QUIET, WARN
from config.lib.staff.story import Entry
from customers.models import Event
from returns import events
from returns.models import Refund, Return
from returns.vocabulary import Condition, Disposition, Kind
from tracking.models import Order

MOST = 300  # older ones stay on the list of events

# kind -> (words, tone)
WORDS: dict[str, tuple[str, str]] = {
    events.REQUESTED: ("asked for", BUSY),
    events.REVIEW: ("waits for a decision", WARN),
    events.APPROVED: ("approved", GOOD),
    events.REJECTED: ("refused", BAD),
    events.LABEL_READY: ("ready to be sent", BUSY),
    events.IN_TRANSIT: ("on its way back", BUSY),
    events.RECEIVED: ("received", BUSY),
    events.INSPECTED: ("inspected", GOOD),
    events.SETTLED: ("settled", GOOD),
    events.EXPIRED: ("never sent: ended", WARN),
    events.CANCELLED: ("cancelled", QUIET),
    events.CHANGED: ("changed by the shopper", QUIET),
    events.EXPIRING: ("not handed over, ends soon", WARN),
    events.PARCEL_INSPECTED: ("a parcel was inspected", GOOD),
    events.PARCEL_TAKEN_OVER: ("a parcel was taken over by another person", QUIET),
    events.UNIT_FOUND: ("a piece was found in a parcel", QUIET),
    events.UNIT_INSPECTED: ("a piece was inspected", QUIET),
    events.REFUND_BEGUN: ("money asked for", BUSY),
    events.REFUND_DONE: ("money given back", GOOD),
    events.REFUND_FAILED: ("money could not be given back", BAD),
    events.REFUND_FOR_STAFF: ("a person has to see to the money", BAD),
    events.CREDIT_ISSUED: ("store credit given", GOOD),
    events.EXCHANGE_HELD: ("stock held for an exchange", BUSY),
    events.EXCHANGE_PAYMENT_DUE: ("a payment was asked for", BUSY),
    events.EXCHANGE_REMINDED: ("the shopper was reminded", WARN),
    events.EXCHANGE_PAID: ("the difference was paid", GOOD),
    events.EXCHANGE_ORDERED: ("the exchange was ordered in the shop", GOOD),
    events.EXCHANGE_CANCELLED: ("an exchange was given up", WARN),
}
ABOUT = {"payment": "of what is to be paid", "goods": "of what has to come back"}
ENDED = {
    "cancelled": "The return was cancelled.",
    "changed": "The shopper wanted something else.",
    "rejected": "The return was refused.",
    "expired": "Nothing was sent.",
    "unpaid": "The difference was not paid.",
    "staff": "By staff.",
}


def of_order(order: Order) -> list[Entry]:
    """Return what happened to all returns of an order, newest first; two queries."""
    returns = {str(ret.pk): ret for ret in Return.objects.filter(order=order).only("number", "kind")}
    return entries(returns) if returns else []


def of_return(ret: Return) -> list[Entry]:
    """Return what happened to one return, newest first; one query."""
    return entries({str(ret.pk): ret})


def entries(returns: dict[str, Return]) -> list[Entry]:
    """Return the events of returns (by their key as text) as lines, newest first."""
    about = Q(subject_type=Return._meta.label_lower, subject_id__in=list(returns))
    found = Event.objects.filter(about).order_by("-occurred_at", "-pk")[:MOST]
    return [_entry(event, returns[event.subject_id]) for event in found]


def _entry(event: Event, ret: Return) -> Entry:
    words, tone = WORDS.get(event.kind, (event.kind.split(".", 1)[-1].replace("_", " "), QUIET))
    name = "Claim" if ret.kind == Kind.CLAIM else "Return"
    return Entry(
        at=event.occurred_at,
        kind="event",
        title=f"{name} {ret.number}: {words}",
        tone=tone,
        source="Returns",
        why=" ".join(_facts(event.kind, event.data)),
        url=reverse("admin:customers_event_change", args=[event.pk]),
    )


def _facts(kind: str, data: dict[str, Any]) -> Iterable[str]:
    """Yield what of a payload says more, as sentences."""
    if data.get("gift") and kind == events.REQUESTED:
        yield "By who was given it; the buyer hears nothing."
    amount = data.get("amount_minor") or data.get("due_minor")
    if amount:
        provider = data.get("provider", "")
        through = f" ({Refund.Provider(provider).label})" if provider in Refund.Provider.values else ""
        yield f"{_sum(amount, data.get('currency', ''))}{through}."
    if data.get("deducted_minor"):
        yield "Something was taken off for its condition."
    if data.get("missing"):
        yield f"{data['missing']} not in the parcel."
    if data.get("condition") in Condition.values:
        becomes = data.get("disposition")
        then = f", {Disposition(becomes).label.lower()}" if becomes in Disposition.values else ""
        yield f"{Condition(data['condition']).label}{then}."
    if data.get("about") in ABOUT:
        yield f"Reminded {ABOUT[data['about']]}."
    if kind == events.EXCHANGE_CANCELLED and data.get("why") in ENDED:
        yield ENDED[data["why"]]
    if data.get("corrected"):
        yield "Corrected after the parcel was finished."


def _sum(minor: int, currency: str) -> str:
    try:
        return Money(minor, currency).format()
    except BadMoney:
        return f"{minor} {currency} (minor units)"
