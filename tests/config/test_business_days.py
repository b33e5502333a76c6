"""Working days and holidays, as they are where a parcel goes."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.lib.business_days import (
    add_working_days,
    is_working_day,
    kind_of_day,
    next_working_day,
    working_days_between,
    working_time,
)

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
COUNTRIES = st.sampled_from(["US", "DE", "JP", "IL", "AE", "SA", "CN", "", "ZZ"])


@pytest.mark.parametrize(
    ("day", "country", "region", "kind"),
    [
        (date(2025, 12, 24), "DE", "", ""),
        (date(2025, 12, 25), "DE", "", "holiday"),
        (date(2025, 12, 26), "DE", "", "holiday"),
        (date(2025, 12, 27), "DE", "", "5"),
        (date(2025, 7, 4), "US", "", "holiday"),
        (date(2026, 7, 3), "US", "", "holiday"),  # the fourth is a Saturday: observed on Friday
        (date(2025, 5, 5), "JP", "", "holiday"),  # Golden Week
        (date(2025, 5, 6), "JP", "", "holiday"),
        (date(2025, 5, 2), "JP", "", ""),
        (date(2025, 11, 21), "IL", "", "4"),  # Friday and Saturday
        (date(2025, 11, 23), "IL", "", ""),
        (date(2025, 11, 21), "AE", "", ""),  # Saturday and Sunday since 2022
        (date(2025, 11, 22), "AE", "", "5"),
        (date(2025, 9, 28), "CN", "", ""),  # a Sunday that is worked to make up for the National Day week
        (date(2025, 6, 19), "DE", "BY", "holiday"),  # Corpus Christi in Bavaria, not in Berlin
        (date(2025, 6, 19), "DE", "BE", ""),
        (date(2025, 6, 19), "DE", "nowhere", ""),
        (date(2025, 12, 25), "ZZ", "", ""),
        (date(2025, 12, 27), "", "", "5"),
    ],
)
def test_a_day_is_of_its_kind_where_it_is(day, country, region, kind):
    assert kind_of_day(day, country, region) == kind
    assert is_working_day(day, country.lower(), region.lower()) is (kind == "")


def test_working_days_skip_weekend_and_holidays():
    assert add_working_days(date(2025, 12, 23), 2, "DE") == date(2025, 12, 29)
    assert add_working_days(date(2025, 7, 3), 1, "US") == date(2025, 7, 7)
    assert add_working_days(date(2025, 5, 2), 1, "JP") == date(2025, 5, 7)
    assert next_working_day(date(2025, 11, 21), "IL") == date(2025, 11, 23)
    assert working_days_between(date(2025, 12, 24), date(2025, 12, 29), "DE") == 1


@settings(deadline=None)
@given(day=DAYS, days=st.integers(1, 40), country=COUNTRIES)
def test_counting_and_adding_agree(day, days, country):
    end = add_working_days(next_working_day(day, country), days, country)

    assert is_working_day(end, country)
    assert working_days_between(next_working_day(day, country), end, country) == days
    assert working_days_between(end, day, country) == 0


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)]
)
def test_a_working_day_is_as_long_as_its_clock_says(day, hours):
    """Sundays are worked in Saudi Arabia; the clock is one that changes."""
    zone = ZoneInfo("Europe/Berlin")
    start, end = (datetime.combine(d, datetime.min.time(), zone) for d in (day, day + timedelta(days=1)))
    worked = timedelta(hours=hours) if day.weekday() == 6 else timedelta(0)

    assert working_time(start, end, zone, "SA") == worked


def test_friday_evening_to_monday_evening_is_one_day():
    zone = ZoneInfo("Europe/Berlin")
    friday, monday = datetime(2026, 3, 6, 18, tzinfo=zone), datetime(2026, 3, 9, 18, tzinfo=zone)

    assert working_time(friday, monday, zone, "DE") == timedelta(days=1)
    assert working_time(monday, friday, zone, "DE") == timedelta(0)
