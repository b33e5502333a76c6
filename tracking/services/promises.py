"""
The ledger of promises, and the window a parcel shows: looked at again whenever something about the parcel
changes or the last day of a promise is over.

A parcel is due by `Shipment.eta_due_at`. Each is done in a transaction of its own that writes rows and facts
only: killed anywhere, it is simply still due.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least

from config.lib.business_days import working_days_between
from config.lib.claims import skip_locked
from customers import outbox
from tracking import events
from tracking.carriers.base import Window
from tracking.eta.choosing import OURS, Choice, Course, Facts, choose
from tracking.eta.days import end_of_day, on_the_wall
from tracking.eta.promises import MISSED, OPEN, End, outcome
from tracking.eta.records import Word
from tracking.eta.ways import Seen
from tracking.eta.where import calendar_region
from tracking.fold import FINAL
from tracking.models import EtaRules, Order, Promise, Scan, Shipment, TransitModel
from tracking.services.eta import active_model, doubted, shop_of, tables_for
from tracking.services.progress import refresh_order
from tracking.vocabulary import Status

log = logging.getLogger(__name__)

BATCH = 200
AFTER_AN_ERROR = 3600  # seconds
BROUGHT = (Status.ATTEMPTED, Status.READY_FOR_PICKUP)
_HELD = (Status.EXCEPTION, Status.READY_FOR_PICKUP)
_WRITTEN = (
    "arrived_at", "eta_due_at", "eta_model", "eta_source",
    "eta_from_date", "eta_to_date", "eta_from_at", "eta_to_at",
)  # fmt: skip
_ENDED = (*FINAL, Status.RETURNING)
_TURNED_BACK = (Status.RETURNING, Status.RETURNED, Status.CANCELLED)


def revise_due(*, at: datetime, limit: int = BATCH) -> int:
    """Look at the windows and promises of parcels that are due at `at`. Returns how many were."""
    due = Shipment.objects.filter(eta_due_at__lte=at).order_by("eta_due_at", "pk")
    pks = list(due.values_list("pk", flat=True)[:limit])
    done = _close_without_promises(pks, at) + _settle_over_or_none(pks, at)
    for pk, order_id in list(due.filter(pk__in=pks).values_list("pk", "order_id")):
        try:
            done += revise(shipment_id=pk, order_id=order_id, at=at)
        except Exception:
            log.exception("the promises of parcel %s could not be looked at", pk)
            later = datetime.fromtimestamp(at.timestamp() + AFTER_AN_ERROR, UTC)
            Shipment.objects.filter(pk=pk, eta_due_at__lte=at).update(eta_due_at=later)
    return done


def _over(pks: list[int], at: datetime) -> QuerySet[Shipment]:
    """Return those of `pks` that are due and whose way has ended."""
    over = Q(status__in=_ENDED) | Q(replaced_at__isnull=False)
    return Shipment.objects.filter(over, pk__in=pks, eta_due_at__lte=at)


def _close_without_promises(pks: list[int], at: datetime) -> int:
    """Note at once when those parcels came whose way ended without any promise (imported histories)."""
    promised = Promise.objects.filter(shipment=OuterRef("pk"))
    came = _over(pks, at).filter(~Exists(promised), told_at=None, eta_to_date=None)
    return came.update(arrived_at=_arrival(), eta_due_at=None)


def _settle_over_or_none(pks: list[int], at: datetime) -> int:
    """Settle what can be settled together; with one among them that cannot, each goes by itself."""
    try:
        return _settle_over(pks, at)
    except Exception:
        log.exception("the promises of parcels that are over could not be settled together")
        return 0


@transaction.atomic
def _settle_over(pks: list[int], at: datetime) -> int:
    """
    Settle the promises of parcels whose way has ended and that show what their carrier told (or nothing): as
    `revise` does, in a few statements for all. Returns: how many.
    """
    mine = _over(pks, at)
    orders = Order.objects.select_related("store", "customer").order_by("pk")
    locked = {order.pk: order for order in skip_locked(orders.filter(pk__in=mine.values("order_id")))}
    if not locked:
        return 0
    rows = mine.filter(order__in=locked).select_for_update(of=("self",)).order_by("order_id", "pk")
    suspects = doubted()
    done = [
        row for row in rows.select_related("eta_model").annotate(came=_arrival()) if _stands(row, suspects)
    ]
    promises: dict[int, list[Promise]] = {}
    for promise in Promise.objects.filter(shipment__in=done).order_by("made_at", "pk"):
        promises.setdefault(promise.shipment_id, []).append(promise)
    rules = {row.store_id: row for row in EtaRules.objects.all()}
    settled: list[Promise] = []
    for shipment in done:
        shipment.order = locked[shipment.order_id]
        shipment.arrived_at = shipment.came
        facts = facts_of(shipment, rules.get(shipment.order.store_id))
        shipment.eta_due_at, changed = _settle(shipment, promises.get(shipment.pk, []), facts, at)
        settled += changed
    _write_outcomes(settled)
    closed = [row.pk for row in done if row.eta_due_at is None]
    Shipment.objects.filter(pk__in=closed).update(arrived_at=_arrival(), eta_due_at=None)
    Shipment.objects.bulk_update([row for row in done if row.eta_due_at], ["arrived_at", "eta_due_at"])
    return len(done)


def _write_outcomes(settled: Iterable[Promise]) -> None:
    """Write how promises ended: a statement for each outcome."""
    ends: dict[tuple[str, datetime | None], list[int]] = {}
    for promise in settled:
        ends.setdefault((promise.outcome, promise.settled_at), []).append(promise.pk)
    for (end, settled_at), pks in ends.items():
        Promise.objects.filter(pk__in=pks).update(outcome=end, settled_at=settled_at)


def _stands(shipment: Shipment, suspects: Collection[str]) -> bool:
    """Say whether what an ended parcel shows is what its carrier told, and would be chosen again."""
    if shipment.eta_source == OURS:
        return False
    word = _word(shipment)
    if word is None:
        return True
    model = shipment.eta_model
    return word.source not in (model.doubted if model else suspects) and word.window == _shown(shipment)


def _arrival() -> Any:
    """Return when a parcel was first brought, for a query on parcels."""
    scans = Scan.objects.filter(shipment=OuterRef("pk"), status__in=BROUGHT).order_by()
    first = Subquery(scans.values("shipment").annotate(at=Min("order_at")).values("at"))
    return Least(Coalesce(first, "delivered_at"), Coalesce("delivered_at", first))


@transaction.atomic
def revise(*, shipment_id: int, order_id: int, at: datetime) -> int:
    """
    Choose anew which window a parcel shows, settle its promises, and tell of those that were broken.

    Returns: 1, or 0 when it is not due any more or somebody else has it in hand.
    """
    orders = Order.objects.select_related("store", "customer").filter(pk=order_id)
    order = skip_locked(orders).first()
    rows = Shipment.objects.select_for_update(of=("self",)).filter(pk=shipment_id, eta_due_at__lte=at)
    shipment = rows.select_related("eta_model").first() if order else None
    if order is None or shipment is None:
        return 0
    shipment.order = order
    shipment.arrived_at = Shipment.objects.filter(pk=shipment.pk).values_list(_arrival(), flat=True).get()
    rules = EtaRules.objects.filter(store=order.store_id).first()
    facts = facts_of(shipment, rules)
    today = on_the_wall(at, facts.seen.shop.zone_to(facts.seen.lane)).date()
    moved = _show(shipment, facts, _choice(shipment, facts, rules, at, today), at, today)
    promises = shipment.promises.order_by("made_at", "pk")
    shipment.eta_due_at, changed = _settle(shipment, promises, facts, at)
    _write_outcomes(changed)
    shipment.save(update_fields=[*_WRITTEN, "updated_at"])
    if moved:
        refresh_order(order.pk)
    return 1


def facts_of(shipment: Shipment, rules: EtaRules | None) -> Facts:
    """Return what the choice of a parcel's window depends on. Its order and store are loaded."""
    order, status = shipment.order, shipment.status
    shop = shop_of(order.store, rules)
    lane = shop.lane(shipment.carrier, shipment.service, shipment.origin, shipment.destination)
    zone = shop.zone_to(lane)
    out_at = shipment.out_for_delivery_at if status == Status.OUT_FOR_DELIVERY else None
    since = out_at or shipment.shipped_at or shipment.handed_over_at or shipment.created_at
    stopped = on_the_wall(shipment.status_at, zone).date() if shipment.status_at else None
    if status == Status.ATTEMPTED and stopped:  # nobody was there: not on the same day again
        since = end_of_day(stopped, zone)
    over = status in _ENDED or shipment.replaced_at or order.cancelled_at
    course = Course.OVER if over else Course.HELD if status in _HELD else Course.MOVING
    return Facts(
        seen=Seen(shop, lane, order.placed_at, shipment.shipped_at, shipment.arrived_at, out_at),
        course=course,
        since=since,
        told=_word(shipment),
        held_on=stopped,
    )


