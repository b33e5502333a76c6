"""A stop and the later day it brings are one trouble: its shopper gets one message, not two."""

from datetime import timedelta

import pytest

from engagement.models import Message
from engagement.tasks import send_messages
from tests.engagement.conftest import one, ship
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON
from tracking.models import Shipment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("words")]
HOUR = timedelta(hours=1)


def told(order, parcel, **stop):
    """Let a delay be sent beside the message about the stop; return what became of the delay."""
    MessageFactory(order=order, kind="exception", context={"shipments": [parcel.pk]}, **stop)
    delay = MessageFactory(order=order, kind="delayed", context={"shipments": [parcel.pk]})
    send_messages(at=NOON)
    return one(delay)


def test_a_delay_is_not_told_beside_the_stop_that_causes_it(order):
    delay = told(order, ship(order, status=Shipment.Status.EXCEPTION))

    assert (delay.state, "exception" in delay.reason) == (Message.State.HELD, True)


def test_a_delay_that_is_learned_later_is_told(order):
    parcel = ship(order, status=Shipment.Status.EXCEPTION)

    delay = told(order, parcel, state=Message.State.SENT, sent_at=NOON - 2 * HOUR, due_at=None)

    assert delay.state == Message.State.SENT


def test_the_stop_of_another_parcel_says_nothing_of_this_one(order):
    stopped = ship(order, status=Shipment.Status.EXCEPTION)
    MessageFactory(order=order, kind="exception", context={"shipments": [stopped.pk]})
    parcel = ship(order, status=Shipment.Status.IN_TRANSIT)
    delay = MessageFactory(order=order, kind="delayed", context={"shipments": [parcel.pk]})

    send_messages(at=NOON)

    assert one(delay).state == Message.State.SENT
