"""The back-office in a real Chromium: every list, page and form is sound, and its buttons work."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import transaction
from django.utils import timezone
from django_q.models import Task
from playwright.sync_api import expect

from customers import outbox
from customers.models import Consent, Delivery
from customers.services.partners import issue_key
from engagement.models import Template
from tests.factories.customers import PartnerFactory
from tests.factories.engagement import MessageFactory, SuppressionFactory, TemplateFactory
from tests.factories.tracking import (
    CarrierAccountFactory,
    OrderLineFactory,
    ProductFactory,
    ShipmentFactory,
    ShipmentLineFactory,
    VariantFactory,
)
from tests.staff import client_of, listing, page
from tracking import access
from tracking.carriers.base import ScanData
from tracking.models import AccessCode, Inbound, Link, Location, Order, StockLevel
from tracking.services import add_scans
from tracking.vocabulary import Status

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
PARTS = 5  # odd, so that each part sees every width and scheme


@pytest.fixture
def order(db) -> Order:
    """An order, and around it at least one row of everything the back-office shows."""
    at = timezone.now()
    variant = VariantFactory(
        product=ProductFactory(image_url="/static/demo/lantern.svg"), inventory_item_id="1", sku="L"
    )
    store = variant.store
    location = Location.objects.create(store=store, external_id="1", name="Portland")
    StockLevel.objects.create(location=location, inventory_item_id="1", available=3)
    line = OrderLineFactory(product=variant.product, variant=variant, title="Brass lantern " * 6)
    order = line.order
    account = CarrierAccountFactory(failing_since=at, last_error="401 Unauthorized")
    for status in (Status.OUT_FOR_DELIVERY, Status.EXCEPTION):
        parcel = ShipmentFactory(order=order, account=account)
        ShipmentLineFactory(shipment=parcel, line=line)
        scan = ScanData(status, at=at - timedelta(hours=5), message="Departed " * 8, code="DP")
        add_scans(shipment_id=parcel.pk, scans=[scan], source="easypost", at=at)
    for state in Inbound.State.values:
        Inbound.objects.create(
            store=store,
            source="shopify",
            topic="fulfillment_events/create",
            delivery_key=f"shopify:{state}",
            content_key=state,
            body=b'{"id": 1, "note": "<script>"}',
            received_at=at,
            state=state,
            reason="waits for order 820982911946154500",
            waits_for=f"order:{store.slug}:{order.external_id}" if state == "BLOCKED" else "",
        )
    for state in ("QUEUED", "SENT", "HELD", "FAILED"):
        MessageFactory(order=order, state=state, reason="Address blocked: Mail to it bounces.")
    TemplateFactory(store=store)
    SuppressionFactory()
    link = access.link_for(order, Link.Purpose.ACT, at=at)
    AccessCode.objects.create(link=link, created_at=at, expires_at=at)
    issue_key(partner="Warehouse", scopes=["orders:read"], stores=[store.slug])
    Consent.objects.create(
        customer=order.customer, channel="email", purpose="marketing", granted=True, source="shop", said_at=at
    )
    with transaction.atomic():
        outbox.publish("tracking.order.placed", key="order:1:placed", occurred_at=at, subject=order)
    Delivery.objects.update(state="PARKED", last_error="KeyError: 'order_id'")
    Task.objects.create(
        id="1" * 32, name="1", func="customers.tasks.sweep", started=at, stopped=at, success=False
    )
    return order


@pytest.fixture
def staff(order, open_page):
    """Return `open(path, …)`: a page of the back-office, logged in."""
    client = client_of()
    user = client.get("/admin/").wsgi_request.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    session = {"name": "session", "value": client.cookies["session"].value}
    return lambda path, **how: open_page(path, cookies=(session,), **how)


def sound(opened) -> tuple[list[str], list[str], int]:
    return opened.problems(), opened.axe(), opened.overflow()


@pytest.mark.parametrize(("width", "scheme"), ALL)
def test_first_page_list_and_order_are_sound(staff, order, width, scheme):
    for path in ("/admin/", listing(Order), page(order)):
        assert sound(staff(path, width=width, scheme=scheme, again=True)) == ([], [], 0), path


@pytest.mark.parametrize("part", range(PARTS))
def test_every_list_page_and_form_is_sound(staff, part):
    everything = sorted(admin.site._registry.items(), key=lambda item: str(item[0]))
    for number, (model, kept) in list(enumerate(everything))[part::PARTS]:
        width, scheme = ALL[number % 4]
        paths = [listing(model)]
        row = kept.model._default_manager.order_by("-pk").first()
        if row is not None:
            paths.append(page(row))
        for path in paths:  # grows: a list that offers it leads to the form for a new one
            opened = staff(path, width=width, scheme=scheme, again=True)
            assert sound(opened) == ([], [], 0), (path, width, scheme)
            if path == listing(model) and opened.page.locator(".object-tools a.addlink").count():
                paths.append(listing(model) + "add/")


def test_pages_beside_the_lists_are_sound(staff, order):
    partner = PartnerFactory()
    template = Template.objects.get(store=None, kind="shipped", language="en")
    paths = [page(partner, "newkey"), page(template, "copy"), page(order, "history"), page(partner, "delete")]
    for path in [*paths, "/admin/password_change/"]:
        assert sound(staff(path, width=360, scheme="dark", again=True)) == ([], [], 0), path


def test_the_quick_search_finds_an_order_by_keyboard_alone(staff, order):
    opened = staff("/admin/", width=1280)

    expect(opened.page.locator("input:focus")).to_have_attribute("type", "search")
    opened.page.keyboard.type(order.number)
    expect(opened.page.locator("input:focus")).to_have_value(order.number)
    opened.page.keyboard.press("Enter")

    expect(opened.page.get_by_role("heading", level=1)).to_have_text(f"Order {order.number}")
    assert opened.problems() == []


def test_the_quick_search_shows_what_it_found(staff):
    opened = staff("/admin/", width=390)

    opened.page.get_by_role("searchbox").fill("nobody@example.com")
    opened.page.get_by_role("button", name="Find").click()

    expect(opened.page.get_by_text("Nothing is called")).to_be_visible()
    assert sound(opened) == ([], [], 0)


def test_replay_works_from_the_page_and_from_the_list(staff):
    failed = Inbound.objects.get(state="FAILED")
    opened = staff(page(failed))
    opened.page.get_by_role("button", name="Replay").click()
    expect(opened.page.get_by_text("1 put back to be read")).to_be_visible()
    failed.refresh_from_db()
    assert failed.state == "WAITING"

    opened.page.goto(opened.page.url.split("/admin/")[0] + listing(Inbound) + "?state__exact=BLOCKED")
    opened.page.get_by_label("Select all objects on this page for an action").check()
    opened.page.get_by_role("combobox", name="Action").select_option("replay")
    opened.page.get_by_role("button", name="Go").click()
    expect(opened.page.get_by_text("1 put back to be read")).to_be_visible()
    assert not Inbound.objects.filter(state="BLOCKED").exists()
    assert opened.problems() == []


def test_the_order_opens_as_the_shopper_sees_it(staff, order):
    opened = staff(page(order), width=1280)

    opened.page.get_by_role("button", name="Open as the shopper sees it").click()
    opened.page.wait_for_url("**/o/**")

    assert order.number.lstrip("#") in opened.page.content()


def test_the_theme_switch_goes_round_and_is_kept(staff):
    opened = staff("/admin/", width=1280, scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = opened.page.evaluate(ground)

    opened.page.get_by_role("button", name="Toggle theme").click()
    dark = opened.page.evaluate(ground)
    opened.page.reload()

    assert dark != light
    assert opened.page.evaluate(ground) == dark
    assert sound(opened) == ([], [], 0)


def test_heads_stay_in_sight_while_a_list_is_scrolled(staff):
    for n in range(60):
        SuppressionFactory(address=f"far-{n}@example.com")
    opened = staff("/admin/engagement/suppression/", width=1280)
    head = opened.page.locator("#result_list thead th").nth(1)
    before = head.bounding_box()

    opened.page.locator("#changelist-form .results").evaluate("pane => pane.scrollTo(0, 600)")

    assert opened.page.locator("#changelist-form .results").evaluate("pane => pane.scrollTop") > 0
    assert head.bounding_box() == before
