"""What a policy decides: priority, windows in every zone, which of two verdicts is kinder."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from returns.policy.base import Body, Condition, Fee, HolidayWindow, Rule, Terms, Verdict
from returns.policy.deciding import Case, decide, hear
from returns.policy.defaults import BASE, HOUSE
from returns.policy.facts import FACTS, holds
from returns.policy.verdicts import as_json, as_kind, choose, from_json
from returns.policy.windows import Moments, end_of_day, ends, kindest, windows
from returns.vocabulary import OUR_FAULT, Outcome, Reason

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ZONES = sorted(
    zone
    for zone in available_timezones()
    if zone.split("/")[0] in ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Pacific")
)


def case(at=NOON, delivered=NOON, worth=5000, **known):
    facts = {name.replace("__", "."): value for name, value in known.items()}
    return Case(facts, Moments(NOON, NOON, delivered), ZoneInfo("UTC"), at, worth, "USD", {})


def rule(code, then, *when):
    return Rule(code, code.title(), when, then)


# --- windows ---
@CALM
@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(0, 4 * 366 * 24 * 60).map(lambda n: NOON - timedelta(minutes=n)),
    days=st.integers(0, 400),
)
@example(zone="Pacific/Pago_Pago", start=datetime(2026, 3, 8, 10, tzinfo=UTC), days=30)
@example(zone="Pacific/Kiritimati", start=datetime(2026, 3, 8, 11, tzinfo=UTC), days=30)
@example(zone="America/Havana", start=datetime(2026, 10, 2, 12, tzinfo=UTC), days=30)
@example(zone="Asia/Beirut", start=datetime(2026, 2, 27, 12, tzinfo=UTC), days=29)
@example(zone="America/Nuuk", start=datetime(2026, 2, 27, 12, tzinfo=UTC), days=29)
def test_a_window_ends_with_a_whole_day_of_the_store(zone, start, days):
    where = ZoneInfo(zone)

    until = ends(start, days, where)

    last = start.astimezone(where).date() + timedelta(days=days)
    assert until.astimezone(where).date() == last
    assert (until + timedelta(microseconds=1)).astimezone(where).date() > last
    assert until >= start


def test_of_an_evening_that_comes_twice_the_second_counts():
    # Brazil put its clocks back at midnight: 23:59 came twice.
    until = end_of_day(date(2018, 2, 17), ZoneInfo("America/Sao_Paulo"))

    assert until == datetime(2018, 2, 18, 2, 59, 59, 999999, tzinfo=UTC)


def test_a_day_that_the_clocks_jump_out_of_ends_with_the_jump():
    # Greenland goes from 22:59:59 to midnight; Samoa went from the 29th to the 31st.
    assert end_of_day(date(2026, 3, 28), ZoneInfo("America/Nuuk")) == datetime(
        2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC
    )
    samoa = ZoneInfo("Pacific/Apia")
    assert end_of_day(date(2011, 12, 30), samoa) == end_of_day(date(2011, 12, 29), samoa)


def test_a_parcel_nobody_saw_arrive_is_taken_to_have_come_two_weeks_after_it_was_sent():
    sent = Moments(NOON, NOON + timedelta(days=1))
    moving = replace(sent, last_news=NOON + timedelta(days=40))

    assert sent.start("delivery") == NOON + timedelta(days=15)
    assert moving.start("delivery") == NOON + timedelta(days=40)
    assert Moments(NOON).start("delivery") is None


@CALM
@given(
    base=st.integers(0, 100),
    others=st.lists(st.tuples(st.integers(0, 100), st.sampled_from(["order", "delivery", None])), max_size=5),
    until=st.dates(date(2026, 3, 10), date(2026, 12, 1)),
)
def test_of_overlapping_windows_the_last_to_end_holds(base, others, until):
    rules = [rule(f"r{n}", Terms(window_days=d, window_from=f)) for n, (d, f) in enumerate(others)]
    holiday = HolidayWindow("H", date(2026, 3, 1), date(2026, 3, 10), until)
    delivered = NOON + timedelta(days=3)

    found = windows(
        Terms(window_days=base, window_from="delivery"),
        rules,
        [holiday],
        Moments(NOON, NOON, delivered),
        ZoneInfo("UTC"),
    )

    days = [delivered.date() + timedelta(days=base), until]
    days += [(NOON if f == "order" else delivered).date() + timedelta(days=d) for d, f in others]
    assert kindest(found).until.date() == max(days)


def test_a_holiday_window_counts_the_day_of_the_order_in_the_stores_zone():
    holiday = HolidayWindow("H", date(2026, 12, 1), date(2026, 12, 24), date(2027, 1, 31))
    late = datetime(2026, 12, 25, 3, tzinfo=UTC)  # still the 24th in Los Angeles

    own = windows(BASE, [], [holiday], Moments(late, late, late), ZoneInfo("America/Los_Angeles"))
    other = windows(BASE, [], [holiday], Moments(late, late, late), ZoneInfo("UTC"))

    assert [one.code for one in own] == ["base", "holiday:H"]
    assert [one.code for one in other] == ["base"]


def test_the_last_moment_of_a_window_is_in_it_and_the_next_is_not():
    until = ends(NOON, 30, ZoneInfo("UTC"))

    assert decide(HOUSE, case(at=until)).allowed
    late = decide(HOUSE, case(at=until + timedelta(microseconds=1)))
    assert (late.allowed, late.code, late.words) == (
        False,
        "closed",
        "It could be returned until Thu 9 Apr 2026.",
    )


# --- rules ---
@CALM
@given(st.permutations([1, 2, 3, 4]))
def test_on_each_point_the_first_rule_that_speaks_decides(order):
    fees = [rule(f"r{n}", Terms(fee=Fee("flat", n)) if n % 2 else Terms(photo=n == 2)) for n in order]

    verdict = decide(Body(BASE, tuple(fees)), case())

    assert verdict.fee.amount_minor == next(n for n in order if n % 2)
    assert verdict.photo == (next(n for n in order if not n % 2) == 2)


def test_an_earlier_rule_lets_in_what_a_later_one_refuses():
    faulty = rule("faulty", Terms(allow=True), Condition("reason", "is", "DEFECTIVE"))
    body = Body(BASE, (faulty, *HOUSE.rules))

    sale = decide(body, case(product__tag=["Final-Sale"]))
    broken = decide(body, case(product__tag=["final-sale"], reason="DEFECTIVE"))

    assert (sale.code, sale.words) == ("final_sale", "This was a final sale and cannot be returned.")
    assert broken.allowed


def test_a_refusal_is_told_in_the_stores_own_words():
    body = Body(
        BASE,
        (
            rule(
                "worn",
                Terms(allow=False, refuse="Earrings stay with you."),
            ),
        ),
    )

    verdict = decide(body, case())

    assert (verdict.code, verdict.words) == ("refused", "Earrings stay with you.")
    assert verdict.steps[0]["rule"] == "worn"


@pytest.mark.parametrize("reason", sorted(OUR_FAULT))
def test_what_is_our_fault_costs_nothing(reason):
    body = Body(replace(BASE, fee=Fee("flat", 500)))

    verdict = decide(body, case(reason=reason))

    assert verdict.fee == Fee()
    assert any(step["rule"] == "ours" for step in verdict.steps)
    assert decide(body, case(reason=Reason.UNWANTED)).fee == Fee("flat", 500)


def test_a_gift_gets_no_money_back():
    gift = decide(HOUSE, case(gift=True))
    only_money = decide(Body(replace(BASE, outcomes=("REFUND",))), case(gift=True))

    assert gift.outcomes == (Outcome.EXCHANGE, Outcome.CREDIT)
    assert (only_money.allowed, only_money.code) == (False, "refused")


@pytest.mark.parametrize("code", sorted(FACTS))
def test_no_condition_holds_on_a_fact_that_nobody_knows(code):
    for op in FACTS[code].ops:
        value = ("x",) if op in ("any", "none") else 1
        assert not holds(Condition(code, op, value), {})


@pytest.mark.parametrize(
    ("fact", "op", "value", "seen", "held"),
    [
        ("product.tag", "is", "sale", ["SALE", "new"], True),
        ("product.tag", "is", "sale", ["presale"], False),
        ("product.tag", "none", ("sale", "gift"), ["new"], True),
        ("product.tag", "is_not", "sale", [], True),
        ("product.sku", "any", ("EAR-*", "RING-*"), "ear-7", True),
        ("product.sku", "is", "EAR-*", "AEAR-7", False),
        ("product.sku", "is", "a.c", "abc", False),
        ("order.value", "at_least", 100, 100, True),
        ("order.value", "at_most", 100, 101, False),
        ("order.placed", "at_least", date(2026, 3, 1), date(2026, 2, 28), False),
        ("customer.new", "is", False, False, True),
        ("customer.returns", "is", 0, 0, True),
        ("order.country", "any", ("US", "CA"), "ca", True),
    ],
)
def test_conditions_compare_as_people_mean_them(fact, op, value, seen, held):
    assert holds(Condition(fact, op, value), {fact: seen}) is held


def test_staff_see_what_each_rule_asked_and_saw():
    (sale, photo) = hear(HOUSE, {"product.tag": ["lamp"], "reason": "DAMAGED"}, "USD")

    assert not sale.spoke and sale.asked[0].seen == "“lamp”"
    assert photo.spoke and photo.asked[0].seen == "“It arrived damaged”"


# --- the kinder ---
VERDICTS = st.builds(
    Verdict,
    allowed=st.booleans(),
    until=st.none() | st.sampled_from([NOON, NOON + timedelta(days=9)]),
    outcomes=st.sampled_from([("REFUND",), ("CREDIT",), ("REFUND", "CREDIT")]),
    methods=st.sampled_from([("LABEL",), ("LABEL", "QR")]),
    fee=st.sampled_from([Fee(), Fee("flat", 5), Fee("flat", 9), Fee("percent", bp=500), Fee("label")]),
    free_over_minor=st.sampled_from([0, 100, 200]),
    photo=st.booleans(),
    keep=st.booleans(),
    credit_bonus_bp=st.sampled_from([0, 1000]),
    review=st.booleans(),
    refund_shipping=st.sampled_from(["never", "ours", "whole"]),
)


@CALM
@given(VERDICTS, VERDICTS)
def test_nobody_is_judged_less_kindly_than_at_purchase(frozen, newest):
    held = choose(frozen, newest)

    assert as_kind(held, frozen)
    assert held in (frozen, newest)


@CALM
@given(VERDICTS, VERDICTS, VERDICTS)
def test_kindness_is_an_order(a, b, c):
    assert as_kind(a, a)
    if as_kind(a, b) and as_kind(b, c):
        assert as_kind(a, c)


def test_a_longer_window_with_a_fee_is_not_kinder_but_a_longer_window_is():
    old = Verdict(allowed=True, until=NOON)
    longer = replace(old, until=NOON + timedelta(days=9))

    assert choose(old, longer) is longer
    assert choose(old, replace(longer, fee=Fee("flat", 1))) is old
    assert choose(replace(old, allowed=False), replace(longer, fee=Fee("flat", 1))).fee.amount_minor == 1


@CALM
@given(VERDICTS)
def test_a_verdict_is_kept_as_json_and_read_again(verdict):
    assert from_json(as_json(verdict)) == verdict
