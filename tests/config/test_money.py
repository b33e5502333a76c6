"""No cent is lost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.lib.money import BadMoney, Money, exponent, major, minor, split

amounts = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("12.50", "USD", 1250),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("-0.01", "EUR", -1),
        ("0.005", "USD", 1),
        ("", "USD", 0),
        (None, "USD", 0),
    ],
)
def test_amounts_are_read_into_minor_units(text, currency, expected):
    assert minor(text, currency) == expected


@pytest.mark.parametrize("bad", [1.5, "twelve", "1,5", True, "NaN", "Infinity"])
def test_what_is_not_an_exact_amount_is_refused(bad):
    with pytest.raises(BadMoney):
        minor(bad, "USD")


def test_an_unknown_currency_is_refused():
    with pytest.raises(BadMoney):
        exponent("ABC")


@given(amounts, st.sampled_from(["USD", "JPY", "KWD"]))
def test_minor_and_major_are_each_others_inverse(amount, currency):
    assert minor(major(amount, currency), currency) == amount


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_parts_always_sum_to_the_whole(amount, weights):
    parts = split(amount, weights)

    assert sum(parts) == amount
    total = sum(weights)
    if total:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(Decimal(part) - Decimal(amount) * weight / total) < 1


def test_money_is_written_as_people_of_a_language_write_it():
    assert Money(1250, "USD").format("en") == "$12.50"
    assert Money(1250, "EUR").format("de") == "12,50\xa0€"
    assert Money(1250, "JPY").format("en") == "¥1,250"
