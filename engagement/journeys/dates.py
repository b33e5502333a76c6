"""
Journeys that begin on a day: birthdays, anniversaries, so many days after an arrival or the last order, …

Looked at every quarter of an hour, set by set: whoever's day it is, and whose hour has come where they are,
is let in; the key holds the day, so looking again changes nothing. An outage of up to a day is caught up
with; after that the day is over, and nobody is congratulated late.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial, reduce
from itertools import islice
from operator import or_
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from customers.models import Customer
from engagement.journeys import engine
from engagement.journeys.days import arrivals
from engagement.journeys.enrolling import Entry, enter
from engagement.journeys.graph import Dates, Trigger
from engagement.journeys.running import Plan
from engagement.journeys.waiting import DAY, Place, number, on_day, yearly
from engagement.models import Enrolment, Guide, Journey, JourneyVersion
from engagement.profiles.zones import zone_of
from tracking.models import Order, OrderLine, Shipment

# How late a day may still begin: an outage of a day.
CATCH_UP = timedelta(days=1)
CHUNK = 500
# No place's day differs from UTC's by more.
FARTHEST = timedelta(hours=14)
# A guide's interval is looked for this many times after an arrival.
INTERVALS = 40

T = TypeVar("T")


@dataclass(frozen=True)
class Coming:
    """
    Somebody, and what makes a day theirs: a day, or a moment, which is a day where they are. `turn` says when
    that day comes again, where it does.
    """

    customer: Customer | None
    name: str
    since: date | datetime | None
    turn: Callable[[date], date] | None = None
    order: Order | None = None
    guide_id: int | None = None

    def day(self, place: Place) -> date | None:
        """Return the day, before any offset."""
        day = self.since.astimezone(place.zone).date() if isinstance(self.since, datetime) else self.since
        return self.turn(day) if day and self.turn else day


def plan_due(*, at: datetime) -> int:
    """
    Let in everybody whose day and hour have come at `at`. Must run outside a transaction: every 500 commit by
    themselves. Returns: how many began.
    """
    live = JourneyVersion.objects.filter(
        pk=F("journey__live"), journey__state=Journey.State.LIVE, graph__trigger__type=Trigger.DATE.value
    )
    plans = engine.plans_of(list(live.values_list("pk", flat=True)))
    return sum(begin(plan, at=at) for _, plan in sorted(plans.items()))


def begin(plan: Plan, *, at: datetime) -> int:
    """Let in everybody whose day and hour of one journey have come at `at`. Returns how many began."""
    trigger = plan.graph.trigger
    days = _days(at, number(trigger, "offset_days"))
    begun = 0
    for some in _some(_COMING[str(trigger.get("date"))](plan, days), CHUNK):
        entries = [one for each in some if (one := _entry(plan, each, at)) is not None]
        begun += let_in(plan, entries, at=at)
    return begun


def _days(at: datetime, offset: int) -> list[date]:
    """Return the days whose `offset`-th day after may be today, or was yesterday, anywhere on earth."""
    first, last = (at - CATCH_UP - FARTHEST).date(), (at + FARTHEST).date()
    return [first + number * DAY - offset * DAY for number in range((last - first).days + 1)]


def moments(plan: Plan, *, since: datetime, until: datetime) -> list[tuple[datetime, Entry]]:
    """
    Return whoever's moment lies from `since` to before `until`, which are at most a day apart, and who they
    are, in order: what `begin` finds when it looks all day long.
    """
    days = _days(until, number(plan.graph.trigger, "offset_days"))
    found = [_timed(plan, one) for one in _COMING[str(plan.graph.trigger.get("date"))](plan, days)]
    due = [pair for pair in found if pair and since <= pair[0] < until]
    return sorted(due, key=lambda pair: (pair[0], _same(pair[1])))


def let_in(plan: Plan, entries: Sequence[Entry], *, at: datetime) -> int:
    """Let in those of `entries` who were not let in for this day before. Returns how many began."""
    with transaction.atomic():
        return len(enter(plan, _fresh(plan, entries, at), at=at))


def _entry(plan: Plan, one: Coming, at: datetime) -> Entry | None:
    """Return the entry of somebody whose moment is now or was within a day, else None."""
    found = _timed(plan, one)
    return found[1] if found and found[0] <= at < found[0] + CATCH_UP else None


def _timed(plan: Plan, one: Coming) -> tuple[datetime, Entry] | None:
    """Return the moment that somebody's entry is due, and the entry; None for who has no such day."""
    customer, order = one.customer, one.order
    zone = zone_of(customer, order, plan.journey.store or (order.store if order else None))
    place = Place(zone)
    base = one.day(place)
    if base is None:
        return None
    day = base + number(plan.graph.trigger, "offset_days") * DAY
    for_order = order is not None and plan.graph.trigger.get("once_for") != "customer"
    pk = customer.pk if customer else None
    entry = Entry(
        subject=f"order:{order.pk}" if for_order and order else f"customer:{pk}",
        instance=f"{one.name}:{day:%Y-%m-%d}",
        customer_id=pk,
        order_id=order.pk if order else None,
        store_id=order.store_id if order else None,
        context={"guide_id": one.guide_id} if one.guide_id else {},
    )
    return on_day(day, plan.graph.trigger.get("hour"), place), entry


