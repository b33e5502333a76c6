"""Several workers at once, on the database that lets them."""

import itertools
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from customers.models import Event
from engagement.handlers import queue_milestones
from engagement.models import Message
from engagement.tasks import send_messages
from tests.engagement.conftest import Scripted, ship
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON
from tracking import events

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("words"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]


def at_once(*jobs):
    """Run the jobs in threads that start together; raise what one of them raised."""
    start, errors = threading.Barrier(len(jobs)), []

    def run(job):
        try:
            start.wait(10)
            job()
        except Exception as exc:  # noqa: BLE001 (told below)
            errors.append(exc)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


def test_no_message_is_sent_twice_by_four_workers(order, channel):
    messages = [MessageFactory(order=order) for _ in range(120)]

    def work():
        while send_messages(at=NOON):
            pass

    at_once(*[work] * 4)

    assert Counter(sent.key for sent in Scripted.sent) == Counter(
        str(message.public_id) for message in messages
    )
    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.SENT}


@pytest.mark.parametrize("round_", range(5))
def test_parcels_that_leave_at_once_by_two_workers_are_told_in_one_message(order, round_):
    parcels = [ship(order) for _ in range(4)]
    facts = [
        Event.objects.create(
            kind=events.SHIPMENT_SHIPPED,
            key=f"shipment:{parcel.pk}:shipped",
            occurred_at=NOON,
            data={"order_id": order.pk, "shipment_id": parcel.pk},
        )
        for parcel in parcels
    ]

    def work(fact):
        with transaction.atomic():
            queue_milestones([fact], at=NOON)

    at_once(*[lambda fact=fact: work(fact) for fact in facts * 2])

    message = Message.objects.get()
    assert sorted(message.context["shipments"]) == [parcel.pk for parcel in parcels]


def test_a_parcel_added_while_workers_send_is_told_exactly_once(order, channel):
    parcels = [ship(order) for _ in range(12)]
    facts = [
        Event.objects.create(
            kind=events.SHIPMENT_SHIPPED,
            key=f"shipment:{parcel.pk}:shipped",
            occurred_at=NOON,
            data={"order_id": order.pk, "shipment_id": parcel.pk},
        )
        for parcel in parcels
    ]

    def tell():
        for fact in facts:
            with transaction.atomic():
                queue_milestones([fact], at=NOON)

    def work():
        for _ in range(40):
            send_messages(at=NOON + timedelta(minutes=1))

    at_once(tell, work, work)
    send_messages(at=NOON + timedelta(minutes=1))

    sent = Message.objects.filter(state=Message.State.SENT).values_list("context", flat=True)
    assert sorted(itertools.chain(*(context["shipments"] for context in sent))) == [
        parcel.pk for parcel in parcels
    ]
    told = " ".join(mail.text for mail in Scripted.sent)
    assert {parcel.tracking_number: told.count(parcel.tracking_number) for parcel in parcels} == {
        parcel.tracking_number: 1 for parcel in parcels
    }
