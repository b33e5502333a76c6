"""Cancelling a label: the seller is asked once, and asked how it stands until the carrier has decided."""

from datetime import datetime, timedelta

from django.db import transaction

from config.lib import claims
from customers.services.alerts import end_alert
from tracking import events
from tracking.labels.base import Cancellation, Cancelling, LabelError
from tracking.models import Label
from tracking.services.label_requests import bought_of, seller_of
from tracking.services.label_steps import (
    PATIENCE,
    LostLease,
    alert,
    attach,
    hand_over,
    later,
    write,
)
from tracking.services.labels import alert_key, announce

# Carriers decide about cancellations within 30 days.
ASK_EVERY = timedelta(hours=12)
BEAR_WITH = timedelta(days=35)


def cancel(label: Label, at: datetime) -> None:
    """
    Take the next step with a label that is to be cancelled. What the seller may have been told is looked up
    before it is told again. Raises: LostLease.
    """
    bought, sent = bought_of(label), label.cancel_sent_at is not None
    try:
        seller = seller_of(label.account)
        answer = seller.cancellation(bought, at=at) if sent and seller.finds else None
        if answer is None and sent and not seller.finds:
            hand_over(label, f"{seller.label} cannot look cancellations up.", at)
            return
    except LabelError as exc:
        if sent and exc.permanent:  # what could not be looked up was not refused
            hand_over(label, str(exc), at)
        else:
            _failed(label, exc, at, asked=False)
        return
    if answer is None:
        held = Label.objects.filter(pk=label.pk, claim=label.claim)
        if not held.update(cancel_sent_at=at):
            raise LostLease(label.pk)
        label.cancel_sent_at = at
        try:
            answer = seller.cancel(bought, at=at)
        except LabelError as exc:
            _failed(label, exc, at)
            return
    _take(label, answer, at)


def _failed(label: Label, exc: LabelError, at: datetime, *, asked: bool = True) -> None:
    """After a failed call: `asked`, it was to cancel; else to find out how a cancellation stands."""
    if exc.permanent and not exc.unknown:
        _take(label, Cancellation(Cancelling.REJECTED, str(exc)), at)
    elif at - (label.cancel_asked_at or at) > PATIENCE:
        hand_over(label, str(exc), at)
    else:
        # Told for certain that it was not done: there is nothing to look up.
        sent = label.cancel_sent_at if exc.unknown or not asked else None
        write(
            label,
            due_at=later(label, exc, at),
            tries=label.tries + 1,
            cancel_sent_at=sent,
            last_error=claims.words(exc),
        )


def _take(label: Label, answer: Cancellation, at: datetime) -> None:
    """Write down what the seller says. The parcel is set aside as soon as the request is in."""
    if answer.state == Cancelling.REJECTED:
        _refused(label, answer.words, at)
        return
    if answer.state == Cancelling.PENDING and at - (label.cancel_asked_at or at) > BEAR_WITH:
        hand_over(label, "The carrier has not decided about the cancellation.", at)
        return
    with transaction.atomic():
        if answer.state == Cancelling.PENDING:
            write(label, due_at=at + ASK_EVERY, tries=0, reason="The carrier has not decided yet")
            attach(label, at, cancelled=True)
            return
        write(label, state=Label.State.CANCELLED, cancelled_at=at, due_at=None, reason="")
        attach(label, at, cancelled=True)
        announce(label, events.LABEL_CANCELLED, at)
        end_alert(key=alert_key(label), at=at, why="It was cancelled")


def _refused(label: Label, words: str, at: datetime) -> None:
    """The label is paid for and stays good: its parcel comes back."""
    with transaction.atomic():
        write(
            label,
            state=Label.State.BOUGHT,
            cancel_asked_at=None,
            cancel_sent_at=None,
            reason=f"Not cancelled: {words or 'the seller refused'}"[:500],
            tries=0,
            due_at=at,
        )
        attach(label, at)
        alert(label, "A label was not taken back", at, words)
