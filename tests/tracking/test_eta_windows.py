"""Which window a parcel shows, and whose word it is."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.carriers.base import Window
from tracking.eta.choosing import OURS, Course, Facts, choose
from tracking.eta.days import Days
from tracking.eta.lanes import Lane
from tracking.eta.promises import End, outcome
from tracking.eta.records import Word, lateness
from tracking.eta.tables import LEVELS, Table
from tracking.eta.ways import Seen, Shop
from tracking.eta.windows import Tables, window

SHOP = Shop("north", "US", "America/New_York")
LANE = Lane("ups", "Ground", "US", "", "US", "NY", "10115")
MONDAY = datetime(2026, 3, 2, 22, tzinfo=UTC)  # 17:00 in New York
NEW_YORK = SHOP.zone


def spread(key, low, high, n=200):
    """A table that rises evenly from `low` to `high`."""
    return Table(key, n, float(n), tuple(low + (high - low) * level for level in LEVELS))


def tables(*made, extra=frozenset()):
    found = {table.key: table for table in made}
    return Tables(found.get, lambda place: Days(place.country, place.region, extra))


GROUND = tables(spread("t|home|ups", 2.0, 5.0), spread("h|north", 0.7, 1.8), spread("o|ups", 0.4, 0.8))


def parcel(handed=MONDAY, **more):
    fields = {"placed_at": MONDAY - timedelta(hours=8), "arrived_at": None} | more
    return Seen(SHOP, LANE, handed_over_at=handed, **fields)


def facts(seen=None, course=Course.MOVING, told=None, held_on=None, since=None):
    seen = seen or parcel()
    return Facts(seen, course, since or seen.handed_over_at or MONDAY, told, held_on)


def word(last, *, told_at=MONDAY, first=None, hours=False, source="ups"):
    ends = datetime.combine(last, time(18), NEW_YORK) if hours else None
    return Word(Window(first or last, last, ends, ends), source, told_at)


def days_of(choice):
    return (choice.window.from_date, choice.window.to_date) if choice.window else None


def march(day):
    return date(2026, 3, day)


def test_a_window_runs_from_the_day_of_p50_to_the_day_of_p90():
    """Half of these parcels need 3.5 days that count, nine tenths 4.7."""
    choice = choose(facts(), GROUND, march(2))

    assert days_of(choice) == (march(5), march(6))
    assert choice.source == OURS
    assert choice.why["rule"] == "learned"
    assert (choice.why["group"], choice.why["n"]) == ("t|home|ups", 200)
    assert choice.why["p10"] < choice.why["p50"] < choice.why["p90"]


@pytest.mark.parametrize(
    ("handed", "lane", "extra", "window"),
    [
        # Friday evening: the weekend does not count, unless the carrier was seen on Saturdays.
        (datetime(2026, 3, 6, 23, tzinfo=UTC), LANE, (), (march(11), march(12))),
        (datetime(2026, 3, 6, 23, tzinfo=UTC), LANE, ("5",), (march(10), march(11))),
        # Over the fourth of July (observed on Friday the third), Christmas in Germany, Golden Week in Japan.
        (datetime(2026, 7, 1, 21, tzinfo=UTC), LANE, (), (date(2026, 7, 7), date(2026, 7, 8))),
        (
            datetime(2025, 12, 22, 16, tzinfo=UTC),
            Lane("ups", "", "US", "", "DE", "BE", "10115"),
            (),
            (date(2025, 12, 29), date(2025, 12, 30)),
        ),
        (
            datetime(2025, 4, 28, 8, tzinfo=UTC),
            Lane("ups", "", "JP", "", "JP", "13", "1000001"),
            (),
            (date(2025, 5, 2), date(2025, 5, 7)),
        ),
        # Israel rests on Friday and Saturday, the Emirates on Saturday and Sunday.
        (datetime(2026, 3, 11, 15, tzinfo=UTC), Lane("ups", to_country="IL"), (), (march(16), march(17))),
        (datetime(2026, 3, 11, 12, tzinfo=UTC), Lane("ups", to_country="AE"), (), (march(16), march(17))),
        # The night the clocks change.
        (datetime(2026, 3, 5, 22, tzinfo=UTC), LANE, (), (march(10), march(11))),
    ],
)
def test_only_days_that_count_at_the_door_are_counted(handed, lane, extra, window):
    own = (spread("t|home|ups", 2.0, 5.0), spread("t|abroad|ups", 2.0, 5.0))
    seen = Seen(SHOP, lane, handed - timedelta(hours=9), handed, None)
    choice = choose(facts(seen), tables(*own, extra=frozenset(extra)), handed.date())

    assert days_of(choice) == window


def test_a_window_that_holds_is_the_same_every_day():
    shown = {days_of(choose(facts(), GROUND, march(day)))[1] for day in range(2, 7)}

    assert shown == {march(6)}


def test_after_a_window_has_passed_the_next_one_begins():
    late = choose(facts(), GROUND, march(7))

    assert late.window.from_date >= march(7)
    assert late.window.to_date >= march(9)
    assert late.why["as_of"].startswith("2026-03-07")


def test_a_parcel_that_outstays_everything_gets_no_more_windows():
    assert days_of(choose(facts(), GROUND, date(2026, 12, 24))) is None


def test_out_for_delivery_is_today():
    seen = parcel(out_at=datetime(2026, 3, 4, 13, tzinfo=UTC))
    choice = choose(facts(seen, since=seen.out_at), GROUND, march(4))

    assert days_of(choice) == (march(4), march(4))
    assert choice.why["stage"] == "out for delivery"


def test_before_the_hand_over_the_store_is_waited_for_too():
    """Ordered on Monday before the cut-off, packed the same or the next day, two to five days on its way."""
    choice = choose(facts(parcel(handed=None), since=MONDAY), GROUND, march(2))

    assert march(5) <= choice.window.from_date <= march(6)
    assert march(6) <= choice.window.to_date <= march(9)


def test_an_order_after_the_cut_off_counts_from_the_next_working_day():
    friday = datetime(2026, 3, 6, tzinfo=UTC)

    assert SHOP.ready(friday.replace(hour=18)) == march(6)  # 13:00 in New York
    assert SHOP.ready(friday.replace(hour=20)) == march(9)  # 15:00
    assert Shop("s", "US", "America/New_York", time(16)).ready(friday.replace(hour=20)) == march(6)


def test_nothing_is_said_of_a_carrier_hardly_anybody_knows():
    few = tables(spread("t|home|ups", 2.0, 5.0, n=29), spread("t", 1.0, 3.0, n=5000))

    assert choose(facts(), few, march(2)).window is None
    assert choose(facts(), None, march(2)).window is None


def test_a_carriers_word_is_shown_while_it_holds():
    told = word(march(9))

    assert days_of(choose(facts(told=told), GROUND, march(9))) == (march(9), march(9))
    assert choose(facts(told=told), GROUND, march(9)).source == "ups"
    after = choose(facts(told=told), GROUND, march(10))
    assert after.source == OURS and after.window.from_date >= march(10)


def test_without_anything_learned_a_carriers_word_stands_even_when_its_day_has_passed():
    assert days_of(choose(facts(told=word(march(5))), None, march(20))) == (march(5), march(5))


def test_a_held_parcel_keeps_what_was_learned_until_its_day_has_passed():
    held = facts(course=Course.HELD, held_on=march(4))

    assert days_of(choose(held, GROUND, march(5))) == (march(5), march(6))
    assert choose(held, GROUND, march(7)).window is None
    told = facts(course=Course.HELD, held_on=march(4), told=word(march(5)))
    assert days_of(choose(told, GROUND, march(9))) == (march(5), march(5))


def test_a_parcel_that_has_come_shows_no_learned_window():
    assert choose(facts(course=Course.OVER), GROUND, march(4)).window is None


RECORD = [
    Table(key, 120, 100.0, tuple(-2.4 + 4 * level for level in LEVELS)) for key in ("e|ups", "e|ups|ups")
]


def test_a_carrier_that_is_often_late_is_believed_less():
    """Four in ten come after the day it named, one in ten more than 1.2 days that count after it."""
    choice = choose(facts(told=word(march(5))), tables(*RECORD), march(3))

    assert days_of(choice) == (march(5), march(9))  # the weekend does not count
    assert choice.why["moved_by"] == 2
    assert choice.why["told_to"] == "2026-03-05"
    assert choice.source == OURS


def test_the_drivers_own_hours_are_taken_as_they_are():
    told = word(march(5), told_at=datetime(2026, 3, 5, 13, tzinfo=UTC), hours=True)
    choice = choose(facts(told=told), tables(*RECORD), march(5))

    assert choice.window == told.window
    assert choice.source == "ups"


@pytest.mark.parametrize("n", [29, 30])
def test_a_bad_record_needs_thirty_deliveries(n):
    thin = [Table(table.key, n, float(n), table.values) for table in RECORD]
    choice = choose(facts(told=word(march(5))), tables(*thin), march(3))

    assert (choice.source == OURS) is (n == 30)


def test_what_others_did_is_not_held_against_a_carrier():
    choice = choose(facts(told=word(march(5))), tables(Table("e", 900, 900.0, RECORD[0].values)), march(3))

    assert choice.source == "ups"


@pytest.mark.parametrize(
    ("to", "arrived", "late"),
    [
        (5, "2026-03-05T12:00", -0.5),
        (5, "2026-03-04T12:00", -1.5),
        (6, "2026-03-09T12:00", 0.5),  # Friday to Monday
        (5, "2026-03-06T00:00", 0.001),
    ],
)
def test_lateness_counts_from_the_end_of_the_last_day(to, arrived, late):
    assert lateness(Days("US"), march(to), datetime.fromisoformat(arrived)) == pytest.approx(late)


moments = st.integers(0, 24 * 50).map(lambda hours: datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours))


@settings(max_examples=300, deadline=None)
@given(
    handed=moments,
    later=st.integers(0, 30),
    low=st.floats(0, 4),
    width=st.floats(0, 8),
    told=st.none() | st.integers(0, 20),
    extra=st.sets(st.sampled_from(["5", "6", "holiday"])),
    course=st.sampled_from(list(Course)),
)
def test_no_learned_window_lies_in_the_past_or_ends_before_it_begins(
    handed, later, low, width, told, extra, course
):
    today = handed.astimezone(NEW_YORK).date() + timedelta(days=later)
    own = tables(spread("t|home|ups", low, low + width), extra=frozenset(extra))
    said = word(handed.date() + timedelta(days=told), told_at=handed) if told is not None else None
    choice = choose(facts(parcel(handed), course, said, held_on=handed.date()), own, today)

    if choice.window is None:
        assert said is None
        return
    assert choice.window.from_date <= choice.window.to_date
    if choice.source == OURS:
        assert today <= choice.window.from_date
        assert course is not Course.OVER


@settings(max_examples=200, deadline=None)
@given(handed=moments, first=st.integers(0, 20), more=st.integers(0, 20))
def test_a_window_once_shown_never_moves_closer_by_waiting(handed, first, more):
    day = handed.astimezone(NEW_YORK).date() + timedelta(days=first)
    one = window(GROUND, parcel(handed), since=handed, until=day)
    two = window(GROUND, parcel(handed), since=handed, until=day + timedelta(days=more))

    assert one.to_date <= two.to_date
    assert (one.to_date < day + timedelta(days=more)) or one == two


@pytest.mark.parametrize(
    ("arrived", "ends"),
    [
        (None, "OPEN"),
        ("2026-03-04T23:59", "EARLY"),
        ("2026-03-05T00:00", "KEPT"),
        ("2026-03-06T23:59", "KEPT"),
        ("2026-03-07T00:00", "MISSED"),
        ("2026-03-01T12:00", "VOID"),
    ],
)
def test_a_promise_ends_by_the_day_at_the_door(arrived, ends):
    came = datetime.fromisoformat(arrived).replace(tzinfo=NEW_YORK) if arrived else None
    at = datetime(2026, 3, 6, 23, tzinfo=NEW_YORK)

    assert outcome(march(5), march(6), MONDAY, End(came), NEW_YORK, at) == ends
    assert outcome(march(5), march(6), MONDAY, End(void=True), NEW_YORK, at) == "VOID"


def test_a_promise_is_broken_when_its_last_day_is_over_at_the_door():
    before, after = (datetime(2026, 3, 7, hour, tzinfo=UTC) for hour in (4, 5))  # midnight is 05:00 UTC

    assert outcome(march(5), march(6), MONDAY, End(), NEW_YORK, before) == "OPEN"
    assert outcome(march(5), march(6), MONDAY, End(), NEW_YORK, after) == "MISSED"
    assert outcome(march(5), march(6), after, End(), NEW_YORK, after) == "VOID"  # never a promise
