"""
Who is given the choice, when it is taken back, and what became of what was chosen: a look round each minute.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from config.lib.business_days import working_days_between
from customers.services.alerts import end_alert
from tracking import events
from tracking.models import Flag, MakeGood, Order, Shipment, ShopAction, WatchRules
from tracking.services.make_goods import (
    AT_THE_DOOR,
    LIFE,
    Ended,
    State,
    alert_key,
    bring_up_to_date,
    done,
    for_staff,
    locked,
    note_terms,
    rules_of,
    save,
    tell,
    terms_for,
)
from tracking.vocabulary import Reason, Status

BATCH = 100
# Older orders were imported: nobody waits for them now.
RECENT = timedelta(days=120)
# A parcel that comes to the door and leaves it again is not offered about each time.
PAUSE = timedelta(days=3)
NOT_ASKED = (*AT_THE_DOOR, Status.DELIVERED, Status.RETURNING, Status.RETURNED, Status.CANCELLED)
# A parcel that waits for its recipient is not late through us.
THEIRS = frozenset(
    {
        Reason.ADDRESS,
        Reason.REFUSED,
        Reason.CUSTOMS_DOCUMENTS,
        Reason.PAYMENT_DUE,
        Reason.UNCLAIMED,
        Reason.NOT_HOME,
    }
)


@dataclass(frozen=True)
class Trouble:
    """Why a parcel needs making good, and the rule that says so."""

    shipment_id: int
    why: str
    facts: dict[str, Any]


def look_round(*, at: datetime) -> int:
    """
    Follow what shops did, withdraw what is not needed, offer what is due. Safe to run twice and at once.

    Returns: how many offers were changed or made.
    """
    return follow_actions(at=at) + withdraw_due(at=at) + offer_due(at=at)


# --- offering ---
def offer_due(*, at: datetime, limit: int = BATCH) -> int:
    """Offer the choice for each parcel that is severely late, lost or damaged. Returns how many."""
    return sum(offer(trouble, at=at) is not None for trouble in _troubles(at, limit))


def _unsettled(rows: QuerySet[Any], shipment: str, at: datetime) -> QuerySet[Any]:
    """Leave out parcels that have an offer, had one lately, or need none any more."""
    offers = MakeGood.objects.filter(shipment=OuterRef(shipment)).filter(
        Q(state__in=MakeGood.OPEN)
        | Q(state=State.DONE, again_on=None)
        | Q(state=State.DONE, again_on__gt=at.date())
        | Q(state=State.WITHDRAWN, ended_why__in=(Ended.NOTHING, Ended.RETRACTED, Ended.EXPIRED))
        | Q(state=State.WITHDRAWN, done_at__gt=at - PAUSE)
    )
    return rows.exclude(Exists(offers))


def _troubles(at: datetime, limit: int) -> list[Trouble]:
    """Return the parcels in trouble, worst first, each once."""
    found: dict[int, Trouble] = {}
    for trouble in (*_lost(at, limit), *_told(at, limit), *_late(at, limit)):
        found.setdefault(trouble.shipment_id, trouble)
    return list(found.values())[:limit]


def _flags(at: datetime) -> QuerySet[Flag]:
    flags = Flag.objects.filter(
        cleared_at=None,
        shipment__isnull=False,
        shipment__replaced_at=None,
        order__cancelled_at=None,
        order__removed_at=None,
        order__placed_at__gt=at - RECENT,
    ).exclude(shipment__status__in=NOT_ASKED)
    off = WatchRules.objects.filter(Q(offer_make_good=False) | Q(enabled=False), store=OuterRef("store"))
    return _unsettled(flags.exclude(Exists(off)), "shipment_id", at)


def _lost(at: datetime, limit: int) -> Iterable[Trouble]:
    for flag in _flags(at).filter(kind=Flag.Kind.LOST).order_by("opened_at")[:limit]:
        yield Trouble(flag.shipment_id or 0, MakeGood.Why.LOST, _facts(flag))


def _late(at: datetime, limit: int) -> Iterable[Trouble]:
    """A promise that is broken by the store's number of working days at the place it was made for."""
    flags = _flags(at).filter(kind=Flag.Kind.LATE).exclude(shipment__reason__in=THEIRS)
    days: dict[int, int] = {}
    for flag in (
        flags.filter(since__lt=at).select_related("shipment", "store").order_by("since")[: 20 * limit]
    ):
        severe = days.setdefault(flag.store_id, rules_of(flag.store).severe_days)
        past = days_past(flag, at=at)
        if past >= severe:
            yield Trouble(
                flag.shipment_id or 0,
                MakeGood.Why.LATE,
                _facts(flag, days=past, rule=severe, promised=promised_day(flag).isoformat()),
            )


def days_past(flag: Flag, *, at: datetime) -> int:
    """Return how many working days of its destination a LATE parcel is past its promise."""
    shipment = flag.shipment
    if shipment is None:
        return 0
    country = str(shipment.destination.get("country", "")) or flag.store.country
    region = str(shipment.destination.get("region", ""))
    today = at.astimezone(flag.store.zone).date()
    return working_days_between(promised_day(flag), today, country, region)


