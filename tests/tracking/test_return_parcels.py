"""A parcel on its way back is followed like any other, and tells little."""

from datetime import timedelta

import pytest
from django.db import connection

from tests.factories.customers import StoreFactory
from tests.factories.tracking import (
    NOON,
    CarrierAccountFactory,
)
from tests.tracking.coming_back import (
    NUMBER,
    ROAD,
    bulk_or_single,
    coming_back,
    hear,
    kinds,
    moves,
    order,
    scan,
)
from tests.tracking.labelling import account, ask, work
from tracking.carriers.base import ParcelData, Window
from tracking.models import Inbound, Order, Promise, Shipment
from tracking.services.return_parcels import NotANumber, follow_return, forget, stop_asking
from tracking.services.sandbox import next_moves, set_scenario
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db


# --- followed
def test_it_is_followed_by_the_account_that_follows_its_carrier():
    ups = CarrierAccountFactory(carrier="ups", slug="ups")

    parcel = coming_back()

    assert (parcel.carrier, parcel.account, parcel.is_return) == ("ups", ups, True)
    assert parcel.due_at == NOON and NUMBER in parcel.tracking_url
    assert coming_back(parcel.order) == parcel


def test_a_bought_label_says_where_it_goes_and_by_whom():
    seller, made = account(), order()
    label = ask(seller, order=made, is_return=True, purpose="return:1:label:1")
    work()
    label.refresh_from_db()

    parcel = follow_return(order=made, label=label, at=NOON)

    assert (parcel.tracking_number, parcel.carrier, parcel.account) == (
        label.tracking_number,
        "sandbox",
        seller,
    )
    assert parcel.origin["region"] == "OR" and parcel.destination["region"] == "ME"
    assert next_moves(at=NOON)[parcel.pk] > NOON
    assert set_scenario(shipment_id=parcel.pk, scenario="normal", at=NOON) == parcel


def test_what_its_carrier_said_before_is_waited_for_and_then_read():
    row = Inbound.objects.create(
        source="ups",
        state=Inbound.State.BLOCKED,
        waits_for=f"parcel:{NUMBER}",
        body=b"{}",
        received_at=NOON,
        delivery_key="1",
        content_key="1",
    )

    coming_back()

    row.refresh_from_db()
    assert row.state == Inbound.State.WAITING


@pytest.mark.parametrize("number", ["", "  ", "12", "NO DIGITS HERE", "9" * 61, "…–…"])
def test_what_is_no_number_is_refused(number):
    with pytest.raises(NotANumber) as refused:
        coming_back(number=number)
    assert refused.value.code == "malformed"


def test_the_number_of_the_parcel_that_was_sent_is_not_that_of_the_return():
    """Or a parcel that was delivered long ago would stand for goods that never came back."""
    made = order()

    with pytest.raises(NotANumber) as refused:
        coming_back(made, number=made.shipments.get().tracking_number.lower())

    assert refused.value.code == "outbound" and made.shipments.count() == 1


def test_one_person_may_send_two_orders_in_one_parcel_and_nobody_else():
    first = order()
    coming_back(first)

    assert coming_back(order(customer=first.customer)).tracking_number == NUMBER
    with pytest.raises(NotANumber) as refused:
        coming_back(order())
    assert refused.value.code == "taken"
    hear("IN_TRANSIT")
    assert Shipment.objects.filter(is_return=True, status=Status.IN_TRANSIT).count() == 2


def test_nobody_is_asked_any_more_and_what_is_pushed_still_counts():
    CarrierAccountFactory(carrier="ups", slug="ups")
    parcel = coming_back()

    stop_asking(parcel.pk)
    hear("IN_TRANSIT")

    parcel.refresh_from_db()
    assert parcel.due_at is None and moves() == [("IN_TRANSIT", True)]


def test_a_number_entered_by_mistake_is_forgotten():
    parcel = coming_back()
    forget(parcel.pk, at=NOON)

    with pytest.raises(Exception, match="waits for a parcel"):
        hear("IN_TRANSIT")
    assert coming_back(parcel.order) == parcel
    hear("IN_TRANSIT")
    assert moves() == [("IN_TRANSIT", True)]


# --- told
def test_it_tells_its_milestones_once_each_and_nothing_else():
    coming_back()

    hear("INFO_RECEIVED", *ROAD)
    hear("INFO_RECEIVED", *ROAD)

    assert moves() == [("IN_TRANSIT", True), ("OUT_FOR_DELIVERY", False), ("DELIVERED", False)]
    assert set(kinds()) == {"tracking.return_parcel.moved"}


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        (("INFO_RECEIVED",), []),
        (("DELIVERED",), [("DELIVERED", False), ("IN_TRANSIT", True)]),
        (("ATTEMPTED",), [("IN_TRANSIT", True)]),
        (("IN_TRANSIT", "EXCEPTION"), [("IN_TRANSIT", True), ("EXCEPTION", False)]),
        (("IN_TRANSIT", "RETURNING", "RETURNED"), [("IN_TRANSIT", True), ("RETURNED", False)]),
    ],
)
def test_what_is_told_of_it(statuses, told):
    coming_back()

    hear(*statuses)

    assert moves() == told


@pytest.mark.parametrize("way", ["single", "bulk"])
def test_by_either_way_in_its_order_stays_where_it_is_and_nothing_is_promised(way):
    made = order()
    parcel, day = coming_back(made), NOON.date()
    scans = tuple(scan(status, hours) for hours, status in enumerate(ROAD[:2]))

    bulk_or_single(
        way,
        ParcelData(NUMBER, scans[:1], eta=Window(day, day)),
        ParcelData(NUMBER, scans[1:], eta=Window(day + timedelta(days=3), day + timedelta(days=3))),
        ParcelData(NUMBER, (scan("DELIVERED", 5),)),
    )

    parcel.refresh_from_db()
    made.refresh_from_db()
    assert parcel.status == Status.DELIVERED and parcel.delivered_at == NOON + timedelta(hours=5)
    assert made.status == Order.Status.SHIPPED
    assert (parcel.eta_due_at, parcel.eta_to_date, parcel.told_to_date) == (None, None, None)
    assert not Promise.objects.exists()
    assert moves() == [("IN_TRANSIT", True), ("OUT_FOR_DELIVERY", False), ("DELIVERED", False)]
    assert set(kinds()) == {"tracking.return_parcel.moved"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the fast way in")
def test_both_ways_in_leave_the_same_rows():
    kept = []
    for way in ("single", "bulk"):
        made = order(store=StoreFactory())
        number = f"1Z999AA1{made.pk:010d}"
        parcel = coming_back(made, number=number)
        data = ParcelData(number, tuple(scan(s, h) for h, s in enumerate(ROAD)))
        bulk_or_single(way, data, data)
        parcel.refresh_from_db()
        made.refresh_from_db()
        names = ("status", "shipped_at", "delivered_at", "last_scan_at", "last_place", "eta_due_at", "due_at")
        kept.append(({name: getattr(parcel, name) for name in names}, made.status, parcel.scans.count()))
    assert kept[0] == kept[1]
