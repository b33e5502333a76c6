"""Giving money back: what was earned, once, in whatever order news comes."""

from datetime import timedelta

import pytest

from customers.models import Alert, Event
from returns.models import Return, ReturnUnit
from returns.policy.base import Fee
from returns.quote import QuoteUnit, quote
from returns.services.requests import release_refund
from returns.services.settling import settle
from tests.factories.returns import ReturnSettingsFactory
from tests.factories.tracking import NOON, OrderFactory
from tests.returns.paying import Stage, back, inspected, moved, order_of, rows, settled, work
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP
from tracking.models import Order, OrderRefund
from tracking.services.refundable import left_to_refund

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def quoted(ret, **given):
    """Keep a quote of a return's units with it, as confirming does."""
    units = [
        QuoteUnit(f"{unit.line_id}-{unit.index}", unit.value_minor, unit.outcome, **given)
        for unit in ret.units.order_by("pk")
    ]
    made = quote(
        units,
        currency="USD",
        left_minor=10**9,
        shipping_minor=ret.order.shipping_minor,
        whole=True,
        label_cost_minor=700,
    )
    ret.quote, ret.fee_minor, ret.shipping_minor = made.as_json(), made.fee_minor, made.shipping_minor
    ret.save()
    return made


def state_of(ret):
    return Return.objects.get(pk=ret.pk).state


# --- when
def test_nothing_goes_back_before_its_moment():
    ret = back(state="RECEIVED")

    assert settled(ret) == []


@pytest.mark.parametrize(
    ("refund_at", "state", "stage", "given"),
    [
        ("FIRST_SCAN", "LABEL_READY", Stage.EXPECTED, False),
        ("FIRST_SCAN", "IN_TRANSIT", Stage.EXPECTED, True),
        ("RECEIPT", "IN_TRANSIT", Stage.EXPECTED, False),
        ("RECEIPT", "RECEIVED", Stage.EXPECTED, False),
        ("RECEIPT", "RECEIVED", Stage.ARRIVED, True),
        ("INSPECTION", "RECEIVED", Stage.ARRIVED, False),
        ("INSPECTION", "INSPECTED", Stage.INSPECTED, True),
    ],
)
def test_money_goes_at_the_moment_the_store_chose(refund_at, state, stage, given):
    ret = back(state=state, refund_at=refund_at)
    ReturnUnit.objects.update(stage=stage)

    assert bool(settled(ret)) is given


def test_two_of_three_that_came_are_paid_for_and_the_third_is_not():
    # spree/spree#14678: returned 2 of 3, refund offered for 3.
    ret = back(order_of(4499, quantity=3))
    inspected(ret, Stage.INSPECTED, Stage.INSPECTED, Stage.MISSING)

    assert settled(ret) == [("shopify", 8998, "PENDING")]
    work()

    (wanted, _done) = next(iter(SHOP.refunds.values()))
    assert wanted.lines == ((ret.order.lines.get().external_id, 2, False),)
    assert state_of(ret) == "SETTLED"


def test_goods_may_be_received_without_money_going_back():
    # medusajs/medusa#4052: cannot receive a return without refunding.
    ret = back(refund_held=True)
    inspected(ret)

    assert settled(ret) == []
    assert state_of(ret) == "INSPECTED"
    assert Alert.objects.get(key=f"return:{ret.pk}:held").state == "OPEN"


def test_shipping_alone_may_go_back():
    # medusajs/medusa#13066: cannot refund shipping.
    ret = back(shipping_minor=500, only=[])

    assert settled(ret) == [("shopify", 500, "PENDING")]
    assert ret.refunds.get().shipping_minor == 500


def test_one_parcel_of_two_earns_its_own_units():
    ret = back(order_of(1000, 2000), state="IN_TRANSIT", refund_at="FIRST_SCAN", parcels=2)
    first, _second = ret.parcels.order_by("position")
    first.first_scan_at = NOON
    first.save()
    unit = ret.units.order_by("pk").first()
    ReturnUnit.objects.filter(pk=unit.pk).update(parcel=first)

    assert settled(ret) == [("shopify", 1000, "PENDING")]


def test_what_may_be_kept_is_paid_for_when_it_is_approved():
    ret = back()
    ReturnUnit.objects.update(keep=True, stage=Stage.KEPT)

    assert settled(ret) == [("shopify", 4800, "PENDING")]
    work()
    assert state_of(ret) == "SETTLED"


