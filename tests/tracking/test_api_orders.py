"""Orders through the API: written once, updated by the same id, found again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Event
from tests.factories.api import Api, order_body
from tests.factories.customers import StoreFactory
from tests.factories.tracking import (
    OrderFactory,
)
from tracking.access import open_token
from tracking.models import Link, Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


def test_an_order_is_created_with_everything_it_says(store):
    response = Api().post("orders/", order_body(tags=["gift"], note="Ring twice", phone="(503) 555-0142"))

    made = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"http://testserver/api/v1/orders/{made['id']}/"
    order = Order.objects.get()
    assert made["id"] == str(order.public_id)
    assert (made["store"], made["number"], made["status"]) == ("harbour-pine", "#1042", "PLACED")
    assert made["customer"] == {
        "id": str(order.customer.public_id),
        "name": "Ada Lovelace",
        "email": "ada@example.com",
    }
    assert made["ship_to"]["country"] == "US" and made["ship_to"]["lines"] == ["12 Analytical Way"]
    assert (made["tags"], made["note"], made["phone"]) == (["gift"], "Ring twice", "+15035550142")
    assert [(line["external_id"], line["quantity"], line["total_minor"]) for line in made["lines"]] == [
        ("1", 2, 9600),
        ("2", 1, 200),
    ]
    sums = [made[f"{part}_minor"] for part in ("subtotal", "discount", "shipping", "tax", "total")]
    assert sums == [9800, 100, 500, 0, 10300]
    assert made["shipments"] == []


def test_the_same_id_is_the_same_order(store):
    api = Api()
    first = api.post("orders/", order_body())

    again = api.post("orders/", order_body(number="#1042-B"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["number"] == "#1042-B"
    assert Order.objects.count() == 1
    assert Event.objects.filter(kind="tracking.order.placed").count() == 1


def test_news_older_than_what_we_hold_changes_nothing(store):
    api = Api()
    api.post("orders/", order_body(number="new", updated_at="2026-03-10T13:00:00Z"))

    late = api.post("orders/", order_body(number="old", updated_at="2026-03-10T13:59:59+01:00"))

    assert late.status_code == 200
    assert late.json()["number"] == "new"


def test_a_line_left_out_stays_with_nothing_wanted(store):
    api = Api()
    api.post("orders/", order_body())

    lines = api.post("orders/", order_body(lines=order_body()["lines"][:1])).json()["lines"]

    assert [(line["external_id"], line["quantity"]) for line in lines] == [("1", 2), ("2", 0)]


def test_a_cancelled_order_says_so(store):
    made = (
        Api()
        .post("orders/", order_body(cancelled_at="2026-03-11T08:00:00Z", cancel_reason="customer"))
        .json()
    )

    assert (made["status"], made["cancelled_at"]) == ("CANCELLED", "2026-03-11T08:00:00Z")


@pytest.mark.parametrize(
    ("given", "sums"),
    [
        ({}, (9800, 100, 0, 10300)),
        ({"tax_minor": 800}, (9800, 100, 800, 11100)),
        ({"tax_minor": 800, "total_minor": 10300}, (9800, 100, 800, 10300)),  # the tax is in the prices
        ({"tax_minor": 800, "total_minor": 11100}, (9800, 100, 800, 11100)),
        ({"tax_minor": 800, "total_minor": 10302}, (9800, 100, 800, 10302)),  # rounded line by line
        ({"discount_minor": 1100}, (8800, 1100, 0, 9300)),
        ({"discount_minor": 0}, (9800, 100, 0, 10300)),
        ({"discount_minor": 10400}, (0, 10400, 0, 0)),
    ],
)
def test_sums_are_computed_or_checked(store, given, sums):
    made = Api().post("orders/", order_body(**given)).json()

    assert tuple(made[f"{part}_minor"] for part in ("subtotal", "discount", "tax", "total")) == sums


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"total_minor": 9000}, "total_minor", "add up to 10300"),
        ({"tax_minor": 800, "total_minor": 11103}, "total_minor", "11100 with it on top"),
        ({"discount_minor": 10401}, "discount_minor", "More than the order costs"),
        ({"shipping_minor": 5.0}, "shipping_minor", "whole number of minor units"),
        ({"shipping_minor": "500"}, "shipping_minor", "whole number of minor units"),
        ({"shipping_minor": True}, "shipping_minor", "whole number of minor units"),
        ({"shipping_minor": -1}, "shipping_minor", "greater than or equal to 0"),
        ({"shipping_minor": 10**30}, "shipping_minor", "less than or equal"),
        ({"placed_at": "2026-03-10T12:00:00"}, "placed_at", "no offset"),
        ({"placed_at": "2026-03-10"}, "placed_at", "not an ISO 8601 time"),
        ({"placed_at": 1773144000}, "placed_at", "not an ISO 8601 time"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at", "not an ISO 8601 time"),
        ({"placed_at": "1066-10-14T09:00:00Z"}, "placed_at", "outside 1990"),
        ({"updated_at": "2099-01-01T00:00:00Z"}, "updated_at", "in the future"),
        ({"currency": "XXL"}, "currency", "ISO 4217"),
        ({"currency": "usd"}, "currency", "ISO 4217"),
        ({"email": "not an address"}, "email", "valid email"),
        ({"number": 1042}, "number", "text, in quotes"),
        ({"number": ""}, "number", "may not be blank"),
        ({"external_id": "x" * 65}, "external_id", "no more than 64"),
        ({"external_id": "a\u0000b"}, "external_id", "Null characters"),
        ({"language": "Klingon!"}, "language", "language tag"),
        ({"phone": "call me"}, "phone", "phone number"),
        ({"lines": []}, "lines", "may not be empty"),
        ({"store": "nowhere"}, "store", "knows no store"),
    ],
)
def test_a_wrong_field_is_named_with_what_would_be_right(store, change, field, words):
    response = Api().post("orders/", order_body(**change))

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]
    assert words in response.json()["errors"][field][0]
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"quantity": -1}, "lines.0.quantity"),
        ({"unit_price_minor": 10**13}, "lines.0.unit_price_minor"),
        ({"discount_minor": 9601}, "lines.0.discount_minor"),
        ({"ordered_quantity": 1}, "lines.0.ordered_quantity"),
        ({"image_url": "javascript:alert(1)"}, "lines.0.image_url"),
        ({"requires_shipping": "yes"}, "lines.0.requires_shipping"),
        ({"external_id": "2"}, "lines"),
        ({"unit_price_minor": 10**12, "quantity": 100_000}, "lines"),
    ],
)
def test_a_wrong_line_is_named_by_its_place(store, line, field):
    body = order_body()
    body["lines"][0] |= line

    response = Api().post("orders/", body)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_what_partners_may_not_set_is_refused(store):
    errors = Api().post("orders/", order_body(status="DELIVERED", id="1", version=9)).json()["errors"]

    assert set(errors) == {"status", "id", "version"}


def test_null_is_taken_for_left_out(store):
    body = order_body(phone=None, note=None, customer=None, ship_to=None, cancelled_at=None)

    made = Api().post("orders/", body)

    assert made.status_code == 201
    assert (made.json()["phone"], made.json()["cancelled_at"]) == ("", None)


def test_a_writer_gets_a_link_to_act_and_a_reader_one_to_share():
    order = OrderFactory()
    path = f"orders/{order.public_id}/"

    def link(*scopes):
        address = Api(scopes).get(path).json()["url"]
        assert address.startswith("http://localhost:8000/o/")
        return open_token(address.rstrip("/").rpartition("/")[2], at=timezone.now())

    assert link("orders:read", "orders:write").purpose == Link.Purpose.ACT
    assert link("orders:read").purpose == Link.Purpose.SHARE
    assert link("orders:read").order == order
    assert Link.objects.count() == 2


def test_a_store_with_its_own_domain_has_its_pages_there():
    order = OrderFactory(store__slug="own", store__domain="orders.harbour-pine.example")

    address = Api().get(f"orders/{order.public_id}/").json()["url"]

    assert address.startswith("https://orders.harbour-pine.example/o/")


def test_an_ended_link_is_not_handed_out():
    order = OrderFactory()
    now = timezone.now()
    Link.objects.create(order=order, purpose=Link.Purpose.SHARE, revoked_at=now)
    Link.objects.create(order=order, purpose=Link.Purpose.SHARE, expires_at=now + timedelta(hours=1))

    address = Api(("orders:read",)).get(f"orders/{order.public_id}/").json()["url"]

    link = open_token(address.rstrip("/").rpartition("/")[2], at=now)
    assert link.revoked_at is None and link.expires_at is None


def test_an_unchanged_order_is_not_sent_again():
    order = OrderFactory()
    api, path = Api(), f"orders/{order.public_id}/"
    first = api.get(path)
    etag = first.headers["ETag"]

    again = api.get(path, headers={"If-None-Match": f'"x", W/{etag}'})
    Order.objects.filter(pk=order.pk).update(note="changed")
    changed = api.get(path, headers={"If-None-Match": etag})

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200 and changed.headers["ETag"] != etag
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_what_the_api_writes_the_shopper_finds_on_the_page(store):
    made = Api().post("orders/", order_body()).json()

    response = Client().get(made["url"].removeprefix("http://localhost:8000"))

    assert response.status_code in (200, 302)


def test_times_are_told_in_utc(store):
    made = Api().post("orders/", order_body(placed_at="2026-03-10T12:00:00.5+05:30")).json()

    assert made["placed_at"] == "2026-03-10T06:30:00.500000Z"
    assert Order.objects.get().placed_at == datetime(2026, 3, 10, 6, 30, 0, 500000, tzinfo=UTC)
