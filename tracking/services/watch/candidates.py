"""Which parcels and orders may be in trouble: found coarsely by indexes, with bounds wide enough for all."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from tracking.models import Flag, Order, OrderLine, Promise, Scan, Shipment
from tracking.services.watch.loading import CAN_BE_BROKEN
from tracking.vocabulary import Status
from tracking.watch.facts import Rules
from tracking.watch.judge import FORGOTTEN

# The first day to end anywhere ends fourteen hours before it does in UTC.
FARTHEST_EAST = timedelta(hours=14)
STOPPED = (Status.EXCEPTION, Status.READY_FOR_PICKUP, Status.ATTEMPTED)
UNDER_WAY = (Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.UNKNOWN)
NOT_SEEN = (Status.PENDING, Status.INFO_RECEIVED)
CHUNK = 5000  # ids in one question


def parcels(rules: Collection[Rules], *, at: datetime) -> list[int]:
    """
    Return the ids, ascending, of parcels that may deserve a flag under any of `rules`, or have one.

    Parcels delivered, and those nobody has spoken of for 90 days, are not read: the cost follows what is
    under way. Expired ones had their flags before they expired.
    """
    flagged = Flag.objects.filter(cleared_at=None, shipment__isnull=False)
    found = set(flagged.values_list("shipment_id", flat=True))
    for rows in (_stopped(at), _silent(rules, at), _not_handed_over(rules, at)):
        found.update(rows.order_by().values_list("pk", flat=True))
    found |= _late_or_tried(at)
    return sorted(found)


def _least(days: Iterable[int]) -> timedelta:
    """The shortest threshold that is not switched off."""
    return timedelta(days=min((one for one in days if one), default=FORGOTTEN.days))


def _stopped(at: datetime) -> QuerySet[Shipment]:
    recent = at - FORGOTTEN
    return Shipment.objects.current().filter(status__in=STOPPED, last_scan_at__gte=recent)


def _silent(rules: Collection[Rules], at: datetime) -> QuerySet[Shipment]:
    thresholds = [
        days for r in rules for days in (r.silent_days_domestic, r.silent_days_international, r.lost_days)
    ]
    quiet = Q(last_scan_at__lte=at - _least(thresholds), last_scan_at__gte=at - FORGOTTEN)
    return Shipment.objects.current().filter(quiet, status__in=UNDER_WAY)


def _not_handed_over(rules: Collection[Rules], at: datetime) -> QuerySet[Shipment]:
    latest, earliest = at - _least(r.handover_days for r in rules), at - FORGOTTEN
    told = Q(handed_over_at__lte=latest, handed_over_at__gte=earliest)
    untold = Q(handed_over_at=None, created_at__lte=latest, created_at__gte=earliest)
    return Shipment.objects.current().filter(told | untold, status__in=NOT_SEEN, shipped_at=None)


def _late_or_tried(at: datetime) -> set[int]:
    """
    Return parcels under way whose last promised day may be over, or with which somebody came in vain.

    Asked by their ids: given the choice, the database would read every broken promise there ever was.
    """
    today = (at + FARTHEST_EAST).date()
    # Parcels that are not yet seen by the carrier can be late too.
    under_way = Shipment.objects.current().filter(status__in=(*UNDER_WAY, *NOT_SEEN)).order_by()
    found, asked = set(), []
    for pk, last in under_way.values_list("pk", "eta_to_date"):
        if last is not None and last < today:
            found.add(pk)
        else:
            asked.append(pk)
    promises = Promise.objects.filter(shown=True, to_date__lt=today, outcome__in=CAN_BE_BROKEN)
    tried = Scan.objects.filter(status=Status.ATTEMPTED)
    for start in range(0, len(asked), CHUNK):
        chunk = asked[start : start + CHUNK]
        for rows in (promises, tried):
            found.update(rows.filter(shipment__in=chunk).values_list("shipment_id", flat=True))
    return found


def orders(rules: Collection[Rules], *, at: datetime) -> list[int]:
    """Return the ids, ascending, of orders that may wait too long to be shipped, or have the flag."""
    flagged = Flag.objects.filter(cleared_at=None, shipment=None)
    hours = min((r.unfulfilled_hours for r in rules if r.unfulfilled_hours), default=FORGOTTEN.days * 24)
    parcel = Shipment.objects.current().filter(order=OuterRef("pk")).exclude(status=Status.CANCELLED)
    goods = OrderLine.objects.filter(
        order=OuterRef("pk"), requires_shipping=True, gift_card=False, quantity__gt=0
    )
    waiting = Order.objects.filter(
        ~Exists(parcel),
        Exists(goods),
        status=Order.Status.PLACED,
        cancelled_at=None,
        placed_at__lte=at - timedelta(hours=hours),
        placed_at__gte=at - FORGOTTEN,
    )
    found = set(flagged.values_list("order_id", flat=True))
    found.update(waiting.order_by().values_list("pk", flat=True))
    return sorted(found)
