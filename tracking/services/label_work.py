"""
The buying of labels: one step per claim, each step's outcome committed before the next begins.

asked for → made ready (price known, budget asked) → bought → documents fetched → (told before it expires).
A worker that dies between the seller's yes and our commit leaves BUYING with `started_at`: the next one looks
the purchase up before it does anything else.
"""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from config.lib import claims
from config.lib.money import Money
from customers.services.alerts import end_alert
from tracking.labels.base import BoughtLabel, LabelError, LabelRequest, Rate
from tracking.models import Label, Order
from tracking.services.label_cancelling import cancel
from tracking.services.label_papers import fetch_documents, keep, tell_of_expiry
from tracking.services.label_requests import purchase_of, restored, seller_of, stored_purchase
from tracking.services.label_steps import (
    PATIENCE,
    LostLease,
    attach,
    fail,
    hand_over,
    later,
    wait,
    write,
)
from tracking.services.labels import alert_key, not_wanted, over_budget

log = logging.getLogger(__name__)

BATCH = 20
# What slow sellers leave no time for is handed back, so that the last step ends well within the lease.
SECONDS = 15
MAX_DEATHS = 4
# How long an unknown outcome is looked up by machine.
WINDOW = timedelta(hours=1)
# How long after a call that was lost "there is none" can be believed of a seller who may buy twice.
QUIET = timedelta(minutes=2)
MAX_BUYS = 4
# Unused return labels end after this, where the seller says nothing.
RETURN_LIFE = timedelta(days=28)


def carry_out_due(*, at: datetime, limit: int = BATCH) -> int:
    """Take one step with each label that is due at `at`. Returns how many were claimed."""
    claimed = claims.claim(Label.objects.all(), at=at, limit=limit)
    end = time.monotonic() + SECONDS
    for label in claimed:
        if time.monotonic() > end:
            claims.settle(label, due_at=at, attempts=0)
            continue
        try:
            _step(label, at)
        except LostLease:
            log.warning("label %s: another worker took over", label.pk)
        except Exception as exc:
            log.exception("label %s: a step failed in a way nobody foresaw", label.pk)
            _unforeseen(label.pk, label.claim, exc, at)
    return len(claimed)


def _step(label: Label, at: datetime) -> None:
    """Do what is next. Raises: LostLease."""
    state = Label.State
    if label.attempts > MAX_DEATHS:
        hand_over(label, "The worker died on it several times.", at)
    elif label.state == state.REQUESTED:
        _prepare(label, at)
    elif label.state == state.BUYING and label.started_at is None:
        _buy(label, at)
    elif label.state in (state.BUYING, state.UNKNOWN):
        _look_up(label, at)
    elif label.state == state.CANCELLING:
        cancel(label, at)
    elif label.state == state.BOUGHT and label.ready_at is None:
        fetch_documents(label, at)
    elif label.state == state.BOUGHT:
        tell_of_expiry(label, at)
    else:
        claims.settle(label, due_at=None, attempts=0)


# --- getting ready
def _prepare(label: Label, at: datetime) -> None:
    request = restored(label.wanted)
    try:
        _still_wanted(label)
        prepared = seller_of(label.account).prepare(request, key=str(label.key), at=at)
    except LabelError as exc:
        _put_off_or_fail(label, exc, at)
        return
    rate = prepared.rate
    with transaction.atomic():
        refused = _dearer(request, rate) or over_budget(label, rate.amount_minor, rate.currency, at)
        if refused:
            fail(label, refused, at)
            return
        write(
            label,
            state=Label.State.BUYING,
            prepared=stored_purchase(prepared),
            service=rate.name[:120],
            cost_minor=rate.amount_minor,
            currency=rate.currency,
            tries=0,
            due_at=at,
        )


def _still_wanted(label: Label) -> None:
    """Raise LabelError (permanent) when the order of an outbound label was cancelled meanwhile."""
    if label.direction == Label.Direction.OUTBOUND and label.order_id:
        reason = not_wanted(Order.objects.get(pk=label.order_id))
        if reason:
            raise LabelError(reason, permanent=True)


def _dearer(request: LabelRequest, rate: Rate) -> str:
    """Return why a price is not the one that was agreed to, '' when it is, or is lower."""
    most = request.most_minor
    if most is None or (rate.currency == request.most_currency and rate.amount_minor <= most):
        return ""
    now, then = Money(rate.amount_minor, rate.currency), Money(most, request.most_currency)
    return f"It costs {now.format()} now, and {then.format()} was shown. Ask for the prices again."


