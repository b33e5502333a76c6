"""The ledger: what was promised, whether it was kept, and who is told when it was not."""

from datetime import UTC, date, datetime, timedelta

import pytest

from customers.models import Event
from tests.factories.customers import StoreFactory
from tests.factories.tracking import OrderFactory, ShipmentFactory
from tests.tracking.watching import look
from tracking.carriers.base import ScanData, Window
from tracking.models import Flag, Order, Promise, Shipment
from tracking.services import add_scans, promises
from tracking.services.promise_figures import Figures
from tracking.services.promises import revise, revise_due
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday; 05:00 in Portland, Oregon


def day(number):
    return date(2026, 3, number)


def at(number, hour=12):
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def scan(status, when, **more):
    return ScanData(status=Status(status), at=when, **more)


def promised(first, last, *, told_at=NOON, **parcel):
    shipment = ShipmentFactory(**parcel)
    tell(
        shipment,
        [scan("IN_TRANSIT", NOON - timedelta(hours=3))],
        NOON,
        Window(day(first), day(last)),
        told_at,
    )
    return shipment


def tell(shipment, scans, when, eta=None, told_at=None):
    add_scans(shipment_id=shipment.pk, scans=scans, source="ups", at=when, eta=eta, told_at=told_at)
    revise_due(at=when)
    shipment.refresh_from_db()


def outcomes(shipment):
    return list(shipment.promises.order_by("made_at", "pk").values_list("outcome", flat=True))


def broken():
    return list(Event.objects.filter(kind="tracking.promise.broken").order_by("pk"))


@pytest.mark.parametrize(
    ("came", "outcome"),
    [
        (at(11, 20), "EARLY"),
        (at(12, 6), "EARLY"),  # 23:00 on the 11th in Portland
        (at(12, 20), "KEPT"),
        (at(14, 6), "KEPT"),
        (at(14, 8), "MISSED"),  # 01:00 on the 14th
    ],
)
def test_a_promise_is_settled_by_the_day_at_the_door(came, outcome):
    shipment = promised(12, 13)
    tell(shipment, [scan("DELIVERED", came)], came)

    assert outcomes(shipment) == [outcome]
    assert shipment.promises.get().settled_at == came
    assert len(broken()) == (outcome == "MISSED")
    assert shipment.eta_due_at is None


def test_a_promise_whose_day_has_passed_is_broken_at_once_and_told_once():
    shipment = promised(12, 13)
    midnight = at(14, 7)

    assert shipment.eta_due_at == midnight  # in Portland
    assert revise_due(at=midnight - timedelta(seconds=1)) == 0
    assert revise_due(at=midnight) == 1
    assert revise_due(at=midnight + timedelta(days=1)) == 0

    assert outcomes(shipment) == ["MISSED"]
    told = broken()[0]
    promise = shipment.promises.get()
    assert told.data == {
        "order_id": shipment.order_id,
        "shipment_id": shipment.pk,
        "promise_id": promise.pk,
        "to_date": "2026-03-13",
        "days": 1,
    }
    assert told.occurred_at == midnight
    assert told.key == f"shipment:{shipment.pk}:broken:2026-03-13"


def test_a_delivery_time_that_is_corrected_settles_the_promise_anew():
    shipment = promised(12, 13)
    revise_due(at=at(16))
    assert outcomes(shipment) == ["MISSED"]

    tell(shipment, [scan("DELIVERED", at(17))], at(17))
    assert outcomes(shipment) == ["MISSED"]
    tell(shipment, [scan("DELIVERED", at(13, 20))], at(18))  # it had been there all along

    assert outcomes(shipment) == ["KEPT"]
    assert len(broken()) == 1


@pytest.mark.parametrize("status", ["RETURNING", "RETURNED", "CANCELLED"])
def test_a_parcel_that_is_turned_back_has_no_promise_to_keep(status):
    shipment = promised(12, 13)
    tell(shipment, [scan("ATTEMPTED", at(12), reason=Reason.REFUSED), scan(status, at(12, 15))], at(12, 16))
    revise_due(at=at(20))

    assert outcomes(shipment) == ["VOID"]
    assert broken() == []


