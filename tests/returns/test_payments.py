"""What shoppers owe for dearer exchanges: asked for, reminded of, taken once, given up, never silently."""

from datetime import timedelta

import pytest
import responses
import time_machine

from customers.models import Alert, Event
from returns import tasks
from returns.models import Exchange, PaymentRequest
from returns.services import payments
from returns.services.payments import NotNow, mark_paid, settle_by_hand, take, try_again
from returns.services.requests import cancel
from tests.factories.returns import PolicyVersionFactory
from tests.factories.tracking import NOON
from tests.returns.checkout_double import KEY, SECRET, CheckoutDouble, dearer, report
from tests.returns.scenes import ask, bought, conf, sibling, swap, work
from tests.tracking import memory_shop
from tests.tracking.memory_shop import connected

pytestmark = pytest.mark.django_db
P, X = PaymentRequest.State, Exchange.State
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def stripe():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield CheckoutDouble().at(mock)


def post(client, payment, body, signature):
    slug = payment.ret.store.slug
    with time_machine.travel(NOON, tick=False):
        return client.post(
            f"/webhooks/payments/stripe/{slug}/",
            data=body,
            content_type="application/json",
            headers={"Stripe-Signature": signature},
        )


def told(kind):
    return list(Event.objects.filter(kind=f"returns.exchange.{kind}").order_by("pk"))


# --- asking ---
def test_a_dearer_exchange_is_asked_for_to_the_cent_and_waits(stripe):
    ret, payment = dearer()
    work()

    payment.refresh_from_db()
    (session,) = stripe.sessions.values()
    assert (payment.amount_minor, payment.state, payment.url) == (1200, P.OPEN, session["url"])
    assert (session["amount_total"], session["client_reference_id"]) == (1200, str(payment.public_id))
    assert ret.exchanges.get().state == X.UNPAID
    assert memory_shop.SHOP.orders == {}
    (due,) = told("payment_due")
    assert (due.data["due_minor"], due.data["currency"]) == (1200, "USD")


def test_nothing_is_asked_for_while_a_person_decides():
    order = bought()
    body = {"base": {"window_days": 30, "window_from": "delivery", "review": True}}
    PolicyVersionFactory(policy__store=order.store, body=body)

    ret = ask(order, swap(order, sibling(order, price_minor=6000)))

    assert (ret.state, ret.payments.count()) == ("REVIEW", 0)


@pytest.mark.parametrize("mode", ["timeout_after", "reset", "500", "429", "garbage"])
def test_a_page_that_may_have_been_made_is_not_made_twice(stripe, mode):
    _ret, payment = dearer()
    stripe.fail(mode, on="create")
    work()

    work(NOON + DAY)

    payment.refresh_from_db()
    assert (len(stripe.sessions), payment.state) == (1, P.OPEN)


def test_a_worker_that_dies_while_asking_leaves_one_page(stripe, monkeypatch):
    _ret, payment = dearer()
    monkeypatch.setattr("returns.services.payment_rounds._opened", _die)
    with pytest.raises(KeyboardInterrupt):
        tasks.take_payments(at=NOON)
    monkeypatch.undo()
    PaymentRequest.objects.update(leased_until=NOON - 300 * DAY)

    work(NOON + timedelta(minutes=5))

    payment.refresh_from_db()
    assert (len(stripe.sessions), payment.state) == (1, P.OPEN)


def _die(*_args, **_given):
    raise KeyboardInterrupt


def test_a_key_that_stripe_does_not_accept_goes_to_a_person_who_has_it_tried_again(stripe):
    ret, payment = dearer(stripe_key="rk_test_wrong")
    work()
    payment.refresh_from_db()
    assert (payment.state, Alert.objects.get(kind=payments.ALERT).state) == (P.STAFF, "OPEN")
    assert "rk_test" not in Alert.objects.get(kind=payments.ALERT).detail + payment.last_error

    conf(ret.order, stripe_key=KEY)
    try_again(payment_id=payment.pk, by="Kim", at=NOON)
    work()

    payment.refresh_from_db()
    assert (payment.state, Alert.objects.get(kind=payments.ALERT).state) == (P.OPEN, "ENDED")