def _fresh(plan: Plan, entries: Sequence[Entry], at: datetime) -> list[Entry]:
    """Leave out who has been let in for this very day, or for this subject while its hour lasts."""
    lately = Enrolment.objects.filter(
        journey=plan.journey,
        subject__in=[one.subject for one in entries],
        entered_at__gt=at - 2 * CATCH_UP,
    ).exclude(state=Enrolment.State.REFUSED)
    known = set(lately.values_list("subject", "context__entry"))
    first = {_same(one): one for one in reversed(entries)}
    return [one for key, one in sorted(first.items()) if key not in known]


def _same(one: Entry) -> tuple[str, str]:
    return one.subject, one.instance


# --- who may be coming ---
def _buyers(plan: Plan) -> Q:
    """Return who a journey of one store is for."""
    if plan.journey.store_id is None:
        return Q()
    mine = Order.objects.filter(customer=OuterRef("pk"), store=plan.journey.store_id, removed_at=None)
    return Q(Exists(mine))


def _people(plan: Plan) -> QuerySet[Customer]:
    return Customer.objects.filter(_buyers(plan), merged_into=None).select_related("profile").order_by("pk")


def _yearly(path: str, days: Sequence[date]) -> Q:
    """Return the condition that a day comes again on one of `days`."""
    wanted = {(day.month, day.day) for day in days}
    wanted |= {(2, 29) for day in days if (day.month, day.day) == (2, 28)}
    return reduce(or_, (Q(**{f"{path}__month": month, f"{path}__day": day}) for month, day in sorted(wanted)))


def _nearest(days: Sequence[date], born: date) -> date:
    """Return the time `born` comes again in or near `days`, which span less than a week."""
    again = (yearly(born, year) for year in {day.year for day in days})
    return min(again, key=lambda day: abs(day - days[0]))


def _birthdays(plan: Plan, days: Sequence[date]) -> Iterator[Coming]:
    for person in _people(plan).filter(_yearly("born_on", days)).iterator(CHUNK):
        yield Coming(person, "birthday", person.born_on, partial(_nearest, days))


def _anniversaries(plan: Plan, days: Sequence[date]) -> Iterator[Coming]:
    around = sorted({day + step * DAY for day in days for step in (-1, 0, 1)})
    first = _people(plan).filter(_yearly("profile__first_order_at", around))
    for person in first.filter(profile__first_order_at__lt=_midnight(days[0] - 180 * DAY)).iterator(CHUNK):
        yield Coming(person, "anniversary", person.profile.first_order_at, partial(_nearest, days))


def _replenishing(plan: Plan, days: Sequence[date]) -> Iterator[Coming]:
    for person in _people(plan).filter(profile__next_order_on__in=days).iterator(CHUNK):
        yield Coming(person, "replenish", person.profile.next_order_on)


