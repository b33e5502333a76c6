"""How words look before they go out: with real data, in every way; tests; versions."""

import json

import pytest
from django.urls import reverse

from customers.models import Consent, Throttle
from engagement.models import Message, Template
from engagement.wording.checks import missing, refuse
from engagement.wording.looks import scheme
from engagement.wording.names import entries
from engagement.wording.real import find, trial
from tests.factories.customers import StaffFactory, StoreFactory, UserFactory
from tests.factories.engagement import TemplateFactory
from tests.factories.tracking import NOON, OrderFactory
from tests.staff import client_of, page, said
from tracking.models import Link

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return client_of()


@pytest.fixture
def own():
    return TemplateFactory(store=StoreFactory(), kind="shipped")


def address(name, row):
    return reverse(f"admin:engagement_template_{name}", args=[row.pk])


def shown(staff, name, row, **data):
    response = staff.post(address(name, row), {"subject": row.subject, "body": row.body} | data)
    assert response.status_code == 200
    return response


# --- how it looks ---


def test_a_look_shows_the_unsaved_words_with_a_real_order_in_every_way(staff, own):
    order = OrderFactory(store=own.store, number="#4711")

    response = shown(staff, "look", own, subject="About {{ order.number }}", body="# New\n\n[Go]({{ url }})")

    text = response.content.decode()
    assert "About #4711" in text and f"With order {order.number}, in en" in text
    assert text.count("srcdoc=") == 4
    for heading in ("Plain text", "SMS, ", "Web push", "Inbox on our pages"):
        assert heading in text
    own.refresh_from_db()
    assert own.version == 1


def test_a_look_keeps_nothing_and_gives_no_key_to_an_order_away(staff, own):
    order = OrderFactory(store=own.store)

    response = shown(staff, "look", own)

    assert not Link.objects.filter(order=order).exists()
    assert "/o/preview/" in response.content.decode()
    assert Message.objects.count() == 0


