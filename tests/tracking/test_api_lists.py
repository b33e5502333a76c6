"""
Lists of the API: found by what is known, paged without a gap, in as many queries for many rows as for few.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.api import Api, order_body
from tests.factories.customers import StoreFactory
from tests.factories.tracking import (
    NOON,
    OrderFactory,
    OrderLineFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tracking.models import Order, Scan

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "query",
    [
        {"number": "#1042"},
        {"number": "1042"},
        {"number": " # 1042 "},
        {"external_id": "10442"},
        {"email": "ADA@example.COM"},
        {"tracking_number": "1z 999 aa-1"},
        {"status": "DELIVERED"},
        {"store": "own"},
        {"updated_since": "2026-03-10T12:00:00Z"},
        {"updated_since": "2026-03-10T13:00:00 01:00"},  # an unescaped + arrives as a space
        {"number": "1042", "email": "ada@example.com", "status": "DELIVERED"},
    ],
)
def test_an_order_is_found_by_each_filter(query):
    wanted = OrderFactory(
        number="#1042", external_id="10442", email="ada@example.com", status="DELIVERED", store__slug="own"
    )
    ShipmentFactory(order=wanted, tracking_number="1Z999AA1")
    other = OrderFactory(number="#9", email="bob@example.com")
    ShipmentFactory(order=other)
    Order.objects.filter(pk=wanted.pk).update(updated_at=NOON)
    Order.objects.filter(pk=other.pk).update(updated_at=NOON - timedelta(seconds=1))

    assert [row["number"] for row in Api().get("orders/", **query).json()["results"]] == ["#1042"]


def test_a_number_that_was_taken_back_finds_nothing():
    shipment = ShipmentFactory(tracking_number="1Z999AA1", replaced_at=NOON)

    assert Api().get("orders/", tracking_number="1Z999AA1").json()["results"] == []
    assert Api().get("shipments/").json()["results"] == []
    assert Api().get(f"orders/{shipment.order.public_id}/").json()["shipments"] == []
    assert Api().get(f"shipments/{shipment.public_id}/").json()["replaced_at"] == "2026-03-10T12:00:00Z"


@pytest.mark.parametrize("query", [{"tracking_number": "--"}, {"number": "#"}])
def test_a_filter_of_nothing_but_punctuation_finds_nothing(query):
    ShipmentFactory(tracking_number="")

    assert Api().get("orders/", **query).json()["results"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("emial=ada@example.com", "emial"),
        ("status=LOST", "status"),
        ("updated_since=yesterday", "updated_since"),
        ("updated_since=2026-03-10T12:00:00", "updated_since"),
        ("number=1&number=2", "number"),
        ("number=", "number"),
        ("number=%00", "number"),
        ("page_size=201", "page_size"),
        ("page_size=0", "page_size"),
        ("page_size=ten", "page_size"),
        ("cursor=nonsense", "cursor"),
        ("cursor=bnwyMDI2fDE", "cursor"),
        ("cursor=%C3%A9", "cursor"),
        ("cursor=", "cursor"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_rather_than_ignored(query, field):
    response = Api().get(f"orders/?{query}")

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def make_orders(count):
    for _ in range(count):
        order = OrderFactory()
        line = OrderLineFactory(order=order)
        for _ in range(2):
            shipment = ShipmentFactory(order=order)
            ShipmentLineFactory(shipment=shipment, line=line)
            for minute in range(3):
                at = NOON + timedelta(minutes=minute)
                Scan.objects.create(
                    shipment=shipment,
                    fingerprint=f"{minute}",
                    at=at,
                    order_at=at,
                    status="IN_TRANSIT",
                    source="ups",
                )


@pytest.mark.parametrize("path", ["orders/", "shipments/"])
def test_a_list_takes_as_many_queries_for_thirty_rows_as_for_three(path):
    api = Api()
    make_orders(3)
    api.get(path)  # notes the key's use, makes the links

    def queries():
        with CaptureQueriesContext(connection) as found:
            rows = api.get(path).json()["results"]
        return len(found), rows

    few, _ = queries()
    make_orders(27)
    api.get(path)
    many, rows = queries()

    assert len(rows) in (30, 50)
    assert few == many <= 11


def read_all(api, path, way="next"):
    seen, pages = [], 0
    address = path
    while address:
        page = api.client.get(address).json()
        seen += [row["number"] for row in page["results"]]
        address, pages = page[way], pages + 1
        assert pages < 50
    return seen, page


def test_pages_show_each_row_once_even_when_all_changed_at_once():
    for n in range(7):
        OrderFactory(number=f"#{n}")
    Order.objects.update(updated_at=NOON)
    api = Api()

    forward, last = read_all(api, "/api/v1/orders/?page_size=2")
    backward, first = read_all(api, last["previous"], "previous")

    assert forward == [f"#{n}" for n in reversed(range(7))]
    assert last["next"] is None and first["previous"] is None
    assert sorted(backward + ["#0"]) == sorted(forward)


@pytest.mark.parametrize("path", ["orders", "shipments"])
def test_pages_show_each_row_once_as_the_services_wrote_it(path):
    StoreFactory()
    api = Api()
    for n in range(4):
        api.post("orders/", order_body(external_id=str(n), number=f"#{n}"))
        reference = {"store": "harbour-pine", "external_id": str(n)}
        api.post("shipments/", {"order": reference, "tracking_number": f"A{n}"})

    seen, address = [], f"/api/v1/{path}/?page_size=1"
    while address and len(seen) < 10:
        page = api.client.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]

    assert len(seen) == len(set(seen)) == 4


def test_a_row_that_arrives_between_pages_shifts_nothing():
    for n in range(4):
        OrderFactory(number=f"#{n}")
        Order.objects.filter(number=f"#{n}").update(updated_at=NOON + timedelta(minutes=n))
    api = Api()
    page = api.get("orders/", page_size="2").json()
    late = OrderFactory(number="#late")
    Order.objects.filter(pk=late.pk).update(updated_at=NOON + timedelta(hours=1))

    rest = api.client.get(page["next"]).json()

    assert [row["number"] for row in page["results"]] == ["#3", "#2"]
    assert [row["number"] for row in rest["results"]] == ["#1", "#0"]
    newer = api.client.get(rest["previous"]).json()
    assert [row["number"] for row in newer["results"]] == ["#3", "#2"]
    newest = api.client.get(newer["previous"]).json()
    assert [row["number"] for row in newest["results"]] == ["#late"]
    assert newest["previous"] is None


def test_the_links_of_a_page_keep_its_filters():
    for _ in range(3):
        OrderFactory(email="ada@example.com")
    OrderFactory(email="bob@example.com")

    page = Api().get("orders/", email="ada@example.com", page_size="2").json()
    rest = Api().client.get(page["next"]).json()

    assert len(page["results"]) + len(rest["results"]) == 3
