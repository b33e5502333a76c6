"""Rows -> the facts the rules judge, for many parcels or orders at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q, Sum

from tracking.eta.where import zone_at
from tracking.models import Order, OrderLine, Promise, Scan, Shipment
from tracking.vocabulary import Status
from tracking.watch.facts import Calendar, OrderFacts, ParcelFacts, Word, course, last_status
from tracking.watch.judge import FORGOTTEN

# Of these the course has to be known: when the present state began, or what was before it.
STORIED = (Status.EXCEPTION, Status.READY_FOR_PICKUP, Status.EXPIRED)
CAN_BE_BROKEN = (Promise.Outcome.OPEN, Promise.Outcome.MISSED)
# The money went back, or never came: nobody waits for a parcel.
NOT_TO_SHIP = ("refunded", "voided", "expired", "failed", "cancelled")


@dataclass(frozen=True)
class Subject:
    """A parcel or an order with what a flag on it needs. `updated_at`: the version of the row judged."""

    pk: int
    order_id: int
    store_id: int
    customer_id: int | None
    updated_at: datetime
    shipment_id: int | None = None
    carrier: str = ""
    place: str = ""
    reason: str = ""
    parcel: ParcelFacts | None = None
    order: OrderFacts | None = None


SHIPMENT = (
    "pk",
    "order_id",
    "order__store_id",
    "order__customer_id",
    "order__cancelled_at",
    "order__removed_at",
    "order__placed_at",
    "order__store__country",
    "order__store__timezone",
    "updated_at",
    "status",
    "reason",
    "action_required",
    "created_at",
    "handed_over_at",
    "shipped_at",
    "last_scan_at",
    "last_place",
    "eta_to_date",
    "origin",
    "destination",
    "carrier",
    "carrier_name",
    "replaced_at",
    "tracking_key",
    "account_id",
    "account__failing_since",
    "heard_at",
    "checked_at",
    "due_at",
    "attempts",
)


def load_parcels(ids: Collection[int], *, at: datetime) -> dict[int, Subject]:
    """Return the parcels with their facts, by id, in four queries."""
    rows = list(Shipment.objects.filter(pk__in=ids).values(*SHIPMENT))
    words = _words({row["pk"] for row in rows if row["status"] in STORIED}, ids)
    promised = _promises(ids)
    return {row["pk"]: _subject(row, words.get(row["pk"], ()), promised, at) for row in rows}


def _words(storied: set[int], ids: Collection[int]) -> dict[int, list[Word]]:
    """All scans of the storied parcels, the attempts of all."""
    wanted = Q(shipment__in=storied) | Q(shipment__in=ids, status=Status.ATTEMPTED)
    found: dict[int, list[Word]] = {}
    scans = Scan.objects.filter(wanted).values_list("shipment_id", "order_at", "status", "fingerprint")
    for shipment_id, at, status, fingerprint in scans:
        found.setdefault(shipment_id, []).append(Word(at, status, fingerprint))
    return found


def _promises(ids: Collection[int]) -> dict[int, date | None]:
    """{parcel: the earliest last day it was promised for}; None where none can be broken any more."""
    counts = Q(outcome__in=CAN_BE_BROKEN)
    rows = Promise.objects.filter(shipment__in=ids, shown=True).order_by().values_list("shipment_id")
    return dict(rows.annotate(best=Min("to_date", filter=counts)))


def _subject(
    row: dict[str, Any], words: Iterable[Word], promised: dict[int, date | None], at: datetime
) -> Subject:
    status = last_status(words) if row["status"] == Status.EXPIRED else row["status"]
    since, attempts = course(words, status)
    home, zone = row["order__store__country"], row["order__store__timezone"]
    label_at = _label_at(row)
    followed = row["heard_at"] or row["checked_at"] or (row["account_id"] and row["tracking_key"])
    facts = ParcelFacts(
        status=status,
        label_at=label_at,
        origin=_calendar(row["origin"], home, zone),
        destination=_calendar(row["destination"], home, zone),
        reason=row["reason"],
        action_required=row["action_required"],
        shipped_at=row["shipped_at"],
        last_scan_at=row["last_scan_at"],
        last_place=row["last_place"],
        since=since,
        attempts=attempts,
        promised=promised.get(row["pk"], row["eta_to_date"]),
        followed=bool(followed),
        replaced=row["replaced_at"] is not None,
        unwanted=bool(row["order__cancelled_at"] or row["order__removed_at"]),
        known_until=(row["checked_at"] or label_at) if _owes_an_answer(row, at) else None,
    )
    return Subject(
        pk=row["pk"],
        order_id=row["order_id"],
        store_id=row["order__store_id"],
        customer_id=row["order__customer_id"],
        updated_at=row["updated_at"],
        shipment_id=row["pk"],
        carrier=(row["carrier"] or row["carrier_name"])[:40],
        place=row["last_place"],
        reason=row["reason"],
        parcel=facts,
    )


def _label_at(row: dict[str, Any]) -> datetime:
    """
    When the label was made.

    A parcel that comes without a date is dated by the day we heard of it. Of an order that was months old by
    then, and never scanned, it is an old parcel from a file: as old as its order.
    """
    known: datetime = row["handed_over_at"] or row["created_at"]
    placed: datetime = row["order__placed_at"]
    return placed if row["last_scan_at"] is None and known - placed > FORGOTTEN else known


def _owes_an_answer(row: dict[str, Any], at: datetime) -> bool:
    """Whether the carrier is to be asked about a parcel and has not answered when it was, or should be."""
    due = row["due_at"]
    return due is not None and bool(row["attempts"] or due <= at or row["account__failing_since"])


def _calendar(place: dict[str, str], home: str, zone: str) -> Calendar:
    country = (place or {}).get("country") or home
    region = (place or {}).get("region") or ""
    return Calendar(country, region, zone_at(country, region, home, zone))


ORDER = ("pk", "store_id", "customer_id", "updated_at", "placed_at", "cancelled_at", "removed_at")


def load_orders(ids: Collection[int]) -> dict[int, Subject]:
    """Return the orders with their facts, by id, in three queries."""
    current = Shipment.objects.current().filter(order__in=ids).exclude(status=Status.CANCELLED)
    parcels = dict(current.order_by().values_list("order_id").annotate(n=Count("pk")))
    goods = OrderLine.objects.filter(order__in=ids, requires_shipping=True, gift_card=False)
    units = dict(goods.order_by().values_list("order_id").annotate(n=Sum("quantity")))
    return {
        row["pk"]: Subject(
            pk=row["pk"],
            order_id=row["pk"],
            store_id=row["store_id"],
            customer_id=row["customer_id"],
            updated_at=row["updated_at"],
            order=OrderFacts(
                placed_at=row["placed_at"],
                to_ship=units.get(row["pk"], 0),
                parcels=parcels.get(row["pk"], 0),
                cancelled=_given_up(row),
            ),
        )
        for row in Order.objects.filter(pk__in=ids).values(*ORDER, "payment_status")
    }


def _given_up(row: dict[str, Any]) -> bool:
    gone = row["cancelled_at"] or row["removed_at"]
    return bool(gone) or row["payment_status"].lower() in NOT_TO_SHIP
