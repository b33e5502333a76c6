"""Two people or workers at one moment, on the database that lets them; and the whole way from the watch."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection, connections

from customers.models import Event
from customers.outbox import deliver_due
from engagement.models import Message
from engagement.tasks import send_messages
from tests.factories.tracking import NOON
from tests.tracking import memory_shop
from tests.tracking.late import late_parcel, offered, order_of, parcel_of, rules
from tests.tracking.memory_shop import SHOP
from tracking.models import MakeGood, Promise, ShopAction, StockLevel
from tracking.services import watch
from tracking.services.make_good_offers import look_round
from tracking.services.make_goods import Over, choose
from tracking.services.shop_actions import carry_out_due

pytestmark = pytest.mark.django_db
at_once = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def together(*jobs):
    """Run each job in a thread of its own, at the same moment; return what they returned or raised."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            gate.wait(10)
            return job()
        except Over as exc:
            return exc
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def asks(made, choice):
    return lambda: choose(make_good_id=made.pk, choice=choice, at=NOON)


@at_once
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_choices_at_once_are_one():
    made = offered(late_parcel())

    answers = together(*(asks(made, choice) for choice in ("REFUND", "REPLACEMENT") * 4))

    assert sum(isinstance(answer, Over) for answer in answers) == 4
    assert ShopAction.objects.count() == 1


@at_once
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_choices_at_once_do_not_overdraw_the_budget():
    store = late_parcel().order.store
    parcels = [late_parcel(store=store) for _ in range(6)]
    StockLevel.objects.update(available=0)
    rules(store, make_good_budget_minor=11_000)
    look_round(at=NOON)

    together(*(asks(parcel.make_goods.get(), "REFUND") for parcel in parcels))

    assert ShopAction.objects.count() == 2
    assert MakeGood.objects.filter(state=MakeGood.State.STAFF).count() == 4


@at_once
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_workers_that_look_round_at_once_offer_once():
    parcels = [late_parcel() for _ in range(5)]

    together(*(lambda: look_round(at=NOON) for _ in range(6)))

    assert MakeGood.objects.count() == len(parcels)
    assert Event.objects.filter(kind="tracking.make_good.offered").count() == len(parcels)


@time_machine.travel(NOON, tick=False)
def test_from_a_broken_promise_to_money_back():
    parcel = parcel_of(order_of({}), (0, 1), shipped_at=NOON - timedelta(days=12))
    Promise.objects.create(
        shipment=parcel,
        from_date=date(2026, 3, 2),
        to_date=date(2026, 3, 3),
        source="ups",
        made_at=NOON - timedelta(days=12),
    )
    watch.hurry(at=NOON)
    while watch.look_round(at=NOON):
        pass
    assert parcel.flags.filter(kind="LATE", cleared_at=None).exists()

    made = offered(parcel)
    assert made.facts["promised"] == "2026-03-03"
    choose(make_good_id=made.pk, choice="REFUND", at=NOON, seen_minor=made.amount_minor)
    while carry_out_due(at=NOON):
        pass
    look_round(at=NOON)
    while deliver_due(at=NOON) + send_messages(at=NOON + timedelta(hours=2)):
        pass

    made.refresh_from_db()
    assert (made.state, SHOP.effects) == (MakeGood.State.DONE, 1)
    assert [message.subject for message in mail.outbox] == [
        f"$53.00 is on its way back to you ({made.order.number})"
    ]
    held = dict(Message.objects.exclude(state="SENT").values_list("kind", "reason"))
    assert "nothing to choose" in held["make_good"]
