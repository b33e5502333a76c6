"""Several workers at once, on the database that lets them."""

import itertools
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from customers.models import Event
from engagement.journeys import engine, services
from engagement.journeys.hearing import hear
from engagement.models import Journey, Message, StepLog
from engagement.tasks import send_messages
from tests.engagement.conftest import Scripted, ship
from tests.factories.engagement import MessageFactory
from tests.factories.journeys import chain, make_live, on_event, step
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
            hear([fact], at=NOON)

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
                hear([fact], at=NOON)

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


# --- journeys ---
def _placed(order, number=0):
    return Event.objects.create(
        kind=events.ORDER_PLACED,
        key=f"order:{order.pk}:placed:{number}",
        occurred_at=NOON,
        customer=order.customer,
        store=order.store,
        data={"order_id": order.pk},
    )


def _hear(fact):
    with transaction.atomic():
        hear([fact], at=NOON)


@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize("again", ["never", "after", "always"])
def test_pitfall_1_facts_of_one_moment_by_four_workers_begin_one_run(order, round_, again):
    Journey.objects.all().delete()
    trigger = on_event(events.ORDER_PLACED, once_for="customer", reentry=again, reentry_days=30)
    journey = make_live(chain(trigger, step("rest", "wait", days=1)))
    facts = [_placed(order, number) for number in range(4)]

    at_once(*[lambda fact=fact: _hear(fact) for fact in facts])

    assert journey.enrolments.exclude(state="REFUSED").count() == 1


def test_pitfall_2_workers_of_the_same_second_move_every_run_once(order):
    Journey.objects.all().delete()
    graph = chain(
        on_event(events.ORDER_PLACED, once_for="event"),
        step("rest", "wait", hours=1),
        step("say", "message", kind="birthday"),
        step("call", "call", name="x"),
    )
    journey = make_live(graph)
    with transaction.atomic():
        hear([_placed(order, number) for number in range(300)], at=NOON)

    def work():
        while engine.advance_due(at=NOON + timedelta(hours=1), limit=20):
            pass

    at_once(*[work] * 4)

    assert journey.enrolments.filter(state="DONE").count() == 300
    assert Message.objects.count() == Event.objects.filter(kind="engagement.journey.called").count() == 300
    assert StepLog.objects.filter(step="say").count() == 300


def test_a_journey_that_is_stopped_while_workers_move_its_runs_says_nothing_afterwards(order):
    Journey.objects.all().delete()
    graph = chain(
        on_event(events.ORDER_PLACED, once_for="event"),
        step("rest", "wait", hours=1),
        step("say", "message", kind="birthday"),
        step("more", "wait", hours=1),
    )
    journey = make_live(graph)
    with transaction.atomic():
        hear([_placed(order, number) for number in range(200)], at=NOON)

    def work():
        for _ in range(30):
            engine.advance_due(at=NOON + timedelta(hours=1), limit=10)

    at_once(work, work, lambda: services.stop(journey_id=journey.pk, at=NOON))
    while engine.advance_due(at=NOON + timedelta(hours=3)):
        pass

    assert set(journey.enrolments.values_list("state", flat=True)) == {"STOPPED"}
    assert set(Message.objects.values_list("state", flat=True)) <= {Message.State.HELD}
