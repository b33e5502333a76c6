"""The watch in the database: flags that open, clear and open anew, told once each, whatever else happens."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Alert
from customers.services.alerts import close_alert
from tests.factories.customers import StaffFactory, StoreFactory
from tests.factories.tracking import OrderFactory, OrderLineFactory, ShipmentFactory
from tests.tracking.watching import DAY, HOUR, START, account, facts, look, parcel, scan, standing
from tracking import events
from tracking.models import Flag, Order, Promise, Shipment, WatchRound, WatchRules
from tracking.services import watch
from tracking.services.polling import expire_quiet
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db
LATER = START + 3 * DAY


def test_a_silent_parcel_is_flagged_once_and_told_once():
    shipment = parcel(Status.IN_TRANSIT)

    assert look(LATER - HOUR) == 0
    look(LATER)
    look(LATER + HOUR)

    flag = Flag.objects.get()
    assert (flag.kind, flag.shipment, flag.order) == ("SILENT", shipment, shipment.order)
    assert (flag.since, flag.opened_at, flag.cleared_at) == (START, LATER, None)
    assert (flag.carrier, flag.place, flag.facts["limit"]) == ("ups", "Memphis, TN, US", 3)
    assert facts(events.FLAG_OPENED) == [
        {
            "order_id": shipment.order_id,
            "shipment_id": shipment.pk,
            "flag_id": flag.pk,
            "flag": "SILENT",
            "since": START.isoformat(),
            "incident_id": None,
        }
    ]


def test_a_scan_clears_the_flag_and_later_silence_is_a_new_one():
    shipment = parcel(Status.IN_TRANSIT)
    look(LATER)

    scan(shipment, Status.IN_TRANSIT, LATER + HOUR, place="Denver, CO, US")
    look(LATER + 2 * HOUR)

    flag = Flag.objects.get()
    assert (flag.cleared_at, flag.cleared_why) == (
        LATER + 2 * HOUR,
        "Scanned 13 Mar 2026, 13:00 UTC in Denver, CO, US",
    )
    assert facts(events.FLAG_CLEARED)[0]["why"] == flag.cleared_why
    look(LATER + 6 * DAY)
    assert [f.cleared_at is None for f in Flag.objects.order_by("pk")] == [False, True]


def test_good_news_of_a_flagged_parcel_waits_for_no_full_round():
    shipment = parcel(Status.IN_TRANSIT)
    look(LATER)
    scan(shipment, Status.DELIVERED, LATER + HOUR)

    watch.look_round(at=LATER + timedelta(minutes=1))  # only what changed is due again

    assert WatchRound.objects.get(name="parcels").due_at > LATER + timedelta(minutes=1)
    assert Flag.objects.get().cleared_why == "Delivered"


def test_silence_that_lasts_becomes_a_loss_and_expiry_keeps_it():
    shipment = parcel(Status.IN_TRANSIT)
    look(LATER)

    look(START + 14 * DAY)

    assert standing() == ["LOST"]
    assert Flag.objects.get(kind="SILENT").cleared_why.endswith("probably lost")
    expire_quiet(at=START + 31 * DAY)
    shipment.refresh_from_db()
    assert shipment.status == Status.EXPIRED
    look(START + 31 * DAY)
    assert standing() == ["LOST"]
    look(START + 95 * DAY)
    assert standing() == []


def test_every_kind_opens_from_what_carriers_and_shops_say():
    order = OrderFactory(placed_at=START)
    OrderLineFactory(order=order)
    label = parcel(Status.INFO_RECEIVED)
    tried = parcel(Status.ATTEMPTED)
    scan(tried, Status.ATTEMPTED, START + DAY)
    scan(tried, Status.IN_TRANSIT, START + DAY + HOUR)
    waiting = parcel(Status.IN_TRANSIT, Status.READY_FOR_PICKUP)
    customs = parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.CUSTOMS)
    weather = parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.WEATHER)
    late = parcel(Status.IN_TRANSIT, eta_to_date=date(2026, 3, 12))

    look(START + 2 * DAY + HOUR)
    assert standing() == ["ATTEMPTS", "CUSTOMS", "EXCEPTION"]
    look(START + 6 * DAY + 2 * HOUR)

    assert standing(label) == ["NOT_HANDED_OVER"]
    assert standing(tried) == ["ATTEMPTS", "SILENT"]
    assert standing(waiting) == ["PICKUP_WAITING"]
    assert standing(customs) == ["CUSTOMS"]
    assert standing(weather) == ["EXCEPTION", "SILENT"]
    assert standing(late) == ["LATE", "SILENT"]
    assert Flag.objects.get(shipment=None).order == order


def test_the_best_promise_shown_counts_not_the_last():
    shipment = parcel(Status.IN_TRANSIT, eta_to_date=date(2026, 3, 20))
    made = {"shipment": shipment, "source": "ups", "made_at": START}
    Promise.objects.create(from_date=date(2026, 3, 12), to_date=date(2026, 3, 12), **made)
    Promise.objects.create(from_date=date(2026, 3, 10), to_date=date(2026, 3, 10), shown=False, **made)
    Promise.objects.create(from_date=date(2026, 3, 20), to_date=date(2026, 3, 20), **made)

    look(START + 2 * DAY + 18 * HOUR)  # the 12th has ended in the shop in New York, not at the door in Oregon
    assert standing() == []
    look(START + 2 * DAY + 21 * HOUR)
    assert standing() == ["LATE"]
    Promise.objects.update(outcome=Promise.Outcome.VOID)
    look(START + 2 * DAY + 23 * HOUR)

    assert Flag.objects.get().cleared_why == "The promise it broke does not count any more"


def test_a_label_of_a_cancelled_order_is_not_waited_for():
    wanted, cancelled = parcel(Status.INFO_RECEIVED), parcel(Status.INFO_RECEIVED)
    look(START + 6 * DAY)
    assert standing() == ["NOT_HANDED_OVER"] * 2

    Order.objects.filter(pk=cancelled.order_id).update(cancelled_at=START)
    look(START + 6 * DAY)

    assert standing() == standing(wanted) == ["NOT_HANDED_OVER"]
    assert Flag.objects.get(shipment=cancelled).cleared_why == "The order was cancelled"


def test_an_order_without_a_parcel_is_flagged_and_cleared_by_one():
    order = OrderFactory(placed_at=START)
    OrderLineFactory(order=order)
    for reason in ("cancelled", "refunded", "digital", "shipped"):
        other = OrderFactory(placed_at=START)
        OrderLineFactory(order=other, requires_shipping=reason != "digital")
        if reason == "shipped":
            ShipmentFactory(order=other)
        if reason == "cancelled":
            Order.objects.filter(pk=other.pk).update(cancelled_at=START)
        if reason == "refunded":
            Order.objects.filter(pk=other.pk).update(payment_status="Refunded")

    assert look(START + timedelta(hours=95)) == 0
    look(START + timedelta(hours=96))

    assert list(Flag.objects.values_list("kind", "order")) == [("UNFULFILLED", order.pk)]
    assert facts(events.FLAG_OPENED)[0]["shipment_id"] is None
    ShipmentFactory(order=order)
    look(START + timedelta(hours=97))
    assert Flag.objects.get().cleared_why == "A parcel was made"


def test_stores_worry_by_their_own_rules_and_those_who_switch_off_not_at_all():
    patient, calm = StoreFactory(slug="patient"), StoreFactory(slug="calm")
    WatchRules.objects.create(store=patient, silent_days_domestic=6)
    WatchRules.objects.create(store=calm, enabled=False)
    ours = parcel(Status.IN_TRANSIT)
    theirs = parcel(Status.IN_TRANSIT, order=OrderFactory(store=patient))
    parcel(Status.IN_TRANSIT, order=OrderFactory(store=calm))

    look(LATER)
    assert [flag.shipment for flag in Flag.objects.all()] == [ours]
    look(START + 8 * DAY)
    assert standing(theirs) == ["SILENT"]
    WatchRules.objects.filter(store=patient).update(enabled=False)
    look(START + 8 * DAY)

    assert Flag.objects.get(shipment=theirs).cleared_why == "The watch is switched off for this store"


def test_an_outage_of_ours_is_no_silence_of_the_carriers():
    """The account has not answered since the parcel's last scan; then it does, and there is still nothing."""
    shipment = parcel(Status.IN_TRANSIT)
    asked = Shipment.objects.filter(pk=shipment.pk)
    asked.update(due_at=LATER, attempts=1, checked_at=START)

    look(LATER)
    assert standing() == []
    asked.update(due_at=LATER + DAY, attempts=0, checked_at=LATER)
    look(LATER)

    assert standing() == ["SILENT"]


