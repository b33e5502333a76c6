"""Money back through Stripe, against a double of its API."""

import pytest
import responses

from returns.refunders.stripe import StripeRefunder, is_payment, refunder
from tests.factories.customers import StoreFactory
from tests.factories.returns import ReturnSettingsFactory
from tests.returns.stripe_double import KEY, StripeDouble
from tracking.shops.client import RefundOrder, ShopCredentials, ShopError


@pytest.fixture
def stripe():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield StripeDouble().at(mock)


@pytest.fixture
def client():
    return StripeRefunder(ShopCredentials("https://api.stripe.com", secret=KEY))


def wanted(amount=1999, currency="USD", payment="pi_0001"):
    return RefundOrder(payment, amount, currency, note="Return R-1")


def test_a_refund_is_asked_for_with_our_key(stripe, client):
    done = client.refund(wanted(), key="k1")

    assert (done.name, done.amount_minor) == ("succeeded", 1999)
    made = stripe.refunds[0]
    assert made["metadata"] == {"porchlight_key": "k1", "note": "Return R-1"}
    assert (made["payment_intent"], made["reason"]) == ("pi_0001", "requested_by_customer")
    assert list(stripe.remembered) == ["k1"]


def test_a_charge_is_refunded_as_a_charge(stripe, client):
    client.refund(wanted(payment="ch_0001"), key="k1")

    assert (stripe.refunds[0]["charge"], stripe.refunds[0]["payment_intent"]) == ("ch_0001", None)


def test_the_same_key_gives_money_back_once(stripe, client):
    first, second = (client.refund(wanted(), key="k1") for _ in range(2))

    assert first == second
    assert len(stripe.refunds) == 1


@pytest.mark.parametrize(
    ("currency", "minor", "theirs"),
    [
        ("USD", 1999, 1999),
        ("JPY", 1999, 1999),
        ("KWD", 12_340, 12_340),
        ("ISK", 1999, 199_900),
        ("EUR", 1, 1),
    ],
)
def test_sums_are_written_as_stripe_writes_them(stripe, client, currency, minor, theirs):
    stripe.payments["pi_0001"] = (currency.lower(), 10**9)

    done = client.refund(wanted(minor, currency), key="k1")

    assert stripe.refunds[0]["amount"] == theirs
    assert done.amount_minor == minor


def test_a_thousandth_that_stripe_cannot_write_is_refused_before_anything_is_asked(stripe, client):
    with pytest.raises(ShopError) as raised:
        client.refund(wanted(12_345, "KWD"), key="k1")

    assert raised.value.permanent
    assert not stripe.calls


def test_a_payment_in_another_currency_is_refused(stripe, client):
    stripe.payments["pi_0001"] = ("eur", 100_000)

    with pytest.raises(ShopError, match="in EUR, not in USD") as raised:
        client.refund(wanted(), key="k1")

    assert raised.value.permanent
    assert not stripe.refunds


def test_a_refund_that_waits_for_the_shopper_has_left_our_hands(stripe, client):
    stripe.status = "requires_action"

    assert client.refund(wanted(), key="k1").name == "requires_action"


def test_a_refund_under_way_is_begun_and_not_done(stripe, client):
    stripe.status = "pending"
    for ask in (lambda: client.refund(wanted(), key="k1"), lambda: client.find_refund("pi_0001", key="k1")):
        with pytest.raises(ShopError) as raised:
            ask()
        assert (raised.value.begun, raised.value.permanent, raised.value.unknown) == (True, False, False)

    stripe.refunds[0]["status"] = "succeeded"

    assert client.find_refund("pi_0001", key="k1").name == "succeeded"


def test_a_refund_that_came_to_nothing_says_so(stripe, client):
    stripe.status = "failed"

    with pytest.raises(ShopError, match="lost_or_stolen_card") as raised:
        client.refund(wanted(), key="k1")

    assert (raised.value.permanent, raised.value.unknown) == (True, False)


def test_a_status_nobody_knows_is_for_a_person(stripe, client):
    stripe.status = "teleported"

    with pytest.raises(ShopError) as raised:
        client.refund(wanted(), key="k1")

    assert raised.value.unknown


def test_a_payment_that_was_refunded_already_is_refused_for_good(stripe, client):
    stripe.payments["pi_0001"] = ("usd", 1999)
    client.refund(wanted(), key="k1")

    with pytest.raises(ShopError, match="charge_already_refunded") as raised:
        client.refund(wanted(), key="k2")

    assert (raised.value.permanent, raised.value.unknown) == (True, False)


@pytest.mark.parametrize(
    ("mode", "unknown"),
    [
        ("timeout", True),
        ("reset", True),
        ("500", True),
        ("garbage", True),
        ("429", False),
        ("unreachable", False),
    ],
)
def test_a_call_that_went_wrong_says_whether_it_may_have_been_done(stripe, client, mode, unknown):
    stripe.fail(mode, on="POST refunds")

    with pytest.raises(ShopError) as raised:
        client.refund(wanted(), key="k1")

    assert (raised.value.unknown, raised.value.permanent) == (unknown, False)


def test_a_lost_answer_is_found_by_our_key(stripe, client):
    stripe.fail("timeout_after", on="POST refunds")
    with pytest.raises(ShopError):
        client.refund(wanted(), key="k1")

    assert client.find_refund("pi_0001", key="k1").external_id == stripe.refunds[0]["id"]
    assert client.find_refund("pi_0001", key="k2") is None


def test_refunds_beyond_the_first_page_are_found(stripe, client):
    for number in range(120):
        client.refund(wanted(1), key=f"k{number}")

    assert client.find_refund("pi_0001", key="k0").amount_minor == 1
    assert stripe.called("GET refunds") == 2


def test_a_payment_stripe_does_not_know_is_refused_for_good(stripe, client):
    with pytest.raises(ShopError, match="does not know") as raised:
        client.refund(wanted(payment="pi_9999"), key="k1")

    assert raised.value.permanent


@pytest.mark.parametrize("reference", ["", "1042", "pi_1/../refunds", "pi_0001?x=1", "re_0001"])
def test_what_is_no_payment_of_stripe_is_never_asked_for(stripe, client, reference):
    assert not is_payment(reference)
    with pytest.raises(ShopError):
        client.find_refund(reference, key="k1")
    assert not stripe.calls


def test_a_wrong_key_is_refused_without_being_repeated_in_words(stripe):
    client = StripeRefunder(ShopCredentials("https://api.stripe.com", secret="rk_test_other"))

    with pytest.raises(ShopError) as raised:
        client.refund(wanted(), key="k1")

    assert raised.value.denied
    assert "rk_test" not in str(raised.value)


@pytest.mark.django_db
def test_a_store_without_a_key_has_no_way_to_stripe():
    store = StoreFactory()
    assert refunder(store) is None

    ReturnSettingsFactory(store=store, stripe_key=KEY)
    assert refunder(store).credentials.secret == KEY
