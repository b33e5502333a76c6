"""What shops did, as staff see it in a real Chromium: refunds, returns, edits, wishes of privacy, merges."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from customers.models import CustomerMerge, PrivacyRequest
from customers.services.merging import merge_customers
from customers.services.privacy import Asked, record_request
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.tracking import OrderFactory, OrderLineFactory, ShipmentFactory
from tests.staff import client_of, listing, page
from tests.tracking.shopify_bodies import parse
from tests.tracking.test_order_stories import edit, refund
from tests.tracking.test_shop_returns import STORY, tell
from tracking.services.edits import record_edit
from tracking.services.refunds import record_refund
from tracking.services.removals import record_removal
from tracking.shops.facts import Kind, RemovedData

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AT = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
ALL = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def order(db):
    store = StoreFactory()
    order = OrderFactory(store=store, external_id="1042", number="#1042")
    for number, title in ((1, "Brass lantern with a very long name"), (2, "Wick")):
        OrderLineFactory(order=order, external_id=str(number), title=title, quantity=4, ordered_quantity=4)
    ShipmentFactory(order=order)
    for told in (refund(55, 6, note="Chipped at the rim", order_adjustments=[]), refund(56, 8)):
        record_refund(store=store, data=parse("refunds/create", told), at=AT)
    tell(order, *STORY)
    changed = parse("orders/edited", edit(90, 9, more=[(2, 1)], fewer=[(1, 2)]))
    record_edit(store=store, data=changed, at=AT)
    record_removal(store=store, data=RemovedData(Kind.ORDER, "1042"), told_at=AT, at=AT)
    asked = Asked("CUSTOMER_REDACT", "", "191167", "john@example.com", "+15035550142", ("299938",))
    record_request(store=store, asked=asked, asked_at=AT, at=AT + timedelta(days=1))
    merge_customers(kept_id=CustomerFactory().pk, merged_id=CustomerFactory().pk, source="x", at=AT)
    return order


@pytest.mark.parametrize(("width", "scheme"), ALL)
def test_what_the_shop_did_is_sound_to_look_at(order, open_page, width, scheme):
    client = client_of()
    user = client.get("/admin/").wsgi_request.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    session = {"name": "session", "value": client.cookies["session"].value}

    for path in (
        page(order),
        listing(PrivacyRequest),
        page(PrivacyRequest.objects.get()),
        listing(CustomerMerge),
        page(CustomerMerge.objects.get()),
    ):
        opened = open_page(path, cookies=(session,), width=width, scheme=scheme, again=True)
        assert (opened.problems(), opened.axe(), opened.overflow()) == ([], [], 0), path
