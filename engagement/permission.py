"""
May this be said, to this person, now? Asked at the moment of sending, with the facts of that moment.

An answer is None (yes) or the reason to hold the message, in words for staff.
"""

from collections.abc import Collection
from datetime import datetime

from engagement.channels.base import ADDRESS
from engagement.context import Facts
from engagement.kinds import KINDS, Kind
from engagement.models import Message, Suppression
from tracking.models import Order

TOO_LATE = "Too late: said now it would only confuse."


def objection(facts: Facts, *, at: datetime) -> str | None:
    """Return why `facts.message` must be held at `at`, None when it may go."""
    message = facts.message
    kind = KINDS.get(message.kind)
    if kind is None:
        return f"There is no kind of message called {message.kind}."
    if message.expires_at <= at:
        return TOO_LATE
    if facts.order is None:
        return "The order is not here any more."
    return _overtaken(kind, facts, facts.order, at) or _unreachable(message, facts.address)


def _unreachable(message: Message, address: str) -> str | None:
    if not address:
        return "No address: the order and the customer have none."
    if not ADDRESS.fullmatch(address):
        return "The address is not an e-mail address."
    block = Suppression.objects.filter(channel=message.channel, address=address.lower()).first()
    return f"Address blocked: {block.get_reason_display()}." if block else None


def _overtaken(kind: Kind, facts: Facts, order: Order, at: datetime) -> str | None:
    if kind.about_access:
        return _code_over(facts, at) if facts.message.context.get("code_id") else None
    if order.cancelled_at or order.status == Order.Status.CANCELLED:
        return "Overtaken: the order was cancelled."
    if kind.code == "confirmed":
        return None
    parcels = [parcel for parcel in facts.parcels if parcel.replaced_at is None]
    if not parcels:
        return "Overtaken: the shop replaced this parcel."
    if all(parcel.status in kind.overtaken for parcel in parcels):
        return "Overtaken: " + _in_words({parcel.get_status_display() for parcel in parcels})
    return _window_moved(facts)


def _in_words(statuses: Collection[str]) -> str:
    return f"the parcel is now “{', '.join(sorted(statuses))}”."


def _window_moved(facts: Facts) -> str | None:
    """
    Hold the news of a delay when the window has moved on: a later one has its own message, one that is no
    later than what was promised before is no delay. Anything between is told as it now stands.
    """
    promised, before = (facts.message.context.get(name) for name in ("to_date", "was_to"))
    day = facts.parcels[0].eta_to_date
    if not promised or day is None:
        return None
    now = day.isoformat()
    if now > promised or (now < promised and now <= (before or promised)):
        return "Overtaken: the delivery window has moved again."
    return None


def _code_over(facts: Facts, at: datetime) -> str | None:
    code = facts.code
    if code is None or code.used_at or code.expires_at <= at:
        return "Overtaken: the code is used or has run out."
    return None
