"""What a return comes to: arithmetic with no cent lost, whatever the currency."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.policy.base import Fee
from returns.quote import Entry, Quote, QuoteUnit, entry_of, quote, share, sums

REFUND, EXCHANGE, CREDIT, REPAIR = "REFUND", "EXCHANGE", "CREDIT", "REPAIR"


def unit(value=5000, outcome=REFUND, key="1-0", **given):
    return QuoteUnit(key, value, outcome, **given)


def made(*units, left=1_000_000, **given):
    return quote(units, currency=given.pop("currency", "USD"), left_minor=left, **given)


def test_money_back_is_what_was_paid():
    assert made(unit(4999), unit(1, key="1-1")).refund_minor == 5000


def test_a_dearer_exchange_is_due_and_does_not_vanish():
    # microsoft/BCApps#10467: the refund was floored at 0 and the 150 owed were gone.
    told = made(unit(10_000, EXCHANGE, price_minor=25_000))

    assert (told.refund_minor, told.due_minor) == (0, 15_000)


def test_a_dearer_exchange_takes_what_else_goes_back_first():
    told = made(unit(3000), unit(5000, EXCHANGE, key="1-1", price_minor=10_000))

    assert (told.refund_minor, told.due_minor) == (0, 2000)


def test_a_cheaper_exchange_gives_the_difference_back():
    told = made(unit(5000, EXCHANGE, price_minor=3999))

    assert (told.refund_minor, told.due_minor, told.units[0].difference_minor) == (1001, 0, 1001)


def test_a_bonus_makes_an_exchange_cheaper_and_is_never_paid_out():
    dearer = made(unit(5000, EXCHANGE, price_minor=5300, bonus_bp=1000))
    cheaper = made(unit(5000, EXCHANGE, price_minor=3000, bonus_bp=1000))

    assert (dearer.due_minor, dearer.refund_minor, dearer.bonus_minor) == (0, 0, 300)
    assert (cheaper.refund_minor, cheaper.bonus_minor) == (2000, 0)


@pytest.mark.parametrize(
    ("currency", "value", "bp", "bonus"),
    [("USD", 4999, 1000, 500), ("JPY", 995, 1000, 100), ("KWD", 12_345, 250, 309), ("USD", 3, 1000, 0)],
)
def test_a_bonus_on_credit_is_halves_up_in_every_currency(currency, value, bp, bonus):
    told = made(unit(value, CREDIT, bonus_bp=bp), currency=currency)

    assert (told.credit_minor, told.bonus_minor, told.refund_minor) == (value + bonus, bonus, 0)


def test_a_flat_fee_is_asked_once_for_several_units():
    fee = Fee("flat", 500)

    told = made(unit(fee=fee), unit(key="1-1", fee=fee))

    assert (told.fee_minor, told.refund_minor, told.fee_kind) == (500, 9500, "flat")


def test_a_fee_in_per_cent_is_each_units_own():
    told = made(unit(3333, fee=Fee("percent", bp=1000)), unit(1000, key="1-1"))

    assert (told.fee_minor, told.units[0].fee_minor, told.units[1].fee_minor) == (333, 333, 0)


def test_a_fee_of_the_label_costs_what_a_label_costs():
    assert made(unit(fee=Fee("label")), label_cost_minor=795).refund_minor == 4205


def test_a_fee_is_never_more_than_what_goes_back():
    told = made(unit(300, fee=Fee("flat", 500)))

    assert (told.refund_minor, told.fee_minor, told.due_minor) == (0, 300, 0)


def test_a_fee_is_taken_off_money_then_off_credit_then_off_nothing():
    fee = Fee("flat", 500)
    mixed = made(unit(200, fee=fee), unit(1000, CREDIT, key="1-1", fee=fee))
    swapped = made(unit(5000, EXCHANGE, price_minor=5000, fee=fee))

    assert (mixed.refund_minor, mixed.credit_minor, mixed.fee_minor) == (0, 700, 500)
    assert (swapped.due_minor, swapped.fee_minor) == (0, 0)


@pytest.mark.parametrize("free", [{"our_fault": True}, {"kept": True}, {"free_over_minor": 5000}])
def test_nothing_is_asked_where_the_return_is_free(free):
    assert made(unit(fee=Fee("flat", 500), **free)).fee_minor == 0


def test_one_cent_below_the_free_sum_costs_the_fee():
    assert made(unit(4999, fee=Fee("flat", 500), free_over_minor=5000)).fee_minor == 500


def test_shipping_goes_back_for_our_fault_and_for_the_whole_order():
    ours = made(unit(refund_shipping="ours", our_fault=True), shipping_minor=500)
    theirs = made(unit(refund_shipping="ours"), shipping_minor=500)
    whole = made(unit(refund_shipping="whole"), shipping_minor=500, whole=True)
    part = made(unit(refund_shipping="whole"), shipping_minor=500)
    swapped = made(
        unit(EXCHANGE and 5000, EXCHANGE, price_minor=5000, refund_shipping="whole"),
        shipping_minor=500,
        whole=True,
    )

    assert [told.refund_minor for told in (ours, theirs, whole, part, swapped)] == [5500, 5000, 5500, 5000, 0]
    assert [told.shipping_why for told in (ours, theirs, whole)] == ["ours", "", "whole"]


def test_no_more_goes_back_than_is_left_of_the_order():
    told = made(unit(5000), unit(5000, CREDIT, key="1-1"), left=7000)

    assert (told.refund_minor, told.credit_minor, told.capped_minor) == (5000, 2000, 3000)


def test_what_went_into_something_else_is_not_left_to_go_back():
    told = made(unit(5000), unit(5000, EXCHANGE, key="1-1", price_minor=5000), left=6000)

    assert (told.refund_minor, told.capped_minor) == (1000, 4000)


def test_a_gift_gives_nothing_to_whoever_paid():
    told = made(
        unit(5000, EXCHANGE, price_minor=4000, refund_shipping="whole"),
        shipping_minor=500,
        whole=True,
        gift=True,
    )

    assert (told.refund_minor, told.credit_minor, told.shipping_minor) == (0, 1000, 0)


def test_a_repair_gives_nothing_back_and_costs_nothing():
    told = made(unit(outcome=REPAIR, fee=Fee("flat", 500)))

    assert (told.refund_minor, told.credit_minor, told.fee_minor, told.due_minor) == (0, 0, 0, 0)


def test_a_quote_is_kept_as_json_and_read_again():
    told = made(unit(5000, CREDIT, bonus_bp=1000, fee=Fee("percent", bp=500)), unit(key="1-1"))

    assert Quote.from_json(json.loads(json.dumps(told.as_json()))) == told
    assert Quote.from_json({}, "JPY") == Quote("JPY")


units = st.lists(
    st.builds(
        QuoteUnit,
        key=st.just("1-0"),
        value_minor=st.integers(0, 50_000),
        outcome=st.sampled_from([REFUND, EXCHANGE, CREDIT, REPAIR]),
        our_fault=st.booleans(),
        kept=st.booleans(),
        fee=st.one_of(
            st.just(Fee()),
            st.builds(Fee, kind=st.just("flat"), amount_minor=st.integers(0, 3_000)),
            st.builds(Fee, kind=st.just("percent"), bp=st.integers(0, 10_000)),
            st.just(Fee("label")),
        ),
        free_over_minor=st.integers(0, 60_000),
        bonus_bp=st.integers(0, 3_000),
        price_minor=st.integers(0, 60_000),
        refund_shipping=st.sampled_from(["never", "ours", "whole"]),
    ),
    max_size=6,
)


@given(
    units=units,
    left=st.integers(0, 200_000),
    shipping=st.integers(0, 2_000),
    whole=st.booleans(),
    gift=st.booleans(),
)
def test_every_cent_of_a_quote_is_accounted_for(units, left, shipping, whole, gift):
    told = quote(
        units,
        currency="USD",
        left_minor=left,
        shipping_minor=shipping,
        whole=whole,
        label_cost_minor=700,
        gift=gift,
    )

    worth = sum(unit.value_minor for unit in units if unit.outcome != REPAIR)
    new = sum(unit.price_minor for unit in told.units)
    given_ = told.refund_minor + told.credit_minor + told.capped_minor + new + told.fee_minor
    assert given_ == worth + told.shipping_minor + told.bonus_minor + told.due_minor
    assert min(told.refund_minor, told.credit_minor, told.fee_minor, told.due_minor, told.capped_minor) >= 0
    assert told.shipping_minor in (0, shipping)
    assert told.refund_minor == 0 or told.due_minor == 0
    credit_bonus = sum(share(u.value_minor, u.bonus_bp) for u in units if u.outcome == CREDIT)
    assert told.refund_minor + told.credit_minor - credit_bonus <= left
    if gift:
        assert told.refund_minor == 0


@given(units=units, paid=st.integers(0, 100_000))
def test_what_is_paid_for_dearer_exchanges_never_comes_back_as_a_refund(units, paid):
    told = quote(units, currency="USD", left_minor=10**9)
    entries = [entry_of(unit) for unit in told.units]

    before, after = sums(entries), sums(entries, paid_minor=paid)

    assert after.refund_minor == before.refund_minor
    assert after.due_minor == max(before.due_minor - paid, 0)


def test_an_entry_of_something_else_has_no_difference():
    assert Entry(REFUND, 500, 900).difference_minor == 0
