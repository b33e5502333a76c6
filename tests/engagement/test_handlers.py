"""Facts become messages: once each, together where they belong together, whatever the order of arrival."""

import itertools
import random
from datetime import timedelta

import pytest
from django.db import transaction

from customers import outbox
from customers.models import Delivery, Event
from engagement.handlers import queue_access
from engagement.journeys.hearing import hear
from engagement.kinds import KINDS
from engagement.models import Message
from tests.engagement.conftest import ship
from tests.factories.tracking import NOON, OrderFactory, ShipmentFactory
from tracking import access, events
from tracking.models import AccessCode, Shipment

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
MILESTONES = {
    code
    for code, kind in KINDS.items()
    if kind.purpose == Message.Purpose.TRANSACTIONAL
    and kind.event.startswith("tracking.")
    and not (kind.about_access or kind.about_trouble)
}


def told(kind, order, parcel=None, *, at=NOON, **data):
    """Return the event that the fact would be, as the stream holds it."""
    data = {"order_id": order.pk, **({"shipment_id": parcel.pk} if parcel else {}), **data}
    key = f"{kind}:{sorted(data.items())}"
    event, _ = Event.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "occurred_at": at,
            "data": data,
            "store": order.store,
            "customer": order.customer,
        },
    )
    return event


def handle(*facts, at=NOON):
    with transaction.atomic():
        hear(list(facts), at=at)


def test_every_milestone_queues_its_message(order):
    parcel = ship(order)
    facts = [told(events.ORDER_PLACED, order)]
    facts += [
        told(KINDS[kind].event, order, parcel)
        for kind in KINDS
        if kind not in ("confirmed", "delayed") and kind in MILESTONES
    ]
    facts.append(told(events.SHIPMENT_DELAYED, order, parcel, was_to="2026-03-11", to_date="2026-03-13"))

    handle(*facts)

    made = {message.kind: message for message in Message.objects.all()}
    assert set(made) == MILESTONES
    assert made["confirmed"].dedupe_key == f"confirmed:order:{order.pk}"
    assert made["delivered"].dedupe_key == f"delivered:shipment:{parcel.pk}"
    assert made["delayed"].dedupe_key == f"delayed:shipment:{parcel.pk}:2026-03-13"
    assert made["delayed"].context == {
        "shipments": [parcel.pk],
        "was_to": "2026-03-11",
        "to_date": "2026-03-13",
    }
    for kind, message in made.items():
        assert message.expires_at == NOON + KINDS[kind].lateness
        assert (message.store, message.customer, message.due_at) == (order.store, order.customer, NOON)


def test_facts_told_again_in_any_order_make_no_second_message(order):
    parcels = [ship(order), ship(order)]
    facts = [told(events.ORDER_PLACED, order)]
    facts += [
        told(kind, order, parcel)
        for kind in (events.SHIPMENT_SHIPPED, events.SHIPMENT_DELIVERED)
        for parcel in parcels
    ]
    shuffle = random.Random(7)

    for _ in range(6):
        batch = facts * 2
        shuffle.shuffle(batch)
        cut = shuffle.randrange(len(batch))
        handle(*batch[:cut])
        handle(*batch[cut:])

    kinds = sorted(Message.objects.values_list("kind", flat=True))
    assert kinds.count("confirmed") == 1
    assert kinds.count("delivered") == 2
    shipped = Message.objects.filter(kind="shipped").values_list("context", flat=True)
    assert sorted(itertools.chain(*(context["shipments"] for context in shipped))) == [
        parcel.pk for parcel in parcels
    ]


def test_a_delay_told_twice_with_two_windows_is_two_messages(order, parcel):
    for day in ("2026-03-13", "2026-03-15", "2026-03-15"):
        handle(told(events.SHIPMENT_DELAYED, order, parcel, to_date=day))

    assert Message.objects.filter(kind="delayed").count() == 2


def test_parcels_that_leave_in_one_batch_are_told_in_one_message(order):
    parcels = [ship(order), ship(order)]
    other = ship_of_another_order()

    handle(*(told(events.SHIPMENT_SHIPPED, one.order, one) for one in [*parcels, other]))

    by_order = {
        message.order_id: message.context["shipments"] for message in Message.objects.filter(kind="shipped")
    }
    assert by_order == {order.pk: [parcel.pk for parcel in parcels], other.order_id: [other.pk]}


def ship_of_another_order():
    return ShipmentFactory(order=OrderFactory(), status=Shipment.Status.IN_TRANSIT)


