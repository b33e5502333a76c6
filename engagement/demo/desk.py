"""
What stands on the desks of the sample stores' staff: flags and an incident, alerts somebody has taken or put
off, a label that was bought, a file that was imported. All of it through the services that live ones use.
"""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

from customers.models import Alert, AlertRoute, Store, User
from customers.services.alerts import snooze_alert, take_alert
from engagement.demo import files
from engagement.demo.catalogue import HARBOUR
from tracking.labels.base import LabelRequest, Party
from tracking.models import CarrierAccount, Flag, ImportJob, Label, Order
from tracking.services import label_work
from tracking.services.imports import import_now, make_job, start
from tracking.services.label_requests import contents_of, customs_of, not_packed, shopper_of, weight_of
from tracking.services.labels import request_label
from tracking.services.make_good_offers import look_round as look_at_choices
from tracking.services.watch import hurry, look_round
from tracking.services.watch.queue import queue_key

STEPS = 4  # a label's: made ready, bought, its documents fetched, settled


def sender() -> dict[str, object]:
    """Return where the sample's labels leave from, as a carrier account keeps it."""
    return {
        "name": HARBOUR.fields["name"],
        "lines": ["14 Lobster Wharf"],
        "city": HARBOUR.city,
        "region": HARBOUR.region,
        "postcode": "04101",
        "country": HARBOUR.fields["country"],
        "phone": HARBOUR.fields["support_phone"],
        "email": HARBOUR.fields["support_email"],
    }


def watch(*, at: datetime, hand_on: Callable[[], object]) -> None:
    """
    Look for what did not happen, as the worker does each minute: flags, then what they have in common, then
    the choices. `hand_on` brings facts to their handlers in between.
    """
    for _ in range(2):
        hurry(at=at)
        look_round(at=at)
        hand_on()
    offer_choices(at=at, hand_on=hand_on)


def offer_choices(*, at: datetime, hand_on: Callable[[], object]) -> None:
    """Offer the choice for what is lost, damaged or much too late."""
    look_at_choices(at=at)
    hand_on()


def buy_label(*, store: Store, account: CarrierAccount, at: datetime) -> Label | None:
    """Buy a label, with a code for handing in without a printer, for the newest order nobody has packed."""
    waiting = Order.objects.filter(store=store, status=Order.Status.PLACED, cancelled_at=None)
    order = waiting.filter(placed_at__lt=at, flags=None, shipments=None).order_by("-placed_at").first()
    if order is None:
        return None
    packing = not_packed(order)
    known, to = sender(), shopper_of(order)
    home = to.country == known["country"]
    label = request_label(
        store=store,
        account=account,
        order=order,
        purpose=f"demo:{order.pk}",
        request=LabelRequest(
            from_=Party(**{**known, "lines": tuple(known["lines"])}),  # type: ignore[arg-type]
            to=to,
            weight_g=weight_of(packing),
            service="standard",
            reference=order.number,
            currency=order.currency,
            contents=contents_of(packing),
            customs=() if home else customs_of(packing, order.currency, origin=str(known["country"])),
            qr=True,
        ),
        packing=[(line.external_id, count) for line, count in packing],
        at=at,
        by="Robin",
    )
    for _ in range(STEPS):
        label_work.carry_out_due(at=at)
    label.refresh_from_db()
    return label


def sort_alerts(*, store: Store, by: User, until: datetime) -> None:
    """Let `by` take the alert about orders nobody has shipped, and put off the one about pickup points."""
    for kind, sort in (
        (Flag.Kind.UNFULFILLED, lambda pk: take_alert(alert_id=pk, owner=by)),
        (Flag.Kind.LOST, lambda pk: snooze_alert(alert_id=pk, until=until)),
    ):
        for alert in Alert.objects.filter(key=queue_key(store.pk, kind), state=Alert.State.OPEN):
            sort(alert.pk)


def make_route(*, store: Store) -> None:
    """Show where alerts could be told as well; switched off, for nobody reads that mailbox."""
    AlertRoute.objects.create(
        name="Warehouse lead",
        store=store,
        channel=AlertRoute.Channel.EMAIL,
        address="warehouse@harbour-pine.example",
        severity=Alert.Severity.URGENT,
        enabled=False,
    )


def import_stock(*, store: Store, by: User, at: datetime) -> ImportJob:
    """Import a count of the shelves in which two rows are wrong."""
    job = make_job(
        store=store,
        kind=ImportJob.Kind.STOCK,
        file=BytesIO(files.stock().encode()),
        filename="shelf-count.csv",
        at=at,
        user=by,
    )
    return import_now(start(job_id=job.pk, dry=False, at=at), at=at)
