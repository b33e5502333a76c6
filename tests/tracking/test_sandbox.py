"""The carrier of play parcels: its stories, its clock, its webhooks, its numbers."""

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.carriers import sandbox
from tracking.carriers.base import BadPayload, BadSignature, CarrierError, Credentials, Parcel, Place
from tracking.carriers.sandbox import Sandbox
from tracking.fold import fold
from tracking.sandbox_places import SPOTS, borders, hubs, locate
from tracking.sandbox_routes import SCENARIOS, tell
from tracking.services.sandbox import (
    UnknownScenario,
    new_number,
)
from tracking.vocabulary import Reason, Status

START = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
HOME = Place("Portland", "ME", "US")
FAR = Place("Seattle", "WA", "US")
ABROAD = Place("Tokyo", "", "JP")
ENDS = {
    "normal": Status.DELIVERED,
    "late": Status.DELIVERED,
    "lost": Status.EXCEPTION,
    "silent": Status.IN_TRANSIT,
    "attempt": Status.DELIVERED,
    "return": Status.RETURNED,
    "pickup": Status.DELIVERED,
    "customs": Status.DELIVERED,
    "damaged": Status.RETURNED,
    "address": Status.DELIVERED,
    "unscanned": Status.INFO_RECEIVED,
}
numbers = st.integers(0, 10**6).map(lambda n: f"SBX0{n}")
towns = st.sampled_from([spot.place for spot in SPOTS])
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
starts = st.integers(0, 3 * 365 * 24 * 3600).map(lambda seconds: SINCE + timedelta(seconds=seconds))
waits = st.timedeltas(timedelta(0), timedelta(days=40))


def parcel(number="SBXN1", to=FAR, start=START):
    return Parcel(number, carrier="sandbox", created_at=start, origin=HOME, destination=to)


def carrier(**config):
    return Sandbox(Credentials(secret="play", config=config))


def ask(asked, after, **config):
    """What the carrier tells of one parcel `after` its start."""
    return carrier(**config).fetch([asked], at=asked.created_at + after)[0]


# --- stories ---


@given(
    numbers,
    towns,
    towns,
    starts,
    st.sampled_from(list(SCENARIOS)),
    waits,
    waits,
    st.sampled_from([1, 7, 600]),
)
@settings(max_examples=150, deadline=None)
def test_a_later_answer_adds_to_an_earlier_one_and_never_speaks_of_the_future(
    number, origin, to, start, scenario, wait, more, speed
):
    asked = Parcel(number, created_at=start, origin=origin, destination=to)
    config = {"speed": speed, "scenarios": {number: scenario}}

    early = ask(asked, wait, **config)
    late = ask(asked, wait + more, **config)

    assert late.scans[: len(early.scans)] == early.scans
    assert [scan.at for scan in early.scans] == sorted(scan.at for scan in early.scans)
    assert all(start <= scan.at <= start + wait for scan in early.scans)
    assert early.scans[0].status == Status.INFO_RECEIVED


@pytest.mark.parametrize("scenario", list(SCENARIOS))
@pytest.mark.parametrize("to", [FAR, ABROAD, Place("Boston", "MA", "US"), HOME], ids=str)
def test_every_scenario_ends_as_its_name_says(scenario, to):
    asked = parcel(new_number(f"{scenario} {to}", scenario), to)

    told = ask(asked, timedelta(days=60))

    assert fold(told.scans).status == ENDS[scenario]


def test_parcels_are_collected_in_the_afternoon_and_brought_by_day():
    for n in range(200):
        for step in tell(f"SBXN{n}", start=START, origin=HOME, destination=FAR).steps:
            hour = step.spot.local(step.at).hour
            if step.code == "COLLECTED":
                assert 15 <= hour <= 18
            if step.code == "OUT":
                assert 7 <= hour <= 9
            if step.code == "DELIVERED":
                assert 10 <= hour <= 18


def test_the_way_leads_over_sorting_centres_to_the_door():
    told = ask(parcel("SBXN4711"), timedelta(days=20))

    cities = list(dict.fromkeys(scan.place.city for scan in told.scans))

    assert cities[0] == "Portland" and cities[-1] == "Seattle" and len(cities) == 5


def test_customs_look_at_what_crosses_a_border_of_the_union_only():
    munich, paris = locate(Place("München", "", "DE")), locate(Place("Paris", "", "FR"))
    tokyo = locate(ABROAD)

    assert borders(munich, tokyo) and not borders(munich, paris)
    assert [hub.country for hub in hubs(munich, tokyo)] == ["DE", "JP"]
    codes = [step.code for step in tell("SBXN1", start=START, origin=HOME, destination=ABROAD).steps]
    assert codes.count("CLEARED") == 1


def test_a_town_that_is_not_on_the_map_keeps_its_name_and_its_states_clock():
    spot = locate(Place("Boise", "ID", "US"))

    assert (spot.city, spot.zone) == ("Boise", "America/Denver")
    assert locate(Place("Nowhere", "", "ZZ")).city == "Nowhere"


def test_the_window_narrows_from_three_days_to_three_hours():
    asked = parcel("SBXN4711")
    windows = []
    for hours in range(24 * 9):
        window = ask(asked, timedelta(hours=hours)).eta
        if not windows or windows[-1] != window:
            windows.append(window)

    days = [(window.to_date - window.from_date).days for window in windows]
    assert days == sorted(days, reverse=True) and days[0] == 2 and days[-1] == 0
    assert windows[-1].to_at - windows[-1].from_at == timedelta(hours=3)
    door = ask(asked, timedelta(days=9)).scans[-1].at
    assert windows[-1].from_at <= door <= windows[-1].to_at
    assert all(
        window.from_date == door.astimezone(ZoneInfo("America/Los_Angeles")).date() for window in windows
    )


