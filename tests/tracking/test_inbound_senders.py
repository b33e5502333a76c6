"""Senders that are remembered: what changes about them holds at once, and a delivery costs two statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import signing
from tests.factories.customers import StoreFactory
from tests.factories.tracking import CarrierAccountFactory
from tracking import webhooks
from tracking.models import CarrierAccount, Inbound
from tracking.services import inbound_senders

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL tells versions of a row"),
]

ORDER = {"id": 1, "name": "#1042"}


@pytest.fixture(autouse=True)
def _new_process():
    inbound_senders.forget()


def deliver(client, number, **kwargs):
    return signing.shopify(client, "orders/create", ORDER | {"n": number}, delivery=f"d{number}", **kwargs)


def test_a_secret_that_is_replaced_opens_nothing_from_then_on(client):
    store = StoreFactory(webhook_secret="old")
    assert deliver(client, 1, secret="old").status_code == 200

    store.webhook_secret = "new"
    store.save()

    assert deliver(client, 2, secret="old").status_code == 401
    assert deliver(client, 3, secret="new").status_code == 200
    assert Inbound.objects.count() == 2


def test_a_secret_another_process_wrote_is_known_at_the_first_delivery_signed_with_it(client):
    store = StoreFactory(webhook_secret="old")
    deliver(client, 1, secret="old")

    type(store).objects.filter(pk=store.pk).update(webhook_secret="new", webhook_secret_previous="old")

    assert deliver(client, 2, secret="new").status_code == 200
    assert deliver(client, 3, secret="old").status_code == 200
    assert Inbound.objects.count() == 3


def test_a_store_that_moved_to_another_platform_takes_no_delivery_of_the_former(client):
    store = StoreFactory()
    assert deliver(client, 1).status_code == 200

    type(store).objects.filter(pk=store.pk).update(platform="none")

    assert deliver(client, 2).status_code == 404
    assert Inbound.objects.count() == 1


def test_an_account_that_is_switched_off_or_gone_takes_nothing_from_then_on(client):
    account = CarrierAccountFactory(slug="easypost")
    told = {"id": "evt_1", "object": "Event", "description": "tracker.updated"}
    assert signing.easypost(client, told).status_code == 200

    CarrierAccount.objects.update(enabled=False)
    off = signing.easypost(client, told | {"id": "evt_2"}).status_code
    CarrierAccount.objects.update(enabled=True)
    on = signing.easypost(client, told | {"id": "evt_3"}).status_code
    account.delete()
    gone = signing.easypost(client, told | {"id": "evt_4"}).status_code

    assert (off, on, gone) == (404, 200, 404)
    assert Inbound.objects.count() == 2


def test_a_delivery_told_twice_by_a_remembered_sender_is_stored_once_and_taken_twice(client):
    StoreFactory()

    answers = [deliver(client, number).status_code for number in (1, 2, 2, 1)]

    assert answers == [200] * 4
    assert Inbound.objects.count() == 2


def test_a_remembered_senders_delivery_is_stored_with_all_its_columns(client):
    store = StoreFactory()
    for number in (1, 2, 3):  # the first is read, the second finds the row changed by "last webhook"
        deliver(client, number)

    rows = list(Inbound.objects.order_by("pk").values())
    alike = [
        {name: row[name] for name in row if name not in ("id", "delivery_key", "content_key", "body")}
        | {"received_at": None, "due_at": row["due_at"] - row["received_at"]}
        for row in rows
    ]
    for row in alike:  # a header says which delivery it is
        row["headers"].pop("x-shopify-webhook-id")

    assert alike[2] == alike[0]
    assert rows[2]["store_id"] == store.pk


@pytest.mark.django_db(transaction=True)
def test_storing_for_a_remembered_sender_takes_one_statement_and_ringing_one(
    client, django_assert_num_queries
):
    StoreFactory()
    deliver(client, 1)
    deliver(client, 2)

    with django_assert_num_queries(2):
        assert deliver(client, 3).status_code == 200


def test_when_something_last_came_in_is_written_once_a_minute(client):
    store = StoreFactory()
    deliver(client, 1)
    store.refresh_from_db()
    first = store.last_webhook_at

    for number in (2, 3, 4):
        deliver(client, number)

    store.refresh_from_db()
    assert first is not None
    assert store.last_webhook_at == first


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_rung_for_after_the_answer_has_been_sent(rf):
    StoreFactory()

    class Caller:
        """Asks the view itself: closing the answer, which is a server's part, is left to the test."""

        def post(self, *told, **how):
            return webhooks.shop(rf.post(*told, **how), "harbour-pine")

    with CaptureQueriesContext(connection) as asked:
        answer = deliver(Caller(), 1)
        before = [query for query in asked if "customers_wake" in query["sql"]]
        answer.close()

    assert (answer.status_code, before) == (200, [])
    assert any("customers_wake" in query["sql"] for query in asked)
