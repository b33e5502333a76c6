"""The clock that transit times are measured on."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.eta.days import Days, end_of_day, on_the_wall, part_of_day, positions
from tracking.eta.where import calendar_region, zone_at

PLACES = st.sampled_from(
    [
        Days("US"),
        Days("US", extra=frozenset({"5"})),
        Days("DE", "BY"),
        Days("JP"),
        Days("IL"),
        Days("AE", extra=frozenset({"6", "holiday"})),
        Days("ZZ", extra=frozenset({"5", "6"})),
    ]
)
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("days", "since", "moment", "position"),
    [
        # Handed over on Friday evening, at the door on Monday noon.
        (Days("US"), "2025-11-21", "2025-11-24T12:00", 1.5),
        # The same with a carrier that delivers on Saturdays.
        (Days("US", extra=frozenset({"5"})), "2025-11-21", "2025-11-24T12:00", 2.5),
        (Days("US", extra=frozenset({"5"})), "2025-11-21", "2025-11-22T12:00", 1.5),
        # Over Christmas in Germany: 25 and 26 December are holidays, then a weekend.
        (Days("DE"), "2025-12-23", "2025-12-29T06:00", 2.25),
        # Fourth of July, a Friday.
        (Days("US"), "2025-07-03", "2025-07-07T18:00", 1.75),
        # Golden Week: 29 April to 6 May has three working days.
        (Days("JP"), "2025-04-28", "2025-05-07T12:00", 4.5),
        # Israel works on Sundays, the Emirates on Fridays.
        (Days("IL"), "2025-11-20", "2025-11-23T12:00", 1.5),
        (Days("AE"), "2025-11-20", "2025-11-21T12:00", 1.5),
        # On the day itself.
        (Days("US"), "2025-11-21", "2025-11-21T18:00", 0.75),
        (Days("US"), "2025-11-22", "2025-11-22T18:00", 0.75),
    ],
)
def test_a_way_is_as_long_as_the_days_that_count(days, since, moment, position):
    since = date.fromisoformat(since)

    assert days.position(since, at(moment)) == pytest.approx(position)
    assert days.moment(since, position) == at(moment)


def test_what_comes_on_a_day_off_stands_at_the_end_of_the_day_before():
    sunday = Days("US").position(date(2025, 11, 20), at("2025-11-23T15:00"))

    assert 1 < sunday < 2
    assert Days("US").moment(date(2025, 11, 20), sunday).date() == date(2025, 11, 21)


@settings(max_examples=300, deadline=None)
@given(days=PLACES, since=DAYS, position=st.floats(0, 30))
def test_a_position_has_one_moment_on_a_day_that_counts(days, since, position):
    moment = days.moment(since, position)

    assert moment.date() == since or days.counts(moment.date())
    assert days.position(since, moment) == pytest.approx(position, abs=2e-5)


@settings(max_examples=200, deadline=None)
@given(days=PLACES, since=DAYS, hours=st.lists(st.integers(0, 24 * 30), min_size=2, max_size=2))
def test_later_is_never_a_smaller_position(days, since, hours):
    start = datetime.combine(since, datetime.min.time())
    first, second = (days.position(since, start + timedelta(hours=n)) for n in sorted(hours))

    assert first <= second


@settings(max_examples=60, deadline=None)
@given(days=PLACES, since=DAYS, ways=st.lists(st.floats(0, 20), min_size=1, max_size=5))
def test_many_positions_at_once_are_the_same_as_one_by_one(days, since, ways):
    moments = [datetime.combine(since, datetime.min.time()) + timedelta(days=way) for way in ways]
    span = (since.toordinal() - 3, since.toordinal() + 40)
    found = positions(
        days,
        np.full(len(ways), since.toordinal()),
        np.array([moment.toordinal() for moment in moments]),
        np.array([part_of_day(moment) for moment in moments]),
        span,
    )

    assert list(found) == pytest.approx([days.position(since, moment) for moment in moments])


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
def test_the_clocks_of_a_night_that_changes_them_are_the_wall_clocks(day):
    """Noon is noon, whether the night before had one hour more or less."""
    zone = ZoneInfo("America/New_York")
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)

    assert part_of_day(on_the_wall(noon, zone)) == 0.5
    start = datetime.combine(day, datetime.min.time(), zone)
    assert end_of_day(day, zone) - start == timedelta(hours=23 if day.month == 3 else 25)


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        (("US", "OR", "US", "America/New_York"), "America/Los_Angeles"),
        (("US", "", "US", "America/Denver"), "America/Denver"),
        (("US", "NY", "US", "America/Los_Angeles"), "America/New_York"),
        (("US", "US-FL", "US", "America/Chicago"), "America/New_York"),
        (("CA", "ON", "CA", "America/Vancouver"), "America/Toronto"),
        (("AU", "VIC", "AU", "Australia/Perth"), "Australia/Melbourne"),
        (("US", "", "DE", "Europe/Berlin"), "America/New_York"),
        (("AU", "WA", "DE", "Europe/Berlin"), "Australia/Perth"),
        (("CA", "CA-BC", "US", "America/New_York"), "America/Vancouver"),
        (("DE", "BY", "US", "America/New_York"), "Europe/Berlin"),
        (("", "", "US", "America/New_York"), "America/New_York"),
    ],
)
def test_a_door_has_the_clock_of_its_state(place, zone):
    assert str(zone_at(*place)) == zone


def test_holidays_of_a_state_count_where_they_stop_carriers():
    assert calendar_region("DE", "DE-BY") == calendar_region("de", "BY") == "BY"
    assert calendar_region("DE", "Bavaria") == calendar_region("US", "TX") == ""
