"""
What profiles are made of, read for many customers at once: one statement per kind of fact.

Every function takes `owner`: {id of a customer, or of one merged into them: whose profile it counts for}.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum

from customers.models import Customer
from engagement.models import Click, Message, SurveyAnswer
from engagement.vocabulary import Purpose
from returns.models import Refund, Return, ReturnUnit
from returns.vocabulary import Kind, State
from tracking.models import Order, OrderLine, OrderRefund, Promise, Shipment, ShopAction, ShopReturn
from tracking.services.refundable import NOT_PAID, bare

# Orders that we have a shop make for nothing (returns.services.exchanges, tracking.services.make_goods).
OURS = {"exchange", "replacement"}
Owner = Mapping[int, int]
_READ = (
    "customer_id",
    "pk",
    "placed_at",
    "currency",
    "total_minor",
    "payment_status",
    "ship_to",
    "store__country",
    "store__timezone",
    "cancelled_at",
    "removed_at",
    "tags",
)


@dataclass
class Bought:
    """One order. `counts`: it is a purchase. `paid_minor`: what came for it and has not gone back."""

    pk: int
    placed_at: datetime
    currency: str
    paid_minor: int
    ship_to: Mapping[str, Any]
    home_country: str
    home_zone: str
    counts: bool
    items: int = 0


@dataclass
class Facts:
    """What is known of one customer."""

    timezone: str = ""
    orders: list[Bought] = field(default_factory=list)
    returned: int = 0
    delivered: int = 0
    late: int = 0
    scores: list[int] = field(default_factory=list)
    messages: int = 0
    clicks: list[datetime] = field(default_factory=list)


def gather(ids: Iterable[int], *, since: datetime, until: datetime) -> dict[int, Facts]:
    """
    Return what is known of each of `ids` that is a customer and stands for themselves, in a fixed number of
    statements. Messages are those sent from `since` on and up to `until` (aware).

    Who was merged into one of them counts for that one, whether or not their orders have followed yet.
    """
    rows = Customer.objects.filter(pk__in=list(ids), merged_into=None).values_list("pk", "timezone")
    found = {pk: Facts(timezone) for pk, timezone in rows}
    owner = _owners(found)
    _orders(found, owner)
    _returned(found, owner)
    _parcels(found, owner)
    _answers(found, owner)
    _messages(found, owner, since, until)
    _clicks(found, owner)
    return found


def _owners(found: Iterable[int]) -> dict[int, int]:
    """Return whose profile each id counts for: themselves, and who was merged into them, in any steps."""
    owner = {pk: pk for pk in found}
    fresh = dict(owner)
    while fresh:
        merged = Customer.objects.filter(merged_into__in=list(fresh)).values_list("pk", "merged_into_id")
        fresh = {pk: owner[into] for pk, into in merged if into in owner and pk not in owner}
        owner |= fresh
    return owner


def _orders(found: Mapping[int, Facts], owner: Owner) -> None:
    back = _given_back(owner)
    items: dict[int, int] = dict(
        OrderLine.objects.filter(order__customer__in=list(owner))
        .values_list("order_id")
        .annotate(items=Sum("quantity"))
        .values_list("order_id", "items")
    )
    rows = Order.objects.filter(customer__in=list(owner)).order_by("placed_at", "pk").values_list(*_READ)
    for customer, pk, at, currency, total, status, to, country, zone, cancelled, removed, tags in rows:
        paid = 0 if status.lower() in NOT_PAID else max(total - back.get(pk, 0), 0)
        counts = cancelled is None and removed is None and not OURS.intersection(map(str, tags or ()))
        order = Bought(pk, at, currency, paid, to or {}, country, zone, counts, items=items.get(pk, 0))
        found[owner[customer]].orders.append(order)


def _given_back(owner: Owner) -> dict[int, int]:
    """
    Return how many minor units of each order's money have gone back: as its shop told, what we had a shop or
    provider give that it has not told of, and what a person gave by hand.

    The sums of tracking.services.refundable, but of what is done. Store credit and exchanges are no money
    that left the house.
    """
    mine = list(owner)
    back: Counter[int] = Counter()
    told: set[tuple[int, str]] = set()
    rows = OrderRefund.objects.filter(order__customer__in=mine, removed_at=None)
    for order, number, minor in rows.values_list("order_id", "external_id", "amount_minor"):
        told.add((order, bare(number)))
        back[order] += minor
    ours = ShopAction.objects.filter(
        order__customer__in=mine, kind=ShopAction.Kind.REFUND, state=ShopAction.State.DONE
    ).values_list("order_id", "external_id", "amount_minor")
    by_hand = Refund.objects.filter(
        order__customer__in=mine, provider=Refund.Provider.MANUAL, state=Refund.State.SUCCEEDED
    ).values_list("order_id", "external_id", "amount_minor")
    for order, number, minor in (*ours, *by_hand):
        if not number or (order, bare(number)) not in told:
            back[order] += minor
    return back


def _returned(found: Mapping[int, Facts], owner: Owner) -> None:
    """Count pieces that came back, or stay with the shopper for their money; a gift's are not the buyer's."""
    Stage = ReturnUnit.Stage
    came = Q(stage__in=(Stage.ARRIVED, Stage.INSPECTED)) | Q(stage=Stage.KEPT, ret__state=State.SETTLED)
    pieces = (
        ReturnUnit.objects.filter(
            came, active=True, ret__kind=Kind.RETURN, ret__order__customer__in=list(owner)
        )
        .exclude(ret__source=Return.Source.GIFT)
        .values_list("ret__order__customer_id", "line_id", "index")
        .distinct()  # parts of one bundle are one piece
    )
    for customer, _line, _index in pieces:
        found[owner[customer]].returned += 1
    closed = ShopReturn.objects.filter(order__customer__in=list(owner), status=ShopReturn.Status.CLOSED)
    for row in closed.annotate(customer=F("order__customer")).only("lines", "removals", "versions"):
        found[owner[row.customer]].returned += sum(int(line["quantity"]) for line in row.current_lines)


def _parcels(found: Mapping[int, Facts], owner: Owner) -> None:
    """Count parcels that arrived, and those that came later than we had promised first."""
    first = (
        Promise.objects.filter(shipment=OuterRef("pk"), shown=True)
        .exclude(outcome=Promise.Outcome.VOID)
        .order_by("made_at", "pk")
    )
    rows = (
        Shipment.objects.current()
        .filter(order__customer__in=list(owner), delivered_at__isnull=False)
        .annotate(promised=Subquery(first.values("outcome")[:1]))
        .order_by()
        .values_list("order__customer_id", "promised")
        .annotate(parcels=Count("pk"))
    )
    for customer, promised, parcels in rows:
        facts = found[owner[customer]]
        facts.delivered += parcels
        if promised == Promise.Outcome.MISSED:
            facts.late += parcels


def _answers(found: Mapping[int, Facts], owner: Owner) -> None:
    """Collect what they answered, oldest first."""
    rows = SurveyAnswer.objects.filter(customer__in=list(owner), score__isnull=False)
    answered = rows.order_by(F("answered_at").asc(nulls_first=True), "pk")
    for customer, score in answered.values_list("customer_id", "score"):
        if customer is not None and score is not None:
            found[owner[customer]].scores.append(score)


def _messages(found: Mapping[int, Facts], owner: Owner, since: datetime, until: datetime) -> None:
    rows = (
        Message.objects.filter(
            customer__in=list(owner), purpose=Purpose.MARKETING, sent_at__gte=since, sent_at__lte=until
        )
        .values_list("customer_id")
        .annotate(sent=Count("pk"))
    )
    for customer, sent in rows:
        found[owner[customer]].messages += sent


def _clicks(found: Mapping[int, Facts], owner: Owner) -> None:
    """Collect when they followed a link themselves."""
    rows = Click.objects.filter(verdict=Click.Verdict.PERSON, message__customer__in=list(owner))
    by: defaultdict[int, list[datetime]] = defaultdict(list)
    for customer, at in rows.order_by("at", "pk").values_list("message__customer_id", "at"):
        by[owner[customer]].append(at)
    for customer, times in by.items():
        found[customer].clicks = sorted(times)
