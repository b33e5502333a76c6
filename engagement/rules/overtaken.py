"""News that is none any more, asked of one message with all its facts."""

from collections.abc import Collection
from datetime import datetime

from engagement.context import Facts
from engagement.kinds import KINDS, Kind
from engagement.overtaken import trouble_over
from engagement.return_overtaken import return_over
from engagement.rules.base import Objection
from engagement.vocabulary import Hold, Purpose
from tracking.models import Order


def objection(facts: Facts, *, at: datetime) -> Objection | None:
    """Hold what events have overtaken. Marketing is overtaken when its order was cancelled."""
    kind = KINDS.get(facts.message.kind)
    words = _gone(facts, kind) or (_over(kind, facts, facts.order, at) if facts.order else None)
    return Objection(Hold.OVERTAKEN, words) if words else None


def _gone(facts: Facts, kind: Kind | None) -> str | None:
    """Say so when a message that tells of an order has none: it was deleted meanwhile."""
    about = kind is not None and kind.event.startswith(("tracking.", "returns."))
    return "The order is not here any more." if about and facts.order is None else None


def _over(kind: Kind | None, facts: Facts, order: Order, at: datetime) -> str | None:
    if kind is None or facts.message.purpose == Purpose.MARKETING or not kind.event:
        return _cancelled(order) if facts.message.purpose == Purpose.MARKETING else None
    if kind.about_access:
        return _code_over(facts, at) if facts.message.context.get("code_id") else None
    if kind.about_returns:  # goods come back and money goes, whatever became of the order
        return return_over(facts, at=at)
    if kind.code == "make_good_done":  # money or goods are on their way, whatever became of the order
        return None
    if not kind.event.startswith("tracking."):
        return None
    return _cancelled(order) or _parcels_over(kind, facts, at)


def _cancelled(order: Order) -> str | None:
    if order.cancelled_at or order.status == Order.Status.CANCELLED:
        return "Overtaken: the order was cancelled."
    return None


def _parcels_over(kind: Kind, facts: Facts, at: datetime) -> str | None:
    if kind.code == "confirmed":
        return None
    over = trouble_over(facts, at=at)
    if over or (kind.about_trouble and not facts.message.context.get("shipments")):
        return over
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