def test_what_the_shop_took_back_has_no_promise_to_keep():
    replaced, cancelled = promised(12, 13), promised(12, 13)
    Shipment.objects.filter(pk=replaced.pk).update(replaced_at=at(11))
    Order.objects.filter(pk=cancelled.order_id).update(cancelled_at=at(11))
    revise_due(at=at(20))

    assert outcomes(replaced) == outcomes(cancelled) == ["VOID"]
    assert broken() == []


def test_goods_sent_back_after_they_came_leave_the_promise_kept():
    shipment = promised(12, 13)
    tell(shipment, [scan("DELIVERED", at(12, 20))], at(12, 20))
    tell(shipment, [scan("RETURNING", at(20))], at(20))

    assert outcomes(shipment) == ["KEPT"]


@pytest.mark.parametrize("brought", ["ATTEMPTED", "READY_FOR_PICKUP"])
def test_a_carrier_that_came_in_time_kept_its_word_whoever_was_not_there(brought):
    shipment = promised(12, 13)
    tell(shipment, [scan(brought, at(13, 18))], at(13, 18))
    tell(shipment, [scan("DELIVERED", at(17))], at(17))

    assert shipment.arrived_at == at(13, 18)
    assert outcomes(shipment) == ["KEPT"]


def test_every_window_that_was_shown_is_judged_and_each_last_day_told_once():
    """12 to 13, then 13, then 16: the day is the same twice."""
    shipment = promised(12, 13)
    tell(shipment, [], NOON, Window(day(13), day(13)), NOON + timedelta(hours=1))
    tell(shipment, [], at(13), Window(day(16), day(16)), at(13))
    tell(shipment, [scan("DELIVERED", at(16, 20))], at(16, 20))

    assert outcomes(shipment) == ["MISSED", "MISSED", "KEPT"]
    assert [event.data["to_date"] for event in broken()] == ["2026-03-13"]
    assert broken()[0].data["days"] == 1  # Friday to Monday


def test_a_window_that_is_told_when_it_is_over_is_no_promise():
    shipment = promised(8, 9, told_at=NOON)

    assert outcomes(shipment) == ["VOID"]
    assert broken() == []


def test_two_workers_settle_a_promise_once():
    shipment = promised(12, 13)
    revise_due(at=at(15))
    Shipment.objects.filter(pk=shipment.pk).update(eta_due_at=at(15))
    revise_due(at=at(15))

    assert outcomes(shipment) == ["MISSED"]
    assert len(broken()) == 1


def test_a_parcel_that_cannot_be_judged_stops_no_other(monkeypatch):
    poison, fine = promised(12, 13), promised(12, 13)
    OrderFactory()
    Shipment.objects.filter(pk=poison.pk).update(destination=["not a place"])

    assert revise_due(at=at(15)) == 1

    assert outcomes(fine) == ["MISSED"]
    assert Shipment.objects.get(pk=poison.pk).eta_due_at == at(16) - timedelta(hours=23)
    assert revise_due(at=at(15)) == 0


def test_an_imported_parcel_without_promises_is_done_in_one_statement(django_assert_max_num_queries):
    many = [ShipmentFactory() for _ in range(12)]
    for shipment in many:
        scans = [scan("IN_TRANSIT", at(2)), scan("ATTEMPTED", at(4)), scan("DELIVERED", at(5))]
        add_scans(shipment_id=shipment.pk, scans=scans, source="ups", at=NOON)

    with django_assert_max_num_queries(8):
        assert revise_due(at=NOON) == 12

    assert set(Shipment.objects.values_list("arrived_at", "eta_due_at")) == {(at(4), None)}


def test_parcels_that_ended_long_ago_are_never_taken_one_by_one(django_assert_max_num_queries):
    for status in ("DELIVERED", "RETURNED", "CANCELLED") * 4:
        add_scans(shipment_id=ShipmentFactory().pk, scans=[scan(status, at(5))], source="ups", at=NOON)

    with django_assert_max_num_queries(16):
        assert [revise_due(at=NOON, limit=6) for _ in range(3)] == [6, 6, 0]


