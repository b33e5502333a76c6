"""Many at one moment, on the database that lets them: one effect, sums that hold."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from returns.models import CreditEntry, Refund, Return, ReturnUnit
from returns.services.credits import NotEnough, spend
from returns.services.ledger import retry
from returns.services.settling import settle
from tests.factories.tracking import NOON
from tests.returns.paying import back, inspected, order_of, person, rows, work
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP
from tracking.models import ShopAction
from tracking.services.refundable import left_to_refund
from tracking.services.shop_actions import carry_out_due
from tracking.services.shop_staff import NotNow
from tracking.shops.client import ShopError

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def together(jobs, *, calm=()):
    """Run each job in a thread of its own, all at one moment; return what they returned or raised."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            gate.wait(20)
            return job()
        except calm as exc:
            return exc
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_fifty_settlements_at_once_give_money_back_once():
    ret = inspected(back())

    together([lambda: settle(ret.pk, at=NOON)] * 50)
    together([lambda: carry_out_due(at=NOON)] * 10)
    work()

    assert rows(ret) == [("shopify", 4800, "SUCCEEDED")]
    assert (SHOP.effects, ShopAction.objects.filter(kind="REFUND").count()) == (1, 1)
    assert Return.objects.get(pk=ret.pk).state == "SETTLED"


def test_returns_of_one_order_at_once_do_not_overdraw_it():
    order = order_of(1000, quantity=8, shipping=0)
    rets = [inspected(back(order, only=[index])) for index in range(8)]
    ReturnUnit.objects.update(value_minor=1500)  # as if somebody had reckoned wrongly

    together([lambda pk=ret.pk: settle(pk, at=NOON) for ret in rets for _ in range(4)])

    asked = sum(Refund.objects.values_list("amount_minor", flat=True))
    assert (asked, left_to_refund(order)) == (8000, 0)


def test_twenty_people_who_retry_at_once_make_one_attempt():
    ret = inspected(back())
    settle(ret.pk, at=NOON)
    SHOP.before = [ShopError("No", permanent=True)]
    work()
    refund, by = ret.refunds.get(), person()

    told = together([lambda: retry(refund.pk, "manual", by=by, at=NOON)] * 20, calm=(NotNow,))

    assert sum(isinstance(one, NotNow) for one in told) == 19
    assert [row[0] for row in rows(ret)] == ["shopify", "manual"]


def test_a_credit_is_not_spent_twice_at_once():
    ret = inspected(back(outcome="CREDIT"))
    settle(ret.pk, at=NOON)
    credit, by = ret.credits.get(), person()

    told = together(
        [
            lambda n=n: spend(credit_id=credit.pk, amount_minor=3000, purpose=f"order:{n}", by=by, at=NOON)
            for n in range(10)
        ],
        calm=(NotEnough,),
    )

    assert sum(isinstance(one, CreditEntry) for one in told) == 1