def test_a_claim_is_paid_for_when_it_is_approved():
    ret = back(kind="CLAIM", reason="LOST")

    settled(ret)
    work()

    assert rows(ret) == [("shopify", 4800, "SUCCEEDED")]
    assert state_of(ret) == "SETTLED"


@pytest.mark.parametrize("state", ["REQUESTED", "REVIEW", "REJECTED", "CANCELLED", "EXPIRED"])
def test_nothing_goes_back_for_a_return_that_is_not_granted(state):
    ret = back(kind="CLAIM", reason="LOST", state=state)

    assert settled(ret) == []


# --- once
def test_settled_again_and_again_it_does_nothing_more():
    ret = inspected(back())

    for day in range(5):
        settle(ret.pk, at=NOON + timedelta(days=day))
        work(at=NOON + timedelta(days=day))

    assert rows(ret) == [("shopify", 4800, "SUCCEEDED")]
    assert SHOP.effects == 1
    assert Event.objects.filter(kind="returns.refund.done").count() == 1
    assert Event.objects.filter(kind="returns.return.settled").count() == 1


def test_what_is_earned_later_goes_back_later():
    ret = back(order_of(1000, 2000), state="RECEIVED", refund_at="RECEIPT")
    first, second = ret.units.order_by("pk")
    ReturnUnit.objects.filter(pk=first.pk).update(stage=Stage.ARRIVED)
    settled(ret)
    ReturnUnit.objects.filter(pk=second.pk).update(stage=Stage.ARRIVED)

    assert [row[1] for row in settled(ret)] == [1000, 2000]
    assert [row.units for row in ret.refunds.order_by("pk")] == [[[first.pk, 1000]], [[second.pk, 2000]]]


def test_several_returns_of_one_order_add_up():
    # medusajs/medusa#13433: several returns, wrong summary.
    order = order_of(1000, quantity=3)
    for index in range(3):
        ret = inspected(back(order, only=[index]))
        settle(ret.pk, at=NOON)
        work()

    assert sum(wanted.amount_minor for wanted, _ in SHOP.refunds.values()) == 3000
    assert left_to_refund(order) == 500


def test_a_deduction_is_taken_off_and_a_correction_gives_it_back():
    ret = back()
    ReturnUnit.objects.update(deduction_minor=960)
    inspected(ret)
    assert settled(ret) == [("shopify", 3840, "PENDING")]

    ReturnUnit.objects.update(deduction_minor=0)

    assert [row[1] for row in settled(ret)] == [3840, 960]


def test_what_went_back_too_much_is_noted_and_never_taken_back():
    ret = back(state="IN_TRANSIT", refund_at="FIRST_SCAN")
    settled(ret)
    inspected(ret, Stage.MISSING)

    assert settled(ret) == [("shopify", 4800, "PENDING")]
    assert Return.objects.get(pk=ret.pk).overpaid_minor == 4800
    assert "$48.00 too much" in Alert.objects.get(key=f"return:{ret.pk}:overpaid").title


def test_a_parcel_that_was_lost_after_the_refund_is_noted():
    ret = back(state="IN_TRANSIT", refund_at="FIRST_SCAN")
    settled(ret)
    moved(ret, "EXPIRED")

    settled(ret)

    assert Return.objects.get(pk=ret.pk).overpaid_minor == 4800


# --- fees and shipping
def test_a_flat_fee_is_taken_once_however_often_something_comes():
    ret = back(order_of(1000, 2000), state="RECEIVED", refund_at="RECEIPT")
    quoted(ret, fee=Fee("flat", 300))
    first, second = ret.units.order_by("pk")
    ReturnUnit.objects.filter(pk=first.pk).update(stage=Stage.ARRIVED)
    settled(ret)
    ReturnUnit.objects.filter(pk=second.pk).update(stage=Stage.ARRIVED)

    assert [row[1] for row in settled(ret)] == [700, 2000]
    assert [row.fee_minor for row in ret.refunds.order_by("pk")] == [300, 0]


def test_a_fee_in_per_cent_is_taken_for_what_came():
    ret = back(order_of(1000, 2000))
    quoted(ret, fee=Fee("percent", bp=1000))
    inspected(ret, Stage.INSPECTED, Stage.MISSING)

    assert settled(ret) == [("shopify", 900, "PENDING")]


