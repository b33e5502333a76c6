"""
The messages that are built in: what makes each, and how late it may still be said.

A kind's code is stored in messages and templates and never renamed.
"""

from dataclasses import dataclass
from datetime import timedelta

from engagement.models import Message
from tracking import events
from tracking.vocabulary import Status

HOUR = timedelta(hours=1)

# A parcel in one of these has been brought, or is coming back: news of its journey is over.
ARRIVED = frozenset({Status.DELIVERED})
BACK = frozenset({Status.RETURNING, Status.RETURNED})
AT_THE_DOOR = frozenset({Status.OUT_FOR_DELIVERY, Status.ATTEMPTED, Status.READY_FOR_PICKUP}) | ARRIVED | BACK


@dataclass(frozen=True)
class Kind:
    """
    One kind of message.

    `event` is the kind of event that makes it. `lateness` counts from when the fact happened; later than that
    it would only confuse. A message about parcels is overtaken once all of them have a status in `overtaken`.
    `tone` and `step` (of 5; 0: none) set the pill and the progress bar.
    """

    code: str
    label: str
    event: str
    lateness: timedelta
    tone: str = "plain"
    step: int = 0
    overtaken: frozenset[str] = frozenset()
    purpose: str = Message.Purpose.TRANSACTIONAL

    @property
    def about_access(self) -> bool:
        """Whether it lets somebody in, which a cancelled order does not stop."""
        return self.event in (events.CODE_REQUESTED, events.LINK_REQUESTED)


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
    Kind("access_code", "Code to open an order", events.CODE_REQUESTED, timedelta(minutes=10)),
    Kind("access_link", "Link to an order", events.LINK_REQUESTED, timedelta(minutes=30)),
)

KINDS = {kind.code: kind for kind in _ALL}
BY_EVENT = {kind.event: kind for kind in _ALL}
