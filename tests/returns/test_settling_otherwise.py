"""Exchanges, store credit, gifts and repairs: what goes back beside plain money."""

import pytest

from returns.models import PaymentRequest, Return, ReturnUnit
from tests.factories.tracking import NOON
from tests.returns.paying import Stage, back, inspected, order_of, settled, swap
from tests.tracking import memory_shop
from tracking.models import ShopAction
from tracking.services.refundable import left_to_refund

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def state_of(ret):
    return Return.objects.get(pk=ret.pk).state


# --- exchanges
def test_an_even_exchange_gives_nothing_back_and_waits_for_its_order():
    ret = back()
    made = swap(ret, ret.units.get(), 4800)
    inspected(ret)
    assert settled(ret) == []
    assert state_of(ret) == "INSPECTED"

    made.state = "ORDERED"
    made.save()

    assert settled(ret) == []
    assert state_of(ret) == "SETTLED"
    assert left_to_refund(ret.order) == 500


def test_a_cheaper_exchange_gives_the_difference_back_once_the_goods_are_here():
    ret = back()
    swap(ret, ret.units.get(), 3000)
    assert settled(ret) == []

    inspected(ret)

    assert settled(ret) == [("shopify", 1800, "PENDING")]
    assert left_to_refund(ret.order) == 500


def test_a_dearer_exchange_uses_up_what_else_goes_back():
    ret = back(order_of(3000, 5000), state="RECEIVED", refund_at="RECEIPT")
    refund, exchanged = ret.units.order_by("pk")
    swap(ret, exchanged, 7000)
    ReturnUnit.objects.filter(pk=refund.pk).update(stage=Stage.ARRIVED)

    assert settled(ret) == [("shopify", 1000, "PENDING")]


def test_a_difference_that_was_paid_is_not_given_back():
    ret = back()
    swap(ret, ret.units.get(), 6000, state="ORDERED")
    PaymentRequest.objects.create(
        ret=ret, purpose="p", provider="manual", amount_minor=1200, currency="USD", why="difference",
        state="PAID", pay_by=NOON, created_at=NOON,
    )  # fmt: skip
    inspected(ret)

    assert settled(ret) == []
    assert (state_of(ret), Return.objects.get(pk=ret.pk).overpaid_minor) == ("SETTLED", 0)


def test_an_exchange_that_was_given_up_is_refunded_when_the_goods_come():
    ret = back()
    swap(ret, ret.units.get(), 6000, state="CANCELLED")
    inspected(ret)

    assert settled(ret) == [("shopify", 4800, "PENDING")]


def test_something_sent_out_for_goods_that_were_not_in_the_parcel_is_noted():
    ret = back()
    swap(ret, ret.units.get(), 4800, state="ORDERED")
    inspected(ret, Stage.MISSING)

    settled(ret)

    assert Return.objects.get(pk=ret.pk).overpaid_minor == 4800


# --- credit and gifts
def test_credit_is_given_with_its_bonus_and_counts_as_given():
    ret = back(outcome="CREDIT")
    ReturnUnit.objects.update(bonus_minor=480)
    inspected(ret)

    assert settled(ret) == [("credit", 4800, "SUCCEEDED")]
    credit = ret.credits.get()
    assert sorted(credit.entries.values_list("kind", "amount_minor")) == [("BONUS", 480), ("GIVEN", 4800)]
    assert left_to_refund(ret.order) == 500
    assert state_of(ret) == "SETTLED"


def test_credit_for_worn_goods_is_less_and_so_is_its_bonus():
    ret = back(outcome="CREDIT")
    ReturnUnit.objects.update(bonus_minor=480, deduction_minor=2400)
    inspected(ret)
    settled(ret)

    assert sorted(ret.credits.get().entries.values_list("amount_minor", flat=True)) == [240, 2400]


def test_a_gift_never_gives_money_back_to_the_buyer():
    ret = back(source="GIFT")
    inspected(ret)

    assert settled(ret) == [("credit", 4800, "SUCCEEDED")]
    assert not ShopAction.objects.filter(kind="REFUND").exists()


def test_a_repair_gives_nothing_back():
    ret = back(outcome="REPAIR")
    inspected(ret)

    assert settled(ret) == []
    assert state_of(ret) == "SETTLED"
