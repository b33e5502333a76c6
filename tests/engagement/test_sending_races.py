"""Workers, shoppers and staff at the same moment, on the database that lets them."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from customers.models import Consent
from customers.services import consents
from engagement.campaigns import services
from engagement.models import Campaign, Message
from engagement.sending import buckets, send_due
from engagement.tasks import run_campaigns, send_messages
from tests.engagement.conftest import Scripted
from tests.engagement.marketing import marketing, words_for
from tests.engagement.test_campaigns import campaign_to
from tests.engagement.test_concurrency import at_once
from tests.factories.customers import CustomerFactory
from tests.factories.tracking import NOON, OrderFactory

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]


def drain(until):
    while not until.is_set():
        at = timezone.now()
        if not run_campaigns(at=at) + send_messages(at=at):
            time.sleep(0.005)


def test_nobody_is_written_to_after_they_unsubscribed_while_a_campaign_runs(channel):
    """No mail is claimed later than a no that was committed."""
    people = [CustomerFactory() for _ in range(400)]
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=timezone.now())
    Scripted.on_send = lambda _: time.sleep(0.002)
    said, done = {}, threading.Event()

    def unsubscribe():
        for person in people[::-2]:
            consents.say(person, channel="email", granted=False, source="test", at=timezone.now())
            said[person.pk] = timezone.now()  # committed by now

    def watch():
        end = time.monotonic() + 50
        while Campaign.objects.get().state != "DONE" and time.monotonic() < end:
            Campaign.objects.filter(state="RUNNING", claim=None).update(due_at=timezone.now())
            time.sleep(0.05)
        done.set()

    at_once(unsubscribe, watch, lambda: drain(done), lambda: drain(done))

    claimed = dict(Message.objects.filter(state="SENT").values_list("customer_id", "claimed_at"))
    assert [pk for pk, when in claimed.items() if pk in said and when > said[pk]] == []
    assert Counter(sent.to for sent in Scripted.sent).most_common(1)[0][1] == 1
    assert 200 <= len(claimed) < 400  # some were in time, and the others all got theirs
    assert Consent.objects.filter(granted=False).count() == 200


@pytest.mark.parametrize("round_", range(3))
def test_two_workers_do_not_both_find_room_under_a_cap(channel, round_):
    words_for()
    words_for("other")
    order = OrderFactory()
    messages = [
        marketing(order, kind=kind, topic=topic)
        for kind, topic in (("lamp_care", "tips"), ("other", "news"), ("lamp_care", "occasions"))
    ]

    at_once(*[lambda: send_due(at=NOON, limit=1)] * 3)

    assert len(Scripted.sent) == 1
    assert Counter(Message.objects.values_list("state", flat=True))["SENT"] == 1
    assert len(messages) == 3


def test_workers_together_take_no_more_than_a_provider_allows(settings, db):
    settings.SEND_RATE = {"email": 10}
    granted = []

    def take():
        for step in range(20):
            granted.append(buckets.take("email", 3, at=NOON + timedelta(milliseconds=50 * step)))

    at_once(*[take] * 4)

    assert sum(granted) <= 10 + 10 * 0.05 * 19
    assert sum(granted) >= 15


def test_a_worker_that_dies_while_handing_over_is_not_repeated(channel):
    words_for()
    message = marketing(OrderFactory())
    Scripted.on_send = lambda _: (_ for _ in ()).throw(KeyboardInterrupt)

    with pytest.raises(KeyboardInterrupt):
        send_messages(at=NOON)

    Scripted.on_send = None
    message.refresh_from_db()
    assert message.state == "SENDING"
    Message.objects.update(leased_until=NOON - timedelta(days=900))
    for hours in range(3):
        send_messages(at=NOON + timedelta(hours=hours))
    message.refresh_from_db()
    assert (message.state, Scripted.sent) == ("UNKNOWN", [])
    connections.close_all()
