"""Asking carriers: as often as a parcel is live, gently when they are in trouble."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories.tracking import NOON, CarrierAccountFactory, ShipmentFactory
from tracking.carriers.base import Carrier, CarrierError, ParcelData, ScanData
from tracking.models import Shipment
from tracking.services import add_scans, polling
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db


class Double(Carrier):
    """A carrier whose answers a test decides."""

    code = "double"
    label = "Double"
    aggregates = True
    batch = 2
    answers: dict = {}
    asked: list = []

    def fetch(self, parcels, *, at):
        Double.asked.append([parcel.tracking_number for parcel in parcels])
        for parcel in parcels:
            answer = Double.answers.get(parcel.tracking_number)
            if isinstance(answer, Exception):
                raise answer
        return [Double.answers[p.tracking_number] for p in parcels if p.tracking_number in Double.answers]


@pytest.fixture
def account(settings):
    settings.CARRIERS = {"double": f"{__name__}.Double"}
    Double.answers, Double.asked = {}, []
    return CarrierAccountFactory(carrier="double")


def parcel(account, number="A", **more):
    values = {
        "carrier": "",
        "account": account,
        "tracking_number": number,
        "tracking_key": number,
        "due_at": NOON,
        "handed_over_at": NOON,
    }
    return ShipmentFactory(**(values | more))


def told(number, status):
    return ParcelData(number, (ScanData(status=Status(status), at=NOON - timedelta(hours=1)),), told_at=NOON)


@pytest.mark.parametrize(
    ("status", "wait"),
    [
        ("OUT_FOR_DELIVERY", timedelta(minutes=10)),
        ("IN_TRANSIT", timedelta(hours=2)),
        ("RETURNING", timedelta(hours=12)),
    ],
)
def test_the_livelier_a_parcel_the_sooner_it_is_asked_about_again(account, status, wait):
    shipment = parcel(account)
    Double.answers = {"A": told("A", status)}

    assert polling.poll_due(at=NOON) == 1

    shipment.refresh_from_db()
    assert (shipment.status, shipment.checked_at, shipment.due_at, shipment.attempts) == (
        status,
        NOON,
        NOON + wait * (1 + polling.spread(shipment)),
        0,
    )


@pytest.mark.parametrize("status", ["DELIVERED", "RETURNED", "CANCELLED"])
def test_a_parcel_at_its_end_is_not_asked_about_again(account, status):
    shipment = parcel(account)
    Double.answers = {"A": told("A", status)}

    polling.poll_due(at=NOON)

    shipment.refresh_from_db()
    assert shipment.due_at is None


def test_a_parcel_is_retired_after_ninety_days(account):
    shipment = parcel(account, handed_over_at=NOON - timedelta(days=91))
    Double.answers = {"A": told("A", "IN_TRANSIT")}

    polling.poll_due(at=NOON)

    shipment.refresh_from_db()
    assert shipment.due_at is None


def test_a_number_the_carrier_does_not_know_is_asked_about_later(account):
    shipment = parcel(account)

    polling.poll_due(at=NOON)

    shipment.refresh_from_db()
    assert shipment.due_at == NOON + timedelta(hours=4) * (1 + polling.spread(shipment))
    assert "does not know" in shipment.last_error


def test_parcels_are_asked_about_in_batches(account):
    for number in "ABC":
        parcel(account, number)

    polling.poll_due(at=NOON)

    assert [len(batch) for batch in Double.asked] == [2, 1]


def test_a_carrier_that_asks_us_to_wait_is_left_alone_until_then(account):
    for number in "ABC":
        parcel(account, number)
    Double.answers = {"A": CarrierError("too many requests", retry_after=600)}

    polling.poll_due(at=NOON)
    polling.poll_due(at=NOON + timedelta(minutes=9))

    assert len(Double.asked) == 1
    account.refresh_from_db()
    assert account.resume_at == NOON + timedelta(seconds=600)
    assert set(
        Shipment.objects.filter(due_at__gte=account.resume_at).values_list("tracking_number", flat=True)
    ) == set("ABC")


def test_five_failures_in_a_row_open_the_breaker_and_an_answer_closes_it(account):
    parcel(account)
    Double.answers = {"A": CarrierError("connection reset")}
    for hour in range(5):
        Shipment.objects.update(due_at=NOON)
        polling.poll_due(at=NOON + timedelta(hours=hour))
    account.refresh_from_db()
    assert account.resume_at and account.failing_since == NOON

    Double.answers = {"A": told("A", "IN_TRANSIT")}
    Shipment.objects.update(due_at=NOON)
    polling.poll_due(at=NOON + timedelta(days=1))

    account.refresh_from_db()
    assert (account.failures, account.resume_at, account.failing_since) == (0, None, None)


def test_nothing_is_lost_by_a_failure(account):
    shipment = parcel(account)
    Double.answers = {"A": CarrierError("timed out")}

    polling.poll_due(at=NOON)

    shipment.refresh_from_db()
    assert shipment.due_at > NOON
    assert shipment.last_error == "timed out"


def test_a_parcel_nobody_follows_is_left_in_peace(account):
    shipment = parcel(None)

    assert polling.poll_due(at=NOON) == 1

    shipment.refresh_from_db()
    assert shipment.due_at is None


def test_a_parcel_nobody_heard_of_for_thirty_days_expires_and_a_scan_brings_it_back(account):
    shipment = parcel(account, status="IN_TRANSIT", heard_at=NOON - timedelta(days=31))
    fresh = parcel(account, "B", status="IN_TRANSIT", heard_at=NOON - timedelta(days=29))

    assert polling.expire_quiet(at=NOON) == 1
    assert polling.expire_quiet(at=NOON) == 0

    shipment.refresh_from_db()
    fresh.refresh_from_db()
    assert (shipment.status, fresh.status) == ("EXPIRED", "IN_TRANSIT")
    polling.record_parcel(data=told("A", "IN_TRANSIT"), source="double", at=NOON)
    shipment.refresh_from_db()
    assert shipment.status == "IN_TRANSIT"


def test_play_time_runs_faster():
    shipment = Shipment(status=Status.IN_TRANSIT, handed_over_at=NOON, created_at=NOON)

    assert polling.next_check(shipment, at=datetime(2026, 3, 10, 13, tzinfo=UTC), speed=600) == datetime(
        2026, 3, 10, 13, 0, 12, tzinfo=UTC
    )


def test_an_answer_nobody_foresaw_does_not_stop_the_other_parcels(account):
    Double.answers = {"A": KeyError("surprise"), "B": told("B", "IN_TRANSIT")}
    Double.batch, before = 1, Double.batch
    odd, good = parcel(account, "A"), parcel(account, "B", due_at=NOON + timedelta(seconds=1))

    try:
        polling.poll_due(at=NOON + timedelta(minutes=1))
    finally:
        Double.batch = before

    odd.refresh_from_db()
    good.refresh_from_db()
    assert (good.status, odd.claim, odd.attempts) == ("IN_TRANSIT", None, 1)
    assert "KeyError" in odd.last_error
    assert "surprise" not in odd.last_error


def test_what_a_slow_carrier_leaves_no_time_for_is_handed_back(account, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(polling.time, "monotonic", lambda: now[0])

    class Slow(dict):
        def get(self, number, default=None):
            now[0] += 15
            return default

    Double.answers = Slow()
    parcels = [parcel(account, f"N{number}") for number in range(8)]

    assert polling.poll_due(at=NOON) == 8

    for one in parcels:
        one.refresh_from_db()
    waiting = [one for one in parcels if one.due_at == NOON]
    assert 0 < len(waiting) < 8
    assert {(one.claim, one.attempts) for one in waiting} == {(None, 0)}


def test_a_parcel_that_kills_its_worker_is_left_alone_for_long(account):
    shipment = parcel(account, attempts=polling.MAX_DEATHS + 1)

    polling.poll_due(at=NOON)

    shipment.refresh_from_db()
    assert Double.asked == []
    assert (shipment.due_at, shipment.attempts) == (NOON + polling.QUIET_INTERVAL, 0)
    assert "died" in shipment.last_error


def test_a_parcel_heard_of_while_it_is_being_marked_quiet_is_not(account, monkeypatch):
    shipment = parcel(account, status="IN_TRANSIT", heard_at=NOON - timedelta(days=40))
    refresh = polling._expire

    def interrupted(silent, order_id, at):
        scan = ScanData(status=Status.DELIVERED, at=NOON)
        add_scans(shipment_id=shipment.pk, scans=[scan], source="double", at=NOON)
        return refresh(silent, order_id, at)

    monkeypatch.setattr(polling, "_expire", interrupted)

    assert polling.expire_quiet(at=NOON) == 0
    shipment.refresh_from_db()
    assert shipment.status == "DELIVERED"


def test_a_page_shows_that_its_parcel_went_quiet(account):
    shipment = parcel(account, status="IN_TRANSIT", heard_at=NOON - timedelta(days=40))
    before = shipment.order.version

    assert polling.expire_quiet(at=NOON) == 1

    shipment.order.refresh_from_db()
    assert shipment.order.version > before


def test_a_quiet_parcel_that_moves_again_is_asked_about_again(account):
    shipment = parcel(account, status="EXPIRED", due_at=None)

    scan = ScanData(status=Status.IN_TRANSIT, at=NOON)
    add_scans(shipment_id=shipment.pk, scans=[scan], source="double", at=NOON)

    shipment.refresh_from_db()
    assert (shipment.status, shipment.due_at) == ("IN_TRANSIT", NOON)
