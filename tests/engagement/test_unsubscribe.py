"""One click ends marketing, looking ends nothing; the preference centre changes what it says."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Consent, Event, Identity, Preference
from customers.services import consents
from customers.services.merging import merge_customers
from engagement import events, numbers, preferences, tokens
from engagement.models import Message, Suppression
from tests.factories.customers import CustomerFactory, UserFactory
from tests.factories.engagement import MessageFactory

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def message():
    made = MessageFactory(purpose="marketing", kind="care_tips", topic="tips")
    said(made.customer, "email")
    return made


def said(customer, channel, granted=True):
    earlier = timezone.now() - timedelta(days=1)
    consents.say(customer, channel=channel, granted=granted, source="a test", at=earlier)


def path(message) -> str:
    return f"/unsubscribe/{tokens.unsubscribe_token(message)}/"


def centre(customer, store) -> str:
    return f"/preferences/{tokens.preferences_token(customer, store)}/"


def strict() -> Client:
    return Client(enforce_csrf_checks=True)


def test_one_click_without_cookies_or_csrf_takes_effect_at_once(message):
    answer = strict().post(path(message), ONE_CLICK)

    assert answer.status_code == 200
    assert not consents.granted(message.customer, "email")
    consent = Consent.objects.get(customer=message.customer)
    assert (consent.source, consent.words) == ("one-click", "List-Unsubscribe=One-Click")
    told = Event.objects.get(kind=events.UNSUBSCRIBED)
    assert told.data == {"channel": "email", "message_id": message.pk}


@pytest.mark.parametrize("method", ["get", "head"])
def test_pitfall_13_a_scanner_that_follows_the_link_unsubscribes_nobody(message, method):
    """mautic/mautic#9798: a mail-security scanner opted the whole list out."""
    for _ in range(5):
        answer = getattr(strict(), method)(path(message))

    assert answer.status_code == 200
    assert consents.granted(message.customer, "email")
    assert not Event.objects.filter(kind=events.UNSUBSCRIBED).exists()


def test_the_same_click_again_is_no_second_fact(message):
    for _ in range(3):
        strict().post(path(message), ONE_CLICK)

    assert Event.objects.filter(kind=events.UNSUBSCRIBED).count() == 1


def test_somebody_who_never_allowed_it_can_refuse_it_all_the_same():
    message = MessageFactory(purpose="marketing", kind="care_tips")

    strict().post(path(message), ONE_CLICK)

    assert Consent.objects.get(customer=message.customer).granted is False


def test_a_message_of_another_channel_ends_that_channel(message):
    said(message.customer, "push")
    Message.objects.filter(pk=message.pk).update(channel="push")

    strict().post(path(message))

    assert consents.granted(message.customer, "email")
    assert not consents.granted(message.customer, "push")


def test_the_link_of_a_merged_profile_ends_marketing_for_the_one_that_was_kept(message):
    kept = CustomerFactory()
    merge_customers(kept_id=kept.pk, merged_id=message.customer.pk, source="x", at=timezone.now())

    strict().post(path(message), ONE_CLICK)

    assert not consents.granted(kept, "email")


def test_what_is_sealed_for_one_purpose_opens_no_other(message):
    unsubscribe = tokens.unsubscribe_token(message)
    preferences_token = tokens.preferences_token(message.customer, message.store)

    assert strict().get(f"/preferences/{unsubscribe}/").status_code == 404
    assert strict().post(f"/unsubscribe/{preferences_token}/", ONE_CLICK).status_code == 404
    assert consents.granted(message.customer, "email")


@pytest.mark.parametrize("token", ["x" * 43, "nothing", "A" * 44, "é" * 43])
def test_a_token_we_did_not_make_is_404(message, token):
    for answer in (
        Client().get(f"/unsubscribe/{token}/"),
        Client().post(f"/unsubscribe/{token}/", ONE_CLICK),
    ):
        assert answer.status_code == 404


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.data())
def test_a_token_with_any_sign_changed_opens_nothing(one, two, data):
    token = tokens.seal(tokens.UNSUBSCRIBE, one, two)
    place = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.sampled_from("ABCXYZabcxyz019-_").filter(lambda other: other != token[place]))

    assert tokens.opened(tokens.UNSUBSCRIBE, token) == (one, two)
    assert tokens.opened(tokens.PREFERENCES, token) is None
    assert tokens.opened(tokens.UNSUBSCRIBE, token[:place] + sign + token[place + 1 :]) is None


def test_a_changed_key_leaves_links_in_mails_working(message, settings):
    address = path(message)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key " * 5

    assert strict().post(address, ONE_CLICK).status_code == 200
    assert not consents.granted(message.customer, "email")


# --- the preference centre


def choose(client, url, **fields):
    topics = {f"topic_{topic}": "on" for topic in ("news", "tips", "reviews", "reminders", "occasions")}
    return client.post(url, {"action": "save", "channel_email": "on", "language": "en"} | topics | fields)


def test_the_centre_shows_no_whole_address(message):
    page = Client().get(centre(message.customer, message.store)).content.decode()

    assert message.customer.email not in page
    assert "•••@example.com" in page


def test_topics_language_and_birthday_are_kept_and_told(message):
    url = centre(message.customer, message.store)

    page = choose(Client(), url, topic_tips="", language="de", born_on="1990-05-17").content.decode()

    message.customer.refresh_from_db()
    assert Preference.objects.get(customer=message.customer).muted == ["tips"]
    assert (message.customer.language, str(message.customer.born_on)) == ("de", "1990-05-17")
    assert "Off: Tips for what you bought." in page
    assert consents.granted(message.customer, "email")
    assert "1990" not in page


