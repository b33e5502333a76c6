import json

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.segments import compile
from engagement.segments.facts import FACTS, OPS, TYPE_OPS
from engagement.segments.rules import ALL, BadRule, parse
from engagement.segments.settling import settle
from tests.engagement import segment_naive as naive
from tests.engagement import segment_worlds as worlds
from tests.engagement.segment_worlds import NOW

TWO_ORDERS = {"fact": "profile.orders", "op": "at_least", "value": 2}


class Undone(Exception):
    pass


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds.worlds(), rule=worlds.rules)
def test_the_sql_says_what_a_plain_reading_of_the_rule_says(world, rule):
    try:
        with transaction.atomic():
            built = worlds.build(world)
            told = json.loads(json.dumps(rule).replace(worlds.LIST, str(built.listed.public_id)))

            found = list(compile.customers(told, at=NOW).values_list("pk", flat=True))
            lean = list(compile.keys(told, at=NOW))
            among = compile.which(told, built.pks[::2], at=NOW)

            expected = {
                pk
                for number, pk in enumerate(built.pks)
                if world[number].merged_into is None and naive.holds(rule, world, number)
            }
            assert sorted(found) == sorted(lean) == sorted(expected)
            assert among == expected & set(built.pks[::2])
            raise Undone
    except Undone:
        pass


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds.worlds(), rule=worlds.rules)
def test_who_bought_at_a_store_is_counted_once_and_nobody_else(world, rule):
    try:
        with transaction.atomic():
            built = worlds.build(world)
            told = json.loads(json.dumps(rule).replace(worlds.LIST, str(built.listed.public_id)))

            found = list(compile.keys(told, store=built.stores[0], at=NOW))

            assert sorted(found) == sorted(
                pk
                for number, pk in enumerate(built.pks)
                if world[number].merged_into is None
                and any(not order["cancelled"] and order["store"] == 0 for order in world[number].orders)
                and naive.holds(rule, world, number)
            )
            raise Undone
    except Undone:
        pass


@pytest.mark.django_db
def test_asking_about_some_customers_takes_one_query(django_assert_num_queries):
    rule = {"any": [TWO_ORDERS, {"fact": "event", "op": "has", "where": {"kind": "x.y"}, "at_least": 2}]}

    with django_assert_num_queries(1):
        found = compile.which(rule, [1, 2, 3], at=NOW)

    assert found == set()


def test_only_somebody_with_a_profile_can_have_two_orders():
    rule = {"all": [TWO_ORDERS, {"fact": "consent.email", "op": "is", "value": "yes"}]}

    assert compile.needs_profile(parse(rule))
    assert not compile.needs_profile(parse({"not": rule}))
    assert not compile.needs_profile(parse({"fact": "profile.orders", "op": "at_most", "value": 2}))


@pytest.mark.django_db
def test_a_rule_about_profiles_alone_reads_no_table_of_customers_but_for_the_merged():
    sql = str(compile.keys({"all": [TWO_ORDERS]}, at=NOW).query)

    assert "JOIN" not in sql
    assert sql.count("customers_customer") == sql.count("customers_customer", sql.index("NOT ("))


EVERY_RULE_NAMES_ITS_PLACE = [
    ({"fact": "profile.shoe_size", "op": "is", "value": 1}, "There is no fact “profile.shoe_size”."),
    ({"all": [TWO_ORDERS, {"any": []}]}, "Rule 2: The group is empty: add a rule, or remove it."),
    ({"all": [{"not": {"fact": "profile.orders", "op": "has"}}]}, "Rule 1.1: Orders can be asked:"),
    ({"fact": "profile.orders", "op": "at_least", "value": "2"}, "Orders is a number."),
    ({"fact": "profile.orders", "op": "at_least", "value": True}, "Orders is a number."),
    ({"fact": "profile.orders", "op": "at_least", "value": float("nan")}, "out of all bounds"),
    ({"fact": "profile.spent", "op": "at_least", "value": 12.5}, "in minor units"),
    ({"fact": "profile.return_rate", "op": "at_least", "value": 101}, "per cent"),
    ({"fact": "profile.tier", "op": "is", "value": "platinum"}, "Loyalty tier is one of"),
    ({"fact": "profile.last_order", "op": "last_days", "value": -1}, "a whole number from 0"),
    ({"fact": "profile.last_order", "op": "before_day", "value": "10/03/2026"}, "a day such as 2026-03-10"),
    ({"fact": "customer.birthday", "op": "next_days", "value": 32}, "from 0 to 31"),
    ({"fact": "customer.segment", "op": "has", "value": "7"}, "public id"),
    ({"fact": "event", "op": "has"}, "Which kind of event is missing."),
    ({"fact": "order", "op": "has", "where": {"colour": "red"}}, "An order has no “colour”"),
    ({"fact": "order", "op": "has", "where": {"min_minor": 1}}, "needs its currency"),
    ({"fact": "order", "op": "has", "value": 1}, "There is no “value” in such a rule."),
    ({"fact": "event.reason", "op": "is", "value": "x"}, "only within a journey"),
    ({"all": [], "any": []}, "A group is one of"),
    ({"any": TWO_ORDERS}, "“any” holds a list of rules."),
    ([TWO_ORDERS], "This is no rule"),
    ({"fact": ["profile.orders"], "op": "is"}, "There is no fact"),
]


