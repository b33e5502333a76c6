"""Many at once take the ways that each alone would take."""

import itertools

import pytest

from customers.models import Consent, Preference
from engagement.journeys.ways import Reader, choose_many
from engagement.models import PushSubscription, Suppression
from engagement.reach import choose
from tests.factories.customers import CustomerFactory
from tests.factories.tracking import NOON, OrderFactory

pytestmark = pytest.mark.django_db
CHANNELS = ("email", "sms", "push", "inapp")


def somebody(number, liked, said, blocked, browser, with_order):
    phone = "" if number % 3 else f"+4930{number:07d}"
    customer = CustomerFactory(phone=phone)
    if number % 5 == 0:
        customer.email = ""
        customer.save()
    order = OrderFactory(customer=customer) if with_order else None
    store = order.store if order else OrderFactory().store
    if liked:
        Preference.objects.create(customer=customer, channel=liked, updated_at=NOON)
    for channel in said:
        Consent.objects.create(
            customer=customer, channel=channel, purpose="marketing", granted=True, source="t", said_at=NOON
        )
    if blocked and customer.email:
        Suppression.add(customer.email, Suppression.Reason.BOUNCE)
    if browser:
        PushSubscription.objects.create(
            store=store,
            customer=customer,
            endpoint=f"https://push.example/{number}",
            p256dh="k",
            auth="a",
            created_at=NOON,
        )
    return Reader(customer, order, store)


@pytest.mark.parametrize("provider", ["", "console"])
@pytest.mark.parametrize("purpose", ["marketing", "transactional"])
@pytest.mark.parametrize("wanted", ["auto", "sms", "push"])
def test_choosing_for_many_is_choosing_for_each(
    purpose, wanted, provider, django_assert_max_num_queries, settings
):
    settings.SMS_PROVIDER = provider
    settings.CHANNELS = {code: f"test.{code}" for code in CHANNELS}
    cases = itertools.product(
        ("", "sms", "push"), ((), ("email",), ("sms", "push")), (False, True), (False, True), (False, True)
    )
    readers = [somebody(number, *case) for number, case in enumerate(cases)]
    readers.append(Reader(None, OrderFactory(customer=None, email="guest@example.com"), readers[0].store))

    with django_assert_max_num_queries(5):
        chosen = choose_many(readers, wanted, purpose)

    alone = [choose(one.customer, wanted, purpose, store=one.store, order=one.order) for one in readers]
    assert chosen == alone
    assert len(set(chosen)) > 1
