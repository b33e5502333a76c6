"""The pages about promises in a real Chromium."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from tests.factories.customers import StaffFactory
from tests.factories.tracking import ShipmentFactory
from tests.staff import client_of, page
from tests.tracking.test_eta_admin import CORRECTED, WHY
from tracking.models import Promise

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shipment(db):
    now = timezone.now()
    today = now.date()
    ends = ["KEPT"] * 9 + ["EARLY"] * 2 + ["MISSED"] * 2 + ["OPEN"]
    for carrier, country in (("ups", "US"), ("usps", "US"), ("dhl", "DE")):
        for outcome in ends:
            parcel = ShipmentFactory(
                carrier=carrier,
                carrier_name="",
                destination={"country": country},
                eta_to_date=today,
                eta_from_date=today,
                eta_source="ours",
                shipped_at=now,
                status="IN_TRANSIT",
            )
            for why, hours in ((CORRECTED, 3), (WHY, 1)):
                Promise.objects.create(
                    shipment=parcel,
                    from_date=today,
                    to_date=today,
                    source="ours",
                    made_at=now - timedelta(hours=hours),
                    outcome=outcome,
                    why=why,
                )
    return parcel


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_pages_about_promises_are_sound(open_page, shipment, width, scheme):
    user = StaffFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    cookies = ({"name": "session", "value": client_of(user).cookies["session"].value},)
    for path in (reverse("admin:tracking_promise_figures"), page(shipment)):
        opened = open_page(path, width=width, scheme=scheme, cookies=cookies, again=True)

        opened.page.wait_for_load_state("networkidle")
        assert opened.problems() == []
        assert opened.axe() == []
        assert opened.overflow() <= 0
