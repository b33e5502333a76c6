"""What goes out in place of what comes back: when, through whom, and what if it does not work."""

from datetime import timedelta

import pytest
from django.db import transaction

from customers.models import Alert, Event, Store
from returns.models import Exchange, Return, ReturnUnit
from returns.services import moves
from returns.services.exchange_staff import NotNow, give_up, mark_ordered, order_now
from returns.services.requests import Refused, cancel, change, release_refund
from tests.factories.tracking import NOON, VariantFactory
from tests.returns.scenes import ADDRESS, ask, bought, conf, sibling, swap, wish, work
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP
from tracking.models import ShopAction
from tracking.services import shop_staff
from tracking.shops.client import ShopError

pytestmark = pytest.mark.django_db
X = Exchange.State


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def swapped(*, ships="FIRST_SCAN", **given):
    """Ask for another one of an order's only piece."""
    order = bought()
    conf(order, exchange_ships=ships)
    wanted = sibling(order)
    return ask(order, swap(order, wanted), **given), wanted


def moved(ret, state, at=NOON):
    """Bring a return to a state, as parcels and the warehouse do, and let the workers work."""
    with transaction.atomic():
        row = moves.locked(ret.pk)
        if state in ("RECEIVED", "INSPECTED"):
            stage = "ARRIVED" if state == "RECEIVED" else "INSPECTED"
            row.units.filter(keep=False).update(stage=stage, arrived_at=at)
        moves.advance(row, state, at=at)
    work(at)
    ret.refresh_from_db()
    return ret.exchanges.get()


def test_an_even_swap_costs_nothing_and_the_new_one_goes_out_at_the_first_scan():
    ret, wanted = swapped()
    work()
    exchange = ret.exchanges.get()
    assert (exchange.state, exchange.difference_minor, exchange.price_minor) == (X.HELD, 0, 4800)
    assert SHOP.orders == {}

    exchange = moved(ret, "IN_TRANSIT")

    ((new, _done),) = SHOP.orders.values()
    assert (exchange.state, exchange.order_name) == (X.ORDERED, "#1900")
    assert [(line.variant_external_id, line.quantity, line.price_minor) for line in new.lines] == [
        (wanted.external_id, 1, 0)
    ]
    assert (new.paid, new.tags, new.ship_to.postcode) == (True, ("exchange",), "97201")
    assert Event.objects.get(kind="returns.exchange.ordered").data["exchange_id"] == exchange.pk
    assert [each.delta for each in SHOP.stock] == [-1, 1]  # the order has taken its own


@pytest.mark.parametrize(
    ("ships", "before", "then"),
    [
        ("AT_ONCE", None, "APPROVED"),
        ("FIRST_SCAN", "LABEL_READY", "IN_TRANSIT"),
        ("RECEIPT", "IN_TRANSIT", "RECEIVED"),
        ("INSPECTION", "RECEIVED", "INSPECTED"),
    ],
)
def test_the_store_says_when_the_new_one_goes_out(ships, before, then):
    ret, _wanted = swapped(ships=ships)
    if before:
        assert moved(ret, before).state == X.HELD

    assert moved(ret, then).state == X.ORDERED
    assert len(SHOP.orders) == 1


def test_equal_ones_are_one_order_and_different_ones_are_two():
    order = bought({"quantity": 3})
    conf(order, exchange_ships="AT_ONCE")
    one, two = sibling(order), sibling(order)

    ask(order, swap(order, one, 0), swap(order, one, 1), swap(order, two, 2))
    work()

    assert sorted(new.lines[0].quantity for new, _ in SHOP.orders.values()) == [1, 2]


def test_an_exchange_costs_one_order_however_often_its_news_is_told():
    ret, _wanted = swapped(ships="AT_ONCE")
    work()
    for _ in range(3):
        Return.objects.filter(pk=ret.pk).update(due_at=NOON)
        work(NOON + timedelta(hours=1))

    assert (len(SHOP.orders), SHOP.calls) == (1, 3)  # set aside, ordered, given back


