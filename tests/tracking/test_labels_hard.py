"""Labels while things change around them: cancelled orders, higher prices, accounts off, odd answers."""

import pytest

from customers.models import Alert
from tests.factories.tracking import NOON
from tests.staff import client_of
from tests.tracking.label_doubles import EasyPostDouble, lost
from tests.tracking.labelling import LATER, account, ask, order_with_lines, work
from tracking.labels import calls
from tracking.labels.base import Kind, LabelError
from tracking.labels.sandbox import Sandbox
from tracking.models import CarrierAccount, Label
from tracking.services.labels import LabelRefused, cancel_label

pytestmark = pytest.mark.django_db
State = Label.State


def fresh(label):
    return Label.objects.get(pk=label.pk)


def switch_off():
    CarrierAccount.objects.update(enabled=False)


# --- orders
def test_no_parcel_of_a_cancelled_order_gets_a_label_but_its_return_does():
    order, seller = order_with_lines(cancelled_at=NOON), account()

    with pytest.raises(LabelRefused, match="was cancelled: no parcel of it may leave"):
        ask(seller, order=order)
    ask(seller, order=order, is_return=True)

    assert [label.direction for label in Label.objects.all()] == ["RETURN"]


@pytest.mark.parametrize("steps", [0, 1])
def test_an_order_cancelled_before_its_label_is_bought_costs_nothing(steps, monkeypatch):
    bought = []
    monkeypatch.setattr(Sandbox, "buy", lambda *a, **k: bought.append(1))
    order = order_with_lines()
    label = ask(order=order)
    work(rounds=steps)
    type(order).objects.update(cancelled_at=NOON)

    work()

    assert (fresh(label).state, bought) == (State.FAILED, [])
    assert "was cancelled" in fresh(label).reason and not order.shipments.exists()


def test_the_page_says_that_a_cancelled_order_gets_no_label():
    account()
    order = order_with_lines(cancelled_at=NOON)
    client = client_of()
    address = f"/admin/tracking/label/buy/?order={order.pk}"
    forms = client.get(address).context["forms"]
    told = {
        field.html_name: field.value() or ""
        for form in (forms.parcel, forms.sender, forms.recipient)
        for field in form
    }
    told |= {field.html_name: field.value() or "" for form in forms.lines for field in form}
    told |= {"from-lines": "1 Dock Street", "from-city": "Portland", "from-country": "US", "from-name": "Us"}

    response = client.post(address, told | {"prices": "1"})

    assert "was cancelled: no parcel of it may leave" in response.content.decode()


# --- prices
@pytest.mark.parametrize(
    ("most", "state"),
    [((480, "USD"), State.BOUGHT), ((479, "USD"), State.FAILED), ((480, "EUR"), State.FAILED)],
)
def test_a_label_is_bought_at_the_price_that_was_shown_or_not_at_all(most, state):
    label = ask(order=order_with_lines(), most_minor=most[0], most_currency=most[1])

    work()

    assert fresh(label).state == state
    assert state == State.BOUGHT or "It costs $4.80 now, and" in fresh(label).reason


# --- accounts
@pytest.mark.parametrize("steps", [0, 1])
def test_an_account_switched_off_before_the_purchase_buys_nothing(steps):
    label = ask(order=order_with_lines())
    work(rounds=steps)
    switch_off()

    work()

    assert fresh(label).state == State.FAILED and "No labels can be bought through" in fresh(label).reason


def test_an_account_switched_off_before_the_documents_are_here_says_so_to_a_person():
    label = ask(order=order_with_lines())
    work(rounds=2)
    assert fresh(label).state == State.BOUGHT
    switch_off()

    work()

    assert fresh(label).waits_for_a_person is False and fresh(label).due_at is None
    assert "No labels can be bought through" in fresh(label).reason
    assert Alert.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("trouble", ["switched off", "key refused"])
def test_a_cancellation_that_cannot_be_looked_up_was_not_refused(trouble):
    with EasyPostDouble() as double:
        label = ask(account("easypost"), order=order_with_lines())
        work()
        double.faults["refund"] = [lost()]
        cancel_label(label_id=label.pk, at=LATER)
        work(LATER, rounds=1)
        if trouble == "switched off":
            switch_off()
        else:
            double.faults["get"] = [(401, {}, "{}")] * 9
        Label.objects.update(due_at=LATER)
        work(LATER)

    assert fresh(label).state == State.CANCELLING and fresh(label).waits_for_a_person


# --- answers
@pytest.mark.parametrize(
    "url", ["https://[::1", "https://[x].easypost.com/l.png", "https://easypost.com:x@127.0.0.1/a"]
)
def test_an_address_of_a_document_that_is_none_is_a_refusal(url):
    with pytest.raises(LabelError) as caught:
        calls.fetch(url, Kind.LABEL, hosts=calls.hosts_of({}, (r"easypost\.com",)), label="X", files=None)

    assert caught.value.permanent


def test_a_price_in_a_currency_nobody_knows_leaves_the_price_that_was_promised():
    with EasyPostDouble() as double:
        label = ask(account("easypost"), order=order_with_lines())
        work(rounds=1)
        promised = fresh(label).cost_minor, fresh(label).currency
        buy = double._buy

        def odd(body, match, query):
            status, told = buy(body, match, query)
            told["selected_rate"] |= {"rate": "9.99", "currency": "GOLDCOINS"}
            told["tracking_code"] = "94 001\n../../etc/x"
            return status, told

        double._buy = odd
        double.mock.reset()
        double.wire()
        work()

    assert (fresh(label).cost_minor, fresh(label).currency) == promised
    assert fresh(label).tracking_number == "94 001 ../../etc/x"
    assert fresh(label).shipment.tracking_key == "94001ETCX"
