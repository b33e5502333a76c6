"""What is learned from rows, and the windows parcels get from it."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers.models import Event
from tests.factories.customers import StoreFactory
from tests.factories.tracking import OrderFactory, ShipmentFactory
from tracking.carriers.base import ScanData, Window
from tracking.models import EtaRules, Order, Promise, Shipment, TransitModel
from tracking.services import add_scans
from tracking.services.eta import EVERY, LEAST, doubted, learn_transit_times
from tracking.services.promises import revise_due
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
HOUR = timedelta(hours=1)
KEPT = ("eta_from_date", "eta_to_date", "eta_from_at", "eta_to_at", "eta_source", "eta_model_id", "told_at")


def delivered(count, *, carrier="ups", days=(2, 3, 4), late=0, source="ups", start=NOON):
    """Write `count` deliveries of the last weeks: handed over at noon, brought `days` working days later."""
    store = StoreFactory()
    orders = Order.objects.bulk_create(
        Order(
            store=store,
            external_id=f"{carrier}-{n}",
            number=f"{carrier}{n}",
            currency="USD",
            placed_at=start - _ordered(n),
        )
        for n in range(count)
    )
    parcels = Shipment.objects.bulk_create(
        _delivered(order, carrier, days[n % len(days)], n, start) for n, order in enumerate(orders)
    )
    if source:
        Promise.objects.bulk_create(
            Promise(
                shipment=parcel,
                from_date=_told(parcel, late),
                to_date=_told(parcel, late),
                source=source,
                made_at=parcel.shipped_at + HOUR,
            )
            for parcel in parcels
        )


def _ordered(n):
    return timedelta(days=20 + n % 60, hours=4)


def _delivered(order, carrier, days, n, start):
    handed = start - timedelta(days=20 + n % 60)
    came = handed + timedelta(hours=6, minutes=n % 60)
    while days:
        came += timedelta(days=1)
        days -= came.weekday() < 5
    return Shipment(
        order=order, carrier=carrier, fulfillment_external_id=order.external_id, tracking_key=order.number,
        status=Status.DELIVERED, shipped_at=handed, delivered_at=came, arrived_at=came,
        destination={"country": "US", "region": "OR", "postcode": "97201"},
    )  # fmt: skip


def _told(parcel, late):
    return (parcel.arrived_at - timedelta(days=late)).date()


def learn(**more):
    delivered(300, **more)
    return learn_transit_times(at=NOON)


def tell(shipment, *scans, at=NOON, eta=None, told_at=None, source="ups"):
    add_scans(shipment_id=shipment.pk, scans=scans, source=source, at=at, eta=eta, told_at=told_at)
    revise_due(at=at)
    shipment.refresh_from_db()
    return shipment


def scan(status, when=NOON, **more):
    return ScanData(status=Status(status), at=when, **more)


def window(shipment):
    return shipment.eta_from_date, shipment.eta_to_date, shipment.eta_source


def march(day):
    return date(2026, 3, day)


def test_nothing_is_learned_from_too_little():
    delivered(LEAST - 1)

    assert learn_transit_times(at=NOON) is None
    assert not TransitModel.objects.exists()
    assert tell(ShipmentFactory(), scan("IN_TRANSIT")).eta_to_date is None


def test_what_was_learned_is_kept_as_a_version_and_the_former_stays():
    first = learn()
    assert (first.state, first.deliveries) == (TransitModel.State.ACTIVE, 300)
    assert first.groups == first.cells.count() > 5

    assert learn_transit_times(at=NOON + EVERY / 2) == first
    second = learn_transit_times(at=NOON + EVERY)

    first.refresh_from_db()
    assert (first.state, second.state) == (TransitModel.State.FORMER, TransitModel.State.ACTIVE)
    assert first.cells.exists()


def test_a_version_nobody_is_promised_anything_by_is_forgotten_after_a_month():
    first = learn()
    used = tell(ShipmentFactory(), scan("IN_TRANSIT"))
    second = learn_transit_times(at=NOON + timedelta(days=1))
    left = TransitModel.objects.create(learned_at=NOON)  # a worker was killed
    learn_transit_times(at=NOON + timedelta(days=40))

    assert used.eta_model == first
    assert TransitModel.objects.filter(pk=first.pk).exists()
    assert not TransitModel.objects.filter(pk__in=[second.pk, left.pk]).exists()


def test_a_parcel_without_a_carriers_word_gets_a_window_from_the_first_scan():
    model = learn()
    shipment = tell(ShipmentFactory(), scan("IN_TRANSIT"))

    assert window(shipment) == (march(13), march(16), "ours")  # two to four days, P50 and P90
    promise = shipment.promises.get()
    assert (promise.source, promise.shown, promise.model, promise.made_at) == ("ours", True, model, NOON)
    assert promise.why["rule"] == "learned" and promise.why["n"] >= 40
    assert not Event.objects.filter(kind="tracking.shipment.delayed").exists()


def test_a_window_is_shown_from_the_label_on_unless_the_store_does_not_want_it():
    learn()
    shown, quiet = ShipmentFactory(), ShipmentFactory(order__store=StoreFactory(slug="quiet"))
    delivered_of_quiet = Order.objects.filter(store__slug="harbour-pine")
    assert delivered_of_quiet.exists()
    EtaRules.objects.create(store=quiet.order.store, before_hand_over=False)
    for one in (shown, quiet):
        tell(one, scan("INFO_RECEIVED"))

    assert shown.eta_source == "ours" and shown.eta_to_date > march(12)
    assert shown.promises.get().why["stage"] == "not handed over yet"
    assert quiet.eta_to_date is None


def test_a_store_can_go_without_learned_windows():
    learn(late=1)
    EtaRules.objects.create(store=StoreFactory(), enabled=False)
    silent = tell(ShipmentFactory(), scan("IN_TRANSIT"))
    told = tell(ShipmentFactory(), scan("IN_TRANSIT"), eta=Window(march(12), march(12)))

    assert silent.eta_to_date is None
    assert window(told) == (march(12), march(12), "ups")


def test_a_carriers_word_outranks_what_was_learned_whichever_comes_first():
    learn()
    first = tell(ShipmentFactory(), scan("IN_TRANSIT"))
    tell(first, at=NOON + HOUR, eta=Window(march(13), march(13)), told_at=NOON + HOUR)
    second = tell(ShipmentFactory(), at=NOON, eta=Window(march(13), march(13)), told_at=NOON)
    tell(second, scan("IN_TRANSIT"), at=NOON + HOUR)

    assert window(first) == window(second) == (march(13), march(13), "ups")
    assert first.promises.count() == 2 and second.promises.count() == 1


def test_a_night_of_learning_moves_no_window_that_was_shown():
    learn()
    shipment = tell(ShipmentFactory(), scan("IN_TRANSIT"))
    before = window(shipment)
    Shipment.objects.filter(status=Status.DELIVERED).update(delivered_at=NOON, arrived_at=NOON)
    learn_transit_times(at=NOON + timedelta(days=1))
    tell(shipment, scan("IN_TRANSIT", NOON + 20 * HOUR), at=NOON + timedelta(days=1))

    assert window(shipment) == before
    assert shipment.promises.count() == 1


def test_a_learned_window_that_passes_is_broken_and_followed_by_the_next_which_is_told_as_a_delay():
    learn()
    shipment = tell(ShipmentFactory(), scan("IN_TRANSIT"))
    later = datetime(2026, 3, 17, 8, tzinfo=UTC)  # after midnight in Portland

    assert revise_due(at=later) == 1
    shipment.refresh_from_db()

    assert shipment.eta_from_date >= march(17)
    assert list(shipment.promises.order_by("made_at").values_list("outcome", flat=True)) == ["MISSED", "OPEN"]
    told = {event.kind: event for event in Event.objects.filter(subject_id=str(shipment.pk))}
    assert told["tracking.promise.broken"].data["to_date"] == "2026-03-16"
    assert told["tracking.shipment.delayed"].data["was_to"] == "2026-03-16"
    assert revise_due(at=later + HOUR) == 0


def test_a_held_parcel_gets_no_date_once_its_own_has_passed_and_a_new_one_when_it_moves_on():
    learn()
    shipment = tell(ShipmentFactory(), scan("IN_TRANSIT"))
    tell(shipment, scan("EXCEPTION", NOON + HOUR, reason=Reason.CUSTOMS), at=NOON + HOUR)
    assert shipment.eta_to_date == march(16)

    later = datetime(2026, 3, 18, 12, tzinfo=UTC)
    revise_due(at=later)
    shipment.refresh_from_db()
    assert window(shipment) == (None, None, "")

    tell(shipment, scan("IN_TRANSIT", later), at=later)
    assert shipment.eta_source == "ours" and shipment.eta_from_date >= march(18)


def test_a_carrier_whose_windows_are_often_missed_is_corrected_and_its_own_word_kept_to_learn_from():
    model = learn(late=2)
    assert model.doubted == ["ups"] and doubted() == frozenset({"ups"})
    shipment = tell(ShipmentFactory(), scan("IN_TRANSIT"), eta=Window(march(12), march(12)))

    assert shipment.eta_to_date > march(12) and shipment.eta_source == "ours"
    shown, kept = shipment.promises.get(shown=True), shipment.promises.get(shown=False)
    assert (shown.why["rule"], shown.why["told_to"]) == ("corrected", "2026-03-12")
    assert (kept.source, kept.to_date) == ("ups", march(12))
    tell(shipment, scan("DELIVERED", NOON + 80 * HOUR), at=NOON + 80 * HOUR)
    kept.refresh_from_db()
    assert kept.outcome == "MISSED"
    assert not Event.objects.filter(kind="tracking.promise.broken").exists()


def test_the_same_word_again_makes_no_second_promise():
    learn(late=2)
    shipment = ShipmentFactory()
    for hour in range(3):
        tell(shipment, scan("IN_TRANSIT"), at=NOON + hour * HOUR, eta=Window(march(12), march(12)))

    assert shipment.promises.filter(shown=True).count() == 1


def test_parcels_on_their_way_get_their_windows_with_the_first_version():
    shipment = tell(ShipmentFactory(), scan("IN_TRANSIT"))
    assert shipment.eta_to_date is None and shipment.eta_due_at is None

    Shipment.objects.filter(pk=shipment.pk).update(created_at=NOON)
    learn()
    revise_due(at=NOON)
    shipment.refresh_from_db()

    assert shipment.eta_source == "ours"


def test_a_parcel_of_a_carrier_nobody_knew_gets_its_window_once_that_is_known():
    learn()
    shipment = tell(ShipmentFactory(carrier="gls", created_at=NOON), scan("IN_TRANSIT"))
    assert (shipment.eta_to_date, shipment.eta_model) == (None, None)

    delivered(60, carrier="gls")
    newer = learn_transit_times(at=NOON, force=True)
    Shipment.objects.filter(pk=shipment.pk).update(eta_due_at=NOON)
    revise_due(at=NOON)

    shipment.refresh_from_db()
    assert (shipment.eta_source, shipment.eta_model) == ("ours", newer)
    assert not Event.objects.filter(kind="tracking.shipment.delayed").exists()


def test_of_two_who_learn_at_once_the_later_knowledge_is_used():
    later = learn()

    assert learn_transit_times(at=NOON - HOUR, force=True) == later

    assert TransitModel.objects.get(state="ACTIVE") == later
    assert not TransitModel.objects.filter(state="LEARNING").exists()


def test_an_older_installations_windows_are_left_alone():
    """Rows written before whose word it was was noted."""
    learn()
    shipment = ShipmentFactory(eta_from_date=march(12), eta_to_date=march(12), status=Status.DELIVERED)
    tell(shipment, scan("DELIVERED"))

    assert window(shipment) == (march(12), march(12), "")


MESSAGES = [
    {"scans": [scan("INFO_RECEIVED", NOON - 9 * HOUR)]},
    {"scans": [scan("IN_TRANSIT", NOON - 3 * HOUR)]},
    {"eta": Window(march(12), march(13)), "told_at": NOON - 2 * HOUR},
    {"eta": Window(march(13), march(13)), "told_at": NOON - HOUR, "scans": [scan("IN_TRANSIT", NOON - HOUR)]},
]
LATE = [
    {"scans": [scan("IN_TRANSIT", NOON - 200 * HOUR)]},
    {"eta": Window(march(6), march(6)), "told_at": NOON - 190 * HOUR},
    {"scans": [scan("EXCEPTION", NOON - 90 * HOUR, reason=Reason.WEATHER)]},
    {"scans": [scan("IN_TRANSIT", NOON - 70 * HOUR)]},
]


@pytest.mark.parametrize("messages", [MESSAGES, LATE], ids=["on time", "late"])
@pytest.mark.parametrize("late", [0, 2], ids=["good record", "bad record"])
def test_messages_in_any_order_end_in_the_same_window(messages, late):
    learn(late=late)
    ends = set()
    for told in list(permutations(messages))[::3]:
        shipment = ShipmentFactory()
        for message in told:
            tell(shipment, *message.get("scans", ()), eta=message.get("eta"), told_at=message.get("told_at"))
        ends.add(tuple(getattr(shipment, name) for name in KEPT))

    assert len(ends) == 1
    assert all(shown[1] is not None for shown in ends)


NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
OVER = (Status.DELIVERED, Status.RETURNING, Status.RETURNED, Status.CANCELLED)


def _after_the_end(message, story):
    """Say whether a word was told after the parcel's end: it is none, and nobody says such words before."""
    ends = [one.at for other in story for one in other.get("scans", ()) if one.status in OVER]
    return bool(ends) and "told_at" in message and message["told_at"] >= min(ends)


