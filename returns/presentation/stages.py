"""The stage bar of a return, and the one sentence that says where it stands and what happens next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from returns.models import Return
from returns.vocabulary import Kind, Method, State
from tracking.presentation.steps import Step
from tracking.presentation.voice import Voice

S = State
# How far along the bar of goods that come back a state stands.
ALONG = {
    S.REQUESTED: 0,
    S.REVIEW: 0,
    S.APPROVED: 1,
    S.LABEL_READY: 1,
    S.IN_TRANSIT: 2,
    S.RECEIVED: 3,
    S.INSPECTED: 3,
    S.SETTLED: 4,
}
WITHOUT_GOODS = {S.REQUESTED: 0, S.REVIEW: 1, S.APPROVED: 1, S.SETTLED: 2}
ENDED = frozenset({S.REJECTED, S.CANCELLED, S.EXPIRED})


@dataclass(frozen=True)
class Stand:
    """Where a return stands: `pill`, `tone` (good, warn, bad, calm), the answer, and what happens next."""

    pill: str
    tone: str
    headline: str
    next: str


def without_goods(ret: Return) -> bool:
    """Whether nothing has to be sent: a claim, or a return of which all is kept."""
    return ret.kind == Kind.CLAIM or ret.method == Method.NONE


def steps_for(ret: Return, voice: Voice) -> tuple[Step, ...]:
    """Return the steps of a return; () for one that was refused, cancelled or never sent."""
    if ret.state in ENDED:
        return ()
    labels: tuple[str, ...]
    if without_goods(ret):
        labels = (_("Told us"), _("Decided"), _("Done"))
        whens: Sequence[datetime | None] = (ret.requested_at, ret.approved_at, ret.settled_at)
        current = WITHOUT_GOODS.get(S(ret.state), 1)
    else:
        labels = (_("Asked for"), _("Ready to send"), _("On its way back"), _("Back with us"), _("Settled"))
        whens = (ret.requested_at, ret.ready_at, ret.handed_over_at, ret.received_at, ret.settled_at)
        current = ALONG[S(ret.state)]
    return tuple(
        Step(
            label=label,
            state="done" if i < current else "current" if i == current else "todo",
            when=voice.stamp(when) if when and i <= current else "",
        )
        for i, (label, when) in enumerate(zip(labels, whens, strict=True))
    )


def stand_of(ret: Return, voice: Voice, *, drop_off: str = "") -> Stand:
    """Return where a return stands at `voice.at`. `drop_off`: the store's words for goods brought to it."""
    if without_goods(ret):
        return _claim(ret)
    day = voice.day(voice.date_of(ret.expires_at)) if ret.expires_at else ""
    told = _("You get a message as soon as it is decided.")
    if ret.state == S.REQUESTED:
        return Stand(_("Asked for"), "calm", _("We have your return"), told)
    if ret.state == S.REVIEW:
        return Stand(_("Being looked at"), "calm", _("One of us is looking at your return"), told)
    if ret.state == S.APPROVED:
        return Stand(_("Approved"), "good", *_approved(ret, day, drop_off))
    if ret.state == S.LABEL_READY:
        title = _("Send it back by %(day)s") % {"day": day} if day else _("Ready to be sent")
        return Stand(_("Ready to send"), "good", title, _how_to_send(ret, drop_off))
    if ret.state in (S.IN_TRANSIT, S.RECEIVED, S.INSPECTED, S.SETTLED):
        return _under_way(ret)
    return _over(ret, day)


def _approved(ret: Return, day: str, drop_off: str) -> tuple[str, str]:
    if ret.method in (Method.LABEL, Method.QR):
        return _("Your return is approved"), _(
            "Your label is being made. You get it in a message and on this page."
        )
    title = _("Bring it to us by %(day)s") if ret.method == Method.DROP_OFF else _("Send it back by %(day)s")
    plain = _("Your return is approved")
    return (title % {"day": day} if day else plain), _how_to_send(ret, drop_off)


def _how_to_send(ret: Return, drop_off: str) -> str:
    number = {"number": ret.number}
    if ret.method == Method.LABEL:
        return _("Print the label, stick it on the parcel and hand it over.")
    if ret.method == Method.QR:
        return _("Show the code at the counter. They print the label for you.")
    if ret.method == Method.DROP_OFF:
        return drop_off or _("Show us the number %(number)s when you bring it.") % number
    if ret.method == Method.COLLECTION:
        return _("Have the parcel ready. Whoever collects it brings or scans the label.")
    return _("Write the number %(number)s on the parcel, so that we know whose it is.") % number


def _under_way(ret: Return) -> Stand:
    if ret.state == S.IN_TRANSIT:
        more = _("You have nothing to do now. You get a message when it has arrived.")
        return Stand(_("On its way back"), "good", _("Your parcel is on its way back to us"), more)
    if ret.state == S.RECEIVED:
        more = _("We look at what came, then we settle it.")
        return Stand(_("Arrived"), "good", _("Your return has arrived with us"), more)
    if ret.state == S.INSPECTED:
        more = _("We are settling it now. You get a message as soon as it is done.")
        return Stand(_("Looked at"), "good", _("We have looked at your return"), more)
    return Stand(_("Settled"), "good", _("Your return is settled"), _("There is nothing left to do."))


def _over(ret: Return, day: str) -> Stand:
    if ret.state == S.REJECTED:
        words = ret.rejected_words or _("It is not covered by what we take back.")
        return Stand(_("Not taken back"), "bad", _("We cannot take this back"), words)
    if ret.state == S.CANCELLED:
        more = _("Nothing goes back. If you change your mind, start again from the order.")
        return Stand(_("Cancelled"), "calm", _("This return is cancelled"), more)
    by = (
        _("Nothing was handed over by %(day)s.") % {"day": day}
        if day
        else _("Nothing was handed over in time.")
    )
    more = _("Is it on its way after all? We take it in as soon as it arrives.")
    return Stand(_("Ended"), "warn", _("This return has ended"), f"{by} {more}")


def _claim(ret: Return) -> Stand:
    nothing = _("Nothing has to be sent back.")
    if ret.state in (S.REQUESTED, S.REVIEW):
        more = _("One of us looks at it and writes to you.")
        return Stand(_("Being looked at"), "calm", _("We know about it, and we look into it"), more)
    if ret.state == S.REJECTED:
        return Stand(_("Decided"), "bad", _("We cannot do this"), ret.rejected_words)
    if ret.state == S.CANCELLED:
        return Stand(
            _("Cancelled"), "calm", _("You took this back"), _("If it comes up again, tell us again.")
        )
    if ret.state == S.SETTLED:
        return Stand(_("Done"), "good", _("It is put right"), nothing)
    return Stand(_("Agreed"), "good", _("We put it right"), nothing)
