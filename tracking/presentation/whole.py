"""The answer for a whole order: one parcel speaks for all, and the others are counted."""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracking.presentation import arrival as arrivals
from tracking.presentation.answer import Answer, answer_for
from tracking.presentation.material import Material, ParcelMaterial
from tracking.presentation.voice import Voice
from tracking.vocabulary import Status

# Whose news comes first: where the shopper may have to act, then what is nearest to the door.
_RANK: dict[str, int] = {
    Status.EXCEPTION: 0,
    Status.ATTEMPTED: 1,
    Status.READY_FOR_PICKUP: 2,
    Status.OUT_FOR_DELIVERY: 3,
    Status.IN_TRANSIT: 4,
    Status.UNKNOWN: 4,
    Status.INFO_RECEIVED: 5,
    Status.PENDING: 5,
    Status.EXPIRED: 6,
    Status.RETURNING: 7,
    Status.RETURNED: 8,
    Status.DELIVERED: 9,
}


def leading(material: Material) -> ParcelMaterial | None:
    """Return the parcel that speaks for the order; None when there is none."""

    def rank(parcel: ParcelMaterial) -> tuple[object, ...]:
        shipment = parcel.shipment
        day = shipment.eta_to_date
        place = _RANK.get(shipment.status, 4)
        if shipment.status == Status.DELIVERED:
            return (place, -(shipment.delivered_at.timestamp() if shipment.delivered_at else 0), shipment.pk)
        return (place, day is None, day.toordinal() if day else 0, shipment.pk)

    return min(material.live, key=rank, default=None)


def answer_for_order(material: Material, voice: Voice, *, names: bool) -> Answer:
    """Return the answer the page opens with."""
    order = material.order
    if order.cancelled_at:
        return _cancelled(material, voice)
    lead = leading(material)
    if lead is None:
        return _not_sent(material)
    answer = answer_for(lead, voice, names=names)
    if len(material.live) > 1:
        answer = _among_several(answer, lead, material, voice)
    waiting = sum(quantity for _line, quantity in material.waiting())
    if waiting:
        words = ngettext(
            "%(count)s item is still being packed.", "%(count)s items are still being packed.", waiting
        )
        answer = replace(answer, sentences=(*answer.sentences, words % {"count": waiting}))
    return answer


def _cancelled(material: Material, voice: Voice) -> Answer:
    order = material.order
    day = voice.on_day(voice.date_of(order.cancelled_at)) if order.cancelled_at else ""
    sentences = [_("It was cancelled %(day)s, and nothing more will be sent.") % {"day": day}]
    if order.payment_status == "refunded":
        sentences.append(_("Your payment has been given back."))
    else:
        sentences.append(_("If you have paid and are still waiting for your money, write to us."))
    return Answer(_("Cancelled"), "calm", _("This order was cancelled"), tuple(sentences))


def _not_sent(material: Material) -> Answer:
    if material.lines and not material.goods():
        words = _("Nothing in this order travels by post: look for it in your mailbox.")
        return Answer(_("Confirmed"), "good", _("All done"), (words,), scene="lit")
    words = _("We are packing it. You get a message with the tracking number the moment it leaves.")
    return Answer(_("Confirmed"), "calm", _("We are getting it ready"), (words,))


def _among_several(answer: Answer, lead: ParcelMaterial, material: Material, voice: Voice) -> Answer:
    """Make room for the other parcels in the words about the leading one."""
    live = material.live
    arrived = sum(parcel.status == Status.DELIVERED for parcel in live)
    if arrived == len(live):
        words = ngettext("All %(count)s parcel has arrived.", "All %(count)s parcels have arrived.", arrived)
        whole = _("Both parcels have arrived.") if arrived == 2 else words % {"count": arrived}
        return replace(answer, sentences=(whole, *answer.sentences))
    counted: tuple[str, ...] = ()
    if arrived:
        counted = (_("%(arrived)s of %(all)s parcels has arrived.") % {"arrived": arrived, "all": len(live)},)
        if arrived > 1:
            counted = (
                _("%(arrived)s of %(all)s parcels have arrived.") % {"arrived": arrived, "all": len(live)},
            )
    if lead.status in (
        Status.OUT_FOR_DELIVERY,
        Status.IN_TRANSIT,
        Status.UNKNOWN,
        Status.INFO_RECEIVED,
        Status.PENDING,
    ):
        return _several_coming(answer, lead, material, voice, counted)
    number = live.index(lead) + 1
    this = _("This is about parcel %(number)s of %(all)s.") % {"number": number, "all": len(live)}
    return replace(answer, sentences=(this, *answer.sentences, *counted))


def _several_coming(
    answer: Answer, lead: ParcelMaterial, material: Material, voice: Voice, counted: tuple[str, ...]
) -> Answer:
    """Say when the next parcel comes and how many follow."""
    arrival = arrivals.arrival_of(lead, voice)
    others = [other for other in material.live if other is not lead and other.status != Status.DELIVERED]
    days = {a.last if (a := arrivals.arrival_of(other, voice)) else None for other in others}
    if arrival is None or arrival.slipped:
        number = material.live.index(lead) + 1
        this = _("This is about parcel %(number)s of %(all)s.") % {
            "number": number,
            "all": len(material.live),
        }
        return replace(answer, sentences=(this, *answer.sentences, *counted))
    if others and days == {arrival.last} and not counted:
        return replace(answer, headline=_all_arrive(len(others) + 1, arrival, voice))
    headline = _next_arrives(arrival, voice, first=not counted) if others else answer.headline
    following: tuple[str, ...] = ()
    known = [day for day in days if day]
    if len(others) == 1 and known:
        following = (_("The other parcel is due %(day)s.") % {"day": voice.on_day(known[0])},)
    elif others and len(known) == len(days):
        following = (_("The last parcel is due %(day)s.") % {"day": voice.on_day(max(known))},)
    elif len(others) == 1:
        following = (_("The other parcel has no day yet."),)
    elif others:
        words = ngettext("%(count)s more parcel follows.", "%(count)s more parcels follow.", len(others))
        following = (words % {"count": len(others)},)
    sentences = (*counted, *answer.sentences, *following)
    return replace(answer, headline=headline, sentences=sentences)


def _next_arrives(arrival: arrivals.Arrival, voice: Voice, *, first: bool) -> str:
    words = _("First parcel arrives %(day)s") if first else _("Next parcel arrives %(day)s")
    near = (arrival.last - voice.today).days in (0, 1)
    day = voice.short_day(arrival.last) if near else voice.day(arrival.last)
    return words % {"day": day}


def _all_arrive(count: int, arrival: arrivals.Arrival, voice: Voice) -> str:
    near = (arrival.last - voice.today).days in (0, 1)
    day = voice.short_day(arrival.last) if near else voice.day(arrival.last)
    if count == 2:
        return _("Both parcels arrive %(day)s") % {"day": day}
    return ngettext("The parcel arrives %(day)s", "All %(count)s parcels arrive %(day)s", count) % {
        "day": day,
        "count": count,
    }
