"""What tests of return parcels share: returns as rows, the worker that hands facts on and buys labels."""

from datetime import timedelta

from django.db import transaction

from customers import outbox
from customers.models import Delivery, Event
from returns.models import Return, ReturnParcel, ReturnUnit
from returns.services import moves
from returns.vocabulary import Outcome, Reason, State
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, VariantFactory
from tests.tracking.labelling import account, work
from tracking.carriers.base import ParcelData, Place, ScanData
from tracking.models import CarrierAccount, Label, Order
from tracking.services.scans import record_parcel
from tracking.vocabulary import Status

SENDER = {
    "name": "Harbour & Pine",
    "lines": ["1 Dock Street"],
    "city": "Portland",
    "region": "ME",
    "postcode": "04101",
    "country": "US",
}
LATER = NOON + timedelta(minutes=10)


def seller(**config) -> CarrierAccount:
    """Return the play account that sells return labels, and knows where the store is."""
    return account(config={"sender": SENDER} | config)


def order(quantity=2, **fields) -> Order:
    """Return an order of lanterns that weigh 700 g each."""
    made = OrderFactory(**fields)
    variant = VariantFactory(product__store=made.store, weight_g=700)
    OrderLineFactory(order=made, quantity=quantity, product=variant.product, variant=variant)
    return made


def returned(made=None, *, approve=True, units=1, **fields) -> Return:
    """Return a return of the first `units` of an order's first line, approved unless told otherwise."""
    made = made or order()
    ret = Return.objects.create(
        store=made.store,
        order=made,
        customer=made.customer,
        currency=made.currency,
        requested_at=fields.pop("requested_at", NOON),
        **fields,
    )
    line = made.lines.earliest("pk")
    for index in range(units):
        ReturnUnit.objects.create(
            ret=ret,
            line=line,
            index=index,
            variant=line.variant,
            reason=Reason.UNWANTED,
            outcome=Outcome.REFUND,
            value_minor=4800,
        )
    if approve:
        go(ret, State.APPROVED)
    return ret


def go(ret, state, at=NOON) -> Return:
    """Move a return as its services do, in a transaction of its own."""
    with transaction.atomic():
        moves.advance(moves.locked(ret.pk), state, at=at)
    ret.refresh_from_db()
    return ret


def hand_on(at=NOON) -> None:
    """Bring facts to their handlers until these have nothing more to say."""
    for _ in range(10):
        waiting = Delivery.objects.filter(state=Delivery.State.WAITING, handler="returns.parcels")
        if not waiting.update(due_at=at):
            return
        outbox.deliver_due(at=at)
    raise AssertionError("it does not come to rest")


def everything(ret, at=NOON) -> Return:
    """Be all workers until nothing is due."""
    for _ in range(3):
        hand_on(at)
        work(at)
    hand_on(at)
    ret.refresh_from_db()
    return ret


def ready(ret=None, at=NOON, **fields) -> Return:
    """Return one with its label in the shopper's hands."""
    if not CarrierAccount.objects.filter(carrier="sandbox").exists():
        seller()
    return everything(ret or returned(**fields), at)


def parcel(ret) -> ReturnParcel:
    return ret.parcels.latest("position")


def label(ret) -> Label:
    return Label.objects.get(return_parcel__ret=ret, return_parcel=parcel(ret))


def scanned(ret, *statuses, hours=1, at=None) -> None:
    """Let the carrier say something of the newest parcel, an hour apart from `hours` on, and hand it on."""
    number = parcel(ret).tracking_number
    scans = tuple(
        ScanData(Status(status), at=NOON + timedelta(hours=hours + n), place=Place("Reno", "NV", "US"))
        for n, status in enumerate(statuses)
    )
    at = at or NOON + timedelta(hours=hours + len(statuses))
    record_parcel(data=ParcelData(number, scans), source="sandbox", at=at)
    hand_on(at)
    ret.refresh_from_db()


def told(kind) -> int:
    return Event.objects.filter(kind=kind).count()


def changed(ret, at=LATER, **fields) -> Return:
    """As the shopper's change leaves it."""
    Return.objects.filter(pk=ret.pk).update(**fields)
    with transaction.atomic():
        moves.tell(moves.locked(ret.pk), "returns.return.changed", f"changed:{len(fields)}{at}", at=at)
    return everything(ret, at)