def test_a_fee_that_was_waived_is_not_taken():
    # medusajs/medusa#3170: the link charged a waived fee.
    ret = back()
    quoted(ret, fee=Fee("flat", 300))
    Return.objects.filter(pk=ret.pk).update(fee_minor=0)
    inspected(ret)

    assert settled(ret) == [("shopify", 4800, "PENDING")]


def test_a_fee_is_not_taken_for_what_is_our_fault():
    ret = back(order_of(1000, 2000))
    quoted(ret, fee=Fee("flat", 300))
    first, second = ret.units.order_by("pk")
    ReturnUnit.objects.filter(pk=first.pk).update(reason="DEFECTIVE")
    inspected(ret, Stage.INSPECTED, Stage.MISSING)

    assert settled(ret) == [("shopify", 1000, "PENDING")]


def test_shipping_for_the_whole_order_goes_back_only_when_all_of_it_came():
    ret = back(order_of(1000, 2000), state="RECEIVED", refund_at="RECEIPT")
    quoted(ret, refund_shipping="whole")
    first, second = ret.units.order_by("pk")
    ReturnUnit.objects.filter(pk=first.pk).update(stage=Stage.ARRIVED)
    settled(ret)
    ReturnUnit.objects.filter(pk=second.pk).update(stage=Stage.ARRIVED)

    assert [row[1] for row in settled(ret)] == [1000, 2500]
    assert [row.shipping_minor for row in ret.refunds.order_by("pk")] == [0, 500]


# --- what a person looks at first
def test_a_large_refund_waits_for_a_person_and_goes_when_they_say_so():
    ret = back()
    ReturnSettingsFactory(store=ret.store, most_unasked_minor=4000)
    inspected(ret)
    assert settled(ret) == []
    assert Return.objects.get(pk=ret.pk).refund_held
    assert "$40.00" in Alert.objects.get(key=f"return:{ret.pk}:held").detail

    release_refund(ret.pk, at=NOON, by="Ada")

    assert settled(ret) == [("shopify", 4800, "PENDING")]
    assert Alert.objects.get(key=f"return:{ret.pk}:held").state == "ENDED"


def test_risk_slows_a_refund_and_never_refuses_it():
    ret = back(risk=[["rate", "Returns most of what they buy"]], refund_held=True)
    inspected(ret)
    assert settled(ret) == []
    assert "Returns most" in Alert.objects.get(key=f"return:{ret.pk}:held").detail

    release_refund(ret.pk, at=NOON, by="Ada")

    assert settled(ret) == [("shopify", 4800, "PENDING")]


def test_a_trusted_shopper_gets_money_at_the_first_scan():
    ret = back()
    ReturnSettingsFactory(store=ret.store, trusted_after=2)
    for _ in range(2):
        OrderFactory(
            store=ret.store, customer=ret.customer, status=Order.Status.DELIVERED,
            placed_at=NOON - timedelta(days=90),
        )  # fmt: skip
    moved(ret, "IN_TRANSIT")

    assert settled(ret) == [("shopify", 4800, "PENDING")]


def test_a_shopper_with_one_kept_order_too_few_waits_like_all():
    ret = back()
    ReturnSettingsFactory(store=ret.store, trusted_after=2)
    OrderFactory(
        store=ret.store,
        customer=ret.customer,
        status=Order.Status.DELIVERED,
        placed_at=NOON - timedelta(days=90),
    )
    moved(ret, "IN_TRANSIT")

    assert settled(ret) == []


# --- the order's money
def test_no_more_goes_back_than_is_left_and_a_person_hears_of_it():
    ret = back()
    OrderRefund.objects.create(
        order=ret.order, external_id="1", amount_minor=3000, currency="USD", made_at=NOON
    )
    inspected(ret)

    assert settled(ret) == [("shopify", 2300, "PENDING")]
    assert "$25.00" in Alert.objects.get(key=f"return:{ret.pk}:short").detail
    work()
    assert state_of(ret) == "SETTLED"


def test_what_was_given_back_in_the_shop_already_settles_the_return():
    ret = back()
    OrderRefund.objects.create(
        order=ret.order, external_id="1", amount_minor=5300, currency="USD", made_at=NOON
    )
    inspected(ret)

    assert settled(ret) == []
    assert state_of(ret) == "SETTLED"
