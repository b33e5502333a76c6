"""What the shop deletes is marked, stays to be looked at, and is not brought back by what arrives late."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.models import Event, Identity
from tests import signing
from tests.factories.customers import StoreFactory
from tests.factories.tracking import CarrierAccountFactory
from tests.staff import client_of
from tests.tracking.mirror import forget, rows
from tests.tracking.test_shop_topics import read_all
from tracking import access
from tracking.models import Inbound, Link, Order, Product, Scan, Shipment, StockLevel, Variant
from tracking.services import polling

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


def when(minutes):
    return (START + timedelta(minutes=minutes)).isoformat()


def order(minutes=0, **changes):
    return {
        "id": 1042,
        "name": "#1042",
        "email": "ada@example.com",
        "currency": "USD",
        "created_at": when(0),
        "updated_at": when(minutes),
        "total_price": "48.00",
        "line_items": [
            {"id": 1, "title": "Lantern", "quantity": 3, "price": "16.00", "product_id": 70, "variant_id": 71}
        ],
        "shipping_address": {"city": "Portland", "country_code": "US", "zip": "97201"},
    } | changes


HANDED = {
    "id": 500,
    "order_id": 1042,
    "status": "success",
    "tracking_company": "UPS",
    "tracking_numbers": ["1Z999AA10123456784"],
    "line_items": [{"id": 1, "quantity": 3}],
    "created_at": when(1),
    "updated_at": when(1),
}
PRODUCT = {
    "id": 70,
    "title": "Lantern",
    "updated_at": when(0),
    "variants": [{"id": 71, "title": "Small", "inventory_item_id": 72, "price": "16.00"}],
}


def tell(client, *messages):
    for number, (topic, body, minutes) in enumerate(messages):
        answer = signing.shopify(
            client, topic, body, delivery=f"{topic}-{minutes}-{number}", triggered=when(minutes)
        )
        assert answer.status_code == 200
        read_all()


def every_order(client, *messages):
    """Tell messages forwards, backwards and twice. Returns: the rows, which have to be the same."""
    ends = []
    for told in (messages, messages[::-1], [*messages, *messages[::-1]], [*messages[1:], messages[0]]):
        StoreFactory()
        tell(client, *told)
        assert set(Inbound.objects.values_list("state", flat=True)) <= {"DONE", "KEPT"}
        ends.append(rows())
        if told is not messages[1:]:
            forget()
    assert all(end == ends[0] for end in ends)
    return ends[0]


# --- orders
def test_a_deleted_order_keeps_its_page_and_its_parcels_are_asked_about_no_more(client):
    StoreFactory()
    CarrierAccountFactory(slug="easypost")
    tell(client, ("orders/create", order(), 0), ("fulfillments/create", HANDED, 1))
    assert Shipment.objects.get().due_at is not None

    tell(
        client,
        ("orders/delete", {"id": 1042}, 5),
        ("fulfillments/update", HANDED | {"updated_at": when(6)}, 6),
    )

    row = Order.objects.get()
    assert row.removed_at == START + timedelta(minutes=5)
    assert Shipment.objects.get().due_at is None
    assert polling.poll_due(at=START + timedelta(days=1)) == 0
    assert Event.objects.filter(kind="tracking.order.removed").count() == 1
    token = access.token(access.link_for(row, Link.Purpose.ACT, at=START))
    assert client.get(f"/o/{token}/").status_code == 200
    shown = client_of().get(f"/admin/tracking/order/{row.pk}/change/").content.decode()
    assert "deleted in the shop" in shown


def test_an_order_deleted_before_it_came_does_not_come_to_life(client):
    end = every_order(
        client,
        ("orders/create", order(), 0),
        ("orders/updated", order(2, note="x"), 2),
        ("fulfillments/create", HANDED, 1),
        ("orders/delete", {"id": 1042}, 5),
    )
    assert "tracking.order.removed" in end


def test_deleting_an_order_nobody_knows_waits_for_nothing(client):
    StoreFactory()
    tell(client, ("orders/delete", {"id": 9}, 0), ("orders/deleted", {"id": 10}, 0))

    assert set(Inbound.objects.values_list("state", flat=True)) == {"DONE"}


# --- products
def test_a_deleted_product_is_marked_and_orders_go_on_showing_it(client):
    StoreFactory()
    tell(client, ("products/create", PRODUCT, 0), ("orders/create", order(), 0))
    tell(client, ("products/delete", {"id": 70}, 5))

    product = Product.objects.get()
    assert product.removed_at == START + timedelta(minutes=5)
    assert Variant.objects.get().removed_at == product.removed_at
    line = Order.objects.get().lines.get()
    assert (line.title, line.product) == ("Lantern", product)


def test_a_deleted_product_stays_deleted_whatever_arrives_late(client):
    every_order(
        client,
        ("products/create", PRODUCT, 0),
        ("products/update", PRODUCT | {"updated_at": when(2), "title": "Brass lantern"}, 2),
        ("products/delete", {"id": 70}, 5),
        ("orders/create", order(), 0),
    )


# --- stock
def stock(minutes, available, location=9):
    return {
        "inventory_item_id": 72,
        "location_id": location,
        "available": available,
        "updated_at": when(minutes),
    }


def test_a_location_that_no_longer_stocks_an_item_has_none_until_it_does_again(client):
    gone = {"inventory_item_id": 72, "location_id": 9}
    every_order(
        client,
        ("inventory_levels/update", stock(0, 5), 0),
        ("inventory_levels/disconnect", gone, 5),
        ("inventory_levels/update", stock(3, 4), 3),
    )
    StoreFactory()
    tell(client, ("inventory_levels/disconnect", gone, 5))
    level = StockLevel.objects.get()
    assert (level.available, level.removed_at) == (0, START + timedelta(minutes=5))

    tell(client, ("inventory_levels/connect", stock(9, 2), 9))
    level.refresh_from_db()
    assert (level.available, level.removed_at) == (2, None)


def variant(minutes, quantity):
    return payload_of(71, quantity, minutes)


def payload_of(variant_id, quantity, minutes):
    return {"id": variant_id, "product_id": 70, "inventory_quantity": quantity, "updated_at": when(minutes)}


def test_a_variants_stock_counts_where_nobody_says_what_is_where(client):
    StoreFactory()
    tell(client, ("variants/out_of_stock", variant(4, 0), 4), ("variants/in_stock", variant(2, 7), 2))
    assert set(Inbound.objects.values_list("state", flat=True)) == {"BLOCKED"}

    tell(client, ("products/create", PRODUCT, 0))
    assert StockLevel.objects.get().available == 0
    tell(client, ("variants/in_stock", variant(8, 3), 8))
    assert StockLevel.objects.get().available == 3

    tell(client, ("inventory_levels/update", stock(5, 2), 5))
    level = StockLevel.objects.get()
    assert (level.available, level.location.external_id) == (2, "9")
    tell(client, ("variants/in_stock", variant(9, 99), 9))
    assert StockLevel.objects.get() == level


def test_stock_of_variants_and_locations_ends_the_same_in_every_order(client):
    every_order(
        client,
        ("products/create", PRODUCT, 0),
        ("variants/in_stock", variant(2, 7), 2),
        ("inventory_levels/update", stock(1, 4), 1),
        ("variants/out_of_stock", variant(4, 0), 4),
    )


# --- scans
def scan(number, status, minutes):
    return {
        "id": number,
        "fulfillment_id": 500,
        "order_id": 1042,
        "status": status,
        "message": status,
        "happened_at": when(minutes),
        "updated_at": when(minutes),
        "city": "Denver",
    }


def test_a_scan_the_shop_takes_back_no_longer_counts(client):
    StoreFactory()
    tell(
        client,
        ("orders/create", order(), 0),
        ("fulfillments/create", HANDED, 1),
        ("fulfillment_events/create", scan(1, "in_transit", 2), 2),
        ("fulfillment_events/create", scan(2, "delivered", 3), 3),
    )
    assert Shipment.objects.get().status == "DELIVERED"

    tell(client, ("fulfillment_events/delete", scan(2, "delivered", 3), 5))

    shipment = Shipment.objects.get()
    assert (shipment.status, shipment.delivered_at) == ("IN_TRANSIT", None)
    assert Order.objects.get().status == "SHIPPED"


def test_a_scan_taken_back_before_it_came_is_not_taken_in(client):
    StoreFactory()
    tell(
        client,
        ("fulfillment_events/delete", scan(2, "delivered", 3), 5),
        ("fulfillment_events/create", scan(2, "delivered", 3), 3),
        ("fulfillments/create", HANDED, 1),
        ("orders/create", order(), 0),
    )

    assert not Scan.objects.exists()
    assert Shipment.objects.get().status == "PENDING"
    kept = Inbound.objects.get(topic="fulfillment_events/create")
    assert (kept.state, kept.reason) == ("KEPT", "The shop has taken this scan back since.")


# --- customers
PERSON = {"id": 7, "email": "ada@example.com", "first_name": "Ada", "updated_at": when(0)}


def test_a_customer_deleted_in_the_shop_is_marked_and_kept(client):
    end = every_order(
        client,
        ("customers/create", PERSON, 0),
        ("customers/update", PERSON | {"updated_at": when(2), "last_name": "L"}, 2),
        ("customers/delete", {"id": 7}, 5),
    )
    assert "'Ada L'" in repr(end)

    StoreFactory()
    tell(client, ("customers/delete", {"id": 7}, 5), ("customers/update", PERSON, 0))
    external = Identity.objects.get(kind="external")
    assert external.removed_at == START + timedelta(minutes=5)
    assert external.customer.email == "ada@example.com"


def test_consent_told_by_itself_counts_and_overrules_no_detail(client):
    StoreFactory()
    said = {
        "customer_id": 7,
        "email_address": "ada@example.com",
        "email_marketing_consent": {"state": "subscribed", "consent_updated_at": when(3)},
    }
    text = {"id": 7, "phone": "+15035550142", "sms_marketing_consent": {"state": "unsubscribed"}}
    tell(
        client,
        ("customers_email_marketing_consent/update", said, 3),
        ("customers/update", PERSON, 0),
        ("customers_marketing_consent/update", text, 4),
    )

    customer = Identity.objects.get(kind="external").customer
    assert (customer.name, customer.phone) == ("Ada", "+15035550142")
    words = {(c.channel, c.granted, c.said_at) for c in customer.consents.all()}
    assert words == {
        ("email", True, START + timedelta(minutes=3)),
        ("sms", False, START + timedelta(minutes=4)),
    }
