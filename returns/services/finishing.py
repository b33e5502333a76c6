"""The end of a parcel's inspection: what it found moves stock, and lets money go."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from customers.services.alerts import raise_alert
from returns import events
from returns.models import Return, ReturnParcel, ReturnUnit
from returns.services import moves, receiving, stock
from returns.services.holding import Hand
from returns.services.inspection import Look, Refused, at_bench, in_reach, write_look
from returns.vocabulary import Condition, State

Stage = ReturnUnit.Stage
MISSING, MORE = "missing", "more"


@transaction.atomic
def finish(parcel_id: int, *, rest: str = "", by: Hand, at: datetime) -> Return:
    """
    End the inspection of a parcel: stock moves, and money may. Ended twice it is once.

    `rest`: what becomes of announced units that were not in it: MISSING, or MORE (another parcel is to come).
    The return is INSPECTED once nothing is expected any more and no other parcel waits here.
    Raises: Refused when a unit has no condition yet or `rest` is not said; holding.Held.
    """
    return_id = ReturnParcel.objects.values_list("ret_id", flat=True).get(pk=parcel_id)
    ret = moves.locked(return_id)
    if ReturnParcel.objects.filter(pk=parcel_id, inspected_at__isnull=False).exists():
        return ret
    ret, parcel = at_bench(parcel_id, by=by, at=at)
    units = [unit for unit in in_reach(ret, parcel) if unit.stage != Stage.MISSING]
    inside = [unit for unit in units if unit.parcel_id == parcel.pk]
    blank = [unit for unit in inside if not unit.condition]
    if blank:
        raise Refused(f"Say what it is like: {blank[0].line.title}.")
    outside = [unit for unit in units if unit.parcel_id != parcel.pk]
    if outside and rest not in (MISSING, MORE):
        raise Refused(f"{len(outside)} not found: missing, or still to come?", "rest")
    inside += _deal_with_rest(ret, parcel, outside, rest, by=by, at=at)
    for unit in inside:
        unit.stage = Stage.MISSING if unit.condition == Condition.MISSING else Stage.INSPECTED
        unit.save(update_fields=["stage"])
    parcel.inspected_at, parcel.inspections = at, parcel.inspections + 1
    parcel.held_by, parcel.held_until = None, None
    parcel.save()
    others = list(parcel.unexpected.select_related("variant__product"))
    stock.shelve(ret, parcel, inside, others, at=at)
    announce(ret, parcel, at=at)
    if others:
        _tell_of_others(ret, parcel, len(others), at)
    moves.ring(ret, at=at)
    if not still_to_come(ret) and ret.state == State.RECEIVED:
        moves.advance(ret, State.INSPECTED, at=at)
    else:
        moves.save(ret)
    return ret


def _deal_with_rest(
    ret: Return, parcel: ReturnParcel, units: Sequence[ReturnUnit], rest: str, *, by: Hand, at: datetime
) -> list[ReturnUnit]:
    """Write down units that were not in the parcel. Returns: those that are missing."""
    if rest == MORE:
        receiving.expected(ret).filter(pk__in=[unit.pk for unit in units]).update(
            stage=Stage.EXPECTED, arrived_at=None
        )
        return []
    for unit in units:
        unit.parcel, unit.arrived_at = parcel, None
        write_look(ret, unit, Look(Condition.MISSING, uuid.uuid4()), by=by, at=at)
    return list(units)


@transaction.atomic
def nothing_more(return_id: int, *, by: Hand, at: datetime) -> Return:
    """
    Say that what a return kept open for more still lacks will not come: it is missing, and the return is
    INSPECTED. Raises: Refused when nothing is awaited, or a parcel of it is still to be inspected.
    """
    ret = moves.locked(return_id)
    if ret.state != State.RECEIVED or not receiving.rest_awaited(ret):
        raise Refused("Nothing more is awaited for it, or a parcel of it is here and not inspected yet.")
    units = list(receiving.expected(ret).filter(stage__in=receiving.TO_COME).order_by("pk"))
    parcel = ret.parcels.filter(inspected_at__isnull=False).latest("inspected_at")
    _deal_with_rest(ret, parcel, units, MISSING, by=by, at=at)
    ReturnUnit.objects.filter(pk__in=[unit.pk for unit in units]).update(stage=Stage.MISSING)
    parcel.inspections += 1
    parcel.save(update_fields=["inspections"])
    announce(ret, parcel, at=at)
    moves.ring(ret, at=at)
    moves.advance(ret, State.INSPECTED, at=at)
    return ret


def still_to_come(ret: Return) -> bool:
    """Say whether units of a return are expected, or a parcel of it waits to be inspected."""
    if receiving.expected(ret).filter(stage__in=receiving.TO_COME).exists():
        return True
    return ret.parcels.filter(arrived_at__isnull=False, inspected_at=None).exists()


def announce(ret: Return, parcel: ReturnParcel, *, at: datetime) -> None:
    """Publish what was found in a parcel, in the caller's transaction."""
    units = list(parcel.units.filter(active=True))
    moves.tell(
        ret,
        events.PARCEL_INSPECTED,
        f"inspected:{parcel.inspections}",
        key=f"return-parcel:{parcel.pk}",
        at=at,
        parcel_id=parcel.pk,
        units=len(units),
        deducted_minor=sum(unit.deduction_minor for unit in units),
        missing=sum(unit.stage == Stage.MISSING for unit in units),
    )


def _tell_of_others(ret: Return, parcel: ReturnParcel, count: int, at: datetime) -> None:
    things = "something" if count == 1 else f"{count} things"
    raise_alert(
        kind="returns.unexpected",
        key=f"return-parcel:{parcel.pk}:unexpected",
        title=f"Return {ret.number} had {things} in it that nobody announced",
        detail="Look at what the warehouse noted, and tell the shopper what happens with it.",
        store=ret.store,
        subject=ret,
        at=at,
    )
