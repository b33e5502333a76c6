"""Everything that is known about one order, in the order it happened."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import reverse

from config.lib.money import BadMoney, Money
from config.lib.staff import cells
from config.lib.staff.story import Entry, newest_first
from customers.models import Event
from tracking.admin import tones
from tracking.admin.words import words_of
from tracking.models import Flag, Inbound, Order, Scan, Shipment
from tracking.services.shipments import fulfillment_waits_for, order_waits_for, parcel_waits_for

MOST = 300  # of each source; older ones stay on their own lists


def entries(order: Order, shipments: Iterable[Shipment]) -> list[Entry]:
    """Return what this app knows about `order`, newest first, in four queries however long its story is."""
    parcels = {shipment.pk: shipment for shipment in shipments}
    found = [
        *_events(order, parcels),
        *_scans(parcels),
        *_inbound(order, parcels),
        *_staff(order),
    ]
    return newest_first(found)


def _events(order: Order, parcels: dict[int, Shipment]) -> Iterator[Entry]:
    about_order = Q(subject_type=Order._meta.label_lower, subject_id=str(order.pk))
    about_parcels = Q(subject_type=Shipment._meta.label_lower, subject_id__in=[str(pk) for pk in parcels])
    for event in Event.objects.filter(about_order | about_parcels).order_by("-occurred_at")[:MOST]:
        title, tone = words_of(event.kind)
        late = event.recorded_at - event.occurred_at
        learned = f"Learned {_span(late.total_seconds())} later." if late.total_seconds() > 3600 else ""
        parcel = (
            parcels.get(int(event.subject_id)) if event.subject_type == Shipment._meta.label_lower else None
        )
        yield Entry(
            at=event.occurred_at,
            kind="event",
            title=title,
            tone=tone,
            source=f"Parcel {parcel}" if parcel else "Order",
            why=" ".join(part for part in (_facts(event.data), learned) if part),
            url=reverse("admin:customers_event_change", args=[event.pk]),
        )


def amount_of(minor: int, currency: str) -> str:
    """Return a sum as text."""
    try:
        return Money(minor, currency).format()
    except BadMoney:
        return f"{minor} {currency} (minor units)"


def _facts(data: dict[str, Any]) -> str:
    """Return the part of a payload that says why."""
    if "was_to" in data:
        return f"Was {data.get('was_to')}, is {data.get('to_date')}."
    if data.get("flag") in Flag.Kind.values:
        why = data.get("why")
        return f"{Flag.Kind(data['flag']).label}{': ' + str(why) if why else ''}."
    if "shop_return_id" in data:
        return f"{data.get('name') or 'It'} is {str(data.get('status')).lower()}."
    if "refund_id" in data:
        return f"{amount_of(data.get('amount_minor', 0), data.get('currency', ''))}."
    place, reason = data.get("place"), data.get("reason")
    label = Shipment.Reason(reason).label if reason in Shipment.Reason.values else str(reason or "")
    return ", ".join(part for part in (label, place) if part)


def _span(seconds: float) -> str:
    hours = round(seconds / 3600)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"


def _scans(parcels: dict[int, Shipment]) -> Iterator[Entry]:
    for scan in Scan.objects.filter(shipment__in=parcels).order_by("-order_at")[:MOST]:
        said = " · ".join(
            part for part in (scan.place, scan.get_reason_display() if scan.reason else "") if part
        )
        yield Entry(
            at=scan.order_at,
            local="" if scan.at else _as_told(scan.local),
            kind="scan",
            title=scan.message or scan.get_status_display(),
            tone=tones.PARCEL.get(scan.status, cells.WARN),
            source=f"Parcel {parcels[scan.shipment_id]}, told by {scan.source}",
            why=" · ".join(part for part in (scan.get_status_display(), said) if part),
            url=reverse("admin:tracking_shipment_change", args=[scan.shipment_id]),
        )


def _as_told(local: str) -> str:
    """Return a carrier's wall-clock time as staff read times: '10 Mar, 21:00'."""
    try:
        value = datetime.fromisoformat(local)
    except ValueError:
        return local
    return f"{value.day} {value:%b, %H:%M}"


def _inbound(order: Order, parcels: dict[int, Shipment]) -> Iterator[Entry]:
    """Deliveries that wait for this order or its parcels: those that are found without reading bodies."""
    waits = [order_waits_for(order.store, order.external_id)]
    for parcel in parcels.values():
        waits.append(fulfillment_waits_for(order.store, parcel.fulfillment_external_id))
        waits.append(parcel_waits_for(parcel.tracking_key))
    waiting = Inbound.objects.filter(state=Inbound.State.BLOCKED, waits_for__in=waits).defer(
        "body", "headers"
    )
    for row in waiting.order_by("-received_at")[:MOST]:
        yield Entry(
            at=row.received_at,
            kind="inbound",
            title=f"{row.topic or 'Delivery'} from {row.source} waits",
            tone=cells.WARN,
            source=row.source,
            why=row.reason,
            url=reverse("admin:tracking_inbound_change", args=[row.pk]),
        )


def _staff(order: Order) -> Iterator[Entry]:
    log = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Order), object_id=str(order.pk)
    )
    for row in log.select_related("user").order_by("-action_time")[:MOST]:
        yield Entry(
            at=row.action_time,
            kind="staff",
            title=row.get_change_message() or "Changed",
            source=str(row.user),
            url=reverse("admin:tracking_order_history", args=[order.pk]),
        )
