"""The template editor in a real Chromium: the look, the names, and both without a script."""

import pytest
from playwright.sync_api import expect

from engagement.models import Template
from tests.factories.customers import StoreFactory
from tests.factories.engagement import TemplateFactory
from tests.factories.tracking import OrderFactory
from tests.staff import client_of, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def own() -> Template:
    store = StoreFactory()
    OrderFactory(store=store, number="#4711")
    return TemplateFactory(store=store, kind="shipped", subject="About {{ order.number }}")


@pytest.fixture
def editor(own, open_page):
    """Open the page of the store's own words as staff."""
    session = client_of().cookies["session"].value
    return lambda **how: open_page(page(own), cookies=({"name": "session", "value": session},), **how)


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_words_are_looked_at_while_they_are_written(editor, width, scheme):
    opened = editor(width=width, scheme=scheme)
    at = opened.page

    at.get_by_role("button", name="Look at it").click()
    look = at.frame_locator("iframe[name=words-look]")
    expect(look.get_by_role("heading", name="About #4711")).to_be_visible()
    mail = look.frame_locator("iframe[title='Phone, dark']")
    expect(mail.get_by_role("heading", name="Own words")).to_be_visible()
    ground = mail.locator(".card").evaluate("each => getComputedStyle(each).backgroundColor")
    light = look.frame_locator("iframe[title='Phone, light']").locator(".card")
    at.get_by_role("textbox", name="Body").fill("# Quite new\n\n[Go]({{ url }})")
    expect(mail.get_by_role("heading", name="Quite new")).to_be_visible()

    assert ground == "rgb(31, 27, 22)"
    assert light.evaluate("each => getComputedStyle(each).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.problems() == []  # before axe, which tries styles of its own where there are frames
    assert opened.axe() == []
    assert opened.overflow() == 0


def test_a_name_that_is_pressed_stands_where_one_writes(editor):
    opened = editor(width=1400)
    at = opened.page
    at.get_by_label("Subject").fill("For ")

    at.get_by_role("button", name="What it can say").click()
    names = at.frame_locator("iframe[name=words-names]")
    names.get_by_role("button", name="{{ order.number }}", exact=True).click()

    expect(at.get_by_label("Subject")).to_have_value("For {{ order.number }}")
    assert opened.problems() == []


def test_all_of_it_works_without_a_script(editor):
    at = editor(width=1400, js=False).page

    at.get_by_role("button", name="Look at it").click()
    look = at.frame_locator("iframe[name=words-look]")
    expect(look.get_by_role("heading", name="About #4711")).to_be_visible()
    at.get_by_role("button", name="What it can say").click()
    names = at.frame_locator("iframe[name=words-names]")

    expect(names.get_by_text("{{ order.number }}", exact=True)).to_be_visible()