def _word(shipment: Shipment) -> Word | None:
    first, last, told_at = shipment.told_from_date, shipment.told_to_date, shipment.told_at
    if first is None or last is None or told_at is None:
        return None
    window = Window(first, last, shipment.told_from_at, shipment.told_to_at)
    return Word(window, shipment.told_source, told_at)


def _choice(shipment: Shipment, facts: Facts, rules: EtaRules | None, at: datetime, today: date) -> Choice:
    """Choose the window. The version it is chosen by stays the parcel's."""
    wants = facts.told is not None or (facts.course is not Course.OVER and _allowed(shipment, rules))
    if wants and (rules is None or rules.enabled):
        model: TransitModel | None = shipment.eta_model or active_model()
        told_by = facts.told.source if facts.told else ""
        tables = tables_for(model, facts.seen, told_by, at) if model else None
        choice = choose(facts, tables, today)
        if choice.window is not None:  # a version that knew nothing of the parcel is not kept: the next may
            shipment.eta_model = model
        return choice
    return choose(facts, None, today)


def _allowed(shipment: Shipment, rules: EtaRules | None) -> bool:
    return shipment.shipped_at is not None or rules is None or rules.before_hand_over


def _show(shipment: Shipment, facts: Facts, choice: Choice, at: datetime, today: date) -> bool:
    """Show what was chosen: on the parcel, in the ledger, and as a fact when it is later than before."""
    was = _shown(shipment)
    new = choice.window
    if new is None:
        if shipment.eta_source != OURS:
            return False  # nobody knows better than what is there
        shipment.eta_from_date = shipment.eta_to_date = shipment.eta_from_at = shipment.eta_to_at = None
        shipment.eta_source = ""
        return True
    if was and shipment.eta_source == choice.source == OURS and _only_days_passed(was, new, today):
        return False
    shipment.eta_source = choice.source
    if choice.why.get("rule") == "corrected" and facts.told:
        _keep_as_told(shipment, facts.told)
    if new == was:
        return False
    shipment.eta_from_date, shipment.eta_to_date = new.from_date, new.to_date
    shipment.eta_from_at, shipment.eta_to_at = new.from_at, new.to_at
    said_by_carrier = choice.why.get("rule") != "learned" and facts.told is not None
    made_at = facts.told.told_at if said_by_carrier and facts.told else at
    Promise.objects.create(
        shipment=shipment,
        from_date=new.from_date,
        to_date=new.to_date,
        from_at=new.from_at,
        to_at=new.to_at,
        source=choice.source,
        made_at=made_at,
        why=choice.why,
        model=shipment.eta_model if choice.why else None,
    )
    if was and new.to_date > was.to_date and new.to_date >= today and facts.course is not Course.OVER:
        data = {"was_to": was.to_date.isoformat(), "from_date": new.from_date.isoformat()}
        key = f"shipment:{shipment.pk}:delayed:{new.to_date}"
        _tell(events.SHIPMENT_DELAYED, key, shipment, made_at, data | {"to_date": new.to_date.isoformat()})
    return True


