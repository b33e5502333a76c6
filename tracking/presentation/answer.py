"""The one answer a parcel's page gives first: a pill, a headline, why, and what we do about it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext as _

from tracking.presentation import arrival as arrivals
from tracking.presentation.material import ParcelMaterial
from tracking.presentation.phrases import PILLS, REASONS, TONES
from tracking.presentation.trouble import delay_reason, held_up
from tracking.presentation.voice import Voice, tidy
from tracking.vocabulary import Reason, Status


@dataclass(frozen=True)
class Answer:
    """
    What is said of a parcel or an order.

    `tone`: good, calm, warn or bad. `was`: the promise that no longer holds, to be struck through. `doing`:
    what we do about it. `scene`: the porch beside it (dim, lit, home). `carrier_acts`: the carrier's page is
    where one can act.
    """

    pill: str
    tone: str
    headline: str
    sentences: tuple[str, ...] = ()
    was: str = ""
    doing: str = ""
    scene: str = "dim"
    carrier_acts: bool = False


def answer_for(parcel: ParcelMaterial, voice: Voice, *, names: bool) -> Answer:
    """Return the answer for one parcel. `names`: whether the visitor may see who signed."""
    if parcel.status == Status.DELIVERED:
        return _delivered(parcel, voice, names=names)
    return _ANSWERS.get(parcel.status, _coming)(parcel, voice)


def _who(parcel: ParcelMaterial) -> str:
    return parcel.carrier or _("The carrier")


def _some(*sentences: str) -> tuple[str, ...]:
    return tuple(sentence for sentence in sentences if sentence)


def _coming(parcel: ParcelMaterial, voice: Voice) -> Answer:
    """Packed, on its way or out for delivery."""
    shipment = parcel.shipment
    arrival = arrivals.arrival_of(parcel, voice)
    if arrival and arrival.slipped:
        return _late(parcel, arrival, voice)
    out = shipment.status == Status.OUT_FOR_DELIVERY
    if arrival:
        headline, window = arrivals.arrives(arrival, voice), arrivals.window(arrival, voice)
        lit = out or arrival.last == voice.today
        on_time = _("It is on time.") if _moving(parcel) else ""
        sentences = _some(window, last_seen(parcel, voice), on_time)
    else:
        headline, sentences, lit = *_undated(parcel, voice), out
    pill = PILLS[Status.IN_TRANSIT] if shipment.shipped_at and not out else PILLS[shipment.status]
    if not shipment.tracking_number and not shipment.shipped_at:
        pill = _("Sent")
    tone = "good" if _moving(parcel) or not shipment.tracking_number else TONES.get(shipment.status, "good")
    return Answer(str(pill), tone, headline, sentences, scene="lit" if lit else "dim")


def _moving(parcel: ParcelMaterial) -> bool:
    return bool(parcel.shipment.shipped_at) or parcel.status in (Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY)


def _undated(parcel: ParcelMaterial, voice: Voice) -> tuple[str, tuple[str, ...]]:
    """Return headline and sentences while nobody has named a day."""
    shipment, who = parcel.shipment, _who(parcel)
    if shipment.status == Status.OUT_FOR_DELIVERY:
        since = shipment.out_for_delivery_at
        today = since is None or voice.date_of(since) == voice.today
        words = _("%(carrier)s has it on the van.") % {"carrier": who}
        return (_("Arrives today") if today else _("Out for delivery")), _some(
            words, last_seen(parcel, voice)
        )
    if _moving(parcel):
        unnamed = _("%(carrier)s has not named a day yet.") % {"carrier": who}
        return _("On its way to you"), _some(last_seen(parcel, voice), unnamed)
    if not shipment.tracking_number:
        sent = shipment.handed_over_at
        headline = _("Sent %(day)s") % {"day": voice.on_day(voice.date_of(sent))} if sent else _("Sent")
        return headline, (_("It travels without a tracking number, so the carrier does not report on it."),)
    waiting = _("%(carrier)s has not picked it up yet. We write to you when it leaves.") % {"carrier": who}
    return _("Packed and ready to go"), (waiting,)


def _late(parcel: ParcelMaterial, arrival: arrivals.Arrival, voice: Voice) -> Answer:
    """A promise was broken: say so, say why, say what happens."""
    who = _who(parcel)
    if arrival.overdue:
        headline = _("It should be here by now")
        was, seen = voice.day(arrival.last), last_seen(parcel, voice)
        doing = _("We are watching it, and write to you as soon as %(carrier)s names a new day.") % {
            "carrier": who
        }
    else:
        headline = arrivals.arrives(arrival, voice)
        was = voice.day(arrival.was) if arrival.was else ""
        seen = arrivals.window(arrival, voice) or last_seen(parcel, voice)
        doing = _("We are watching it, and write to you if the day moves again.")
    lit = parcel.status == Status.OUT_FOR_DELIVERY
    return Answer(
        pill=_("Running late"),
        tone="warn",
        headline=headline,
        sentences=_some(delay_reason(parcel, who), seen),
        was=was,
        doing=doing,
        scene="lit" if lit else "dim",
    )


def last_seen(parcel: ParcelMaterial, voice: Voice) -> str:
    """Return where the parcel was seen last, as a sentence; '' before the first scan with a place."""
    for scan in parcel.scans:
        place = voice.place(scan.city, scan.region, scan.country, home=_home(parcel))
        if not place:
            continue
        when = voice.when(scan.at) if scan.at else voice.local(scan.local)
        return format_html(_("Last seen {when} in {place}."), when=when, place=place)
    return ""


def _home(parcel: ParcelMaterial) -> str:
    return str(parcel.shipment.destination.get("country", ""))


def _attempted(parcel: ParcelMaterial, voice: Voice) -> Answer:
    who, arrival = _who(parcel), arrivals.arrival_of(parcel, voice)
    scan = next((scan for scan in parcel.scans if scan.status == Status.ATTEMPTED), None)
    when = (voice.when(scan.at) if scan.at else voice.local(scan.local)) if scan else ""
    if parcel.shipment.reason == Reason.NOT_HOME:
        why = format_html(_("Nobody was there ({when})."), when=when) if when else _("Nobody was there.")
    else:
        why = (
            format_html(_("It did not work out ({when})."), when=when) if when else _("It did not work out.")
        )
    if arrival and not arrival.overdue:
        following = _("The next try is %(day)s.") % {"day": voice.on_day(arrival.last)}
    else:
        following = _("Look for a card at the door, or see with %(carrier)s where it goes next.") % {
            "carrier": who
        }
    headline = _("%(carrier)s tried to deliver") % {"carrier": who}
    return Answer(
        str(PILLS[Status.ATTEMPTED]), "warn", headline, _some(why, following), scene="lit", carrier_acts=True
    )


def _ready(parcel: ParcelMaterial, voice: Voice) -> Answer:
    scan = next((scan for scan in parcel.scans if scan.status == Status.READY_FOR_PICKUP), None)
    town = tidy(scan.city) if scan else ""
    headline = _("Collect it in %(place)s") % {"place": town} if town else _("It is waiting for you")
    where = _("It is in a parcel locker.") if parcel.shipment.reason == Reason.LOCKER else ""
    sentences = _some(where, _("Take the tracking number and an ID with you."))
    pill = str(PILLS[Status.READY_FOR_PICKUP])
    return Answer(pill, "good", headline, sentences, scene="lit", carrier_acts=True)


def _delivered(parcel: ParcelMaterial, voice: Voice, *, names: bool) -> Answer:
    day = parcel.shipment.delivered_at
    headline = _("Delivered %(day)s") % {"day": voice.on_day(voice.date_of(day))} if day else _("Delivered")
    return Answer(
        str(PILLS[Status.DELIVERED]), "good", headline, (proof(parcel, voice, names=names),), scene="home"
    )


def proof(parcel: ParcelMaterial, voice: Voice, *, names: bool) -> str:
    """Return how it was handed over, as a sentence. The signature's name only where `names` may be seen."""
    shipment = parcel.shipment
    scan = next((scan for scan in parcel.scans if scan.status == Status.DELIVERED), None)
    when = ""
    if scan:
        when = voice.clock(scan.at) if scan.at else voice.local(scan.local)
    elif shipment.delivered_at:
        when = voice.clock(shipment.delivered_at)
    place = voice.place(scan.city, scan.region, scan.country, home=_home(parcel)) if scan else ""
    if shipment.signed_by and names:
        said = _("Signed for by {name} ({when}).") if when else _("Signed for by {name}.")
        return format_html(said, name=shipment.signed_by, when=when)
    if shipment.reason in _HANDED:
        said = _HANDED[Reason(shipment.reason)]()
    elif shipment.signed_by:
        said = _HANDED[Reason.SIGNED]()
    elif place:
        said = _("%(carrier)s handed it over in %(place)s") % {"carrier": _who(parcel), "place": place}
    else:
        said = _("%(carrier)s handed it over") % {"carrier": _who(parcel)}
    return format_html("{} ({}).", said, when) if when else f"{said}."


