"""An order with parcels, as messages need it."""

from datetime import date

import pytest

from tests.factories.tracking import OrderFactory, OrderLineFactory, ShipmentFactory, ShipmentLineFactory
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