class AnyStory(TestCase):
    """Whatever is told, in whatever order: one window, never one that begins before today."""

    @classmethod
    def setUpTestData(cls):
        learn(late=1)

    message = st.one_of(
        st.builds(
            lambda status, hours: {"scans": [scan(status, NOON - hours * HOUR)]},
            st.sampled_from([s for s in Status if s not in (Status.EXPIRED, Status.PENDING)]),
            st.integers(0, 400),
        ),
        st.builds(
            lambda day, wide, hours: {
                "eta": Window(march(day), march(day + wide)),
                "told_at": NOON - hours * HOUR,
            },
            st.integers(1, 28),
            st.integers(0, 3),
            st.integers(0, 400),
        ),
    )

    @settings(
        max_examples=15, deadline=None, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(story=st.lists(message, min_size=1, max_size=6), data=st.data())
    def test_a_story_in_any_order_ends_in_the_same_window(self, story, data):
        story = [one for one in story if not _after_the_end(one, story)]
        shuffled = data.draw(st.permutations(story))
        ends, order = [], OrderFactory()
        for told in (story, [*shuffled, *shuffled[:2]]):
            shipment = ShipmentFactory(order=order)
            for message in told:
                tell(
                    shipment,
                    *message.get("scans", ()),
                    eta=message.get("eta"),
                    told_at=message.get("told_at"),
                )
            ends.append(window(shipment))
            ours = shipment.promises.filter(source="ours", why__rule="learned")
            assert all(NOON.date() - timedelta(days=1) <= p.from_date <= p.to_date for p in ours)

        assert ends[0] == ends[1]
