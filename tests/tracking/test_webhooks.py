"""
Deliveries from shops and carriers: verified, stored before they are understood, the same rows in any order.
"""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from customers import worker
from tests import signing
from tests.factories.customers import StoreFactory
from tests.factories.tracking import CarrierAccountFactory
from tests.tracking.mirror import forget, rows
from tracking.models import Inbound, Order, Shipment
from tracking.services import facts, inbound

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(microsecond=0)


def stamp(hours):
    return (NOW + timedelta(hours=hours)).isoformat()


ORDER = {
    "id": 820982911946154500,
    "name": "#1042",
    "email": "ada@example.com",
    "currency": "USD",
    "processed_at": stamp(-9),
    "created_at": stamp(-9),
    "updated_at": stamp(-9),
    "total_price": "48.00",
    "line_items": [{"id": 1, "title": "Lantern", "quantity": 1, "price": "48.00", "requires_shipping": True}],
    "customer": {"id": 7, "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"},
    "shipping_address": {"city": "Portland", "country_code": "US", "zip": "97201", "name": "Ada Lovelace"},
}
FULFILLMENT = {
    "id": 255858046,
    "order_id": 820982911946154500,
    "status": "success",
    "tracking_company": "UPS",
    "tracking_number": "1Z999AA10123456784",
    "tracking_numbers": ["1Z999AA10123456784"],
    "line_items": [{"id": 1, "quantity": 1}],
    "created_at": stamp(-8),
    "updated_at": stamp(-8),
}


def fulfillment_event(status, hours, number):
    return {
        "id": number,
        "fulfillment_id": 255858046,
        "order_id": 820982911946154500,
        "status": status,
        "message": status,
        "happened_at": stamp(hours),
        "created_at": stamp(hours),
        "updated_at": stamp(hours),
        "city": "Denver",
    }


STORY = [
    ("orders/create", ORDER),
    ("fulfillments/create", FULFILLMENT),
    ("fulfillment_events/create", fulfillment_event("in_transit", -7, 1)),
    ("fulfillment_events/create", fulfillment_event("delivered", -2, 2)),
]


def read_all():
    worker.drain(kinds=["inbound"])


def test_a_signed_delivery_is_stored_and_read_by_the_worker(client):
    StoreFactory()

    answer = signing.shopify(client, "orders/create", ORDER)

    assert answer.status_code == 200
    assert not Order.objects.exists()
    read_all()
    row = Inbound.objects.get()
    assert (row.state, row.topic, json.loads(bytes(row.body))["name"]) == ("DONE", "orders/create", "#1042")
    assert Order.objects.get().number == "#1042"


def test_a_wrong_signature_is_refused_and_nothing_is_stored(client):
    store = StoreFactory()

    assert signing.shopify(client, "orders/create", ORDER, secret="other").status_code == 401

    assert not Inbound.objects.exists()
    store.refresh_from_db()
    assert store.last_rejected_at is not None


def test_a_store_without_a_secret_accepts_nothing(client):
    StoreFactory(webhook_secret="")

    assert signing.shopify(client, "orders/create", ORDER, secret="").status_code == 401


def test_both_live_secrets_are_accepted_while_they_change_over(client):
    StoreFactory(webhook_secret="new", webhook_secret_previous="old")

    for delivery, secret in (("a", "new"), ("b", "old")):
        assert (
            signing.shopify(client, "orders/create", ORDER, delivery=delivery, secret=secret).status_code
            == 200
        )


def test_an_unknown_shop_is_404_and_get_is_405(client):
    assert signing.shopify(client, "orders/create", ORDER, slug="nobody").status_code == 404
    assert client.get("/webhooks/shops/nobody/").status_code == 405


def test_the_same_delivery_is_stored_once_by_its_id_and_by_its_content(client):
    StoreFactory()

    for delivery, body in (("d1", ORDER), ("d1", ORDER | {"note": "retry"}), ("d2", ORDER)):
        assert signing.shopify(client, "orders/create", body, delivery=delivery).status_code == 200

    assert Inbound.objects.count() == 1


def test_the_same_words_about_another_moment_are_another_fact(client):
    StoreFactory()
    level = {"inventory_item_id": 5, "location_id": 9}

    for delivery in ("d1", "d2"):
        signing.shopify(
            client, "inventory_levels/disconnect", level, delivery=delivery, triggered=stamp(int(delivery[1]))
        )

    assert Inbound.objects.count() == 2


@pytest.mark.parametrize("raw", [b'{"id": 82098', b"", b"\xff\xfe", b"[" * 100_000, b'"text"', b"null"])
def test_a_truncated_or_foreign_body_is_kept_with_the_reason(client, raw):
    StoreFactory()

    assert signing.shopify(client, "orders/create", None, raw=raw).status_code == 200
    read_all()

    row = Inbound.objects.get()
    assert (row.state, bytes(row.body)) == ("FAILED", raw)
    assert row.reason


def test_an_unknown_topic_is_kept_with_the_reason(client):
    StoreFactory()

    assert signing.shopify(client, "moon/phase_changed", {"id": 1}).status_code == 200
    read_all()

    row = Inbound.objects.get()
    assert row.state == "KEPT"
    assert "moon/phase_changed" in row.reason


