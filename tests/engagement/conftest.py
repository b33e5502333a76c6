"""An order with parcels, as messages need it; a channel that does what a test says."""

from datetime import date

import pytest
from django.apps import apps

from engagement import builtin
from engagement.channels.base import Channel, ChannelError
from engagement.journeys.builtin.sync import sync
from engagement.models import Journey, Template
from tests.factories.tracking import (
    NOON,
    OrderFactory,
    OrderLineFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tracking.models import Order, Shipment


def ship(order, *, status=Shipment.Status.IN_TRANSIT, quantity=1, **fields):
    """Return a parcel of `order` that holds its first line."""
    parcel = ShipmentFactory(
        order=order, status=status, eta_from_date=date(2026, 3, 12), eta_to_date=date(2026, 3, 13), **fields
    )
    ShipmentLineFactory(shipment=parcel, line=order.lines.order_by("pk").first(), quantity=quantity)
    return parcel


@pytest.fixture
def order(db) -> Order:
    """An order of two lines: one lantern, two candles; total 101.00."""
    made = OrderFactory(subtotal_minor=9600, shipping_minor=500, tax_minor=0, total_minor=10100)
    OrderLineFactory(order=made, title="Brass lantern", position=1, image_url="/static/demo/lantern.svg")
    OrderLineFactory(
        order=made, title="Pine candle", variant_title="", quantity=2, unit_price_minor=2400, position=2
    )
    return made


@pytest.fixture
def parcel(order) -> Shipment:
    """One parcel of that order, on its way."""
    return ship(order)


@pytest.fixture
def words(db):
    """A test that may commit begins without the rows that migrating made."""
    builtin.sync(Template)
    sync(apps, at=NOON)


@pytest.fixture
def only_ours(db):
    """No journey but those a test makes."""
    Journey.objects.all().delete()


class Scripted(Channel):
    """A channel that does what the test says, and remembers what it was given."""

    code = "email"
    label = "Scripted"
    sent: list = []
    failing: dict = {}
    closed: ChannelError | None = None
    on_send = None

    def open(self):
        if Scripted.closed:
            raise Scripted.closed

    def send(self, message):
        if Scripted.on_send:
            Scripted.on_send(message)
        error = Scripted.failing.get(message.to)
        if error:
            raise error
        Scripted.sent.append(message)
        return f"id-{len(Scripted.sent)}"


@pytest.fixture
def channel(settings):
    """Replace the e-mail channel."""
    Scripted.sent, Scripted.failing, Scripted.closed, Scripted.on_send = [], {}, None, None
    settings.CHANNELS = {"email": "tests.engagement.conftest.Scripted"}
    return Scripted


def one(message):
    message.refresh_from_db()
    return message
