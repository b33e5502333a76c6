"""Which way to a person: by what they prefer, what they have and what they allow."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from customers.models import Consent, Customer, Preference, Store
from customers.worker import wake
from engagement import extras
from engagement.channels.base import ADDRESS, PHONE, Browser
from engagement.context import Facts
from engagement.models import Message, PushSubscription, Suppression
from engagement.vocabulary import Channel, Purpose
from returns.models import Return
from tracking.models import Order

AUTO = "auto"
# The order in which ways are tried when nobody says another.
CHAIN = (Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.INAPP)
# What lets somebody in goes where it was asked for, and nowhere else.
_NO_OTHER_WAY = "access_"


def address(facts: Facts, channel: str) -> str:
    """
    Return where the message behind `facts` would go by `channel`, '' for nowhere: an e-mail address, a
    number, and for push and our own pages a word that there is one.

    News of a gift goes only where its receiver said.
    """
    own = extras.address(facts.message)
    if own is not None:
        return own
    gift = facts.back is not None and facts.back.ret.is_gift
    if channel == Channel.EMAIL:
        alone = facts.order is None and facts.back is None and facts.customer is not None
        return facts.address or (facts.customer.email.strip() if alone and facts.customer else "")
    if gift:
        return ""
    if channel == Channel.SMS:
        return phone_of(facts.customer, facts.order)
    if channel == Channel.PUSH:
        return "browser" if browsers(facts).exists() else ""
    return "inbox" if facts.customer or facts.order else ""


def phone_of(customer: Customer | None, order: Order | None) -> str:
    """Return the number to write to, E.164: the order's, else the customer's, '' without one."""
    own = "".join(sign for sign in (order.phone if order else "") if sign not in " -/().")
    return own if PHONE.fullmatch(own) else (customer.phone.strip() if customer else "")


def browsers(facts: Facts) -> QuerySet[PushSubscription]:
    """Return the browsers a message may be pushed to: the order's, and those of who it is about."""
    mine = Q(pk=None)
    if facts.order is not None:
        mine |= Q(order=facts.order)
    if facts.customer is not None:
        mine |= Q(customer=facts.customer)
    return PushSubscription.objects.filter(mine, store=facts.store)


def targets(facts: Facts) -> list[Browser]:
    """Return the same as channels take them."""
    rows = browsers(facts).order_by("pk").values_list("pk", "endpoint", "p256dh", "auth")
    return [Browser(*row) for row in rows[:10]]


def choose(
    customer: Customer | None,
    wanted: str = AUTO,
    purpose: str = Purpose.TRANSACTIONAL,
    *,
    store: Store | None = None,
    order: Order | None = None,
    without: Sequence[str] = (),
) -> str:
    """
    Return the channel a new message to `customer` should take: the one they prefer, else `wanted` (a channel,
    or "auto" for e-mail), else the first of e-mail, SMS, push and inbox that they have and allow. Where none
    is open: the first choice, and sending says why it was held.

    `without`: channels that were tried. Marketing needs their consent for the channel (none for the inbox on
    our own pages).
    """
    preference = Preference.objects.filter(customer=customer).first() if customer else None
    first = [preference.channel if preference else "", "" if wanted == AUTO else wanted, *CHAIN]
    chain = [code for code in dict.fromkeys(first) if code and code not in without]
    ways = open_ways(customer, purpose, store=store, order=order)
    return next((code for code in chain if code in ways), chain[0] if chain else "")


def open_ways(
    customer: Customer | None, purpose: str, *, store: Store | None = None, order: Order | None = None
) -> set[str]:
    """Return the channels by which `customer` can be reached for `purpose`, four queries at most."""
    email = (order.email if order else "") or (customer.email if customer else "")
    phone = phone_of(customer, order)
    given = {Channel.EMAIL: email.strip().lower(), Channel.SMS: phone}
    shapes = {Channel.EMAIL: ADDRESS, Channel.SMS: PHONE}
    ways = {code for code, own in given.items() if own and shapes[code].fullmatch(own)}
    if ways:
        rows = Suppression.objects.filter(address__in=[own for own in given.values() if own])
        blocked = set(rows.values_list("channel", "address"))
        ways -= {code for code in ways if (code.value, given[code]) in blocked}
    mine = Q(pk=None)
    if customer is not None:
        mine |= Q(customer=customer)
    if order is not None:
        mine |= Q(order=order)
    pushed = PushSubscription.objects.filter(mine)
    if (pushed.filter(store=store) if store else pushed).exists():
        ways.add(Channel.PUSH)
    if purpose == Purpose.MARKETING:
        said = Consent.objects.filter(customer=customer, purpose=Consent.Purpose.MARKETING, granted=True)
        ways &= set(said.values_list("channel", flat=True)) if customer else set()  # type: ignore[arg-type]
    if customer is not None or order is not None:
        ways.add(Channel.INAPP)
    if not settings.SMS_PROVIDER:
        ways.discard(Channel.SMS)
    return {str(code) for code in ways} & set(settings.CHANNELS)


def fall_back(message: Message, *, at: datetime) -> Message | None:
    """
    Make the message that says the same by another way, because its address bounces or is blocked; once, and
    never of what lets somebody in. Its key is the first one's and the channel.

    Returns: the new message, None where there is no other way, it has been tried, or it would come too late.
    """
    if "fell_back" in message.context or message.expires_at <= at or message.kind.startswith(_NO_OTHER_WAY):
        return None
    if message.context.get("return_id") and _is_gift(message):
        return None
    code = choose(
        message.customer,
        purpose=message.purpose,
        store=message.store,
        order=message.order,
        without=[message.channel],
    )
    if code not in open_ways(message.customer, message.purpose, store=message.store, order=message.order):
        return None
    made, new = Message.objects.get_or_create(
        dedupe_key=f"{message.dedupe_key[:190]}:{code}",
        defaults={
            "kind": message.kind,
            "channel": code,
            "topic": message.topic,
            "purpose": message.purpose,
            "store_id": message.store_id,
            "customer_id": message.customer_id,
            "order_id": message.order_id,
            "event_id": message.event_id,
            "enrolment_id": message.enrolment_id,
            "step": message.step,
            "campaign_id": message.campaign_id,
            "context": {**message.context, "fell_back": message.pk},
            "expires_at": message.expires_at,
            "due_at": at,
        },
    )
    if new:
        wake("send")
    return made if new else None


def _is_gift(message: Message) -> bool:
    found = Return.objects.filter(pk=message.context["return_id"]).first()
    return found is not None and found.is_gift