def test_a_look_is_for_a_frame_of_ours_and_runs_nothing(staff, own):
    for name in ("look", "names"):
        response = shown(staff, name, own)

        policy = response.headers["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in policy and "default-src 'none'" in policy
        assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "script-src" not in policy or name == "names"
    assert "sandbox" in shown(staff, "look", own).headers["Content-Security-Policy"]


def test_a_look_can_be_with_somebody_by_number_or_address(staff, own):
    order = OrderFactory(store=own.store, number="#77", email="bo@example.com", email_key="bo@example.com")
    OrderFactory(store=own.store, number="#78")
    OrderFactory(store=StoreFactory(slug="other"), number="#79")

    assert "With order #77" in shown(staff, "look", own, try_on="77").content.decode()
    assert "With order #77" in shown(staff, "look", own, try_on="BO@example.com").content.decode()
    assert "somebody made up" in shown(staff, "look", own, try_on="#79").content.decode()
    assert find(own.store, order.customer.email).order == order
    assert find(own.store, "") is None


def test_staff_who_may_not_see_orders_look_with_somebody_made_up(own):
    from django.contrib.auth.models import Permission

    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_template", "change_template"]))
    OrderFactory(store=own.store, number="#4711")

    text = shown(client_of(user), "look", own, try_on="#4711").content.decode()

    assert "somebody made up" in text and "4711" not in text


def test_mistakes_are_said_where_one_looks(staff, own):
    OrderFactory(store=own.store)
    body = "# Hi\n\n{{ lamp.colour }}\n\n![](https://x.example/a.png)\n\n[a](http://x.example) and more"

    text = shown(staff, "look", own, body=body).content.decode()
    broken = shown(staff, "look", own, body="{{ a | nope }}").content.decode()

    assert "Line 3: {{ lamp.colour }} is not there for this message" in text
    assert "There is no button" in text
    assert "Line 5: a picture has no words" in text
    assert "A link is not https: http://x.example" in text
    assert "This cannot be sent." in broken and "Line 1: there is no filter" in broken


def test_advertising_without_a_postal_address_is_remarked_on(staff):
    own = TemplateFactory(store=StoreFactory(postal_address=""), kind="lamp_care")

    assert "postal address" in shown(staff, "look", own).content.decode()


def test_a_look_in_another_language_shows_its_saved_words(staff, own):
    TemplateFactory(store=own.store, kind="shipped", language="de", subject="Unterwegs: {{ order.number }}")
    OrderFactory(store=own.store, number="#5")

    text = shown(staff, "look", own, try_language="de").content.decode()

    assert "Unterwegs: #5" in text and "in de." in text


def test_built_in_words_can_be_looked_at_with_any_store(staff):
    row = Template.objects.get(store=None, kind="shipped", language="fr")
    order = OrderFactory(number="#9")

    alone = staff.post(address("look", row)).content.decode()
    with_store = staff.post(address("look", row), {"try_store": order.store_id}).content.decode()

    assert "somebody made up" in alone
    assert "With order #9, in fr" in with_store


def test_words_that_are_not_saved_yet_can_be_looked_at(staff):
    store = StoreFactory()
    data = {
        "store": store.pk,
        "kind": "",
        "own_kind": "lamp_care",
        "channel": "sms",
        "body": "Hi {{ store.name }}",
    }

    text = staff.post(reverse("admin:engagement_template_look_new"), data).content.decode()

    assert f"SMS, {len('Hi ' + store.name)} signs, billed as 1" in text
    assert "E-mail" not in text


def test_a_mail_is_shown_dark_or_light_whatever_the_browser_prefers():
    html = '<meta content="light dark">@media (prefers-color-scheme: dark) {}'

    assert scheme(html, dark=True) == '<meta content="dark">@media all {}'
    assert scheme(html, dark=False) == '<meta content="light">@media not all {}'


@pytest.mark.parametrize("name", ["look", "names", "test"])
def test_frames_answer_to_posts_of_staff_only(staff, own, name):
    assert staff.get(address(name, own)).status_code == 405
    assert client_of(UserFactory(is_staff=True)).post(address(name, own)).status_code == 403
    assert staff.post(reverse(f"admin:engagement_template_{name}", args=[10**6])).status_code == 404


# --- what it can say ---


def test_the_picker_lists_names_with_the_values_of_the_chosen_order(staff, own):
    OrderFactory(store=own.store, number="#4711", total_minor=5300)

    text = shown(staff, "names", own).content.decode()

    assert "{{ order.number }}" in text and "#4711" in text and "$53.00" in text
    assert "{% for item in order.items %}" in text
    assert 'data-insert="{{ url }}"' in text


def test_every_name_of_the_picker_can_be_put_in_as_it_is():
    data = trial("shipped", None, language="en", at=NOON).data

    found = entries(data)

    for entry in found:
        errors = refuse("Hi", f"{entry.insert}\n", kind="shipped", language="en", channel="email")
        assert errors == {}, entry
        assert missing("", entry.insert, data) == []
    assert {"order", "store", "parcel", "first_name"} <= {entry.group for entry in found}
    assert len(json.dumps([entry.__dict__ for entry in found])) < 60_000


# --- tests ---


def test_a_test_goes_to_whoever_is_logged_in_and_counts_nowhere(own, mailoutbox):
    user = StaffFactory(email="cy@shop.example")
    OrderFactory(store=own.store, number="#4711")

    text = shown(client_of(user), "test", own, subject="About {{ order.number }}").content.decode()

    [mail] = mailoutbox
    assert mail.to == ["cy@shop.example"]
    assert mail.subject == "[Test] About #4711"
    assert "/o/preview/" in mail.body
    assert "List-Unsubscribe" not in mail.extra_headers
    assert "is on its way to cy@shop.example" in text
    assert Message.objects.count() == 0 and Consent.objects.count() == 0


def test_tests_are_limited_per_hour(staff, own, mailoutbox):
    for _ in range(21):
        last = shown(staff, "test", own)

    assert len(mailoutbox) == 20
    assert "Not sent" in last.content.decode()
    assert Throttle.objects.count() == 1


def test_a_test_that_cannot_be_sent_says_why(staff, own, channel):
    from engagement.channels.base import ChannelError

    channel.closed = ChannelError("The mail server cannot be reached", unavailable=True)

    assert "The mail server cannot be reached" in shown(staff, "test", own).content.decode()
    assert "there is no filter" in shown(staff, "test", own, body="{{ a | nope }}").content.decode()


# --- versions ---


def test_staff_see_what_changed_and_go_back(staff, own):
    staff.post(page(own), {"subject": "Second", "body": "Second\n"})
    own.refresh_from_db()

    text = staff.get(address("versions", own)).content.decode()
    back = staff.post(reverse("admin:engagement_template_back", args=[own.pk, 1]), follow=True)

    assert "Version 2, in use" in text and "<del>Subject: Own words for {{ order.number }}</del>" in text
    assert said(back) == ["Back to version 1, as version 3."]
    own.refresh_from_db()
    assert own.subject == "Own words for {{ order.number }}"


def test_versions_of_built_in_words_are_looked_at_and_not_changed(staff):
    row = Template.objects.get(store=None, kind="shipped", language="en")

    text = staff.get(address("versions", row)).content.decode()
    refused = staff.post(reverse("admin:engagement_template_back", args=[row.pk, 1]))

    assert "with a release" in text and "again</button>" not in text
    assert refused.status_code == 403
    assert (
        staff.post(
            reverse("admin:engagement_template_back", args=[TemplateFactory(store=StoreFactory()).pk, 9])
        ).status_code
        == 404
    )
