"""When a parcel comes, and whether that has changed."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.html import format_html
from django.utils.translation import gettext as _

from tracking.presentation.material import ParcelMaterial
from tracking.presentation.voice import Voice
from tracking.vocabulary import Status


@dataclass(frozen=True)
class Arrival:
    """
    The window a parcel is promised for, as days at its destination.

    `was`: the last day of an earlier, better promise that no longer holds. `overdue`: the last day has
    passed.
    """

    first: date
    last: date
    first_at: datetime | None
    last_at: datetime | None
    was: date | None
    overdue: bool

    @property
    def slipped(self) -> bool:
        """Whether we have to own up to being late."""
        return self.overdue or self.was is not None


def arrival_of(parcel: ParcelMaterial, voice: Voice) -> Arrival | None:
    """Return when the parcel comes; None when nobody has said, or when it has come or will not."""
    shipment = parcel.shipment
    last = shipment.eta_to_date or shipment.eta_from_date
    if last is None or shipment.status in (
        Status.DELIVERED,
        Status.RETURNING,
        Status.RETURNED,
        Status.CANCELLED,
        Status.EXPIRED,
    ):
        return None
    better = [promise.to_date for promise in parcel.promises if promise.to_date < last]
    return Arrival(
        first=shipment.eta_from_date or last,
        last=last,
        first_at=shipment.eta_from_at,
        last_at=shipment.eta_to_at,
        was=better[-1] if better else None,
        overdue=last < voice.today,
    )


def still_to_come(parcel: ParcelMaterial, voice: Voice) -> Arrival | None:
    """Return when the parcel comes, None also when that day has passed: nothing for a calendar."""
    arrival = arrival_of(parcel, voice)
    return None if arrival is None or arrival.overdue else arrival


def arrives(arrival: Arrival, voice: Voice) -> str:
    """Return the headline: 'Arrives Tuesday, November 24'."""
    day = _end(arrival, voice)
    if arrival.was:
        return {
            "today": _("Now arrives today"),
            "tomorrow": _("Now arrives tomorrow"),
            "by": _("Now arrives by %(day)s"),
            "on": _("Now arrives %(day)s"),
        }[day] % {"day": voice.day(arrival.last)}
    return {
        "today": _("Arrives today"),
        "tomorrow": _("Arrives tomorrow"),
        "by": _("Arrives by %(day)s"),
        "on": _("Arrives %(day)s"),
    }[day] % {"day": voice.day(arrival.last)}


def _end(arrival: Arrival, voice: Voice) -> str:
    if arrival.first < arrival.last and voice.today < arrival.last:
        return "by"
    return {0: "today", 1: "tomorrow"}.get((arrival.last - voice.today).days, "on")


def window(arrival: Arrival, voice: Voice) -> str:
    """Return the sentence that narrows the day down; '' when there is nothing to add."""
    if arrival.first_at and arrival.last_at and arrival.first == arrival.last:
        return format_html(
            _("Most likely between {first} and {last}."),
            first=voice.clock(arrival.first_at),
            last=voice.clock(arrival.last_at),
        )
    if arrival.last_at and arrival.first == arrival.last:
        return format_html(_("By {last}."), last=voice.clock(arrival.last_at))
    if voice.today < arrival.first < arrival.last:
        return _("It could come as early as %(day)s.") % {"day": voice.day(arrival.first)}
    return ""
