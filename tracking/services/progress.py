"""How far an order is, from its parcels; and the version its page is known by."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Sum

from config.lib import copying
from tracking.models import Order, OrderLine, Shipment, ShipmentLine
from tracking.vocabulary import Status


class Parcel(NamedTuple):
    """What of a parcel counts for its order."""

    pk: int
    status: str
    has_left: bool


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
    return derive_statuses({order.pk: order.cancelled_at})[order.pk]


def derive_statuses(cancelled: Mapping[int, datetime | None]) -> dict[int, str]:
    """
    Return {order id: the status that its parcels and lines add up to}, in three queries.

    `cancelled`: {order id: when the order was cancelled}.
    """
    parcels: dict[int, list[Parcel]] = {}
    current = Shipment.objects.current().filter(order__in=_among(cancelled)).exclude(status=Status.CANCELLED)
    has_left = ExpressionWrapper(Q(shipped_at__isnull=False), BooleanField())
    for order_id, *parcel in current.values_list("order_id", "pk", "status", has_left):
        parcels.setdefault(order_id, []).append(Parcel(*parcel))
    packed = _units(ShipmentLine.objects.filter(shipment__order__in=_among(parcels)), "shipment_id")
    wanted = {}
    if packed:
        goods = OrderLine.objects.filter(order__in=_among(parcels), requires_shipping=True, gift_card=False)
        wanted = _units(goods, "order_id")
    return {
        pk: Order.Status.CANCELLED
        if cancelled_at
        else _add_up(parcels.get(pk, []), packed, wanted.get(pk, 0))
        for pk, cancelled_at in cancelled.items()
    }


def _among(ids: Collection[int]) -> Any:
    return copying.among(ids) if len(ids) > 1 and copying.available() else ids


def _units(lines: QuerySet[Any], per: str) -> dict[int, int]:
    return dict(lines.order_by().values_list(per).annotate(units=Sum("quantity")))


def _add_up(parcels: Collection[Parcel], packed: Mapping[int, int], wanted: int) -> str:
    """`packed`: {parcel: units in it}; `wanted`: units of the order that have to be shipped."""
    gone = {
        parcel.pk
        for parcel in parcels
        if parcel.has_left or parcel.status in (Status.RETURNING, Status.RETURNED)
    }
    delivered = {parcel.pk for parcel in parcels if parcel.status == Status.DELIVERED}

    def cover(pks: set[int]) -> bool:
        """Whether they carry everything (parcels without a packing list count as all)."""
        told = [packed[pk] for pk in pks if pk in packed]
        return not told or sum(told) >= wanted

    if not gone:
        return Order.Status.PLACED
    if delivered and len(delivered) == len(parcels) and cover(delivered):
        return Order.Status.DELIVERED
    if delivered:
        return Order.Status.PARTLY_DELIVERED
    return Order.Status.SHIPPED if cover(gone) else Order.Status.PARTLY_SHIPPED
