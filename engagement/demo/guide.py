"""What to look at in the running demo. Read from the database, so it is true on the second day as well."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from customers.models import Event
from engagement.demo import files
from engagement.demo.catalogue import HARBOUR, MOOR
from engagement.demo.people import SHOPPER, SHOPPER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD
from engagement.demo.sample import key_file
from returns import tokens
from returns.models import Return
from tracking import access, events
from tracking.fold import FINAL
from tracking.models import Flag, Incident, Label, Link, MakeGood, Order, Shipment
from tracking.services.sandbox import next_moves
from tracking.vocabulary import Status


@dataclass(frozen=True)
class Sight:
    """Something to see: `code` for scripts, `title` for people, where it is, and a word on it."""

    code: str
    title: str
    url: str
    note: str = ""


def sights(*, at: datetime) -> list[Sight]:
    """Return what is worth a look at `at`."""
    return [*_orders(at), *_choice(at), *_returns(), *_places(), *_desk()]


def _orders(at: datetime) -> Iterator[Sight]:
    ours = Order.objects.filter(store__slug=HARBOUR.slug, cancelled_at=None)
    moves = next_moves(at=at)
    parcels = Shipment.objects.current().filter(order__in=ours)
    live = parcels.filter(pk__in=moves, order__email=SHOPPER.email).annotate(
        siblings=Count("order__shipments", filter=Q(order__shipments__is_return=False))
    )
    soonest = min(live, key=lambda parcel: (parcel.siblings, moves[parcel.pk]), default=None)
    if soonest:
        seconds = (moves[soonest.pk] - at).total_seconds()
        yield _sight("live", "A live parcel", soonest.order, at, f"moves {_wait(seconds)}")
    moved = Event.objects.filter(kind=events.SHIPMENT_DELAYED).values_list("subject_id", flat=True)
    late = parcels.filter(pk__in=[int(pk) for pk in moved], status=Status.IN_TRANSIT)
    for code, title, found in (
        ("late", "A late one", ours.filter(shipments__in=late)),
        ("split", "In two parcels", _split(ours)),
        ("collect", "To be collected", _with(ours, status=Status.READY_FOR_PICKUP)),
        (
            "held",
            "Held by customs",
            _with(ours, status=Status.EXCEPTION, reason__contains="customs"),
        ),
        ("delivered", "Delivered", ours.filter(status=Order.Status.DELIVERED)),
        (
            "german",
            "In German",
            _with(Order.objects.filter(store__slug=MOOR.slug), status=Status.IN_TRANSIT),
        ),
    ):
        order = found.order_by("-placed_at", "-pk").first()
        if order:
            yield _sight(code, title, order, at)


def _choice(at: datetime) -> Iterator[Sight]:
    """The choice a shopper is offered for a parcel that is much too late, lost or damaged."""
    open_ones = MakeGood.objects.filter(state=MakeGood.State.OFFERED, order__store__slug=HARBOUR.slug)
    offers = open_ones.exclude(choices=[]).select_related("order", "shipment")
    ours = sorted(
        offers, key=lambda offer: (offer.why != MakeGood.Why.LATE, offer.order.email != SHOPPER.email)
    )
    for offer in ours[:1]:
        token = access.token(access.link_for(offer.order, Link.Purpose.ACT, at=at))
        trouble = offer.get_why_display().lower()
        yield Sight(
            "choice",
            "A choice to make",
            _url("order_choice", token, str(offer.public_id)),
            f"{offer.order.number}, {trouble}: sent again, money back, or waiting",
        )


def _returns() -> Iterator[Sight]:
    """Returns as their shoppers see them, and one that waits for the warehouse."""
    ours = Return.objects.filter(store__slug=HARBOUR.slug, kind=Return.Kind.RETURN).order_by("-requested_at")
    state = Return.State
    for code, title, found, note in (
        (
            "return",
            "A return",
            ours.filter(state=state.LABEL_READY, payments=None),
            "its label is ready",
        ),
        ("clock", "A refund clock", ours.filter(units__deduction_minor__gt=0), "less for a worn piece"),
        ("pay", "An exchange to pay", ours.filter(payments__state="OPEN"), "for something dearer"),
    ):
        ret = found.first()
        if ret:
            yield Sight(code, title, _url("return_status", tokens.token(ret)), f"{ret.number}, {note}")
    waiting = ours.filter(state=state.RECEIVED).first()
    if waiting:
        note = f"{waiting.number} lies on the bench; log in as {STAFF_EMAIL}"
        yield Sight("inspect", "A return to inspect", _url("warehouse_return", waiting.number), note)


def _desk() -> Iterator[Sight]:
    """What waits for staff; all of it needs the log-in of the back-office."""
    yield Sight(
        "attention",
        "Needs attention",
        _url("admin:tracking_flag_changelist"),
        "what should have happened and did not",
    )
    incident = Incident.objects.filter(state=Incident.State.OPEN).order_by("pk").first()
    if incident:
        held = Flag.objects.filter(incident=incident, cleared_at=None).values("shipment").distinct().count()
        note = f"{held} parcels, one cause; the apology is ready to be sent"
        yield Sight("incident", "An incident", _url("admin:tracking_incident_change", str(incident.pk)), note)
    yield Sight("promises", "Promises kept", _url("admin:tracking_promise_figures"), "by carrier and by lane")
    bought = Label.objects.filter(state=Label.State.BOUGHT, direction=Label.Direction.OUTBOUND)
    label = bought.filter(order__isnull=False).order_by("-pk").first()
    if label and label.order:
        note = f"for {label.order.number}: 4×6, A4 and a code for the phone"
        yield Sight("label", "A label", _url("admin:tracking_label_change", str(label.pk)), note)
    yield Sight(
        "imports",
        "Files imported",
        _url("admin:tracking_importjob_changelist"),
        f"files to try: {files.folder()}",
    )


def _with(orders: QuerySet[Order], **parcel: object) -> QuerySet[Order]:
    """Orders with a parcel to the shopper that is like this."""
    return orders.filter(Exists(Shipment.objects.current().filter(order=OuterRef("pk"), **parcel)))


def _split(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders in several parcels, one of them there and one on its way."""
    out = Q(shipments__is_return=False)
    counted = orders.annotate(
        there=Count("shipments", filter=out & Q(shipments__status=Status.DELIVERED)),
        coming=Count(
            "shipments", filter=out & ~Q(shipments__status__in=FINAL) & Q(shipments__replaced_at=None)
        ),
    )
    return counted.filter(there__gt=0, coming__gt=0)


