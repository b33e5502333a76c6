"""Carriers' deliveries read many at a time: each exactly once, none because of another."""

import json
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction

from customers.models import Event
from tests.factories.tracking import NOON, CarrierAccountFactory, ShipmentFactory
from tracking.models import Inbound, Order, Scan, Shipment
from tracking.services import inbound, inbound_bulk

pytestmark = pytest.mark.django_db


def body(number, *statuses, **more):
    details = [
        {"status": status, "message": status, "datetime": f"2026-03-10T0{hour}:00:00Z"}
        for hour, status in enumerate(statuses)
    ]
    tracker = {"object": "Tracker", "tracking_code": number, "tracking_details": details, **more}
    return json.dumps({"id": uuid.uuid4().hex, "description": "tracker.updated", "result": tracker}).encode()


def deliver(account, *bodies):
    for told in bodies:
        inbound.store_inbound(
            source="easypost",
            topic="tracker.updated",
            delivery_id=uuid.uuid4().hex,
            headers={},
            body=told,
            at=NOON,
            account=account,
        )


def states():
    return list(Inbound.objects.order_by("pk").values_list("state", flat=True))


def test_a_heap_of_deliveries_is_read_whatever_else_lies_in_it():
    account = CarrierAccountFactory()
    for number in range(20):
        ShipmentFactory(tracking_number=f"EZ{number}", carrier="", account=account)
    deliver(
        account,
        *(body(f"EZ{number}", "in_transit", "delivered") for number in range(20)),
        body("EZ3", "in_transit"),
        b"not JSON",
        body("NOBODYS", "in_transit"),
        json.dumps({"id": "x", "description": "batch.created", "result": {}}).encode(),
    )

    while inbound.process_due(at=NOON):
        pass

    assert states() == ["DONE"] * 21 + ["FAILED", "BLOCKED", "KEPT"]
    assert set(Shipment.objects.values_list("status", flat=True)) == {"DELIVERED"}
    assert (Scan.objects.count(), Event.objects.filter(kind="tracking.shipment.delivered").count()) == (
        40,
        20,
    )
    assert not Inbound.objects.exclude(claim=None, leased_until=None).exists()


def test_read_again_it_changes_nothing():
    account = CarrierAccountFactory()
    for number in range(3):
        ShipmentFactory(tracking_number=f"EZ{number}", carrier="", account=account)
    deliver(account, *(body(f"EZ{number}", "in_transit") for number in range(3)))
    inbound.process_due(at=NOON)
    versions = list(Shipment.objects.order_by("pk").values_list("order__version", flat=True))

    inbound.replay(Inbound.objects.all(), at=NOON + timedelta(hours=1))
    inbound.process_due(at=NOON + timedelta(hours=1))

    assert (states(), Scan.objects.count()) == (["DONE"] * 3, 3)
    assert list(Shipment.objects.order_by("pk").values_list("order__version", flat=True)) == versions


def test_what_one_delivery_waits_for_comes_and_it_is_read():
    account = CarrierAccountFactory()
    ShipmentFactory(tracking_number="EZ0", carrier="", account=account)
    deliver(account, body("EZ0", "in_transit"), body("EZ1", "delivered"))
    inbound.process_due(at=NOON)
    assert states() == ["DONE", "BLOCKED"]

    late = ShipmentFactory(tracking_number="EZ1", carrier="", account=account)
    inbound.process_due(at=NOON + timedelta(minutes=5))

    late.refresh_from_db()
    assert (states(), late.status) == (["DONE", "DONE"], "DELIVERED")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere they are read one by one")
def test_when_a_lease_is_lost_nothing_of_the_heap_is_kept(monkeypatch):
    account = CarrierAccountFactory()
    for number in range(3):
        ShipmentFactory(tracking_number=f"EZ{number}", carrier="", account=account)
    deliver(account, *(body(f"EZ{number}", "in_transit") for number in range(3)))
    rows = inbound_bulk.claim_small(at=NOON)
    for row in rows:
        row.account = account
    Inbound.objects.filter(pk=rows[1].pk).update(claim=uuid.uuid4())

    left = inbound_bulk.read_together(rows, at=NOON, carrier_of=inbound.carrier_of)

    assert [row.pk for row in left] == [row.pk for row in rows]
    assert (Scan.objects.count(), states()) == (0, ["WAITING"] * 3)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere they are read one by one")
def test_a_heap_that_cannot_be_read_together_is_read_one_by_one(monkeypatch):
    account = CarrierAccountFactory()
    for number in range(3):
        ShipmentFactory(tracking_number=f"EZ{number}", carrier="", account=account)
    deliver(account, *(body(f"EZ{number}", "in_transit") for number in range(3)))

    def fail(**_):
        raise RuntimeError("no")

    monkeypatch.setattr(inbound_bulk, "take_in_free", fail)
    inbound.process_due(at=NOON)

    assert (states(), Scan.objects.count()) == (["DONE"] * 3, 3)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere they are read one by one")
def test_a_heap_is_claimed_until_it_is_large_enough(monkeypatch):
    account = CarrierAccountFactory()
    bodies = [body(f"EZ{number:03d}", "in_transit") for number in range(9)]
    deliver(account, *bodies)
    monkeypatch.setattr(inbound_bulk, "AT_ONCE", 2)
    monkeypatch.setattr(inbound_bulk, "ENOUGH", 3 * len(bodies[0]))

    by_size = inbound_bulk.claim_small(at=NOON)
    monkeypatch.setattr(inbound_bulk, "MOST", 2)
    by_number = inbound_bulk.claim_small(at=NOON)

    assert [len(by_size), len(by_number)] == [4, 2]
    assert Inbound.objects.filter(claim=None).count() == 3


def test_what_takes_too_long_one_by_one_is_given_back_and_read_in_time(monkeypatch):
    account = CarrierAccountFactory()
    deliver(account, *(body(f"NOBODYS{number}", "in_transit") for number in range(4)))
    monkeypatch.setattr(inbound, "ALONE", -1.0)

    done = inbound.process_due(at=NOON)

    given_back = Inbound.objects.filter(state="WAITING")
    assert (done, sorted(states())) == (1, ["BLOCKED", "WAITING", "WAITING", "WAITING"])
    assert list(given_back.values_list("attempts", "claim", "leased_until")) == [(0, None, None)] * 3

    while inbound.process_due(at=NOON):
        pass
    assert states() == ["BLOCKED"] * 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_parcels_another_worker_holds_are_read_together_when_it_lets_go():
    account = CarrierAccountFactory()
    parcels = [ShipmentFactory(tracking_number=f"EZ{n}", carrier="", account=account) for n in range(4)]
    deliver(account, *(body(f"EZ{n}", "in_transit") for n in range(4)))
    rows = inbound_bulk.claim_small(at=NOON)
    for row in rows:
        row.account = account
    left, over = [], threading.Event()

    def read():
        left.extend(inbound_bulk.read_together(rows, at=NOON, carrier_of=inbound.carrier_of))
        connection.close()
        over.set()

    other = threading.Thread(target=read)
    with transaction.atomic():
        list(Order.objects.select_for_update().filter(pk=parcels[2].order_id))
        other.start()
        waited = not over.wait(1.0)
        free = Inbound.objects.filter(state="DONE").count()
    other.join(30)

    assert (waited, free, left) == (True, 3, [])
    assert (states(), Scan.objects.count()) == (["DONE"] * 4, 4)