def test_a_page_that_has_ended_is_followed_by_the_next(stripe):
    _ret, payment = dearer()
    work()
    stripe.sessions[list(stripe.sessions)[0]]["status"] = "expired"

    work(NOON + timedelta(minutes=20))

    payment.refresh_from_db()
    assert (len(stripe.sessions), payment.url) == (2, list(stripe.sessions.values())[1]["url"])
    assert len(told("payment_due")) == 1


# --- paid ---
def test_a_report_lets_the_exchange_go_on_and_told_again_changes_nothing(stripe, client):
    ret, payment = dearer()
    work()
    body, signature = report(stripe.pay())

    answers = [post(client, payment, body, signature).status_code for _ in range(3)]
    work()

    payment.refresh_from_db()
    assert (answers, payment.state, payment.paid_at) == ([200, 200, 200], P.PAID, NOON)
    assert ret.exchanges.get().state == X.ORDERED
    assert (len(told("paid")), len(memory_shop.SHOP.orders)) == (1, 1)


def test_a_report_that_was_lost_is_made_up_for_by_asking(stripe):
    ret, payment = dearer()
    work()
    stripe.pay()

    work(NOON + timedelta(minutes=20))

    payment.refresh_from_db()
    assert (payment.state, ret.exchanges.get().state) == (P.PAID, X.ORDERED)


def test_a_forged_an_old_and_a_strange_report_change_nothing(stripe, client):
    _ret, payment = dearer()
    work()
    session = stripe.pay()
    good, signature = report(session)
    forged, other = report(session, secret="whsec_other")

    assert post(client, payment, forged, other).status_code == 401
    assert post(client, payment, good + b" ", signature).status_code == 401
    assert post(client, payment, good, "").status_code == 401
    old = signature.replace(str(int(NOON.timestamp())), str(int(NOON.timestamp()) - 301))
    assert post(client, payment, good, old).status_code == 401
    strange, sign = report(session, kind="customer.created")
    assert post(client, payment, strange, sign).json() == {"status": "not ours"}
    unknown, sign = report({**session, "client_reference_id": "cart-7"})
    assert post(client, payment, unknown, sign).json() == {"status": "not ours"}

    payment.refresh_from_db()
    assert payment.paid_at is None


def test_a_store_without_stripe_has_no_door(client):
    ret = ask(bought())
    answer = client.post(f"/webhooks/payments/stripe/{ret.store.slug}/", b"{}", "application/json")
    assert answer.status_code == 404
    assert client.post("/webhooks/payments/stripe/nobody/", b"{}", "application/json").status_code == 404
    assert client.get(f"/webhooks/payments/stripe/{ret.store.slug}/").status_code == 405


def test_a_report_reaches_no_payment_of_another_store(stripe, client):
    _ret, payment = dearer()
    work()
    other = connected(slug="north-mill")
    conf(bought(store=other), stripe_key=KEY, stripe_webhook_secret=SECRET)
    body, signature = report(stripe.pay())

    with time_machine.travel(NOON, tick=False):
        answer = client.post(
            "/webhooks/payments/stripe/north-mill/", body, "application/json",
            headers={"Stripe-Signature": signature},
        )  # fmt: skip

    payment.refresh_from_db()
    assert (answer.json(), payment.paid_at) == ({"status": "not ours"}, None)


def test_a_bank_payment_that_takes_days_is_waited_for_and_one_that_fails_is_asked_for_anew(stripe, client):
    ret, payment = dearer()
    work()
    session = stripe.pay(status="unpaid")
    body, signature = report(session)
    post(client, payment, body, signature)
    work(NOON + 8 * DAY)
    payment.refresh_from_db()
    assert (payment.state, ret.exchanges.get().state) == (P.OPEN, X.UNPAID)

    failed, sign = report(session, kind="checkout.session.async_payment_failed")
    post(client, payment, failed, sign)

    payment.refresh_from_db()
    assert payment.due_at == NOON


def test_another_sum_than_was_asked_for_goes_to_a_person(stripe, client):
    ret, payment = dearer()
    work()
    session = stripe.pay()
    body, signature = report({**session, "amount_total": 1100})

    post(client, payment, body, signature)

    payment.refresh_from_db()
    assert (payment.state, ret.exchanges.get().state) == (P.STAFF, X.UNPAID)
    assert "$11.00" in Alert.objects.get(kind=payments.ALERT).detail


