"""Every run of a journey is found, counted and explained."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from customers import outbox
from engagement.models import Enrolment, Journey, Message, StepLog
from tests.engagement.journey_desk import WAIT, at, make_journey, publish
from tests.factories.customers import CustomerFactory
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import OrderFactory
from tests.staff import client_of, listing, page, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return client_of()


@pytest.fixture
def journey():
    return make_journey()


@pytest.fixture
def run(client, journey):
    publish(client, journey)
    journey.refresh_from_db()
    now = timezone.now()
    made = Enrolment.objects.create(
        journey=journey, version=journey.live, key="order:1", subject="order:1",
        customer=CustomerFactory(name="Ada Lovelace"), state="ACTIVE", step="tell",
        entered_at=now - timedelta(days=4), stepped_at=now, due_at=now,
    )  # fmt: skip
    StepLog.objects.create(
        enrolment=made, step="wait", outcome="WAITS", why="3 days", at=now - timedelta(days=4)
    )
    StepLog.objects.create(enrolment=made, step="wait", outcome="PASSED", why="3 days are over", at=now)
    return made


def test_a_run_says_what_happened_and_why(client, run):
    MessageFactory(order=OrderFactory(), enrolment=run, step="tell", kind="care", state=Message.State.HELD,
                   hold="consent", reason="They never said yes to marketing by e-mail.")  # fmt: skip

    body = client.get(page(run)).content.decode()

    for words in (
        "Ada Lovelace",
        "3 days are over",
        "Wait: 3 days",
        "No consent",
        "never said yes",
        "is here",
    ):
        assert words in body, words


def test_whoever_was_not_let_in_is_told_why(client, run):
    Enrolment.objects.update(state="REFUSED", why="They are in it already.", step="")
    StepLog.objects.all().delete()

    assert "They did not enter: They are in it already." in client.get(page(run)).content.decode()


def test_the_journeys_page_counts_who_is_where(client, journey, run):
    body = client.get(page(journey)).content.decode()

    assert "1 here" in body
    assert "1 entered" in body
    assert "Ada" not in body


def test_runs_are_filtered_by_state_and_step(client, journey, run):
    Enrolment.objects.create(
        journey=journey, version=journey.live, key="order:2", subject="order:2",
        customer=CustomerFactory(name="Bo"), state="DONE", entered_at=timezone.now(),
        stepped_at=timezone.now(),
    )  # fmt: skip
    url = listing(Enrolment)

    tell = client.get(url, {"journey__id__exact": journey.pk, "step": "tell"}).content.decode()
    done = client.get(url, {"state__exact": "DONE"}).content.decode()

    assert "Ada Lovelace" in tell
    assert ">Bo<" not in tell
    assert "Ada Lovelace" not in done


def test_lists_and_pages_take_the_same_queries_for_many_runs(client, journey, run):
    few = [queries(client, url) for url in (listing(Journey), page(journey), listing(Enrolment))]
    now = timezone.now()
    Enrolment.objects.bulk_create(
        Enrolment(
            journey=journey, version=journey.live, key=f"order:{n}", subject=f"order:{n}",
            customer=run.customer, state="ACTIVE" if n % 2 else "DONE", step="tell" if n % 2 else "",
            entered_at=now, stepped_at=now,
        )
        for n in range(10, 70)
    )  # fmt: skip

    many = [queries(client, url) for url in (listing(Journey), page(journey), listing(Enrolment))]

    assert many == few


def test_who_would_get_it_now(client, journey):
    order = OrderFactory(customer=CustomerFactory(name="Ada Lovelace"))
    with transaction.atomic():
        outbox.publish(
            "tracking.shipment.delivered", key="x", occurred_at=timezone.now(), customer=order.customer,
            store=order.store, data={"order_id": order.pk, "status": "DELIVERED"},
        )  # fmt: skip
    yes = client.get(at(journey, "who")).content.decode()
    rule = {"fact": "event.status", "op": "is", "value": "LOST"}
    Journey.objects.filter(pk=journey.pk).update(
        draft={**WAIT, "trigger": {**WAIT["trigger"], "filter": rule}}
    )
    no = client.get(at(journey, "who")).content.decode()

    assert "Ada Lovelace" in yes
    assert "pill--good" in yes
    assert "pill--good" not in no.split("content-main")[1]
