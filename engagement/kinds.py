"""
The messages that are built in: what makes each, and how late it may still be said.

A kind's code is stored in messages and templates and never renamed.
"""

from dataclasses import dataclass
from datetime import timedelta

from customers.events import CASE_REPLIED
from engagement.models import Message
from returns import events as back
from tracking import events
from tracking.vocabulary import Status

HOUR = timedelta(hours=1)

# A parcel in one of these has been brought, or is coming back: news of its journey is over.
ARRIVED = frozenset({Status.DELIVERED})
BACK = frozenset({Status.RETURNING, Status.RETURNED})
AT_THE_DOOR = frozenset({Status.OUT_FOR_DELIVERY, Status.ATTEMPTED, Status.READY_FOR_PICKUP}) | ARRIVED | BACK


TROUBLE = (
    events.FLAG_OPENED,
    events.FLAG_CLEARED,
    events.INCIDENT_APOLOGY,
    events.MAKE_GOOD_OFFERED,
    events.MAKE_GOOD_DONE,
)


@dataclass(frozen=True)
class Kind:
    """
    One kind of message.

    `event` is the kind of event that makes it. `lateness` counts from when the fact happened; later than that
    it would only confuse. A message about parcels is overtaken once all of them have a status in `overtaken`.
    `tone` and `step` (of 5; 0: none) set the pill and the progress bar. `needs` names what of
    engagement/marketing.py it speaks of.
    """

    code: str
    label: str
    event: str
    lateness: timedelta
    tone: str = "plain"
    step: int = 0
    overtaken: frozenset[str] = frozenset()
    purpose: str = Message.Purpose.TRANSACTIONAL
    needs: frozenset[str] = frozenset()

    @property
    def about_access(self) -> bool:
        """Whether it lets somebody in, which a cancelled order does not stop."""
        return self.event in (events.CODE_REQUESTED, events.LINK_REQUESTED)

    @property
    def about_trouble(self) -> bool:
        """Whether it tells of what did not happen, and of what we do about it."""
        return self.event in TROUBLE

    @property
    def about_returns(self) -> bool:
        """Whether it is about something that comes back, or about a claim."""
        return self.event.startswith("returns.")


_ALL = (
    Kind("confirmed", "Order confirmed", events.ORDER_PLACED, 48 * HOUR, "good", 1),
    Kind("shipped", "Shipped", events.SHIPMENT_SHIPPED, 48 * HOUR, "good", 3, AT_THE_DOOR),
    Kind(
        "out_for_delivery",
        "Out for delivery",
        events.SHIPMENT_OUT_FOR_DELIVERY,
        12 * HOUR,
        "good",
        4,
        ARRIVED | BACK | {Status.ATTEMPTED, Status.READY_FOR_PICKUP, Status.EXCEPTION},
    ),
    Kind("delivered", "Delivered", events.SHIPMENT_DELIVERED, 48 * HOUR, "good", 5, BACK),
    Kind(
        "attempted",
        "Delivery attempted",
        events.SHIPMENT_ATTEMPTED,
        48 * HOUR,
        "warn",
        4,
        ARRIVED | BACK | {Status.OUT_FOR_DELIVERY, Status.READY_FOR_PICKUP},
    ),
    Kind(
        "ready_for_pickup",
        "Ready for pickup",
        events.SHIPMENT_READY_FOR_PICKUP,
        48 * HOUR,
        "good",
        4,
        ARRIVED | BACK,
    ),
    Kind(
        "exception",
        "Held up",
        events.SHIPMENT_EXCEPTION,
        48 * HOUR,
        "bad",
        3,
        ARRIVED | BACK | {Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.READY_FOR_PICKUP},
    ),
    Kind("delayed", "Delayed", events.SHIPMENT_DELAYED, 24 * HOUR, "warn", 3, AT_THE_DOOR),
    Kind(
        "returned",
        "Coming back to the sender",
        events.SHIPMENT_RETURNED,
        48 * HOUR,
        "bad",
        0,
        ARRIVED | {Status.OUT_FOR_DELIVERY},
    ),
    Kind("held_up", "Something does not move", events.FLAG_OPENED, 48 * HOUR, "warn", 0, ARRIVED | BACK),
    Kind(
        "moving_again",
        "Moving again",
        events.FLAG_CLEARED,
        24 * HOUR,
        "good",
        3,
        frozenset(Status) - {Status.IN_TRANSIT},
    ),
    Kind(
        "incident", "Apology for an incident", events.INCIDENT_APOLOGY, 72 * HOUR, "warn", 0, ARRIVED | BACK
    ),
    Kind("make_good", "Choice for a late or lost parcel", events.MAKE_GOOD_OFFERED, 72 * HOUR, "bad"),
    Kind("make_good_done", "Made good", events.MAKE_GOOD_DONE, 168 * HOUR, "good"),
    Kind("access_code", "Code to open an order", events.CODE_REQUESTED, timedelta(minutes=10)),
    Kind("access_link", "Link to an order", events.LINK_REQUESTED, timedelta(minutes=30)),
)