def _only_days_passed(was: Window, new: Window, today: date) -> bool:
    """Say whether a window is the same but for first days that are over by now."""
    return new.to_date == was.to_date and was.from_date <= new.from_date <= today


def _shown(shipment: Shipment) -> Window | None:
    first, last = shipment.eta_from_date, shipment.eta_to_date
    if first is None or last is None:
        return None
    return Window(first, last, shipment.eta_from_at, shipment.eta_to_at)


def _keep_as_told(shipment: Shipment, told: Word) -> None:
    """Keep a carrier's own window that is not shown: its record is made of these."""
    Promise.objects.get_or_create(
        shipment=shipment,
        source=told.source,
        from_date=told.window.from_date,
        to_date=told.window.to_date,
        made_at=told.told_at,
        defaults={"from_at": told.window.from_at, "to_at": told.window.to_at, "shown": False},
    )


def _settle(
    shipment: Shipment, promises: Iterable[Promise], facts: Facts, at: datetime
) -> tuple[datetime | None, list[Promise]]:
    """
    Settle each of a parcel's promises as things stand at `at`, and tell of broken ones. Returns: when the
    next open one will be over, and the promises to be written.
    """
    turned_back = shipment.status in _TURNED_BACK or shipment.replaced_at or shipment.order.cancelled_at
    end = End(shipment.arrived_at, void=bool(turned_back) and shipment.delivered_at is None)
    zone = facts.seen.shop.zone_to(facts.seen.lane)
    next_at: datetime | None = None
    changed = []
    for promise in promises:
        now = outcome(promise.from_date, promise.to_date, promise.made_at, end, zone, at)
        if now == OPEN and promise.shown:
            over = end_of_day(promise.to_date, zone)
            next_at = min(next_at or over, over)
        if now != promise.outcome:
            promise.outcome, promise.settled_at = now, None if now == OPEN else at
            changed.append(promise)
            if now == MISSED and promise.shown:
                _tell_broken(shipment, promise, facts, at)
    return next_at, changed


def _tell_broken(shipment: Shipment, promise: Promise, facts: Facts, at: datetime) -> None:
    zone, to = facts.seen.shop.zone_to(facts.seen.lane), shipment.destination
    until = on_the_wall(shipment.arrived_at or at, zone).date()
    country = to.get("country", "")
    region = calendar_region(country, to.get("region", ""))
    late = working_days_between(promise.to_date, until, country, region)
    data = {"promise_id": promise.pk, "to_date": promise.to_date.isoformat(), "days": max(late, 1)}
    over = end_of_day(promise.to_date, zone)
    key = f"shipment:{shipment.pk}:broken:{promise.to_date}"
    _tell(events.PROMISE_BROKEN, key, shipment, max(over, promise.made_at), data)


def _tell(kind: str, key: str, shipment: Shipment, occurred_at: datetime, data: dict[str, Any]) -> None:
    order = shipment.order
    outbox.publish(
        kind,
        key=key,
        occurred_at=occurred_at,
        store=order.store,
        customer=order.customer,
        subject=shipment,
        data={"order_id": order.pk, "shipment_id": shipment.pk, **data},
    )