@pytest.mark.parametrize(
    ("rule", "words"), EVERY_RULE_NAMES_ITS_PLACE, ids=range(len(EVERY_RULE_NAMES_ITS_PLACE))
)
def test_a_rule_that_means_nothing_is_refused_with_its_place(rule, words):
    with pytest.raises(BadRule) as refused:
        parse(rule)

    assert words in str(refused.value)


def test_groups_end_where_they_lie_too_deep():
    rule = TWO_ORDERS
    for _ in range(9):
        rule = {"not": rule}

    with pytest.raises(BadRule, match="8 deep"):
        parse(rule)


def test_at_most_a_hundred_questions_are_asked():
    with pytest.raises(BadRule, match="At most 100"):
        parse({"any": [TWO_ORDERS] * 101})


NAMES = st.sampled_from(["all", "any", "not", "fact", "op", "value", "where"])
junk = st.recursive(
    st.none()
    | st.integers()
    | st.text()
    | st.sampled_from(["order", "event", "has", "profile.orders", "is"]),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@given(junk)
def test_no_json_breaks_the_reading(data):
    try:
        parse(data, run=True)
    except BadRule as refused:
        assert refused.words


def test_every_fact_can_be_asked_something_that_exists():
    assert all(op in OPS for fact in FACTS.values() for op in fact.ops)
    assert set(TYPE_OPS) >= {fact.type for fact in FACTS.values()}


# --- what a journey knows of its own run ---
LOST = {"fact": "event.reason", "op": "is", "value": "LOST"}


def test_what_the_event_carries_is_answered_and_the_rest_is_left():
    rule = {"all": [LOST, TWO_ORDERS]}

    left = settle(rule, {"event.reason": "LOST"}, at=NOW)

    assert left == parse(TWO_ORDERS)
    assert settle(rule, {"event.reason": "DAMAGED"}, at=NOW) is False
    assert settle(rule, {}, at=NOW) is False


def test_an_any_is_decided_by_the_event_alone():
    rule = {"any": [TWO_ORDERS, LOST]}

    assert settle(rule, {"event.reason": "LOST"}, at=NOW) is True
    assert settle({"not": rule}, {"event.reason": "LOST"}, at=NOW) is False
    assert settle(rule, {}, at=NOW) == parse(TWO_ORDERS)


def test_no_filter_lets_everything_through():
    assert settle({}, {}, at=NOW) is True
    assert parse({}) == ALL


RUN = [
    ({"fact": "order.total_minor", "op": "at_least", "value": 5000}, {"order.total_minor": 5000}, True),
    ({"fact": "order.total_minor", "op": "at_least", "value": 5000}, {"order.total_minor": 4999}, False),
    ({"fact": "order.discounted", "op": "is", "value": False}, {"order.discounted": False}, True),
    ({"fact": "order.tag", "op": "has_not", "value": "gift"}, {"order.tag": ["vip"]}, True),
    ({"fact": "order.country", "op": "one_of", "value": ["de", "at"]}, {"order.country": "DE"}, True),
    ({"fact": "order.placed_at", "op": "last_days", "value": 3}, {"order.placed_at": NOW.isoformat()}, True),
    ({"fact": "order.placed_at", "op": "unknown"}, {}, True),
    ({"fact": "event.score", "op": "at_most", "value": 2}, {"event.score": 2}, True),
    ({"fact": "event.score", "op": "at_most", "value": 2}, {"event.score": "2"}, False),
    ({"fact": "event.gift", "op": "is", "value": 1}, {"event.gift": True}, False),
    ({"fact": "event.gift", "op": "is_not", "value": True}, {}, True),
    ({"fact": "event.kinds", "op": "has", "value": "a"}, {"event.kinds": ["a", "b"]}, True),
    ({"fact": "event.score", "op": "known"}, {"event.score": 0}, True),
]


@pytest.mark.parametrize(("rule", "facts", "answer"), RUN, ids=range(len(RUN)))
def test_a_question_about_the_run_is_answered_from_what_it_knows(rule, facts, answer):
    assert settle(rule, facts, at=NOW) is answer


@pytest.mark.django_db
def test_values_are_asked_of_the_database_as_parameters():
    rule = {"fact": "order", "op": "has", "where": {"order_tag": "x'); DROP TABLE t; --", "city": "%"}}

    assert compile.which(rule, [1], at=NOW) == set()
    assert connection.introspection.table_names()
