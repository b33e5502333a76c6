"""The five steps of an order, or of the parcel that speaks for it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tracking.presentation.arrival import Arrival, arrival_of
from tracking.presentation.material import Material, ParcelMaterial
from tracking.presentation.voice import Voice
from tracking.vocabulary import Status


@dataclass(frozen=True)
class Step:
    """
    One of the five. `state`: done, current or todo; `tone` colours the current one; `when` is HTML-safe text
    or ''.
    """

    label: str
    state: str
    when: str = ""
    tone: str = ""


_LABELS = {
    Status.OUT_FOR_DELIVERY: lambda: _("Out for delivery"),
    Status.ATTEMPTED: lambda: _("Delivery attempted"),
    Status.READY_FOR_PICKUP: lambda: _("Ready to collect"),
    Status.EXCEPTION: lambda: _("Held up"),
    Status.RETURNING: lambda: _("On its way back"),
    Status.RETURNED: lambda: _("On its way back"),
}
_CURRENT = {
    Status.PENDING: 1,
    Status.INFO_RECEIVED: 1,
    Status.DELIVERED: 4,
    Status.RETURNED: 4,
}


def steps_for(material: Material, lead: ParcelMaterial | None, voice: Voice, tone: str) -> tuple[Step, ...]:
    """Return the five steps; () for an order that was cancelled or has nothing to ship."""
    order = material.order
    if order.cancelled_at or (lead is None and material.lines and not material.goods()):
        return ()
    shipment = lead.shipment if lead else None
    current = _current(lead)
    labels = _labels(shipment.status if shipment else "")
    whens = _whens(order.placed_at, lead, voice)
    return tuple(
        Step(
            label=label,
            state="done" if i < current else "current" if i == current else "todo",
            when=when if i <= current or i == 4 else "",
            tone=tone if i == current else "",
        )
        for i, (label, when) in enumerate(zip(labels, whens, strict=True))
    )


def _current(lead: ParcelMaterial | None) -> int:
    if lead is None:
        return 0
    shipment = lead.shipment
    if not shipment.tracking_number and not shipment.shipped_at:
        return 2
    if shipment.status in (Status.UNKNOWN, Status.EXCEPTION) and not shipment.shipped_at:
        return 1
    return _CURRENT.get(Status(shipment.status), 3)


def _labels(status: str) -> tuple[str, ...]:
    moving = _LABELS[Status(status)]() if status in _LABELS else _("On its way")
    end = _("Back with us") if status in (Status.RETURNING, Status.RETURNED) else _("At your door")
    if status == Status.READY_FOR_PICKUP:
        end = _("Collected")
    return _("Ordered"), _("Packed"), _("Shipped"), moving, end


def _whens(placed_at: datetime, lead: ParcelMaterial | None, voice: Voice) -> tuple[str, ...]:
    """Return when each step was, or will be, reached; '' where nobody knows."""
    if lead is None:
        return voice.stamp(placed_at), "", "", "", ""
    shipment = lead.shipment
    arrival = arrival_of(lead, voice)
    left = shipment.shipped_at or (None if shipment.tracking_number else shipment.handed_over_at)
    still = shipment.status not in (Status.OUT_FOR_DELIVERY, Status.DELIVERED, Status.RETURNED)
    moving = shipment.last_scan_at if still else shipment.out_for_delivery_at
    end = voice.stamp(shipment.delivered_at) if shipment.delivered_at else _due(arrival, voice)
    packed = shipment.handed_over_at or shipment.created_at
    if left and packed and packed > left:
        packed = left
    return (
        voice.stamp(placed_at),
        voice.stamp(packed) if packed else "",
        voice.stamp(left) if left else "",
        voice.stamp(moving) if moving else "",
        end if shipment.status not in (Status.RETURNING, Status.RETURNED) else "",
    )


def _due(arrival: Arrival | None, voice: Voice) -> str:
    return voice.short_day(arrival.last) if arrival and not arrival.overdue else ""
