"""
Parcels on their way back to the store: followed like any other (asked about, pushed, folded), but no parcel
of their order. They change neither its state nor a window or promise, and tell only RETURN_PARCEL_MOVED.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from tracking.carriers import detect
from tracking.fold import FINAL
from tracking.labels.base import Party
from tracking.models import Label, Order, Shipment
from tracking.services.label_requests import restored
from tracking.services.missing import release
from tracking.services.shipments import account_for, parcel_waits_for, tracking_key, watch

# Letters and digits of a number that can be somebody's; shorter ones are slips of the pen.
SHORTEST, LONGEST = 6, 60


class NotANumber(ValueError):
    """What was given cannot be the number of a parcel that comes back; `code` says why."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code  # malformed, outbound, taken


@transaction.atomic
def follow_return(
    *,
    order: Order,
    at: datetime,
    label: Label | None = None,
    number: str = "",
    carrier: str = "",
    carrier_name: str = "",
    origin: Mapping[str, str] | None = None,
    destination: Mapping[str, str] | None = None,
    ask: bool = True,
) -> Shipment:
    """
    Follow a parcel that comes back for `order`: the one a bought return `label` is on, or the one with
    `number` (of `carrier`, a code, or told from the number). Told twice it is one parcel.

    `origin`, `destination`: city, region, country, postcode; a label knows its own. `ask` False: it is
    listened to, but no carrier is asked. Returns: the parcel. Raises: NotANumber for a number nobody can
    have, that of a parcel to a shopper, or of another customer's return.
    """
    order = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
    told = number.strip() if label is None else label.tracking_number
    key = tracking_key(told)
    if label is None:
        _check(order, key)
    row = order.shipments.select_for_update(of=("self",)).filter(is_return=True, tracking_key=key).first()
    if row is None:
        row = Shipment(
            order=order,
            is_return=True,
            fulfillment_external_id=f"back:{key}"[:64],
            tracking_number=told[:80],
            tracking_key=key,
            handed_over_at=(label.bought_at if label else None) or at,
        )
    row.order, row.replaced_at = order, None
    _describe(row, label, carrier, carrier_name)
    if label is not None:
        request = restored(label.wanted)
        origin, destination = place_of(request.from_), place_of(request.to)
    row.origin = dict(origin or row.origin)
    row.destination = dict(destination or row.destination)
    row.account = row.account or account_for(row.carrier)
    if ask and row.status not in FINAL:
        watch(row, at=at)
    row.save()
    release([parcel_waits_for(key)], at=at)
    return row


def _check(order: Order, key: str) -> None:
    """Refuse numbers that would let another parcel's scans stand for this return. Raises: NotANumber."""
    if not SHORTEST <= len(key) <= LONGEST or not any(char.isdigit() for char in key):
        raise NotANumber("malformed", "That is not a tracking number.")
    same = Shipment.objects.filter(tracking_key=key)
    if same.filter(is_return=False).exists():
        raise NotANumber("outbound", "That is the number of a parcel that was sent to a shopper.")
    others = same.filter(is_return=True).exclude(order=order.pk)
    # One person may send the goods of two orders in one parcel.
    if order.customer_id is not None:
        others = others.exclude(order__customer=order.customer_id)
    if others.exists():
        raise NotANumber("taken", "Another return has that number.")


def _describe(row: Shipment, label: Label | None, carrier: str, carrier_name: str) -> None:
    """Write down who carries the parcel, as far as is known."""
    number = row.tracking_number
    if label is not None:
        carrier, carrier_name = label.carrier, label.carrier_name
        row.service = label.service or row.service
        row.tracking_url = label.tracking_url or row.tracking_url
    code = carrier or detect.code_for(carrier_name, number) or row.carrier
    if code != row.carrier:
        row.account = None
    row.carrier, row.carrier_name = code, carrier_name or row.carrier_name
    row.tracking_url = row.tracking_url or detect.tracking_url(code, number)


@transaction.atomic
def stop_asking(shipment_id: int) -> None:
    """Have no carrier asked about a return parcel any more; what is pushed still counts."""
    Shipment.objects.filter(pk=shipment_id, is_return=True).update(due_at=None, claim=None)


@transaction.atomic
def forget(shipment_id: int, *, at: datetime) -> None:
    """Listen no more to a return parcel: its number was a mistake."""
    rows = Shipment.objects.filter(pk=shipment_id, is_return=True, replaced_at=None)
    rows.update(replaced_at=at, due_at=None, claim=None)


def place_of(party: Party) -> dict[str, str]:
    """Return where an address is, as parcels keep it."""
    return {
        "city": party.city,
        "region": party.region,
        "country": party.country.upper(),
        "postcode": party.postcode,
    }
