"""What flags do when it is not the parcel that changes: the store's rules, the clock, an old import."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers import outbox
from customers.models import Alert
from customers.services.alerts import close_alert
from engagement.models import Message
from tests.factories.customers import StaffFactory, StoreFactory
from tests.factories.tracking import OrderFactory, OrderLineFactory, ShipmentLineFactory
from tests.tracking.watching import DAY, HOUR, START, facts, look, parcel, scan, standing
from tracking import events
from tracking.models import Flag, Incident, Shipment, WatchRound, WatchRules
from tracking.services import watch
from tracking.services.watch import rounds
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db
SILENT = START + 4 * DAY


def deliver(at):
    while outbox.deliver_due(at=at + 3650 * DAY):
        pass


def test_a_raised_threshold_is_not_told_as_a_parcel_that_moves_again():
    shipment = parcel(Status.IN_TRANSIT)
    look(SILENT)
    deliver(SILENT)
    Message.objects.filter(kind="held_up").update(state=Message.State.SENT, sent_at=SILENT)

    WatchRules.objects.create(store=shipment.order.store, silent_days_domestic=9, lost_days=0)
    look(SILENT + HOUR)
    deliver(SILENT + HOUR)

    assert Flag.objects.get().cleared_why == "By the store's rules it is no trouble any more"
    assert facts(events.FLAG_CLEARED)[0]["moved"] is False
    assert not Message.objects.filter(kind="moving_again").exists()


def test_a_scan_is_told_as_a_parcel_that_moves_again():
    shipment = parcel(Status.IN_TRANSIT)
    look(SILENT)
    deliver(SILENT)
    Message.objects.filter(kind="held_up").update(state=Message.State.SENT, sent_at=SILENT)

    scan(shipment, Status.IN_TRANSIT, SILENT, place="Denver, CO, US")
    look(SILENT + HOUR)
    deliver(SILENT + HOUR)

    assert facts(events.FLAG_CLEARED)[0]["moved"] is True
    assert Message.objects.filter(kind="moving_again").count() == 1


def test_a_watch_switched_off_clears_customs_flags_and_says_that_nothing_has_moved():
    shipment = parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.CUSTOMS)
    look(START + HOUR)
    WatchRules.objects.create(store=shipment.order.store, enabled=False)

    look(START + 2 * HOUR)

    assert standing() == []
    assert facts(events.FLAG_CLEARED)[0]["moved"] is False


def test_a_clock_that_ran_two_days_ahead_stops_the_watch_for_no_two_days():
    watch.look_round(at=START + 2 * DAY)
    parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.CUSTOMS)

    watch.look_round(at=START + HOUR)

    assert standing() == ["CUSTOMS"]


def test_a_clock_an_hour_behind_opens_and_clears_nothing():
    parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.CUSTOMS)
    look(START + HOUR)

    assert look(START) == 0
    assert standing() == ["CUSTOMS"]


def test_the_command_says_which_round_failed(monkeypatch):
    def broken(*_):
        raise ValueError("no")

    monkeypatch.setitem(rounds.ROUNDS, "orders", broken)
    parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.CUSTOMS, at=timezone.now() - HOUR)

    with pytest.raises(CommandError, match="orders.*ValueError"):
        call_command("watch")

    assert standing() == ["CUSTOMS"]
    assert WatchRound.objects.get(name="orders").due_at < timezone.now() + timedelta(hours=1)


def test_parcels_an_incident_leaves_behind_are_in_the_alert_of_their_kind():
    store = StoreFactory()
    WatchRules.objects.create(store=store, incident_parcels=10)
    held = [parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.CUSTOMS) for _ in range(11)]
    look(START + HOUR)
    assert Incident.objects.get().flags.count() == 11
    for shipment in held[1:]:
        scan(shipment, Status.IN_TRANSIT, START + 2 * HOUR, place="Denver, CO, US")

    look(START + 3 * HOUR)

    left = Alert.objects.exclude(state=Alert.State.ENDED).get()
    assert left.title == f"1 × held by customs: {store}"
    close_alert(alert_id=left.pk, by=StaffFactory(), at=START + 4 * HOUR)
    look(START + 5 * HOUR)
    assert not Alert.objects.exclude(state=Alert.State.ENDED).exists()


@pytest.mark.parametrize("shipped_at", [None, START - 700 * DAY])
def test_a_parcel_of_an_order_imported_years_later_is_nobodys_worry(shipped_at):
    order = OrderFactory(placed_at=START - 800 * DAY)
    shipment = parcel(order=order, handed_over_at=START)
    Shipment.objects.filter(pk=shipment.pk).update(shipped_at=shipped_at, created_at=START)

    for days in (5, 12, 40):
        look(START + days * DAY)

    assert not Flag.objects.exists()


@pytest.mark.parametrize(
    ("line", "order", "flags"),
    [
        ({}, {}, ["UNFULFILLED"]),
        ({"gift_card": True}, {}, []),
        ({"requires_shipping": False}, {}, []),
        ({"quantity": 0}, {}, []),
        ({}, {"removed_at": START}, []),
        ({}, {"cancelled_at": START}, []),
        ({}, {"payment_status": "REFUNDED"}, []),
        ({}, {"payment_status": "pending"}, ["UNFULFILLED"]),
        ({}, {"placed_at": START - 400 * DAY}, []),
    ],
)
def test_an_order_waits_to_be_shipped_only_while_there_is_something_to_ship(line, order, flags):
    OrderLineFactory(order=OrderFactory(**{"placed_at": START} | order), **line)

    look(START + 5 * DAY)

    assert standing() == flags


def test_an_order_of_which_a_part_was_shipped_is_not_waiting_to_be_shipped():
    order = OrderFactory(placed_at=START)
    line = OrderLineFactory(order=order, quantity=3)
    shipment = parcel(Status.DELIVERED, at=START + DAY, order=order)
    ShipmentLineFactory(shipment=shipment, line=line, quantity=1)

    look(START + 6 * DAY)

    assert standing() == []


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Pacific/Kiritimati", "Asia/Kathmandu"])
def test_a_store_without_a_country_and_parcels_without_a_destination_are_watched(zone):
    store = StoreFactory(country="", timezone=zone)
    shipment = parcel(Status.IN_TRANSIT, order=OrderFactory(store=store, ship_to={}), destination={})

    look(START + 2 * DAY)
    early = standing(shipment)
    look(START + 5 * DAY + HOUR)  # east of it all, Friday has ended meanwhile

    assert (early, standing(shipment)) == ([], ["SILENT"])