def test_a_late_parcel_is_promised_in_time_until_it_is_said_to_be_late():
    asked = parcel(new_number("late", "late"))
    story = carrier().story(asked)
    turn = story.steps[story.turn].at

    before, after = (carrier().fetch([asked], at=turn + timedelta(seconds=s))[0] for s in (-1, 0))

    assert after.eta.from_date > before.eta.to_date
    assert after.scans[-1].reason in (Reason.WEATHER, Reason.CARRIER_DELAY)


def test_no_window_is_promised_for_what_will_not_come():
    for scenario in ("lost", "return", "damaged", "pickup"):
        asked = parcel(new_number(scenario, scenario))
        assert ask(asked, timedelta(days=60)).eta is None


def test_most_numbers_without_a_wish_have_an_ordinary_week():
    turned = [tell(f"X{n}", start=START, origin=HOME, destination=FAR).turn is not None for n in range(400)]

    assert 20 < sum(turned) < 120


def test_a_parcel_without_a_start_is_not_known():
    assert carrier().fetch([Parcel("SBXN1"), parcel("SBXN2")], at=START)[0].tracking_number == "SBXN2"


# --- the clock ---


def test_time_runs_faster_without_reaching_the_future():
    plain = ask(parcel(), timedelta(days=9)).scans
    fast = ask(parcel(), timedelta(days=9) / 600, speed=600).scans

    assert [scan.code for scan in fast] == [scan.code for scan in plain]
    assert fast[-1].at - START == (plain[-1].at - START) / 600


@given(numbers, st.lists(st.tuples(waits, st.sampled_from([1, 0.5, 60, 3600])), max_size=4), waits)
@settings(max_examples=100, deadline=None)
def test_changing_the_speed_leaves_what_was_told_as_it_was(number, changes, wait):
    asked, at, config = parcel(number), START, {"clock": []}
    for after, speed in changes:
        at += after
        told = carrier(**config).fetch([asked], at=at)[0].scans
        config = {"clock": [*config["clock"], [at.isoformat(), speed]]}
        assert carrier(**config).fetch([asked], at=at + wait)[0].scans[: len(told)] == told


@pytest.mark.parametrize(
    "config",
    [
        {"speed": 0},
        {"speed": "fast"},
        {"speed": True},
        {"clock": [3]},
        {"clock": [[None, 2]]},
        {"clock": [["yesterday", 2]]},
        {"scenarios": {"SBXN1": "eaten by a dog"}},
        {"scenarios": {"SBXN1": {"scenario": "late", "since": "soon"}}},
    ],
    ids=str,
)
def test_a_config_that_makes_no_sense_is_a_carrier_error_for_staff(config):
    with pytest.raises(CarrierError) as caught:
        ask(parcel(), timedelta(days=1), **config)

    assert caught.value.permanent


# --- its webhooks ---


def test_what_it_says_by_webhook_is_what_it_answers():
    told = ask(parcel(), timedelta(days=4))

    (heard,) = carrier().parse(sandbox.body([told]))

    assert (heard.scans, heard.eta, heard.told_at, heard.service) == (
        told.scans,
        told.eta,
        told.told_at,
        told.service,
    )


def test_a_signature_is_over_the_raw_bytes_and_no_secret_accepts_nothing():
    body = sandbox.body([ask(parcel(), timedelta(days=1))])
    headers = {"x-sandbox-signature": sandbox.sign("play", body)}

    carrier().verify(headers, body)

    for refused, raw in ((carrier(), body + b" "), (Sandbox(Credentials()), body)):
        with pytest.raises(BadSignature):
            refused.verify(headers, raw)
    with pytest.raises(BadSignature):
        Sandbox(Credentials()).verify({"x-sandbox-signature": sandbox.sign("", body)}, body)


@pytest.mark.parametrize(
    "scan",
    [
        "OUT",
        {"code": "OUT"},
        {"code": "OUT", "at": "now"},
        {"code": "OUT", "at": "2026-03-10T10:00:00"},
        {"code": "OUT", "local": "2026-03-10T10:00:00Z"},
        {"code": 7, "at": "2026-03-10T10:00:00Z"},
        {"code": "OUT", "at": "2026-03-10T10:00:00Z", "place": "Seattle"},
    ],
    ids=str,
)
def test_a_scan_that_cannot_be_read_says_so(scan):
    with pytest.raises(BadPayload):
        carrier().parse(json.dumps({"parcels": [{"tracking_number": "S", "scans": [scan]}]}).encode())


def test_a_code_nobody_knows_is_kept_as_unknown():
    said = {"code": "ZZZ", "at": "2026-03-10T10:00:00Z", "reason": "moon"}
    body = json.dumps({"parcels": [{"tracking_number": "S", "scans": [said]}]}).encode()

    (scan,) = carrier().parse(body)[0].scans

    assert (scan.status, scan.code, scan.reason) == (Status.UNKNOWN, "ZZZ", Reason.UNKNOWN)


def test_numbers_are_repeatable_carry_their_wish_and_a_check_digit():
    assert new_number("a") == new_number("a") != new_number("b")
    for scenario, letter in SCENARIOS.items():
        number = new_number("a", scenario)
        assert re.fullmatch(rf"SBX{letter}\d{{9}}", number)
        digits = [int(digit) for digit in reversed(number[4:])]
        doubled = [
            digit * 2 - 9 * (digit > 4) if odd else digit
            for digit, odd in zip(digits, [0, 1] * 5, strict=False)
        ]
        assert sum(doubled) % 10 == 0
    with pytest.raises(UnknownScenario):
        new_number("a", "eaten")
