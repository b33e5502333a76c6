"""
Letting people in: look-up by number and e-mail, the code that opens the rest, the link that can be shared.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from config.lib.claims import skip_locked
from customers import limits, outbox
from customers.limits import Limit
from customers.models import Store
from customers.services.people import email_key
from customers.worker import wake
from tracking import access, events
from tracking.models import AccessCode, Link, LookupRequest, Order
from tracking.services.orders import number_key, postcode_key

log = logging.getLogger(__name__)

PER_NETWORK = Limit("lookup-network", 20, timedelta(minutes=10))
PER_ORDER = Limit("lookup-order", 10, timedelta(hours=1))
PER_EMAIL = Limit("lookup-email", 10, timedelta(hours=1))
OVERALL = Limit("lookup-all", 3000, timedelta(minutes=10))
LETTERS_PER_ORDER = Limit("access-letters", 3, timedelta(minutes=10))
CODES_TRIED = Limit("access-tries", 30, timedelta(hours=1))

ACT_LIFE = timedelta(minutes=30)
BATCH = 200


class TooMany(Exception):
    """A limit was passed. `retry_after`: whole seconds until it starts afresh."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Pair:
    """
    What a guest typed, made comparable. `second` is the e-mail address or, where the store takes it, the
    postcode.
    """

    number: str
    email: str = ""
    postcode: str = ""


def pair(number: str, second: str) -> Pair:
    """Return what was typed as it is compared with orders: an address when it has an '@', else a postcode."""
    if "@" in second:
        return Pair(number_key(number), email=email_key(second))
    return Pair(number_key(number), postcode=postcode_key(second))


def link_only(store: Store) -> bool:
    """Whether guests of `store` are always answered by e-mail."""
    return (store.guest_lookup or settings.GUEST_LOOKUP) == Store.Lookup.LINK_ONLY


def check_lookup(store: Store, given: Pair, *, network: str, at: datetime) -> None:
    """
    Count a look-up against every limit, whatever comes of it. `network`: customers.limits.client_network().

    All are counted each time, so the work is the same for every pair. Raises: TooMany.
    """
    keys: Mapping[Limit, str] = {
        PER_NETWORK: network,
        PER_ORDER: f"{store.pk}:{given.number}",
        PER_EMAIL: canonical(given.email) or f"{store.pk}:{given.postcode}",
        OVERALL: "",
    }
    passed = [limit for limit, key in keys.items() if not limits.hit(limit, key, at=at)]
    if passed:
        raise TooMany(max(_seconds_left(limit, at) for limit in passed))


def canonical(email: str) -> str:
    """
    Return one key for all spellings that reach the same mailbox, for counting only, never for matching.

    Tags after '+' are dropped everywhere, dots where the provider is known to ignore them.
    """
    name, _, host = email.partition("@")
    name = name.split("+")[0]
    if host in ("gmail.com", "googlemail.com"):
        name, host = name.replace(".", ""), "gmail.com"
    return f"{name}@{host}" if name and host else ""


def _seconds_left(limit: Limit, at: datetime) -> int:
    per = limit.per.total_seconds()
    return max(1, round(per - at.timestamp() % per))


def look_up(store: Store, given: Pair) -> Order | None:
    """
    Return the order a pair opens, None when there is none. One query through one index, whichever half is
    wrong.
    """
    second = Q(email_key=given.email) if given.email else Q(postcode_key=given.postcode)
    if not given.number or not (given.email or (given.postcode and store.lookup_by_postcode)):
        second = Q(pk=None)
    found = Order.objects.filter(second, store=store, number_key=given.number)
    return found.order_by("-placed_at", "-pk").first()


def start_view(order: Order, *, at: datetime) -> Link:
    """Return a new link to the limited page that ends after `tracking.access.VIEW_LIFE`."""
    return access.link_for(order, Link.Purpose.VIEW, at=at, life=access.VIEW_LIFE)


@transaction.atomic
def ask_for_link(store: Store, given: Pair, *, at: datetime) -> LookupRequest:
    """
    Note that a guest wants the link, whether or not the pair exists: the worker finds out (`answer_lookups`).
    """
    request = LookupRequest.objects.create(
        store=store, number_key=given.number[:60], email_key=given.email[:254], created_at=at
    )
    wake("lookup")
    return request


@transaction.atomic
def answer_lookups(*, at: datetime) -> int:
    """
    Send the link for each request whose pair exists, and forget all of them. Returns how many were answered.

    Publishes: LINK_REQUESTED. Called by tracking.tasks.
    """
    waiting = list(skip_locked(LookupRequest.objects.order_by("pk"))[:BATCH])
    if not waiting:
        return 0
    wanted = {(row.store_id, row.number_key, row.email_key) for row in waiting if row.email_key}
    orders = Order.objects.select_related("store", "customer").filter(
        number_key__in={number for _, number, _ in wanted}, email_key__in={email for _, _, email in wanted}
    )
    by_pair = {(o.store_id, o.number_key, o.email_key): o for o in orders.order_by("placed_at", "pk")}
    for row in waiting:
        order = by_pair.get((row.store_id, row.number_key, row.email_key))
        if order:
            outbox.publish(
                events.LINK_REQUESTED,
                key=f"lookup:{row.pk}",
                occurred_at=row.created_at,
                store=order.store,
                customer=order.customer,
                subject=order,
                data={"order_id": order.pk, "request_id": row.pk},
            )
    LookupRequest.objects.filter(pk__in=[row.pk for row in waiting]).delete()
    return len(waiting)


def send_link(order: Order, *, at: datetime) -> LookupRequest:
    """Have the full link sent to the order's own address. Raises: TooMany."""
    _count_letter(order, at)
    return ask_for_link(order.store, Pair(order.number_key, email=order.email_key), at=at)


def request_code(link: Link, *, at: datetime) -> AccessCode:
    """
    Make a six-digit code for `link` and have it sent to the order's own address.

    Publishes: CODE_REQUESTED. Raises: TooMany.
    """
    order = link.order
    _count_letter(order, at)
    with transaction.atomic():
        code = AccessCode.objects.create(link=link, created_at=at, expires_at=at + access.CODE_LIFE)
        outbox.publish(
            events.CODE_REQUESTED,
            key=f"access-code:{code.pk}",
            occurred_at=at,
            store=order.store,
            customer=order.customer,
            subject=order,
            data={"order_id": order.pk, "code_id": code.pk},
        )
    return code


def _count_letter(order: Order, at: datetime) -> None:
    if not limits.hit(LETTERS_PER_ORDER, str(order.pk), at=at):
        raise TooMany(_seconds_left(LETTERS_PER_ORDER, at))


def enter_code(link: Link, given: str, *, at: datetime) -> bool:
    """
    Try a code. Returns whether it was right; each works once (see `tracking.access.redeem`).

    Raises: TooMany when an order's codes are guessed at, whatever their number.
    """
    if not limits.hit(CODES_TRIED, str(link.order_id), at=at):
        raise TooMany(_seconds_left(CODES_TRIED, at))
    return access.redeem(link, given, at=at)


def share(order: Order, *, at: datetime) -> Link:
    """Return the living link that shows the parcels only, made when there is none."""
    return access.link_for(order, Link.Purpose.SHARE, at=at)


def stop_sharing(order: Order, *, at: datetime) -> int:
    """End every share link of `order`. Returns how many."""
    return Link.objects.filter(order=order, purpose=Link.Purpose.SHARE, revoked_at=None).update(revoked_at=at)
