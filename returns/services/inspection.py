"""
What the warehouse sees of each unit, until the parcel is finished. Nothing leaves this room before that: no
stock moves, no money, no message. Everything may be said again; the last word counts.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import Truncator

from customers.models import Event
from returns import events
from returns.deductions import deduction
from returns.dispositions import Facts, propose
from returns.models import Return, ReturnParcel, ReturnPhoto, ReturnSettings, ReturnUnit, UnexpectedItem
from returns.services import holding, moves, receiving, stock
from returns.services.finding import variants_of
from returns.services.holding import Hand
from returns.vocabulary import Condition, Disposition
from tracking.models import Location, Variant

Stage = ReturnUnit.Stage
# A unit's other item (WRONG_ITEM) has one row, found again by this name.
REALLY = uuid.UUID("6f0b1c8e-58a5-4d7e-9a53-0f3b6a1d2c47")


class Refused(ValueError):
    """It cannot be done; the words say why. `field`: what of the form it is about, '' for all of it."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.words, self.field = words, field


class Finished(Refused):
    """The parcel was finished: only who leads the warehouse corrects it."""

    def __init__(self) -> None:
        super().__init__("This parcel is finished. Ask who leads the warehouse to correct it.")


@dataclass(frozen=True)
class Look:
    """
    What somebody saw of a unit. `disposition`: '' takes what the rules propose; `location_id`: None takes
    the return's; `really`: bar code or SKU of what it is instead (WRONG_ITEM). `token`: of the form, the
    same when it is sent again.
    """

    condition: str
    token: uuid.UUID
    disposition: str = ""
    location_id: int | None = None
    note: str = ""
    really: str = ""


def at_bench(parcel_id: int, *, by: Hand, at: datetime) -> tuple[Return, ReturnParcel]:
    """
    Return a parcel and its return, both locked, held by `by`, and taken in. Needs a transaction.

    Raises: holding.Held; Finished; ReturnParcel.DoesNotExist; receiving.NothingToCome.
    """
    return_id = ReturnParcel.objects.values_list("ret_id", flat=True).get(pk=parcel_id)
    moves.locked(return_id)
    holding.hold(parcel_id, by=by)
    ret = receiving.receive(parcel_id, at=at, by=str(by))
    parcel = ReturnParcel.objects.get(pk=parcel_id)
    if parcel.inspected_at is not None:
        raise Finished
    return ret, parcel


@transaction.atomic
def spot(parcel_id: int, code: str, *, token: uuid.UUID, by: Hand, at: datetime) -> ReturnUnit | None:
    """
    Take the bar code or SKU of an item out of a parcel: the next unit of it that was not found yet.

    It counts as arrived and lies in this parcel; in a return that came unasked, a piece of the order joins.
    `token`: of the scan; sent again it is the same unit. Returns: the unit; None for what nobody announced.
    Raises: as `at_bench`.
    """
    ret, parcel = at_bench(parcel_id, by=by, at=at)
    told = Event.objects.filter(key=f"return-parcel:{parcel.pk}:found:{token}").first()
    if told:
        return ReturnUnit.objects.filter(pk=told.data["unit_id"]).first()
    unit = _next(ret, parcel, code, at)
    if unit:
        about = {"unit_id": unit.pk, "parcel_id": parcel.pk, "by_user": by.pk}
        key = f"return-parcel:{parcel.pk}"
        moves.tell(ret, events.UNIT_FOUND, f"found:{token}", key=key, at=at, **about)
    return unit


def _next(ret: Return, parcel: ReturnParcel, code: str, at: datetime) -> ReturnUnit | None:
    variants = {variant.pk for variant in variants_of(code, ret.store)}
    sku = code.strip().upper()
    those = [
        unit
        for unit in in_reach(ret, parcel)
        if unit.variant_id in variants or (unit.variant_id is None and unit.line.sku.upper() == sku != "")
    ]
    if ret.source == Return.Source.WAREHOUSE and all(unit.parcel_id == parcel.pk for unit in those):
        for piece in receiving.free_pieces(ret):
            if piece.variant and piece.variant.pk in variants:
                return receiving.add_piece(ret, piece, parcel=parcel, at=at)
    if not those:
        return None
    _lay_in(those[0], parcel, at)
    return those[0]


@transaction.atomic
def add(piece_key: str, *, parcel_id: int, by: Hand, at: datetime) -> ReturnUnit:
    """
    Say that a piece of the order is in a parcel that came unasked, without a scanner.

    Raises: as `at_bench`; Refused for a return that was announced, or a piece in another return.
    """
    ret, parcel = at_bench(parcel_id, by=by, at=at)
    piece = next((each for each in receiving.free_pieces(ret) if each.key == piece_key), None)
    if piece is None or ret.source != Return.Source.WAREHOUSE:
        raise Refused("This item is in the return already, or in another one.")
    return receiving.add_piece(ret, piece, parcel=parcel, at=at)


