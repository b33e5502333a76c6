"""What was said of a unit, put right after its parcel was finished: by who leads the warehouse."""

from datetime import datetime

from django.db import transaction

from customers.models import User
from returns.models import Return, ReturnParcel, ReturnUnit
from returns.services import moves, stock
from returns.services.finishing import announce
from returns.services.inspection import Look, Refused, say, was_said, write_look
from returns.vocabulary import Condition
from tracking.models import Location, Variant

Stage = ReturnUnit.Stage
Shelf = tuple[Variant, Location] | None


@transaction.atomic
def correct(unit_id: int, look: Look, *, by: User, at: datetime) -> ReturnUnit:
    """
    Say otherwise what a unit of a finished parcel is like. What it moved in stock is moved back, what it
    moves now is moved; its deduction follows, and the money by its own rules. The same `look.token` again is
    once.

    Who may do that is for the caller to know. Raises: Refused; ReturnUnit.DoesNotExist.
    """
    return_id = ReturnUnit.objects.values_list("ret_id", flat=True).get(pk=unit_id)
    ret = moves.locked(return_id)
    rows = ReturnUnit.objects.select_related("line__product", "variant__product", "location", "parcel")
    unit = rows.get(pk=unit_id)
    if was_said(unit, look.token):
        return unit
    if unit.parcel is None or unit.parcel.inspected_at is None or not unit.active:
        raise Refused("This item can still be inspected: nothing has to be corrected.")
    if look.condition == Condition.WRONG_ITEM and unit.condition != Condition.WRONG_ITEM:
        raise Refused("Take another item in as unexpected, and mark this one as missing.", "condition")
    before, was = _shelf(ret, unit), (unit.condition, unit.disposition)
    write_look(ret, unit, look, by=by, at=at)
    unit.stage = Stage.MISSING if unit.condition == Condition.MISSING else Stage.INSPECTED
    unit.arrived_at = None if unit.stage == Stage.MISSING else unit.arrived_at or at
    unit.save(update_fields=["stage", "arrived_at"])
    _move(ret, unit, before, _shelf(ret, unit), token=str(look.token), at=at)
    say(ret, unit, look, was, by=by, at=at, corrected=True)
    _tell(ret, unit.parcel, at)
    return unit


def _shelf(ret: Return, unit: ReturnUnit) -> Shelf:
    location = unit.location or stock.default_location(ret)
    if not stock.goes_on_shelf(unit) or unit.variant is None or location is None:
        return None
    return unit.variant, location


def _move(ret: Return, unit: ReturnUnit, before: Shelf, now: Shelf, *, token: str, at: datetime) -> None:
    if before == now:
        return
    if before:
        stock.move(ret, *before, -1, purpose=f"return-unit:{unit.pk}:stock:{token}:back", at=at)
    action = now and stock.move(ret, *now, 1, purpose=f"return-unit:{unit.pk}:stock:{token}", at=at)
    ReturnUnit.objects.filter(pk=unit.pk).update(stock_action=action or None)


def _tell(ret: Return, parcel: ReturnParcel, at: datetime) -> None:
    parcel.inspections += 1
    parcel.save(update_fields=["inspections"])
    announce(ret, parcel, at=at)
    moves.ring(ret, at=at)
    moves.save(ret)