def imported(count):
    """Parcels of a file, with the windows they once had: early, kept, missed, sent back, still under way."""
    found, order = [], OrderFactory()
    for number in range(count):
        shipment = ShipmentFactory(order=order if number % 2 else OrderFactory())
        window = Window(day(4), day(5))
        ends = (scan("DELIVERED", at(3 + number % 5, 20)), scan("RETURNED", at(6)), scan("IN_TRANSIT", at(6)))
        add_scans(
            shipment_id=shipment.pk,
            scans=[scan("IN_TRANSIT", at(2)), ends[0 if number % 4 else number // 4 % 3]],
            source="file",
            at=NOON,
            eta=window,
            told_at=at(2, 15),
        )
        found.append(shipment.pk)
    return found


def ledger(pks):
    return [
        (*map(str, parcel), list(Promise.objects.filter(shipment=pk).values_list("outcome", "settled_at")))
        for pk in pks
        for parcel in Shipment.objects.filter(pk=pk).values_list("arrived_at", "eta_due_at", "eta_to_date")
    ]


def test_promises_of_parcels_that_are_over_are_settled_together_as_one_by_one(monkeypatch):
    one, many = imported(20), imported(20)
    for pk in one:
        revise(shipment_id=pk, order_id=Shipment.objects.get(pk=pk).order_id, at=NOON)
    alone = []
    monkeypatch.setattr(
        promises, "revise", lambda **told: alone.append(told["shipment_id"]) or revise(**told)
    )

    assert revise_due(at=NOON) == 20

    assert ledger(one) == ledger(many)
    assert {row[-1][0][0] for row in ledger(many)} == {"EARLY", "KEPT", "MISSED", "VOID"}
    assert len(broken()) == 2 * sum(row[-1][0][0] == "MISSED" for row in ledger(many))
    assert set(Shipment.objects.filter(pk__in=alone).values_list("status", flat=True)) == {"IN_TRANSIT"}


def test_settling_hundreds_together_takes_few_statements(django_assert_max_num_queries):
    for number in range(40):
        shipment = ShipmentFactory()
        window, came = Window(day(5), day(6)), scan("DELIVERED", at(5 + number % 2))
        add_scans(shipment_id=shipment.pk, scans=[came], source="file", at=NOON, eta=window, told_at=at(2))

    with django_assert_max_num_queries(20):
        assert revise_due(at=NOON) == 40

    assert set(Promise.objects.values_list("outcome", flat=True)) == {"KEPT"}


def test_the_ledger_and_the_watch_break_a_promise_at_the_same_moment():
    """The shop is in New York, the door in Portland, Oregon."""
    promised(12, 13, order=OrderFactory(store=StoreFactory(country="US", timezone="America/New_York")))
    flags = []
    for moment in (at(14, 7) - timedelta(seconds=1), at(14, 7)):
        revise_due(at=moment)
        look(moment)
        late = Flag.objects.filter(kind="LATE", cleared_at=None).exists()
        flags.append((late, Promise.objects.get().outcome))

    assert flags == [(False, "OPEN"), (True, "MISSED")]


def test_a_page_strikes_through_only_what_was_shown(client):
    """A window a carrier told and nobody saw is kept to learn from."""
    shipment = promised(12, 13)
    Promise.objects.create(
        shipment=shipment, from_date=day(11), to_date=day(11), source="ups", made_at=NOON, shown=False
    )
    revise_due(at=at(20))

    assert [event.data["to_date"] for event in broken()] == ["2026-03-13"]


def test_four_kept_of_four_are_no_proof_and_a_thousand_nearly_are():
    few, many = Figures("ups", kept=4), Figures("ups", kept=1000)

    assert (few.on_time, round(few.margin, 2)) == (1.0, 0.24)
    assert many.margin < 0.002
