"""When news of trouble is none any more: it is over, or another message has told it."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from engagement.context import Facts
from engagement.models import Message
from tracking.models import Flag, MakeGood
from tracking.services.make_goods import why_over
from tracking.vocabulary import Reason, Status

# A parcel that will not come, or not whole.
GONE = (Reason.LOST, Reason.DAMAGED)
# Reasons that ask something of the recipient: they are told, whatever else is.
ASKS = (Reason.ADDRESS, Reason.CUSTOMS_DOCUMENTS, Reason.PAYMENT_DUE, Reason.REFUSED)
# Messages that tell the shopper of a parcel's trouble as well as ours would.
SAYS_IT = ("exception", "delayed", "make_good", "incident")
# Messages after which a shopper waits to hear that it moves on.
HOLDS_OUT = ("exception", "held_up", "incident")
HOLDING = (Flag.Kind.SILENT, Flag.Kind.CUSTOMS, Flag.Kind.EXCEPTION, Flag.Kind.LOST)
# News of the journey of a parcel that its shopper waits for.
NEWS = ("exception", "delayed", "held_up", "moving_again", "incident")
# A stop and the later day it brings are one piece of news when the carrier tells them within this time.
TOGETHER = timedelta(hours=1)
Queued, Sent = Message.State.QUEUED, Message.State.SENT


def trouble_over(facts: Facts, *, at: datetime) -> str | None:
    """Return why a message about trouble is not needed any more, in words for staff; None when it is."""
    kind = facts.message.kind
    if kind == "make_good":
        return _offer_over(facts.make_good, at)
    settled = _settled(facts) if kind in NEWS else None
    if settled:
        return settled
    if kind == "held_up":
        return _flag_over(facts) or _told(facts)
    if kind == "moving_again":
        return _not_news(facts)
    if kind == "incident":
        return _incident_over(facts) or _choice_says_it(facts)
    if kind == "delayed":
        return _choice_says_it(facts) or _stop_says_it(facts, at)
    if kind == "exception" and not any(parcel.reason in ASKS for parcel in facts.parcels):
        return _choice_says_it(facts)
    return None


def _offer_over(make_good: MakeGood | None, at: datetime) -> str | None:
    if make_good is None or make_good.state != MakeGood.State.OFFERED:
        return "Overtaken: there is nothing to choose any more."
    over = why_over(make_good, at=at)
    return f"Overtaken: {MakeGood.Ended(over).label.lower()}." if over else None


def _settled(facts: Facts) -> str | None:
    """Who has chosen money or another parcel does not wait for this one any more."""
    if not facts.parcels:
        return None
    chosen = MakeGood.objects.filter(
        shipment__in=facts.parcels,
        choice__in=(MakeGood.Choice.REFUND, MakeGood.Choice.REPLACEMENT),
        state__in=(MakeGood.State.CHOSEN, MakeGood.State.STAFF, MakeGood.State.DONE),
    )
    left = {parcel.pk for parcel in facts.parcels} - set(chosen.values_list("shipment", flat=True))
    return None if left else "Overtaken: they have chosen what we do instead."


def _choice_says_it(facts: Facts) -> str | None:
    offered = MakeGood.objects.filter(shipment__in=facts.parcels, state=MakeGood.State.OFFERED)
    return "Overtaken: the choice we offer says it." if offered.exists() else None


def _stop_says_it(facts: Facts, at: datetime) -> str | None:
    """A delay because of a stop that is being told: a day is worth telling again when it moves on."""
    stopped = {parcel.pk for parcel in facts.parcels if parcel.status == Status.EXCEPTION}
    if not stopped:
        return None
    told = Message.objects.filter(order=facts.order, kind="exception")
    for other in told.filter(Q(state=Queued) | Q(state=Sent, sent_at__gt=at - TOGETHER)):
        if stopped & set(other.context.get("shipments", ())):
            return "Told already by “exception”."
    return None


def _flag_over(facts: Facts) -> str | None:
    flag = facts.flag
    if flag is None or flag.cleared_at is not None:
        return "Overtaken: the trouble is over."
    seen = [parcel.last_scan_at for parcel in facts.parcels if parcel.last_scan_at]
    if flag.kind == Flag.Kind.SILENT and seen and max(seen) > flag.since:
        return "Overtaken: it was seen again."
    return None


def _incident_over(facts: Facts) -> str | None:
    """What an incident held up may move again, each parcel for itself."""
    flags = Flag.objects.filter(incident=facts.incident, order=facts.order)
    if flags.exists() and not flags.filter(cleared_at=None).exists():
        return "Overtaken: the trouble is over."
    return None


def _about(messages: QuerySet[Message], flag: Flag) -> list[Message]:
    """Return those of an order's messages that told of what a flag is about."""
    return [
        message
        for message in messages
        if flag.shipment_id in message.context.get("shipments", ())
        or (flag.incident_id and message.context.get("incident_id") == flag.incident_id)
    ]


def _told(facts: Facts) -> str | None:
    """Look for a message that says it: sent since the trouble began, or about to be."""
    flag, message = facts.flag, facts.message
    if flag is None or facts.order is None:
        return None
    others = Message.objects.filter(order=facts.order).filter(
        Q(kind__in=SAYS_IT, state=Queued)
        | Q(kind__in=SAYS_IT, state=Sent, sent_at__gte=flag.since)
        # Two flags of one parcel: the first to be told speaks for both.
        | Q(kind="held_up", state=Queued, pk__lt=message.pk)
        | Q(kind="held_up", state=Sent, sent_at__gte=flag.since)
    )
    for other in _about(others.exclude(pk=message.pk), flag):
        return f"Told already by “{other.kind}”."
    if not flag.shipment_id:
        return None
    offers = MakeGood.objects.filter(shipment=flag.shipment_id).exclude(choices=[])
    fresh = Q(offered_at__gte=flag.since) & ~Q(state=MakeGood.State.WITHDRAWN)
    if offers.filter(fresh | Q(state=MakeGood.State.OFFERED)).exists():
        return "Told already: the choice we offered says it."
    return None


def _not_news(facts: Facts) -> str | None:
    """It moves: only news to who heard that it did not, once, and while nothing else holds it up."""
    flag, message = facts.flag, facts.message
    if flag is None:
        return "Overtaken: the flag is not here any more."
    held = Flag.objects.filter(shipment=flag.shipment_id, cleared_at=None, kind__in=HOLDING).first()
    if held:
        return f"Overtaken: {held.get_kind_display().lower()}."
    ours = Message.objects.filter(order=facts.order)
    heard = _about(ours.filter(kind__in=HOLDS_OUT, state=Sent, sent_at__gte=flag.since), flag)
    if not heard:
        return "They were not told that it was held up."
    last = max(other.sent_at for other in heard if other.sent_at)
    again = ours.filter(kind="moving_again").exclude(pk=message.pk)
    said = again.filter(Q(state=Queued, pk__lt=message.pk) | Q(state=Sent, sent_at__gte=last))
    return "Told already by “moving_again”." if _about(said, flag) else None
