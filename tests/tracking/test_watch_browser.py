"""The watch's pages in a real browser: sound in every width and scheme, sent without JavaScript."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from tests.factories.customers import StaffFactory
from tests.staff import client_of, listing, page
from tests.tracking.test_watch_admin import held
from tests.tracking.watching import facts
from tracking import events
from tracking.models import Flag
from tracking.services.incidents import revise

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def staff(open_page):
    """Return `open(path, …)`: a page of the back-office, logged in."""
    user = StaffFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    session = {"name": "session", "value": client_of(user).cookies["session"].value}
    return lambda path, **how: open_page(path, cookies=(session,), **how)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_watchs_pages_are_sound(staff, width, scheme):
    incident = held(12)
    offer = {"offer_code": "SORRY", "offer_minor": 500, "budget_minor": 4_000, "offer_by_hand": True}
    revise(incident_id=incident.pk, changes=offer)
    paths = [
        listing(Flag),
        listing(Flag) + "?kind__exact=CUSTOMS",
        page(Flag.objects.first()),
        page(incident),
        page(incident, "write"),
        page(incident, "send"),
    ]
    for path in paths:
        opened = staff(path, width=width, scheme=scheme, again=True)
        assert (opened.problems(), opened.axe(), opened.overflow()) == ([], [], 0), path


def test_the_apology_is_sent_without_javascript(staff):
    incident = held(3)
    opened = staff(page(incident), js=False)

    opened.page.get_by_role("link", name="Send to 3 customers").click()
    opened.page.get_by_role("button", name="Send to 3 customers").click()

    expect(opened.page.get_by_text("On its way for 3 orders.")).to_be_visible()
    assert len(facts(events.INCIDENT_APOLOGY)) == 3
