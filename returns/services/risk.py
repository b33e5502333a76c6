"""
What makes a return look odd, with its reasons in words for staff.

A signal slows: money waits for the inspection or for a person. It never refuses anybody anything, and the
shopper's pages do not show it. Source: product.md §2 (signals slow the refund, never refuse by machine).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from returns.models import Return, ReturnSettings, ReturnUnit
from returns.vocabulary import Condition, Kind, State
from tracking.models import Order

YEAR, TWO_YEARS = timedelta(days=365), timedelta(days=730)
ENOUGH_ORDERS = 5  # before a rate says anything
HIGH_RATE = 60  # per cent of orders with a return
MANY_CLAIMS = 3
SHARED = 2  # other people with claims
ODD = (Condition.WRONG_ITEM, Condition.NOT_OURS, Condition.MISSING)
NOT_COUNTED = (State.CANCELLED, State.REJECTED, State.EXPIRED)

Signal = tuple[str, str]  # code, words for staff


@dataclass(frozen=True)
class Risk:
    """What was found: [(code, words)], first the heaviest."""

    signals: tuple[Signal, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is anything."""
        return bool(self.signals)

    @property
    def words(self) -> str:
        """All of it in one line."""
        return " ".join(words for _, words in self.signals)


def signals(
    order: Order,
    *,
    kind: str,
    email: str,
    worth_minor: int,
    own: ReturnSettings,
    at: datetime,
    but: int | None = None,
) -> Risk:
    """
    Return what is odd about a return of `worth_minor` that is asked for now. `but`: this return itself.

    `worth_minor` is in minor units of the order's currency; `own`: the store's settings.
    """
    found = (
        _inspections(order, at, but),
        _claims(order, at, but),
        _rate(order, at, but),
        _shared(order, email, at),
        _value(worth_minor, own),
    )
    return Risk(tuple(signal for signal in found if signal is not None))


def _theirs(order: Order, at: datetime, but: int | None, since: timedelta) -> Sequence[Return] | None:
    """Return the buyer's earlier returns of this store; None for nobody we know."""
    if order.customer_id is None:
        return None
    rows = Return.objects.filter(
        order__customer=order.customer_id, store=order.store_id, requested_at__gte=at - since
    )
    return list(rows.exclude(pk=but or 0).exclude(state__in=NOT_COUNTED).only("pk", "kind", "order_id"))


def _inspections(order: Order, at: datetime, but: int | None) -> Signal | None:
    earlier = _theirs(order, at, but, TWO_YEARS)
    if not earlier:
        return None
    count = ReturnUnit.objects.filter(ret__in=earlier, condition__in=ODD).count()
    if not count:
        return None
    return "inspection", f"In {count} earlier piece(s) something else, or nothing, was in the parcel."


def _claims(order: Order, at: datetime, but: int | None) -> Signal | None:
    claims = [ret for ret in _theirs(order, at, but, YEAR) or () if ret.kind == Kind.CLAIM]
    if len(claims) < MANY_CLAIMS:
        return None
    return "claims", f"{len(claims)} claims within a year."


def _rate(order: Order, at: datetime, but: int | None) -> Signal | None:
    earlier = _theirs(order, at, but, YEAR)
    if not earlier:
        return None
    orders = Order.objects.filter(
        customer=order.customer_id, store=order.store_id, cancelled_at=None, placed_at__gte=at - YEAR
    )
    count = orders.exclude(pk=order.pk).count()
    returned = len({ret.order_id for ret in earlier} - {order.pk})
    if count < ENOUGH_ORDERS or returned * 100 < count * HIGH_RATE:
        return None
    return "rate", f"Something of {returned} of the last {count} orders came back."


def _shared(order: Order, email: str, at: datetime) -> Signal | None:
    """Look for other people's claims that share the e-mail address or the door."""
    same = Q(pk__in=())
    if email:
        same |= Q(email__iexact=email) | Q(order__email_key=email.lower())
    lines = (order.ship_to or {}).get("lines") or []
    if order.postcode_key and lines:
        same |= Q(order__postcode_key=order.postcode_key, order__ship_to__lines__0=lines[0])
    rows = Return.objects.filter(same, store=order.store_id, kind=Kind.CLAIM, requested_at__gte=at - YEAR)
    others = rows.exclude(order__customer=order.customer_id).exclude(order__customer=None)
    count = others.aggregate(people=Count("order__customer", distinct=True))["people"] or 0
    if count < SHARED:
        return None
    return "shared", f"{count} other people with claims share its e-mail address or its door."


def _value(worth_minor: int, own: ReturnSettings) -> Signal | None:
    if not 0 < own.most_unasked_minor < worth_minor:
        return None
    return "value", "It is worth more than what goes back unasked."
