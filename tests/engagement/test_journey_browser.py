"""The journey editor in a real Chromium: sound at any width, by keyboard alone, without JavaScript."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from engagement.journeys import drafts, services
from engagement.models import Enrolment, Journey, StepLog
from tests.engagement.journey_graphs import CARE
from tests.factories.customers import CustomerFactory, StaffFactory, StoreFactory
from tests.factories.engagement import TemplateFactory
from tests.staff import client_of, listing, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cookies(db):
    user = StaffFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    return ({"name": "session", "value": client_of(user).cookies["session"].value},)


@pytest.fixture
def journey(db):
    StoreFactory(language="en")
    TemplateFactory(store=None, kind="care_of_lamps", subject="Care", body="# Hello {{ first_name }}\n")
    made = Journey.objects.create(code="care", name="Care of lamps", topic="tips", draft=CARE)
    services.publish(journey_id=made.pk, by="Ada", at=timezone.now())
    made.refresh_from_db()
    return made


@pytest.fixture
def run(journey):
    now = timezone.now()
    made = Enrolment.objects.create(
        journey=journey, version=journey.live, key="k", subject="order:1", step="tell", state="ACTIVE",
        customer=CustomerFactory(name="Ada Lovelace"), entered_at=now, stepped_at=now, due_at=now,
    )  # fmt: skip
    StepLog.objects.create(enrolment=made, step="wait", outcome="PASSED", why="3 days are over", at=now)
    return made


def at(journey, name, *more):
    return reverse(f"admin:engagement_journey_{name}", args=[journey.pk, *more])


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_page_is_sound(open_page, journey, run, cookies, width, scheme):
    pages = [
        page(journey),
        at(journey, "editor"),
        at(journey, "step", "ask"),
        f"{at(journey, 'step_add')}?after=ask&way=no",
        at(journey, "begin"),
        at(journey, "publish"),
        at(journey, "versions"),
        page(run),
        listing(Journey),
    ]
    for path in pages:
        one = open_page(path, width=width, scheme=scheme, cookies=cookies, again=True)
        one.page.wait_for_load_state("networkidle")

        assert one.problems() == [], path
        assert one.axe() == [], path
        assert one.overflow() <= 0, path


def press(tab, name):
    """Go to something by Tab alone, as far as that takes, and press Enter."""
    for _ in range(250):
        tab.keyboard.press("Tab")
        told = tab.evaluate(
            "() => { const e = document.activeElement, words = e.textContent.trim().replace(/\\s+/g, ' ');"
            " return e.getAttribute('aria-label') || words || e.value || '' }"
        )
        if told.startswith(name):
            with tab.expect_navigation():
                tab.keyboard.press("Enter")
            return
    raise AssertionError(f"“{name}” cannot be reached by keyboard")


def test_a_journey_is_built_by_keyboard_and_published(open_page, journey, cookies):
    made = Journey.objects.create(code="mine", name="Mine", topic="tips")
    tab = open_page(at(made, "editor"), width=1280, cookies=cookies).page

    press(tab, "Put a step here")
    press(tab, "Wait")
    tab.get_by_label("Days", exact=True).focus()
    tab.keyboard.press("Control+A")
    tab.keyboard.type("3")
    press(tab, "Save in the draft")
    press(tab, "Wait: 3 days")
    press(tab, "Copy")

    assert [step.type for step in drafts.graph_of(Journey.objects.get(code="mine")).walk()] == [
        "wait",
        "wait",
        "end",
    ]


def test_a_journey_is_built_and_published_without_javascript(open_page, journey, run, cookies):
    tab = open_page(listing(Journey, "add"), cookies=cookies, js=False).page

    tab.get_by_label("Name").fill("After a delivery")
    tab.get_by_label("Topic").select_option("tips")
    tab.get_by_role("button", name="Save", exact=True).click()
    tab.locator("a.flow__plus").first.click()
    tab.get_by_role("button", name="Wait", exact=True).click()
    tab.get_by_label("Days", exact=True).fill("2")
    tab.get_by_role("button", name="Save in the draft").click()
    tab.locator("a.flow__plus").nth(1).click()
    tab.get_by_role("button", name="Send a message").click()
    expect(tab.locator(".journey__problem", has_text="Choose which message is sent.")).to_be_visible()
    tab.get_by_label("Which message").select_option("care_of_lamps")
    tab.get_by_role("button", name="Save in the draft").click()
    tab.get_by_role("link", name="Publish …").click()
    tab.get_by_role("button", name="Publish version 1").click()
    expect(tab.get_by_text("Version 1 is live.", exact=False).first).to_be_visible()

    made = Journey.objects.get(code="after-a-delivery")
    assert [step.type for step in drafts.graph_of(made).walk()] == ["wait", "message", "end"]
    tab.goto(tab.url.split("/admin/")[0] + page(run))
    expect(tab.get_by_text("3 days are over")).to_be_visible()