def _places() -> Iterator[Sight]:
    order = Order.objects.filter(store__slug=HARBOUR.slug, email=SHOPPER.email).order_by("-placed_at").first()
    if order:
        yield Sight(
            "lookup",
            "Look an order up",
            _url("store_lookup", HARBOUR.slug),
            f"{order.number} and {order.email}",
        )
    yield Sight(
        "mailbox", "The demo's mailbox", f"{settings.BASE_URL}/demo/mailbox/", "every message as it is read"
    )
    yield Sight(
        "account", "A shopper's account", _url("account_orders"), f"{SHOPPER.email} / {SHOPPER_PASSWORD}"
    )
    yield Sight("admin", "The back-office", _url("admin:index"), f"{STAFF_EMAIL} / {STAFF_PASSWORD}")
    key = key_file().read_text().strip() if key_file().exists() else "make one: manage.py create_api_key"
    yield Sight("api", "The API", _url("api_docs"), f"key {key}")


def _sight(code: str, title: str, order: Order, at: datetime, note: str = "") -> Sight:
    """Return the way to an order's page, by a link as the mails carry it."""
    token = access.token(access.link_for(order, Link.Purpose.ACT, at=at))
    return Sight(code, title, _url("order", token), f"{order.number}{', ' if note else ''}{note}")


def _url(name: str, *args: str) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=args)}"


def _wait(seconds: float) -> str:
    if seconds < 90:
        return f"in {max(seconds, 0):.0f} seconds"
    return f"in {seconds / 60:.0f} minutes" if seconds < 5400 else f"in {seconds / 3600:.0f} hours"
