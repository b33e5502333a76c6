"""Labels: ask for one, cancel one, settle what no machine can. The buying is done in label_work.py."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum

from config.lib.money import BadMoney, minor
from customers import outbox
from customers.models import Store
from customers.services.alerts import end_alert
from customers.worker import wake
from tracking import events
from tracking.labels.base import LabelError, LabelRequest, check
from tracking.models import CarrierAccount, Label, LabelDocument, Order
from tracking.services.label_requests import seller_of, stored

# A cost attack must not empty an account: an account sells so many labels to a store in 24 hours.
PER_DAY = 300
DAY = timedelta(hours=24)
OVER = (Label.State.FAILED, Label.State.CANCELLED)


class LabelRefused(LabelError):
    """A label that will not be asked for; the message says why, in words for staff."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


class CannotCancel(ValueError):
    """A label that cannot be cancelled (any more); the message says why, in words for staff."""


class NotWaiting(ValueError):
    """A label that is not waiting for a person's decision."""


# --- asking
@transaction.atomic
def request_label(
    *,
    store: Store,
    account: CarrierAccount,
    purpose: str,
    request: LabelRequest,
    at: datetime,
    order: Order | None = None,
    packing: Sequence[tuple[str, int]] = (),
    by: str = "",
) -> Label:
    """
    Ask for a label; a worker buys it at once. The same `purpose` told twice is one label, until that one has
    failed or was cancelled.

    `request.is_return` decides the direction; its addresses are where the parcel really starts and goes.
    `packing`: (the shop's id of an order line, how many) in an outbound parcel. Returns: the label, perhaps
    an earlier one. Raises: LabelError (permanent) in words for staff: bad address, no such seller, the day's
    limit.
    """
    known = _living(purpose).first()
    if known is not None:
        return known
    if order is not None and not request.is_return and not_wanted(order):
        raise LabelRefused(not_wanted(order))
    seller = seller_of(account)
    check(request)
    if request.qr and not seller.offers_qr:
        raise LabelRefused(f"{seller.label} has no codes for handing in without a printer.")
    _within_limit(account, store, at)
    try:
        with transaction.atomic():
            label = Label.objects.create(
                purpose=purpose,
                store=store,
                order=order,
                account=account,
                direction=Label.Direction.RETURN if request.is_return else Label.Direction.OUTBOUND,
                reference=request.reference[:80],
                wanted=stored(request),
                packing=[list(entry) for entry in packing],
                language=(order.language if order else "") or store.language,
                requested_by=by[:160],
                created_at=at,
                due_at=at,
            )
    except IntegrityError:  # asked for at this very moment by somebody else
        return _living(purpose).get()
    wake("label")
    return label


def not_wanted(order: Order) -> str:
    """Return why no parcel of an order may leave any more, '' when one may."""
    if order.cancelled_at:
        return f"Order {order.number} was cancelled: no parcel of it may leave."
    return f"The shop deleted order {order.number}: no parcel of it may leave." if order.removed_at else ""


def _living(purpose: str) -> QuerySet[Label]:
    return Label.objects.filter(purpose=purpose).exclude(state__in=OVER)


def _within_limit(account: CarrierAccount, store: Store, at: datetime) -> None:
    """Count the day's labels, one asker at a time. Raises: LabelRefused."""
    locked = CarrierAccount.objects.select_for_update().get(pk=account.pk)
    most = locked.config.get("labels_per_day", PER_DAY)
    most = most if isinstance(most, int) and not isinstance(most, bool) else PER_DAY
    asked = Label.objects.filter(account=account, store=store, created_at__gt=at - DAY)
    if asked.exclude(state=Label.State.FAILED).count() >= most:
        raise LabelRefused(
            f"{account} has sold {most} labels to {store} within 24 hours, which is its limit. "
            "It can be raised in the account's settings (labels_per_day)."
        )


def over_budget(label: Label, cost_minor: int, currency: str, at: datetime) -> str:
    """
    Return why a label must not be bought at this price now, '' when it may: the account's
    `labels_spend_per_day` (an amount such as "250.00") counts what was spent for a store in 24 hours in the
    same currency. Call it in the transaction that decides; it locks the account.
    """
    account = CarrierAccount.objects.select_for_update().get(pk=label.account_id)
    told = account.config.get("labels_spend_per_day")
    if told in (None, ""):
        return ""
    try:
        most = minor(str(told), currency)
    except BadMoney:
        return "The account's labels_spend_per_day is not an amount."
    others = Label.objects.filter(account=account, store=label.store_id, currency=currency)
    counted = others.filter(created_at__gt=at - DAY).exclude(pk=label.pk).exclude(state=Label.State.FAILED)
    spent = counted.aggregate(sum=Sum("cost_minor"))["sum"] or 0
    if spent + cost_minor <= most:
        return ""
    return f"It would spend more than {told} {currency} within 24 hours, which is the account's limit."


