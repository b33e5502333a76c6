"""The facts of the stream as staff read them on an order's timeline."""

from config.lib.staff.cells import BAD, BUSY, GOOD, QUIET, WARN
from tracking import events

# kind -> (words, tone)
KINDS: dict[str, tuple[str, str]] = {
    events.ORDER_PLACED: ("Order placed", GOOD),
    events.ORDER_CANCELLED: ("Order cancelled in the shop", WARN),
    events.SHIPMENT_CREATED: ("Label made", QUIET),
    events.SHIPMENT_SHIPPED: ("Milestone: shipped", BUSY),
    events.SHIPMENT_OUT_FOR_DELIVERY: ("Milestone: out for delivery", BUSY),
    events.SHIPMENT_DELIVERED: ("Milestone: delivered", GOOD),
    events.SHIPMENT_ATTEMPTED: ("Milestone: delivery attempted", WARN),
    events.SHIPMENT_READY_FOR_PICKUP: ("Milestone: ready for pickup", WARN),
    events.SHIPMENT_EXCEPTION: ("Milestone: held up", BAD),
    events.SHIPMENT_RETURNED: ("Milestone: returned to sender", BAD),
    events.SHIPMENT_DELAYED: ("Delivery window moved to a later day", WARN),
    events.CODE_REQUESTED: ("A guest asked for a code", QUIET),
    events.LINK_REQUESTED: ("A guest asked for the link", QUIET),
}


def words_of(kind: str) -> tuple[str, str]:
    """Return words and tone for a kind of event. One without words is read out: 'Return refunded'."""
    if kind in KINDS:
        return KINDS[kind]
    return " ".join(kind.split(".")[1:]).replace("_", " ").capitalize() or kind, QUIET
