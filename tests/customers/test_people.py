"""One profile per person, the same whatever order shops speak in."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, connections

from customers.models import Consent, Customer, Identity
from customers.services import people
from customers.services.people import ConsentSaid, PersonData, resolve_customer
from tests.factories.customers import StoreFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def resolve(store, **data):
    return resolve_customer(data=PersonData(**data), store=store, source="test", at=NOON)


def test_the_shops_id_wins_over_the_address():
    store = StoreFactory()
    first = resolve(store, external_id="1", email="a@example.com", version="1")

    again = resolve(store, external_id="1", email="b@example.com", version="2")

    assert again == first
    assert again.email == "b@example.com"


def test_a_guest_is_recognised_by_e_mail_whatever_its_case():
    store = StoreFactory()

    assert resolve(store, email="Ada@Example.com") == resolve(store, email=" ada@example.com ")


def test_the_same_address_in_two_shops_is_one_person():
    one, two = StoreFactory(slug="one"), StoreFactory(slug="two")

    assert resolve(one, external_id="1", email="a@example.com") == resolve(
        two, external_id="1", email="a@example.com"
    )
    assert Identity.objects.filter(kind="external").count() == 2


def test_the_same_id_in_two_shops_is_two_people():
    one, two = StoreFactory(slug="one"), StoreFactory(slug="two")

    assert resolve(one, external_id="1") != resolve(two, external_id="1")


def test_nobody_is_nobody():
    assert resolve(StoreFactory()) is None
    assert not Customer.objects.exists()


def test_a_phone_recognises_only_those_without_an_address():
    store = StoreFactory()
    by_phone = resolve(store, phone="+15550100")

    assert resolve(store, phone="+15550100") == by_phone
    assert resolve(store, phone="+15550100", email="family@example.com") != by_phone


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_newest_details_win_in_every_order_of_arrival(order):
    store = StoreFactory()
    told = [
        {"external_id": "1", "email": "old@example.com", "name": "Ada Byron", "version": "2026-01-01"},
        {"external_id": "1", "email": "new@example.com", "name": "Ada Lovelace", "version": "2026-02-01"},
        {"external_id": "1", "email": "mid@example.com", "name": "Ada King", "version": "2026-01-15"},
    ]

    for index in order:
        customer = resolve(store, **told[index])

    assert (customer.email, customer.name) == ("new@example.com", "Ada Lovelace")
    assert Customer.objects.count() == 1


def test_the_latest_word_on_marketing_counts():
    store = StoreFactory()
    yes = ConsentSaid("email", True, datetime(2026, 1, 1, tzinfo=UTC))
    no = ConsentSaid("email", False, datetime(2026, 2, 1, tzinfo=UTC))

    resolve(store, email="a@example.com", consents=(no,))
    resolve(store, email="a@example.com", consents=(yes,))

    assert not Consent.objects.get().granted


def test_each_detail_is_the_newest_that_was_told_whatever_the_order():
    store = StoreFactory()
    said = [
        {"version": "1", "phone": "+1", "name": "Ada Byron"},
        {"version": "2", "phone": "+2", "language": "fr"},
        {"version": "3", "name": "Ada Lovelace"},
    ]
    seen = set()
    for number, story in enumerate(itertools.permutations(said)):
        for words in story:
            who = resolve(store, external_id=str(number), **words)
        who.refresh_from_db()
        seen.add((who.name, who.phone, who.language))

    assert seen == {("Ada Lovelace", "+2", "fr")}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_two_first_messages_about_one_person_at_once_lose_nothing_of_either(monkeypatch):
    store, both = StoreFactory(), threading.Barrier(2)
    find, looked = people._find, threading.local()

    def find_together(keys):
        found = find(keys)
        if not hasattr(looked, "once"):
            looked.once = both.wait(10)
        return found

    def tell(address):
        try:
            resolve(store, external_id="1", email=address, version="1")
        finally:
            connections.close_all()

    monkeypatch.setattr(people, "_find", find_together)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tell, ("a@example.com", "b@example.com")))

    assert Customer.objects.count() == 1
    assert set(Identity.objects.values_list("value", flat=True)) == {"1", "a@example.com", "b@example.com"}