# --- too late, given up ---
def test_a_cancelled_return_closes_its_page(stripe):
    ret, payment = dearer()
    work()

    cancel(ret.pk, at=NOON)
    work()

    payment.refresh_from_db()
    assert (payment.state, list(stripe.sessions.values())[0]["status"]) == (P.CANCELLED, "expired")
    assert payment.due_at is None


def test_money_that_came_before_its_page_was_closed_goes_to_a_person(stripe):
    ret, payment = dearer()
    work()
    cancel(ret.pk, at=NOON)
    stripe.pay()

    work()

    payment.refresh_from_db()
    alert = Alert.objects.get(kind=payments.ALERT)
    assert (payment.state, payment.paid_at, alert.state) == (P.STAFF, NOON, "OPEN")
    assert memory_shop.SHOP.orders == {}
    with pytest.raises(NotNow):
        mark_paid(payment_id=payment.pk, by="Kim", at=NOON)
    settle_by_hand(payment_id=payment.pk, by="Kim", at=NOON)
    alert.refresh_from_db()
    assert alert.state == "ENDED"


def test_money_that_was_paid_for_a_return_that_is_then_cancelled_goes_to_a_person(stripe):
    ret, payment = dearer(exchange_ships="RECEIPT")
    work()
    stripe.pay()
    work(NOON + timedelta(minutes=20))

    cancel(ret.pk, at=NOON + DAY)

    payment.refresh_from_db()
    assert (payment.state, ret.exchanges.get().state) == (P.STAFF, X.CANCELLED)
    assert Alert.objects.get(kind=payments.ALERT).state == "OPEN"


def test_a_second_payment_of_the_same_goes_to_a_person(stripe):
    _ret, payment = dearer()
    work()
    stripe.pay()
    work(NOON + timedelta(minutes=20))

    take(payment_id=payment.pk, at=NOON, external_id="cs_other", amount_minor=1200, currency="USD")

    assert "second time" in Alert.objects.get(kind=payments.ALERT).detail
    assert len(told("paid")) == 1


def test_what_is_not_paid_is_reminded_of_twice_and_then_cancelled_by_the_stores_rule(stripe):
    ret, payment = dearer(unpaid_days=7)
    days = [0, 1, 2, 2.5, 3, 6, 6.5, 7]
    counts = []
    for day in days:
        work(NOON + day * DAY)
        counts.append(len(told("reminded")))

    payment.refresh_from_db()
    assert counts == [0, 0, 1, 1, 1, 2, 2, 2]
    assert {event.data["about"] for event in told("reminded")} == {"payment"}
    assert (payment.state, ret.exchanges.get().state) == (P.CANCELLED, X.CANCELLED)
    assert told("cancelled")[0].data["why"] == "unpaid"
    assert {session["status"] for session in stripe.sessions.values()} == {"expired"}
    ret.refresh_from_db()
    assert (ret.state, ret.units.get().outcome) == ("APPROVED", "REFUND")


def test_reminders_that_were_missed_are_one(stripe):
    _ret, _payment = dearer(unpaid_days=7)
    work()

    work(NOON + 6.5 * DAY)

    assert len(told("reminded")) == 1


def test_a_store_may_ask_a_person_instead(stripe):
    ret, payment = dearer(unpaid_then="STAFF")
    work()
    work(NOON + 7 * DAY)

    payment.refresh_from_db()
    assert (payment.state, ret.exchanges.get().state) == (P.OPEN, X.UNPAID)
    assert Alert.objects.get(kind=payments.ALERT).state == "OPEN"
    settle_by_hand(payment_id=payment.pk, by="Kim", at=NOON + 8 * DAY)
    assert ret.exchanges.get().state == X.CANCELLED


# --- without Stripe ---
def test_without_a_provider_a_person_says_that_it_is_paid():
    ret, payment = dearer(stripe_key="")
    work()
    payment.refresh_from_db()
    assert (payment.provider, payment.state) == ("manual", P.OPEN)

    mark_paid(payment_id=payment.pk, by="Kim", at=NOON)
    work()

    payment.refresh_from_db()
    assert (payment.settled_by, ret.exchanges.get().state) == ("Kim", X.ORDERED)