def test_a_parcel_the_shop_took_back_is_nobodys_worry():
    shipment = parcel(Status.IN_TRANSIT)
    look(LATER)

    Shipment.objects.filter(pk=shipment.pk).update(replaced_at=LATER)
    look(LATER)

    assert Flag.objects.get().cleared_why == "The shop took this number back"


def test_scans_in_any_order_end_in_the_same_flags():
    said = [
        (Status.IN_TRANSIT, START),
        (Status.ATTEMPTED, START + 4 * HOUR),
        (Status.ATTEMPTED, START + DAY),
        (Status.READY_FOR_PICKUP, START + DAY + HOUR),
        (Status.READY_FOR_PICKUP, START + 4 * DAY),
    ]
    orders = [said, said[::-1], said[2:] + said[:2], said[3:] + said[:3], said[::2] + said[1::2]]
    parcels = []
    for told in orders:
        shipment = parcel()
        for status, at in told:
            scan(shipment, status, at)
            look(START + 5 * DAY)
        parcels.append(shipment)

    look(START + 7 * DAY)

    assert {tuple(standing(shipment)) for shipment in parcels} == {("PICKUP_WAITING",)}
    assert {f.since for f in Flag.objects.filter(cleared_at=None)} == {START + DAY + HOUR}


def test_staff_are_told_of_single_flags_by_one_alert_that_ends():
    shipments = [parcel(Status.IN_TRANSIT) for _ in range(3)]
    look(LATER)

    alert = Alert.objects.get()
    assert alert.title == "3 × no scan for days: Harbour & Pine"
    for shipment in shipments:
        scan(shipment, Status.DELIVERED, LATER)
    look(LATER + HOUR)
    alert.refresh_from_db()
    assert alert.state == Alert.State.ENDED


