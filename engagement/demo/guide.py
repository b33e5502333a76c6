"""What to look at in the running demo. Read from the database, so it is true on the second day as well."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from customers.models import Event
from engagement.demo.catalogue import HARBOUR, MOOR
from engagement.demo.people import SHOPPER, SHOPPER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD
from engagement.demo.sample import key_file
from tracking import access, events
from tracking.fold import FINAL
from tracking.models import Link, Order, Shipment
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
    return [*_orders(at), *_places()]


def _orders(at: datetime) -> Iterator[Sight]:
    ours = Order.objects.filter(store__slug=HARBOUR.slug, cancelled_at=None)
    moves = next_moves(at=at)
    parcels = Shipment.objects.current().filter(order__in=ours)
    live = parcels.filter(pk__in=moves, order__email=SHOPPER.email).annotate(
        siblings=Count("order__shipments")
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
        ("collect", "To be collected", ours.filter(shipments__status=Status.READY_FOR_PICKUP)),
        (
            "held",
            "Held by customs",
            ours.filter(shipments__status=Status.EXCEPTION, shipments__reason__contains="customs"),
        ),
        ("delivered", "Delivered", ours.filter(status=Order.Status.DELIVERED)),
        (
            "german",
            "In German",
            Order.objects.filter(store__slug=MOOR.slug, shipments__status=Status.IN_TRANSIT),
        ),
    ):
        order = found.order_by("-placed_at", "-pk").first()
        if order:
            yield _sight(code, title, order, at)


def _split(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders in several parcels, one of them there and one on its way."""
    counted = orders.annotate(
        there=Count("shipments", filter=Q(shipments__status=Status.DELIVERED)),
        coming=Count("shipments", filter=~Q(shipments__status__in=FINAL) & Q(shipments__replaced_at=None)),
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
