"""What becomes of a unit, and what it costs: pure rules."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.deductions import deduction
from returns.dispositions import Facts, propose, wrong_rules
from returns.vocabulary import OUR_FAULT, Condition, Disposition, Outcome, Reason

CONDITIONS, REASONS = st.sampled_from(list(Condition)), st.sampled_from(list(Reason))


@pytest.mark.parametrize(
    ("facts", "then"),
    [
        (Facts("AS_NEW", "UNWANTED"), "RESTOCK"),
        (Facts("OPENED", "SIZE_TOO_SMALL"), "RESTOCK"),
        (Facts("OPENED", "UNWANTED", tags=("Cosmetics",)), "DISPOSE"),
        (Facts("OPENED", "UNWANTED", type="Underwear"), "DISPOSE"),
        (Facts("AS_NEW", "UNWANTED", type="Underwear"), "RESTOCK"),
        (Facts("WORN", "UNWANTED"), "LIQUIDATE"),
        (Facts("DAMAGED", "UNWANTED"), "DISPOSE"),
        (Facts("AS_NEW", "DEFECTIVE"), "REFURBISH"),
        (Facts("OPENED", "UNWANTED", "REPAIR"), "REPAIR"),
        (Facts("NOT_OURS", "UNWANTED"), "SEND_BACK"),
        (Facts("WRONG_ITEM", "UNWANTED"), "SEND_BACK"),
        (Facts("WRONG_ITEM", "WRONG_ITEM"), "RESTOCK"),
        (Facts("MISSING", "UNWANTED"), ""),
        (Facts(""), ""),
    ],
)
def test_the_house_proposes(facts, then):
    assert propose(facts) == then


def test_a_stores_own_rule_stands_before_the_houses():
    own = [{"when": {"condition": ["WORN"], "vendor": ["acme"]}, "then": "DONATE"}]

    assert propose(Facts("WORN", vendor="ACME"), own) == "DONATE"
    assert propose(Facts("WORN", vendor="Other"), own) == "LIQUIDATE"


def test_rules_that_make_no_sense_are_passed_over_and_named():
    own = [
        {"when": {"condition": ["WORN"]}, "then": "BURN"},
        {"when": {"colour": ["red"]}, "then": "DONATE"},
        {"when": {"condition": "WORN"}, "then": "DONATE"},
        "nonsense",
        {"when": {"condition": ["WORN"]}, "then": "REPAIR"},
    ]

    assert propose(Facts("WORN"), own) == "REPAIR"
    assert wrong_rules(own) == [1, 2, 3, 4]
    assert wrong_rules({"when": {}}) == [1]


@given(CONDITIONS, REASONS, st.sampled_from(list(Outcome)), st.lists(st.text(max_size=10), max_size=3))
def test_whatever_is_on_the_bench_has_a_proposal(condition, reason, outcome, tags):
    then = propose(Facts(condition, reason, outcome, tags=tuple(tags)))

    assert then in Disposition.values if condition != Condition.MISSING else then == ""


def unit(condition, reason="UNWANTED", value=4800, keep=False):
    return SimpleNamespace(condition=condition, reason=reason, value_minor=value, keep=keep)


def rules(**own):
    return SimpleNamespace(deductions=own)


@pytest.mark.parametrize(
    ("condition", "minor"),
    [("AS_NEW", 0), ("OPENED", 0), ("WORN", 960), ("DAMAGED", 2400), ("WRONG_ITEM", 4800), ("MISSING", 4800),
     ("NOT_OURS", 4800), ("", 0)],
)  # fmt: skip
def test_the_house_deducts(condition, minor):
    assert deduction(unit(condition), rules()) == minor


@pytest.mark.parametrize("own", [{"WORN": -1}, {"WORN": 10_001}, {"WORN": "many"}, {"WORN": True}])
def test_a_figure_that_makes_no_sense_is_the_houses(own):
    assert deduction(unit("WORN"), rules(**own)) == 960


@given(CONDITIONS, REASONS, st.integers(0, 10**9), st.booleans(), st.integers(0, 10_000))
def test_a_deduction_is_never_more_than_the_worth_and_never_for_our_fault(
    condition, reason, value, keep, share
):
    taken = deduction(unit(condition, reason, value, keep), rules(**{condition: share}))

    assert 0 <= taken <= value
    if keep or (reason in OUR_FAULT and condition not in (Condition.MISSING, Condition.NOT_OURS)):
        assert taken == 0
