"""Where a return's parcels have been, as its page tells it."""

from django.conf import settings

from returns.models import Return, ReturnParcel
from tracking.models import Scan
from tracking.presentation import Voice
from tracking.presentation.material import Level, ParcelMaterial, of_one_source
from tracking.presentation.timeline import Entry, entries_for
from tracking.vocabulary import Status

# Of a label that lies with the shopper there is nothing to tell.
NOT_MOVING = (Status.PENDING, Status.INFO_RECEIVED, Status.UNKNOWN)


def journey(ret: Return, voice: Voice) -> list[tuple[ReturnParcel, list[Entry]]]:
    """
    Return each parcel of a return that a carrier has spoken of, with its entries, latest first: when (HTML),
    place, phrase in the reader's language. Two queries. Active language: the reader's.
    """
    parcels = list(ret.parcels.exclude(shipment=None).select_related("shipment").order_by("position"))
    scans: dict[int, list[Scan]] = {}
    for scan in Scan.objects.filter(shipment__in=[parcel.shipment_id for parcel in parcels]):
        if scan.status not in NOT_MOVING:
            scans.setdefault(scan.shipment_id, []).append(scan)
    shops = frozenset(settings.SHOPS)
    found = []
    for parcel in parcels:
        if parcel.shipment is not None and parcel.shipment_id in scans:
            heard = of_one_source(scans[parcel.shipment.pk], shops)
            material = ParcelMaterial(parcel.shipment, scans=heard)
            found.append((parcel, list(entries_for(material, voice, Level.SHARE))))
    return found
