"""The ledger of what is done in shops: once, whatever happens in between."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from customers.models import Alert, Event, Store
from customers.outbox import NotInTransaction
from tests.factories.tracking import NOON, OrderFactory
from tests.tracking import memory_shop
from tests.tracking.memory_shop import LONG, SHOP, connected, cut_off, later, refund
from tracking.models import OrderRefund, ShopAction
from tracking.services.refundable import left_to_refund
from tracking.services.shop_actions import TooMuch, carry_out_due, request_action
from tracking.shops.base import AddressData
from tracking.shops.client import (
    NewDiscount,
    NewLine,
    NewOrder,
    RefundOrder,
    ShopError,
    StockChange,
)

pytestmark = pytest.mark.django_db
State = ShopAction.State


class Killed(BaseException):
    """The worker's end: nothing after this line runs."""


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def order():
    return OrderFactory(store=connected())


def test_a_refund_is_carried_out_and_told(order):
    action = refund(order)

    assert carry_out_due(at=NOON) == 1

    action.refresh_from_db()
    assert (action.state, action.external_id, action.settled_by) == (
        State.DONE,
        "gid://shop/Refund/77",
        "worker",
    )
    assert SHOP.effects == 1
    wanted, _done = SHOP.refunds[str(action.key)]
    assert wanted == RefundOrder(order.external_id, 3400, "USD", lines=(("5001", 1, False),))
    told = Event.objects.get(kind="tracking.shop_action.done")
    assert (told.data["purpose"], told.data["order_id"]) == ("make-good:1", order.pk)
    assert carry_out_due(at=NOON + timedelta(days=2)) == 0


def test_what_is_asked_for_twice_is_one(order):
    assert refund(order).pk == refund(order, amount=9).pk
    assert ShopAction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_asked_for_outside_the_transaction_that_decides_it():
    store = connected()

    with pytest.raises(NotInTransaction):
        request_action(purpose="x", kind="REFUND", store=store, wanted=RefundOrder("1", 1, "USD"), at=NOON)

    assert not ShopAction.objects.exists()


def test_a_request_that_no_shop_could_read_is_refused_at_once(order):
    with pytest.raises(TypeError), transaction.atomic():
        request_action(purpose="x", kind="REFUND", store=order.store, wanted={"sum": 1}, at=NOON)


def test_no_more_is_asked_back_than_is_left(order):
    OrderRefund.objects.create(order=order, external_id="1", amount_minor=1000, currency="USD", made_at=NOON)
    refund(order, "a", 4000)

    with pytest.raises(TooMuch):
        refund(order, "b", 301)

    assert left_to_refund(order) == 300


def test_a_refund_the_shop_has_told_of_counts_once(order):
    refund(order, amount=5000)
    carry_out_due(at=NOON)
    OrderRefund.objects.create(order=order, external_id="77", amount_minor=5000, currency="USD", made_at=NOON)

    assert left_to_refund(order) == 300


def test_an_order_that_was_never_paid_gives_nothing_back(order):
    order.payment_status = "pending"
    order.save()

    with pytest.raises(TooMuch):
        refund(order)


# --- faults ---
def test_a_refund_that_may_have_happened_is_looked_up_first(order):
    action = refund(order)
    SHOP.after = [cut_off()]

    carry_out_due(at=NOON)
    action.refresh_from_db()
    assert action.state == State.UNKNOWN
    later(action, NOON + timedelta(minutes=2))

    assert (action.state, action.external_id) == (State.DONE, "gid://shop/Refund/77")
    assert (SHOP.effects, SHOP.calls, SHOP.looks) == (1, 1, 1)


def test_what_the_shop_does_not_show_yet_is_not_done_again_too_soon(order):
    action = refund(order)
    SHOP.before = [cut_off()]
    carry_out_due(at=NOON)

    later(action, NOON + timedelta(minutes=2))
    assert (action.state, SHOP.calls) == (State.UNKNOWN, 1)

    later(action, NOON + LONG)
    assert (action.state, SHOP.effects, SHOP.calls) == (State.DONE, 1, 2)


def test_a_shop_that_asks_to_wait_is_asked_when_it_said(order):
    action = refund(order)
    SHOP.before = [ShopError("429", retry_after=600)]
    carry_out_due(at=NOON)

    later(action, NOON + timedelta(minutes=9))
    assert (action.state, action.started_at, SHOP.calls) == (State.WAITING, None, 1)

    later(action, NOON + timedelta(minutes=11))
    assert (action.state, SHOP.effects, SHOP.looks) == (State.DONE, 1, 0)


def test_a_store_that_is_paused_keeps_its_actions_waiting(order):
    action = refund(order)
    Store.objects.update(api_resume_at=NOON + timedelta(minutes=5))

    assert carry_out_due(at=NOON) == 1
    assert carry_out_due(at=NOON) == 0

    action.refresh_from_db()
    assert (SHOP.calls, action.attempts, action.due_at) == (0, 0, NOON + timedelta(minutes=5))


def test_a_refusal_goes_to_a_person_with_the_words_and_an_alert(order):
    action = refund(order)
    SHOP.before = [ShopError("already refunded", permanent=True)]

    carry_out_due(at=NOON)

    action.refresh_from_db()
    assert (action.state, action.started_at) == (State.STAFF, None)
    assert "already refunded" in action.last_error
    alert = Alert.objects.get(key=f"shop-action:{action.pk}")
    assert alert.title == f"Refund of $34.00 for order {order.number}"
    assert "mark it as done" in alert.detail


