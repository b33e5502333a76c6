"""The demo's mailbox page: shows every message, runs nothing, and is not there outside a demo."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from engagement.channels import mailbox
from engagement.channels.mailbox import MailboxBackend

pytestmark = pytest.mark.django_db
HTML = "<!doctype html><html><head><title>t</title></head><body><a href='https://x.example/o/abc/'>Track</a></body></html>"


@pytest.fixture
def box(tmp_path, settings):
    """A demo with a folder of its own."""
    settings.DEMO = True
    settings.MAILBOX_DIR = tmp_path / "mail"
    return settings.MAILBOX_DIR


def deliver(box, subject="On its way", to="ada@example.com", html=HTML):
    message = EmailMultiAlternatives(subject, "Hallo **plain**", "Harbour & Pine <a@b.example>", [to])
    if html:
        message.attach_alternative(html, "text/html")
    MailboxBackend(folder=box).send_messages([message])
    return mailbox.keys(box)[0]


def test_messages_are_listed_newest_first(client, box):
    deliver(box, "First")
    deliver(box, "<b>Second</b>")

    page = client.get(reverse("mailbox")).content.decode()

    assert page.index("&lt;b&gt;Second&lt;/b&gt;") < page.index("First")
    assert "ada@example.com" in page


def test_an_empty_mailbox_says_so(client, box):
    assert "No messages yet" in client.get(reverse("mailbox")).content.decode()


@pytest.mark.parametrize("wanted", ["BOB@", "für bob"])
def test_a_search_finds_recipient_and_subject(client, box, wanted):
    deliver(box, "For Ada")
    deliver(box, "Für Bob", to="bob@example.com")

    page = client.get(reverse("mailbox"), {"q": wanted}).content.decode()

    assert "Für Bob" in page
    assert "For Ada" not in page


def test_a_search_that_finds_nothing_says_so_without_running_the_words(client, box):
    page = client.get(reverse("mailbox"), {"q": "<script>x</script>"}).content.decode()

    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_older_messages_are_a_page_away(client, box, monkeypatch):
    monkeypatch.setattr("engagement.views.PER_PAGE", 2)
    for number in range(5):
        deliver(box, f"Number {number}")

    first, last = (client.get(reverse("mailbox"), {"page": page}).content.decode() for page in (1, 3))

    assert "Number 4" in first and "Number 0" not in first and 'rel="next"' in first
    assert "Number 0" in last and 'rel="prev"' in last and 'rel="next"' not in last
    for page in ("0", "x", "99999999999", "-1"):
        assert client.get(reverse("mailbox"), {"page": page}).status_code == 200


def test_a_message_is_shown_in_a_frame_that_runs_nothing(client, box):
    key = deliver(box)

    page = client.get(reverse("mailbox_message", args=[key]))
    frame = client.get(reverse("mailbox_html", args=[key]))

    assert f'src="{reverse("mailbox_html", args=[key])}"' in page.content.decode()
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "allow-scripts" not in policy
    assert "script-src" not in policy and "allow-same-origin" not in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in frame.content.decode()


def test_plain_text_and_source_are_a_link_away(client, box):
    key = deliver(box)

    text = client.get(reverse("mailbox_message", args=[key]), {"view": "text"}).content.decode()
    source = client.get(reverse("mailbox_message", args=[key]), {"view": "source"}).content.decode()

    assert "Hallo **plain**" in text and "<iframe" not in text
    assert "multipart/alternative" in source


def test_a_message_without_html_is_shown_as_text(client, box):
    key = deliver(box, html="")

    assert "Hallo **plain**" in client.get(reverse("mailbox_html", args=[key])).content.decode()


@pytest.mark.parametrize("key", ["nothing", "1.M1P1Q1.host", ".."])
def test_a_message_that_is_not_there_is_not_found(client, box, key):
    for name in ("mailbox_message", "mailbox_html"):
        assert client.get(reverse(name, args=[key])).status_code == 404


@pytest.mark.parametrize("name", ["mailbox", "mailbox_message", "mailbox_html"])
def test_outside_a_demo_there_is_no_mailbox(client, box, settings, name):
    key = deliver(box)
    settings.DEMO = False

    assert client.get(reverse(name, args=[] if name == "mailbox" else [key])).status_code == 404


@pytest.mark.parametrize("name", ["mailbox", "mailbox_message", "mailbox_html"])
def test_the_mailbox_is_only_for_reading(client, box, name):
    key = deliver(box)

    assert client.post(reverse(name, args=[] if name == "mailbox" else [key])).status_code == 405
