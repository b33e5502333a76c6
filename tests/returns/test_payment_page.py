"""The page on which a difference is paid, and how Stripe writes sums."""

import pytest
import responses
from django.urls import reverse

from config.lib.money import BadMoney
from customers.models import Event
from returns import tokens
from returns.models import Exchange, PaymentRequest
from returns.stripe_units import NotInStripe, from_stripe, to_stripe
from tests.returns.checkout_double import CheckoutDouble, dearer
from tests.returns.scenes import work
from tests.tracking import memory_shop

pytestmark = pytest.mark.django_db
P, X = PaymentRequest.State, Exchange.State


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def stripe():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield CheckoutDouble().at(mock)


def page(payment):
    return reverse("return_pay", args=[tokens.token(payment.ret), payment.public_id])


def test_the_page_leads_to_the_provider_and_says_until_when(stripe, client):
    _ret, payment = dearer()
    work()
    payment.refresh_from_db()

    text = client.get(page(payment)).content.decode()

    assert payment.url in text
    assert "$12.00" in text


def test_the_sandbox_pays_in_a_demo_and_nowhere_else(client, settings):
    settings.DEMO = True
    ret, payment = dearer(stripe_key="")
    work()
    assert "<button" in client.get(page(payment)).content.decode()

    settings.DEMO = False
    assert client.post(page(payment)).status_code == 404
    settings.DEMO = True
    assert client.post(page(payment)).status_code == 302
    assert client.post(page(payment)).status_code == 302

    payment.refresh_from_db()
    assert (payment.provider, payment.state) == ("sandbox", P.PAID)
    assert "Thank you" in client.get(page(payment)).content.decode()
    assert Event.objects.filter(kind="returns.exchange.paid").count() == 1
    assert ret.exchanges.get().state == X.ORDERING


def test_looking_at_the_page_changes_nothing(stripe, client):
    _ret, payment = dearer()
    work()
    before = PaymentRequest.objects.values().get()

    client.get(page(payment))
    client.head(page(payment))

    assert PaymentRequest.objects.values().get() == before


def test_another_returns_payment_and_a_wrong_token_are_not_found(client):
    _ret, mine = dearer(stripe_key="")
    _other, theirs = dearer(stripe_key="")
    wrong = reverse("return_pay", args=[tokens.token(mine.ret), theirs.public_id])

    assert client.get(wrong).status_code == 404
    assert client.post(wrong).status_code == 404
    assert client.get(reverse("return_pay", args=["x" * 44, mine.public_id])).status_code == 404


# --- Stripe's own way of writing sums ---
@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [(1200, "USD", 1200), (500, "JPY", 500), (5120, "KWD", 5120), (5, "ISK", 500), (5, "UGX", 500)],
)
def test_sums_are_written_as_stripe_wants_them(minor, currency, written):
    assert to_stripe(minor, currency) == written
    assert from_stripe(written, currency) == minor


def test_a_sum_that_stripe_cannot_write_goes_to_a_person():
    with pytest.raises(NotInStripe):
        to_stripe(5123, "KWD")
    with pytest.raises(BadMoney):
        to_stripe(1, "XXQ")
