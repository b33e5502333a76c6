"""The inbox on our pages: who sees it, what looking does, and that it can do no harm."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from engagement.channels.base import ChannelError, Outgoing
from engagement.channels.inapp import InApp
from engagement.models import InboxItem, PushSubscription
from engagement.webpush import public_key
from tests.factories.customers import UserFactory
from tests.factories.engagement import MessageFactory
from tracking import access
from tracking.models import Link

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
ENDPOINT = "https://push.example.com/send/abc"


@pytest.fixture
def message():
    return MessageFactory(channel="inapp", kind="care_tips")


def show(message, html="<p>Oil the handle.</p>", **more):
    given = {
        "key": str(message.public_id),
        "kind": message.kind,
        "sender": "",
        "to": "",
        "subject": "Care tips",
        "text": "",
        "html": html,
        "channel": "inapp",
        "message_id": message.pk,
        "customer_id": message.customer_id,
        "order_id": message.order_id,
    } | more
    return InApp().send(Outgoing(**given))


def page(order, purpose=Link.Purpose.ACT):
    return f"/o/{access.token(access.link_for(order, purpose, at=timezone.now()))}/"


def logged_in(customer=None):
    client = Client()
    client.force_login(UserFactory(customer=customer), backend=BACKEND)
    return client


def test_a_message_is_one_card_however_often_it_is_handed_over(message):
    assert show(message) == show(message)
    assert InboxItem.objects.count() == 1


def test_a_message_that_is_gone_or_has_no_page_is_refused_for_good(message):
    for wrong in ({"message_id": 0}, {"customer_id": None, "order_id": None}):
        with pytest.raises(ChannelError) as error:
            show(message, **wrong)
        assert error.value.permanent


def test_the_orders_page_shows_it_to_who_may_see_all_of_it(message):
    show(message)

    assert b"Oil the handle." in Client().get(page(message.order)).content
    assert b"Oil the handle." not in Client().get(page(message.order, Link.Purpose.SHARE)).content


def test_a_new_message_makes_a_new_version_of_the_page(message):
    client, url = Client(), page(message.order)
    first = client.get(url)["ETag"]

    show(message)

    assert client.get(url, headers={"If-None-Match": first}).status_code == 200


def test_an_order_without_messages_asks_for_none(message, django_assert_max_num_queries):
    url = page(message.order)

    with django_assert_max_num_queries(8):
        assert b'id="inbox"' not in Client().get(url).content


def test_looking_marks_nothing_and_a_post_marks_once(message):
    show(message)
    client, url = Client(), page(message.order)

    client.get(url)
    assert InboxItem.objects.get().read_at is None
    client.post(url + "inbox/")
    first = InboxItem.objects.get().read_at
    client.post(url + "inbox/")

    assert first is not None
    assert InboxItem.objects.get().read_at == first


def test_a_share_link_marks_nothing(message):
    show(message)

    assert Client().post(page(message.order, Link.Purpose.SHARE) + "inbox/").status_code == 404
    assert InboxItem.objects.get().read_at is None


def test_the_account_shows_ones_own_messages_and_nobody_elses(message):
    show(message)

    assert b"Oil the handle." in logged_in(message.customer).get("/account/messages/").content
    assert b"Oil the handle." not in logged_in().get("/account/messages/").content
    assert Client().get("/account/messages/").status_code == 302


def test_only_ones_own_messages_can_be_marked(message):
    show(message)
    item = InboxItem.objects.get()

    assert logged_in().post("/account/messages/read/", {"item": item.pk}).status_code == 404
    assert logged_in(message.customer).post("/account/messages/read/", {"item": "x"}).status_code == 404
    assert InboxItem.objects.get().read_at is None
    logged_in(message.customer).post("/account/messages/read/", {"item": item.pk})
    assert InboxItem.objects.get().read_at is not None


def test_a_card_can_do_no_harm_whatever_a_row_holds(message):
    show(message, html='<p onclick="x()">Hi<script>alert(1)</script><a href="javascript:x()">y</a></p>')

    content = Client().get(page(message.order)).content.decode()

    assert "alert(1)" not in content
    assert "javascript:" not in content
    assert "onclick" not in content


# --- browsers


def subscribe(url, **changed):
    return Client().post(url + "push/", {"endpoint": ENDPOINT, "language": "de"} | KEYS | changed)


def test_a_browser_is_kept_once_for_the_order_and_its_customer(message):
    for _ in range(2):
        assert subscribe(page(message.order)).status_code == 201

    row = PushSubscription.objects.get()
    assert (row.order, row.customer, row.language) == (message.order, message.customer, "de")


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "http://push.example.com/x"},
        {"endpoint": "https://localhost/x"},
        {"endpoint": "file:///etc/passwd"},
        {"endpoint": ""},
        {"endpoint": "https://push.example.com/" + "x" * 600},
        {"p256dh": "AAAA"},
        {"p256dh": "é"},
        {"auth": "AAAA"},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_what_is_no_subscription_is_refused(message, wrong):
    assert subscribe(page(message.order), **wrong).status_code == 400
    assert not PushSubscription.objects.exists()


def test_only_a_link_that_opens_all_can_switch_it_on(message):
    assert subscribe(page(message.order, Link.Purpose.SHARE)).status_code == 404
    assert subscribe("/o/" + "x" * 44 + "/").status_code == 404


def test_a_browser_can_be_taken_back(message):
    url = page(message.order)
    subscribe(url)

    assert Client().post(url + "push/stop/", {"endpoint": ENDPOINT}).status_code == 200
    assert not PushSubscription.objects.exists()


def test_an_order_has_ten_browsers_at_most(message):
    url = page(message.order)
    answers = [subscribe(url, endpoint=f"{ENDPOINT}{n}").status_code for n in range(11)]

    assert answers == [201] * 10 + [429]


def test_the_service_worker_stands_at_the_root_under_our_policy():
    answer = Client().get("/sw.js")

    assert answer["Content-Type"].startswith("text/javascript")
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert b"showNotification" in answer.content


def test_the_button_is_hidden_until_the_browser_says_it_can(message):
    content = Client().get(page(message.order)).content.decode()

    assert f'data-key="{public_key()}"' in content
    assert 'id="push" method="post"' in content
    assert " hidden data-off=" in content
    assert json.dumps(message.customer.email) not in content


def test_the_newest_message_stands_first(message):
    show(message)
    later = MessageFactory(order=message.order, channel="inapp")
    show(later, subject="Newer words")
    InboxItem.objects.filter(message=later).update(created_at=timezone.now() + timedelta(minutes=1))

    content = Client().get(page(message.order)).content.decode()

    assert content.index("Newer words") < content.index("Care tips")
