"""A label is bought at most once, whatever happens: lost answers, killed workers, sellers in trouble."""

from datetime import timedelta

import pytest
import requests

from config.lib import claims
from customers.models import Alert, Event
from tests.factories.tracking import NOON, OrderFactory
from tests.tracking.label_doubles import EasyPostDouble, ShippoDouble, lost
from tests.tracking.labelling import LATER, account, ask, order_with_lines, work
from tracking.labels.sandbox import Sandbox
from tracking.models import Label
from tracking.services.label_work import QUIET
from tracking.services.labels import NotWaiting, cancel_label, look_up_again, settle_as_not_bought

pytestmark = pytest.mark.django_db

State = Label.State
DOUBLES = {"easypost": EasyPostDouble, "shippo": ShippoDouble}


@pytest.fixture(params=list(DOUBLES))
def double(request):
    with DOUBLES[request.param]() as there:
        there.code = request.param
        yield there


def told(kind):
    return Event.objects.filter(kind=f"tracking.label.{kind}").count()


def test_a_double_click_buys_one():
    seller, order = account(), OrderFactory()

    first, second = ask(seller, order=order), ask(seller, order=order)
    work()
    third = ask(seller, order=order)

    assert first == second == third and Label.objects.count() == 1


def test_what_failed_can_be_asked_for_again_under_the_same_purpose():
    seller, order = account(), OrderFactory()
    first = ask(seller, order=order, service="pigeon")
    work()
    second = ask(seller, order=order)
    work()

    assert Label.objects.get(pk=first.pk).state == State.FAILED
    assert "economy" in Label.objects.get(pk=first.pk).reason
    assert Label.objects.get(pk=second.pk).state == State.BOUGHT
    assert told("failed") == told("bought") == 1


def test_a_lost_answer_is_looked_up_and_the_label_is_not_bought_twice(double):
    double.faults["buy"] = [lost()]
    label = ask(account(double.code))

    work()
    label.refresh_from_db()
    assert label.state == State.UNKNOWN and double.bought == 1 and told("bought") == 0
    work(LATER)

    label.refresh_from_db()
    assert label.state == State.BOUGHT and double.bought == double.count("buy") == 1
    assert told("bought") == 1 and not Alert.objects.exists()


def test_a_purchase_that_certainly_did_not_happen_is_made_again(double):
    double.faults["buy"] = [(500, {}, "oops")]
    label = ask(account(double.code))

    work()
    work(NOON + timedelta(minutes=1))
    work(LATER)

    label.refresh_from_db()
    assert label.state == State.BOUGHT and double.bought == 1 and double.count("buy") == 2


def test_a_seller_that_may_buy_twice_is_believed_only_after_a_while():
    with ShippoDouble() as double:
        double.faults["buy"] = [(500, {}, "oops")]
        label = ask(account("shippo"))
        work()

        work(NOON + timedelta(seconds=90))
        label.refresh_from_db()
        assert label.state == State.UNKNOWN and double.count("buy") == 1

        work(NOON + timedelta(minutes=3))
        label.refresh_from_db()
        assert label.state == State.BOUGHT and double.count("buy") == 2


class Killed(BaseException):
    """Not an Exception: nothing in the worker may catch it."""


