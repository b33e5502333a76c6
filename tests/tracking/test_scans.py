"""Scans and windows: told in any order, each once, kept as told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers.models import Event
from tests.factories.tracking import OrderFactory, ShipmentFactory
from tracking.carriers.base import Place, ScanData, Window
from tracking.models import Order, Promise, Scan
from tracking.services import add_scans, record_shop_scan
from tracking.shops.base import ScanFact
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def scan(status, hours=0, **more):
    return ScanData(status=Status(status), at=NOON + timedelta(hours=hours), **more)


def test_the_page_version_grows_with_every_visible_change_and_only_then():
    shipment = ShipmentFactory()
    versions = [shipment.order.version]
    for scans in ([scan("IN_TRANSIT")], [scan("IN_TRANSIT")], [scan("DELIVERED", 3)]):
        add_scans(shipment_id=shipment.pk, scans=scans, source="api", at=NOON)
        versions.append(Order.objects.get().version)

    assert versions[1] > versions[0]
    assert versions[2] == versions[1]
    assert versions[3] > versions[2]


def test_a_later_window_is_a_delay_told_once_and_every_window_is_kept():
    shipment = ShipmentFactory()
    windows = [(date(2026, 3, 12), 0), (date(2026, 3, 14), 1), (date(2026, 3, 14), 2), (date(2026, 3, 13), 3)]

    for day, hours in windows:
        add_scans(
            shipment_id=shipment.pk,
            scans=[],
            source="ups",
            at=NOON,
            eta=Window(day, day),
            told_at=NOON + timedelta(hours=hours),
        )

    assert [p.to_date for p in Promise.objects.order_by("made_at")] == [
        windows[0][0],
        windows[1][0],
        windows[3][0],
    ]
    delayed = Event.objects.get(kind="tracking.shipment.delayed")
    assert (delayed.data["was_to"], delayed.data["to_date"]) == ("2026-03-12", "2026-03-14")


def test_an_older_window_that_comes_late_is_not_shown():
    shipment = ShipmentFactory()
    for day, hours in ((14, 5), (12, 1)):
        add_scans(
            shipment_id=shipment.pk,
            scans=[],
            source="ups",
            at=NOON,
            eta=Window(date(2026, 3, day), date(2026, 3, day)),
            told_at=NOON + timedelta(hours=hours),
        )

    shipment.refresh_from_db()
    assert shipment.eta_to_date == date(2026, 3, 14)
    assert not Event.objects.filter(kind="tracking.shipment.delayed").exists()


def test_a_local_time_is_kept_as_told_and_never_stamped_utc():
    shipment = ShipmentFactory()
    local = ScanData(
        status=Status.IN_TRANSIT,
        local=datetime(2026, 3, 10, 9, 30),  # noqa: DTZ001
        place=Place("Köln", "", "DE"),
    )

    add_scans(shipment_id=shipment.pk, scans=[local], source="dhl", at=NOON)

    row = Scan.objects.get()
    assert (row.at, row.local) == (None, "2026-03-10T09:30:00")
    assert row.order_at == datetime(2026, 3, 10, 8, 30, tzinfo=UTC)


def test_a_local_time_is_that_of_its_state_and_not_of_the_shop():
    shipment = ShipmentFactory()
    local = ScanData(
        status=Status.IN_TRANSIT,
        local=datetime(2026, 3, 10, 9, 30),  # noqa: DTZ001
        place=Place("Fresno", "CA", "US"),
    )

    add_scans(shipment_id=shipment.pk, scans=[local], source="usps", at=NOON)

    assert Scan.objects.get().order_at == datetime(2026, 3, 10, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "day"),
    [
        (datetime(2026, 3, 13, tzinfo=UTC), 13),  # a day, stamped as a moment: it is no evening before
        (datetime(2026, 3, 13, 3, tzinfo=UTC), 12),  # eight in the evening in Portland
    ],
)
def test_a_day_that_a_shop_stamps_as_midnight_stays_that_day(told, day):
    shipment = ShipmentFactory()
    order = shipment.order
    fact = ScanFact(order.external_id, shipment.fulfillment_external_id, scan("IN_TRANSIT"), told)

    found = record_shop_scan(store=order.store, data=fact, source="shopify", at=NOON)

    assert found.eta_to_date == date(2026, 3, day)


def test_nobody_is_told_of_a_delay_to_a_day_that_is_over():
    shipment = ShipmentFactory()
    for day, later in ((6, -100), (8, 0), (11, 1)):
        add_scans(
            shipment_id=shipment.pk,
            scans=[],
            source="ups",
            at=NOON,
            eta=Window(date(2026, 3, day), date(2026, 3, day)),
            told_at=NOON + timedelta(hours=later),
        )

    told = Event.objects.filter(kind="tracking.shipment.delayed")
    assert [event.data["to_date"] for event in told] == ["2026-03-11"]


class RandomHistories(TestCase):
    """The service keeps the fold's promise: state and milestones, whatever the order and however often."""

    scans = st.builds(
        ScanData,
        status=st.sampled_from(list(Status)),
        at=st.integers(0, 6).map(lambda hours: NOON + timedelta(hours=hours)),
        message=st.sampled_from(["", "Arrived"]),
    )

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(history=st.lists(scans, min_size=1, max_size=7), data=st.data())
    def test_scans_in_any_order_give_the_same_state_and_each_milestone_once(self, history, data):
        ends = []
        shuffled = data.draw(st.permutations(history))
        order = OrderFactory()
        for told in (history, [*shuffled, *shuffled[:3]]):
            shipment = ShipmentFactory(order=order)
            for one in told:
                add_scans(shipment_id=shipment.pk, scans=[one], source="api", at=NOON)
            shipment.refresh_from_db()
            events = Event.objects.filter(subject_type="tracking.shipment", subject_id=str(shipment.pk))
            ends.append(
                (
                    shipment.status,
                    shipment.reason,
                    shipment.status_at,
                    shipment.shipped_at,
                    shipment.delivered_at,
                    shipment.last_scan_at,
                    sorted(events.values_list("kind", flat=True)),
                    shipment.scans.count(),
                )
            )

        assert ends[0] == ends[1]


def test_event_payloads_are_plain_json():
    shipment = ShipmentFactory()
    add_scans(shipment_id=shipment.pk, scans=[scan("DELIVERED")], source="api", at=NOON)

    for event in Event.objects.all():
        assert DjangoJSONEncoder().encode(event.data)
        assert event.data["order_id"] == shipment.order_id
