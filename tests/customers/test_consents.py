"""What people allow: the latest word stands, and every change of mind is a fact."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from customers import events
from customers.models import Consent, Event
from customers.services import consents
from customers.services.merging import merge_customers
from customers.services.people import ConsentSaid, PersonData, resolve_customer
from tests.factories.customers import CustomerFactory, StoreFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(customer, granted, at=AT, channel="email", **more):
    return consents.say(customer, channel=channel, granted=granted, source="a test", at=at, **more)


def test_the_words_the_source_and_the_time_are_kept():
    customer = CustomerFactory()

    said(customer, True, words="Yes, write to me")

    row = Consent.objects.get()
    assert (row.granted, row.source, row.words, row.said_at) == (True, "a test", "Yes, write to me", AT)


def test_each_change_of_mind_is_told_once():
    customer = CustomerFactory()

    for _ in range(2):
        said(customer, True)
    said(customer, True, AT + timedelta(hours=1))
    said(customer, False, AT + timedelta(hours=2))

    told = Event.objects.filter(kind=events.CONSENT_SAID).order_by("pk")
    assert [event.data["granted"] for event in told] == [True, False]
    assert told[0].customer == customer


def test_an_older_word_changes_nothing():
    customer = CustomerFactory()
    said(customer, False)

    assert not said(customer, True, AT - timedelta(days=1))

    assert not consents.granted(customer, "email")


def test_of_two_words_at_one_moment_the_no_stands():
    one, other = CustomerFactory(), CustomerFactory()

    said(one, True)
    said(one, False)
    said(other, False)
    said(other, True)

    assert not consents.granted(one, "email")
    assert not consents.granted(other, "email")


def test_channels_are_apart():
    customer = CustomerFactory()

    said(customer, True, channel="sms")

    assert consents.granted(customer, "sms")
    assert not consents.granted(customer, "email")
    assert not consents.granted(None, "email")


def test_a_merged_profile_speaks_for_the_one_that_was_kept():
    kept, merged = CustomerFactory(), CustomerFactory()
    merge_customers(kept_id=kept.pk, merged_id=merged.pk, source="a test", at=AT)

    said(merged, True)

    assert Consent.objects.get().customer == kept


@pytest.mark.parametrize("dated", [True, False])
def test_a_shop_that_says_yes_without_a_date_does_not_undo_an_unsubscribe(dated):
    store, yes = StoreFactory(), ConsentSaid("email", True, AT if dated else None)
    data = PersonData(email="ada@example.com", consents=(yes,), version="1")
    customer = resolve_customer(data=data, store=store, source="shop", at=AT)
    said(customer, False, AT + timedelta(days=1))

    resolve_customer(data=data, store=store, source="shop", at=AT + timedelta(days=2))

    assert not consents.granted(customer, "email")


def test_a_shop_that_says_no_without_a_date_is_believed():
    store = StoreFactory()
    customer = CustomerFactory(email="ada@example.com")
    said(customer, True)

    data = PersonData(email="ada@example.com", consents=(ConsentSaid("email", False),))
    resolve_customer(data=data, store=store, source="shop", at=AT + timedelta(days=1))

    assert not consents.granted(customer, "email")


class AnyOrder(HypothesisCase):
    @given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=6), st.randoms())
    def test_any_order_of_arrival_leaves_the_same_word(self, words, random):
        straight, mixed = CustomerFactory(), CustomerFactory()
        shuffled = random.sample(words, len(words))

        for customer, told in ((straight, words), (mixed, shuffled)):
            for hours, granted in told:
                said(customer, granted, AT + timedelta(hours=hours))

        last = max(hours for hours, _ in words)
        expected = all(granted for hours, granted in words if hours == last)
        assert consents.granted(straight, "email") == consents.granted(mixed, "email") == expected
