"""What tests of return parcels share: one that is followed, what its carrier says, what is told of it."""

from datetime import timedelta

from customers.models import Event
from tests.factories.tracking import (
    NOON,
    OrderFactory,
    OrderLineFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tracking.carriers.base import ParcelData, Place, ScanData
from tracking.models import Order
from tracking.services import bulk
from tracking.services.return_parcels import follow_return
from tracking.services.scans import record_parcel
from tracking.vocabulary import Status

NUMBER = "1Z999AA10123456784"
ROAD = (Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.DELIVERED)


def scan(status, hours=0):
    return ScanData(status=Status(status), at=NOON + timedelta(hours=hours), place=Place("Reno", "NV", "US"))


def hear(*statuses, number=NUMBER, at=NOON, **more):
    scans = tuple(scan(status, hours) for hours, status in enumerate(statuses))
    record_parcel(data=ParcelData(number, scans, **more), source="ups", at=at + timedelta(hours=9))


def order(**fields):
    """An order whose one parcel is on its way."""
    made = OrderFactory(status=Order.Status.SHIPPED, **fields)
    line = OrderLineFactory(order=made)
    out = ShipmentFactory(order=made, status=Status.IN_TRANSIT, shipped_at=NOON)
    ShipmentLineFactory(shipment=out, line=line)
    return made


def coming_back(made=None, number=NUMBER, **more):
    return follow_return(order=made or order(), number=number, at=NOON, **more)


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def moves():
    rows = Event.objects.filter(kind="tracking.return_parcel.moved").order_by("occurred_at", "pk")
    return [(row.data["status"], row.data["first"]) for row in rows]


def bulk_or_single(way, *told):
    if way == "bulk":
        bulk.take_in(told=[bulk.Told(data, "ups") for data in told], at=NOON + timedelta(hours=9))
    else:
        for data in told:
            record_parcel(data=data, source="ups", at=NOON + timedelta(hours=9))
