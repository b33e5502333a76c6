"""What we said to somebody, and where they are in journeys and segments, follows them when profiles merge."""

import pytest
from django.conf import settings as real
from django.db import transaction

from customers import outbox
from customers.models import Delivery
from customers.outbox import deliver_due
from customers.services.merging import merge_customers, undo_merge
from engagement.models import (
    Enrolment,
    InboxItem,
    Journey,
    JourneyVersion,
    Membership,
    Message,
    PushSubscription,
    Segment,
    SurveyAnswer,
)
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON, OrderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["orders first", "orders last"])
def wired(request, settings):
    """Tracking moves the orders itself: we may hear of a merge before it does, or after."""
    codes = ["tracking.merges", "engagement.merges"]
    if request.param == "orders last":
        codes.reverse()
    settings.EVENT_HANDLERS = {code: real.EVENT_HANDLERS[code] for code in codes}


@pytest.fixture
def ada():
    return CustomerFactory()


@pytest.fixture
def bob():
    return CustomerFactory()


def hear():
    Delivery.objects.filter(state=Delivery.State.WAITING).update(due_at=NOON)
    while deliver_due(at=NOON):
        pass


def merge(kept, merged):
    made = merge_customers(kept_id=kept.pk, merged_id=merged.pk, source="test", at=NOON)
    hear()
    return made


def part(made):
    undo_merge(merge_id=made.pk, at=NOON)
    hear()


def enrolment(customer, key, **more):
    journey, _ = Journey.objects.get_or_create(code="care", defaults={"name": "Care"})
    version, _ = JourneyVersion.objects.get_or_create(
        journey=journey, number=1, defaults={"graph": {}, "published_at": NOON}
    )
    return Enrolment.objects.create(
        journey=journey, version=version, customer=customer, key=key, subject=key, entered_at=NOON,
        stepped_at=NOON, **more,
    )  # fmt: skip


def everything(customer):
    """A row of each kind that can be known to be this customer's."""
    order = OrderFactory(customer=customer)
    store = order.store
    with transaction.atomic():
        event = outbox.publish("test.told.it", key=f"test:{customer.pk}", occurred_at=NOON, customer=customer)
    run = enrolment(customer, f"customer:{customer.pk}:event:3")
    plain = {"order": None, "store": store, "customer": customer}
    return [
        run,
        enrolment(customer, f"order:{order.pk}", order=order),
        enrolment(customer, f"event:{event.pk}", event=event),
        MessageFactory(order=order),
        MessageFactory(event=event, **plain),
        MessageFactory(dedupe_key=f"campaign_1:customer:{customer.pk}", **plain),
        MessageFactory(enrolment=run, **plain),
        SurveyAnswer.objects.create(
            kind="delivery", key=f"delivery:order:{order.pk}", store=store, customer=customer, order=order,
            asked_at=NOON,
        ),
        InboxItem.objects.create(
            message=MessageFactory(dedupe_key=f"campaign_2:customer:{customer.pk}", **plain),
            customer=customer, title="Hello", html="", created_at=NOON,
        ),
        PushSubscription.objects.create(
            customer=customer, order=order, store=store, endpoint=f"https://push.example/{customer.pk}",
            created_at=NOON,
        ),
    ]  # fmt: skip


def owners(rows):
    return {type(row)._base_manager.get(pk=row.pk).customer_id for row in rows}


def test_all_of_it_goes_to_the_kept_profile_and_back(wired, ada, bob):
    mine, theirs = everything(ada), everything(bob)

    made = merge(ada, bob)

    assert owners(mine) | owners(theirs) == {ada.pk}

    part(made)

    assert owners(mine) == {ada.pk}
    assert owners(theirs) == {bob.pk}


def test_what_names_nobody_stays(wired, ada, bob):
    push = PushSubscription.objects.create(
        customer=bob, store=StoreFactory(), endpoint="https://push.example/1", created_at=NOON
    )
    said = MessageFactory(customer=bob, order=None, store=StoreFactory())

    part(merge(ada, bob))

    assert owners([push, said]) == {ada.pk}


def test_a_customer_whose_number_begins_the_same_is_another(wired, ada):
    bob = CustomerFactory(pk=ada.pk + 71)
    other = CustomerFactory(pk=bob.pk * 10 + 3)
    run = enrolment(ada, f"customer:{other.pk}")

    part(merge(ada, bob))

    assert owners([run]) == {ada.pk}


def test_through_two_merges_rows_reach_who_stands_for_them_now(wired, ada, bob):
    eve = CustomerFactory()
    theirs = everything(eve)
    merge_customers(kept_id=bob.pk, merged_id=eve.pk, source="test", at=NOON)
    second = merge(ada, bob)
    assert owners(theirs) == {ada.pk}

    part(second)

    assert owners(theirs) == {bob.pk}


def test_who_was_in_a_segment_is_in_it_once(wired, ada, bob):
    both, only = (Segment.objects.create(name=name) for name in ("both", "only"))
    for segment, customer in ((both, ada), (both, bob), (only, bob)):
        Membership.objects.create(segment=segment, customer=customer, entered_at=NOON)

    merge(ada, bob)

    assert set(Membership.objects.values_list("segment", "customer")) == {
        (both.pk, ada.pk),
        (only.pk, ada.pk),
    }


def test_a_merge_that_was_undone_before_it_was_heard_of_moves_nothing(wired, ada, bob):
    theirs = everything(bob)
    made = merge_customers(kept_id=ada.pk, merged_id=bob.pk, source="test", at=NOON)
    undo_merge(merge_id=made.pk, at=NOON)

    hear()

    assert owners(theirs) == {bob.pk}
    assert Message.objects.filter(customer=ada).count() == 0
