"""Which channel each of many takes: what `engagement.reach.choose` says, in five queries for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import prefetch_related_objects

from customers.models import Consent, Customer, Preference, Store
from engagement.channels.base import ADDRESS, PHONE
from engagement.models import Message, PushSubscription, Suppression
from engagement.reach import AUTO, CHAIN, phone_of
from engagement.vocabulary import Channel, Purpose
from tracking.models import Order


@dataclass(frozen=True)
class Reader:
    """Who a message is for, and what it is about."""

    customer: Customer | None
    order: Order | None
    store: Store


def choose_many(readers: Sequence[Reader], wanted: str, purpose: str) -> list[str]:
    """Return for each of `readers` the channel they prefer, else `wanted`, else the first that is open."""
    people = {one.customer.pk for one in readers if one.customer}
    liked = dict(Preference.objects.filter(customer__in=people).values_list("customer", "channel"))
    ways = _open(readers, people, purpose)
    found = []
    for one, open_ in zip(readers, ways, strict=True):
        own = liked.get(one.customer.pk, "") if one.customer else ""
        chain = [code for code in dict.fromkeys([own, "" if wanted == AUTO else wanted, *CHAIN]) if code]
        found.append(str(next((code for code in chain if code in open_), chain[0])))
    return found


def by_preference(messages: Sequence[Message]) -> None:
    """
    Let unsaved messages about orders and returns take the way their readers like better than e-mail, where it
    is open to them. One query where nobody likes another way.
    """
    people = {one.customer_id for one in messages if one.customer_id}
    other = Preference.objects.filter(customer__in=people).exclude(channel__in=("", Channel.EMAIL))
    liking = set(other.values_list("customer", flat=True))
    mine = [one for one in messages if one.customer_id in liking and one.channel == Channel.EMAIL]
    if not mine:
        return
    prefetch_related_objects(mine, "customer", "order", "store")
    readers = [Reader(one.customer, one.order, one.store) for one in mine]
    for one, channel in zip(mine, choose_many(readers, AUTO, Purpose.TRANSACTIONAL), strict=True):
        one.channel = channel


def _open(readers: Sequence[Reader], people: set[int], purpose: str) -> list[set[str]]:
    given = [_addresses(one) for one in readers]
    rows = Suppression.objects.filter(address__in={own for each in given for own in each.values()})
    blocked = set(rows.values_list("channel", "address"))
    pushed = _pushed(readers, people)
    allowed: dict[int, set[str]] = {}
    if purpose == Purpose.MARKETING:
        said = Consent.objects.filter(customer__in=people, purpose=Consent.Purpose.MARKETING, granted=True)
        for pk, channel in said.values_list("customer", "channel"):
            allowed.setdefault(pk, set()).add(channel)
    found = []
    for one, own in zip(readers, given, strict=True):
        ways = {str(code) for code, text in own.items() if (str(code), text) not in blocked}
        pk = one.customer.pk if one.customer else 0
        browsers = {("customer", pk, one.store.pk), ("order", one.order.pk if one.order else 0, one.store.pk)}
        if browsers & pushed:
            ways.add(str(Channel.PUSH))
        if purpose == Purpose.MARKETING:
            ways &= allowed.get(pk, set())
        if one.customer or one.order:
            ways.add(str(Channel.INAPP))
        if not settings.SMS_PROVIDER:
            ways.discard(str(Channel.SMS))
        found.append(ways & set(settings.CHANNELS))
    return found


def _addresses(one: Reader) -> dict[Channel, str]:
    email = (one.order.email if one.order else "") or (one.customer.email if one.customer else "")
    given = {Channel.EMAIL: email.strip().lower(), Channel.SMS: phone_of(one.customer, one.order)}
    shapes = {Channel.EMAIL: ADDRESS, Channel.SMS: PHONE}
    return {code: own for code, own in given.items() if own and shapes[code].fullmatch(own)}


def _pushed(readers: Sequence[Reader], people: set[int]) -> set[tuple[str, int, int]]:
    """Return who has a browser for a store, by ("customer" or "order", its key, the store's key)."""
    orders = {one.order.pk for one in readers if one.order}
    rows = PushSubscription.objects.all()
    mine = rows.filter(customer__in=people).values_list("customer", "store")
    theirs = rows.filter(order__in=orders).values_list("order", "store")
    return {("customer", pk, store) for pk, store in mine if pk} | {
        ("order", pk, store) for pk, store in theirs if pk
    }
