"""The policy editor in a real Chromium: sound at any width, by keyboard, without JavaScript."""

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from returns.models import ReturnSettings
from returns.policy.base import Body, Condition, Fee, HolidayWindow, Rule, Terms
from returns.policy.defaults import HOUSE
from returns.policy.reading import as_json
from returns.services.policies import draft_of, publish, save_draft, stamp
from tests.factories.customers import StaffFactory
from tests.factories.returns import PolicyFactory
from tests.factories.tracking import (
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tests.staff import client_of, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SALE = Rule(
    "sale-and-outlet",
    "Sale and outlet, with a name that is rather long for a telephone",
    (Condition("product.tag", "any", ("sale", "outlet", "Donaudampfschifffahrtsgesellschaftskapitaen")),),
    Terms(fee=Fee("flat", 590), outcomes=("CREDIT", "EXCHANGE"), credit_bonus_bp=1000, window_days=14),
)
XMAS = HolidayWindow("Christmas", date(2026, 11, 1), date(2026, 12, 24), date(2027, 1, 31))


@pytest.fixture
def policy(db):
    made, now = PolicyFactory(), timezone.now()
    publish(made, as_json(HOUSE), at=now - timedelta(days=100), by="Ada", note="As the house has it")
    publish(made, as_json(Body(HOUSE.base, (SALE, *HOUSE.rules))), at=now - timedelta(days=9), by="Ada")
    draft = Body(HOUSE.base, (*HOUSE.rules, SALE), (XMAS,))
    save_draft(policy_id=made.pk, body=draft, seen=stamp(made), by="Ben", at=now)
    return made


@pytest.fixture
def cookies(policy):
    user = StaffFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    return ({"name": "session", "value": client_of(user).cookies["session"].value},)


@pytest.fixture
def order(policy):
    now = timezone.now()
    made = OrderFactory(store=policy.store, placed_at=now - timedelta(days=9))
    for tag in ("final-sale", "sale"):
        line = OrderLineFactory(order=made, product=ProductFactory(tags=[tag]), title=f"Brass lantern, {tag}")
        parcel = ShipmentFactory(order=made, status="DELIVERED", delivered_at=now - timedelta(days=5))
        ShipmentLineFactory(shipment=parcel, line=line)
    return made


def address(policy, name, *more):
    return reverse(f"admin:returns_policy_{name}", args=[policy.pk, *more])


def pages(policy, order):
    return [
        page(policy),
        address(policy, "base"),
        address(policy, "rule", "sale-and-outlet"),
        address(policy, "rule_add"),
        address(policy, "holiday", 0),
        address(policy, "publish"),
        address(policy, "versions"),
        f"{address(policy, 'why')}?order={order.number.lstrip('#')}&reason=DAMAGED",
        f"{address(policy, 'replay')}?days=90",
        page(ReturnSettings.objects.create(store=policy.store)),
    ]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_page_of_the_editor_is_sound(open_page, policy, order, cookies, width, scheme):
    for path in pages(policy, order):
        one = open_page(path, width=width, scheme=scheme, cookies=cookies, again=True)
        one.page.wait_for_load_state("networkidle")

        assert one.problems() == [], path
        assert one.axe() == [], path
        assert one.overflow() <= 0, path


def test_a_rule_is_written_moved_undone_and_published_without_javascript(open_page, policy, cookies):
    tab = open_page(page(policy), cookies=cookies, js=False).page

    tab.get_by_role("link", name="Add a rule").click()
    tab.get_by_label("What staff call this rule").fill("Abroad")
    tab.get_by_label("Condition 1: what is asked").select_option("order.country")
    tab.get_by_label("Condition 1: how it is compared").select_option("none")
    tab.get_by_label("Condition 1: with what").fill("US, Canada")
    tab.get_by_label("What a return costs the shopper").select_option("label")
    tab.get_by_role("button", name="Save in the draft").click()
    expect(tab.get_by_text("“Canada” is not a two-letter country code.")).to_be_visible()
    tab.get_by_label("Condition 1: with what").fill("US, CA")
    tab.get_by_role("button", name="Save in the draft").click()
    tab.get_by_role("button", name="Up rule Abroad").click()
    expect(tab.get_by_text("Rule “Abroad” stands at place 3 now.")).to_be_visible()
    tab.get_by_role("button", name="Delete rule Abroad").click()
    tab.get_by_role("button", name="Undo the last change").click()

    assert [rule.code for rule in draft_of(type(policy).objects.get()).rules][2] == "abroad"
    tab.get_by_role("link", name="Publish …").click()
    tab.get_by_label("Why it is changed").fill("Parcels from abroad are dear")
    tab.get_by_role("button", name="Publish version 3").click()
    expect(tab.get_by_text("Version 3 is in force.", exact=False).first).to_be_visible()
    assert policy.versions.get(number=3).note == "Parcels from abroad are dear"


def test_what_is_pressed_is_big_enough(open_page, policy, cookies):
    opened = open_page(page(policy), cookies=cookies)

    small = opened.page.evaluate(
        """() => [...document.querySelectorAll(".policy a, .policy button, .policy input:not([type=hidden])")]
        .map((el) => [el.textContent.trim(), el.getBoundingClientRect()])
        .filter(([, box]) => box.height < 43.5 || box.width < 43.5).map(([words]) => words)"""
    )

    assert small == []
