"""
Deliveries that are odd, incomplete or deadly: none is lost, none stops the others, each says what became of
it.
"""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from config.lib import clock
from customers.services.people import email_key
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, CarrierAccountFactory, ShipmentFactory
from tests.tracking.test_services import fulfillment, order_data
from tracking.carriers.base import BadPayload, Carrier, ParcelData, ScanData, Window
from tracking.models import Inbound, ShipmentLine
from tracking.services import (
    add_scans,
    inbound,
    record_fulfillment,
    record_order,
    record_parcel,
    record_product,
)
from tracking.shops.base import LineData, ProductData, VariantData
from tracking.shops.shopify import Shopify
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Several(Carrier):
    """A carrier that speaks of several parcels in one delivery: a JSON list of their numbers."""

    code = "several"
    label = "Several"

    def parse(self, body):
        if not body:
            raise BadPayload("it breaks off at \x00 \ud800")
        scans = (ScanData(Status.IN_TRANSIT, at=NOON),)
        return [ParcelData(number, scans=scans, told_at=NOON) for number in json.loads(body)]


@pytest.fixture
def account(settings):
    settings.CARRIERS = {"several": f"{__name__}.Several"}
    return CarrierAccountFactory(slug="several", carrier="several")


def arrive(account, body, number=1):
    """Store a delivery of `account` as the door does; return its row."""
    inbound.store_inbound(
        source="several", topic="", delivery_id=str(number), headers={}, body=body, at=NOON, account=account
    )
    return Inbound.objects.latest("pk")


def parcel(number):
    return ShipmentFactory(carrier="several", tracking_number=number, tracking_key=number)


def test_a_parcel_nobody_knows_does_not_hold_up_the_others_of_its_delivery(account):
    ours = parcel("OURS")
    row = arrive(account, b'["STRANGE", "OURS"]')

    inbound.process_due(at=NOON)

    ours.refresh_from_db()
    row.refresh_from_db()
    assert ours.status == Status.IN_TRANSIT
    assert (row.state, row.waits_for) == (Inbound.State.BLOCKED, "parcel:STRANGE")


def test_what_waited_for_one_parcel_is_read_again_when_that_comes(account):
    ours = parcel("OURS")
    row = arrive(account, b'["STRANGE", "OURS"]')
    inbound.process_due(at=NOON)
    strange = parcel("STRANGE")

    inbound.process_due(at=NOON + HOUR)

    strange.refresh_from_db()
    row.refresh_from_db()
    assert (strange.status, row.state) == (Status.IN_TRANSIT, Inbound.State.DONE)
    assert ours.scans.count() == 1


def test_deliveries_that_wait_are_looked_at_together_however_often_they_were(account):
    """
    A claim takes rows with several attempts one at a time: thousands of them would hold up the day's news.
    """
    for number in range(5):
        arrive(account, json.dumps([f"STRANGE{number}"]).encode(), number)
    at = NOON
    for _ in range(4):
        assert inbound.process_due(at=at) == 5
        at += 2 * HOUR

    assert set(Inbound.objects.values_list("state", "attempts")) == {(Inbound.State.BLOCKED, 0)}


def test_the_longer_a_delivery_waits_the_less_often_it_is_looked_at(account):
    row = arrive(account, b'["STRANGE"]')
    waits = []
    for at in (NOON, NOON + timedelta(minutes=5), NOON + 5 * HOUR):
        inbound.process_due(at=at)
        row.refresh_from_db()
        waits.append(row.due_at - at)

    assert waits == [timedelta(seconds=10), timedelta(minutes=5), HOUR]


def test_a_delivery_that_kills_its_worker_is_given_up_visibly(account):
    ours = parcel("OURS")
    row = arrive(account, b'["OURS"]')
    Inbound.objects.update(attempts=inbound.MAX_ATTEMPTS)  # claimed so often, and never settled

    inbound.process_due(at=NOON)

    row.refresh_from_db()
    ours.refresh_from_db()
    assert (row.state, row.due_at, ours.status) == (Inbound.State.FAILED, None, Status.PENDING)
    assert "died" in row.reason


def test_a_reason_that_quotes_what_no_database_stores_is_kept_without_it(account):
    row = arrive(account, b"")

    inbound.process_due(at=NOON)

    row.refresh_from_db()
    assert (row.state, row.reason) == (Inbound.State.FAILED, "it breaks off at")


def test_a_number_named_twice_in_two_spellings_is_one_parcel():
    store = StoreFactory()
    record_order(store=store, data=order_data(), at=NOON)
    told = fulfillment(
        tracking_numbers=("1Z 999 AA1", "1Z999AA1", "—", "1Z999BB2"),
        tracking_urls=("", "", "", "https://two.example"),
    )

    made = record_fulfillment(store=store, data=told, at=NOON)

    assert [(one.tracking_number, one.position) for one in made] == [("1Z 999 AA1", 0), ("1Z999BB2", 1)]
    assert made[1].tracking_url == "https://two.example"


