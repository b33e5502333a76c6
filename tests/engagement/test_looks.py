"""What shoppers see, in a real Chromium: every message, and the demo's mailbox, in every width and light."""

import re

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from playwright.sync_api import expect

from engagement import builtin, rendering, samples
from engagement.channels import mailbox
from engagement.channels.mailbox import MailboxBackend
from engagement.kinds import KINDS

pytestmark = pytest.mark.browser
# A 1 px picture: messages are looked at with pictures, and with pictures that never load.
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="
# Landmarks are a page's; a message stands inside a mail program's page and may not bring a second <main>.
OF_PAGES = ("landmark-one-main", "region")


def made(kind, language, *, parcels=1, picture=""):
    subject, body = builtin.source(kind, language)
    data = samples.sample(kind, language, parcels=parcels, picture=picture)
    return rendering.render(
        subject=subject, body=body, data=data, look=samples.LOOK, kind=kind, language=language, strict=True
    ).html


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "language"), [(360, "de"), (640, "en")])  # long words, narrow
@pytest.mark.parametrize("kind", KINDS)
def test_a_message_can_be_read_and_pressed_by_everyone(open_page, kind, width, language):
    odd = (list(KINDS).index(kind) + (width == 640)) % 2  # they share their colours: each width in turn
    opened = open_page(width=width, scheme=("light", "dark")[odd])
    opened.page.set_content(made(kind, language, parcels=2, picture=DOT))

    assert [found for found in opened.axe() if not found.startswith(OF_PAGES)] == []
    assert opened.overflow() == 0
    assert opened.small_targets() == []
    assert [link for link in opened.page.locator("p a").all() if link.bounding_box()["height"] < 44] == []


@pytest.mark.django_db(transaction=True)
def test_a_message_is_whole_with_pictures_off(open_page):
    opened = open_page(width=360)
    html = made("confirmed", "en", picture="https://nowhere.invalid/lantern.png")
    opened.page.route(re.compile("nowhere"), lambda route: route.abort())

    opened.page.set_content(html)

    expect(opened.page.get_by_text("Brass lantern")).to_be_visible()
    expect(opened.page.get_by_role("link", name="See your order")).to_be_visible()
    assert opened.overflow() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("js", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_mailbox_can_be_used_by_everyone(open_page, settings, tmp_path, width, scheme, js):
    settings.DEMO, settings.MAILBOX_DIR = True, tmp_path / "mail"
    for kind in ("shipped", "delivered"):
        message = EmailMultiAlternatives(
            f"A {kind} message", "Plain words", "a@b.example", ["ada@example.com"]
        )
        message.attach_alternative(made(kind, "en"), "text/html")
        MailboxBackend(folder=tmp_path / "mail").send_messages([message])

    opened = open_page(reverse("mailbox"), width=width, scheme=scheme, js=js)
    page = opened.page
    assert opened.overflow() == 0
    if js:
        assert opened.axe() == []
        assert opened.small_targets() == []
    page.get_by_label("Recipient or subject").fill("delivered")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=re.compile("delivered")).click()

    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="It’s here, Ada")).to_be_visible()
    assert frame.get_by_role("link", name="See the delivery").get_attribute("href").startswith("https://")
    if js:
        assert opened.axe() == []
    assert opened.overflow() == 0
    page.get_by_role("link", name="Plain text").click()
    expect(page.get_by_text("Plain words")).to_be_visible()
    assert opened.problems() == []


@pytest.mark.django_db(transaction=True)
def test_a_link_in_a_message_opens_in_a_page_of_its_own(open_page, settings, tmp_path, live_server):
    settings.DEMO, settings.MAILBOX_DIR = True, tmp_path / "mail"
    message = EmailMultiAlternatives("x", "x", "a@b.example", ["ada@example.com"])
    message.attach_alternative(
        f"<!doctype html><html><head></head><body><script>parent.location='/x'</script>"
        f'<a href="{live_server.url}/healthz">Go</a></body></html>',
        "text/html",
    )
    MailboxBackend(folder=tmp_path / "mail").send_messages([message])
    [key] = mailbox.keys(tmp_path / "mail")
    opened = open_page(reverse("mailbox_message", args=[key]))

    with opened.page.context.expect_page() as popup:
        opened.page.frame_locator("iframe").get_by_role("link", name="Go").click()

    assert popup.value.url == f"{live_server.url}/healthz"
    assert opened.page.url.endswith(reverse("mailbox_message", args=[key]))
