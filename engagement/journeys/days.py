"""
Days that journeys begin on or wait for: of a person, or of an order.

A day is a day of the person's own calendar. Moments (a first order, an arrival) become days in their zone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from engagement.journeys.graph import Dates
from engagement.journeys.people import People
from engagement.journeys.waiting import next_yearly, number
from engagement.models import Enrolment, Guide
from tracking.models import Order, Shipment

# There will be such a day, nobody knows when.
NOT_YET = date.max


def days_of(settings: Mapping[str, Any], runs: Sequence[Enrolment], people: People) -> dict[int, date | None]:
    """
    Return by run the next day its `date` setting names, from the day on that it came to its step; None where
    there is none, NOT_YET where it is still to come. `people` has loaded the runs.
    """
    sort, offset = settings.get("date"), number(settings, "offset_days")
    orders = {run.order_id for run in runs if run.order_id}
    arrived = arrivals(orders) if sort in (Dates.DELIVERED, Dates.MAINTENANCE) else {}
    every = _intervals(runs) if sort == Dates.MAINTENANCE else {}
    found: dict[int, date | None] = {}
    for run in runs:
        zone = people.place(run).zone
        today = run.stepped_at.astimezone(zone).date()
        customer, profile = people.customer(run), people.profile(run)
        moment: datetime | None = None
        if sort == Dates.BIRTHDAY:
            born = customer.born_on if customer else None
            found[run.pk] = next_yearly(born, offset, today) if born else None
        elif sort == Dates.ANNIVERSARY:
            moment = profile.first_order_at if profile else None
            first = moment.astimezone(zone).date() if moment else None
            found[run.pk] = next_yearly(first, offset, max(today, _after(first))) if first else None
        elif sort == Dates.REPLENISH:
            found[run.pk] = _plus(profile.next_order_on if profile else None, offset)
        elif sort == Dates.QUIET:
            moment = profile.last_order_at if profile else None
            found[run.pk] = _plus(moment.astimezone(zone).date() if moment else None, offset)
        elif sort == Dates.DELIVERED:
            moment = arrived.get(run.order_id or 0)
            there = run.order_id is not None and moment is None
            found[run.pk] = NOT_YET if there else _plus(moment and moment.astimezone(zone).date(), offset)
        else:
            moment, step = arrived.get(run.order_id or 0), every.get(run.context.get("guide_id"))
            first = moment.astimezone(zone).date() if moment else None
            found[run.pk] = _due(first, step, offset, today) if first and step else None
    return found


def arrivals(orders: Iterable[int]) -> dict[int, datetime]:
    """Return when the last parcel of orders arrived, of those that are there entirely. One query."""
    parcels = Shipment.objects.current().filter(
        order_id__in=orders, order__status=Order.Status.DELIVERED, delivered_at__isnull=False
    )
    return dict(parcels.values_list("order_id").annotate(last=Max("delivered_at")))


def _after(day: date | None) -> date:
    """An anniversary is never the day itself."""
    return day + timedelta(days=1) if day else date.min


def _plus(day: date | None, offset: int) -> date | None:
    return day + timedelta(days=offset) if day else None


def _intervals(runs: Iterable[Enrolment]) -> dict[Any, int | None]:
    wanted = {run.context.get("guide_id") for run in runs}
    return dict(Guide.objects.filter(pk__in=[pk for pk in wanted if pk]).values_list("pk", "every_days"))


def _due(first: date, step: int, offset: int, today: date) -> date:
    """Return the first day on or after `today` that is a whole number of intervals after `first`."""
    times = max(1, -(-((today - first).days - offset) // step))
    return first + timedelta(days=times * step + offset)
