"""Tables of quantiles, made of deliveries and lent from wider groups."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.eta import lanes
from tracking.eta.lanes import Lane
from tracking.eta.learning import History, Place, learn
from tracking.eta.tables import LEVELS, Table, own_distribution, shrunk

TODAY = date(2026, 3, 2)
US = Place("ups", "US")
values = st.lists(st.floats(0, 30), min_size=1, max_size=60)


def table(key, found, wider=None, k=10.0, done=None):
    found = np.array(found, dtype=float)
    reached = np.ones(len(found)) if done is None else np.array(done, dtype=float)
    return shrunk(key, found, np.ones(len(found)), reached, wider, k)


def history(ways, keys=("t", "t|home", "t|home|ups"), place=US, start=TODAY):
    """`ways`: (days ago, working days needed, clock)."""
    rows = History()
    for ago, needed, clock in ways:
        since = start - timedelta(days=ago)
        until = since + timedelta(days=needed)
        rows.add(keys, place, since, until, clock)
    return rows


@settings(max_examples=200, deadline=None)
@given(own=values, others=values, k=st.floats(0.5, 100))
def test_quantiles_rise_and_stay_within_what_was_seen(own, others, k):
    wider = table("t", others)
    made = table("t|home", own, wider, k)

    assert list(made.values) == sorted(made.values)
    assert min(own + others) - 1e-3 <= made.values[0] <= made.values[-1] <= max(own + others) + 1e-3


@settings(max_examples=200, deadline=None)
@given(own=values, passed=st.floats(0, 40), levels=st.lists(st.floats(0.01, 0.99), min_size=2, max_size=2))
def test_what_is_left_never_lies_behind_and_rises_with_the_level(own, passed, levels):
    made = table("t", own)
    low, high = (made.beyond(passed, level) for level in sorted(levels))

    assert passed <= low <= high


@settings(max_examples=100, deadline=None)
@given(own=values, level=st.floats(0.05, 0.95), passed=st.lists(st.floats(0, 25), min_size=2, max_size=2))
def test_who_waits_longer_is_never_told_an_earlier_end(own, level, passed):
    made = table("t", own)
    first, second = (made.beyond(time, level) for time in sorted(passed))

    assert first <= second + 1e-6 or second >= max(passed)


def test_a_thin_group_leans_on_the_wider_one_and_a_full_one_stands_alone():
    wider = table("t", [2.5] * 50 + [3.5] * 50)
    few, many = (table("t|home", [6.5] * count, wider, k=20) for count in (5, 2000))

    assert few.quantile(0.5) < 4
    assert many.quantile(0.5) == pytest.approx(6.5, abs=0.01)
    assert many.quantile(0.01) > 2


def test_a_mixed_distribution_is_the_weighted_mean_of_both():
    wider, own = [1.0 + n / 100 for n in range(100)], [5.0 + n / 100 for n in range(30)]
    made = table("t|home", own, table("t", wider), k=10)

    assert made.cdf(3.5) == pytest.approx(10 / 40, abs=0.02)
    assert made.weight == pytest.approx(30)


def test_parcels_that_are_still_on_their_way_make_a_table_slower():
    came = [2.0] * 60
    alone = table("t", came)
    waiting = table("t", [*came, *[5.0] * 40, 6.0, 7.0], done=[1] * 60 + [0] * 40 + [1, 1])

    assert alone.quantile(0.9) == pytest.approx(2.0, abs=0.01)
    assert waiting.quantile(0.9) > 5


def test_kaplan_and_meier_as_in_the_book():
    """Times 1, 2+, 3: after 1 two thirds are left, after 3 none (2+ left unobserved)."""
    steps, below = own_distribution(np.array([1.0, 2.0, 3.0]), np.ones(3), np.array([1.0, 0.0, 1.0]))

    assert list(steps) == [1.0, 3.0]
    assert list(below) == pytest.approx([1 / 6, (1 / 3 + 1) / 2])


def test_a_slow_down_is_learned_within_weeks():
    """Two days for a year; four for the last three weeks."""
    ways = [(ago, 4 if ago < 24 else 2, 0.5) for ago in range(5, 365) for _ in range(3)]
    place = Place("ups", "ZZ")
    steady = learn(history([(ago, 2, 0.5) for ago in range(5, 365)], place=place), today=TODAY)
    slower = learn(history(ways, place=place), today=TODAY)

    assert steady.tables["t"].quantile(0.9) < 3
    assert slower.tables["t"].quantile(0.9) > 3.5


def test_weekend_delivery_is_learned_not_assumed():
    """Every day of the week brings parcels to one carrier's customers, working days alone to another's."""
    rows = History()
    for ago in range(5, 120):
        since = TODAY - timedelta(days=ago)
        for who, to in (("daily", since + timedelta(days=2)), ("plain", since + timedelta(days=2))):
            if who == "plain" and to.weekday() > 4:
                to += timedelta(days=7 - to.weekday())
            rows.add(("t", "t|home", f"t|home|{who}"), Place(who, "ZZ"), since, to, 0.5)
    learned = learn(rows, today=TODAY)

    assert learned.extra == {("daily", "ZZ"): frozenset({"5", "6"})}
    sunday = date(2026, 2, 22)
    assert learned.days(Place("daily", "ZZ")).counts(sunday)
    assert not learned.days(Place("plain", "ZZ")).counts(sunday)
    assert learned.tables["t|home|daily"].quantile(0.5) == pytest.approx(2.5, abs=0.1)


def test_a_stray_sunday_makes_no_sunday_delivery():
    ways = [(ago, 1, 0.5) for ago in range(5, 200) if (TODAY - timedelta(days=ago)).weekday() < 4]
    sundays = [ago for ago in range(5, 60) if (TODAY - timedelta(days=ago)).weekday() == 5][:3]
    place = Place("ups", "ZZ")
    learned = learn(history(ways * 5 + [(ago, 1, 0.5) for ago in sundays], place=place), today=TODAY)

    assert learned.extra == {}


def test_groups_of_a_handful_have_no_table_of_their_own():
    rows = history([(ago, 2, 0.5) for ago in range(5, 60)])
    for ago in (5, 6, 7):
        since = TODAY - timedelta(days=ago)
        rows.add(("t", "t|home", "t|home|rare"), US, since, since + timedelta(days=9), 0.5)
    learned = learn(rows, today=TODAY)

    assert "t|home|ups" in learned.tables
    assert "t|home|rare" not in learned.tables


def test_nothing_is_learned_from_nothing():
    assert learn(History(), today=TODAY).tables == {}


def test_a_parcel_belongs_to_ever_wider_groups():
    lane = Lane("UPS", "UPS® Ground", "us", "OR", "US", "NY", "10115-1234")
    keys = lanes.transit(lane, date(2026, 3, 6))

    assert keys[-1] == "t|home|ups|ups ground|US-OR>US|10|4"
    assert all(narrow.startswith(wide) for wide, narrow in zip(keys, keys[1:], strict=False))
    assert lanes.words(keys[-1]) == "ups ups ground US-OR→US, postcodes 10…, handed over on Fridays"
    assert lanes.transit(Lane("dhl", to_country="DE"), date(2026, 3, 6))[-1] == "t|home|dhl|-|?>DE|-|4"


@pytest.mark.parametrize(
    ("code", "area"), [("SW1A 1AA", "SW"), ("10115", "10"), ("", ""), ("m5v 2t6", "M"), ("〒", "")]
)
def test_an_area_is_the_beginning_of_a_postcode(code, area):
    assert lanes.area_of(code) == area


@settings(deadline=None)
@given(text=st.text(max_size=60) | st.text("AB|>", min_size=200, max_size=300))
def test_whatever_stands_in_an_address_a_key_keeps_its_depth_and_fits(text):
    keys = lanes.transit(Lane(text, text, text, text, text, text, text), date(2026, 3, 6))

    assert [key.count("|") for key in keys] == list(range(7))
    assert all(
        len(key) <= 200
        for key in (*keys, *lanes.last_leg(Lane(text, text)), *lanes.record(text, Lane(text, text), 3))
    )
    assert lanes.words(keys[-1])


def test_a_table_reads_back_what_it_was_made_of():
    made = Table("t", 3, 3.0, tuple(LEVELS))

    assert made.quantile(0.5) == pytest.approx(0.5)
    assert made.cdf(0.25) == pytest.approx(0.25)
    assert (made.cdf(-1), made.cdf(2)) == (0, 1)