def _put_off_or_fail(label: Label, exc: LabelError, at: datetime) -> None:
    """After a failure that certainly bought nothing: try again later, or give up."""
    if exc.permanent:
        fail(label, str(exc), at)
    elif at - label.created_at > PATIENCE:
        fail(label, f"Given up after a day. {exc}", at)
    else:
        write(
            label,
            due_at=later(label, exc, at),
            tries=label.tries + 1,
            started_at=None,
            last_error=claims.words(exc),
        )


# --- buying
def _buy(label: Label, at: datetime) -> None:
    """Write down that the seller is about to be told, commit, and tell it."""
    try:
        _still_wanted(label)
    except LabelError as exc:
        fail(label, str(exc), at)
        return
    held = Label.objects.filter(pk=label.pk, claim=label.claim)
    if not held.update(started_at=at):
        raise LostLease(label.pk)
    label.started_at = at
    request, prepared = restored(label.wanted), purchase_of(label)
    try:
        bought = seller_of(label.account).buy(request, key=str(label.key), prepared=prepared, at=at)
    except LabelError as exc:
        if exc.unknown:
            _unknown(label, exc, at)
        else:
            _put_off_or_fail(label, exc, at)
        return
    _record(label, bought, at)


def _unknown(label: Label, exc: LabelError, at: datetime) -> None:
    """Put down that nobody knows what became of it, and when to look; past the window a person looks."""
    since = label.unknown_since or at
    if at - since > WINDOW:
        hand_over(label, str(exc), at)
        return
    write(
        label,
        state=Label.State.UNKNOWN,
        unknown_since=since,
        due_at=later(label, exc, at),
        tries=label.tries + 1,
        last_error=claims.words(exc),
    )


def _look_up(label: Label, at: datetime) -> None:
    """Find out whether it was bought; buy again only what certainly was not."""
    request = restored(label.wanted)
    try:
        seller = seller_of(label.account)
        if not seller.finds:
            hand_over(label, f"{seller.label} cannot look purchases up.", at)
            return
        bought = seller.find(request, key=str(label.key), prepared=purchase_of(label), at=at)
    except LabelError as exc:
        if exc.permanent:
            hand_over(label, str(exc), at)
        else:
            _unknown(label, exc, at)
        return
    if bought is not None:
        _record(label, bought, at)
        return
    settled_down = (label.started_at or at) + QUIET
    if not seller.buys_once and settled_down > at:
        write(label, state=Label.State.UNKNOWN, unknown_since=label.unknown_since or at, due_at=settled_down)
    elif label.tries >= MAX_BUYS:
        fail(label, f"{seller.label} did not sell it, and it was tried {label.tries} times.", at)
    else:
        write(label, state=Label.State.BUYING, started_at=None, due_at=at, tries=label.tries + 1)


def _record(label: Label, bought: BoughtLabel, at: datetime) -> None:
    """Write down a purchase, and make its parcel, in one transaction. Raises: LostLease."""
    ends = bought.expires_at
    if ends is None and label.direction == Label.Direction.RETURN:
        ends = at + RETURN_LIFE
    with transaction.atomic():
        write(
            label,
            state=Label.State.BOUGHT,
            external_id=bought.external_id[:120],
            tracking_number=" ".join(bought.tracking_number.split())[:80],
            tracking_url=bought.tracking_url[:500],
            carrier=bought.carrier[:40],
            carrier_name=bought.carrier_name[:120],
            service=bought.service[:120] or label.service,
            cost_minor=bought.cost_minor,
            currency=bought.currency or label.currency,
            kinds=[kind.value for kind in bought.kinds],
            links=dict(bought.links),
            qr_payload=bought.qr_payload[:500],
            bought_at=at,
            expires_at=ends,
            unknown_since=None,
            reason="",
            tries=0,
            due_at=at,
        )
        keep(label, bought.files, at)
        attach(label, at)
        end_alert(key=alert_key(label), at=at, why="It was bought")


def _unforeseen(pk: int, claim: uuid.UUID | None, exc: Exception, at: datetime) -> None:
    """After a step failed in no known way: nothing is known when the seller had been told."""
    # As it stands in the database: what the failed step had changed in memory was rolled back.
    label = Label.objects.filter(pk=pk, claim=claim).first()
    if label is None:
        return
    error = LabelError(f"The answer could not be taken in ({type(exc).__name__}).")
    act: Callable[[Label, LabelError, datetime], None] = _put_off_or_fail
    if label.state in (Label.State.BUYING, Label.State.UNKNOWN) and label.started_at is not None:
        act = _unknown
    elif label.state in (Label.State.BOUGHT, Label.State.CANCELLING):
        act = wait
    try:
        act(label, error, at)
    except LostLease:
        log.warning("label %s: another worker took over", label.pk)