# --- cancelling
@transaction.atomic
def cancel_label(*, label_id: int, at: datetime, by: str = "") -> Label:
    """
    Have a label cancelled; a worker asks the seller for the money back. One that was not bought yet ends
    here.

    Returns: the label. Cancelling twice is once. Raises: Label.DoesNotExist; CannotCancel.
    """
    label = _locked(label_id)
    if label.state in (Label.State.CANCELLING, Label.State.CANCELLED):
        return label
    if label.state == Label.State.REQUESTED:
        # A worker may be asking for prices: it loses its claim, and nothing was bought.
        label.state, label.cancelled_at, label.due_at, label.claim = Label.State.CANCELLED, at, None, None
        label.reason = f"Cancelled before it was bought{f' ({by})' if by else ''}"
        label.save()
        announce(label, events.LABEL_CANCELLED, at)
        return label
    if label.state != Label.State.BOUGHT:
        raise CannotCancel(
            "it was not bought"
            if label.state == Label.State.FAILED
            else "it is being bought: wait until it is known what became of it"
        )
    if label.used_at or (label.shipment and label.shipment.shipped_at):
        raise CannotCancel("the carrier has the parcel: its label is used")
    label.state, label.cancel_asked_at, label.due_at, label.claim = Label.State.CANCELLING, at, at, None
    label.reason, label.tries = "", 0
    label.save()
    wake("label")
    return label


@transaction.atomic
def mark_used(*, label_id: int, at: datetime) -> bool:
    """Note that a label's parcel was handed in: it expires no more. Returns whether that was new."""
    return bool(Label.objects.filter(pk=label_id, used_at=None).update(used_at=at))


# --- what a person decides
@transaction.atomic
def look_up_again(*, label_id: int, at: datetime) -> Label:
    """Have a worker find out again what became of a label. Raises: Label.DoesNotExist; NotWaiting."""
    label = _locked(label_id)
    if not label.waits_for_a_person:
        raise NotWaiting("it does not wait for anybody")
    label.due_at, label.tries, label.unknown_since = at, 0, at
    label.save(update_fields=["due_at", "tries", "unknown_since"])
    wake("label")
    return label


@transaction.atomic
def settle_as_not_bought(*, label_id: int, at: datetime, by: str) -> Label:
    """
    Write down that a label was not bought, because a person looked at the seller's. Another can be asked for
    then. Returns: the label, FAILED. Raises: Label.DoesNotExist; NotWaiting.
    """
    label = _locked(label_id)
    if label.state != Label.State.UNKNOWN or not label.waits_for_a_person:
        raise NotWaiting("only one that waits for a decision can be settled by hand")
    label.state, label.due_at, label.reason = Label.State.FAILED, None, f"Not bought, says {by}"[:500]
    label.save()
    announce(label, events.LABEL_FAILED, at)
    end_alert(key=alert_key(label), at=at, why=f"Settled by {by}")
    return label


@transaction.atomic
def settle_as_cancelled(*, label_id: int, at: datetime, by: str) -> Label:
    """
    Write down that the money for a label came back, because a person looked at the seller's. Raises:
    Label.DoesNotExist; NotWaiting.
    """
    label = _locked(label_id)
    if label.state != Label.State.CANCELLING or not label.waits_for_a_person:
        raise NotWaiting("only one that waits for a decision can be settled by hand")
    label.state, label.cancelled_at = Label.State.CANCELLED, at
    label.reason = f"Cancelled, says {by}"[:500]
    label.save()
    announce(label, events.LABEL_CANCELLED, at)
    end_alert(key=alert_key(label), at=at, why=f"Settled by {by}")
    return label


@transaction.atomic
def fetch_again(*, label_id: int, at: datetime) -> Label:
    """
    Have the documents of a bought label fetched that are not here. Raises: Label.DoesNotExist; NotWaiting.
    """
    label = _locked(label_id)
    if label.state != Label.State.BOUGHT or (label.ready_at is None and label.due_at is not None):
        raise NotWaiting("there is nothing to be fetched")
    # A try that is not the first asks the seller for new links.
    label.ready_at, label.due_at, label.tries, label.claim = None, at, 1, None
    label.save(update_fields=["ready_at", "due_at", "tries", "claim"])
    wake("label")
    return label


# --- reading
def document(*, label: Label, kind: str) -> LabelDocument | None:
    """
    Return a document of a label that can be printed, None when there is none of that kind (yet).

    `kind`: a value of tracking.labels.base.Kind; "pdf" is the A4 page where there is one, else the 4 × 6
    label, as a shopper with an ordinary printer wants it.
    """
    if not label.is_ready:
        return None
    kinds = ("a4", "4x6", "qr-page") if kind == "pdf" else (kind,)
    found = {row.kind: row for row in label.documents.filter(kind__in=kinds)}
    return next((found[one] for one in kinds if one in found), None)


# --- shared with label_work.py
def alert_key(label: Label) -> str:
    """Name the alert about a label."""
    return f"label:{label.pk}"


def announce(label: Label, kind: str, at: datetime, **more: Any) -> None:
    """Publish what happened to a label, in the caller's transaction."""
    outbox.publish(
        kind,
        key=f"label:{label.pk}:{kind.rpartition('.')[2]}",
        occurred_at=at,
        store=label.store,
        customer=label.order.customer if label.order else None,
        # An order's story tells it; one without an order is about the label.
        subject=label.order or label,
        data={
            "label_id": label.pk,
            "order_id": label.order_id,
            "shipment_id": label.shipment_id,
            "direction": label.direction,
            "purpose": label.purpose,
            "reference": label.reference,
            **more,
        },
    )


def _locked(label_id: int) -> Label:
    rows = Label.objects.select_for_update(of=("self",))
    return rows.select_related("store", "order__customer", "shipment").get(pk=label_id)
