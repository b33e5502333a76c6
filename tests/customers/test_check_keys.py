"""Foreign keys that the database does not check (docs/decisions/0011)."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.lib import unchecked
from customers.models import Delivery, Event
from tests.factories.customers import CustomerFactory
from tests.factories.tracking import ShipmentFactory
from tracking.models import Scan, Shipment

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def rows():
    """A scan, an event and its delivery, all of which have what they point to."""
    shipment, customer = ShipmentFactory(), CustomerFactory()
    Scan.objects.create(shipment=shipment, fingerprint="a", order_at=NOON, source="ups")
    event = Event.objects.create(kind="test.thing", key="thing:1", customer=customer, occurred_at=NOON)
    Delivery.objects.create(event=event, handler="mail")


def check() -> str:
    out = StringIO()
    call_command("check_keys", stdout=out)
    return out.getvalue()


def test_only_the_keys_of_the_decision_have_no_constraint():
    assert {unchecked.name(key) for key in unchecked.foreign_keys()} == {
        "customers.Delivery.event",
        "customers.Event.customer",
        "customers.Event.store",
        "tracking.Scan.shipment",
    }


def test_rows_with_parents_and_events_of_nobody_are_in_order():
    Event.objects.create(kind="test.thing", key="thing:2", occurred_at=NOON)

    assert check().count(": none without a parent") == 4


@pytest.mark.parametrize(
    ("model", "key", "name"),
    [
        (Scan, "shipment_id", "tracking.Scan.shipment"),
        (Event, "customer_id", "customers.Event.customer"),
        (Event, "store_id", "customers.Event.store"),
        (Delivery, "event_id", "customers.Delivery.event"),
    ],
)
def test_a_row_that_points_nowhere_is_found(model, key, name):
    model.objects.update(**{key: 987654321})
    out = StringIO()

    with pytest.raises(CommandError, match="1 rows point nowhere"):
        call_command("check_keys", stdout=out)

    assert f"{name}: 1 without a parent" in out.getvalue()


def test_a_parcel_that_is_deleted_takes_its_scans_along():
    Shipment.objects.all().delete()

    assert not Scan.objects.exists()
    assert check().count(": none without a parent") == 4


def test_an_event_outlives_its_customer():
    Event.objects.get().customer.delete()

    assert Event.objects.get().customer_id is None
