"""Idempotency-Key: one effect, one answer, whatever the line does."""

from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from customers.models import ApiAnswer
from customers.services.partners import forget_answers
from tests.factories.api import Api, order_body
from tests.factories.customers import StoreFactory
from tests.factories.tracking import ShipmentFactory
from tracking.models import Order

pytestmark = pytest.mark.django_db
NAME = {"Idempotency-Key": "6f1c3a52"}


@pytest.fixture
def api():
    StoreFactory()
    return Api()


def test_a_repeat_gets_the_first_answer_again(api):
    first = api.post("orders/", order_body(), headers=NAME)
    Order.objects.update(note="changed since")

    again = api.post("orders/", order_body(), headers=NAME)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Order.objects.get().note == "changed since"


def test_another_body_under_the_same_key_is_refused(api):
    api.post("orders/", order_body(), headers=NAME)

    response = api.post("orders/", order_body(number="#7"), headers=NAME)

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency_mismatch"
    assert Order.objects.get().number == "#1042"


def test_another_address_under_the_same_key_is_refused(api):
    shipments = [ShipmentFactory(), ShipmentFactory()]
    scan = {"at": "2026-03-11T12:00:00Z", "status": "IN_TRANSIT"}

    told = [
        api.post(f"shipments/{each.public_id}/scans/", scan, headers=NAME).status_code for each in shipments
    ]

    assert told == [201, 422]


def test_two_partners_may_use_the_same_words(api):
    api.post("orders/", order_body(), headers=NAME)

    assert Api().post("orders/", order_body(number="#7"), headers=NAME).status_code == 200


def test_while_the_first_is_running_a_repeat_waits(api):
    api.post("orders/", order_body(), headers=NAME)
    ApiAnswer.objects.update(status=None, leased_until=timezone.now() + timedelta(minutes=1))

    response = api.post("orders/", order_body(), headers=NAME)

    assert response.status_code == 409
    assert response.headers["Retry-After"] == "1"
    assert api.post("orders/", order_body(number="#7"), headers=NAME).status_code == 422


def test_a_killed_request_is_taken_over_by_its_repeat(api):
    api.post("orders/", order_body(), headers=NAME)
    Order.objects.all().delete()
    ApiAnswer.objects.update(status=None, leased_until=timezone.now() - timedelta(seconds=1))

    response = api.post("orders/", order_body(), headers=NAME)

    assert response.status_code == 201
    assert "Idempotency-Replayed" not in response.headers
    assert ApiAnswer.objects.get().status == 201


def test_a_request_that_lost_its_claim_leaves_nothing(api, monkeypatch):
    from tracking import services

    real = services.record_order

    def slow(**given):
        made = real(**given)
        ApiAnswer.objects.update(claim="00000000-0000-4000-8000-000000000000")
        return made

    monkeypatch.setattr("tracking.services.record_order", slow)

    response = api.post("orders/", order_body(), headers=NAME)

    assert response.status_code == 409
    assert not Order.objects.exists()


def test_an_error_is_not_kept_so_the_key_may_be_used_again(api):
    wrong = api.post("orders/", order_body(currency="XXL"), headers=NAME)

    right = api.post("orders/", order_body(), headers=NAME)

    assert (wrong.status_code, right.status_code) == (400, 201)


def test_a_failure_of_ours_leaves_neither_order_nor_claim(api, monkeypatch):
    from tracking import services

    real = services.record_order

    def fail(**given):
        real(**given)
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("tracking.services.record_order", fail)
        with pytest.raises(RuntimeError):
            api.post("orders/", order_body(), headers=NAME)

    assert not Order.objects.exists() and not ApiAnswer.objects.exists()
    assert api.post("orders/", order_body(), headers=NAME).status_code == 201


def test_after_a_day_the_key_is_new(api):
    api.post("orders/", order_body(), headers=NAME)
    ApiAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))

    response = api.post("orders/", order_body(number="#7"), headers=NAME)

    assert response.status_code == 200
    assert response.json()["number"] == "#7"


def test_answers_are_forgotten_in_time(api):
    api.post("orders/", order_body(), headers=NAME)

    assert forget_answers(before=timezone.now() - timedelta(hours=24)) == 0
    assert forget_answers(before=timezone.now()) == 1


@pytest.mark.parametrize("name", ["", "x" * 256, "zwei Wörter"])
def test_a_key_that_is_none_is_refused(api, name):
    response = api.post("orders/", order_body(), headers={"Idempotency-Key": name})

    assert response.status_code == 400
    assert list(response.json()["errors"]) == ["Idempotency-Key"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_takes_effect():
    from concurrent.futures import ThreadPoolExecutor

    if connections["default"].vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    StoreFactory()
    api = Api()

    def post(_):
        try:
            return api.post("orders/", order_body(), headers=NAME)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(post, range(20)))

    assert {response.status_code for response in told} <= {201, 409}
    fresh = [r for r in told if r.status_code == 201 and "Idempotency-Replayed" not in r.headers]
    assert len(fresh) == 1
    assert Order.objects.count() == 1
