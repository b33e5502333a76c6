"""The pages about labels in a real browser: sound in every width and scheme, bought without JavaScript."""

import os
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories.customers import StaffFactory
from tests.staff import client_of, listing, page
from tests.tracking.labelling import account, ask, order_with_lines, work
from tracking.models import Label

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def staff(open_page):
    """Return `open(path, …)`: a page of the back-office, logged in."""
    user = StaffFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    session = {"name": "session", "value": client_of(user).cookies["session"].value}
    return lambda path, **how: open_page(path, cookies=(session,), **how)


def shot(opened, name):
    if os.environ.get("SHOTS"):
        opened.page.screenshot(path=f"{os.environ['SHOTS']}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_pages_about_labels_are_sound(staff, width, scheme):
    order = order_with_lines()
    label = ask(account(), order=order, qr=True, is_return=True)
    failed = ask(label.account, order=order, purpose="x", service="pigeon")
    work()
    paths = [
        page(order),
        reverse("admin:tracking_label_buy") + f"?order={order.pk}",
        listing(Label),
        page(label),
    ]
    for n, path in enumerate([*paths, page(failed)]):
        opened = staff(path, width=width, scheme=scheme, again=True)
        shot(opened, f"labels-{n}-{width}-{scheme}")
        assert (opened.problems(), opened.axe(), opened.overflow()) == ([], [], 0), path
    opened = staff(paths[1], width=width, scheme=scheme, again=True)
    opened.page.get_by_role("button", name="Show services and prices").click()
    shot(opened, f"labels-prices-{width}-{scheme}")
    assert (opened.problems(), opened.axe(), opened.overflow()) == ([], [], 0), "prices"
    opened = staff(page(label), width=width, scheme=scheme, again=True)
    opened.page.get_by_role("button", name="Cancel the label").click()
    shot(opened, f"labels-cancel-{width}-{scheme}")
    assert (opened.problems(), opened.axe(), opened.overflow()) == ([], [], 0), "cancel"


def test_a_label_is_bought_and_cancelled_without_javascript(staff):
    order = order_with_lines()
    ask(account(), order=order, is_return=True, purpose="earlier")
    opened = staff(page(order), js=False)

    opened.page.get_by_role("link", name="Buy a label").click()
    opened.page.get_by_role("button", name="Show services and prices").click()
    opened.page.get_by_label("Standard").check()
    opened.page.get_by_role("button", name="Buy this label").click()
    expect(opened.page.get_by_text("The label is being bought.")).to_be_visible()
    work(timezone.now() + timedelta(minutes=1))

    label = Label.objects.latest("pk")
    assert label.state == Label.State.BOUGHT and label.service == "Standard"
    opened = staff(page(label), js=False)
    opened.page.get_by_role("button", name="Cancel the label").click()
    opened.page.get_by_role("button", name="Yes, cancel it").click()
    expect(opened.page.get_by_text("1 being cancelled")).to_be_visible()