def in_reach(ret: Return, parcel: ReturnParcel) -> list[ReturnUnit]:
    """Return the units that may be in a parcel: first what is to be found, last what was looked at."""
    rows = (
        receiving.expected(ret).select_related("line", "variant").order_by("line__position", "line_id", "pk")
    )
    free = [unit for unit in rows if belongs(unit, parcel)]
    return sorted(free, key=lambda unit: _rank(unit, parcel))


def _rank(unit: ReturnUnit, parcel: ReturnParcel) -> tuple[bool, bool, bool]:
    missing = unit.stage == Stage.MISSING
    return (bool(unit.condition) and not missing, unit.parcel_id == parcel.pk, missing)


def belongs(unit: ReturnUnit, parcel: ReturnParcel) -> bool:
    """Say whether a unit lies in a parcel, or may: nobody has found it elsewhere."""
    if unit.parcel_id == parcel.pk:
        return True
    return unit.stage == Stage.MISSING or (unit.parcel_id is None and unit.stage in receiving.TO_COME)


def _lay_in(unit: ReturnUnit, parcel: ReturnParcel, at: datetime) -> None:
    if unit.parcel_id == parcel.pk and unit.stage == Stage.ARRIVED:
        return
    if unit.stage == Stage.MISSING:
        unit.condition, unit.deduction_minor, unit.inspected_at = "", 0, None
    unit.parcel, unit.stage, unit.arrived_at = parcel, Stage.ARRIVED, unit.arrived_at or at
    unit.save()


@transaction.atomic
def lay_in(unit_id: int, *, parcel_id: int, by: Hand, at: datetime) -> ReturnUnit:
    """Say that a unit is in the parcel, without a scanner. Raises: as `at_bench`; Refused."""
    ret, parcel = at_bench(parcel_id, by=by, at=at)
    unit = _unit(ret, parcel, unit_id)
    _lay_in(unit, parcel, at)
    return unit


@transaction.atomic
def take_out(unit_id: int, *, parcel_id: int, by: Hand, at: datetime) -> None:
    """Say that a unit is not in the parcel after all. Raises: as `at_bench`; Refused."""
    ret, parcel = at_bench(parcel_id, by=by, at=at)
    unit = _unit(ret, parcel, unit_id)
    if unit.parcel_id != parcel.pk:
        return
    _forget_other(unit)
    if ret.source == Return.Source.WAREHOUSE:
        unit.delete()
        return
    unit.parcel, unit.condition, unit.disposition, unit.location = None, "", "", None
    unit.deduction_minor, unit.inspection_note, unit.inspected_at, unit.inspected_by = 0, "", None, ""
    unit.save()


@transaction.atomic
def inspect(unit_id: int, look: Look, *, parcel_id: int, by: Hand, at: datetime) -> ReturnUnit:
    """
    Write down what a unit is like and what becomes of it, until the parcel is finished. The same `look.token`
    again changes nothing.

    Raises: as `at_bench`; Refused for what does not fit together, e.g. damage nobody can see.
    """
    ret, parcel = at_bench(parcel_id, by=by, at=at)
    unit = _unit(ret, parcel, unit_id)
    if was_said(unit, look.token):
        return unit
    if look.condition != Condition.MISSING:
        _lay_in(unit, parcel, at)
    else:
        unit.parcel = parcel
    was = (unit.condition, unit.disposition)
    write_look(ret, unit, look, by=by, at=at)
    say(ret, unit, look, was, by=by, at=at)
    _other_item(unit, parcel, look, by=by, at=at)
    return unit


def was_said(unit: ReturnUnit, token: uuid.UUID) -> bool:
    """Say whether a form with this token was taken before for this unit."""
    return Event.objects.filter(key=f"return-unit:{unit.pk}:inspected:{token}").exists()


def say(
    ret: Return,
    unit: ReturnUnit,
    look: Look,
    was: tuple[str, str],
    *,
    by: Hand,
    at: datetime,
    corrected: bool = False,
) -> None:
    """Publish what was said of a unit, in the caller's transaction."""
    moves.tell(
        ret,
        events.UNIT_INSPECTED,
        f"inspected:{look.token}",
        key=f"return-unit:{unit.pk}",
        at=at,
        unit_id=unit.pk,
        parcel_id=unit.parcel_id,
        condition=unit.condition,
        disposition=unit.disposition,
        was_condition=was[0],
        was_disposition=was[1],
        by_user=by.pk,
        corrected=corrected,
    )