def test_a_body_over_five_megabytes_is_refused_in_words(client):
    StoreFactory()

    answer = signing.shopify(client, "orders/create", None, raw=b"x" * (5 * 1024 * 1024 + 1))

    assert answer.status_code == 413
    assert "5 MB" in answer.json()["detail"]


def test_every_order_of_arrival_and_every_repetition_ends_in_the_same_rows(client):
    ends = set()
    for told in permutations(enumerate(STORY)):
        StoreFactory()
        for number, (topic, body) in [*told, told[0]]:
            signing.shopify(client, topic, body, delivery=f"d{number}")
            read_all()
        ends.add(repr(rows()))
        assert set(Inbound.objects.values_list("state", flat=True)) == {"DONE"}
        forget()

    assert len(ends) == 1
    assert "DELIVERED" in ends.pop()


def test_what_came_too_early_says_what_it_waits_for_and_is_read_when_that_comes(client):
    StoreFactory()
    signing.shopify(client, "fulfillments/create", FULFILLMENT, delivery="early")
    read_all()
    row = Inbound.objects.get()
    assert (row.state, row.reason) == ("BLOCKED", "waits for order 820982911946154500")

    signing.shopify(client, "orders/create", ORDER, delivery="late")
    read_all()

    assert set(Inbound.objects.values_list("state", flat=True)) == {"DONE"}
    assert Shipment.objects.get().order.number == "#1042"


def test_what_never_comes_is_given_up_visibly_after_a_week(client):
    StoreFactory()
    signing.shopify(client, "fulfillments/create", FULFILLMENT)
    later = timezone.now() + timedelta(days=8)

    inbound.process_due(at=later)

    row = Inbound.objects.get()
    assert (row.state, row.due_at) == ("FAILED", None)
    assert "never came" in row.reason


def test_a_failure_of_ours_is_retried_and_then_kept_for_a_person(client, monkeypatch):
    StoreFactory()
    signing.shopify(client, "orders/create", ORDER)

    def explode(**kwargs):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(facts, "record_order", explode)
    for day in range(1, 12):
        inbound.process_due(at=timezone.now() + timedelta(days=day))
    row = Inbound.objects.get()
    assert (row.state, row.attempts, row.last_error) == (
        "FAILED",
        inbound.MAX_ATTEMPTS,
        "ZeroDivisionError: a bug",
    )
    monkeypatch.undo()

    assert inbound.replay(Inbound.objects.all(), at=timezone.now()) == 1
    read_all()

    assert Inbound.objects.get().state == "DONE"
    assert Order.objects.exists()


def test_a_worker_that_lost_its_lease_leaves_no_rows(client, monkeypatch):
    StoreFactory()
    signing.shopify(client, "orders/create", ORDER)
    monkeypatch.setattr(inbound.claims, "settle", lambda row, **changes: False)

    inbound.process_due(at=timezone.now())

    assert not Order.objects.exists()


def test_replaying_what_was_read_changes_nothing(client):
    StoreFactory()
    for number, (topic, body) in enumerate(STORY):
        signing.shopify(client, topic, body, delivery=f"d{number}")
    read_all()
    before = rows()

    inbound.replay(Inbound.objects.all(), at=timezone.now())
    read_all()

    assert rows() == before


def tracker(status, minutes, carrier="UPS"):
    detail = {
        "object": "TrackingDetail",
        "message": status,
        "status": status,
        "datetime": stamp(-minutes / 60).replace("+00:00", "Z"),
        "tracking_location": {"city": "DENVER", "state": "CO", "country": "US", "zip": None},
    }
    return {
        "id": f"evt_{status}",
        "object": "Event",
        "description": "tracker.updated",
        "result": {
            "id": "trk_1",
            "object": "Tracker",
            "tracking_code": "1Z999AA10123456784",
            "status": status,
            "carrier": carrier,
            "tracking_details": [detail],
            "updated_at": stamp(-minutes / 60).replace("+00:00", "Z"),
        },
    }


def test_a_carriers_delivery_waits_for_its_parcel_and_then_moves_it(client):
    StoreFactory()
    CarrierAccountFactory(slug="easypost")
    assert signing.easypost(client, tracker("out_for_delivery", 30)).status_code == 200
    read_all()
    assert Inbound.objects.get().state == "BLOCKED"

    for number, (topic, body) in enumerate(STORY[:2]):
        signing.shopify(client, topic, body, delivery=f"d{number}")
    read_all()

    assert Shipment.objects.get().status == "OUT_FOR_DELIVERY"


def test_a_carriers_wrong_signature_is_refused(client):
    account = CarrierAccountFactory(slug="easypost")

    assert signing.easypost(client, tracker("delivered", 1), secret="other").status_code == 401

    account.refresh_from_db()
    assert account.last_rejected_at is not None
    assert not Inbound.objects.exists()


def test_a_disabled_account_takes_nothing(client):
    CarrierAccountFactory(slug="easypost", enabled=False)

    assert signing.easypost(client, tracker("delivered", 1)).status_code == 404
