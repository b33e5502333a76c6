"""What tests of the watch share: parcels with scans, a look round at a given time, what stands then."""

from datetime import UTC, datetime, timedelta

from customers.models import Event
from tests.factories.tracking import CarrierAccountFactory, OrderFactory, ShipmentFactory
from tracking.carriers.base import Place, ScanData
from tracking.models import CarrierAccount, Flag, Shipment
from tracking.services import add_scans, watch
from tracking.vocabulary import Status

# A Tuesday without a holiday near it in the United States or Germany.
START = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def account() -> CarrierAccount:
    return CarrierAccount.objects.filter(slug="ups").first() or CarrierAccountFactory(slug="ups")


def parcel(*statuses, at=START, place="Memphis, TN, US", reason="", order=None, **fields) -> Shipment:
    """Return a followed parcel whose scans are an hour apart, the last at `at`."""
    order = order or OrderFactory(placed_at=at - DAY)
    fields = {"handed_over_at": at - timedelta(hours=len(statuses)), "account": account()} | fields
    shipment = ShipmentFactory(order=order, **fields)
    said = [
        _said(status, at - back * HOUR, place, reason if back == 0 else "")
        for back, status in enumerate(reversed(statuses))
    ]
    if said:
        add_scans(shipment_id=shipment.pk, scans=said, source="ups", at=at)
        shipment.refresh_from_db()
    return shipment


def scan(shipment, status, at, *, place="Memphis, TN, US", reason="", message="") -> None:
    """Add one scan, told when it happened."""
    said = _said(status, at, place, reason, message)
    add_scans(shipment_id=shipment.pk, scans=[said], source="ups", at=at)


def _said(status, at, place, reason="", message="") -> ScanData:
    city, region, country = (*place.split(", "), "", "", "")[:3]
    where = Place(city, region, country)
    return ScanData(Status(status), at=at, reason=reason, place=where, message=message)


def look(at) -> int:
    """Look round at `at`, every round, to the end."""
    total = watch.look_round(at=at)
    watch.hurry(at=at)
    while done := watch.look_round(at=at):
        total += done
    return total


def standing(subject=None) -> list[str]:
    """Return the kinds of flags that stand, of one parcel or of all."""
    flags = Flag.objects.filter(cleared_at=None)
    flags = flags.filter(shipment=subject) if subject else flags
    return sorted(flags.values_list("kind", flat=True))


def facts(kind) -> list[dict]:
    """Return the payloads of the facts told of one kind, oldest first."""
    return list(Event.objects.filter(kind=kind).order_by("pk").values_list("data", flat=True))
