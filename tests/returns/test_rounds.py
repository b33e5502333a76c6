"""What time does to returns: warned, ended, missed, asked for; never silently, and never twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from customers.models import Alert, Event
from returns import tasks
from returns.models import Exchange, PaymentRequest, Return
from returns.services import moves, rounds
from returns.services.requests import approve, revive
from tests.factories.returns import PolicyVersionFactory
from tests.factories.tracking import NOON
from tests.returns.scenes import ask, bought, conf, sibling, swap, work
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP
from tracking.models import ShopAction

pytestmark = pytest.mark.django_db
S, X = Return.State, Exchange.State
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def ready(ret, days=28):
    """Say that its label is there, good for so many days from NOON."""
    with transaction.atomic():
        row = moves.locked(ret.pk)
        row.expires_at = NOON + days * DAY
        if row.state == S.APPROVED:
            moves.advance(row, S.LABEL_READY, at=NOON)
        else:
            moves.save(row)
    work()
    ret.refresh_from_db()
    return ret


def states(ret, *days):
    """Let the workers work at each of the days; return the return's state after each."""
    found = []
    for day in days:
        work(NOON + day * DAY)
        ret.refresh_from_db()
        found.append(str(ret.state))
    return found


def told(kind):
    return Event.objects.filter(kind=f"returns.{kind}").count()


# --- the label ---
def test_an_expiring_label_is_told_once_three_days_before_and_ends_the_return():
    order = bought()
    ret = ready(ask(order, swap(order, sibling(order))))

    before = states(ret, 20, 24.9)
    assert (before, told("return.expiring")) == (["LABEL_READY", "LABEL_READY"], 0)
    assert states(ret, 25, 26, 27.9) == ["LABEL_READY"] * 3
    assert told("return.expiring") == 1
    assert states(ret, 28, 29) == ["EXPIRED", "EXPIRED"]

    exchange = ret.exchanges.get()
    assert (exchange.state, exchange.hold.released_at) == (X.CANCELLED, NOON + 28 * DAY)
    assert not ret.units.get().active
    assert told("return.expired") == 1
    assert ask(order).state == S.APPROVED


def test_a_return_whose_parcel_was_scanned_does_not_end():
    ret = ready(ask(bought()))
    parcel = ret.parcels.first() or ret.parcels.create(position=1, created_at=NOON)
    ret.parcels.filter(pk=parcel.pk).update(first_scan_at=NOON)

    assert states(ret, 25, 28, 40) == ["LABEL_READY"] * 3


def test_what_is_kept_has_no_label_and_does_not_end():
    order = bought()
    body = {"base": {"window_days": 30, "window_from": "delivery", "keep_under_minor": 10_000}}
    PolicyVersionFactory(policy__store=order.store, body=body)
    ret = ask(order)
    Return.objects.filter(pk=ret.pk).update(expires_at=NOON + DAY)

    assert "EXPIRED" not in states(ret, 2, 40)


# --- the new one is out, the goods never came ---
def out(**given):
    order = bought()
    conf(order, exchange_ships="AT_ONCE", **given)
    ret = ready(ask(order, swap(order, sibling(order))))
    assert ret.exchanges.get().state == X.ORDERED
    return ret


def test_goods_that_never_came_are_reminded_of_and_then_charged_by_the_stores_rule():
    ret = out(never_came_then="CHARGE")

    assert states(ret, 25, 28) == ["LABEL_READY", "LABEL_READY"]
    (reminded,) = Event.objects.filter(kind="returns.exchange.reminded")
    assert reminded.data["about"] == "goods"
    assert states(ret, 34, 35) == ["LABEL_READY", "EXPIRED"]

    payment = ret.payments.get()
    assert (payment.why, payment.amount_minor) == ("goods", 4800)
    assert Alert.objects.get(kind=rounds.KIND).state == "OPEN"
    assert ret.units.get().active  # it was made good: it does not come back a second time
    assert ret.exchanges.get().state == X.ORDERED


def test_a_store_may_let_a_person_decide_about_goods_that_never_came():
    ret = out(never_came_then="STAFF")

    assert states(ret, 25, 28, 35)[-1] == "EXPIRED"
    assert ret.payments.count() == 0
    assert "$48.00" in Alert.objects.get(kind=rounds.KIND).detail


def test_goods_that_come_after_all_are_not_owed_for():
    ret = out(never_came_then="CHARGE")
    states(ret, 25, 28, 35)

    with transaction.atomic():
        revive(ret.pk, at=NOON + 36 * DAY)
        moves.advance(moves.locked(ret.pk), S.RECEIVED, at=NOON + 36 * DAY)
    work(NOON + 36 * DAY)

    assert ret.payments.get().state == PaymentRequest.State.CANCELLED
    assert Alert.objects.get(kind=rounds.KIND).state == "ENDED"


