"""Which tone staff see a status in."""

from config.lib.staff.cells import BAD, BUSY, GOOD, QUIET, WARN
from tracking.models import Inbound, Order
from tracking.vocabulary import Status

ORDER: dict[str, str] = {
    Order.Status.PLACED: QUIET,
    Order.Status.PARTLY_SHIPPED: BUSY,
    Order.Status.SHIPPED: BUSY,
    Order.Status.PARTLY_DELIVERED: BUSY,
    Order.Status.DELIVERED: GOOD,
    Order.Status.CANCELLED: WARN,
}
PARCEL: dict[str, str] = {
    Status.PENDING: QUIET,
    Status.INFO_RECEIVED: QUIET,
    Status.IN_TRANSIT: BUSY,
    Status.OUT_FOR_DELIVERY: BUSY,
    Status.ATTEMPTED: WARN,
    Status.READY_FOR_PICKUP: WARN,
    Status.DELIVERED: GOOD,
    Status.EXCEPTION: BAD,
    Status.RETURNING: BAD,
    Status.RETURNED: BAD,
    Status.CANCELLED: QUIET,
    Status.EXPIRED: WARN,
    Status.UNKNOWN: WARN,
}
INBOUND: dict[str, str] = {
    Inbound.State.WAITING: BUSY,
    Inbound.State.DONE: GOOD,
    Inbound.State.KEPT: QUIET,
    Inbound.State.BLOCKED: WARN,
    Inbound.State.FAILED: BAD,
}
