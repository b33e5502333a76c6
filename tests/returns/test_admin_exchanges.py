"""Staff and exchanges, staff and what shoppers owe: pages, buttons, and what they may not do."""

import pytest
import time_machine
from django.contrib.auth.models import Permission

from returns.models import Exchange, PaymentRequest
from tests.factories.customers import UserFactory
from tests.factories.tracking import NOON
from tests.returns.checkout_double import dearer
from tests.returns.scenes import ask, bought, conf, sibling, swap, work
from tests.staff import act, client_of, listing, page, press, queries, said
from tests.tracking import memory_shop
from tracking.models import ShopAction

pytestmark = pytest.mark.django_db
P, X = PaymentRequest.State, Exchange.State


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def staff(db):
    return client_of()


def held():
    order = bought()
    conf(order, exchange_ships="INSPECTION")
    ret = ask(order, swap(order, sibling(order)))
    return ret.exchanges.get()


def test_the_list_of_exchanges_takes_the_same_queries_however_long_it_is(staff):
    held()
    one = queries(staff, listing(Exchange))
    for _ in range(3):
        held()

    assert queries(staff, listing(Exchange)) == one
    assert staff.post(listing(Exchange, "export")).status_code == 200


def test_a_page_shows_what_is_held_and_offers_what_makes_sense(staff):
    exchange = held()

    text = staff.get(page(exchange)).content.decode()

    assert exchange.ret.number in text
    assert "Mark as ordered" in text
    assert "Give it up" in text
    Exchange.objects.update(state=X.ORDERED)
    assert "Give it up" not in staff.get(page(exchange)).content.decode()


def test_an_exchange_is_ordered_by_a_button_once(staff):
    exchange = held()

    press(staff, exchange, "order_now")
    again = press(staff, exchange, "order_now")
    work()

    exchange.refresh_from_db()
    assert (exchange.state, len(memory_shop.SHOP.orders)) == (X.ORDERED, 1)
    assert again.status_code == 403


def test_an_order_made_by_hand_is_noted_with_its_number(staff):
    exchange = held()

    empty = staff.post(page(exchange, "ordered"), {"name": ""})
    done = staff.post(page(exchange, "ordered"), {"name": "#77"}, follow=True)

    exchange.refresh_from_db()
    assert (empty.status_code, exchange.state, exchange.order_name) == (200, X.ORDERED, "#77")
    assert said(done) == [f"Marked as ordered: Exchange of {exchange.ret.number} (#77)."]


def test_exchanges_are_given_up_from_the_list_and_each_says_why_not(staff):
    one, other = held(), held()
    Exchange.objects.filter(pk=other.pk).update(state=X.ORDERED)

    answer = act(staff, Exchange, "give_up", [one, other])

    one.refresh_from_db()
    assert one.state == X.CANCELLED
    assert any("Not given up" in line for line in said(answer))


def test_money_that_came_another_way_is_noted_and_the_exchange_goes_on(staff):
    ret, payment = dearer(stripe_key="")
    work()

    press(staff, payment, "mark_paid")
    work()

    payment.refresh_from_db()
    assert (payment.state, ret.exchanges.get().state) == (P.PAID, X.ORDERED)
    assert "Make the link again" not in staff.get(page(payment)).content.decode()


def test_a_payment_is_settled_and_its_exchange_given_up(staff):
    ret, payment = dearer(stripe_key="")
    work()

    press(staff, payment, "settle")

    payment.refresh_from_db()
    assert (payment.state, ret.exchanges.get().state) == (P.CANCELLED, X.CANCELLED)


def test_who_may_only_look_changes_nothing():
    exchange, (_ret, payment) = held(), dearer(stripe_key="")
    clerk = UserFactory(is_staff=True)
    names = ["view_exchange", "view_paymentrequest"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = client_of(clerk)

    assert client.get(page(exchange)).status_code == 200
    assert press(client, exchange, "give_up").status_code == 403
    assert client.post(page(exchange, "ordered"), {"name": "#1"}).status_code == 403
    assert press(client, payment, "mark_paid").status_code == 403
    assert ShopAction.objects.filter(kind="ORDER").count() == 0
