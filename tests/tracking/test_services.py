"""Orders, hand-overs and scans: any order of arrival ends in the same rows, each fact is told once."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from customers.models import Customer, Event
from tests.factories.customers import StoreFactory
from tests.factories.tracking import CarrierAccountFactory, ShipmentFactory
from tracking.carriers.base import ParcelData, ScanData
from tracking.models import Order, OrderLine, Scan, Shipment, ShipmentLine
from tracking.services import (
    Missing,
    add_scans,
    record_fulfillment,
    record_order,
    record_parcel,
    record_product,
    record_shop_scan,
    record_stock,
)
from tracking.shops.base import (
    AddressData,
    CustomerData,
    FulfillmentData,
    LineData,
    OrderData,
    ProductData,
    ScanFact,
    StockData,
    VariantData,
)
from tracking.vocabulary import Status

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def order_data(version="2", **more):
    values = {
        "external_id": "820982911946154500",
        "number": "#1042",
        "version": version,
        "placed_at": NOON,
        "currency": "USD",
        "lines": (
            LineData(
                "L1", "Lantern", 1, 1, 4800, sku="LAN", product_external_id="P1", variant_external_id="V1"
            ),
            LineData("L2", "Candle", 2, 2, 1200),
        ),
        "email": "Ada@Example.com",
        "customer": CustomerData(external_id="c1", email="ada@example.com", name="Ada Lovelace"),
        "total_minor": 7200,
        "ship_to": AddressData("Ada Lovelace", ("12 Analytical Way",), "Portland", "OR", "97201", "US"),
    }
    return OrderData(**(values | more))


def fulfillment(version="2", **more):
    values = {
        "external_id": "F1",
        "order_external_id": "820982911946154500",
        "version": version,
        "lines": (("L1", 1), ("L2", 2)),
        "tracking_numbers": ("1Z 999 AA1",),
        "carrier_name": "UPS",
        "created_at": NOON,
    }
    return FulfillmentData(**(values | more))


def scan(status, hours=0, **more):
    return ScanData(status=Status(status), at=NOON + timedelta(hours=hours), **more)


def rows():
    """Everything an order is, without what depends on when we heard of it."""
    skip = {
        "id",
        "public_id",
        "created_at",
        "updated_at",
        "version",
        "due_at",
        "handed_over_at",
        "order_id",
        "customer_id",
        "line_id",
        "shipment_id",
        "heard_at",
        "checked_at",
        "replaced_at",
        "recorded_at",
    }
    found = []
    for model in (Order, OrderLine, Shipment, ShipmentLine, Scan, Customer):
        for row in model.objects.values():
            found.append((model.__name__, repr(sorted((k, v) for k, v in row.items() if k not in skip))))
    return sorted(found)


def keys():
    return sorted(event.kind for event in Event.objects.all())


pytestmark = pytest.mark.django_db


def test_an_order_is_recorded_with_its_lines_and_its_customer():
    store = StoreFactory()

    order = record_order(store=store, data=order_data(), at=NOON)

    assert order.number_key == "1042"
    assert order.email_key == "ada@example.com"
    assert order.customer.name == "Ada Lovelace"
    assert [line.total_minor for line in order.lines.order_by("position")] == [4800, 2400]
    assert keys() == ["tracking.order.placed"]


def test_every_order_of_arrival_ends_in_the_same_rows():
    messages = [
        lambda s: record_order(store=s, data=order_data("1", total_minor=9900), at=NOON),
        lambda s: record_order(store=s, data=order_data("2"), at=NOON),
        lambda s: record_order(
            store=s, data=order_data("3", cancelled_at=NOON, lines=order_data().lines[:1]), at=NOON
        ),
        lambda s: record_order(store=s, data=order_data("2"), at=NOON),
    ]
    ends = set()
    for permutation in itertools.permutations(messages):
        store = StoreFactory()
        for message in permutation:
            message(store)
        ends.add((repr(rows()), repr(keys())))
        Order.objects.all().delete()
        Customer.objects.all().delete()
        Event.objects.all().delete()

    assert len(ends) == 1
    end = ends.pop()
    assert "'CANCELLED'" in end[0]
    assert "tracking.order.cancelled" in end[1]


def test_a_line_the_shop_took_out_stays_with_quantity_zero():
    store = StoreFactory()
    record_order(store=store, data=order_data("1"), at=NOON)

    order = record_order(store=store, data=order_data("2", lines=order_data().lines[:1]), at=NOON)

    assert dict(order.lines.values_list("external_id", "quantity")) == {"L1": 1, "L2": 0}


def test_a_hand_over_before_its_order_says_what_it_waits_for():
    with pytest.raises(Missing) as caught:
        record_fulfillment(store=StoreFactory(), data=fulfillment(), at=NOON)

    assert caught.value.waits_for == "order:harbour-pine:820982911946154500"


def test_a_hand_over_packs_its_lines_and_finds_its_carrier():
    store = StoreFactory()
    account = CarrierAccountFactory()
    order = record_order(store=store, data=order_data(), at=NOON)

    (shipment,) = record_fulfillment(store=store, data=fulfillment(), at=NOON)

    assert (shipment.carrier, shipment.tracking_key, shipment.account) == ("ups", "1Z999AA1", account)
    assert shipment.due_at == NOON
    assert shipment.destination["city"] == "Portland"
    assert sorted(shipment.lines.values_list("line__external_id", "quantity")) == [("L1", 1), ("L2", 2)]
    assert keys() == ["tracking.order.placed", "tracking.shipment.created"]
    assert Order.objects.get(pk=order.pk).status == "PLACED"


def test_several_numbers_are_several_parcels_of_one_hand_over():
    store = StoreFactory()
    record_order(store=store, data=order_data(), at=NOON)

    shipments = record_fulfillment(
        store=store, data=fulfillment(tracking_numbers=("A1", "A2", "A1")), at=NOON
    )

    assert [(s.tracking_number, s.position, s.lines.count()) for s in shipments] == [
        ("A1", 0, 2),
        ("A2", 1, 0),
    ]


def test_a_corrected_number_replaces_the_mistyped_one():
    store = StoreFactory()
    record_order(store=store, data=order_data(), at=NOON)
    (typo,) = record_fulfillment(store=store, data=fulfillment("1", tracking_numbers=("TYPO",)), at=NOON)

    (right,) = record_fulfillment(store=store, data=fulfillment("2", tracking_numbers=("RIGHT",)), at=NOON)

    assert right.pk == typo.pk
    assert list(Shipment.objects.values_list("tracking_number", flat=True)) == ["RIGHT"]


def test_a_number_with_scans_is_set_aside_not_renamed():
    store = StoreFactory()
    record_order(store=store, data=order_data(), at=NOON)
    (old,) = record_fulfillment(store=store, data=fulfillment("1", tracking_numbers=("OLD",)), at=NOON)
    add_scans(shipment_id=old.pk, scans=[scan("IN_TRANSIT")], source="api", at=NOON)

    (new,) = record_fulfillment(store=store, data=fulfillment("2", tracking_numbers=("NEW",)), at=NOON)

    assert new.pk != old.pk
    assert [s.tracking_number for s in Shipment.objects.current()] == ["NEW"]


def test_a_cancelled_hand_over_stays_cancelled_when_older_news_comes_late():
    store = StoreFactory()
    record_order(store=store, data=order_data(), at=NOON)

    record_fulfillment(store=store, data=fulfillment("3", cancelled=True), at=NOON)
    record_fulfillment(store=store, data=fulfillment("2"), at=NOON)

    assert not Shipment.objects.current().exists()
    assert keys() == ["tracking.order.placed"]


def test_a_parcel_of_two_orders_is_scanned_in_both():
    store = StoreFactory()
    for number in ("1", "2"):
        record_order(store=store, data=order_data(external_id=number), at=NOON)
        record_fulfillment(
            store=store, data=fulfillment(external_id=f"F{number}", order_external_id=number), at=NOON
        )

    reached = record_parcel(
        data=ParcelData("1Z999AA1", (scan("IN_TRANSIT"),), carrier="ups"), source="easypost", at=NOON
    )

    assert reached == 2
    assert set(Shipment.objects.values_list("status", flat=True)) == {"IN_TRANSIT"}


def test_another_carriers_parcel_with_the_same_digits_is_not_ours():
    shipment = ShipmentFactory(carrier="dhl", tracking_number="123", tracking_key="123")

    with pytest.raises(Missing):
        record_parcel(data=ParcelData("123", (scan("DELIVERED"),), carrier="ups"), source="easypost", at=NOON)

    shipment.refresh_from_db()
    assert shipment.status == "PENDING"


def test_an_order_is_delivered_when_all_its_parcels_are():
    store = StoreFactory()
    record_order(store=store, data=order_data(), at=NOON)
    one, two = (
        record_fulfillment(
            store=store, data=fulfillment(external_id=f, lines=(line,), tracking_numbers=(f,)), at=NOON
        )[0]
        for f, line in (("F1", ("L1", 1)), ("F2", ("L2", 2)))
    )
    seen = []

    for shipment, status in (
        (one, "IN_TRANSIT"),
        (two, "IN_TRANSIT"),
        (one, "DELIVERED"),
        (two, "DELIVERED"),
    ):
        add_scans(shipment_id=shipment.pk, scans=[scan(status, hours=len(seen))], source="api", at=NOON)
        seen.append(Order.objects.get().status)

    assert seen == ["PARTLY_SHIPPED", "SHIPPED", "PARTLY_DELIVERED", "DELIVERED"]


def test_a_shops_scan_waits_for_its_hand_over():
    fact = ScanFact("820982911946154500", "F1", scan("IN_TRANSIT"))

    with pytest.raises(Missing) as caught:
        record_shop_scan(store=StoreFactory(), data=fact, source="shopify", at=NOON)

    assert caught.value.waits_for == "fulfillment:harbour-pine:F1"


def test_products_are_linked_to_lines_that_came_first():
    store = StoreFactory()
    record_order(store=store, data=order_data(), at=NOON)

    product = ProductData(
        "P1", "Lantern", "1", tags=("brass",), variants=(VariantData("V1", "Large", sku="LAN"),)
    )
    record_product(store=store, data=product, at=NOON)

    line = OrderLine.objects.get(external_id="L1")
    assert (line.product.title, line.variant.title) == ("Lantern", "Large")


def test_an_older_product_message_changes_nothing():
    store = StoreFactory()
    newest = ProductData("P1", "New", "2", variants=(VariantData("V2"),))

    record_product(store=store, data=newest, at=NOON)
    product = record_product(store=store, data=replace(newest, title="Old", version="1"), at=NOON)

    assert product.title == "New"


def test_stock_is_what_was_said_last_whatever_arrives_last():
    store = StoreFactory()
    record_stock(store=store, data=StockData("i1", "l1", 7, "2"), at=NOON)

    assert record_stock(store=store, data=StockData("i1", "l1", 9, "1"), at=NOON).available == 7