def test_an_alert_that_a_person_ended_comes_back_for_new_flags_only():
    parcel(Status.IN_TRANSIT)
    look(LATER)
    close_alert(alert_id=Alert.objects.get().pk, by=StaffFactory(), at=LATER + HOUR)

    look(LATER + 2 * HOUR)
    assert not Alert.objects.exclude(state=Alert.State.ENDED).exists()
    parcel(Status.IN_TRANSIT, at=START + HOUR)
    look(LATER + 3 * HOUR)

    assert Alert.objects.exclude(state=Alert.State.ENDED).get().title.startswith("2 ×")


def test_the_command_looks_round_at_once_and_says_what_stands(capsys):
    watch.look_round(at=timezone.now())
    parcel(Status.IN_TRANSIT, Status.EXCEPTION, reason=Reason.CUSTOMS, at=timezone.now() - HOUR)

    call_command("watch")

    assert "1 flags and 0 incidents are open." in capsys.readouterr().out


# --- many, several, killed ---
def many(count: int) -> None:
    """Make parcels that have been silent since START, without going through scans."""
    store, followed = StoreFactory(), account()
    numbers = range(Order.objects.count(), Order.objects.count() + count)
    orders = Order.objects.bulk_create(
        OrderFactory.build(store=store, customer=None, external_id=f"x{n}") for n in numbers
    )
    built = [
        ShipmentFactory.build(
            order=order,
            account=followed,
            status=Status.IN_TRANSIT,
            handed_over_at=START,
            shipped_at=START,
            last_scan_at=START,
            tracking_number=f"N{order.pk}",
        )
        for order in orders
    ]
    Shipment.objects.bulk_create(built)


def counted(at) -> int:
    with CaptureQueriesContext(connection) as captured:
        watch.look_round(at=at)
    return len(captured)


def test_two_thousand_parcels_are_flagged_in_a_bounded_number_of_queries():
    many(2000)

    opening = counted(LATER)
    again = counted(LATER + HOUR)

    assert Flag.objects.count() == len(facts(events.FLAG_OPENED)) == 2000
    assert opening < 300
    assert again < 60


def test_a_worker_killed_between_two_batches_loses_nothing(monkeypatch):
    many(450)
    settle, turns = watch.flags._settle, iter((True, False))

    def die(*args):
        if next(turns, True):
            return settle(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(watch.flags, "_settle", die)
    with pytest.raises(KeyboardInterrupt):
        watch.look_round(at=LATER)
    assert Flag.objects.count() == 200
    monkeypatch.undo()
    WatchRound.objects.update(leased_until=None, claim=None)  # two minutes later

    look(LATER + HOUR)

    assert Flag.objects.count() == len(facts(events.FLAG_OPENED)) == 450


def test_a_round_out_of_time_is_taken_up_where_it_stood(monkeypatch):
    monkeypatch.setattr(watch.rounds, "READ", 100)
    many(250)

    watch.look_round(at=LATER, seconds=-1)

    row = WatchRound.objects.get(name="parcels")
    assert (Flag.objects.count(), row.cursor > 0, row.due_at) == (100, True, LATER)
    while watch.look_round(at=LATER, seconds=-1):
        pass
    assert Flag.objects.count() == 250
    assert WatchRound.objects.get(name="parcels").cursor == 0


def test_a_round_that_fails_leaves_the_others_alone(monkeypatch):
    parcel(Status.IN_TRANSIT)

    def broken(*args):
        raise RuntimeError("no")

    monkeypatch.setitem(watch.rounds.ROUNDS, "orders", broken)
    watch.look_round(at=LATER)

    assert standing() == ["SILENT"]
    row = WatchRound.objects.get(name="orders")
    assert row.last_error == "RuntimeError: no" and row.due_at > LATER
