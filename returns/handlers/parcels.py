"""Reactions of a return's parcels to what becomes of the return, of labels, and on the way."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import Event
from returns import events as ours
from returns.services import on_the_way, parcels
from tracking import events as theirs

GOES_ON = (ours.APPROVED, ours.CHANGED)
ENDS = (ours.CANCELLED, ours.REJECTED, ours.EXPIRED)


def look_after_parcels(events: Sequence[Event], *, at: datetime) -> None:
    """
    Ask for labels of what was approved or changed, take them back from what will not be sent, and let returns
    be where their parcels are. Each service looks at what is true now: facts may come twice and in any order.
    """
    for event in events:
        data = event.data
        if event.kind in GOES_ON:
            parcels.prepare(data["return_id"], at=at)
        elif event.kind in ENDS:
            parcels.take_back(data["return_id"], at=at)
        elif event.kind == theirs.LABEL_BOUGHT:
            parcels.bought(data["label_id"], at=at)
        elif event.kind in (theirs.LABEL_FAILED, theirs.LABEL_CANCELLED):
            parcels.not_bought(data["label_id"], at=at)
        elif event.kind == theirs.RETURN_PARCEL_MOVED:
            on_the_way.moved(
                data["shipment_id"],
                status=data["status"],
                occurred_at=event.occurred_at,
                at=at,
            )
