"""Signals of risk slow the money and never refuse anybody anything."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from returns.models import Return, ReturnUnit
from returns.services.risk import signals
from tests.factories.customers import CustomerFactory
from tests.factories.returns import PolicyVersionFactory
from tests.factories.tracking import NOON, OrderFactory
from tests.returns.scenes import ask, bought, conf, wish
from tests.tracking import memory_shop

pytestmark = pytest.mark.django_db
AGO = NOON - timedelta(days=60)


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def earlier(order, *, count=1, kind="RETURN", customer=None, condition="", **given):
    """Write earlier returns of the order's buyer, each of an order of its own."""
    for _ in range(count):
        old = OrderFactory(store=order.store, customer=customer or order.customer, placed_at=AGO, **given)
        ret = Return.objects.create(
            order=old, store=old.store, customer=old.customer, kind=kind, state="SETTLED", currency="USD",
            requested_at=AGO,
        )  # fmt: skip
        if condition:
            line = bought(store=order.store, customer=old.customer).lines.get()
            ReturnUnit.objects.create(
                ret=ret, line=line, index=0, reason="OTHER", outcome="REFUND", value_minor=1,
                condition=condition,
            )  # fmt: skip


def found(order, kind="RETURN", worth=4800):
    own = conf(order)
    risk = signals(order, kind=kind, email=order.email, worth_minor=worth, own=own, at=NOON)
    return [code for code, words in risk.signals if len(words) > 10]


def test_an_ordinary_return_has_none():
    order = bought()
    earlier(order, count=2)

    assert found(order) == []


def test_a_rate_says_something_only_with_enough_orders():
    few, many = bought(), bought()
    earlier(few, count=4)
    earlier(many, count=5)

    assert (found(few), found(many)) == ([], ["rate"])


def test_many_claims_and_what_was_not_in_the_parcel_are_signals():
    claims, swapped = bought(), bought()
    earlier(claims, count=3, kind="CLAIM")
    earlier(swapped, condition="NOT_OURS")

    assert (found(claims), found(swapped)) == (["claims"], ["inspection"])


def test_claims_of_several_people_at_one_door_are_a_signal_and_those_of_one_are_not():
    order = bought()
    one = CustomerFactory()
    earlier(order, count=2, kind="CLAIM", customer=one)
    assert found(order) == []

    earlier(order, kind="CLAIM", customer=CustomerFactory())

    assert found(order) == ["shared"]


def test_a_high_worth_is_a_signal_where_the_store_has_set_a_limit():
    order = bought()
    assert found(order, worth=10**9) == []
    conf(order, most_unasked_minor=5000)

    assert (found(order, worth=5000), found(order, worth=5001)) == ([], ["value"])


def test_a_guest_has_no_history():
    order = bought(customer=None, email="guest@example.com")

    assert found(order) == []


def test_signals_hold_the_money_and_let_the_goods_come():
    order = bought()
    earlier(order, count=3, kind="CLAIM")

    ret = ask(order)

    assert (ret.state, ret.refund_held) == ("APPROVED", True)
    assert ret.risk[0][0] == "claims"


def test_where_nothing_comes_back_a_person_looks_first():
    order = bought()
    earlier(order, count=3, kind="CLAIM")
    body = {"base": {"window_days": 30, "window_from": "delivery", "keep_under_minor": 10_000}}
    PolicyVersionFactory(policy__store=order.store, body=body)

    ret = ask(order)

    assert (ret.state, "claims" in ret.review_why) == ("REVIEW", True)


@how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    returns=st.integers(0, 7),
    claims=st.integers(0, 5),
    odd=st.integers(0, 2),
    neighbours=st.integers(0, 3),
    limit=st.sampled_from([0, 1, 10**6]),
)
def test_whatever_the_signals_nobody_is_refused(returns, claims, odd, neighbours, limit):
    order = bought()
    order.customer = CustomerFactory()
    order.save()
    conf(order, most_unasked_minor=limit)
    earlier(order, count=returns)
    earlier(order, count=claims, kind="CLAIM")
    earlier(order, count=odd, condition="MISSING")
    for _ in range(neighbours):
        earlier(order, kind="CLAIM", customer=CustomerFactory())

    ret = ask(order, wish(order))

    assert ret.state == "APPROVED"
    assert ret.refund_held == bool(ret.risk)
