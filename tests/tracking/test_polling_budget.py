"""Asking carriers no more often than an account allows, and the liveliest parcels first."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.factories.tracking import NOON, CarrierAccountFactory, ShipmentFactory
from tracking.carriers.base import Carrier, CarrierError, ParcelData, ScanData
from tracking.models import CarrierAccount, Shipment
from tracking.services import budget, polling
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db


class Double(Carrier):
    """A carrier that answers all, or fails at once."""

    code = "double"
    label = "Double"
    aggregates = True
    batch = 1
    asked: list = []
    fails: CarrierError | None = None

    def fetch(self, parcels, *, at):
        Double.asked += [parcel.tracking_number for parcel in parcels]
        if Double.fails:
            raise Double.fails
        return [ParcelData(parcel.tracking_number) for parcel in parcels]


@pytest.fixture(autouse=True)
def double(settings):
    settings.CARRIERS = {"double": f"{__name__}.Double"}
    Double.asked, Double.fails = [], None


def account(**config):
    return CarrierAccountFactory(carrier="double", config=config)


def parcels(follows, *named, **more):
    values = {"carrier": "", "account": follows, "due_at": NOON, "handed_over_at": NOON}
    return [ShipmentFactory(tracking_number=name, **(values | more)) for name in named]


def test_no_more_calls_are_made_in_a_minute_than_the_account_allows():
    follows = account(calls_per_minute=2)
    parcels(follows, *"ABCDE")

    for seconds in (0, 30, 59):
        polling.poll_due(at=NOON + timedelta(seconds=seconds))
    first = len(Double.asked)
    polling.poll_due(at=NOON + timedelta(seconds=90))

    assert (first, len(Double.asked)) == (2, 4)
    assert set(Double.asked) < set("ABCDE")


def test_a_day_has_its_limit_too_and_nothing_is_lost_by_it():
    follows = account(calls_per_minute=10, calls_per_day=3)
    parcels(follows, *"ABCDE")

    polling.poll_due(at=NOON)
    waiting = Shipment.objects.filter(checked_at=None)

    assert len(Double.asked) == 3
    assert all(parcel.due_at >= NOON + timedelta(days=1) for parcel in waiting)
    assert {(parcel.claim, parcel.attempts) for parcel in waiting} == {(None, 0)}

    polling.poll_due(at=NOON + timedelta(days=1, hours=1))
    assert set(Double.asked) == set("ABCDE")


def test_when_the_budget_is_short_the_liveliest_parcels_are_asked_about_first():
    follows = account(calls_per_minute=1)
    parcels(follows, "LABEL", status="INFO_RECEIVED")
    parcels(follows, "MOVING", status="IN_TRANSIT")
    parcels(follows, "QUIET", status="IN_TRANSIT", handed_over_at=NOON - timedelta(days=20))
    parcels(follows, "DOOR", status="OUT_FOR_DELIVERY", due_at=NOON)

    for minutes in (0, 2, 4, 6):
        polling.poll_due(at=NOON + timedelta(minutes=minutes))

    assert Double.asked == ["DOOR", "MOVING", "LABEL", "QUIET"]


def test_an_account_without_limits_is_asked_as_often_as_needed():
    parcels(account(), *"ABCDE")

    polling.poll_due(at=NOON)

    assert len(Double.asked) == 5


def test_what_is_used_of_a_budget_is_told():
    follows = account(calls_per_minute=2, calls_per_day=100)

    assert budget.reserve(account=follows, calls=1, at=NOON) == (1, None)
    assert budget.reserve(account=follows, calls=4, at=NOON) == (1, NOON + timedelta(minutes=1))
    follows.refresh_from_db()
    assert budget.left(follows, at=NOON) == {"calls_per_minute": (2, 2), "calls_per_day": (2, 100)}
    later = NOON + timedelta(minutes=1)
    assert budget.left(follows, at=later) == {"calls_per_minute": (0, 2), "calls_per_day": (2, 100)}


@pytest.mark.parametrize("most", [0, -1, 1.5, "10", True])
def test_a_budget_that_is_no_number_is_refused(most):
    with pytest.raises(ValidationError, match="calls_per_day"):
        CarrierAccount(slug="a", carrier="double", config={"calls_per_day": most}).clean()


def test_parcels_handed_over_together_are_spread_the_same_way_each_time():
    made = parcels(account(), *(f"N{number}" for number in range(50)))

    due = [polling.next_check(parcel, at=NOON) for parcel in made]

    assert due == [polling.next_check(parcel, at=NOON) for parcel in made]
    assert len(set(due)) == 50
    four = timedelta(hours=4)
    assert all(NOON + four <= when <= NOON + four * (1 + polling.JITTER) for when in due)


def test_after_a_pause_one_worker_tries_and_the_others_wait_for_its_answer():
    follows = account()
    parcels(follows, *"ABC")
    pause = NOON - timedelta(minutes=1)
    CarrierAccount.objects.update(failures=5, failing_since=pause, resume_at=pause)
    seen = CarrierAccount.objects.get()
    assert polling._may_probe(seen, NOON)

    assert not polling._may_probe(seen, NOON)
    polling.poll_due(at=NOON)
    assert Double.asked == []

    polling.poll_due(at=NOON + polling.PROBE + timedelta(minutes=1))
    assert sorted(Double.asked) == list("ABC")


def test_a_try_that_fails_costs_one_call_and_a_longer_pause():
    follows = account()
    parcels(follows, *"ABC")
    CarrierAccount.objects.update(failures=6, failing_since=NOON, resume_at=NOON - timedelta(minutes=1))
    Double.fails = CarrierError("still down")

    polling.poll_due(at=NOON)

    follows.refresh_from_db()
    assert (len(Double.asked), follows.failures) == (1, 7)
    assert follows.resume_at > NOON + timedelta(minutes=3)
    assert all(parcel.due_at > NOON for parcel in Shipment.objects.all())


def test_a_slow_account_leaves_the_others_their_turn(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(polling.time, "monotonic", lambda: now[0])
    fetch = Double.fetch

    def slow(self, asked, *, at):
        now[0] += 30 if asked[0].tracking_number.startswith("SLOW") else 0
        return fetch(self, asked, at=at)

    monkeypatch.setattr(Double, "fetch", slow)
    parcels(account(), "SLOW1", "SLOW2", "SLOW3")
    parcels(account(), "QUICK", due_at=NOON + timedelta(seconds=1))

    polling.poll_due(at=NOON + timedelta(seconds=2))

    assert len(Double.asked) == 2
    assert "QUICK" in Double.asked
    assert Status(Shipment.objects.get(tracking_number="QUICK").status) == Status.PENDING
    assert Shipment.objects.filter(checked_at=None, claim=None, attempts=0).count() == 2


def test_a_scan_heard_by_webhook_does_not_cost_the_budget():
    follows = account(calls_per_minute=1)
    parcel = parcels(follows, "A")[0]
    scan = ScanData(status=Status.IN_TRANSIT, at=NOON)

    polling.record_parcel(data=ParcelData("A", (scan,)), source="double", at=NOON, account=follows)

    parcel.refresh_from_db()
    follows.refresh_from_db()
    assert (parcel.status, follows.minute_calls, Double.asked) == ("IN_TRANSIT", 0, [])
