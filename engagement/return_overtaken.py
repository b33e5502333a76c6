"""When news of a return is none any more: it has gone on, or another message has told it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q

from engagement.context import Facts
from engagement.models import Message
from engagement.return_context import WAITS_FOR_MONEY, Back
from returns.models import Exchange, PaymentRequest, Refund, Return
from returns.states import OVER, WITH_SHOPPER
from returns.vocabulary import State

Queued, Sent = Message.State.QUEUED, Message.State.SENT
# Messages that tell what came of it.
ENDS = ("return_refunded", "credit_issued", "exchange_ordered")
# Messages that name what is to be paid, and where.
NAMES_THE_DUE = ("return_label", "return_approved", "claim_approved")
# message -> the states it is true in.
TRUE_IN: dict[str, Collection[str]] = {
    "return_requested": (State.REQUESTED, State.REVIEW),
    "claim_received": (State.REQUESTED, State.REVIEW),
    "return_approved": (State.APPROVED, State.SETTLED),
    "claim_approved": (State.APPROVED, State.SETTLED),
    "return_rejected": (State.REJECTED,),
    "claim_rejected": (State.REJECTED,),
    "return_label": (State.LABEL_READY,),
    "return_expiring": (State.APPROVED, State.LABEL_READY),
    "return_expired": (State.EXPIRED,),
    "return_in_transit": (State.IN_TRANSIT,),
    "return_received": (State.RECEIVED,),
    "return_cancelled": (State.CANCELLED,),
    "return_settled": (State.SETTLED,),
}
# Messages that several facts make.
ONCE = ("return_requested", "claim_received", "return_inspected", "exchange_payment", "exchange_paid")
OUT = OVER - {State.SETTLED}
# Asked for, and at once to be looked at by a person: one piece of news.
TOGETHER = timedelta(minutes=10)


def return_over(facts: Facts, *, at: datetime) -> str | None:
    """Return why a message about a return is not needed any more, in words for staff; None when it is."""
    back, message = facts.back, facts.message
    if back is None:
        return "The return is not here any more."
    kind, ret = message.kind, back.ret
    if ret.state not in TRUE_IN.get(kind, State.values):
        return f"Overtaken: the return is now “{State(ret.state).label}”."
    if kind in (
        "return_requested",
        "claim_received",
        "return_inspected",
        "exchange_payment",
        "exchange_paid",
    ):
        told = _told((kind,), message, since=_began(back, message))
        if told:
            return told
    if kind in ("return_in_transit", "return_received", "return_inspected"):
        return _told(ENDS[:2], message, since=_reached(ret, kind))
    if kind in ("return_approved", "claim_approved", "return_settled"):
        return _told((*ENDS, "return_inspected") if kind == "return_settled" else ENDS, message, since=None)
    if kind == "return_expired":  # what is owed for goods that never came says it
        return _told(("exchange_payment",), message, since=ret.ended_at)
    if kind == "return_refunded":
        done = back.refund is not None and back.refund.state == Refund.State.SUCCEEDED
        return None if done else "Overtaken: the money did not go back after all."
    if kind == "credit_issued":
        return None if back.credit else "The store credit is not here any more."
    return _exchange_over(back, message, at)


def _began(back: Back, message: Message) -> datetime | None:
    """Return since when a message of the same kind has told the same thing."""
    kind = message.kind
    if kind == "exchange_payment":
        return back.payment.created_at if back.payment else None
    if kind == "exchange_paid":
        return back.payment.paid_at if back.payment else None
    if kind == "return_inspected":
        return max((unit.inspected_at for unit in back.units if unit.inspected_at), default=None)
    return message.event.occurred_at - TOGETHER if message.event else back.ret.requested_at


def _reached(ret: Return, kind: str) -> datetime | None:
    moments = {"return_in_transit": ret.handed_over_at, "return_received": ret.received_at}
    return moments.get(kind, ret.inspected_at)


def _told(kinds: Collection[str], message: Message, *, since: datetime | None) -> str | None:
    """
    Look for a message about the same return that says it: sent since then, or about to be. Of several of one
    kind the first speaks.
    """
    others = Message.objects.filter(order=message.order_id, kind__in=kinds)
    others = others.filter(context__return_id=message.context["return_id"]).exclude(pk=message.pk)
    waiting = Q(state=Queued) & (~Q(kind=message.kind) | Q(pk__lt=message.pk))
    said = Q(state=Sent, event__occurred_at__gte=since) if since else Q(state=Sent)
    other = others.filter(waiting | said).first()
    return f"Told already by “{other.kind}”." if other else None


def _exchange_over(back: Back, message: Message, at: datetime) -> str | None:
    kind, exchange = message.kind, back.exchange
    if kind in ("exchange_payment", "exchange_paid") or back.about == "payment":
        return _payment_over(back.payment, message, at)
    if kind == "exchange_reminder":
        return None if back.ret.state in WITH_SHOPPER else "Overtaken: the goods were sent, or need not be."
    if kind == "exchange_ordered":
        ordered = exchange is not None and exchange.state == Exchange.State.ORDERED
        return None if ordered else "Overtaken: nothing was ordered after all."
    if kind == "exchange_cancelled":
        if exchange is None or exchange.state != Exchange.State.CANCELLED:
            return "Overtaken: it is exchanged after all."
        return "Told already: the whole return ended." if back.ret.state in OUT else None
    return None


def _payment_over(payment: PaymentRequest | None, message: Message, at: datetime) -> str | None:
    if payment is None:
        return "The payment is not here any more."
    if message.kind == "exchange_paid":
        if payment.state != PaymentRequest.State.PAID:
            return "Overtaken: it is not paid after all."
        return _told(("exchange_ordered",), message, since=payment.paid_at)
    if payment.state not in WAITS_FOR_MONEY or payment.pay_by <= at:
        return "Overtaken: there is nothing to be paid any more."
    if message.kind == "exchange_payment" and payment.why == "difference":
        return _told(NAMES_THE_DUE, message, since=payment.created_at)
    return None