def _quiet(plan: Plan, days: Sequence[date]) -> Iterator[Coming]:
    begin, end = _midnight(days[0] - DAY), _midnight(days[-1] + 2 * DAY)
    silent = _people(plan).filter(profile__last_order_at__gte=begin, profile__last_order_at__lt=end)
    for person in silent.iterator(CHUNK):
        yield Coming(person, "quiet", person.profile.last_order_at)


def _delivered(plan: Plan, days: Sequence[date]) -> Iterator[Coming]:
    for order, there in _arrived(plan, [(days[0], days[-1])]):
        yield Coming(order.customer, "delivered", there, order=order)


def _maintenance(plan: Plan, days: Sequence[date]) -> Iterator[Coming]:
    guides = Guide.objects.filter(kind=Guide.Kind.MAINTENANCE, live=True, every_days__gt=0)
    if plan.journey.store_id:
        guides = guides.filter(store=plan.journey.store_id)
    for guide in guides.order_by("pk"):
        step = (guide.every_days or 0) * DAY
        spans = [(days[0] - times * step, days[-1] - times * step) for times in range(1, INTERVALS + 1)]
        for some in _some(_arrived(plan, spans), CHUNK):
            fitting = _with_goods(guide, [order.pk for order, _ in some])
            for order, there in some:
                speaks = (order.language or order.store.language).lower().startswith(guide.language.lower())
                if order.pk in fitting and order.store_id == guide.store_id and speaks:
                    again = partial(_again, days, step)
                    yield Coming(order.customer, f"guide:{guide.pk}", there, again, order, guide.pk)


def _again(days: Sequence[date], step: timedelta, there: date) -> date:
    """Return the repetition of `there` every `step` that lies in or nearest to `days`."""
    times = max(1, round((days[len(days) // 2] - there) / step))
    return there + times * step


def _with_goods(guide: Guide, orders: Sequence[int]) -> set[int]:
    """Return those of `orders` in which there is something the guide is about."""
    lines = OrderLine.objects.filter(order__in=orders, quantity__gt=0).select_related("product")
    return {
        line.order_id
        for line in lines
        if line.product
        and (not guide.product_id or line.product_id == guide.product_id)
        and (not guide.product_type or line.product.product_type.lower() == guide.product_type.lower())
        and (not guide.tag or guide.tag in line.product.tags)
    }


def _arrived(plan: Plan, spans: Sequence[tuple[date, date]]) -> Iterator[tuple[Order, datetime]]:
    """Yield orders that are there entirely, and since when, where that lies in one of `spans` of days."""
    times = [(_midnight(first - DAY), _midnight(last + 2 * DAY)) for first, last in spans]
    within = reduce(or_, (Q(delivered_at__gte=begin, delivered_at__lt=end) for begin, end in times))
    parcels = Shipment.objects.current().filter(within, order=OuterRef("pk"))
    orders = Order.objects.filter(
        Exists(parcels), status=Order.Status.DELIVERED, cancelled_at=None, removed_at=None
    ).select_related("store", "customer__profile")
    if plan.journey.store_id:
        orders = orders.filter(store=plan.journey.store_id)
    for some in _some(orders.order_by("pk").iterator(CHUNK), CHUNK):
        since: Mapping[int, datetime] = arrivals([order.pk for order in some])
        for order in some:
            there = since.get(order.pk)
            if there is not None and any(begin <= there < end for begin, end in times):
                yield order, there


def _some(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield `rows` in lists of at most `size`."""
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


_COMING: Mapping[str, Callable[[Plan, Sequence[date]], Iterator[Coming]]] = {
    Dates.BIRTHDAY: _birthdays,
    Dates.ANNIVERSARY: _anniversaries,
    Dates.DELIVERED: _delivered,
    Dates.REPLENISH: _replenishing,
    Dates.QUIET: _quiet,
    Dates.MAINTENANCE: _maintenance,
}
