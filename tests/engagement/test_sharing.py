"""Who is served first: order news before marketing, journeys before campaigns, and every store its share."""

from datetime import timedelta

import pytest

from engagement import sending
from engagement.models import Message
from engagement.sending import claiming
from engagement.vocabulary import Purpose
from tests.factories.customers import StoreFactory
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON, OrderFactory

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS, JOURNEYS, CAMPAIGNS = claiming.TIERS


def waiting(store, count, **more):
    order = OrderFactory(store=store)
    return [MessageFactory(order=order, **more) for _ in range(count)]


def taken_of(store, taken):
    return sum(message.store_id == store.pk for message in taken)


def test_a_store_with_many_messages_does_not_hold_up_one_with_few():
    many, few = StoreFactory(slug="many"), StoreFactory(slug="few")
    waiting(many, 60)
    waiting(few, 5, due_at=NOON + timedelta(seconds=30))  # and they came later

    taken = claiming.claim(ORDERS, at=NOON + timedelta(minutes=1), limit=20)

    assert (taken_of(many, taken), taken_of(few, taken)) == (10, 5)


def test_a_store_alone_has_the_whole_batch():
    store = StoreFactory()
    waiting(store, 30)

    assert len(claiming.claim(ORDERS, at=NOON, limit=20)) == 20


def test_more_stores_than_places_take_turns():
    stores = [StoreFactory(slug=f"store-{number}") for number in range(6)]
    for store in stores:
        waiting(store, 2)

    first = claiming.claim(ORDERS, at=NOON, limit=3)

    assert len({message.store_id for message in first}) == 3
    while claiming.claim(ORDERS, at=NOON, limit=3):
        pass
    assert not Message.objects.filter(claim=None).exists()


def test_news_of_an_order_is_not_of_the_tier_of_marketing():
    store = StoreFactory()
    [news] = waiting(store, 1)
    [tips] = waiting(store, 1, purpose=Purpose.MARKETING, kind="care_tips")

    of = {
        name: claiming.claim(tier, at=NOON, limit=9)
        for name, tier in (("news", ORDERS), ("journeys", JOURNEYS), ("campaigns", CAMPAIGNS))
    }

    assert {name: [row.pk for row in rows] for name, rows in of.items()} == {
        "news": [news.pk],
        "journeys": [tips.pk],
        "campaigns": [],
    }


def test_order_news_that_came_last_leaves_before_marketing(words, channel):
    store = StoreFactory()
    marketing = waiting(store, 3, purpose=Purpose.MARKETING, kind="care_tips")
    [news] = waiting(store, 1, due_at=NOON + timedelta(minutes=1))

    sending.send_due(at=NOON + timedelta(minutes=2))

    sent = Message.objects.get(pk=news.pk)
    others = Message.objects.filter(pk__in=[row.pk for row in marketing], sent_at__lt=sent.sent_at)
    assert sent.state == Message.State.SENT
    assert not others.exists()
