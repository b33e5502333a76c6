"""Journeys and custom events through the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Event
from engagement.journeys import services
from engagement.models import Enrolment, Journey
from tests.factories.api import Api, other_store
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.tracking import OrderFactory

pytestmark = pytest.mark.django_db
GRAPH = {
    "trigger": {"type": "api", "once_for": "customer", "reentry": "never"},
    "start": "wait",
    "steps": [{"id": "wait", "type": "wait", "days": 3}],
}


@pytest.fixture
def store():
    return StoreFactory(slug="harbour-pine")


@pytest.fixture
def ada(store):
    return OrderFactory(store=store, external_id="10442", customer=_person("ada@example.com")).customer


def _person(email):
    made = CustomerFactory(email=email)
    made.identities.get_or_create(kind="email", value=email)
    return made


@pytest.fixture
def journey(store):
    made = Journey.objects.create(code="care", name="Care", topic="tips", draft=GRAPH)
    services.publish(journey_id=made.pk, by="Ada", at=timezone.now())
    made.refresh_from_db()
    return made


def event(**changes):
    told = {
        "store": "harbour-pine",
        "id": "v1",
        "name": "pos.visit",
        "customer": {"email": "Ada@Example.com"},
        "occurred_at": "2026-03-10T12:00:00Z",
        "data": {"spent_minor": 4800},
    }
    return {name: value for name, value in (told | changes).items() if value is not ...}


# --- events
def test_an_event_is_told_once_however_often_it_is_sent(ada):
    api = Api()

    first, again = api.post("events/", event()), api.post("events/", event())

    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["new"], again.json()["new"]) == (True, False)
    made = Event.objects.get(kind="custom.harbour-pine.pos.visit")
    assert (made.customer, made.data) == (ada, {"name": "pos.visit", "spent_minor": 4800})


def test_the_same_id_with_something_else_is_a_conflict(ada):
    api = Api()
    api.post("events/", event())

    assert api.post("events/", event(data={"spent_minor": 1})).status_code == 409
    assert api.post("events/", event(name="pos.other")).status_code == 409
    assert Event.objects.filter(kind__startswith="custom.").count() == 1


def test_an_event_can_be_about_an_order_of_theirs(ada):
    api = Api()

    fine = api.post("events/", event(order="10442"))
    wrong = api.post("events/", event(id="v2", order="99"))

    assert fine.status_code == 201
    assert Event.objects.get(key__endswith=":v1").data["order_id"] == ada.orders.get().pk
    assert wrong.json()["errors"] == {"order": ["This customer has no such order at the store."]}


def test_somebody_unknown_is_refused_unless_they_are_to_be_made(store):
    api = Api()

    refused = api.post("events/", event(customer={"email": "new@example.com"}))
    made = api.post("events/", event(customer={"email": "new@example.com"}, create_customer=True))

    assert refused.json()["errors"] == {"customer": ["This store knows no such customer."]}
    assert made.status_code == 201
    assert Event.objects.get(kind__startswith="custom.").customer.email == "new@example.com"


def test_a_key_learns_nothing_of_another_stores_customers(store):
    OrderFactory(store=other_store(), customer=_person("bo@example.com"))
    api = Api(stores=["harbour-pine"])

    theirs = api.post("events/", event(customer={"email": "bo@example.com"}))
    nobody = api.post("events/", event(customer={"email": "nobody@example.com"}))
    elsewhere = api.post("events/", event(store="north-mill", customer={"email": "bo@example.com"}))

    assert theirs.json()["errors"] == nobody.json()["errors"]
    assert "store" in elsewhere.json()["errors"]
    assert not Event.objects.filter(kind__startswith="custom.").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "Pos Visit"}, "name"),
        ({"name": "a.b.c"}, "name"),
        ({"name": "a" * 41}, "name"),
        ({"data": {"order_id": 7}}, "data"),
        ({"data": {"name": "x"}}, "data"),
        ({"data": {"Bad Name": 1}}, "data"),
        ({"data": {"deep": {"er": 1}}}, "data"),
        ({"data": {"text": "x" * 10_001}}, "data"),
        ({"data": {f"m{n}": n for n in range(51)}}, "data"),
        ({"customer": {}}, "customer"),
        ({"occurred_at": "2026-03-10T12:00:00"}, "occurred_at"),
        ({"occurred_at": "2090-03-10T12:00:00Z"}, "occurred_at"),
        ({"id": ...}, "id"),
    ],
    ids=["spaces", "dots", "long", "our-id", "our-name", "member", "nested", "large", "many", "nobody",
         "no-offset", "future", "no-id"],
)  # fmt: skip
def test_what_is_no_event_is_refused_by_field(ada, changes, field):
    answer = Api().post("events/", event(**changes))

    assert answer.status_code == 400
    assert {name.split(".")[0] for name in answer.json()["errors"]} == {field}
    assert not Event.objects.filter(kind__startswith="custom.").exists()


# --- journeys
def test_journeys_are_listed_and_read_in_words(journey):
    api = Api()

    listed = api.get("journeys/", state="LIVE").json()["results"]
    one = api.get(f"journeys/{journey.public_id}/")

    assert "care" in {row["code"] for row in listed}
    assert one.json()["graph"]["steps"] == [
        {"id": "wait", "type": "wait", "words": "Wait: 3 days", "leads_to": [{"way": "", "step": ""}]}
    ]
    again = api.get(f"journeys/{journey.public_id}/", headers={"If-None-Match": one["ETag"]})
    assert again.status_code == 304


def test_a_customer_is_let_in_once_per_key(journey, ada):
    api = Api()
    body = {"store": "harbour-pine", "customer": {"email": "ada@example.com"}, "data": {"tier": "gold"}}
    url = f"journeys/{journey.public_id}/enrol/"

    made = api.post(url, body, headers={"Idempotency-Key": "k1"})
    again = api.post(url, body, headers={"Idempotency-Key": "k1"})
    other = api.post(url, body, headers={"Idempotency-Key": "k2"})
    none = api.post(url, body)

    assert (made.status_code, made.json()["state"]) == (201, "ACTIVE")
    assert again.json()["id"] == made.json()["id"]
    assert other.json()["state"] == "REFUSED"
    assert none.status_code == 400
    runs = Enrolment.objects.filter(journey=journey)
    assert (runs.get(state="ACTIVE").customer, runs.get(state="ACTIVE").store.slug) == (ada, "harbour-pine")


def test_who_is_where_is_listed_page_by_page(journey, ada):
    now = timezone.now()
    for number in range(3):
        Enrolment.objects.create(
            journey=journey, version=journey.live, key=f"k{number}", subject="x", customer=ada,
            store=ada.orders.get().store, state="DONE" if number else "REFUSED", why=f"because {number}",
            entered_at=now + timedelta(minutes=number), stepped_at=now,
        )  # fmt: skip
    api, url = Api(), f"journeys/{journey.public_id}/enrolments/"

    first = api.get(url, page_size=2).json()
    second = api.client.get(first["next"]).json()
    refused = api.get(url, state="REFUSED").json()["results"]

    assert [row["why"] for row in first["results"]] == ["because 2", "because 1"]
    assert [row["why"] for row in second["results"]] == ["because 0"]
    assert second["next"] is None
    assert [row["state"] for row in refused] == ["REFUSED"]


def test_another_stores_journey_and_runs_are_not_there(journey, ada, store):
    far = other_store()
    Journey.objects.filter(pk=journey.pk).update(store=far)
    near = Api(stores=["harbour-pine"])

    assert near.get(f"journeys/{journey.public_id}/").status_code == 404
    assert near.get(f"journeys/{journey.public_id}/enrolments/").status_code == 404
    Journey.objects.filter(pk=journey.pk).update(store=None)
    Enrolment.objects.create(
        journey=journey, version=journey.live, key="k", subject="x", store=far,
        entered_at=timezone.now(), stepped_at=timezone.now(),
    )  # fmt: skip
    assert near.get(f"journeys/{journey.public_id}/enrolments/").json()["results"] == []


def test_a_journey_that_is_not_live_takes_nobody(journey, ada):
    Journey.objects.filter(pk=journey.pk).update(state="STOPPED")
    body = {"store": "harbour-pine", "customer": {"email": "ada@example.com"}}

    answer = Api().post(f"journeys/{journey.public_id}/enrol/", body, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 409