# Functions, so that the words are looked up in the reader's language.
_HANDED: dict[str, Callable[[], str]] = {
    Reason.NEIGHBOUR: lambda: _("It is with a neighbour"),
    Reason.SAFE_PLACE: lambda: _("It was left in a safe place"),
    Reason.LOCKER: lambda: _("It is in a parcel locker"),
    Reason.SIGNED: lambda: _("Somebody signed for it"),
}


def _returning(parcel: ParcelMaterial, voice: Voice) -> Answer:
    back = parcel.status == Status.RETURNED
    reason = REASONS.get(parcel.shipment.reason)
    why = _("The reason: %(reason)s.") % {"reason": reason} if reason else ""
    following = _("Write to us, and we settle what happens next.")
    headline = _("It came back to us") if back else _("On its way back to us")
    return Answer(
        str(PILLS[parcel.status]), "warn", headline, _some(why, last_seen(parcel, voice), following)
    )


def _expired(parcel: ParcelMaterial, voice: Voice) -> Answer:
    silent = _("%(carrier)s has not reported on it for 30 days.") % {"carrier": _who(parcel)}
    headline, ask = _("We have lost sight of it"), _("Write to us, and we find out what happened.")
    return Answer(str(PILLS[Status.EXPIRED]), "warn", headline, _some(silent, last_seen(parcel, voice), ask))


def _exception(parcel: ParcelMaterial, voice: Voice) -> Answer:
    headline, following = held_up(parcel, _who(parcel))
    arrival = arrivals.arrival_of(parcel, voice)
    new_day = ""
    if arrival and not arrival.overdue:
        new_day = _("It is still expected %(day)s.") % {"day": voice.on_day(arrival.last)}
    acts = bool(parcel.shipment.action_required)
    tone = TONES[Status.EXCEPTION]
    sentences = _some(following, new_day, last_seen(parcel, voice))
    return Answer(str(PILLS[Status.EXCEPTION]), tone, headline, sentences, carrier_acts=acts)


def _called_off(parcel: ParcelMaterial, voice: Voice) -> Answer:
    words = _("This parcel was called off before it left.")
    return Answer(str(PILLS[Status.CANCELLED]), "calm", _("Called off"), (words,))


_ANSWERS: dict[str, Callable[[ParcelMaterial, Voice], Answer]] = {
    Status.ATTEMPTED: _attempted,
    Status.READY_FOR_PICKUP: _ready,
    Status.RETURNING: _returning,
    Status.RETURNED: _returning,
    Status.EXPIRED: _expired,
    Status.EXCEPTION: _exception,
    Status.CANCELLED: _called_off,
}
