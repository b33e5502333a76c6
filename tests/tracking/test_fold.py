"""A parcel's state is a fold over its scans: any order, any repetition, the same state."""

from datetime import UTC, datetime, timedelta
from math import prod

from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.carriers.base import Place, ScanData
from tracking.fold import MILESTONES, fold
from tracking.vocabulary import Reason, Status

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def scan(status, hours=0, **more):
    return ScanData(status=Status(status), at=START + timedelta(hours=hours), **more)


CHOICES = (
    list(Status),
    [START + timedelta(hours=hours) for hours in range(13)],  # few distinct times, so that ties are common
    ["", Reason.WEATHER, Reason.NOT_HOME],
    [False, True],
    [Place(), Place("Denver", "CO", "US"), Place("Köln", "", "DE")],
    ["", "AR", "DP"],
    ["", "Arrived", "Left"],
)


def numbered(number):
    """Return one of all the scans the choices make: one number is drawn much faster than seven."""
    told = []
    for choices in CHOICES:
        number, place = divmod(number, len(choices))
        told.append(choices[place])
    status, at, reason, acts, place, code, message = told
    return ScanData(
        status, at=at, reason=reason, action_required=acts, place=place, code=code, message=message
    )


scans = st.integers(0, prod(map(len, CHOICES)) - 1).map(numbered)


@settings(max_examples=1500, deadline=None)
@given(history=st.lists(scans, max_size=14), data=st.data())
def test_any_permutation_and_duplication_gives_the_same_state(history, data):
    shuffled = data.draw(st.permutations(history))
    doubled = data.draw(st.lists(st.sampled_from(history), max_size=6)) if history else []

    assert fold([*shuffled, *doubled]) == fold(history)


@settings(max_examples=1000, deadline=None)
@given(history=st.lists(scans, max_size=14), data=st.data())
def test_more_scans_never_take_a_milestone_back(history, data):
    some = data.draw(st.lists(st.sampled_from(history), max_size=10)) if history else []

    assert set(fold(some).milestones) <= set(fold(history).milestones) <= set(MILESTONES)


def test_no_scans_is_pending():
    assert fold([]).status == Status.PENDING


def test_a_scan_nobody_understands_changes_nothing():
    state = fold([scan("IN_TRANSIT"), scan("UNKNOWN", 5)])

    assert state.status == Status.IN_TRANSIT
    assert state.last_scan_at == START + timedelta(hours=5)


def test_a_late_label_scan_does_not_undo_movement():
    assert fold([scan("IN_TRANSIT"), scan("INFO_RECEIVED", 2)]).status == Status.IN_TRANSIT


def test_late_noise_after_delivery_changes_nothing():
    state = fold([scan("DELIVERED", 1), scan("IN_TRANSIT", 2), scan("EXCEPTION", 3, reason=Reason.WEATHER)])

    assert (state.status, state.reason) == (Status.DELIVERED, "")


def test_delivered_then_returned_is_returning():
    state = fold([scan("DELIVERED", 1), scan("RETURNING", 30)])

    assert state.status == Status.RETURNING
    assert state.delivered_at == START + timedelta(hours=1)


def test_delivered_to_the_sender_is_returned_and_not_delivered():
    state = fold([scan("IN_TRANSIT"), scan("RETURNING", 10), scan("IN_TRANSIT", 20), scan("DELIVERED", 30)])

    assert state.status == Status.RETURNED
    assert state.delivered_at is None


def test_an_exception_ends_with_the_next_movement():
    held = scan("EXCEPTION", 1, reason=Reason.ADDRESS, action_required=True)

    assert fold([scan("IN_TRANSIT"), held]).action_required
    state = fold([scan("IN_TRANSIT"), held, scan("IN_TRANSIT", 2)])
    assert (state.status, state.reason, state.action_required) == (Status.IN_TRANSIT, "", False)


def test_a_tie_is_broken_by_the_later_stage_of_life():
    assert fold([scan("DELIVERED"), scan("OUT_FOR_DELIVERY")]).status == Status.DELIVERED


def test_milestones_carry_the_first_time_each_was_reached():
    state = fold([scan("ATTEMPTED", 9), scan("ATTEMPTED", 4), scan("OUT_FOR_DELIVERY", 3)])

    assert {name: when for name, (when, _) in state.milestones.items()} == {
        "shipped": START + timedelta(hours=3),
        "out_for_delivery": START + timedelta(hours=3),
        "attempted": START + timedelta(hours=4),
    }


def test_a_local_time_is_sorted_in_the_zone_it_is_given():
    local = ScanData(status=Status.DELIVERED, local=datetime(2026, 3, 1, 10, 0))  # noqa: DTZ001
    away = ScanData(status=Status.OUT_FOR_DELIVERY, at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC))

    assert fold([local, away]).delivered_at == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
