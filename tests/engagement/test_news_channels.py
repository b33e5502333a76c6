"""News of orders and returns goes the way its reader likes better, where that way is open to them."""

import pytest

from customers.models import Preference
from engagement.models import Message
from returns.models import Return
from tests.engagement import returning
from tests.engagement.conftest import ship
from tests.engagement.returning import give_back
from tests.engagement.test_handlers import handle, told
from tests.factories.tracking import NOON
from tracking import events

pytestmark = pytest.mark.django_db
NUMBER = "+4930123456"


@pytest.fixture
def reader(order, settings):
    """The buyer, who has a number and likes an SMS better."""
    settings.SMS_PROVIDER = "console"
    order.customer.phone = NUMBER
    order.customer.save()
    Preference.objects.create(customer=order.customer, channel="sms", updated_at=NOON)
    return order.customer


def channels():
    return dict(Message.objects.values_list("kind", "channel"))


def test_news_goes_the_way_they_like(order, reader):
    handle(told(events.ORDER_PLACED, order), told(events.SHIPMENT_SHIPPED, order, ship(order)))

    assert channels() == {"confirmed": "sms", "shipped": "sms"}


def test_who_said_nothing_gets_mail(order, reader):
    Preference.objects.update(channel="")

    handle(told(events.ORDER_PLACED, order))

    assert channels() == {"confirmed": "email"}


def test_without_a_number_it_goes_by_mail(order, reader):
    reader.phone = ""
    reader.save()

    handle(told(events.ORDER_PLACED, order))

    assert channels() == {"confirmed": "email"}


def test_where_nothing_sends_an_sms_it_goes_by_mail(order, reader, settings):
    settings.SMS_PROVIDER = ""

    handle(told(events.ORDER_PLACED, order))

    assert channels() == {"confirmed": "email"}


def test_a_gift_s_return_does_not_go_the_buyer_s_way(order, reader):
    ret = give_back(order, source="GIFT", email="receiver@example.com")
    Return.objects.filter(pk=ret.pk).update(customer=None)  # as services make it
    ret.refresh_from_db()
    handle(returning.told("returns.return.received", ret, state="RECEIVED", was="IN_TRANSIT"))

    assert channels() == {"return_received": "email"}
