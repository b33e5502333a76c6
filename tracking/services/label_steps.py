"""
What the steps in a label's life share: how an outcome is written down, when to try again, when a person has
to decide, and the parcel a label is on.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from config.lib import claims
from customers.services.alerts import end_alert, raise_alert
from tracking import events
from tracking.carriers.base import Place
from tracking.labels.base import LabelError, Party
from tracking.models import Label
from tracking.services.label_requests import restored
from tracking.services.labels import alert_key, announce
from tracking.services.shipments import record_fulfillment
from tracking.shops.base import FulfillmentData
from tracking.versions import version

FIRST_RETRY = timedelta(seconds=20)
# How long passing trouble is borne before a label that was certainly not bought is given up.
PATIENCE = timedelta(hours=24)


class LostLease(Exception):
    """Another worker took over; what this one was about to write is rolled back."""


def write(label: Label, **changes: Any) -> None:
    """Settle the claim with `changes`, on the row and on `label`. Raises: LostLease when it was lost."""
    changes = {"attempts": 0, "last_error": "", **changes}
    if not claims.settle(label, **changes):
        raise LostLease(label.pk)
    for name, value in changes.items():
        setattr(label, name, value)


def later(label: Label, exc: LabelError, at: datetime) -> datetime:
    """Return when to try again: after what the seller asked for, or longer the more often it failed."""
    soonest = claims.backoff(label.tries + 1, at=at, first=FIRST_RETRY)
    return max(soonest, at + timedelta(seconds=exc.retry_after)) if exc.retry_after else soonest


def fail(label: Label, reason: str, at: datetime) -> None:
    """Write down that a label was certainly not bought and will not be. Raises: LostLease."""
    with transaction.atomic():
        write(label, state=Label.State.FAILED, reason=reason[:500], due_at=None)
        announce(label, events.LABEL_FAILED, at)
        end_alert(key=alert_key(label), at=at, why="It was not bought")


def wait(label: Label, exc: LabelError, at: datetime) -> None:
    """Try again later with a label that was bought; after a day a person looks."""
    since = label.cancel_asked_at or label.bought_at or at
    if at - since > PATIENCE:
        hand_over(label, str(exc), at)
    else:
        write(label, due_at=later(label, exc, at), tries=label.tries + 1, last_error=claims.words(exc))


# --- a person's turn
def hand_over(label: Label, why: str, at: datetime) -> None:
    """Leave a label to a person: no machine can know, or may decide."""
    if label.state == Label.State.REQUESTED or (
        label.state == Label.State.BUYING and label.started_at is None
    ):
        fail(label, why, at)
        return
    cancelling, bought = label.state == Label.State.CANCELLING, label.state == Label.State.BOUGHT
    state = label.state if cancelling or bought else Label.State.UNKNOWN
    title = (
        "Nobody knows whether a label was cancelled"
        if cancelling
        else "The documents of a label could not be had"
        if bought
        else "Nobody knows whether a label was bought"
    )
    with transaction.atomic():
        write(label, state=state, due_at=None, reason=why[:500])
        alert(label, title, at, why)


def alert(label: Label, title: str, at: datetime, detail: str) -> None:
    """Tell staff about a label."""
    raise_alert(
        kind="tracking.label",
        key=alert_key(label),
        title=f"{title}: {label.account}, {label.reference or label.purpose}",
        at=at,
        detail=detail,
        store=label.store,
        subject=label,
    )


# --- the parcel
def attach(label: Label, at: datetime, *, cancelled: bool = False) -> None:
    """
    Make the parcel an outbound label is on, like any other hand-over; or set it aside. In the caller's
    transaction.
    """
    if label.direction != Label.Direction.OUTBOUND or label.order is None:
        return
    request = restored(label.wanted)
    data = FulfillmentData(
        external_id=f"label:{label.pk}",
        order_external_id=label.order.external_id,
        version=version(at, f"{label.tracking_number}:{cancelled}", rank=int(cancelled)),
        lines=tuple((str(line), int(count)) for line, count in label.packing),
        tracking_numbers=(label.tracking_number,),
        tracking_urls=(label.tracking_url,),
        carrier=label.carrier,
        carrier_name=label.carrier_name,
        service=label.service,
        created_at=label.bought_at or at,
        cancelled=cancelled,
        origin=_place(request.from_),
        destination=_place(request.to),
    )
    made = record_fulfillment(store=label.store, data=data, at=at)
    if made:
        label.shipment = made[0]
        Label.objects.filter(pk=label.pk).update(shipment=made[0])


def _place(party: Party) -> Place:
    return Place(party.city, party.region, party.country.upper(), party.postcode)
