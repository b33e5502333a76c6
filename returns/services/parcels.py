"""
Parcels that come back: their labels asked for, cancelled and exchanged, their numbers followed. What their
scans do is in on_the_way.py.

Everything here writes rows only. Labels are bought by tracking's worker; `prepare` may be called again at any
time, and by anybody: one parcel has one label.
"""

import re
from datetime import datetime, timedelta

from django.db import transaction

from customers.services.alerts import end_alert, raise_alert
from returns.models import Return, ReturnParcel, ReturnUnit
from returns.services import moves
from returns.services.shipping import request_for, shipped_from, shipped_to, to_send
from returns.vocabulary import WITH_LABEL, Kind, Method, State
from tracking.labels.base import LabelError
from tracking.models import Label
from tracking.services import return_parcels
from tracking.services.label_requests import default_account, stored
from tracking.services.labels import CannotCancel, cancel_label, request_label
from tracking.services.shipments import tracking_key

GETS_READY = (State.APPROVED, State.LABEL_READY)
GIVEN_UP = (State.CANCELLED, State.REJECTED, State.EXPIRED)
# What stands in `ReturnParcel.problem` of one whose label was taken back: it is only listened to.
REPLACED = "Its label was taken back."
PURPOSE = re.compile(r"return:(\d+):label:(\d+)")
LOST = (Label.State.FAILED, Label.State.CANCELLED)


def purpose(ret: Return, position: int) -> str:
    """Name the label of a return's parcel, for tracking."""
    return f"return:{ret.pk}:label:{position}"


def current(ret: Return) -> ReturnParcel | None:
    """Return the newest parcel of a return that is still to come; None without one."""
    rows = ret.parcels.exclude(problem=REPLACED).select_related("label", "shipment", "ret")
    return rows.order_by("-position").first()


# --- made ready
@transaction.atomic
def prepare(return_id: int, *, at: datetime, by: str = "") -> ReturnParcel | None:
    """
    Give an approved return what its shopper needs to send it: ask for its label, or say that it may be
    sent. Told twice, and killed at any line, it is one label.

    What stands in the way goes to `ReturnParcel.problem` and to staff, and the return stays approved. Where
    method, goods or addresses have changed, the old label is cancelled first. Returns: the parcel, None when
    nothing is to be sent (any more). Raises: Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.kind != Kind.RETURN or ret.state not in GETS_READY:
        return None
    units = to_send(ret)
    if not units or ret.method == Method.NONE:
        withdraw(ret, at=at)
        return None
    if ret.method not in WITH_LABEL:
        return _without_label(ret, at)
    return _with_label(ret, units, at, by)


def _with_label(ret: Return, units: list[ReturnUnit], at: datetime, by: str) -> ReturnParcel:
    parcel = current(ret)
    if parcel is not None and parcel.label is None and parcel.shipment_id:
        return parcel  # a person has entered the number of a label made elsewhere
    label = parcel.label if parcel else None
    if label is not None and label.state not in LOST:
        wanted = request_for(ret, units, label.account)
        if _same(label, stored(wanted)):
            return parcel  # type: ignore[return-value]
        withdraw(ret, at=at)
        parcel = None
    parcel = parcel or _new(ret, at)
    account = default_account("RETURN")
    try:
        if account is None:
            raise LabelError("No carrier account sells return labels.", permanent=True)
        parcel.label = request_label(
            store=ret.store,
            account=account,
            order=ret.order,
            purpose=purpose(ret, parcel.position),
            request=request_for(ret, units, account),
            at=at,
            by=by,
        )
    except LabelError as exc:
        _trouble(ret, parcel, f"No return label: {exc}", at)
        return parcel
    if ret.language:  # a gift is not printed in the buyer's
        asked = Label.objects.filter(pk=parcel.label.pk, state=Label.State.REQUESTED)
        asked.update(language=ret.language)
    parcel.problem = ""
    parcel.save(update_fields=["label", "problem"])
    _over(ret, at)
    return parcel


# What makes another label of it when it changes. What people may have typed at the seller's is left alone.
_COMPARED = ("from_", "to", "weight_g", "contents", "qr", "reference")


def _same(label: Label, wanted: dict[str, object]) -> bool:
    """Say whether a label is what would be asked for now. `wanted` as rows keep it, before JSON."""
    return all(_plain(label.wanted.get(name)) == _plain(wanted.get(name)) for name in _COMPARED)


def _plain(value: object) -> object:
    """Return a value as JSON would give it back."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _without_label(ret: Return, at: datetime) -> ReturnParcel:
    """Brought, collected, or sent by own means: nothing has to be made, and it may go at once."""
    parcel = current(ret)
    if parcel is not None and parcel.label is not None:
        withdraw(ret, at=at)
        parcel = None
    if parcel is not None and ret.state == State.LABEL_READY:
        return parcel
    parcel = parcel or _new(ret, at)
    _over(ret, at)
    _ready(ret, None, at)
    return parcel


