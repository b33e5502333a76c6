"""Text messages: counted, carried by two providers, answered, and stopped by a word."""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import requests
import responses
from django.test import Client

from customers.models import Alert, Case, CaseMessage
from customers.services import consents
from engagement import numbers
from engagement.channels import mailbox
from engagement.channels.base import ChannelError, Outgoing
from engagement.channels.sms import Sms
from engagement.models import Message, Suppression
from engagement.sms import counting, hearing
from engagement.sms.base import Account, Fate, Heard, Report
from engagement.sms.twilio import API as TWILIO
from engagement.sms.vonage import API as VONAGE
from tests.factories.customers import CustomerFactory
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON
from tracking.models import Inbound
from tracking.services.inbound import process_due

PHONE = "+4915123456789"
SEND = f"{TWILIO}/AC1/Messages.json"


def text_to(to=PHONE, words="Your parcel is here.", **more):
    return Outgoing(
        key="11111111-1111-4111-8111-111111111111", kind="delivered", sender="", to=to, subject="",
        text=words, html="", channel="sms", store_id=1, **more,
    )  # fmt: skip


@pytest.fixture
def twilio(settings, db):
    settings.SMS_PROVIDER, settings.SMS_FROM = "twilio", "+15005550006"
    settings.SMS_ACCOUNT, settings.SMS_SECRET = "AC1", "token"
    return settings


@pytest.fixture
def vonage(settings, db):
    settings.SMS_PROVIDER, settings.SMS_FROM = "vonage", "+447700900000"
    settings.SMS_ACCOUNT, settings.SMS_SECRET, settings.SMS_SIGNING_SECRET = "key", "secret", "signing"
    return settings


# --- counting


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ß" * 160, 1),
        ("ł" * 70, 1),
        ("ł" * 71, 2),
        ("🪔" * 35, 1),
        ("🪔" * 36, 2),
        ("a" * 159 + "ł", 3),
    ],
    ids=range(14),
)
def test_a_text_is_counted_as_networks_do(text, parts):
    assert counting.segments(text) == parts


def test_typographic_signs_do_not_halve_the_room():
    assert counting.is_gsm(counting.plain("“It’s here” – today… 3 × €5"))


# --- Twilio


@responses.activate
def test_twilio_is_handed_a_text_and_told_where_to_report(twilio):
    responses.post(SEND, json={"sid": "SM1", "status": "queued"}, status=201)

    assert Sms().send(text_to()) == "SM1"

    call = responses.calls[0].request
    assert call.headers["Authorization"] == "Basic " + base64.b64encode(b"AC1:token").decode()
    assert "To=%2B4915123456789" in call.body and "From=%2B15005550006" in call.body
    assert "StatusCallback=http%3A%2F%2Flocalhost%3A8000%2Fwebhooks%2Fsms%2Ftwilio%2F" in call.body


@responses.activate
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21211, {"permanent": True, "bad_address": True}),
        (400, 21610, {"permanent": True}),
        (400, 21606, {"unavailable": True}),
        (401, 20003, {"unavailable": True}),
        (429, 20429, {"unavailable": True}),
        (500, 0, {"uncertain": True}),
        (503, 0, {"unavailable": True}),
    ],
    ids=range(7),
)
def test_an_answer_says_whose_fault_it_is(twilio, status, code, expected):
    responses.post(SEND, json={"code": code, "message": "no"}, status=status)

    with pytest.raises(ChannelError) as error:
        Sms().send(text_to())

    said = {
        name: getattr(error.value, name) for name in ("permanent", "bad_address", "unavailable", "uncertain")
    }
    assert {name for name, value in said.items() if value} == set(expected)


@responses.activate
@pytest.mark.parametrize(
    ("exc", "uncertain"),
    [
        (requests.ReadTimeout("slow"), True),
        (requests.ConnectTimeout("slow"), False),
        (requests.ConnectionError("NewConnectionError: refused"), False),
        (requests.ConnectionError("reset by peer"), True),
    ],
    ids=range(4),
)
def test_what_may_have_been_taken_is_never_called_refused(twilio, exc, uncertain):
    responses.post(SEND, body=exc)

    with pytest.raises(ChannelError) as error:
        Sms().send(text_to())

    assert (error.value.uncertain, error.value.unavailable) == (uncertain, not uncertain)


def test_without_a_provider_a_text_fails_for_good_and_without_keys_it_waits(settings, db):
    settings.SMS_PROVIDER = ""
    with pytest.raises(ChannelError) as none:
        Sms().open()
    settings.SMS_PROVIDER = "twilio"
    with pytest.raises(ChannelError) as keyless:
        Sms().open()

    assert (none.value.permanent, keyless.value.unavailable) == (True, True)


def test_a_store_spends_no_more_than_its_day_holds(settings, tmp_path, db):
    settings.SMS_PROVIDER, settings.SMS_PER_DAY, settings.MAILBOX_DIR = "console", 3, tmp_path

    Sms().send(text_to(words="a" * 300))
    Sms().send(text_to())
    for _ in range(2):
        with pytest.raises(ChannelError, match="used up"):
            Sms().send(text_to())

    assert len(mailbox.keys(tmp_path)) == 2
    assert Alert.objects.get().kind == "engagement.sms_budget"


def signed_twilio(url, fields, secret=b"token"):
    words = url + "".join(name + value for name, value in sorted(fields.items()))
    return base64.b64encode(hmac.new(secret, words.encode(), hashlib.sha1).digest()).decode()


