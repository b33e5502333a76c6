"""What a return's parcel does on its way is what the return does: handed in, brought, in trouble."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from customers.services.alerts import end_alert
from returns.models import Return, ReturnParcel, ReturnUnit
from returns.services import moves
from returns.services.cancelling import revive
from returns.services.parcels import GIVEN_UP, REPLACED, alert, withdraw
from returns.services.receiving import expected, on_their_way
from returns.states import ROAD
from returns.vocabulary import WITH_LABEL, RefundAt, State
from tracking.services.labels import mark_used
from tracking.vocabulary import Status


@transaction.atomic
def moved(shipment_id: int, *, status: str, occurred_at: datetime, at: datetime) -> None:
    """
    A carrier has said something about a return's parcel: handed in, brought, in trouble (a status of
    tracking.return_parcel.moved). Facts may come twice and in any order.
    """
    known = ReturnParcel.objects.filter(shipment=shipment_id).values_list("ret", "pk").first()
    if known is None:
        return
    ret = moves.locked(known[0])
    parcel = ReturnParcel.objects.select_related("shipment").get(pk=known[1])
    if status in (Status.EXCEPTION, Status.RETURNED):
        _in_trouble(ret, parcel, status, at)
        return
    if parcel.label_id is None and _began(parcel, occurred_at) < ret.requested_at:
        alert(
            ret,
            f"return-parcel:{parcel.pk}:older",
            f"The number entered for return {ret.number} is older than the return",
            "What its carrier said before the return was made does not count. Look whose parcel it is.",
            at,
        )
        return
    if parcel.label_id:
        mark_used(label_id=parcel.label_id, at=occurred_at)
    _handed_in(ret, parcel, occurred_at, at)
    if ret.state in (State.REQUESTED, State.REVIEW):
        alert(
            ret,
            f"return:{ret.pk}:unapproved",
            f"Return {ret.number} is on its way and nobody has decided about it",
            "",
            at,
        )
        return
    if status == Status.DELIVERED:
        end_alert(key=_trouble_key(parcel), at=at, why="It was delivered")
    _go_on(ret, parcel, status, occurred_at)


def _began(parcel: ReturnParcel, when: datetime) -> datetime:
    """Return when a parcel was first seen, as far as is known."""
    shipped = parcel.shipment.shipped_at if parcel.shipment else None
    return min(shipped, when) if shipped else when


def _handed_in(ret: Return, parcel: ReturnParcel, when: datetime, at: datetime) -> None:
    """Note the first scan. A label that was taken back and is used nevertheless makes its successor idle."""
    if parcel.first_scan_at is None or when < parcel.first_scan_at:
        again = parcel.problem == REPLACED
        parcel.first_scan_at, parcel.problem = when, "" if again else parcel.problem
        parcel.save(update_fields=["first_scan_at", "problem"])
        if again:
            withdraw(ret, at=at)


def _go_on(ret: Return, parcel: ReturnParcel, status: str, when: datetime) -> None:
    """Let the return be where its parcel is; one that had ended lives again."""
    if ret.state in GIVEN_UP:
        ret = revive(ret.pk, at=when)
    if _before(ret, State.IN_TRANSIT):
        moves.advance(ret, State.IN_TRANSIT, at=when, parcel_id=parcel.pk)
    # Elsewhere, and of a number that may be anybody's, it is the warehouse who says that something has come.
    proved = parcel.label_id is not None or ret.method in WITH_LABEL
    enough = proved and ret.refund_at == RefundAt.RECEIPT
    if status == Status.DELIVERED and enough and parcel.arrived_at is None:
        _arrived(ret, parcel, when)
        return
    moves.save(ret)


def _arrived(ret: Return, parcel: ReturnParcel, when: datetime) -> None:
    """Take a delivered parcel for received, with what is known to be in it: all, when no other may come."""
    waiting = expected(ret).filter(stage=ReturnUnit.Stage.EXPECTED)
    last = not on_their_way(ret).exclude(pk=parcel.pk).exists()
    inside = waiting.filter(Q(parcel=parcel) | Q(parcel=None)) if last else waiting.filter(parcel=parcel)
    came = inside.update(stage=ReturnUnit.Stage.ARRIVED, parcel=parcel, arrived_at=when)
    parcel.arrived_at = when
    parcel.save(update_fields=["arrived_at"])
    # The second of two parcels: the return is received once more, or what came with it is reckoned.
    if _before(ret, State.RECEIVED) or (came and ret.state in (State.INSPECTED, State.SETTLED)):
        moves.advance(ret, State.RECEIVED, at=when, parcel_id=parcel.pk)
    else:
        moves.ring(ret, at=when)
        moves.save(ret)


def _before(ret: Return, state: State) -> bool:
    """Say whether a return has not come as far as `state`."""
    return ret.state in GIVEN_UP or (ret.state in ROAD and ROAD.index(State(ret.state)) < ROAD.index(state))


def _in_trouble(ret: Return, parcel: ReturnParcel, status: str, at: datetime) -> None:
    held = status == Status.EXCEPTION
    title = "is held up" if held else "goes back to the shopper"
    alert(
        ret,
        _trouble_key(parcel),
        f"The parcel of return {ret.number} {title}",
        f"{parcel.tracking_number}: see the parcel's page.",
        at,
    )
    moves.save(ret)


def _trouble_key(parcel: ReturnParcel) -> str:
    return f"return-parcel:{parcel.pk}:trouble"