def test_a_worker_that_dies_while_ordering_makes_one_order():
    _ret, _wanted = swapped(ships="AT_ONCE")
    SHOP.after += [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        work()

    for action in ShopAction.objects.exclude(claim=None):
        memory_shop.later(action, NOON + memory_shop.LONG)
    work(NOON + memory_shop.LONG)

    assert len(SHOP.orders) == 1
    assert Exchange.objects.get().state == X.ORDERED


def test_what_came_back_wrong_goes_to_a_person_before_anything_is_sent():
    ret, _wanted = swapped(ships="INSPECTION")
    ReturnUnit.objects.update(condition="NOT_OURS")

    exchange = moved(ret, "INSPECTED")

    assert (exchange.state, SHOP.orders) == (X.STAFF, {})
    assert Alert.objects.get(kind="returns.exchange").key == f"exchange:{exchange.pk}"


def test_signals_of_risk_let_the_new_one_wait_for_the_inspection_or_a_person():
    ret, _wanted = swapped(ships="AT_ONCE")
    Return.objects.filter(pk=ret.pk).update(refund_held=True)
    Exchange.objects.update(state=X.HELD, action=None)
    ShopAction.objects.all().delete()
    assert moved(ret, "RECEIVED").state == X.HELD

    release_refund(ret.pk, at=NOON, by="Kim")
    work()

    assert ret.exchanges.get().state == X.ORDERED


def test_a_gift_goes_to_who_has_it_and_the_shop_names_no_buyer():
    order = bought()
    conf(order, exchange_ships="AT_ONCE")
    wanted = sibling(order)
    ask(order, swap(order, wanted), source="GIFT", email="bo@example.com", ship_from=ADDRESS)

    work()

    ((new, _done),) = SHOP.orders.values()
    assert (new.email, new.customer_external_id, new.phone) == ("bo@example.com", "", "")
    assert (new.ship_to.name, new.ship_to.lines) == ("Bo", ("1 Elm St",))


# --- where the shop cannot be told ---
def test_without_a_shop_a_person_orders_and_says_so():
    ret, wanted = swapped(ships="AT_ONCE")
    Store.objects.update(api_secret="")
    Exchange.objects.update(state=X.HELD, action=None)
    ShopAction.objects.all().delete()
    Return.objects.update(due_at=NOON)
    work()
    exchange = ret.exchanges.get()
    assert (exchange.state, Alert.objects.get(kind="returns.exchange").state) == (X.STAFF, "OPEN")

    mark_ordered(exchange_id=exchange.pk, name="#77", by="Kim", at=NOON)
    mark_ordered(exchange_id=exchange.pk, name="#78", by="Kim", at=NOON)

    exchange.refresh_from_db()
    assert (exchange.state, exchange.order_name) == (X.ORDERED, "#77")
    assert Alert.objects.get(kind="returns.exchange").state == "ENDED"


def test_what_the_shop_refuses_is_settled_by_a_person_and_goes_on():
    ret, _wanted = swapped(ships="AT_ONCE")
    ShopAction.objects.filter(kind="STOCK").update(state="DONE", due_at=None)
    SHOP.before.append(ShopError("No such variant", permanent=True))
    work()
    exchange = ret.exchanges.get()
    assert exchange.state == X.STAFF
    with pytest.raises(NotNow):
        order_now(exchange_id=exchange.pk, by="Kim", at=NOON)

    shop_staff.cancel(action_id=exchange.action_id, by="Kim", at=NOON)
    work()
    order_now(exchange_id=exchange.pk, by="Kim", at=NOON)
    work()

    exchange.refresh_from_db()
    assert (exchange.state, len(SHOP.orders)) == (X.ORDERED, 1)


def test_an_action_that_a_person_marks_as_done_is_the_exchanges_order():
    ret, _wanted = swapped(ships="AT_ONCE")
    ShopAction.objects.filter(kind="STOCK").update(state="DONE", due_at=None)
    SHOP.before.append(ShopError("No", permanent=True))
    work()
    action = ret.exchanges.get().action

    shop_staff.mark_done(action_id=action.pk, by="Kim", at=NOON, external_id="901", external_name="#1901")
    work()

    assert (ret.exchanges.get().state, ret.exchanges.get().order_name) == (X.ORDERED, "#1901")


# --- given up ---
def test_an_exchange_that_is_given_up_pays_its_goods_back_and_frees_its_stock():
    ret, _wanted = swapped()

    give_up(exchange_id=ret.exchanges.get().pk, by="Kim", at=NOON)

    exchange = ret.exchanges.get()
    assert (exchange.state, exchange.hold.released_at, ret.units.get().outcome) == (
        X.CANCELLED,
        NOON,
        "REFUND",
    )
    assert Event.objects.get(kind="returns.exchange.cancelled").data["why"] == "staff"


def test_what_is_ordered_is_neither_cancelled_nor_changed_nor_given_up():
    ret, _wanted = swapped(ships="AT_ONCE")
    work()

    with pytest.raises(Refused) as cancelled:
        cancel(ret.pk, at=NOON)
    with pytest.raises(Refused) as changed:
        change(ret.pk, wishes=[wish(ret.order)], method="LABEL", at=NOON)
    with pytest.raises(NotNow):
        give_up(exchange_id=ret.exchanges.get().pk, by="Kim", at=NOON)

    assert (cancelled.value.code, changed.value.code) == ("ordered", "ordered")


def test_a_change_gives_the_first_ones_stock_back_and_holds_the_second():
    order = bought()
    first, second = sibling(order, stock=1), sibling(order, stock=1)
    ret = ask(order, swap(order, first))

    change(ret.pk, wishes=[swap(order, second)], method="LABEL", at=NOON)
    change(ret.pk, wishes=[swap(order, first)], method="LABEL", at=NOON)

    assert list(ret.exchanges.order_by("pk").values_list("variant", "state")) == [
        (first.pk, X.CANCELLED),
        (second.pk, X.CANCELLED),
        (first.pk, X.HELD),
    ]
    assert ret.units.get().exchange.variant == first


def test_nothing_of_another_store_can_be_had():
    order, foreign = bought(), VariantFactory(product__store__slug="elsewhere")

    with pytest.raises(Refused) as caught:
        ask(order, swap(order, foreign))

    assert caught.value.code == "variant"