# What comes back. A fact may be told in another way for a claim (engagement/return_handlers.py).
WEEK = 168 * HOUR
_RETURNS = (
    Kind("return_requested", "Return being looked at", back.REVIEW, 48 * HOUR, "plain", 1),
    Kind("return_approved", "Return approved", back.APPROVED, 48 * HOUR, "good", 1),
    Kind("return_rejected", "Return refused", back.REJECTED, WEEK, "bad"),
    Kind("return_label", "Return ready to be sent", back.LABEL_READY, WEEK, "good", 1),
    Kind("return_expiring", "Return to be sent soon", back.EXPIRING, 72 * HOUR, "warn", 1),
    Kind("return_expired", "Return never came", back.EXPIRED, WEEK, "bad"),
    Kind("return_in_transit", "Return on its way", back.IN_TRANSIT, 48 * HOUR, "good", 2),
    Kind("return_received", "Return has arrived", back.RECEIVED, 48 * HOUR, "good", 3),
    Kind("return_inspected", "Return inspected", back.PARCEL_INSPECTED, WEEK, "good", 4),
    Kind("return_refunded", "Money given back", back.REFUND_DONE, WEEK, "good"),
    Kind("credit_issued", "Store credit given", back.CREDIT_ISSUED, WEEK, "good"),
    Kind("exchange_payment", "Difference to be paid", back.EXCHANGE_PAYMENT_DUE, 72 * HOUR, "warn"),
    Kind("exchange_reminder", "Reminder about an exchange", back.EXCHANGE_REMINDED, 48 * HOUR, "warn"),
    Kind("exchange_paid", "Difference paid", back.EXCHANGE_PAID, 48 * HOUR, "good"),
    Kind("exchange_ordered", "Exchange ordered", back.EXCHANGE_ORDERED, WEEK, "good"),
    Kind("exchange_cancelled", "Exchange given up", back.EXCHANGE_CANCELLED, WEEK, "bad"),
    Kind("return_cancelled", "Return cancelled", back.CANCELLED, 48 * HOUR),
    Kind("return_settled", "Return settled", back.SETTLED, WEEK, "good", 5),
    Kind("claim_received", "Claim being looked at", back.REVIEW, 48 * HOUR),
    Kind("claim_approved", "Claim approved", back.APPROVED, 48 * HOUR, "good"),
    Kind("claim_rejected", "Claim refused", back.REJECTED, WEEK, "bad"),
)

# What journeys send; no event makes them. What they need: engagement/marketing.py.
GUIDES, GOODS, AGAIN, SURVEY, PROFILE, CARE = "guides", "goods", "again", "survey", "profile", "care"
EVERYTHING = frozenset({GUIDES, GOODS, AGAIN, SURVEY, PROFILE, CARE})


def _marketing(code: str, label: str, *needs: str, tone: str = "plain") -> Kind:
    purpose = Message.Purpose.MARKETING
    return Kind(code, label, "", 72 * HOUR, tone, purpose=purpose, needs=frozenset(needs))


_MARKETING = (
    _marketing("care_tips", "Care tips", GUIDES),
    _marketing("how_is_it", "How is it?", SURVEY),
    _marketing("goes_well_with", "Goes well with it", GOODS),
    _marketing("welcome", "First-time welcome"),
    _marketing("replenishment", "Buy again", AGAIN),
    _marketing("win_back", "Win-back", GOODS),
    _marketing("win_back_offer", "Win-back with an offer"),
    _marketing("birthday", "Birthday"),
    _marketing("anniversary", "Anniversary", PROFILE),
    _marketing("tier_reached", "Tier reached", PROFILE),
    _marketing("maintenance", "Maintenance", CARE),
    _marketing("return_recovery", "After a return", SURVEY),
    Kind("low_score", "After a low score", "", 72 * HOUR, "warn"),
)

# Between a person and us: an answer of staff, the code that confirms a number, the answer to STOP and HELP.
_TALK = (
    Kind("case_reply", "Answer of a person", CASE_REPLIED, WEEK),
    Kind("sms_code", "Code to confirm a number", "", timedelta(minutes=10)),
    Kind("sms_answer", "Answer to STOP, START and HELP", "", HOUR),
)

KINDS = {kind.code: kind for kind in (*_ALL, *_RETURNS, *_MARKETING, *_TALK)}
# What orders and parcels tell, one message each.
BY_EVENT = {kind.event: kind for kind in _ALL}


def kind_of(code: str) -> Kind:
    """
    Return the kind called `code`; for a name that staff gave (lamp_care) one that any journey may send, as
    marketing, up to 72 hours late.
    """
    known = KINDS.get(code)
    if known:
        return known
    label = code.replace("_", " ").strip().capitalize()
    return Kind(code, label, "", 72 * HOUR, purpose=Message.Purpose.MARKETING, needs=EVERYTHING)
