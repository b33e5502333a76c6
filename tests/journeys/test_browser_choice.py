"""A parcel that is very late, in a real Chromium: the offer, the code, the choice, and what comes of it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.worker import drain
from tests.factories.tracking import ShipmentFactory, ShipmentLineFactory
from tests.staff import client_of, listing
from tests.staff import page as staff_page
from tests.tracking import memory_shop
from tests.tracking.late import flagged, order_of, rules
from tests.tracking.memory_shop import refund
from tracking import access
from tracking.models import AccessCode, Flag, MakeGood, Shipment, ShopAction
from tracking.services.make_good_offers import look_round
from tracking.services.make_goods import choose
from tracking.services.shop_actions import carry_out_due
from tracking.vocabulary import Status

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def parcel(db):
    """Return a parcel nobody has seen for two weeks, with two kinds of goods in it."""
    now = timezone.now()
    order = order_of(
        {"title": "Brass lantern"},
        {"title": "Pine candle", "variant_title": "", "unit_price_minor": 2400, "quantity": 2},
        placed_at=now - timedelta(days=20),
    )
    found = ShipmentFactory(order=order, status=Status.IN_TRANSIT, shipped_at=now - timedelta(days=18))
    for line in order.lines.all():
        ShipmentLineFactory(shipment=found, line=line, quantity=line.quantity)
    flag = flagged(found, Flag.Kind.LATE)
    since = now - timedelta(days=11)
    Flag.objects.filter(pk=flag.pk).update(since=since, opened_at=since)
    look_round(at=now)
    return found


def address(parcel, purpose="act", rest=""):
    link = access.link_for(parcel.order, purpose, at=timezone.now())
    return f"/o/{access.token(link)}/{rest}"


def work():
    now = timezone.now()
    while carry_out_due(at=now):
        pass
    look_round(at=now)


def sound(opened, where):
    assert (opened.problems(), opened.axe(), opened.overflow(), opened.small_targets()) == ([], [], 0, []), (
        where
    )


def test_a_late_parcel_is_paid_back_by_who_looked_it_up(open_page, parcel):
    opened = open_page("/", js=False)
    page = opened.page
    page.get_by_label("Order number").fill(parcel.order.number)
    page.get_by_label("E-mail").fill(parcel.order.email)
    page.get_by_role("button").filter(has_text="Find").first.click()
    page.get_by_role("link", name="Choose what we do").click()
    page.get_by_role("button", name="Send me a code").click()
    drain(kinds=("deliver",))
    page.get_by_label("Code").fill(access.digits(AccessCode.objects.get()))
    page.get_by_role("button", name="Show everything").click()

    page.get_by_role("link", name="Choose what we do").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This parcel is very late")
    page.get_by_role("link", name="Choose this: $101.00 back").click()
    page.get_by_role("button", name="Yes, give me $101.00 back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We are on it")
    work()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("$101.00 is on its way back to you")

    assert (memory_shop.SHOP.effects, opened.problems()) == (1, [])


def test_every_page_of_it_is_sound_in_every_width_and_scheme(open_page, parcel):
    made = parcel.make_goods.get()
    here = address(parcel, rest=f"choice/{made.public_id}/")
    for width, scheme in ALL:
        for path in (address(parcel), here, f"{here}?way=REFUND"):
            sound(open_page(path, width=width, scheme=scheme, again=True), (width, scheme, path))
    small = open_page(here, width=320)
    assert small.overflow() == 0


def test_it_is_chosen_by_keyboard_alone(open_page, parcel):
    made = parcel.make_goods.get()
    page = open_page(address(parcel, rest=f"choice/{made.public_id}/?way=WAIT")).page
    page.get_by_role("button", name="Yes, I wait").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("We keep watching it")


def test_what_came_of_it_is_sound_too(open_page, parcel):
    made = parcel.make_goods.get()
    here = address(parcel, rest=f"choice/{made.public_id}/")
    Shipment.objects.filter(pk=parcel.pk).update(status=Status.DELIVERED)
    for path in (here, address(parcel)):
        sound(open_page(path, width=390, scheme="dark", again=True), path)


def test_the_pages_of_staff_about_it_are_sound(open_page, parcel):
    made = parcel.make_goods.get()
    rules(parcel.order.store, make_good_limit_minor=1)
    choose(make_good_id=made.pk, choice="REFUND", at=timezone.now())
    action = refund(parcel.order, "by:hand", 100)
    ShopAction.objects.update(state=ShopAction.State.STAFF, last_error="The shop refused: closed.")
    session = {"name": "session", "value": client_of().cookies["session"].value}
    pages = (listing(MakeGood), staff_page(made), listing(ShopAction), staff_page(action))
    for number, path in enumerate((*pages, staff_page(action, "done"))):
        width, scheme = ALL[number % 4]
        opened = open_page(path, width=width, scheme=scheme, cookies=(session,), again=True)
        assert (opened.problems(), opened.axe(), opened.overflow()) == ([], [], 0), path
