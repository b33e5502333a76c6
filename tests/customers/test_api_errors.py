"""Every failure is a problem of one shape."""

import json

import pytest
from django.test import Client

from customers.api.errors import PROBLEMS, flatten
from tests.factories.api import Api, order_body
from tests.factories.customers import StoreFactory

pytestmark = pytest.mark.django_db


def is_problem(response, status, code):
    body = response.json()
    assert response.status_code == body["status"] == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert body["code"] == code and body["title"] == PROBLEMS[code][1]
    assert body["type"].endswith(f"/api/docs/#error-{code}")
    assert body["instance"] == response.wsgi_request.path
    return body


@pytest.mark.parametrize(
    "path",
    ["nothing/", "orders", "orders/42/", "orders/00000000-0000-4000-8000-000000000000/", "orders/%00/", ""],
)
def test_what_is_not_there_is_a_problem_too(path):
    is_problem(Api().get(path), 404, "not_found")


def test_a_forgotten_slash_is_pointed_out():
    assert "/api/v1/orders/" in Api().post("orders", {}).json()["detail"]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_a_method_that_is_not_taken(method):
    response = getattr(Api().client, method)("/api/v1/orders/")

    is_problem(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "POST", "HEAD"}


def test_only_json_goes_out_and_comes_in():
    api = Api()

    is_problem(api.client.get("/api/v1/orders/", headers={"Accept": "text/html"}), 406, "not_acceptable")
    is_problem(api.client.post("/api/v1/orders/", {"a": "b"}), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        b'"\xff"',
        "[" * 100_000,
        '{"store": "\\ud800"}',
    ],
)
def test_a_body_that_is_not_json_is_told_so(body):
    response = Api().client.post("/api/v1/orders/", body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["code"] in ("malformed", "invalid")


@pytest.mark.parametrize("body", ["null", "[]", "1", '"text"', "{}", "[[]]"])
def test_json_of_another_form_is_invalid(body):
    StoreFactory()

    response = Api().client.post("/api/v1/orders/", body, content_type="application/json")

    is_problem(response, 400, "invalid")


def test_a_body_over_a_megabyte_is_too_large():
    response = Api().post("orders/", order_body(note="x" * 1_100_000))

    is_problem(response, 413, "too_large")


def test_errors_name_the_field_they_are_about():
    StoreFactory()
    body = order_body(colour="red")
    body["lines"][1] |= {"quantity": "two", "size": "L"}
    body["ship_to"]["planet"] = "Mars"

    errors = is_problem(Api().post("orders/", body), 400, "invalid")["errors"]

    assert errors == {
        "colour": ["There is no such field."],
        "lines.1.quantity": ["This is a whole number, without quotes."],
        "lines.1.size": ["There is no such field."],
        "ship_to.planet": ["There is no such field."],
    }


def test_nested_errors_are_flattened():
    detail = {"a": ["x", "y"], "b": [{}, {"c": ["z"], "non_field_errors": ["w"]}], "non_field_errors": ["v"]}

    assert list(flatten(detail)) == [("a", "x"), ("a", "y"), ("b.1.c", "z"), ("b.1", "w"), ("body", "v")]


def test_messages_are_in_english_whatever_the_browser_prefers():
    response = Api().post("orders/", {}, headers={"Accept-Language": "de"})

    assert response.json()["errors"]["number"] == ["This field is required."]


def test_a_failure_of_ours_is_a_problem_without_our_secrets(monkeypatch):
    def fail(**given):
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("tracking.services.record_order", fail)
    StoreFactory()

    response = Api(raise_request_exception=False).post("orders/", order_body())

    body = is_problem(response, 500, "server_error")
    assert "hunter2" not in json.dumps(body)


def test_a_failure_of_ours_is_not_hidden_from_the_tools(monkeypatch):
    monkeypatch.setattr("tracking.services.record_order", lambda **given: 1 / 0)
    StoreFactory()

    with pytest.raises(ZeroDivisionError):
        Api().post("orders/", order_body())


def test_unknown_addresses_answer_without_a_key_like_with_one():
    assert Client().get("/api/v1/nothing/").status_code == 404
