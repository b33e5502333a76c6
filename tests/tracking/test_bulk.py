"""Carrier events in bulk: the same rows as one after the other, each once, nobody's twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers.models import Delivery, Event
from tests.factories.customers import StoreFactory
from tests.factories.tracking import (
    NOON,
    CarrierAccountFactory,
    OrderFactory,
    OrderLineFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tracking.carriers.base import ParcelData, Place, ScanData, Window
from tracking.models import Order, Promise, Scan, Shipment, TransitModel
from tracking.services import bulk, polling
from tracking.services.bulk import Told, portions, take_in
from tracking.services.missing import Missing
from tracking.services.scans import record_parcel
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db

ODD = "tab\there, back\\slash\nand \\N line"


def scan(status, hours=0, **more):
    return ScanData(status=Status(status), at=NOON + timedelta(hours=hours), **more)


def told(number, *scans, source="ups", **more):
    return Told(ParcelData(number, scans, **more), source)


# --- a world, and what it looks like afterwards
def world(prefix):
    """Two orders; the first has two parcels, one of which also carries lines of the second."""
    store = StoreFactory(country="US", timezone="America/New_York")
    first, second = OrderFactory(store=store), OrderFactory(store=store, ship_to={"country": "DE"})
    line = OrderLineFactory(order=first, quantity=2)
    shared = ShipmentFactory(order=first, tracking_number=f"{prefix}SHARED", carrier="ups")
    ShipmentFactory(order=second, tracking_number=f"{prefix}SHARED", carrier="")
    alone = ShipmentFactory(order=first, tracking_number=f"{prefix}ALONE", carrier="dhl")
    ShipmentLineFactory(shipment=shared, line=line)
    ShipmentLineFactory(shipment=alone, line=line)
    return store


OF_SHIPMENT = [
    field.attname
    for field in Shipment._meta.concrete_fields
    if field.attname
    not in ("id", "public_id", "order_id", "tracking_number", "tracking_key", "created_at", "updated_at")
    and not field.attname.startswith(("fulfillment", "source"))
]


def seen(store):
    """Return everything that hearing of parcels writes, without what differs from world to world."""
    shipments = list(Shipment.objects.filter(order__store=store).order_by("pk"))
    number = {shipment.pk: place for place, shipment in enumerate(shipments)}
    orders = {pk: place for place, pk in enumerate(sorted({s.order_id for s in shipments}))}
    rows = {
        "shipments": [{name: getattr(row, name) for name in OF_SHIPMENT} for row in shipments],
        "orders": list(store.orders.order_by("pk").values("status", "version")),
        "scans": sorted(
            (
                {k: v for k, v in row.items() if k not in ("id", "recorded_at")}
                | {"shipment_id": number[row["shipment_id"]]}
                for row in Scan.objects.filter(shipment__in=shipments).values()
            ),
            key=lambda row: (row["shipment_id"], row["fingerprint"]),
        ),
        "promises": [
            {k: v for k, v in row.items() if k != "id"} | {"shipment_id": number[row["shipment_id"]]}
            for row in Promise.objects.filter(shipment__in=shipments).order_by("shipment_id", "pk").values()
        ],
        "events": [],
    }
    for event in Event.objects.filter(store=store).order_by("pk"):
        pk = int(event.subject_id)
        data = event.data | {"shipment_id": number[pk], "order_id": orders[event.data["order_id"]]}
        assert (event.subject_type, event.customer_id) == (
            "tracking.shipment",
            shipments[number[pk]].order.customer_id,
        )
        handlers = sorted(Delivery.objects.filter(event=event).values_list("handler", "state"))
        what = (event.kind, event.key.replace(f":{pk}:", f":{number[pk]}:"), event.occurred_at)
        rows["events"].append((*what, data, handlers))
    return rows


# --- what may be told
HOURS = st.integers(-6, 6)
PLACES = st.sampled_from(
    [Place(), Place("Denver", "CO", "US", "80014"), Place("", "", "FR"), Place("Zürich"), Place(ODD[:100])]
)
WORDS = st.sampled_from(["", "Arrived", "ARRIVED", "Departed", ODD, "x" * 600, "ü" * 499])


@st.composite
def scans(draw):
    hour = draw(HOURS)
    when = NOON + timedelta(hours=hour)
    east = timezone(timedelta(hours=2))
    kind = draw(st.sampled_from(["utc", "utc", "utc", "east", "local"]))
    return ScanData(
        status=draw(st.sampled_from(list(Status))),
        at=None if kind == "local" else when.astimezone(east) if kind == "east" else when,
        local=when.replace(tzinfo=None) if kind == "local" else None,
        reason=draw(st.sampled_from(["", Reason.CUSTOMS, Reason.WEATHER])),
        action_required=draw(st.booleans()),
        place=draw(PLACES),
        code=draw(st.sampled_from(["", "AR"])),
        message=draw(WORDS),
    )


@st.composite
def windows(draw):
    day = date(2026, 3, 10) + timedelta(days=draw(st.integers(0, 4)))
    hour = draw(st.sampled_from([None, datetime(day.year, day.month, day.day, 18, tzinfo=UTC)]))
    return Window(day, day + timedelta(days=draw(st.integers(0, 1))), None, hour)


@st.composite
def messages(draw):
    """(number, what is told of it, source, whether an account tells it)."""
    data = {
        "scans": tuple(draw(st.lists(scans(), max_size=4))),
        "carrier": draw(st.sampled_from(["", "", "ups", "dhl"])),
        "service": draw(st.sampled_from(["", "Ground"])),
        "eta": draw(st.none() | windows()),
        "signed_by": draw(st.sampled_from(["", "Ada"])),
        "told_at": draw(st.none() | HOURS.map(lambda hours: NOON + timedelta(hours=hours))),
    }
    number = draw(st.sampled_from(["SHARED", "SHARED", "alone", "NOBODY'S", ""]))
    return number, data, draw(st.sampled_from(["ups", "easypost"])), draw(st.booleans())


# Elsewhere than on PostgreSQL both are the same loop.
EXAMPLES = 60 if connection.vendor == "postgresql" else 10
BATCHES = st.lists(st.lists(messages(), min_size=1, max_size=6), min_size=1, max_size=3)


def quiet():
    Shipment.objects.filter(status__in=polling.OPEN).update(status="EXPIRED", due_at=None)


def replaced():
    Shipment.objects.filter(tracking_number__endswith="SHARED", carrier="ups").update(replaced_at=NOON)


def shown_our_window():
    Shipment.objects.update(eta_source="ours", eta_from_date=date(2026, 3, 11), eta_to_date=date(2026, 3, 12))


def taken_away():
    Scan.objects.filter(status__in=["DELIVERED", "IN_TRANSIT"]).delete()


class EveryBatch(TestCase):
    @given(
        BATCHES,
        st.sampled_from([None, 0, 1, 2]),
        st.sampled_from([quiet, replaced, shown_our_window, taken_away]),
        st.booleans(),
    )
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_a_batch_leaves_the_same_rows_as_its_messages_one_by_one(self, batches, turn_of, others, suspect):
        """`others`: what others than carriers do to the parcels, before which turn."""
        account = CarrierAccountFactory(carrier="easypost")
        stores = {"A": world("A"), "B": world("B")}
        if suspect:  # its windows are only noted
            TransitModel.objects.create(state="ACTIVE", learned_at=NOON, doubted=["easypost"])
        for turn, batch in enumerate(batches):
            at = NOON + timedelta(hours=turn)
            if turn == turn_of:
                others()
            waiting = {}
            for prefix in stores:
                told_ = [
                    Told(ParcelData(number and prefix + number, **data), source, account if known else None)
                    for number, data, source, known in batch
                ]
                waiting[prefix] = one_by_one(told_, at) if prefix == "A" else take_in(told=told_, at=at)

            assert [bool(gap) for gap in waiting["A"]] == [bool(gap) for gap in waiting["B"]]
            assert seen(stores["A"]) == seen(stores["B"])


def one_by_one(batch, at):
    found = []
    for message in batch:
        try:
            record_parcel(data=message.data, source=message.source, at=at, account=message.account)
            found.append(None)
        except Missing as missing:
            found.append(missing)
    return found


# --- by example
def test_what_is_told_twice_is_there_once_and_changes_nothing_the_second_time():
    shipment = ShipmentFactory(tracking_number="A1")
    batch = [
        told("A1", scan("IN_TRANSIT"), scan("DELIVERED", 2, message=ODD)),
        told("A1", scan("IN_TRANSIT")),
    ]

    take_in(told=batch, at=NOON)
    first = (Order.objects.get().version, Scan.objects.count(), Event.objects.count())
    take_in(told=batch, at=NOON + timedelta(hours=1))

    shipment.refresh_from_db()
    assert first == (2, 2, 2)
    assert (Order.objects.get().version, Scan.objects.count(), Event.objects.count()) == first
    assert (shipment.status, shipment.heard_at, shipment.checked_at) == (
        "DELIVERED",
        NOON,
        NOON + timedelta(hours=1),
    )
    assert Scan.objects.get(status="DELIVERED").message == ODD


def test_a_parcel_nobody_ordered_yet_is_waited_for_by_name_and_the_others_do_not_wait():
    shipment = ShipmentFactory(tracking_number="A1")

    gaps = take_in(told=[told("ZZ 9", scan("IN_TRANSIT")), told("A1", scan("IN_TRANSIT"))], at=NOON)

    shipment.refresh_from_db()
    assert (gaps[0].waits_for, gaps[1], shipment.status) == ("parcel:ZZ9", None, "IN_TRANSIT")


def test_nothing_told_is_nothing_done():
    assert take_in(told=[], at=NOON) == []


def test_messages_that_name_no_parcel_at_all_are_waited_for():
    gaps = take_in(told=[told("", scan("IN_TRANSIT")), told(" - ", scan("IN_TRANSIT"))], at=NOON)

    assert [gap.waits_for for gap in gaps] == ["parcel:", "parcel:"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere it is the plain loop")
def test_a_thousand_parcels_take_as_many_queries_as_two(django_assert_max_num_queries):
    def batch(first, count):
        numbers = [f"P{number}" for number in range(first, first + count)]
        order = OrderFactory()
        for number in numbers:
            ShipmentFactory(order=order, tracking_number=number)
        return [told(number, scan("IN_TRANSIT"), scan("DELIVERED", 1)) for number in numbers]

    for first, count in ((0, 2), (10, 40)):
        messages_ = batch(first, count)
        with django_assert_max_num_queries(30):
            take_in(told=messages_, at=NOON)

    assert Shipment.objects.filter(status="DELIVERED").count() == 42


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere it is the plain loop")
def test_a_history_told_again_with_something_new_at_its_end_is_taken_without_reading_the_old_words():
    shipment = ShipmentFactory(tracking_number="A1")
    history = [scan("IN_TRANSIT", hour, message=f"stop {hour}") for hour in range(5)]
    take_in(told=[told("A1", *history)], at=NOON)

    def reads_words(*scans):
        with CaptureQueriesContext(connection) as asked:
            take_in(told=[told("A1", *scans)], at=NOON + timedelta(hours=10))
        return any('"tracking_scan"."message"' in query["sql"] for query in asked)

    assert not reads_words(*history, scan("DELIVERED", 9))
    assert reads_words(*history, scan("OUT_FOR_DELIVERY", 8))

    shipment.refresh_from_db()
    assert (shipment.status, Scan.objects.count()) == ("DELIVERED", 7)
    assert shipment.out_for_delivery_at == NOON + timedelta(hours=8)


def test_a_batch_that_fails_leaves_nothing_behind(monkeypatch):
    ShipmentFactory(tracking_number="A1")
    broken = ParcelData("A1", (scan("IN_TRANSIT"),), eta="tomorrow")

    with pytest.raises(AttributeError):
        take_in(told=[told("A1", scan("IN_TRANSIT", 1)), Told(broken, "ups")], at=NOON)

    assert (Scan.objects.count(), Event.objects.count()) == (0, 0)


@given(st.lists(st.lists(st.sampled_from("ABCDE"), max_size=3), max_size=40), st.integers(1, 12))
def test_portions_hold_everything_once_and_what_is_about_one_parcel_in_its_order(named, weight):
    heap = [
        [told(number, scan("IN_TRANSIT", place)) for number in about] for place, about in enumerate(named)
    ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "PORTION", weight)
        found = list(portions(heap))

    by_parcel = sorted((about[:1], place) for place, about in enumerate(named))
    assert [place for portion in found for place in portion] == [place for _, place in by_parcel]
    for portion in found:  # no larger than it has to be: all but the last of it are below the weight
        assert sum(2 * len(heap[place]) for place in portion[:-1]) < weight


def test_a_heap_of_single_events_is_committed_in_portions_and_tells_each_milestone_once(monkeypatch):
    monkeypatch.setattr(bulk, "PORTION", 8)
    for number in ("A1", "B2", "C3"):
        ShipmentFactory(tracking_number=number)
    steps = ("INFO_RECEIVED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED")
    heap = [
        told(number, scan(status, hours))
        for hours, status in enumerate(steps)
        for number in ("A1", "B2", "C3")
    ]

    take_in(told=heap, at=NOON)
    told_once = sorted(Event.objects.values_list("key", flat=True))
    for message in heap[6:]:  # the last half again, later and in other words
        later = replace(message.data.scans[0], at=NOON + timedelta(days=1), message="again")
        take_in(told=[Told(replace(message.data, scans=(later,)), "ups")], at=NOON)

    assert set(Shipment.objects.values_list("status", flat=True)) == {"DELIVERED"}
    assert len(told_once) == 9
    assert sorted(Event.objects.values_list("key", flat=True)) == told_once
    assert Scan.objects.count() == 18