def promised_day(flag: Flag) -> date:
    """Return the last day that was promised; a flag that does not name it began when that was over."""
    told = flag.facts.get("promised")
    if told:
        return date.fromisoformat(told)
    return flag.since.astimezone(flag.store.zone).date()


def _told(at: datetime, limit: int) -> Iterable[Trouble]:
    """Parcels the carrier itself calls lost or damaged."""
    off = WatchRules.objects.filter(
        Q(offer_make_good=False) | Q(enabled=False), store=OuterRef("order__store")
    )
    parcels = Shipment.objects.current().filter(
        status=Status.EXCEPTION,
        reason__in=(Reason.LOST, Reason.DAMAGED),
        order__cancelled_at=None,
        order__removed_at=None,
        order__placed_at__gt=at - RECENT,
    )
    for pk, reason in _unsettled(parcels.exclude(Exists(off)), "pk", at).values_list("pk", "reason")[:limit]:
        why = MakeGood.Why.LOST if reason == Reason.LOST else MakeGood.Why.DAMAGED
        yield Trouble(pk, why, {"rule": "The carrier says so", "reason": reason})


def _facts(flag: Flag, **more: Any) -> dict[str, Any]:
    return {"flag": flag.pk, "kind": flag.kind, "since": flag.since.isoformat(), **more}


@transaction.atomic
def offer(trouble: Trouble, *, at: datetime) -> MakeGood | None:
    """
    Offer the choice for one parcel, once while it is open.

    What cannot be offered leaves a row too: for a person where nobody knows what is in the parcel, else
    "nothing to make good". Returns: the offer, None when there is one already.
    """
    order_id = Shipment.objects.values_list("order_id", flat=True).get(pk=trouble.shipment_id)
    Order.objects.select_for_update(of=("self",)).only("pk").get(pk=order_id)
    shipment = Shipment.objects.select_related("order__store", "order__customer").get(pk=trouble.shipment_id)
    if not _unsettled(Shipment.objects.filter(pk=shipment.pk), "pk", at).exists():
        return None
    make_good = MakeGood(
        shipment=shipment,
        order=shipment.order,
        why=trouble.why,
        facts=trouble.facts,
        offered_at=at,
        currency=shipment.order.currency,
    )
    terms = terms_for(shipment)
    note_terms(make_good, terms)
    if terms.worth is not None and not terms.choices:
        make_good.state, make_good.ended_why, make_good.done_at = State.WITHDRAWN, Ended.NOTHING, at
    save(make_good)
    if terms.worth is None:
        for_staff(make_good, "We do not know what is in this parcel, so nothing was offered.", at=at)
    elif terms.choices:
        tell(make_good, events.MAKE_GOOD_OFFERED, "offered", at=at)
    return make_good


# --- withdrawing ---
def withdraw_due(*, at: datetime, limit: int = BATCH) -> int:
    """
    Take back offers that nobody needs any more, and what waits for a person without a choice. Returns how
    many were looked at.
    """
    over = (
        Q(shipment__status__in=(*AT_THE_DOOR, Status.DELIVERED, Status.CANCELLED))
        | Q(shipment__replaced_at__isnull=False)
        | Q(order__cancelled_at__isnull=False)
        | Q(order__removed_at__isnull=False)
        | Q(offered_at__lte=at - LIFE)
    )
    open_ = Q(state=State.OFFERED) | Q(state=State.STAFF, choice="")
    pks = MakeGood.objects.filter(over & open_).order_by("pk").values_list("pk", flat=True)
    found = list(pks[:limit])
    for pk in found:
        bring_up_to_date(make_good_id=pk, at=at)
    return len(found)


# --- what shops did ---
Action = ShopAction.State
BECOMES = {
    Action.WAITING: State.CHOSEN,
    Action.UNKNOWN: State.CHOSEN,
    Action.STAFF: State.STAFF,
    Action.DONE: State.DONE,
}


def follow_actions(*, at: datetime, limit: int = BATCH) -> int:
    """Bring offers in step with what is done for them in shops. Returns how many were changed."""
    ours = MakeGood.objects.filter(state__in=(State.CHOSEN, State.STAFF), action__isnull=False)
    same = Q(state=State.CHOSEN, action__state__in=(Action.WAITING, Action.UNKNOWN)) | Q(
        state=State.STAFF, action__state=Action.STAFF
    )
    pks = list(ours.exclude(same).order_by("pk").values_list("pk", flat=True)[:limit])
    for pk in pks:
        _follow(pk, at)
    return len(pks)


@transaction.atomic
def _follow(make_good_id: int, at: datetime) -> None:
    make_good = locked(make_good_id)
    action = make_good.action
    if action is None or make_good.state not in (State.CHOSEN, State.STAFF):
        return
    if action.state == Action.CANCELLED:
        make_good.action = None
        for_staff(make_good, "What was begun in the shop was cancelled.", at=at)
    elif action.state == Action.DONE:
        done(make_good, at=action.settled_at or at, by=action.settled_by)
    else:
        make_good.state = BECOMES[Action(action.state)]
        make_good.staff_why = action.last_error[:200] if make_good.state == State.STAFF else ""
        save(make_good)
        end_alert(key=alert_key(make_good), at=at, why="It has an alert of its own")
