"""Numbers and dates mean one thing or are refused: never the wrong one in silence."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.imports import numbers, times, words
from tracking.imports.errors import BadValue
from tracking.vocabulary import Status


@pytest.mark.parametrize(
    ("told", "mark", "currency", "expected"),
    [
        ("€ 12,50", ",", "EUR", 1250),
        ("1.234,50 €", ",", "EUR", 123450),
        ("EUR 1 234,50", ",", "EUR", 123450),
        ("$1,234.50", ".", "USD", 123450),
        ("1'234.50", ".", "CHF", 123450),
        ("12,–", ",", "EUR", 1200),
        ("-5,10", ",", "EUR", -510),
        ("(5.10)", ".", "USD", -510),
        ("5.10-", ".", "USD", -510),
        ("-$5.10", ".", "USD", -510),
        ("1,200", ".", "JPY", 1200),
        ("¥1200", ".", "JPY", 1200),
        ("1.5", ".", "KWD", 1500),
        ("12", "", "EUR", 1200),
        (12, ",", "EUR", 1200),
        (Decimal("12.5"), ",", "EUR", 1250),
    ],
)
def test_amounts_are_read_to_minor_units(told, mark, currency, expected):
    assert numbers.minor(told, currency, mark) == expected


@pytest.mark.parametrize(
    ("told", "mark", "currency", "why"),
    [
        ("1,234", "", "EUR", "two ways"),
        ("12.5", ",", "EUR", "decimal comma"),
        ("12,5", ".", "EUR", "decimal point"),
        ("1.5", ".", "JPY", "JPY has none"),
        ("£5", ".", "EUR", "not in EUR"),
        ("USD 5", ".", "EUR", "not in EUR"),
        ("abc", ".", "EUR", "not an amount"),
        ("1.2.3", ".", "EUR", "not a number"),
        ("--5", ".", "EUR", "not a number"),
        ("1e5", ".", "EUR", "not a"),
        ("9" * 30, ".", "EUR", "too large"),
        ("9" * 60, ".", "EUR", "too long"),
        (True, ".", "EUR", "not a"),
    ],
)
def test_amounts_that_could_be_another_are_refused(told, mark, currency, why):
    with pytest.raises(BadValue, match=why):
        numbers.minor(told, currency, mark)


@given(st.integers(-(10**12), 10**12), st.sampled_from(".,"), st.sampled_from(["", "group", "space"]))
def test_an_amount_written_in_either_convention_comes_back(minor, mark, grouping):
    whole, cents = divmod(abs(minor), 100)
    other = {"": "", "group": "," if mark == "." else ".", "space": "\u202f"}[grouping]
    text = f"{'-' if minor < 0 else ''}{whole:,}".replace(",", other) + f"{mark}{cents:02}"

    assert numbers.minor(text, "EUR", mark) == minor


@given(st.text(max_size=20), st.sampled_from(["", ".", ","]))
def test_no_text_breaks_the_reading_of_numbers(text, mark):
    with suppress(BadValue):
        numbers.minor(text, "EUR", mark)


def test_a_sample_says_which_mark_is_the_decimal_one_or_that_it_does_not():
    assert numbers.detect(["1,234", "7", "12.50"]).choice == "."
    assert numbers.detect(["1.234", "12,5", "€ 3,00"]).choice == ","
    assert numbers.detect(["1,234", "2,500"]).ambiguous
    assert numbers.detect(["1.50", "1,50"]).ambiguous
    assert numbers.detect(["1", "", "x", Decimal("1.5")]) == numbers.Finding(
        words="No number in the first rows has a decimal mark."
    )


@pytest.mark.parametrize(
    ("told", "order", "expected"),
    [
        ("2026-03-10", "", "2026-03-09T23:00"),
        ("2026-03-10T12:00:00Z", "", "2026-03-10T12:00"),
        ("2026-03-10 12:00:00 -0400", "", "2026-03-10T16:00"),
        ("2026/03/10 12:00", "", "2026-03-10T11:00"),
        ("31.12.2026", "", "2026-12-30T23:00"),
        ("31.12.26 14:30", "", "2026-12-31T13:30"),
        ("31.12.2026, 14:30 Uhr", "", "2026-12-31T13:30"),
        ("12/31/2026", "", "2026-12-30T23:00"),
        ("31/12/2026", "", "2026-12-30T23:00"),
        ("03/04/2026 2:30 PM", "mdy", "2026-03-04T13:30"),
        ("03/04/2026 14:30", "dmy", "2026-04-03T12:30"),
        ("12:00 am", "", None),
        ("Mar 10, 2026 at 3:00 pm", "", "2026-03-10T14:00"),
        ("10. März 2026", "", "2026-03-09T23:00"),
        ("10 mars 2026 14h30", "", "2026-03-10T13:30"),
        ("25.10.2026 02:30", "", "2026-10-25T00:30"),
        ("2026-10-25 02:30 +0100", "", "2026-10-25T01:30"),
    ],
)
def test_dates_in_many_forms(told, order, expected):
    if expected is None:
        with pytest.raises(BadValue):
            times.moment(told, order, "Europe/Berlin")
        return
    found = times.moment(told, order, "Europe/Berlin")
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "order", "why"),
    [
        ("03/04/2026", "", "two ways"),
        ("13/04/2026", "mdy", "not a day of the calendar"),
        ("31.02.2026", "", "not a day of the calendar"),
        ("29.03.2026 02:30", "", "never was in Europe/Berlin"),
        ("46000", "", "not a date"),
        (46000, "", "is a number"),
        ("2026-03-10 25:00", "", "not a date and time"),
        ("2026-03-10 12", "", "not a date and time"),
        ("0001-01-01", "", "anybody means"),
        ("soon", "", "not a date"),
    ],
)
def test_dates_that_could_be_another_or_never_were_are_refused(told, order, why):
    with pytest.raises(BadValue, match=why):
        times.moment(told, order, "Europe/Berlin")


def test_a_day_begins_when_its_clocks_do():
    cairo = times.moment("2026-04-24", "", "Africa/Cairo")

    assert cairo.astimezone(ZoneInfo("Africa/Cairo")).isoformat() == "2026-04-24T01:00:00+03:00"


FORMS = {"dmy": "%d/%m/%Y %H:%M:%S", "mdy": "%m/%d/%Y %I:%M:%S %p", "": "%d.%m.%Y %H:%M:%S"}
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001


@given(
    MOMENTS,
    st.sampled_from(sorted(FORMS)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
)
def test_a_local_time_written_in_any_form_comes_back(local, order, zone):
    local = local.replace(microsecond=0)
    there = local.replace(tzinfo=ZoneInfo(zone))
    if there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        with pytest.raises(BadValue, match="never was"):
            times.moment(local.strftime(FORMS[order]), order, zone)
        return

    assert times.moment(local.strftime(FORMS[order]), order, zone) == there


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(["dmy", "mdy"]))
def test_a_date_is_never_read_as_another_day(day, order):
    text = day.strftime("%d/%m/%Y" if order == "dmy" else "%m/%d/%Y")

    assert times.day(text, order) == day
    found = times.detect([text])
    assert found.choice in ("", order)
    if found.choice == "" and day.day != day.month:
        assert found.ambiguous


@given(st.text(max_size=30), st.sampled_from(["", "dmy", "mdy"]))
def test_no_text_breaks_the_reading_of_dates(text, order):
    with suppress(BadValue):
        times.moment(text, order, "Europe/Berlin")


def test_offsets_and_zones_of_a_row():
    assert times.moment("2026-07-01 12:00", "", "+05:30") == datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
    assert times.zone_of("-03").utcoffset(None) == -timedelta(hours=3)
    with pytest.raises(BadValue, match="not a time zone"):
        times.zone_of("Mars/Olympus")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("yes", True),
        ("NEIN", False),
        ("Oui", True),
        ("0", False),
        (True, True),
        ("unsubscribed", False),
        ("x", True),
    ],
)
def test_yes_and_no_in_three_languages(told, expected):
    assert words.flag(told) is expected


def test_words_that_are_no_answer_are_refused():
    with pytest.raises(BadValue, match="neither yes nor no"):
        words.flag("perhaps")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("DE", "DE"),
        ("deu", "DE"),
        ("Deutschland", "DE"),
        ("États-Unis", "US"),
        ("UK", "GB"),
        ("Österreich", "AT"),
    ],
)
def test_countries_by_code_and_by_name(told, code):
    assert words.country(told) == code


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("DELIVERED", Status.DELIVERED),
        ("out_for_delivery", Status.OUT_FOR_DELIVERY),
        ("Zugestellt", Status.DELIVERED),
        ("Votre colis est en cours de livraison", Status.OUT_FOR_DELIVERY),
        ("Quibble", Status.UNKNOWN),
    ],
)
def test_a_parcels_status_by_our_words_or_a_carriers(told, status):
    assert words.status(told) == status
