"""What the station has to do: parcels that wait, parcels that come, and who did what today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from customers.models import User
from returns.models import ReturnParcel, ReturnUnit
from returns.states import OVER
from returns.vocabulary import Kind, State
from tracking.models import Label

MOST = 30  # parcels in one list


@dataclass(frozen=True)
class Pile:
    """Some parcels, the most pressing first, and how many there are in all."""

    parcels: tuple[ReturnParcel, ...]
    count: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.parcels)


@dataclass(frozen=True)
class Done:
    """What one person inspected today."""

    who: str
    units: int
    parcels: int


@dataclass(frozen=True)
class Desk:
    """Everything on the station's first page."""

    mine: Pile
    waiting: Pile
    delivered: Pile
    today: Pile
    week: Pile
    undated: int
    done: tuple[Done, ...]


def desk_for(user: User, *, zone: str, at: datetime) -> Desk:
    """Return what `user` finds at the station at `at`; days are those of `zone` (an IANA name)."""
    today = at.astimezone(ZoneInfo(zone)).date()
    coming = _coming()
    # One that was brought is here, whatever became of its return meanwhile.
    dated = coming.filter(shipment__delivered_at=None, day__isnull=False).exclude(ret__state__in=OVER)
    mine = _rows().filter(held_by=user, held_until__gt=Now(), inspected_at=None)
    waiting = _rows().filter(arrived_at__isnull=False, inspected_at=None).exclude(pk__in=mine.values("pk"))
    return Desk(
        mine=_pile(mine.order_by("arrived_at", "pk")),
        waiting=_pile(waiting.order_by("arrived_at", "pk")),
        delivered=_pile(
            coming.filter(shipment__delivered_at__isnull=False).order_by("shipment__delivered_at")
        ),
        today=_pile(dated.filter(day__lte=today).order_by("day", "pk")),
        week=_pile(dated.filter(day__gt=today, day__lte=today + timedelta(days=7)).order_by("day", "pk")),
        undated=coming.filter(day=None, shipment__delivered_at=None, ret__state=State.IN_TRANSIT).count(),
        done=_done(today, zone),
    )


def _rows() -> QuerySet[Any]:
    to_come = Q(ret__units__active=True, ret__units__keep=False)
    return ReturnParcel.objects.select_related("ret__order__store", "held_by", "shipment").annotate(
        pieces=Count("ret__units", filter=to_come), in_hand=Q(held_by__isnull=False, held_until__gt=Now())
    )


def _coming() -> QuerySet[Any]:
    rows = _rows().filter(arrived_at=None, ret__kind=Kind.RETURN)
    rows = rows.exclude(label__state__in=(Label.State.FAILED, Label.State.CANCELLED))
    # What the carrier told stands before what we reckon.
    return rows.annotate(day=Coalesce(F("shipment__told_to_date"), F("shipment__eta_to_date")))


def _pile(rows: QuerySet[Any]) -> Pile:
    shown = tuple(rows[:MOST])
    return Pile(shown, len(shown) if len(shown) < MOST else rows.count())


def _done(today: date, zone: str) -> tuple[Done, ...]:
    start = datetime.combine(today, time(), ZoneInfo(zone))
    rows: Sequence[tuple[str, int, int]] = list(
        ReturnUnit.objects.filter(inspected_at__gte=start, inspected_by__gt="")
        .values_list("inspected_by")
        .annotate(units=Count("pk"), parcels=Count("parcel", distinct=True))
        .order_by("-units", "inspected_by")
    )
    return tuple(Done(*row) for row in rows)
