"""The watch's rules, by themselves: working days here and there, Friday evenings, holidays, clocks, zones."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.vocabulary import Reason, Status
from tracking.watch.facts import Calendar, OrderFacts, ParcelFacts, Rules, Word, course, last_status
from tracking.watch.judge import FORGOTTEN, judge, judge_order, verdict
from tracking.watch.kinds import FlagKind
from tracking.watch.words import explain, why_cleared

BERLIN, LONDON = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
DE, GB = Calendar("DE", "", BERLIN), Calendar("GB", "", LONDON)
US = Calendar("US", "", NEW_YORK)
MINUTE = timedelta(minutes=1)


def parcel(**facts):
    given = {"status": Status.IN_TRANSIT, "label_at": datetime(2026, 3, 2, 9, tzinfo=UTC)}
    given |= {"origin": DE, "destination": DE} | facts
    return ParcelFacts(**given)


def silent_since(at, **facts):
    return parcel(shipped_at=at, last_scan_at=at, label_at=at - timedelta(days=1), **facts)


def opens(facts, kind, at, rules=None):
    """Say that `kind` opens at `at` to the minute."""
    rules = rules or Rules()
    before, after = judge(facts, rules, at - MINUTE), judge(facts, rules, at)
    return kind not in before and kind in after


# --- hand-over ---
def test_a_label_of_friday_evening_has_until_thursday_evening():
    label = datetime(2026, 3, 6, 18, tzinfo=BERLIN)
    facts = parcel(status=Status.INFO_RECEIVED, label_at=label)

    assert opens(facts, FlagKind.NOT_HANDED_OVER, datetime(2026, 3, 12, 18, tzinfo=BERLIN))


def test_christmas_gives_a_label_two_more_days_where_it_is_a_holiday():
    """25 and 26 December 2025 were Thursday and Friday, 1 January 2026 a Thursday."""
    label = datetime(2025, 12, 23, 10, tzinfo=BERLIN)
    german = parcel(status=Status.PENDING, label_at=label)
    chinese = parcel(status=Status.PENDING, label_at=label, origin=Calendar("CN", "", BERLIN))

    assert opens(german, FlagKind.NOT_HANDED_OVER, datetime(2025, 12, 31, 10, tzinfo=BERLIN))
    assert opens(chinese, FlagKind.NOT_HANDED_OVER, datetime(2025, 12, 29, 10, tzinfo=BERLIN))


def test_the_hand_over_counts_by_the_origins_days_and_the_silence_by_the_destinations():
    """Friday 3 July 2026 is a holiday in the United States (4 July is a Saturday), not in Germany."""
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    label = parcel(status=Status.INFO_RECEIVED, label_at=at, origin=US, destination=DE)
    quiet = silent_since(at, origin=US, destination=DE)

    # Noon in UTC is eight in New York and two in Berlin: the same instant days later.
    assert opens(label, FlagKind.NOT_HANDED_OVER, datetime(2026, 7, 8, 12, tzinfo=UTC))
    assert opens(quiet, FlagKind.SILENT, datetime(2026, 7, 8, 12, tzinfo=UTC))
    assert opens(
        silent_since(at, origin=DE, destination=US), FlagKind.SILENT, datetime(2026, 7, 9, 12, tzinfo=UTC)
    )


def test_a_parcel_nobody_follows_is_not_blamed_on_the_carrier():
    facts = parcel(status=Status.PENDING, followed=False)

    assert not judge(facts, Rules(), facts.label_at + timedelta(days=30))


def test_a_bad_address_on_a_label_does_not_count_as_handed_over():
    facts = parcel(status=Status.EXCEPTION, reason=Reason.ADDRESS, since=parcel().label_at)

    found = judge(facts, Rules(), facts.label_at + timedelta(days=8))

    assert set(found) == {FlagKind.NOT_HANDED_OVER, FlagKind.EXCEPTION}


# --- silence ---
def test_silence_over_a_weekend_is_no_silence():
    friday = datetime(2026, 3, 6, 17, tzinfo=BERLIN)

    assert opens(silent_since(friday), FlagKind.SILENT, datetime(2026, 3, 11, 17, tzinfo=BERLIN))


def test_abroad_five_working_days_pass_first_and_lost_follows_silent():
    monday = datetime(2026, 3, 2, 9, tzinfo=LONDON)
    facts = silent_since(monday, origin=DE, destination=GB)

    assert opens(facts, FlagKind.SILENT, datetime(2026, 3, 9, 9, tzinfo=LONDON))
    assert opens(facts, FlagKind.LOST, datetime(2026, 3, 16, 9, tzinfo=LONDON))
    assert FlagKind.SILENT not in judge(facts, Rules(), datetime(2026, 3, 17, tzinfo=UTC))


def test_boxing_day_counts_neither_in_germany_nor_in_britain_but_in_france():
    """26 December 2024 was a Thursday; the day before is a holiday in all three."""
    since = datetime(2024, 12, 24, 12, tzinfo=UTC)
    france = Calendar("FR", "", ZoneInfo("Europe/Paris"))

    assert opens(silent_since(since), FlagKind.SILENT, datetime(2024, 12, 31, 12, tzinfo=UTC))
    british = silent_since(since, origin=GB, destination=GB)
    assert opens(british, FlagKind.SILENT, datetime(2024, 12, 31, 12, tzinfo=UTC))
    french = silent_since(since, origin=france, destination=france)
    assert opens(french, FlagKind.SILENT, datetime(2024, 12, 30, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "offset"), [("Pacific/Pago_Pago", -11), ("Pacific/Kiritimati", 14), ("Pacific/Chatham", 13.75)]
)
def test_the_weekend_is_that_of_the_place(zone, offset):
    """From Friday noon there: three working days end on Wednesday noon there, whatever day it is here."""
    there = Calendar("", "", ZoneInfo(zone))
    friday = datetime(2026, 1, 9, 12, tzinfo=there.zone)
    assert friday.utcoffset() == timedelta(hours=offset)

    facts = silent_since(friday, origin=there, destination=there)

    assert opens(facts, FlagKind.SILENT, datetime(2026, 1, 14, 12, tzinfo=there.zone))


def test_the_night_the_clocks_change_takes_nothing_from_working_days():
    """Sunday 29 March 2026 has 23 hours in Berlin, Sunday 25 October has 25: neither is a working day."""
    spring, autumn = datetime(2026, 3, 27, 12, tzinfo=BERLIN), datetime(2026, 10, 23, 12, tzinfo=BERLIN)

    assert opens(silent_since(spring), FlagKind.SILENT, datetime(2026, 4, 1, 12, tzinfo=BERLIN))
    assert opens(silent_since(autumn), FlagKind.SILENT, datetime(2026, 10, 28, 12, tzinfo=BERLIN))


def test_what_waits_for_somebody_may_be_silent():
    since = datetime(2026, 3, 2, 9, tzinfo=UTC)
    later = since + timedelta(days=20)
    customs = silent_since(since, status=Status.EXCEPTION, reason=Reason.CUSTOMS, since=since)
    shop = silent_since(since, status=Status.READY_FOR_PICKUP, since=since)

    assert set(judge(customs, Rules(), later)) == {FlagKind.CUSTOMS}
    assert set(judge(shop, Rules(), later)) == {FlagKind.PICKUP_WAITING}


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.RETURNING, Status.RETURNED, Status.CANCELLED])
def test_nothing_is_expected_of_a_parcel_that_is_over(status):
    facts = silent_since(datetime(2026, 3, 2, tzinfo=UTC), status=status, promised=date(2026, 3, 3))

    assert not judge(facts, Rules(), datetime(2026, 4, 2, tzinfo=UTC))


@settings(max_examples=120, deadline=None)
@given(
    hours=st.integers(0, 24 * 365 * 3),
    steps=st.lists(st.integers(1, 60 * 24 * 6), min_size=2, max_size=25),
    ends=st.sampled_from([(DE, DE), (DE, GB), (US, DE), (US, Calendar("", "", ZoneInfo("Asia/Tokyo")))]),
    known=st.none() | st.integers(-5, 40),
)
def test_a_silent_parcel_is_flagged_once_and_does_not_flap(hours, steps, ends, known):
    """As time goes on: nothing, silent, lost, and never back, whether or not the carrier owes an answer."""
    since = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    until = since + timedelta(days=known) if known is not None else None
    facts = silent_since(since, origin=ends[0], destination=ends[1], known_until=until)
    standing, story, at = set(), [], since
    for step in steps:
        at += timedelta(minutes=step)
        if at - since > FORGOTTEN:
            break
        found, stands = verdict(facts, Rules(), at)
        cleared = {kind for kind in standing if kind not in stands}
        opened = set(found) - standing
        standing = (standing - cleared) | opened
        story += sorted(opened)

    assert story in ([], ["SILENT"], ["LOST"], ["SILENT", "LOST"])


def test_a_carrier_that_does_not_answer_is_not_a_parcel_that_is_silent():
    since = datetime(2026, 3, 2, 9, tzinfo=UTC)
    later = since + timedelta(days=20)
    deaf = silent_since(since, known_until=since + timedelta(days=1))
    heard = silent_since(since, known_until=since + timedelta(days=5))

    assert verdict(deaf, Rules(), later) == ({}, {FlagKind.LOST})
    assert set(verdict(heard, Rules(), later)[0]) == {FlagKind.SILENT}


# --- promises ---
@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Pacific/Pago_Pago", datetime(2026, 3, 6, 11, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 5, 23, tzinfo=UTC)),
    ],
)
def test_a_promise_lasts_until_its_day_ends_where_the_parcel_goes(zone, utc):
    facts = parcel(promised=date(2026, 3, 5), destination=Calendar("", "", ZoneInfo(zone)))

    assert opens(facts, FlagKind.LATE, utc)
    assert judge(facts, Rules(), utc)[FlagKind.LATE].since == utc


def test_a_promise_for_the_night_the_clocks_change_ends_with_that_night():
    """On 29 March 2026 Berlin is at +1 at midnight and at +2 the midnight after."""
    facts = parcel(promised=date(2026, 3, 29))

    assert opens(facts, FlagKind.LATE, datetime(2026, 3, 29, 22, tzinfo=UTC))


def test_a_parcel_at_the_pickup_point_is_not_late():
    facts = parcel(promised=date(2026, 3, 5), status=Status.READY_FOR_PICKUP)

    assert FlagKind.LATE not in judge(facts, Rules(), datetime(2026, 3, 9, tzinfo=UTC))


# --- attempts, pickup, held ---
T = datetime(2026, 3, 3, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STORY = (
    Word(T, Status.OUT_FOR_DELIVERY, "a"),
    Word(T + 5 * HOUR, Status.ATTEMPTED, "b"),
    Word(T + 5 * HOUR + MINUTE, Status.ATTEMPTED, "c"),
    Word(T + DAY, Status.ATTEMPTED, "d"),
    Word(T + DAY + 3 * HOUR, Status.READY_FOR_PICKUP, "e"),
    Word(T + 3 * DAY, Status.READY_FOR_PICKUP, "f"),
)


def test_any_order_of_scans_makes_the_same_course():
    courses = {course(words, Status.READY_FOR_PICKUP) for words in permutations(STORY)}

    assert courses == {(T + DAY + 3 * HOUR, (T + 5 * HOUR, T + DAY))}
    assert {last_status(words) for words in permutations(STORY)} == {Status.READY_FOR_PICKUP}


def test_one_attempt_told_twice_is_one():
    assert len(course(STORY[:3], Status.ATTEMPTED)[1]) == 1


def test_a_reminder_does_not_begin_the_wait_anew():
    since, attempts = course(STORY, Status.READY_FOR_PICKUP)
    facts = parcel(status=Status.READY_FOR_PICKUP, since=since, attempts=attempts)

    assert opens(facts, FlagKind.PICKUP_WAITING, since + timedelta(days=5))
    assert FlagKind.ATTEMPTS not in judge(facts, Rules(), since)


def test_two_attempts_are_flagged_with_the_second():
    _, attempts = course(STORY[:4], Status.ATTEMPTED)
    facts = parcel(status=Status.ATTEMPTED, attempts=attempts, shipped_at=T, last_scan_at=attempts[-1])

    assert judge(facts, Rules(), attempts[-1])[FlagKind.ATTEMPTS].since == attempts[1]


def test_customs_are_flagged_at_once_other_stops_after_a_working_day():
    friday = datetime(2026, 3, 6, 16, tzinfo=BERLIN)
    stopped = {"status": Status.EXCEPTION, "since": friday, "shipped_at": friday, "last_scan_at": friday}

    assert set(judge(parcel(reason=Reason.CUSTOMS, **stopped), Rules(), friday)) == {FlagKind.CUSTOMS}
    assert set(judge(parcel(reason=Reason.PAYMENT_DUE, **stopped), Rules(), friday)) == {FlagKind.CUSTOMS}
    monday = datetime(2026, 3, 9, 16, 1, tzinfo=BERLIN)
    assert opens(parcel(reason=Reason.WEATHER, **stopped), FlagKind.EXCEPTION, monday)


def test_being_cleared_in_passing_is_not_being_held():
    assert not judge(parcel(reason=Reason.CUSTOMS, shipped_at=T, last_scan_at=T), Rules(), T + HOUR)


def test_a_parcel_the_carrier_calls_lost_is_lost_at_once():
    facts = parcel(status=Status.EXCEPTION, reason=Reason.LOST, since=T, shipped_at=T, last_scan_at=T)

    assert set(judge(facts, Rules(), T + 3 * DAY)) == {FlagKind.LOST}


def test_a_threshold_of_nought_switches_a_rule_off():
    off = Rules(silent_days_domestic=0, lost_days=0, attempts=0, pickup_days=0, handover_days=0)
    facts = silent_since(T, attempts=(T, T + DAY))

    assert not judge(facts, off, T + timedelta(days=40))
    assert not judge(parcel(status=Status.PENDING), off, T + timedelta(days=40))
    assert not judge(facts, Rules(enabled=False), T + timedelta(days=40))


def test_what_nobody_has_spoken_of_for_ninety_days_is_not_watched():
    facts = silent_since(T)

    assert judge(facts, Rules(), T + FORGOTTEN)
    assert not judge(facts, Rules(), T + FORGOTTEN + MINUTE)


# --- orders ---
def test_an_order_waits_ninety_six_hours():
    order = OrderFacts(placed_at=T, to_ship=2, parcels=0)
    late = T + timedelta(hours=96)

    assert not judge_order(order, Rules(), late - MINUTE)
    assert FlagKind.UNFULFILLED in judge_order(order, Rules(), late)
    for fine in (
        OrderFacts(T, 2, 1),
        OrderFacts(T, 0, 0),
        OrderFacts(T, 2, 0, cancelled=True),
    ):
        assert not judge_order(fine, Rules(), late)


# --- words ---
def test_every_flag_explains_itself_in_words():
    held = parcel(
        status=Status.EXCEPTION,
        reason=Reason.CUSTOMS,
        since=T,
        shipped_at=T,
        last_scan_at=T,
        last_place="Leipzig, DE",
        attempts=(T, T + DAY),
        promised=date(2026, 3, 4),
    )
    quiet = silent_since(T, last_place="Köln, DE")
    found = judge(held, Rules(), T + 5 * DAY) | judge(quiet, Rules(), T + 7 * DAY)

    said = {kind: explain(kind, trouble.facts, trouble.since) for kind, trouble in found.items()}

    assert said[FlagKind.CUSTOMS] == (
        "Held since 3 Mar 2026, 09:00 UTC in Leipzig, DE: customs are looking at it."
    )
    assert said[FlagKind.SILENT] == (
        "No scan since 3 Mar 2026, 09:00 UTC in Köln, DE. "
        "Flagged after 3 working days by the calendar of DE for domestic parcels."
    )
    assert said[FlagKind.LATE].startswith("The shopper was promised Wednesday 4 March at the latest")
    assert said[FlagKind.ATTEMPTS].startswith("2 failed attempts (flagged from 2)")
    assert all(said.values())


def test_a_cleared_flag_says_why():
    none = frozenset()
    moving = silent_since(T, last_place="Köln, DE")

    def why(kind, facts, stands=none):
        return why_cleared(kind, T - DAY, facts, stands, Rules(), T + DAY)

    assert why(FlagKind.SILENT, moving) == "Scanned 3 Mar 2026, 09:00 UTC in Köln, DE"
    assert why(FlagKind.SILENT, moving, frozenset({FlagKind.LOST})).endswith("probably lost")
    assert why(FlagKind.LATE, parcel(status=Status.DELIVERED)) == "Delivered"
    assert why(FlagKind.NOT_HANDED_OVER, moving).startswith("The carrier has it")
    assert why(FlagKind.CUSTOMS, parcel(replaced=True)) == "The shop took this number back"