def test_a_line_told_twice_in_one_message_is_one_line():
    data = order_data()

    order = record_order(
        store=StoreFactory(), data=replace(data, lines=(*data.lines, data.lines[0])), at=NOON
    )

    assert sorted(order.lines.values_list("external_id", flat=True)) == ["L1", "L2"]


def test_keys_that_grow_when_their_case_changes_still_fit():
    order = record_order(
        store=StoreFactory(), data=order_data(number="ß" * 60, email="İ" * 240 + "@a.example"), at=NOON
    )

    order.refresh_from_db()
    assert (len(order.number_key), len(order.email_key)) == (60, 254)
    assert order.email_key == email_key(order.email)


def test_a_carriers_long_words_are_cut_to_what_a_parcel_holds():
    shipment = ShipmentFactory(tracking_number="1Z9", tracking_key="1Z9")

    record_parcel(data=ParcelData("1Z9", signed_by="A" * 300, service="B" * 300), source="ups", at=NOON)

    shipment.refresh_from_db()
    assert (shipment.signed_by, shipment.service) == ("A" * 120, "B" * 120)


@pytest.mark.parametrize("currency", ["DOGECOIN", "12", "ßßß"])
def test_an_order_in_no_currency_is_a_bad_payload_and_not_a_bad_row(currency):
    body = {"id": 1, "created_at": "2026-03-10T12:00:00Z", "currency": currency}

    with pytest.raises(BadPayload, match="currency"):
        Shopify().parse("orders/create", json.dumps(body).encode())


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59", "9999-12-31T23:59:59Z"])
def test_a_time_that_only_means_none_is_no_time(told):
    """No zone can be applied to it: every page that shows it would fail."""
    with pytest.raises(clock.BadTime):
        clock.parse(told)


def test_a_line_that_was_packed_before_the_order_knew_it_is_in_its_parcel():
    """A line is added, and shipped; the hand-over arrives before the order's own update."""
    store, data = StoreFactory(), order_data()
    record_order(store=store, data=replace(data, version="1", lines=data.lines[:1]), at=NOON)
    record_fulfillment(store=store, data=fulfillment(lines=(("L1", 1), ("L2", 2))), at=NOON)

    record_order(store=store, data=data, at=NOON)

    packed = ShipmentLine.objects.values_list("line__external_id", "quantity")
    assert sorted(packed) == [("L1", 1), ("L2", 2)]


def test_a_window_told_before_the_parcel_came_is_kept_however_late_it_arrives():
    shipment = ShipmentFactory()
    scan = ScanData(Status.DELIVERED, at=NOON)
    add_scans(shipment_id=shipment.pk, scans=[scan], source="ups", at=NOON)
    promised, guessed = (Window(date(2026, 3, day), date(2026, 3, day)) for day in (9, 20))

    for eta, told_at in ((promised, NOON - 24 * HOUR), (guessed, NOON + HOUR)):
        add_scans(shipment_id=shipment.pk, scans=[], source="ups", at=NOON, eta=eta, told_at=told_at)

    shipment.refresh_from_db()
    assert shipment.eta_to_date == promised.to_date
    assert [promise.to_date for promise in shipment.promises.all()] == [promised.to_date]


def test_a_product_of_many_variants_costs_no_more_queries_than_one_of_few(django_assert_max_num_queries):
    store = StoreFactory()
    lines = tuple(
        LineData(f"L{n}", "Lantern", 1, 1, 100, product_external_id="P", variant_external_id=f"V{n}")
        for n in range(5)
    )
    order = record_order(store=store, data=order_data(lines=lines), at=NOON)

    for version in ("1", "2"):
        variants = tuple(VariantData(f"V{n}", title=f"{version}.{n}", price_minor=n) for n in range(60))
        with django_assert_max_num_queries(15):
            record_product(store=store, data=ProductData("P", "Lantern", version, variants=variants), at=NOON)

    linked = order.lines.order_by("external_id").values_list(
        "variant__external_id", "variant__title", "product__title"
    )
    assert list(linked) == [(f"V{n}", f"2.{n}", "Lantern") for n in range(5)]


def test_deliveries_whose_long_ids_begin_alike_are_two(account):
    arrive(account, b'["A"]', "x" * 300 + "1")
    arrive(account, b'["B"]', "x" * 300 + "2")
    arrive(account, b'["C"]', "x" * 300 + "2")

    assert Inbound.objects.count() == 2


def test_an_error_that_quotes_a_row_is_kept_without_the_row(account, monkeypatch):
    def fail(**kwargs):
        raise IntegrityError(
            "null value in column “city”\nDETAIL:  Failing row contains (7, ada@example.com)."
        )

    monkeypatch.setattr(inbound, "record_parcel", fail)
    row = arrive(account, b'["OURS"]')

    inbound.process_due(at=NOON)

    row.refresh_from_db()
    assert row.last_error == "IntegrityError: null value in column “city”"
    assert row.state == Inbound.State.WAITING
