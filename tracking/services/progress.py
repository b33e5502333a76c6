"""How far an order is, from its parcels; and the version its page is known by."""

from django.db.models import F, Sum

from tracking.models import Order, OrderLine, ShipmentLine
from tracking.vocabulary import Status


def refresh_order(order_id: int) -> None:
    """
    Derive the order's status from its parcels and raise its version, so that open pages see the change.

    The caller holds the order's lock.
    """
    order = Order.objects.get(pk=order_id)
    order.status, order.version = derive_status(order), F("version") + 1
    # save() stamps updated_at as every other writer does; SQLite's own Now() is cut to milliseconds and
    # sorts wrongly.
    order.save(update_fields=["status", "version", "updated_at"])


def derive_status(order: Order) -> str:
    """Return the status that an order's parcels and lines add up to."""
    if order.cancelled_at:
        return Order.Status.CANCELLED
    parcels = (
        order.shipments.current().exclude(status=Status.CANCELLED).values_list("pk", "status", "shipped_at")
    )
    gone = {
        pk
        for pk, status, shipped_at in parcels
        if shipped_at or status in (Status.RETURNING, Status.RETURNED)
    }
    delivered = {pk for pk, status, _ in parcels if status == Status.DELIVERED}
    if not gone:
        return Order.Status.PLACED
    if delivered and len(delivered) == len(parcels) and _covers(order, delivered):
        return Order.Status.DELIVERED
    if delivered:
        return Order.Status.PARTLY_DELIVERED
    return Order.Status.SHIPPED if _covers(order, gone) else Order.Status.PARTLY_SHIPPED


def _covers(order: Order, shipment_ids: set[int]) -> bool:
    """
    Say whether these parcels carry everything that has to be shipped (parcels without a packing list count
    as all).
    """
    packed = ShipmentLine.objects.filter(shipment_id__in=shipment_ids)
    total: int | None = packed.aggregate(units=Sum("quantity"))["units"]
    if total is None:
        return True
    wanted = OrderLine.objects.filter(order=order, requires_shipping=True, gift_card=False)
    units: int = wanted.aggregate(units=Sum("quantity"))["units"] or 0
    return total >= units