def _new(ret: Return, at: datetime) -> ReturnParcel:
    last = ret.parcels.order_by("-position").values_list("position", flat=True).first() or 0
    return ReturnParcel.objects.create(ret=ret, position=last + 1, created_at=at)


def _ready(ret: Return, label: Label | None, at: datetime) -> None:
    """Say until when the parcel may be handed over, and that it may be."""
    last = at + timedelta(days=moves.settings_of(ret.store).label_days)
    ends = label.expires_at if label else None
    ret.expires_at = min(last, ends) if ends else last
    ret.expiry_told_at = None
    if ret.state == State.APPROVED:
        moves.advance(ret, State.LABEL_READY, at=at)
    else:
        moves.save(ret)


# --- trouble
def alert_key(ret: Return) -> str:
    """Name the alert about a return's label."""
    return f"return:{ret.pk}:label"


def _trouble(ret: Return, parcel: ReturnParcel, words: str, at: datetime) -> None:
    parcel.problem = words[:300]
    parcel.save(update_fields=["problem", "label"])
    alert(ret, alert_key(ret), f"Return {ret.number} has no label", words, at)


def alert(ret: Return, key: str, title: str, detail: str, at: datetime) -> None:
    """Tell staff about a return's parcel."""
    raise_alert(
        kind="returns.parcel", key=key, title=title, at=at, detail=detail, store=ret.store, subject=ret
    )


def _over(ret: Return, at: datetime) -> None:
    end_alert(key=alert_key(ret), at=at, why="It can be sent")


