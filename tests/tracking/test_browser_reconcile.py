"""Comparisons with shops, in a real Chromium."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.utils import timezone

from tests.factories.customers import StoreFactory
from tests.staff import client_of, listing, page
from tracking.models import ReconcileFinding, ReconcileRun

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def made() -> ReconcileRun:
    """Return a comparison with one finding of each sort, among others."""
    at = timezone.now()
    store = StoreFactory(api_url="https://harbour-pine.myshopify.com", api_secret="shpat")
    for number, state in enumerate(("DONE", "FAILED", "SKIPPED", "STOPPED")):
        made = ReconcileRun.objects.create(
            store=store,
            state=state,
            since=at - timedelta(days=number + 2),
            until=at - timedelta(days=number + 1),
            created_at=at - timedelta(days=number + 1),
            words="Shopify answered 401: Invalid API key or access token" if state == "FAILED" else "",
        )
    made = ReconcileRun.objects.create(
        store=store, since=at, until=at, created_at=at, seen=1200, missing=1, older=1, repaired=2, gone=1
    )
    for number, what in enumerate(ReconcileFinding.What.values):
        made.findings.create(
            kind=ReconcileFinding.Kind.values[number],
            external_id=f"582098291194615450{number}",
            what=what,
            differed=["payment_status", "total_minor", "lines"] if what == "OLDER" else [],
            repaired=what != "UNREADABLE",
            words="the order's currency: 'XXL' is not an ISO 4217 currency" if what == "UNREADABLE" else "",
            found_at=at,
        )
    return made


def test_the_pages_about_comparisons_are_sound(made, open_page):
    client = client_of()
    user = client.get("/admin/").wsgi_request.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    session = {"name": "session", "value": client.cookies["session"].value}
    paths = (
        listing(ReconcileRun),
        page(made),
        f"{listing(ReconcileFinding)}?run__id__exact={made.pk}",
        page(made.findings.get(what="UNREADABLE")),
    )
    for number, path in enumerate(paths):
        width, scheme = ALL[number % 4]
        opened = open_page(path, cookies=(session,), width=width, scheme=scheme, again=True)
        assert (opened.problems(), opened.axe(), opened.overflow()) == ([], [], 0), (path, width, scheme)
