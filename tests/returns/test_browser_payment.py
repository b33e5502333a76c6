"""The page on which a difference is paid, in a real Chromium."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from returns import tokens
from returns.models import PaymentRequest
from tests.returns.checkout_double import dearer
from tests.tracking import memory_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (1280, "light")])
def test_a_shopper_pays_a_difference_without_javascript(open_page, settings, width, scheme):
    settings.DEMO = True
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    ret, payment = dearer(stripe_key="")
    PaymentRequest.objects.update(state=PaymentRequest.State.OPEN)
    address = reverse("return_pay", args=[tokens.token(ret), payment.public_id])

    shown = open_page(address, width=width, scheme=scheme, js=False)

    expect(shown.page.get_by_role("heading", level=1)).to_have_text("$12.00 to pay")
    assert (shown.overflow(), shown.small_targets()) == (0, [])
    shown.page.get_by_role("button", name="Pay $12.00").click()
    expect(shown.page.get_by_role("heading", level=1)).to_have_text("Thank you, it is paid")
    assert PaymentRequest.objects.get().state == PaymentRequest.State.PAID


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_accessibility_problem(open_page, settings, scheme):
    settings.DEMO = True
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    ret, payment = dearer(stripe_key="")
    PaymentRequest.objects.update(state=PaymentRequest.State.OPEN)

    shown = open_page(reverse("return_pay", args=[tokens.token(ret), payment.public_id]), scheme=scheme)

    expect(shown.page.get_by_role("heading", level=1)).to_be_visible()
    assert (shown.axe(), shown.problems()) == ([], [])