class Killer:
    """Kills whoever passes for the `n`th time."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


def test_a_worker_killed_at_any_point_leaves_one_label_and_one_cancellation(double, monkeypatch):
    """Before and after every call to the seller, and before and after every row is written."""
    seller, order, settle = account(double.code), order_with_lines(), claims.settle
    killed = 0
    for n in range(1, 80):
        killer = double.tick = Killer(n)

        def settle_or_die(row, killer=killer, **changes):
            killer()
            held = settle(row, **changes)
            killer()
            return held

        monkeypatch.setattr(claims, "settle", settle_or_die)
        label = ask(seller, order=order, purpose=f"k{n}")
        before = double.bought, double.refunded
        deaths = [live_and_die(lambda: work(NOON)), live_and_die(lambda: work(NOON + QUIET))]
        work(LATER)
        label.refresh_from_db()
        if label.state == State.BOUGHT:
            cancel_label(label_id=label.pk, at=LATER)
        deaths.append(live_and_die(lambda: work(LATER)))
        work(LATER + QUIET)
        double.tick = lambda: None
        label.refresh_from_db()

        assert label.state == State.CANCELLING and label.ready_at, n
        assert (double.bought, double.refunded) == (before[0] + 1, before[1] + 1), n
        assert order.shipments.filter(tracking_number=label.tracking_number).count() == 1, n
        killed += any(deaths)
        if not any(deaths):
            break

    assert killed == n - 1 > 15 and told("bought") == n and not Alert.objects.exists()


def live_and_die(life) -> bool:
    """Return whether a worker died; its lease ends then."""
    try:
        life()
    except Killed:
        Label.objects.update(leased_until=NOON - timedelta(days=365))
        return True
    return False


def test_too_many_requests_wait_as_long_as_was_asked(double):
    double.faults["create"] = [(429, {"Retry-After": "600"}, "{}")]
    label = ask(account(double.code))

    work()

    label.refresh_from_db()
    assert label.state == State.REQUESTED and label.due_at >= NOON + timedelta(seconds=600)
    work(NOON + timedelta(seconds=601))
    assert double.bought == 1


def test_trouble_that_does_not_pass_ends_after_a_day(double):
    label = ask(account(double.code))
    for hours in (0, 12, 25):
        double.faults["create"] = [(503, {}, "")] * 9
        work(NOON + timedelta(hours=hours), rounds=1)

    label.refresh_from_db()
    assert label.state == State.FAILED and "Given up after a day" in label.reason and double.bought == 0


def test_what_nobody_can_find_out_goes_to_a_person(double):
    double.faults["buy"] = [lost()]
    double.faults["get"] = [] if double.code == "shippo" else []
    label = ask(account(double.code))
    work()
    looking = "list" if double.code == "shippo" else "get"
    for minutes in (5, 40, 80, 200):
        double.faults[looking] = [(503, {}, "")] * 3
        work(NOON + timedelta(minutes=minutes), rounds=1)

    label.refresh_from_db()
    alert = Alert.objects.get()
    assert label.state == State.UNKNOWN and label.waits_for_a_person and "503" in label.reason
    assert alert.key == f"label:{label.pk}" and alert.state == "OPEN"

    double.faults[looking] = []
    look_up_again(label_id=label.pk, at=NOON + timedelta(hours=5))
    work(NOON + timedelta(hours=5))

    label.refresh_from_db()
    alert.refresh_from_db()
    assert label.state == State.BOUGHT and double.bought == 1 and alert.state == "ENDED"


def test_a_person_can_settle_what_was_not_bought():
    with EasyPostDouble() as double:
        double.faults["buy"] = [requests.ConnectionError("reset")]
        double.faults["get"] = [(200, {}, "{")] * 0
        seller = account("easypost")
        label = ask(seller)
        work()
        seller.api_key = ""
        seller.save()
        work(LATER)

    label.refresh_from_db()
    assert label.waits_for_a_person and "API key" in label.reason
    settle_as_not_bought(label_id=label.pk, at=LATER, by="Grace")

    label.refresh_from_db()
    assert label.state == State.FAILED and label.reason == "Not bought, says Grace"
    assert Alert.objects.get().state == "ENDED" and told("failed") == 1
    with pytest.raises(NotWaiting):
        settle_as_not_bought(label_id=label.pk, at=LATER, by="Grace")


def test_an_answer_nobody_foresaw_is_an_unknown_purchase_not_a_lost_one(monkeypatch):
    def garble(*args, **kwargs):
        raise KeyError("surprise")

    monkeypatch.setattr(Sandbox, "buy", garble)
    label = ask()
    work()

    label.refresh_from_db()
    assert label.state == State.UNKNOWN and "KeyError" in label.last_error
    monkeypatch.undo()
    work(LATER)
    label.refresh_from_db()
    assert label.state == State.BOUGHT
