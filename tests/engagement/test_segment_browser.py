"""The editor of a rule in a real Chromium: sound at any width, counting while it is written."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from engagement.models import Segment
from tests.factories.customers import StaffFactory
from tests.factories.segments import ListFactory, ProfileFactory, SegmentFactory
from tests.staff import client_of, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULE = {
    "all": [
        {"fact": "profile.orders", "op": "at_least", "value": 2},
        {"any": [{"fact": "order", "op": "has", "where": {"city": "Kiel"}}]},
    ]
}


@pytest.fixture
def cookies(db):
    user = StaffFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    return ({"name": "session", "value": client_of(user).cookies["session"].value},)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_page_is_sound(open_page, cookies, width, scheme):
    segment, vip = SegmentFactory(rule=RULE), ListFactory()
    for path in (page(segment, "who"), page(segment), page(vip, "file"), page(vip, "members")):
        one = open_page(path, width=width, scheme=scheme, cookies=cookies, again=True)
        one.page.wait_for_load_state("networkidle")

        assert one.problems() == [], path
        assert one.axe() == [], path
        assert one.overflow() <= 0, path


def test_the_count_follows_what_is_typed(open_page, cookies):
    ProfileFactory(orders=3)
    ProfileFactory(orders=5)
    segment = SegmentFactory(rule={"fact": "profile.orders", "op": "at_least", "value": 2})
    tab = open_page(page(segment, "who"), width=1280, cookies=cookies).page
    expect(tab.locator(".segment__count")).to_have_text("2")

    tab.get_by_label("Rule 1: compared with").fill("4")

    expect(tab.locator(".segment__count")).to_have_text("1")
    expect(tab.locator("#segment-count")).to_have_text("1 customer")
    assert Segment.objects.get(pk=segment.pk).rule["value"] == 2


def test_another_fact_brings_its_own_fields_and_keeps_the_focus(open_page, cookies):
    segment = SegmentFactory(rule={"fact": "profile.orders", "op": "at_least", "value": 2})
    tab = open_page(page(segment, "who"), width=1280, cookies=cookies).page

    with tab.expect_navigation():
        tab.get_by_label("Rule 1: what is asked").select_option("customer.phone")

    expect(tab.get_by_label("Rule 1: what is asked")).to_be_focused()
    expect(tab.get_by_label("Rule 1: compared with")).to_have_value("yes")
