"""The facts of the stream as staff read them on an order's timeline."""

from config.lib.staff.cells import BAD, BUSY, GOOD, QUIET, WARN
from tracking import events

# kind -> (words, tone)
KINDS: dict[str, tuple[str, str]] = {
    events.ORDER_PLACED: ("Order placed", GOOD),
    events.ORDER_CANCELLED: ("Order cancelled in the shop", WARN),
    events.ORDER_REFUNDED: ("Money given back in the shop", WARN),
    events.ORDER_EDITED: ("Order edited in the shop", QUIET),
    events.ORDER_REMOVED: ("Order deleted in the shop", WARN),
    events.RETURN_MIRRORED: ("Return made in the shop", BUSY),
    events.SHIPMENT_CREATED: ("Label made", QUIET),
    events.SHIPMENT_SHIPPED: ("Milestone: shipped", BUSY),
    events.SHIPMENT_OUT_FOR_DELIVERY: ("Milestone: out for delivery", BUSY),
    events.SHIPMENT_DELIVERED: ("Milestone: delivered", GOOD),
    events.SHIPMENT_ATTEMPTED: ("Milestone: delivery attempted", WARN),
    events.SHIPMENT_READY_FOR_PICKUP: ("Milestone: ready for pickup", WARN),
    events.SHIPMENT_EXCEPTION: ("Milestone: held up", BAD),
    events.SHIPMENT_RETURNED: ("Milestone: returned to sender", BAD),
    events.RETURN_PARCEL_MOVED: ("Return parcel moved", BUSY),
    events.SHIPMENT_DELAYED: ("Delivery window moved to a later day", WARN),
    events.FLAG_OPENED: ("Needs attention", WARN),
    events.FLAG_CLEARED: ("All right again", GOOD),
    events.INCIDENT_APOLOGY: ("Apology for an incident sent", BUSY),
    events.MAKE_GOOD_OFFERED: ("Choice offered: send again, money back or wait", WARN),
    events.MAKE_GOOD_CHOSEN: ("The shopper has chosen", BUSY),
    events.MAKE_GOOD_DONE: ("Made good", GOOD),
    events.MAKE_GOOD_WITHDRAWN: ("Choice ended", QUIET),
    events.SHOP_ACTION_DONE: ("Done in the shop", GOOD),
    events.SHOP_ACTION_CANCELLED: ("Not done in the shop: not wanted any more", QUIET),
    events.SHOP_ACTION_FOR_STAFF: ("To be done in the shop by a person", BAD),
    events.LABEL_BOUGHT: ("Label bought", GOOD),
    events.LABEL_FAILED: ("Label not bought", BAD),
    events.LABEL_CANCELLED: ("Label cancelled", WARN),
    events.LABEL_EXPIRING: ("An unused return label ends soon", WARN),
    events.PROMISE_BROKEN: ("A promised delivery day was missed", BAD),
    events.CODE_REQUESTED: ("A guest asked for a code", QUIET),
    events.LINK_REQUESTED: ("A guest asked for the link", QUIET),
}


def words_of(kind: str) -> tuple[str, str]:
    """Return words and tone for a kind of event. One without words is read out: 'Return refunded'."""
    if kind in KINDS:
        return KINDS[kind]
    return " ".join(kind.split(".")[1:]).replace("_", " ").capitalize() or kind, QUIET