def test_what_was_paid_of_it_already_is_not_charged_again():
    order = bought()
    conf(order, exchange_ships="AT_ONCE", never_came_then="CHARGE")
    ret = ask(order, swap(order, sibling(order, price_minor=6000)))
    ret.payments.update(state="PAID", paid_at=NOON)
    ret.exchanges.update(state=X.ORDERED)

    assert rounds.owed_for_goods(ret, list(ret.exchanges.all())) == 6000 - 1200


def test_a_parcel_that_does_not_arrive_is_for_a_person_and_costs_the_shopper_nothing():
    ret = ask(bought())
    with transaction.atomic():
        moves.advance(moves.locked(ret.pk), S.IN_TRANSIT, at=NOON)

    assert states(ret, 0, 20)[-1] == "IN_TRANSIT"
    assert not Alert.objects.filter(kind=rounds.KIND).exists()
    assert states(ret, 21) == ["IN_TRANSIT"]
    assert Alert.objects.get(kind=rounds.KIND).state == "OPEN"
    assert ret.payments.count() == 0


# --- decisions ---
def reviewed():
    order = bought()
    body = {"base": {"window_days": 30, "window_from": "delivery", "review": True}}
    PolicyVersionFactory(policy__store=order.store, body=body)
    return ask(order)


def test_a_decision_that_is_waited_for_gets_louder():
    ret = reviewed()
    work()
    first = Alert.objects.get().title

    states(ret, 2)

    assert "waits" not in first
    assert "2 days" in Alert.objects.get().title


# --- workers ---
def test_a_worker_that_dies_leaves_the_return_to_the_next(monkeypatch):
    ret = ready(ask(bought()))
    monkeypatch.setattr(rounds, "next_look", _die)
    with pytest.raises(KeyboardInterrupt):
        tasks.look_after_returns(at=NOON + 28 * DAY)
    monkeypatch.undo()
    ret.refresh_from_db()
    assert (ret.state, told("return.expired")) == (S.LABEL_READY, 0)
    Return.objects.update(leased_until=NOON - 300 * DAY)

    assert states(ret, 28) == ["EXPIRED"]
    assert told("return.expired") == 1


def _die(*_args):
    raise KeyboardInterrupt


def test_one_poison_return_does_not_stop_the_others_and_is_shown(monkeypatch):
    bad, good = ready(ask(bought())), ready(ask(bought()))
    real = rounds.look_after

    def look_after(row, *, at):
        if row.pk == bad.pk:
            raise ValueError("odd")
        real(row, at=at)

    monkeypatch.setattr(rounds, "look_after", look_after)
    for hour in range(12):
        work(NOON + 28 * DAY + timedelta(hours=2 * hour))

    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, bad.state) == (S.EXPIRED, S.LABEL_READY)
    assert Alert.objects.get(kind="returns.fault").subject_id == str(bad.pk)


def test_a_ring_that_comes_while_a_worker_is_at_it_is_not_lost():
    ret = ready(ask(bought()))
    (claimed,) = rounds.claims.claim(
        Return.objects.filter(pk=ret.pk), at=NOON + 25 * DAY, limit=1, lease=rounds.LEASE
    )
    Return.objects.filter(pk=ret.pk).update(due_at=NOON + 25 * DAY + timedelta(seconds=1))

    rounds.look_after(claimed, at=NOON + 25 * DAY)

    ret.refresh_from_db()
    assert (ret.due_at, ret.claim) == (NOON + 25 * DAY + timedelta(seconds=1), None)


# --- many at once ---
def together(*jobs):
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            gate.wait(20)
            return job()
        except Exception as exc:
            return exc
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


on_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")


@on_postgres
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_fifty_approvals_at_once_are_one():
    order = bought()
    body = {"base": {"window_days": 30, "window_from": "delivery", "review": True}}
    PolicyVersionFactory(policy__store=order.store, body=body)
    conf(order, exchange_ships="AT_ONCE")
    ret = ask(order, swap(order, sibling(order)))

    answers = together(*[lambda: approve(ret.pk, at=NOON, by="Kim")] * 50)
    work()

    assert {str(answer.state) for answer in answers} <= {"APPROVED", "LABEL_READY"}
    assert told("return.approved") == 1
    assert (len(SHOP.orders), ShopAction.objects.filter(kind="ORDER").count()) == (1, 1)


@on_postgres
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_return_asked_for_ten_times_at_once_is_one():
    order = bought({"quantity": 2})

    answers = together(*[lambda: ask(order, key="form-1")] * 5, *[lambda: ask(order)] * 5)

    made = {answer.pk for answer in answers if isinstance(answer, Return)}
    assert (len(made), Return.objects.count()) == (1, 1)


@on_postgres
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_workers_that_end_returns_at_once_end_each_once():
    rets = [ready(ask(bought())) for _ in range(4)]

    together(*[lambda: [tasks.look_after_returns(at=NOON + 28 * DAY) for _ in range(4)]] * 4)

    assert Return.objects.filter(state=S.EXPIRED).count() == len(rets)
    assert told("return.expired") == len(rets)