def test_the_first_of_two_parcels_waits_a_little_for_the_second(order):
    first, second = ship(order), ship(order, status=Shipment.Status.INFO_RECEIVED)
    handle(told(events.SHIPMENT_SHIPPED, order, first))
    assert Message.objects.get().due_at == NOON + timedelta(minutes=2)

    Shipment.objects.filter(pk=second.pk).update(status=Shipment.Status.IN_TRANSIT, shipped_at=NOON)
    handle(told(events.SHIPMENT_SHIPPED, order, second, at=NOON + MINUTE), at=NOON + MINUTE)

    message = Message.objects.get()
    assert message.context["shipments"] == [first.pk, second.pk]
    assert message.due_at == NOON + MINUTE


def test_a_parcel_with_no_companion_is_told_at_once(order):
    first, late = ship(order), ship(order, status=Shipment.Status.INFO_RECEIVED)
    Shipment.objects.filter(pk=late.pk).update(created_at=first.created_at - timedelta(hours=5))

    handle(told(events.SHIPMENT_SHIPPED, order, first))

    assert Message.objects.get().due_at == NOON


@pytest.mark.parametrize("gone", ["sent", "claimed"])
def test_a_message_already_on_its_way_is_not_changed(order, gone):
    first, second = ship(order), ship(order)
    handle(told(events.SHIPMENT_SHIPPED, order, first))
    if gone == "sent":
        Message.objects.update(state=Message.State.SENT, due_at=None)
    else:
        Message.objects.update(claim="7b0c7f6e-3f1e-4b32-9a39-1f6f9f5d0001")

    handle(told(events.SHIPMENT_SHIPPED, order, first), told(events.SHIPMENT_SHIPPED, order, second))

    contexts = [message.context["shipments"] for message in Message.objects.order_by("pk")]
    assert contexts == [[first.pk], [second.pk]]


def test_what_is_too_late_already_is_held_from_the_start(order):
    handle(told(events.ORDER_PLACED, order, at=NOON - timedelta(days=9)))

    message = Message.objects.get()
    assert (message.state, message.due_at) == (Message.State.HELD, None)
    assert "Too late" in message.reason


def test_a_fact_about_an_order_that_is_gone_is_passed_over(order):
    handle(
        told(events.ORDER_PLACED, order),
        Event.objects.create(kind=events.ORDER_PLACED, key="x", occurred_at=NOON, data={"order_id": 10**9}),
    )

    assert Message.objects.count() == 1


def test_codes_and_links_go_to_whoever_asked_once_each(order):
    link = access.link_for(order, "view", at=NOON, life=timedelta(hours=12))
    code = AccessCode.objects.create(link=link, created_at=NOON, expires_at=NOON + timedelta(minutes=10))
    facts = [
        told(events.CODE_REQUESTED, order, code_id=code.pk),
        told(events.LINK_REQUESTED, order, request_id=5),
        told(events.LINK_REQUESTED, order, request_id=6),
    ]

    for _ in range(2):
        with transaction.atomic():
            queue_access(facts, at=NOON)

    assert sorted(Message.objects.values_list("dedupe_key", flat=True)) == [
        f"access_code:{code.pk}",
        "access_link:5",
        "access_link:6",
    ]
    assert Message.objects.get(kind="access_code").expires_at == NOON + timedelta(minutes=10)
    assert Message.objects.filter(expires_at=NOON + timedelta(minutes=30)).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_published_fact_becomes_a_message_by_way_of_the_stream():
    order = OrderFactory()
    with transaction.atomic():
        outbox.publish(
            events.ORDER_PLACED,
            key=f"order:{order.pk}:placed",
            occurred_at=NOON,
            store=order.store,
            customer=order.customer,
            subject=order,
            data={"order_id": order.pk, "currency": "USD", "total_minor": 5300, "lines": 1},
        )
    at = Event.objects.get().recorded_at + MINUTE

    outbox.deliver_due(at=at)

    assert Message.objects.get().kind == "confirmed"
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.DONE}
    assert Message.objects.get().event == Event.objects.get()


def test_a_big_batch_takes_few_queries(order, django_assert_max_num_queries):
    facts = [told(events.SHIPMENT_SHIPPED, order, ship(order)) for _ in range(5)]
    for _ in range(5):
        other = OrderFactory()
        facts += [told(events.ORDER_PLACED, other)]

    with transaction.atomic(), django_assert_max_num_queries(25):
        hear(facts, at=NOON)
