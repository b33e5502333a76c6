"""Goods at the dock: parcels are taken in whatever was written about them before."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from customers.services.alerts import raise_alert
from returns.models import Return, ReturnParcel, ReturnUnit
from returns.pieces import Piece, pieces_of
from returns.services import moves
from returns.services.cancelling import revive
from returns.services.parcels import REPLACED
from returns.states import OVER
from returns.vocabulary import Kind, Method, Outcome, Reason, RefundAt, State
from tracking.models import Label, Order
from tracking.services.shipments import tracking_key

Stage = ReturnUnit.Stage
TO_COME = (Stage.EXPECTED, Stage.ARRIVED)
GONE = (Label.State.FAILED, Label.State.CANCELLED)


class NothingToCome(ValueError):
    """A claim: nothing is sent back for it."""


def receive(parcel_id: int, *, at: datetime, by: str = "") -> Return:
    """
    Take a parcel in: it is here, the return is RECEIVED, and what was announced counts as arrived.

    Which units a parcel holds is known before it is opened only when no other of the return is on its way:
    else each arrives as it is found. A return that had ended goes on. Taken in twice it is once.
    Raises: ReturnParcel.DoesNotExist; NothingToCome.
    """
    with transaction.atomic():
        return_id = ReturnParcel.objects.values_list("ret_id", flat=True).get(pk=parcel_id)
        ret = moves.locked(return_id)
        parcel = ReturnParcel.objects.get(pk=parcel_id)
        if ret.kind == Kind.CLAIM:
            raise NothingToCome("This is a claim: nothing is sent back for it.")
        if parcel.arrived_at is not None:
            return ret
        if ret.state in OVER and ret.state != State.SETTLED:
            revive(ret.pk, at=at)
            ret = moves.locked(return_id)
        ReturnParcel.objects.filter(pk=parcel_id).update(arrived_at=at)
        if not on_their_way(ret).exists():
            expected(ret).filter(stage=Stage.EXPECTED, parcel=None).update(stage=Stage.ARRIVED, arrived_at=at)
        if ret.state == State.REVIEW:  # goods do not decide what waits for a person
            ret.refund_held = True
        steps = moves.advance(ret, State.RECEIVED, at=at, parcel_id=parcel_id)
        if not steps:  # the second parcel of it: told again to nobody, but it may have earned something
            moves.ring(ret, at=at)
            moves.save(ret)
        return ret


def expected(ret: Return) -> QuerySet[ReturnUnit]:
    """Return the units of a return that are to be sent."""
    return ret.units.filter(active=True, keep=False)


def rest_awaited(ret: Return) -> bool:
    """Say whether all that came of a return is inspected and more is awaited."""
    waits = ret.parcels.filter(arrived_at__isnull=False, inspected_at=None).exists()
    return not waits and expected(ret).filter(stage__in=TO_COME).exists()


def on_their_way(ret: Return) -> QuerySet[ReturnParcel]:
    """Return the parcels of a return that are not here yet and may still come."""
    return ret.parcels.filter(arrived_at=None).exclude(label__state__in=GONE).exclude(problem=REPLACED)


@transaction.atomic
def another_parcel(return_id: int, *, at: datetime, number: str = "") -> ReturnParcel:
    """
    Write down a parcel nobody announced of a return that is known: brought by hand, or a second one.

    One that is not here yet and has no number is taken for it. Returns: the parcel, not yet taken in.
    Raises: Return.DoesNotExist; NothingToCome.
    """
    ret = moves.locked(return_id)
    if ret.kind == Kind.CLAIM:
        raise NothingToCome("This is a claim: nothing is sent back for it.")
    blanks = ret.parcels.filter(arrived_at=None, tracking_key="").exclude(problem=REPLACED)
    blank = blanks.order_by("position").first()
    if blank:
        return blank
    last = ret.parcels.aggregate(last=Max("position"))["last"] or 0
    return ReturnParcel.objects.create(
        ret=ret,
        position=last + 1,
        tracking_number=number[:80],
        tracking_key=tracking_key(number)[:80],
        created_at=at,
    )


@transaction.atomic
def take_in_unasked(order_id: int, *, code: str, at: datetime, by: str) -> ReturnParcel:
    """
    Take in a parcel for an order nobody returned anything of: a return of source WAREHOUSE, whose money waits
    for a person. Units join it as they are found (`add_piece`). The same code again is the same parcel.

    `code`: what was scanned. Returns: the parcel, taken in. Raises: Order.DoesNotExist.
    """
    order = Order.objects.select_for_update(of=("self",)).select_related("store", "customer").get(pk=order_id)
    number = code.strip()[:80]
    known = ReturnParcel.objects.filter(
        ret__order=order,
        ret__source=Return.Source.WAREHOUSE,
        inspected_at=None,
        tracking_key=tracking_key(number),
    ).first()
    if known:
        return known
    ret = Return.objects.create(
        store=order.store,
        order=order,
        customer=order.customer,
        source=Return.Source.WAREHOUSE,
        email=order.email,
        language=order.language,
        method=Method.OWN,
        refund_at=RefundAt.INSPECTION,
        refund_held=True,
        review_why="The parcel came unasked.",
        currency=order.currency,
        requested_at=at,
        approved_by=by[:160],
        visits={State.REQUESTED: 1},
    )
    moves.tell(
        ret, "returns.return.requested", f"{State.REQUESTED}:1", at=at, state="REQUESTED", was="", passed=True
    )
    parcel = ReturnParcel.objects.create(
        ret=ret, tracking_number=number, tracking_key=tracking_key(number), created_at=at
    )
    receive(parcel.pk, at=at, by=by)
    raise_alert(
        kind="returns.unasked",
        key=f"return:{ret.pk}:unasked",
        title=f"A parcel came unasked for order {order.number}",
        detail=f"It was taken in as return {ret.number}. No money goes back until a person has decided.",
        store=order.store,
        subject=ret,
        at=at,
    )
    return parcel


def free_pieces(ret: Return) -> list[Piece]:
    """Return the pieces of a return's order that are in no living return, in the order of its lines."""
    taken = set(
        ReturnUnit.objects.filter(line__order_id=ret.order_id, active=True).values_list(
            "line_id", "index", "part_key", "part_index"
        )
    )
    pieces = [piece for piece in pieces_of(ret.order) if piece.line.requires_shipping]
    return [piece for piece in pieces if _key(piece) not in taken]


