"""The answer for a whole order: one parcel speaks for all, and the others are counted."""

from collections.abc import Sequence
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

COMING = (
    Status.PENDING,
    Status.INFO_RECEIVED,
    Status.IN_TRANSIT,
    Status.UNKNOWN,
    Status.OUT_FOR_DELIVERY,
)


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
    total, here = len(material.live), arrived(material)
    if here == total:
        words = _("Both parcels have arrived.") if here == 2 else _("All %(count)s parcels have arrived.")
        return replace(answer, sentences=(words % {"count": here}, *answer.sentences))
    counted: tuple[str, ...] = ()
    if here:
        words = ngettext(
            "%(arrived)s of %(all)s parcels has arrived.",
            "%(arrived)s of %(all)s parcels have arrived.",
            here,
        )
        counted = (words % {"arrived": here, "all": total},)
    if lead.status in COMING:
        return _several_coming(answer, lead, material, voice, counted)
    return replace(answer, sentences=(_this_is_about(lead, material), *answer.sentences, *counted))


def _several_coming(
    answer: Answer, lead: ParcelMaterial, material: Material, voice: Voice, counted: tuple[str, ...]
) -> Answer:
    """Say when the next parcel comes and how many follow."""
    arrival = arrivals.arrival_of(lead, voice)
    if arrival is None or arrival.slipped:
        this = _this_is_about(lead, material)
        return replace(answer, sentences=(this, *answer.sentences, *counted))
    others = [other for other in material.live if other is not lead and other.status in COMING]
    if not others:
        return replace(answer, sentences=(*counted, *answer.sentences))
    narrower = arrivals.window(arrival, voice)
    about = (*counted, *([narrower] if narrower else []))
    following = [arrivals.arrival_of(other, voice) for other in others]
    if not arrived(material) and all(a and a.last == arrival.last for a in following):
        return replace(answer, headline=_all_arrive(len(others) + 1, arrival, voice), sentences=about)
    headline = _next_arrives(arrival, voice, first=not arrived(material))
    return replace(answer, headline=headline, sentences=(*about, _the_rest(following, voice)))


def _the_rest(following: Sequence[arrivals.Arrival | None], voice: Voice) -> str:
    """Say when the other parcels come; `following` has one entry for each."""
    days = [a.last for a in following if a and not a.overdue]
    if len(following) > 1:
        if len(days) == len(following):
            return _("The last parcel is due %(day)s.") % {"day": voice.on_day(max(days))}
        return _("%(count)s more parcels follow.") % {"count": len(following)}
    if days:
        return _("The other parcel is due %(day)s.") % {"day": voice.on_day(days[0])}
    return _("The other parcel is running late.") if following[0] else _("The other parcel has no day yet.")


def _this_is_about(lead: ParcelMaterial, material: Material) -> str:
    number = material.live.index(lead) + 1
    return _("This is about parcel %(number)s of %(all)s.") % {"number": number, "all": len(material.live)}


def arrived(material: Material) -> int:
    """Return how many of the order's parcels have been delivered."""
    return sum(parcel.status == Status.DELIVERED for parcel in material.live)


def _next_arrives(arrival: arrivals.Arrival, voice: Voice, *, first: bool) -> str:
    words = _("First parcel arrives %(day)s") if first else _("Next parcel arrives %(day)s")
    return words % {"day": voice.on_day(arrival.last)}


def _all_arrive(count: int, arrival: arrivals.Arrival, voice: Voice) -> str:
    words = _("Both parcels arrive %(day)s") if count == 2 else _("All %(count)s parcels arrive %(day)s")
    return words % {"day": voice.on_day(arrival.last), "count": count}
