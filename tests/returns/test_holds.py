"""Stock held for exchanges: promised once, set aside in the shop, given back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from returns.models import StockHold
from returns.services.exchange_staff import mark_ordered
from returns.services.holds import free_stock
from returns.services.requests import Refused, cancel
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON
from tests.returns.scenes import ask, bought, sibling, swap, work
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP
from tracking.models import ShopAction, StockLevel
from tracking.services.shop_staff import mark_done

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def free(variant):
    return free_stock([variant])[variant.pk]


def test_the_last_piece_is_promised_once():
    order, other = bought(), bought()
    wanted = sibling(order, stock=1)

    ask(order, swap(order, wanted))

    assert free(wanted) == 0
    with pytest.raises(Refused) as caught:
        ask(other, swap(other, wanted))
    assert caught.value.code == "no_stock"


def test_more_than_there_is_cannot_be_held():
    order = bought({"quantity": 3})
    wanted = sibling(order, stock=2)

    with pytest.raises(Refused) as caught:
        ask(order, *(swap(order, wanted, index) for index in range(3)))

    assert caught.value.code == "no_stock"
    assert not StockHold.objects.exists()


def test_what_is_sold_no_more_cannot_be_had_and_what_nobody_counts_can():
    order = bought()
    gone, uncounted = sibling(order, removed_at=NOON), sibling(order, stock=None)

    assert free(gone) == 0
    assert free(uncounted) is None
    ask(order, swap(order, uncounted))


def test_pieces_are_set_aside_in_the_shop_and_given_back_when_the_return_is_cancelled():
    order = bought()
    wanted = sibling(order, stock=5)
    ret = ask(order, swap(order, wanted))
    work()

    assert [change.delta for change in SHOP.stock] == [-1]
    cancel(ret.pk, at=NOON)
    work()

    assert [change.delta for change in SHOP.stock] == [-1, 1]
    assert {change.inventory_item_id for change in SHOP.stock} == {wanted.inventory_item_id}


def test_a_shop_that_was_not_told_yet_is_not_told_at_all():
    order = bought()
    wanted = sibling(order, stock=5)
    ret = ask(order, swap(order, wanted))

    cancel(ret.pk, at=NOON)
    work()

    assert SHOP.stock == []
    assert ShopAction.objects.get().state == ShopAction.State.CANCELLED
    assert free(wanted) == 5


def test_what_may_have_been_set_aside_is_given_back_once_a_person_has_looked():
    order = bought()
    wanted = sibling(order, stock=5)
    ret = ask(order, swap(order, wanted))
    SHOP.after.append(memory_shop.cut_off())
    work()
    work(NOON + timedelta(minutes=20))
    action = ShopAction.objects.get()
    assert action.state == ShopAction.State.STAFF

    cancel(ret.pk, at=NOON)
    assert ShopAction.objects.count() == 1
    memory_shop.SHOP.after.clear()
    mark_done(action_id=action.pk, by="Kim", at=NOON)
    work(NOON + timedelta(minutes=30))

    assert [change.delta for change in SHOP.stock] == [-1, 1]


def test_held_pieces_count_until_the_shop_says_new_numbers():
    order = bought()
    wanted = sibling(order, stock=5)
    ask(order, swap(order, wanted))
    work()
    StockLevel.objects.filter(inventory_item_id=wanted.inventory_item_id).update(
        updated_at=NOON - timedelta(hours=1)
    )

    assert free(wanted) == 4  # told, but its numbers are those of before
    StockLevel.objects.filter(inventory_item_id=wanted.inventory_item_id).update(
        available=4, updated_at=NOON + timedelta(minutes=1)
    )

    assert free(wanted) == 4


def test_a_store_without_a_shop_counts_its_own_stock_down_when_it_is_sent():
    store = StoreFactory(slug="plain", platform="none", currency="USD")
    order = bought(store=store)
    wanted = sibling(order, stock=5)
    ret = ask(order, swap(order, wanted))
    mark_ordered(exchange_id=ret.exchanges.get().pk, name="by hand", by="Kim", at=NOON)

    level = StockLevel.objects.get(inventory_item_id=wanted.inventory_item_id)
    assert (level.available, free(wanted)) == (4, 4)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_two_who_want_the_last_piece_at_once_do_not_both_get_it():
    orders = [bought() for _ in range(6)]
    wanted = sibling(orders[0], stock=2)
    gate = threading.Barrier(len(orders))

    def want(order):
        try:
            gate.wait(10)
            return ask(order, swap(order, wanted))
        except Refused as exc:
            return exc.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(orders)) as pool:
        answers = list(pool.map(want, orders))

    assert answers.count("no_stock") == 4
    assert StockHold.objects.count() == 2
