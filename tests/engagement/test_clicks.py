"""Links of marketing mails go by us: only where we wrote, and only people count."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Event
from engagement import clicks, context, events
from engagement.models import Click, Message
from engagement.sending import write
from tests.factories.engagement import MessageFactory, TemplateFactory
from tests.factories.tracking import NOON, OrderFactory

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604.1"
SHOP = "https://harbour-pine.example/lantern?color=brass&size=l"
HOME = "http://localhost:8000"
pytestmark = pytest.mark.django_db


@pytest.fixture
def message():
    sent = NOON - timedelta(hours=1)
    return MessageFactory(purpose="marketing", kind="care_tips", sent_at=sent, delivered_at=sent)


def follow(message, url=SHOP, *, at=NOON, agent=BROWSER, head=False):
    clicks.note(message.pk, url, agent=agent, head=head, at=at)


def judged(at=NOON + timedelta(hours=1)):
    while clicks.judge_due(at=at):
        pass
    return sorted(Click.objects.values_list("verdict", flat=True))


def test_a_link_leads_where_it_was_written_to_and_is_noted(message):
    client = Client(headers={"user-agent": BROWSER})

    answer = client.get(f"/c/{clicks.token(message.pk, SHOP)}/")

    assert (answer.status_code, answer["Location"]) == (302, SHOP)
    assert Click.objects.get().message == message


def test_a_message_that_is_gone_leads_on_unnoted(message):
    token = clicks.token(message.pk, SHOP)
    message.delete()

    assert Client().get(f"/c/{token}/")["Location"] == SHOP
    assert not Click.objects.exists()


@pytest.mark.parametrize(
    "token", ["https://evil.example/", "aHR0cHM6Ly9ldmlsLmV4YW1wbGUv", "x" * 64, "x" * 5000, "é"]
)
def test_it_is_no_open_redirect(token):
    assert Client().get(f"/c/{token}/").status_code == 404
    assert Client().post(f"/c/{clicks.token(1, SHOP)}/").status_code == 405


@given(st.data())
def test_a_token_with_any_sign_changed_leads_nowhere(data):
    token = clicks.token(7, SHOP)
    place = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda other: other != token[place]))

    assert clicks.opened(token) == (7, SHOP)
    assert clicks.opened(token[:place] + sign + token[place + 1 :]) is None


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "mailto:a@example.com",
        "//evil.example/",
        f"{HOME}/o/abc/",
        "https://a/" + "x" * 1000,
    ],
    ids=["script", "mail", "no scheme", "our own", "too long"],
)
def test_what_is_no_link_outward_stays_as_it_is(message, url):
    assert clicks.tracked(url, message, HOME) == url


def test_a_marketing_mail_leads_its_links_outward_by_us_in_html_and_text(message):
    body = f"# Oil it\n\n[Look]({SHOP})\n\nOr [your order]({{{{ url }}}}).\n"
    TemplateFactory(store=message.store, kind="care_tips", body=body)

    mail = write(context.load(message), at=NOON).outgoing

    led = clicks.tracked(SHOP, message, HOME)
    assert led in mail.html and led in mail.text
    assert SHOP not in mail.text
    assert re.search(rf"{HOME}/o/[\w-]+/", mail.html)
    assert not re.search(r"/c/[\w-]+/[^\"]*unsubscribe", mail.html)


def test_a_mail_about_an_order_is_left_alone():
    message = MessageFactory(order=OrderFactory(), kind="confirmed")

    assert "/c/" not in write(context.load(message), at=NOON).outgoing.html


def test_a_marketing_mail_carries_the_way_out(message):
    mail = write(context.load(message), at=NOON).outgoing

    assert re.fullmatch(rf"<{HOME}/unsubscribe/[\w-]{{43}}/>", mail.headers["List-Unsubscribe"])
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail.headers["List-Unsubscribe"].strip("<>")
    assert address in mail.html and address in mail.text
    assert re.search(rf"{HOME}/preferences/[\w-]{{43}}/", mail.html)
    assert Client(enforce_csrf_checks=True).post(address.removeprefix(HOME)).status_code == 200


# --- who followed it


def test_a_person_counts_once(message):
    follow(message)
    follow(message, at=NOON + timedelta(minutes=5))

    assert judged() == ["person", "person"]
    assert Message.objects.get().clicked_at == NOON
    told = Event.objects.get(kind=events.MESSAGE_CLICKED)
    assert told.data == {"message_id": message.pk, "kind": "care_tips", "url": SHOP}
    assert told.customer == message.customer


def test_pitfall_13_a_thousand_clicks_of_a_scanner_are_no_person(message):
    """mautic/mautic#9798, knadh/listmonk#1025: half a list 'opened' within a minute."""
    for n in range(1000):
        follow(message, f"{SHOP}&n={n % 10}", at=NOON + timedelta(milliseconds=20 * n))

    assert set(judged()) == {"scanner"}
    assert Message.objects.get().clicked_at is None
    assert not Event.objects.filter(kind=events.MESSAGE_CLICKED).exists()


def test_two_links_within_two_seconds_are_a_scanner(message):
    follow(message)
    follow(message, "https://harbour-pine.example/care", at=NOON + timedelta(seconds=1))

    assert judged() == ["scanner", "scanner"]


def test_two_links_one_after_the_other_are_a_person(message):
    follow(message)
    follow(message, "https://harbour-pine.example/care", at=NOON + timedelta(seconds=9))

    assert judged() == ["person", "person"]


@pytest.mark.parametrize(
    "agent",
    ["", "python-requests/2.32", "Barracuda Sentinel", "Mozilla/5.0 (compatible; Googlebot/2.1)", "curl/8"],
)
def test_who_says_that_it_is_a_program_is_believed(message, agent):
    follow(message, agent=agent)

    assert judged() == ["scanner"]


def test_a_head_and_a_click_at_the_moment_it_arrived_are_scanners(message):
    follow(message, head=True)
    Message.objects.filter(pk=message.pk).update(delivered_at=NOON + timedelta(minutes=4, seconds=55))
    follow(message, at=NOON + timedelta(minutes=5))

    assert judged() == ["scanner", "scanner"]


def test_a_scanner_before_does_not_hide_the_person_after(message):
    follow(message, agent="Mimecast")
    follow(message, at=NOON + timedelta(hours=3))

    assert judged(NOON + timedelta(hours=4)) == ["person", "scanner"]
    assert Message.objects.get().clicked_at == NOON + timedelta(hours=3)


def test_a_click_waits_until_what_came_with_it_is_there(message):
    follow(message)

    assert clicks.judge_due(at=NOON + timedelta(seconds=19)) == 0
    assert clicks.judge_due(at=NOON + timedelta(seconds=21)) == 1