def test_a_store_without_a_way_in_leaves_it_to_a_person_at_once():
    action = refund(OrderFactory())

    carry_out_due(at=NOON)

    action.refresh_from_db()
    assert action.state == State.STAFF
    assert "no way into its shop" in action.last_error


def test_a_shop_that_stays_down_leaves_it_to_a_person_after_a_day(order):
    action = refund(order)
    SHOP.before = [ShopError("503") for _ in range(99)]

    for hours in range(30):
        later(action, NOON + timedelta(hours=hours))

    assert action.state == State.STAFF
    assert 10 < SHOP.calls < 40


def test_what_cannot_be_looked_up_within_a_day_is_for_a_person_who_looks_first(order):
    action = refund(order)
    SHOP.after, SHOP.look_faults = [cut_off()], [ShopError("503") for _ in range(99)]

    for hours in range(30):
        later(action, NOON + timedelta(hours=hours))

    assert (action.state, SHOP.effects) == (State.STAFF, 1)
    assert action.started_at
    assert "may have been done" in action.last_error


def test_stock_that_may_have_moved_is_for_a_person(order):
    with transaction.atomic():
        action = request_action(
            purpose="s", kind="STOCK", store=order.store, wanted=StockChange("i1", "l1", 2), at=NOON
        )
    SHOP.after = [cut_off()]
    carry_out_due(at=NOON)

    later(action, NOON + LONG)

    assert (action.state, SHOP.effects, len(SHOP.stock)) == (State.STAFF, 1, 1)


def test_an_answer_nobody_foresaw_may_have_been_an_effect(order):
    action = refund(order)
    SHOP.after = [ValueError("odd")]

    carry_out_due(at=NOON)
    later(action, NOON + LONG)

    assert (action.state, SHOP.effects) == (State.DONE, 1)


# --- workers that die ---
@pytest.mark.parametrize("moment", ["claimed", "begun", "called", "done", "settling"])
def test_a_worker_killed_at_any_line_makes_one_effect(order, monkeypatch, moment):
    action = refund(order)

    def dies(*args, **kwargs):
        raise Killed

    place = "tracking.services.shop_actions."
    if moment == "claimed":
        monkeypatch.setattr(place + "client_of", dies)
    elif moment == "begun":
        monkeypatch.setattr(place + "_method", dies)
    elif moment == "called":
        SHOP.before = [Killed()]
    elif moment == "done":
        SHOP.after = [Killed()]
    else:
        monkeypatch.setattr(place + "tell", dies)
    with pytest.raises(Killed):
        carry_out_due(at=NOON)
    monkeypatch.undo()
    later(action, NOON + LONG)

    assert (action.state, SHOP.effects) == (State.DONE, 1)
    assert Event.objects.filter(kind="tracking.shop_action.done").count() == 1


def test_a_worker_that_dies_each_time_leaves_it_to_a_person(order):
    action = refund(order)
    for tries in range(4):
        SHOP.look_faults, SHOP.before = [Killed()], [Killed()]
        try:
            later(action, NOON + LONG * tries)
        except Killed:
            continue

    action.refresh_from_db()
    assert (action.state, SHOP.effects) == (State.STAFF, 0)
    assert "died" in action.last_error
    assert "look in the shop first" in action.last_error


# --- other kinds ---
def test_an_order_is_made_as_asked_and_the_person_leaves_the_ledger(order):
    wanted = NewOrder(
        customer_external_id="c1",
        email="ada@example.com",
        currency="USD",
        lines=(NewLine("8001", 2, "7001", 0),),
        ship_to=AddressData("Ada", ("12 Analytical Way",), "Portland", "OR", "97201", "US"),
        tags=("replacement",),
    )
    with transaction.atomic():
        action = request_action(
            purpose="r", kind="ORDER", store=order.store, order=order, wanted=wanted, at=NOON
        )

    carry_out_due(at=NOON)

    action.refresh_from_db()
    assert SHOP.orders[str(action.key)][0] == wanted
    assert (action.state, action.external_name) == (State.DONE, "#1900")
    assert "ada" not in str(action.wanted).lower()


def test_a_code_is_found_by_its_own_text(order):
    wanted = NewDiscount("SORRY-10", "Sorry", NOON, NOON + timedelta(days=30), percent=10, uses=1)
    with transaction.atomic():
        action = request_action(purpose="d", kind="DISCOUNT", store=order.store, wanted=wanted, at=NOON)
    SHOP.after = [cut_off()]
    carry_out_due(at=NOON)

    later(action, NOON + LONG)

    assert (action.state, SHOP.effects) == (State.DONE, 1)
    assert SHOP.discounts["SORRY-10"][0] == wanted


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_twenty_workers_at_once_make_one_effect():
    action = refund(OrderFactory(store=connected()))
    together = threading.Barrier(20)

    def worker(_number):
        try:
            together.wait(10)
            return carry_out_due(at=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        claimed = sum(pool.map(worker, range(20)))

    action.refresh_from_db()
    assert (claimed, SHOP.effects, SHOP.calls, action.state) == (1, 1, 1, State.DONE)
