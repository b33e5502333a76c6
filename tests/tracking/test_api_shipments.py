"""Parcels through the API: told once, followed by their scans."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from customers.models import Event
from tests.factories.api import Api, order_body
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, ShipmentFactory
from tracking.models import Order, Scan, Shipment

pytestmark = pytest.mark.django_db

NUMBER = "1Z5R89390357567127"  # a UPS number whose check digit is right


@pytest.fixture
def order():
    StoreFactory()
    Api().post("orders/", order_body())
    return Order.objects.get()


def parcel(order, /, **changes):
    return {"order": str(order.public_id), "tracking_number": NUMBER} | changes


def test_a_parcel_is_told_by_the_orders_id_or_by_the_shops(order):
    api = Api()

    first = api.post("shipments/", parcel(order))
    again = api.post(
        "shipments/",
        parcel(order, order={"store": "harbour-pine", "external_id": "10442"}, tracking_number=f" {NUMBER} "),
    )

    made = first.json()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["Location"] == f"http://testserver/api/v1/shipments/{made['id']}/"
    assert again.json()["id"] == made["id"]
    assert (made["order"], made["tracking_number"]) == (str(order.public_id), NUMBER)
    assert (made["carrier"], made["status"], made["scans"]) == ("ups", "PENDING", [])
    assert NUMBER in made["tracking_url"]
    assert Event.objects.filter(kind="tracking.shipment.created").count() == 1


def test_an_id_without_a_number_is_a_parcel_and_the_number_may_follow(order):
    api = Api()
    first = api.post("shipments/", parcel(order, external_id="pick-1", tracking_number=""))

    again = api.post("shipments/", parcel(order, external_id="pick-1"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert (again.json()["external_id"], again.json()["tracking_number"]) == ("pick-1", NUMBER)


def test_another_number_for_the_same_id_corrects_the_old_one(order):
    api = Api()
    first = api.post("shipments/", parcel(order, external_id="pick-1", tracking_number="WRONG1"))

    again = api.post("shipments/", parcel(order, external_id="pick-1"))

    assert again.json()["id"] == first.json()["id"]
    assert [row["tracking_number"] for row in api.get("shipments/").json()["results"]] == [NUMBER]


def test_the_carrier_is_taken_by_code_or_by_name(order):
    def carrier(number, **given):
        made = Api().post("shipments/", parcel(order, tracking_number=number, **given)).json()
        return made["carrier"], made["carrier_name"]

    assert carrier("A1", carrier="royal_mail") == ("royal_mail", "Royal Mail")
    assert carrier("A2", carrier="DHL Express") == ("dhl_express", "DHL Express")
    assert carrier("A3", carrier="Otto's Vans") == ("otto_s_vans", "Otto's Vans")
    assert carrier("A4", carrier="ups", carrier_name="UPS Ground") == ("ups", "UPS Ground")
    assert carrier("A5") == ("", "")


def test_lines_are_packed_as_told(order):
    made = Api().post("shipments/", parcel(order, lines=[{"line": "1", "quantity": 1}])).json()

    assert made["lines"] == [{"line": "1", "quantity": 1}]


def test_without_lines_a_parcel_carries_what_no_other_does(order):
    api = Api()
    api.post("shipments/", parcel(order, tracking_number="A1", lines=[{"line": "1", "quantity": 1}]))

    rest = api.post("shipments/", parcel(order, tracking_number="A2"))
    again = api.post("shipments/", parcel(order, tracking_number="A2"))

    assert rest.json()["lines"] == [{"line": "1", "quantity": 1}, {"line": "2", "quantity": 1}]
    assert again.json()["lines"] == rest.json()["lines"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"order": "not-an-id"}, "order"),
        ({"order": 7}, "order"),
        ({"order": {"store": "harbour-pine"}}, "order.external_id"),
        ({"order": {"store": "harbour-pine", "external_id": "none"}}, "order"),
        ({"tracking_number": "---"}, "tracking_number"),
        ({"tracking_number": ""}, "body"),
        ({"tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ({"lines": []}, "lines"),
        ({"lines": [{"line": "9", "quantity": 1}]}, "lines.0.line"),
        ({"lines": [{"line": "1", "quantity": 3}]}, "lines.0.quantity"),
        ({"lines": [{"line": "1", "quantity": 1}, {"line": "1", "quantity": 1}]}, "lines.1.line"),
        ({"shipped_at": "2099-01-01T00:00:00Z"}, "shipped_at"),
        ({"status": "DELIVERED"}, "status"),
    ],
)
def test_a_wrong_parcel_is_refused_with_the_field_named(order, change, field):
    response = Api().post("shipments/", parcel(order, **change))

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]
    assert not Shipment.objects.exists()


def scan(at="2026-03-11T12:00:00Z", status="IN_TRANSIT", **more):
    return {"at": at, "status": status} | more


def test_scans_make_the_parcels_state_in_whatever_order_they_come(order):
    api = Api()
    path = f"shipments/{api.post('shipments/', parcel(order)).json()['id']}/scans/"
    told = [
        scan(
            "2026-03-12T15:00:00-08:00",
            "DELIVERED",
            reason="safe-place",
            city="Portland",
            region="OR",
            country="us",
        ),
        scan("2026-03-11T09:00:00Z", message="Left the sorting centre", code="DEP"),
        scan("2026-03-12T14:00:00Z", "OUT_FOR_DELIVERY"),
    ]

    first = api.post(path, told)
    again = api.post(path, list(reversed(told)))

    assert (first.status_code, again.status_code) == (201, 200)
    made = again.json()
    assert (made["status"], made["reason"], made["delivered_at"]) == (
        "DELIVERED",
        "safe-place",
        "2026-03-12T23:00:00Z",
    )
    assert [row["status"] for row in made["scans"]] == ["IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"]
    assert made["scans"][2] == {
        "at": "2026-03-12T23:00:00Z",
        "local": None,
        "status": "DELIVERED",
        "reason": "safe-place",
        "action_required": False,
        "place": "Portland, OR, US",
        "city": "Portland",
        "region": "OR",
        "country": "US",
        "postcode": "",
        "code": "",
        "message": "",
        "source": "api",
    }
    assert api.get(f"orders/{order.public_id}/").json()["status"] == "DELIVERED"
    assert Event.objects.filter(kind="tracking.shipment.delivered").count() == 1


def test_one_scan_needs_no_list_and_a_local_time_stays_local(order):
    api = Api()
    path = f"shipments/{api.post('shipments/', parcel(order)).json()['id']}/scans/"

    made = api.post(path, {"local": "2026-03-11T18:30:00", "status": "IN_TRANSIT"}).json()

    assert [(row["at"], row["local"]) for row in made["scans"]] == [(None, "2026-03-11T18:30:00")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "IN_TRANSIT"}, "body"),
        (scan(local="2026-03-11T18:30:00"), "body"),
        (scan("2026-03-11T12:00:00"), "at"),
        ({"local": "2026-03-11T12:00:00Z", "status": "IN_TRANSIT"}, "local"),
        (scan("2099-03-11T12:00:00Z"), "at"),
        ({"local": "2099-03-11T12:00:00", "status": "IN_TRANSIT"}, "local"),
        (scan(status="LOST"), "status"),
        (scan(status=None), "status"),
        (scan(reason="moon"), "reason"),
        (scan(country="USA"), "country"),
        (scan(action_required="no"), "action_required"),
        (scan(message="x" * 501), "message"),
        ([scan(), scan(status="LOST")], "1.status"),
        ([], "body"),
        ([scan()] * 201, "body"),
        ([["DELIVERED"]], "0"),
    ],
)
def test_a_wrong_scan_is_refused_with_the_field_named(body, field):
    shipment = ShipmentFactory()

    response = Api().post(f"shipments/{shipment.public_id}/scans/", body)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]
    assert not Scan.objects.exists()


def test_one_wrong_scan_keeps_the_others_out():
    shipment = ShipmentFactory()

    Api().post(f"shipments/{shipment.public_id}/scans/", [scan(), scan(status="LOST")])

    assert not Scan.objects.exists()


def test_a_window_is_told_in_days_or_in_hours_as_it_is_known():
    days = ShipmentFactory(eta_from_date=date(2026, 3, 12), eta_to_date=date(2026, 3, 13))
    hours = ShipmentFactory(
        eta_from_date=date(2026, 3, 12),
        eta_to_date=date(2026, 3, 12),
        eta_from_at=NOON,
        eta_to_at=NOON + timedelta(hours=2),
    )
    unknown = ShipmentFactory()

    def window(shipment):
        told = Api().get(f"shipments/{shipment.public_id}/").json()
        return told["eta_from"], told["eta_to"]

    assert window(days) == ("2026-03-12", "2026-03-13")
    assert window(hours) == ("2026-03-10T12:00:00Z", "2026-03-10T14:00:00Z")
    assert window(unknown) == (None, None)


@pytest.mark.parametrize(
    "query",
    [
        {"tracking_number": "1z 999-AA1"},
        {"status": "DELIVERED"},
        {"number": "#1042"},
        {"external_id": "10442"},
        {"email": "ADA@example.com"},
        {"store": "own"},
        {"updated_since": "2026-03-10T12:00:00Z"},
    ],
)
def test_a_parcel_is_found_by_each_filter(query):
    wanted = ShipmentFactory(
        tracking_number="1Z999AA1",
        status="DELIVERED",
        order=OrderFactory(
            number="#1042", external_id="10442", email="ada@example.com", store=StoreFactory(slug="own")
        ),
    )
    other = ShipmentFactory(order=OrderFactory(email="bob@example.com"))
    Shipment.objects.filter(pk=wanted.pk).update(updated_at=NOON)
    Shipment.objects.filter(pk=other.pk).update(updated_at=NOON - timedelta(seconds=1))
    api = Api()

    assert [row["id"] for row in api.get("shipments/", **query).json()["results"]] == [str(wanted.public_id)]
    by_order = api.get("shipments/", order=str(wanted.order.public_id)).json()["results"]
    assert [row["id"] for row in by_order] == [str(wanted.public_id)]


def test_an_unchanged_parcel_is_not_sent_again():
    shipment = ShipmentFactory()
    api, path = Api(), f"shipments/{shipment.public_id}/"

    etag = api.get(path).headers["ETag"]
    assert api.get(path, headers={"If-None-Match": etag}).status_code == 304
    api.post(path + "scans/", scan())
    assert api.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_a_scan_moves_parcel_and_order_to_the_front(order):
    api = Api()
    shipment = api.post("shipments/", parcel(order)).json()
    OrderLineFactory(order=OrderFactory())
    since = timezone.now()

    api.post(f"shipments/{shipment['id']}/scans/", scan())

    for path in ("orders/", "shipments/"):
        rows = api.get(path, updated_since=since.isoformat()).json()["results"]
        assert len(rows) == 1, path
        assert datetime.fromisoformat(rows[0]["updated_at"]) >= since
