"""The OpenAPI description and the reference drawn from it say what the API does."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from customers.api.docs import ADVICE
from customers.api.errors import PROBLEMS
from tests.factories.api import Api
from tests.factories.customers import StoreFactory
from tracking.api import examples
from tracking.api.serializers import OrderOut, ShipmentOut

DECISIONS = ("approve", "cancel", "reject", "receive", "inspect")


@pytest.fixture(scope="module")
def document():
    return Client().get("/api/schema/", headers={"Accept": "application/json"}).json()


def test_the_description_is_valid_and_without_warnings(tmp_path):
    call_command(
        "spectacular",
        "--validate",
        "--fail-on-warn",
        f"--file={tmp_path / 'api.yaml'}",
        skip_checks=True,
        stdout=StringIO(),
    )


def test_it_is_open_api_3_1_for_a_key_that_is_a_bearer_token(document):
    assert document["openapi"] == "3.1.0"
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    scopes = {
        (path, method): operation["security"][0]["apiKey"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert scopes == {
        ("/api/v1/orders/", "get"): ["orders:read"],
        ("/api/v1/orders/", "post"): ["orders:write"],
        ("/api/v1/orders/{public_id}/", "get"): ["orders:read"],
        ("/api/v1/shipments/", "get"): ["shipments:read"],
        ("/api/v1/shipments/", "post"): ["shipments:write"],
        ("/api/v1/shipments/{public_id}/", "get"): ["shipments:read"],
        ("/api/v1/shipments/{public_id}/scans/", "post"): ["shipments:write"],
        ("/api/v1/returns/", "get"): ["returns:read"],
        ("/api/v1/returns/", "post"): ["returns:write"],
        ("/api/v1/returns/quote/", "post"): ["returns:read"],
        ("/api/v1/returns/{public_id}/", "get"): ["returns:read"],
        ("/api/v1/returns/{public_id}/approve/", "post"): ["returns:write"],
        ("/api/v1/returns/{public_id}/cancel/", "post"): ["returns:write"],
        ("/api/v1/returns/{public_id}/reject/", "post"): ["returns:write"],
        ("/api/v1/returns/{public_id}/receive/", "post"): ["returns:write"],
        ("/api/v1/returns/{public_id}/inspect/", "post"): ["returns:write"],
        ("/api/v1/segments/", "get"): ["segments:read"],
        ("/api/v1/segments/", "post"): ["segments:write"],
        ("/api/v1/segments/{public_id}/", "get"): ["segments:read"],
        ("/api/v1/segments/{public_id}/members/", "get"): ["segments:read"],
        ("/api/v1/segments/{public_id}/members/", "post"): ["segments:write"],
        ("/api/v1/events/", "post"): ["events:write"],
        ("/api/v1/journeys/", "get"): ["journeys:read"],
        ("/api/v1/journeys/{public_id}/", "get"): ["journeys:read"],
        ("/api/v1/journeys/{public_id}/enrol/", "post"): ["journeys:write"],
        ("/api/v1/journeys/{public_id}/enrolments/", "get"): ["journeys:read"],
    }


def test_what_moves_money_or_stock_or_begins_something_needs_an_idempotency_key(document):
    needed = {
        path: each["required"]
        for path, operations in document["paths"].items()
        for each in operations.get("post", {}).get("parameters", ())
        if each["in"] == "header"
    }
    returns = {f"/api/v1/returns/{{public_id}}/{name}/" for name in DECISIONS} | {"/api/v1/returns/"}

    begun = {"/api/v1/segments/", "/api/v1/journeys/{public_id}/enrol/"}

    assert {path for path, required in needed.items() if required} == returns | begun
    assert "/api/v1/orders/" in needed and "/api/v1/returns/quote/" not in needed


def test_every_operation_tells_how_it_fails(document):
    for operations in document["paths"].values():
        for method, operation in operations.items():
            failures = {status for status in operation["responses"] if status >= "4"}
            wanted = {"400", "401", "403", "404", "406", "429", "500"}
            assert failures == wanted | ({"409", "413", "415", "422"} if method == "post" else set())
            for status in failures:
                assert list(operation["responses"][status]["content"]) == ["application/problem+json"]


def test_lists_are_pages(document):
    answer = document["paths"]["/api/v1/orders/"]["get"]["responses"]["200"]["content"]["application/json"]
    page = document["components"]["schemas"][answer["schema"]["$ref"].rpartition("/")[2]]

    assert page["required"] == ["next", "previous", "results"]


def test_bodies_take_no_other_fields_and_answers_leave_none_out(document):
    schemas = document["components"]["schemas"]

    assert schemas["OrderIn"]["additionalProperties"] is False
    assert sorted(schemas["OrderOut"]["properties"]) == schemas["OrderOut"]["required"]
    assert not {"status", "id", "version"} & set(schemas["OrderIn"]["properties"])


def test_it_comes_as_yaml_too():
    response = Client().get("/api/schema/")

    assert response.headers["Content-Type"].startswith("application/vnd.oai.openapi")
    assert response.content.startswith(b"openapi: 3.1.0")
    assert "public" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_the_examples_are_what_really_comes_and_goes():
    StoreFactory()
    api = Api()

    order = api.post("orders/", examples.ORDER)
    shipment = api.post("shipments/", examples.SHIPMENT)
    scanned = api.post(f"shipments/{shipment.json()['id']}/scans/", examples.SCANS_IN.value)

    assert (order.status_code, shipment.status_code, scanned.status_code) == (201, 201, 201)
    assert set(order.json()) == set(examples.ORDER_ANSWER) == set(OrderOut.Meta.fields)
    assert set(scanned.json()) == set(examples.SHIPMENT_ANSWER) == set(ShipmentOut.Meta.fields)
    for name in ("subtotal_minor", "tax_minor", "total_minor", "ship_to", "language", "lines"):
        assert order.json()[name] == examples.ORDER_ANSWER[name], name
    for name in ("carrier", "carrier_name", "status", "lines", "tracking_url"):
        assert scanned.json()[name] == examples.SHIPMENT_ANSWER[name], name


@pytest.mark.django_db
def test_the_reference_shows_every_operation_and_every_problem(document):
    page = Client().get("/api/docs/").content.decode()

    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page and path in page
    assert set(ADVICE) == set(PROBLEMS)
    for code in PROBLEMS:
        assert f'id="error-{code}"' in page


@pytest.mark.django_db
def test_the_reference_needs_nothing_the_policy_forbids():
    response = Client().get("/api/docs/")
    page = response.content.decode()

    assert response.status_code == 200
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_problems_type_leads_to_its_explanation():
    address = Api().get("nothing/").json()["type"]

    path, _, anchor = address.removeprefix("http://localhost:8000").partition("#")
    assert f'id="{anchor}"' in Client().get(path).content.decode()
