"""The warehouse in a real Chromium: a scanner, a keyboard, a thumb, and a line that goes down."""

import os
import re

import pytest
from playwright.sync_api import expect

from returns.models import ReturnUnit
from tests.returns.bench import coming_back, order_with, shelf, worker
from tests.staff import client_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = [(360, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def kim(db):
    return worker(email="kim@shop.example")


@pytest.fixture
def session(kim):
    client = client_of(kim)
    client.get("/warehouse/")  # loads every route and template once: the browser's wait is for the page
    return ({"name": "session", "value": client.cookies["session"].value},)


@pytest.fixture
def ret(db):
    """Return a return of two lanterns and a jumper, in one parcel."""
    order = order_with(
        {"title": "Brass lantern", "barcode": "4000000000017", "sku": "LANTERN-L", "quantity": 2},
        {"title": "Wool jumper", "barcode": "4000000000024", "sku": "JUMPER-M"},
    )
    shelf(order.store)
    order.lines.filter(title="Brass lantern").update(image_url="/static/demo/lantern.svg")
    order.lines.filter(title="Wool jumper").update(image_url="/static/demo/jumper.svg")
    return coming_back(order, words="The jumper is lovely, but it scratches.")


def here(ret):
    return f"/warehouse/{ret.number}/1/"


def sound(opened, where):
    page = opened.page
    page.wait_for_load_state("networkidle")
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{where}.png", full_page=True)
    found = (opened.problems(), opened.axe(), opened.overflow(), opened.small_targets(44))
    assert found == ([], [], 0, []), where


def field(page):
    return page.locator("#code")


def scan(page, code):
    """Do what a hand scanner does: type fast, end with Enter, into whatever has the focus."""
    expect(field(page)).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("js", [True, False])
def test_a_parcel_is_inspected_with_a_scanner_and_a_keyboard_alone(open_page, session, ret, js):
    page = open_page("/warehouse/", cookies=session, js=js).page

    scan(page, ret.parcels.get().tracking_number)
    expect(page.get_by_role("heading", level=1)).to_contain_text(ret.number)
    scan(page, ret.parcels.get().tracking_number)
    expect(page.get_by_text("Taken in. Scan what is in it.").first).to_be_visible()
    scan(page, "4000000000017")
    expect(page.get_by_text("Brass lantern is here.").first).to_be_visible()
    scan(page, "1")
    expect(page.get_by_text("Brass lantern: as new, back on the shelf.").first).to_be_visible()
    scan(page, "4000000000024")
    expect(page.get_by_role("heading", name="Wool jumper")).to_be_visible()
    scan(page, "3")
    expect(page.get_by_text("Wool jumper: worn, sell off.").first).to_be_visible()
    page.get_by_role("button", name="Finish, the rest is missing").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text(f"Parcel 1 of {ret.number} is finished.").first).to_be_visible()
    ret.refresh_from_db()
    assert ret.state == "INSPECTED"
    assert sorted(ret.units.values_list("condition", flat=True)) == ["AS_NEW", "MISSING", "WORN"]


def test_one_key_says_what_it_is_like(open_page, session, ret):
    page = open_page(here(ret), cookies=session).page
    scan(page, "4000000000024")
    expect(page.get_by_role("heading", name="Wool jumper")).to_be_visible()

    page.keyboard.press("2")

    expect(page.get_by_text("Wool jumper: opened, back on the shelf.").first).to_be_visible()
    expect(field(page)).to_be_focused()


def test_a_code_that_begins_with_a_key_is_a_code(open_page, session, ret):
    page = open_page(here(ret), cookies=session).page
    scan(page, "4000000000024")
    expect(page.get_by_role("heading", name="Wool jumper")).to_be_visible()

    scan(page, "4000000000017")

    expect(page.get_by_role("heading", name="Brass lantern")).to_be_visible()
    assert not ReturnUnit.objects.exclude(condition="").exists()


def test_an_unknown_code_is_told_loudly_and_can_be_put_aside(open_page, session, ret):
    page = open_page("/warehouse/", cookies=session, js=False).page

    scan(page, "4711-nobody")
    expect(page.get_by_role("heading", name="Nobody knows 4711-nobody")).to_be_visible()
    page.get_by_role("button", name="Note it as unexpected").click()

    expect(page.get_by_text("The back-office has been told.")).to_be_visible()


def test_damage_asks_for_a_note_and_takes_it(open_page, session, ret):
    page = open_page(here(ret), cookies=session).page
    scan(page, "4000000000017")

    page.get_by_role("button", name="Damaged").click()
    expect(page.get_by_text("Damaged needs a photo or a note").first).to_be_visible()
    expect(page.get_by_label("Note")).to_be_focused()
    page.keyboard.type("The glass is broken")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Brass lantern: damaged, throw away.").first).to_be_visible()
    assert ret.units.get(condition="DAMAGED").inspection_note == "The glass is broken"


def test_what_was_said_while_the_line_was_down_is_sent_once_it_is_back(open_page, session, ret):
    opened = open_page(here(ret), cookies=session)
    page = opened.page
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_text("Taken in. Scan what is in it.").first).to_be_visible()

    page.context.set_offline(True)
    scan(page, "4000000000017")
    expect(page.get_by_text("No connection. 1 kept")).to_be_visible()
    scan(page, "4000000000017")
    expect(page.get_by_text("No connection. 2 kept")).to_be_visible()
    page.context.set_offline(False)

    expect(page.get_by_text("2 of 3 found")).to_be_visible()
    expect(page.locator("#kept")).to_be_hidden()
    assert ret.units.filter(parcel=ret.parcels.get()).count() == 2


def test_an_answer_that_was_lost_on_the_way_is_not_done_twice(open_page, session, ret):
    page = open_page(here(ret), cookies=session).page
    lost = []

    def lose_the_first(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch(max_redirects=0))
        return route.abort()

    page.route(re.compile("/scan/$"), lose_the_first)
    scan(page, "4000000000017")

    expect(page.get_by_text("1 of 3 found")).to_be_visible(timeout=20_000)
    assert lost[0].status == 302
    assert ret.units.filter(parcel=ret.parcels.get()).count() == 1


def test_everything_reads_well_at_every_size(open_page, session, ret):
    coming_back(order_with({"title": "Pine candle"}))
    for width, scheme in ALL:
        opened = open_page("/warehouse/", width=width, scheme=scheme, cookies=session, again=True)
        sound(opened, f"desk-{width}-{scheme}")
        opened.page.goto(opened.page.url + here(ret).removeprefix("/warehouse/"))
        sound(opened, f"parcel-{width}-{scheme}")
        scan(opened.page, "4000000000017")
        expect(opened.page.get_by_role("heading", name="Brass lantern")).to_be_visible()
        opened.page.get_by_text("Photo, note, another place").click()
        sound(opened, f"unit-{width}-{scheme}")
        scan_other = opened.page.get_by_text("Something else is in it")
        scan_other.click()
        sound(opened, f"unexpected-{width}-{scheme}")
        opened.page.goto(opened.page.url.partition("/warehouse/")[0] + "/warehouse/")
        scan(opened.page, "4711-nobody")
        expect(opened.page.get_by_role("heading", level=1)).to_contain_text("Nobody knows")
        sound(opened, f"unknown-{width}-{scheme}")


def test_nothing_is_wider_than_a_small_phone(open_page, session, ret):
    opened = open_page(f"{here(ret)}?unit={ret.units.first().pk}", width=320, cookies=session)

    assert opened.overflow() == 0
    assert opened.small_targets(48) == []