# --- taken back
@transaction.atomic
def take_back(return_id: int, *, at: datetime) -> None:
    """
    Cancel the labels of a return that will not be sent. What was handed in nevertheless is still heard of.
    Does nothing when the return lives again. Raises: Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.state in GIVEN_UP:
        withdraw(ret, at=at)
        _over(ret, at)


def withdraw(ret: Return, *, at: datetime) -> None:
    """
    Cancel the labels of a locked return's parcels that were not handed in; one that is being bought is
    cancelled when it has been.
    """
    for parcel in ret.parcels.exclude(problem=REPLACED).filter(first_scan_at=None).select_related("label"):
        if parcel.label is None and parcel.shipment_id is None:
            parcel.delete()  # nothing was made for it
            continue
        if parcel.label is not None:
            _cancel(parcel.label, at)
        if parcel.shipment_id:
            return_parcels.stop_asking(parcel.shipment_id)
        parcel.problem = REPLACED
        parcel.save(update_fields=["problem"])


def _cancel(label: Label, at: datetime) -> None:
    try:
        cancel_label(label_id=label.pk, at=at, by="returns")
    except CannotCancel:
        return  # it is used, was not bought, or is being bought: `bought` looks at it then


# --- what became of a label
@transaction.atomic
def bought(label_id: int, *, at: datetime) -> None:
    """
    A label can be printed: follow its parcel and tell the shopper. One that is not wanted any more is
    cancelled. Told twice it is once.
    """
    found = _of_label(label_id)
    if found is None:
        return
    ret, parcel, label = found
    wanted = parcel.problem != REPLACED and parcel.label_id == label.pk and ret.state not in GIVEN_UP
    if label.state != Label.State.BOUGHT and not label.is_ready:
        return  # cancelled since
    if parcel.label_id == label.pk and parcel.tracking_number == label.tracking_number:
        if not wanted:
            _cancel(label, at)
        return
    shipment = return_parcels.follow_return(order=ret.order, label=label, at=at, ask=wanted)
    if parcel.label_id == label.pk:
        parcel.shipment = shipment
        parcel.tracking_number, parcel.tracking_key = label.tracking_number, shipment.tracking_key
        parcel.problem = "" if wanted else parcel.problem
        parcel.save(update_fields=["shipment", "tracking_number", "tracking_key", "problem"])
    if not wanted:
        _cancel(label, at)
        return
    _over(ret, at)
    if ret.state in GETS_READY:
        _ready(ret, label, at)
    else:
        moves.save(ret)


@transaction.atomic
def not_bought(label_id: int, *, at: datetime) -> None:
    """A label was not bought, or was cancelled by somebody: where it is still needed, a person is told."""
    found = _of_label(label_id)
    if found is None:
        return
    ret, parcel, label = found
    if parcel.label_id != label.pk or parcel.problem == REPLACED or ret.state not in GETS_READY:
        return
    if label.state == Label.State.FAILED:
        _trouble(ret, parcel, f"No return label: {label.reason}", at)
    elif label.state == Label.State.CANCELLED:
        _trouble(ret, parcel, "Its return label was cancelled. Ask for another, or enter a number.", at)


def _of_label(label_id: int) -> tuple[Return, ReturnParcel, Label] | None:
    """Lock the return a label was asked for; None for labels of others. The label is read after the lock."""
    told = Label.objects.filter(pk=label_id).values_list("purpose", flat=True).first() or ""
    meant = PURPOSE.fullmatch(told)
    if meant is None or not Return.objects.filter(pk=int(meant[1])).exists():
        return None
    ret = moves.locked(int(meant[1]))
    parcel = ret.parcels.filter(position=int(meant[2])).first()
    return (ret, parcel, Label.objects.get(pk=label_id)) if parcel else None


# --- numbers that people enter
class NotEntered(ValueError):
    """A number that cannot be entered. `code`: over, label, malformed, outbound, taken."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@transaction.atomic
def enter_number(
    return_id: int, *, number: str, at: datetime, carrier: str = "", by: str = ""
) -> ReturnParcel:
    """
    Follow a return's parcel by a number that the shopper (method OWN) or staff (`by`, also where no label
    could be bought) have entered; a number entered before is forgotten.

    `carrier`: a code, '' to tell it from the number. Returns: the parcel. Raises: NotEntered in words;
    Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.kind != Kind.RETURN or ret.state not in GETS_READY:
        raise NotEntered("over", "The parcel of this return is not to be sent any more, or on its way.")
    parcel = current(ret)
    label = parcel.label if parcel else None
    if ret.method in WITH_LABEL and not by:
        raise NotEntered("label", "This return has a label of ours.")
    if label is not None and label.state not in LOST:
        raise NotEntered("label", "This return has a label. Cancel it first.")
    parcel = parcel or _new(ret, at)
    account = default_account("RETURN")
    try:
        shipment = return_parcels.follow_return(
            order=ret.order,
            number=number,
            carrier=carrier,
            origin=return_parcels.place_of(shipped_from(ret)),
            destination=return_parcels.place_of(shipped_to(ret, account)),
            at=at,
        )
    except return_parcels.NotANumber as exc:
        raise NotEntered(exc.code, str(exc)) from exc
    others = ReturnParcel.objects.filter(shipment=shipment).exclude(pk=parcel.pk)
    if others.exists():
        raise NotEntered("taken", "Another return has that number.")
    if parcel.shipment_id and parcel.shipment_id != shipment.pk:
        return_parcels.forget(parcel.shipment_id, at=at)
    parcel.label, parcel.shipment, parcel.problem = None, shipment, ""
    parcel.tracking_number, parcel.tracking_key = shipment.tracking_number, tracking_key(number)
    parcel.save()
    _over(ret, at)
    _ready(ret, None, at)
    return parcel