def test_what_was_changed_can_be_taken_back(message):
    url, client = centre(message.customer, message.store), Client()
    page = choose(client, url, topic_news="").content.decode()
    before = re.search(r'name="before" value="([^"]+)"', page)[1]

    client.post(url, {"action": "undo", "before": before})

    assert preferences.choices_of(message.customer).muted == frozenset()


def test_an_undo_of_somebody_else_changes_nothing(message):
    other = MessageFactory(purpose="marketing")
    page = choose(Client(), centre(message.customer, message.store), topic_news="").content.decode()
    before = re.search(r'name="before" value="([^"]+)"', page)[1]

    Client().post(centre(other.customer, other.store), {"action": "undo", "before": before})

    assert not Preference.objects.filter(customer=other.customer).exists()


def test_stop_switches_every_channel_off_and_keeps_the_topics(message):
    said(message.customer, "push")
    choose(Client(), centre(message.customer, message.store), topic_tips="")

    Client().post(centre(message.customer, message.store), {"action": "stop"})

    assert preferences.choices_of(message.customer) == preferences.Choices(
        muted=frozenset({"tips"}), language="en"
    )


def test_the_centre_wants_csrf_and_get_changes_nothing(message):
    url = centre(message.customer, message.store)

    assert strict().post(url, {"action": "stop"}).status_code == 403
    Client().get(url + "?action=stop")
    assert consents.granted(message.customer, "email")


def test_a_birthday_that_cannot_be_is_refused(message):
    for day in ("2999-01-01", "1066-10-14", "yesterday"):
        page = choose(Client(), centre(message.customer, message.store), born_on=day)

        message.customer.refresh_from_db()
        assert "Enter a day such as" in page.content.decode()
        assert message.customer.born_on is None


def test_the_account_opens_ones_own_preferences_and_nobody_elses(message):
    mine, stranger = UserFactory(customer=message.customer), UserFactory()
    client, other = Client(), Client()
    client.force_login(mine, backend="django.contrib.auth.backends.ModelBackend")
    other.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")

    client.post("/account/preferences/", {"action": "stop"})

    assert not consents.granted(message.customer, "email")
    assert other.get("/account/preferences/").status_code == 404
    assert Client().get("/account/preferences/").status_code == 302


# --- a number is confirmed before it is texted


@pytest.fixture
def texting(settings):
    settings.SMS_PROVIDER = "console"


def ask(url, phone="+49 151 23456789"):
    page = Client().post(url + "number/", {"phone": phone})
    found = re.search(r'name="sealed" value="([^"]+)"', page.content.decode())
    return page, found[1] if found else ""


def test_a_number_is_theirs_once_the_code_comes_back(message, texting):
    url = centre(message.customer, message.store)
    _, sealed = ask(url)
    queued = Message.objects.get(kind="sms_code")

    answer = Client().post(url + "number/", {"sealed": sealed, "code": numbers.code_of(queued)})

    message.customer.refresh_from_db()
    assert answer.status_code == 302
    assert message.customer.phone == numbers.phone_of(queued) == "+4915123456789"
    assert Identity.objects.get(kind="phone").verified
    assert consents.granted(message.customer, "sms")


def test_neither_number_nor_code_stands_in_the_row_in_clear(message, texting):
    ask(centre(message.customer, message.store))
    queued = Message.objects.get(kind="sms_code")

    assert "15123456789" not in str(queued.context)
    assert numbers.code_of(queued) not in str(queued.context)


def test_guessing_ends_after_five_tries_and_a_code_works_once(message, texting):
    url = centre(message.customer, message.store)
    _, sealed = ask(url)
    right = numbers.code_of(Message.objects.get(kind="sms_code"))
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    for _ in range(5):
        assert Client().post(url + "number/", {"sealed": sealed, "code": wrong}).status_code == 200
    assert Client().post(url + "number/", {"sealed": sealed, "code": right}).status_code == 200

    assert not consents.granted(message.customer, "sms")


def test_a_code_of_one_person_does_nothing_for_another(message, texting):
    other = MessageFactory(purpose="marketing")
    _, sealed = ask(centre(message.customer, message.store))
    right = numbers.code_of(Message.objects.get(kind="sms_code"))

    Client().post(centre(other.customer, other.store) + "number/", {"sealed": sealed, "code": right})

    assert not consents.granted(other.customer, "sms")


def test_codes_are_few_against_sms_pumping(message, texting):
    url = centre(message.customer, message.store)
    answers = [ask(url, f"+49 151 2345678{n}")[0].status_code for n in range(5)]

    assert answers == [200, 200, 200, 429, 429]
    assert Message.objects.filter(kind="sms_code").count() == 3


@pytest.mark.parametrize("phone", ["0151 23456789", "hello", "+0123456", "+1", "+491512345678901234"])
def test_a_number_without_its_country_is_refused(message, texting, phone):
    page, sealed = ask(centre(message.customer, message.store), phone)

    assert (page.status_code, sealed) == (200, "")
    assert not Message.objects.filter(kind="sms_code").exists()


def test_without_a_provider_nobody_is_asked_for_a_number(message, settings):
    settings.SMS_PROVIDER = ""
    url = centre(message.customer, message.store)

    assert Client().get(url + "number/").status_code == 404
    assert b"add-number" not in Client().get(url).content


def test_a_confirmed_number_is_no_longer_stopped(message, texting):
    Suppression.add("+4915123456789", Suppression.Reason.STOP, channel="sms")

    preferences.confirm_number(
        message.customer, "+4915123456789", source="a test", words="", at=timezone.now()
    )

    assert not Suppression.objects.exists()