def write_look(ret: Return, unit: ReturnUnit, look: Look, *, by: Hand, at: datetime) -> None:
    """Check and save a look at a unit of a locked return. Raises: Refused."""
    if look.condition not in Condition.values:
        raise Refused("Choose what it is like.", "condition")
    note = look.note.strip()[:500]
    photographed = unit.photos.filter(by=ReturnPhoto.By.WAREHOUSE).exists()
    if look.condition == Condition.DAMAGED and not (note or unit.inspection_note or photographed):
        raise Refused("Damaged needs a photo or a note: say what is broken.", "note")
    rules = moves.settings_of(ret.store)
    disposition = look.disposition or proposal(unit, look.condition, rules)
    if disposition and disposition not in Disposition.values:
        raise Refused("Choose what becomes of it.", "disposition")
    if look.condition == Condition.MISSING:
        disposition = ""
    unit.condition, unit.disposition = look.condition, disposition
    unit.location = _location(ret, look) if disposition == Disposition.RESTOCK else None
    unit.inspection_note = note or unit.inspection_note
    unit.inspected_at, unit.inspected_by = at, str(by)[:160]
    unit.deduction_minor = deduction(unit, rules)
    unit.save()


def proposal(unit: ReturnUnit, condition: str, rules: ReturnSettings) -> str:
    """Return what the store's rules, then the house's, propose for a unit in this condition."""
    product = unit.variant.product if unit.variant else unit.line.product
    facts = Facts(
        condition=condition,
        reason=unit.reason,
        outcome=unit.outcome,
        type=product.product_type if product else "",
        vendor=product.vendor if product else unit.line.vendor,
        tags=tuple(product.tags) if product else (),
    )
    return propose(facts, rules.dispositions or ())


def _location(ret: Return, look: Look) -> Location | None:
    if look.location_id is None:
        return stock.default_location(ret)
    found = Location.objects.filter(pk=look.location_id, store=ret.store).first()
    if found is None:
        raise Refused("Choose one of the store's places.", "location")
    return found


def _unit(ret: Return, parcel: ReturnParcel, unit_id: int) -> ReturnUnit:
    rows = receiving.expected(ret).select_related("line__product", "variant__product")
    unit = rows.filter(pk=unit_id).first()
    if unit is None or not belongs(unit, parcel):
        raise Refused("This item is not in this parcel.")
    return unit


# --- what nobody announced ---
def _other_item(unit: ReturnUnit, parcel: ReturnParcel, look: Look, *, by: Hand, at: datetime) -> None:
    """Keep what came instead of a unit as an item of its own: it may be stock of another product."""
    if unit.condition != Condition.WRONG_ITEM:
        return _forget_other(unit)
    known = variants_of(look.really, unit.ret.store)
    UnexpectedItem.objects.update_or_create(
        token=_other_token(unit),
        defaults={
            "parcel": parcel,
            "variant": known[0] if known else None,
            "code": look.really.strip()[:120],
            "condition": Condition.AS_NEW,
            "disposition": unit.disposition,
            "note": Truncator(f"Came instead of {unit.line.title}. {unit.inspection_note}")
            .chars(500)
            .strip(),
            "by": str(by)[:160],
            "at": at,
        },
    )
    return None


def _forget_other(unit: ReturnUnit) -> None:
    UnexpectedItem.objects.filter(token=_other_token(unit)).delete()


def _other_token(unit: ReturnUnit) -> uuid.UUID:
    return uuid.uuid5(REALLY, str(unit.pk))


@transaction.atomic
def note_unexpected(
    parcel_id: int, look: Look, *, code: str, by: Hand, at: datetime, pictured: bool = False
) -> UnexpectedItem:
    """
    Write down something in a parcel that nobody announced. The same `look.token` again is the same item.

    `look.disposition`: '' sends it back; `pictured`: a photo of it is kept by the caller.
    Raises: as `at_bench`; Refused.
    """
    ret, parcel = at_bench(parcel_id, by=by, at=at)
    known = UnexpectedItem.objects.filter(token=look.token).first()
    if known:
        return known
    if look.condition not in Condition.values or look.condition == Condition.MISSING:
        raise Refused("Choose what it is like.", "condition")
    if not (code.strip() or look.note.strip() or pictured):
        raise Refused("Scan it, or say what it is.", "note")
    variants: Sequence[Variant] = variants_of(code, ret.store)
    return UnexpectedItem.objects.create(
        parcel=parcel,
        token=look.token,
        variant=variants[0] if variants else None,
        code=code.strip()[:120],
        condition=look.condition,
        disposition=look.disposition if look.disposition in Disposition.values else Disposition.SEND_BACK,
        note=look.note.strip()[:500],
        by=str(by)[:160],
        at=at,
    )


@transaction.atomic
def drop_unexpected(item_id: int, *, parcel_id: int, by: Hand, at: datetime) -> None:
    """Take an unexpected item off the list again. Raises: as `at_bench`."""
    _, parcel = at_bench(parcel_id, by=by, at=at)
    parcel.unexpected.filter(pk=item_id).delete()
