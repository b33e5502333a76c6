"""Wishes of privacy that shops pass on: kept once, told to staff, due in 30 days, done by a person."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from customers import worker
from customers.models import Alert, Customer, Event, PrivacyRequest
from customers.services.merging import merge_customers
from customers.services.people import PersonData, resolve_customer
from customers.services.privacy import AlreadyDone, Asked, mark_done, record_request
from tests import signing
from tests.factories.customers import StaffFactory, StoreFactory
from tests.staff import client_of
from tracking.models import Inbound

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
NAMED = {
    "shop_id": 954889,
    "shop_domain": "harbour-pine.myshopify.com",
    "customer": {"id": 191167, "email": "John@Example.com", "phone": "+15035550142"},
}
REQUEST = NAMED | {"orders_requested": [299938, 280263], "data_request": {"id": 9999}}
REDACT = NAMED | {"orders_to_redact": [299938]}


@pytest.fixture
def store():
    return StoreFactory()


def tell(client, topic, body, delivery="d1", triggered=AT):
    answer = signing.shopify(client, topic, body, delivery=delivery, triggered=triggered.isoformat())
    assert answer.status_code == 200
    worker.drain(kinds=["inbound"])


def test_a_request_for_data_is_kept_for_staff_with_its_due_day(client, store):
    person = resolve_customer(data=PersonData("191167", name="John"), store=store, source="x", at=AT)
    tell(client, "customers/data_request", REQUEST)

    row = PrivacyRequest.objects.get()
    assert (row.kind, row.reference, row.state, row.customer) == ("DATA_REQUEST", "9999", "OPEN", person)
    assert (row.asked_at, row.due_at) == (AT, AT + timedelta(days=30))
    assert row.named == {
        "customer_id": "191167",
        "email": "John@Example.com",
        "phone": "+15035550142",
        "orders": ["280263", "299938"],
        "shop": "harbour-pine.myshopify.com",
    }
    alert = Alert.objects.get()
    assert (alert.key, alert.store, alert.state) == (f"privacy:{row.pk}", store, "OPEN")
    assert "John" not in alert.title + alert.detail
    event = Event.objects.get(kind="customers.privacy.asked")
    assert event.data == {"request_id": row.pk, "kind": "DATA_REQUEST", "due": "2026-04-08T12:00:00+00:00"}


def test_nobody_is_made_or_erased_by_a_message(client, store):
    tell(client, "customers/redact", REDACT)
    tell(client, "shop/redact", {"shop_id": 1, "shop_domain": "x.myshopify.com"}, delivery="d2")

    assert not Customer.objects.exists()
    assert set(PrivacyRequest.objects.values_list("kind", "customer")) == {
        ("CUSTOMER_REDACT", None),
        ("SHOP_REDACT", None),
    }


def test_a_person_is_found_by_what_is_known_of_them(client, store):
    person = resolve_customer(data=PersonData("", email="john@example.com"), store=store, source="x", at=AT)
    tell(client, "customers/redact", REDACT)

    assert PrivacyRequest.objects.get().customer == person


def test_a_person_who_becomes_known_after_the_wish_is_found_on_its_page(client, store):
    tell(client, "customers/redact", REDACT)
    row, staff = PrivacyRequest.objects.get(), client_of()
    page = f"/admin/customers/privacyrequest/{row.pk}/change/"
    assert row.customer is None

    bought = resolve_customer(data=PersonData("", email="john@example.com"), store=store, source="x", at=AT)
    assert f"/admin/customers/customer/{bought.pk}/change/" in staff.get(page).content.decode()

    kept = resolve_customer(data=PersonData("", email="j@example.com"), store=store, source="x", at=AT)
    merge_customers(kept_id=kept.pk, merged_id=bought.pk, source="x", at=AT)
    assert f"/admin/customers/customer/{kept.pk}/change/" in staff.get(page).content.decode()


def test_neither_alerts_nor_facts_name_the_person(client, store):
    resolve_customer(data=PersonData("", email="john@example.com"), store=store, source="x", at=AT)
    tell(client, "customers/redact", REDACT)
    tell(client, "customers/data_request", REQUEST, "d2")

    told = [*Alert.objects.values_list("title", "detail"), *Event.objects.values_list("key", "data")]
    assert len(told) == 4
    assert not any(word in repr(told).lower() for word in ("john", "555", "@"))


def test_the_same_wish_is_one_request_however_often_it_is_told(client, store):
    for number in range(3):
        tell(client, "customers/data_request", REQUEST, f"a{number}", AT + timedelta(hours=number))
        tell(client, "customers/redact", REDACT, f"b{number}")
    assert PrivacyRequest.objects.count() == 2

    tell(client, "customers/redact", REDACT, "b9", AT + timedelta(days=400))
    assert PrivacyRequest.objects.count() == 3


@pytest.mark.parametrize("body", [{}, {"customer": {}}, {"customer": 7}, {"orders_to_redact": 7}])
def test_a_wish_that_names_nobody_is_shown_to_staff_as_unreadable(client, store, body):
    tell(client, "customers/redact", body)

    assert Inbound.objects.get().state == "FAILED"


def test_done_is_noted_with_who_and_when_and_drops_the_address(store):
    asked = Asked("DATA_REQUEST", "9999", "191167", "john@example.com", "+15035550142", ("1",))
    row = record_request(store=store, asked=asked, asked_at=AT, at=AT)
    staff = StaffFactory()

    mark_done(request_id=row.pk, by=staff, at=AT + timedelta(days=2))

    row.refresh_from_db()
    assert (row.state, row.done_by, row.done_at) == ("DONE", staff, AT + timedelta(days=2))
    assert row.named == {"customer_id": "191167", "orders": ["1"], "shop": ""}
    assert Alert.objects.get().state == "ENDED"
    with pytest.raises(AlreadyDone):
        mark_done(request_id=row.pk, by=staff, at=AT)
    again = record_request(store=store, asked=asked, asked_at=AT, at=AT)
    assert (again.pk, again.state) == (row.pk, "DONE")
    assert Event.objects.filter(kind="customers.privacy.done").count() == 1


def test_staff_see_what_is_due_and_mark_it_done(client, store):
    tell(client, "customers/redact", REDACT)
    row = PrivacyRequest.objects.get()
    staff = client_of()

    assert "Privacy requests to carry out" in staff.get("/admin/").content.decode()
    with time_machine.travel(AT + timedelta(days=31), tick=False):
        listed = client_of().get("/admin/customers/privacyrequest/?state__exact=OPEN").content.decode()
    assert "Overdue: Wed 8 Apr 2026" in listed
    page = staff.get(f"/admin/customers/privacyrequest/{row.pk}/change/").content.decode()
    assert "191167" in page

    first = staff.post(f"/admin/customers/privacyrequest/{row.pk}/do/mark_done/")
    second = staff.post(
        "/admin/customers/privacyrequest/",
        {"action": "mark_done", "_selected_action": [str(row.pk)]},
        follow=True,
    )

    assert first.status_code == 302
    row.refresh_from_db()
    assert row.state == "DONE" and row.done_by is not None
    assert "it is done already" in second.content.decode()