def call_twilio(fields, url="http://localhost:8000/webhooks/sms/twilio/", secret=b"token"):
    return Client().post(
        "/webhooks/sms/twilio/",
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signed_twilio(url, fields, secret)},
    )


def test_twilios_own_example_signature_is_accepted():
    """The example of www.twilio.com/docs/usage/security."""
    from engagement.sms.twilio import Twilio

    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    Twilio(Account("", secret="12345")).verify(
        url="https://mycompany.com/myapp.php?foo=1&bar=2",
        headers={"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
        body=urlencode(fields).encode(),
        at=0,
    )


def test_a_report_is_stored_raw_and_read_by_the_worker(twilio):
    message = MessageFactory(channel="sms", provider_id="SM1", state="UNKNOWN")
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": PHONE}

    for _ in range(2):
        assert call_twilio(fields).status_code == 200
    stored = Inbound.objects.get()
    process_due(at=stored.received_at)

    message.refresh_from_db()
    assert (message.state, message.delivered_at is not None) == ("SENT", True)


def test_a_forged_call_is_refused_and_kept_nowhere(twilio):
    assert call_twilio({"MessageSid": "SM1"}, secret=b"guess").status_code == 401
    assert Client().post("/webhooks/sms/twilio/", "x=1", content_type="text/plain").status_code == 401
    assert Client().post("/webhooks/sms/vonage/").status_code == 404
    assert Client().get("/webhooks/sms/twilio/").status_code == 405
    assert not Inbound.objects.exists()


def test_a_dead_number_is_blocked_and_one_that_said_stop_too(twilio):
    hearing.note(Report("SM1", Fate.DEAD, PHONE), at=NOON)
    hearing.note(Report("SM2", Fate.STOPPED, "+4915100000000"), at=NOON)

    blocked = dict(Suppression.objects.values_list("address", "reason"))
    assert blocked == {PHONE: "bounce", "+4915100000000": "stop"}


# --- Vonage


def jwt(body, secret=b"signing", alg="HS256", **claims):
    def part(data):
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    told = {"iat": int(time.time()), "payload_hash": hashlib.sha256(body).hexdigest()} | claims
    signed = f"{part(json.dumps({'alg': alg, 'typ': 'JWT'}).encode())}.{part(json.dumps(told).encode())}"
    return f"{signed}.{part(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def call_vonage(data, token=None):
    body = json.dumps(data).encode()
    return Client().post(
        "/webhooks/sms/vonage/", body, content_type="application/json",
        headers={"Authorization": f"Bearer {token or jwt(body)}"},
    )  # fmt: skip


@responses.activate
def test_vonage_takes_our_key_along(vonage):
    responses.post(VONAGE, json={"message_uuid": "u1"}, status=202)

    assert Sms().send(text_to()) == "u1"

    sent = json.loads(responses.calls[0].request.body)
    assert (sent["to"], sent["from"], sent["client_ref"]) == ("4915123456789", "447700900000", text_to().key)


def test_a_vonage_report_finds_its_text_by_our_key(vonage):
    message = MessageFactory(channel="sms")
    data = {
        "message_uuid": "u1",
        "status": "delivered",
        "to": PHONE[1:],
        "client_ref": str(message.public_id),
    }

    assert call_vonage(data).status_code == 200
    process_due(at=Inbound.objects.get().received_at)

    message.refresh_from_db()
    assert message.delivered_at is not None


def test_a_token_for_another_body_key_or_way_is_refused(vonage):
    data = {"message_uuid": "u1", "status": "delivered"}
    body = json.dumps(data).encode()
    for token in (
        jwt(b"other"),
        jwt(body, secret=b"guess"),
        jwt(body, alg="none"),
        jwt(body, exp=1),
        jwt(body, iat=time.time() + 4000),
        "a.b.c",
        "x",
    ):
        assert call_vonage(data, token).status_code == 401

    assert not Inbound.objects.exists()


# --- what people answer


@pytest.fixture
def person(db):
    made = CustomerFactory(phone=PHONE)
    consents.say(made, channel="sms", granted=True, source="a test", at=NOON - timedelta(days=1))
    MessageFactory(channel="sms", customer=made)
    return made


def heard(text, number=1):
    return hearing.hear(Heard(f"SM{number}", PHONE, "", text), at=NOON)


@pytest.mark.parametrize(
    "word", ["STOP", " stop. ", "Stopp!", "ARRÊT", "Abmelden", "UNSUBSCRIBE", "Stop all"]
)
def test_stop_ends_it_and_says_so_once(person, word):
    for _ in range(2):
        heard(word)

    assert not consents.granted(person, "sms")
    assert Suppression.objects.get(channel="sms").reason == "stop"
    answer = Message.objects.get(kind="sms_answer")
    assert (answer.context["answer"], numbers.phone_of(answer)) == ("stop", PHONE)
    assert PHONE not in str(answer.context)
    assert not Case.objects.exists()


def test_start_unblocks_but_gives_no_consent(person):
    heard("STOP")
    heard("START", 2)

    assert not Suppression.objects.exists()
    assert not consents.granted(person, "sms")


def test_other_words_open_one_case_and_go_on_in_it(person):
    heard("Please stop at the back door")
    heard("The green one", 2)
    heard("The green one", 2)

    case = Case.objects.get()
    assert (case.customer, case.source, case.phone) == (person, "sms", PHONE)
    assert CaseMessage.objects.filter(case=case).count() == 2


def test_a_stranger_is_heard_too(person):
    hearing.hear(Heard("SM9", "+33612345678", "", "Bonjour"), at=NOON)

    assert (Case.objects.get().customer, Case.objects.get().phone) == (None, "+33612345678")