def _key(piece: Piece) -> tuple[int, int, int, int]:
    return (piece.line.pk, piece.index, piece.part.pk if piece.part else 0, piece.part_index)


def add_piece(ret: Return, piece: Piece, *, parcel: ReturnParcel, at: datetime) -> ReturnUnit:
    """
    Add a piece of the order, found in the parcel, to a locked return that came unasked.

    Its worth counts; whether it is paid back a person decides (`refund_held`).
    """
    return ReturnUnit.objects.create(
        ret=ret,
        line=piece.line,
        index=piece.index,
        part=piece.part,
        part_key=piece.part.pk if piece.part else 0,
        part_index=piece.part_index,
        variant=piece.variant,
        reason=Reason.OTHER,
        outcome=Outcome.REFUND,
        value_minor=piece.value_minor,
        tax_minor=piece.tax_minor,
        stage=Stage.ARRIVED,
        arrived_at=at,
        parcel=parcel,
    )


def keep_unknown(code: str, *, note: str, at: datetime, by: str) -> None:
    """Put a parcel nobody can place before the back-office: told twice it is one."""
    code = code.strip()[:100]
    words = f"Scanned: {code or 'nothing readable'}. {note.strip()[:500]}".strip()
    raise_alert(
        kind="returns.unknown_parcel",
        key=f"unknown-parcel:{tracking_key(code)[:80] or at.isoformat()}",
        title="A parcel came that nobody can place",
        detail=f"{words} Put aside by {by}.",
        at=at,
    )
