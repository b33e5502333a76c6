"""
Who speaks for a parcel that several tell of: the shop, our own label, a partner, a file.

A label we bought becomes a parcel at once; the shop then tells of its own hand-over with the same number.
That is one parcel and has one row: the strongest who names a number in an order speaks for it. Where the shop
no longer does, a parcel with a label that is still bought stays, as the label's. Whatever the order in which
all this is told, the same parcels are current.
"""

import re
from collections.abc import Collection, Iterable
from datetime import datetime

from tracking.models import Label, Order, Shipment

# How hand-overs are called that no shop made; weakest first. Every other id is the shop's own.
LABEL = "label:"
OURS = ("file:", "number:", LABEL)


def tracking_key(number: str) -> str:
    """Return a tracking number as it is compared: letters and digits only, upper case."""
    return re.sub(r"[^0-9A-Za-z]", "", number).upper()


def strength(external_id: str) -> int:
    """Return how much the word of a hand-over with this id counts; the shop's counts most."""
    return next((place for place, begins in enumerate(OURS) if external_id.startswith(begins)), len(OURS))


def spoken_for(order: Order, external_id: str, keys: Collection[str]) -> list[Shipment]:
    """
    Return the current parcels with one of these tracking keys that somebody stronger speaks for. The caller
    holds the order's lock.
    """
    mine = strength(external_id)
    if mine == len(OURS) or not keys:
        return []
    rows = order.shipments.current().select_for_update(of=("self",)).filter(tracking_key__in=keys)
    found = [row for row in rows.order_by("pk") if strength(row.fulfillment_external_id) > mine]
    return sorted(found, key=lambda row: -strength(row.fulfillment_external_id))[:1]


def adopt(order: Order, external_id: str, known: Iterable[Shipment], keys: Iterable[str]) -> list[Shipment]:
    """
    Give a hand-over the parcels that weaker ones told of with the same tracking keys; the caller saves them.

    `known` are its own already. Returns: those taken over. The caller holds the order's lock.
    """
    mine, own = strength(external_id), {parcel.tracking_key: parcel for parcel in known}
    wanted = {key for key in keys if key}
    if not mine or not wanted:
        return []
    rows = order.shipments.select_for_update(of=("self",)).filter(tracking_key__in=wanted, is_return=False)
    taken: dict[str, Shipment] = {}
    # A current one before one that was set aside.
    for row in sorted(rows, key=lambda row: (row.replaced_at is not None, row.pk)):
        if strength(row.fulfillment_external_id) >= mine or row.tracking_key in taken:
            continue
        if row.tracking_key in own:
            _stand_back(row, own[row.tracking_key])
            continue
        row.fulfillment_external_id = external_id
        taken[row.tracking_key] = row
    return list(taken.values())


def _stand_back(row: Shipment, other: Shipment) -> None:
    """Set a parcel aside for another with the same number, which is its label's from now on."""
    if row.replaced_at is None:
        row.replaced_at, row.due_at = other.replaced_at or row.updated_at, None
        row.save()
    Label.objects.filter(shipment=row).update(shipment=other)


def with_labels(order: Order) -> dict[str, Label]:
    """Return the labels we bought for parcels of an order, by tracking key, bought ones before cancelled."""
    rows = Label.objects.filter(order=order, direction=Label.Direction.OUTBOUND, bought_at__isnull=False)
    found: dict[str, Label] = {}
    for label in sorted(rows.order_by("pk"), key=lambda label: label.state != Label.State.BOUGHT):
        found.setdefault(tracking_key(label.tracking_number), label)
    return {key: label for key, label in found.items() if key}


def leave_to_label(parcel: Shipment, labels: dict[str, Label], at: datetime) -> bool:
    """
    Leave a parcel that its shop does not name any more to the label on it, and save it. Returns whether there
    is such a label; without one nothing is done.
    """
    label = labels.get(parcel.tracking_key)
    name = f"{LABEL}{label.pk}" if label else ""
    if label is None or parcel.fulfillment_external_id == name or label.state != Label.State.BOUGHT:
        return False
    same = Shipment.objects.filter(order=parcel.order_id, tracking_key=parcel.tracking_key, is_return=False)
    if same.filter(fulfillment_external_id=name).exists():
        return False
    others = same.current().exclude(pk=parcel.pk)
    parcel.fulfillment_external_id, parcel.source_version, parcel.position = name, "", 0
    parcel.packing = {str(line): int(count) for line, count in label.packing}
    parcel.replaced_at = at if others.exists() else None
    parcel.due_at = None if parcel.replaced_at else parcel.due_at
    parcel.save()
    Label.objects.filter(pk=label.pk).update(shipment=parcel)
    return True
