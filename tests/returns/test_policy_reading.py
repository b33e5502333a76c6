"""Policies as JSON: what is read, what is refused and how that is said, what differs."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from returns.policy.base import Body, Condition, Fee, HolidayWindow, Rule, Terms
from returns.policy.defaults import HOUSE
from returns.policy.reading import BadPolicy, as_json, read
from returns.policy.shopper import for_shopper
from returns.policy.words import differences, rule_words, sentences

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SALE = Rule(
    "sale",
    "Sale",
    (Condition("product.tag", "is", "sale"), Condition("order.value", "at_least", 10000)),
    Terms(window_days=14, fee=Fee("flat", 500), photo=True),
)
NUMBERS = st.none() | st.integers(0, 3650)
TERMS = st.builds(
    Terms,
    allow=st.none() | st.just(False),
    window_days=NUMBERS,
    window_from=st.none() | st.sampled_from(["order", "fulfilment", "delivery"]),
    fee=st.none() | st.sampled_from([Fee(), Fee("flat", 7), Fee("percent", bp=150), Fee("label")]),
    free_over_minor=NUMBERS,
    outcomes=st.none() | st.sampled_from([("REFUND",), ("EXCHANGE", "CREDIT")]),
    photo=st.none() | st.booleans(),
    keep_under_minor=NUMBERS,
    review=st.none() | st.booleans(),
    refund_shipping=st.none() | st.sampled_from(["never", "ours", "whole"]),
)


@CALM
@given(base=TERMS, then=TERMS)
def test_a_policy_written_as_json_is_read_as_it_was(base, then):
    rules = (Rule("a", "A", (Condition("order.placed", "at_most", date(2026, 1, 2)),), then),)
    body = Body(
        base,
        rules if then != Terms() else (SALE,),
        (HolidayWindow("Xmas", date(2026, 11, 1), date(2026, 12, 24), date(2027, 1, 31)),),
    )

    assert read(as_json(body)) == body
    assert differences(body, read(as_json(body)), "USD") == []


def test_the_house_default_can_be_read():
    assert read(as_json(HOUSE)) == HOUSE


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([], "Policy: This is not a policy."),
        ({"base": {"windowdays": 3}}, "Base, windowdays: There is no such field."),
        ({"base": {"window_days": "30"}}, "Base, window_days: Must be a whole number from 0 to 3,650."),
        ({"base": {"window_days": True}}, "Base, window_days: Must be a whole number"),
        ({"base": {"outcomes": []}}, "Base, outcomes: Choose at least one of"),
        ({"base": {"fee": {"kind": "flat"}}}, "Base, fee: Say how much the fee is."),
        ({"base": {"methods": ["NONE"]}}, "Base, methods: Choose at least one of"),
        (
            {
                "rules": [
                    {"code": "a", "name": "Sale", "when": [{"fact": "weather"}], "then": {"photo": True}}
                ]
            },
            "Rule 1 “Sale”, condition 1, fact: Nobody knows such a fact.",
        ),
        (
            {"rules": [{"code": "a", "name": "Sale", "when": [{"fact": "product.tag", "op": "at_least"}]}]},
            "Rule 1 “Sale”, condition 1, op: The product's tags cannot be compared like that.",
        ),
        (
            {
                "rules": [
                    {
                        "code": "a",
                        "name": "Sale",
                        "when": [{"fact": "reason", "op": "is", "value": "BORED"}],
                        "then": {"photo": True},
                    }
                ]
            },
            "Rule 1 “Sale”, condition 1, value: “BORED” is not a reason.",
        ),
        ({"rules": [{"code": "a", "name": "Sale", "then": {}}]}, "The rule decides nothing."),
        (
            {"rules": [{"code": "a", "name": "Sale", "then": {"allow": True, "refuse": "No"}}]},
            "Rule 1 “Sale”, refuse: It cannot let in and refuse at once.",
        ),
        ({"rules": [{"code": "a", "name": "A", "then": {"photo": True}}] * 2}, "There is another rule “a”."),
        (
            {"holidays": [{"name": "X", "start": "2026-12-24", "end": "2026-11-01", "until": "2027-01-31"}]},
            "Holiday window 1, end: It ends before it begins.",
        ),
        (
            {"holidays": [{"name": "X", "start": "24.12.", "end": "2026-11-01", "until": "2027-01-31"}]},
            "Holiday window 1, start: Must be a day such as 2026-12-24.",
        ),
    ],
)
def test_what_cannot_be_read_is_named_by_rule_and_field(told, words):
    with pytest.raises(BadPolicy) as caught:
        read(told)

    assert words in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(BadPolicy) as caught:
        read({"base": {"photo": "yes", "review": 1}, "rules": [{"code": "", "name": ""}]})

    assert len(caught.value.problems) == 4


def test_a_rule_reads_as_a_sentence():
    assert rule_words(SALE, "USD") == (
        "When the product's tags include “sale” and the order's total is at least $100.00: it may come back "
        "within 14 days; a return costs $5.00; a photo is needed."
    )


def test_amounts_are_written_in_the_currency_of_the_store():
    rule = Rule("x", "X", (Condition("order.value", "at_least", 5000),), Terms(fee=Fee("flat", 500)))

    assert "¥5,000" in rule_words(rule, "JPY") and "¥500" in rule_words(rule, "JPY")
    assert "KWD5.000" in rule_words(rule, "KWD").replace("\xa0", "")


def test_what_differs_is_told_in_sentences():
    new = Body(
        Terms(**{**vars(HOUSE.base), "window_days": 60}),
        (HOUSE.rules[1], HOUSE.rules[0], SALE),
        (HolidayWindow("Xmas", date(2026, 11, 1), date(2026, 12, 24), date(2027, 1, 31)),),
    )

    told = differences(HOUSE, new, "USD")

    assert "Base: it may come back within 60 days (before: it may come back within 30 days)." in told
    assert any(words.startswith("New rule “Sale”: When") for words in told)
    assert "The rules stand in another order: Photo of what is wrong, Final sale, Sale." in told
    assert any("may come back until 31 Jan 2027" in words for words in told)
    assert any(words.startswith("Rule “Sale” is gone") for words in differences(new, HOUSE, "USD"))


def test_the_preview_says_the_whole_policy_to_staff_and_what_concerns_them_to_shoppers():
    body = Body(HOUSE.base, (*HOUSE.rules, SALE), ())

    with translation.override("en"):
        shown = for_shopper(body, "USD")

    assert sentences(body, "USD")[:3] == [
        "Everything may come back unless a rule says otherwise.",
        "It may come back within 30 days from delivery.",
        "A return costs nothing.",
    ]
    assert shown[0] == "You can return items within 30 days of their delivery."
    assert "Final sale items cannot be returned." in shown
    assert "A photo is needed for: It does not work, It arrived damaged, It is not what I ordered." in shown
    assert shown[-1].startswith("Some items have terms of their own.")
    assert not any("sale" in words and "tags" in words for words in shown)
