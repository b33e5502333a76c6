"""What providers report: by webhook, twice, late, out of order, forged."""

import base64
import json
from datetime import timedelta

import pytest
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking

from engagement.models import Message, Suppression
from returns.models import Return
from tests.factories.engagement import MessageFactory, SuppressionFactory
from tests.factories.tracking import NOON, OrderFactory
from tracking.models import Inbound

pytestmark = pytest.mark.django_db


def report(event_type, message=None, *, esp="Postmark", at=NOON, **fields):
    fields = {"metadata": {"message": str(message.public_id)} if message else {}} | fields
    event = AnymailTrackingEvent(event_type=event_type, timestamp=at, **fields)
    tracking.send(sender=None, event=event, esp_name=esp)


def test_a_delivery_is_noted_once():
    message = MessageFactory(state="SENT")

    report(EventType.DELIVERED, message)
    report(EventType.DELIVERED, message, at=NOON + timedelta(hours=3))

    message.refresh_from_db()
    assert message.delivered_at == NOON


def test_a_message_is_found_by_the_provider_s_id_too():
    message = MessageFactory(provider_id="abc-123")

    report(EventType.DELIVERED, message_id="abc-123", metadata={"message": "not one of ours"})

    message.refresh_from_db()
    assert message.delivered_at == NOON


def test_pitfall_12_a_hard_bounce_is_noted_and_blocks_the_address():
    message = MessageFactory()

    for _ in range(2):
        report(
            EventType.BOUNCED,
            message,
            recipient=" Ada@Example.com ",
            reject_reason=RejectReason.BOUNCED,
            mta_response="550 5.1.1",
        )

    message.refresh_from_db()
    block = Suppression.objects.get()
    assert message.bounced_at == NOON
    assert (block.address, block.reason, block.detail) == ("ada@example.com", "bounce", "550 5.1.1")


def test_a_bounce_that_names_no_address_blocks_the_order_s():
    message = MessageFactory()

    report(EventType.BOUNCED, message, reject_reason=RejectReason.INVALID)

    assert Suppression.objects.get().address == message.order.email


@pytest.mark.parametrize(
    ("esp", "kind", "reason", "raw"),
    [
        ("Postmark", EventType.DEFERRED, None, {"Type": "Transient"}),
        ("Postmark", EventType.BOUNCED, RejectReason.BOUNCED, {"Type": "SoftBounce"}),
        ("Amazon SES", EventType.BOUNCED, RejectReason.BOUNCED, {"bounce": {"bounceType": "Transient"}}),
        ("Amazon SES", EventType.BOUNCED, RejectReason.BOUNCED, {"bounce": {"bounceType": "Undetermined"}}),
        ("SendGrid", EventType.BOUNCED, RejectReason.BOUNCED, {"type": "blocked"}),
        ("Mailgun", EventType.BOUNCED, RejectReason.OTHER, {}),
        ("SparkPost", EventType.REJECTED, RejectReason.BLOCKED, {}),
        ("SparkPost", EventType.BOUNCED, RejectReason.TIMED_OUT, {}),
        ("Postmark", EventType.OPENED, None, {}),
    ],
)
def test_what_may_pass_blocks_no_address(esp, kind, reason, raw):
    report(kind, MessageFactory(), esp=esp, recipient="ada@example.com", reject_reason=reason, esp_event=raw)

    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("esp", "raw"),
    [
        ("Postmark", {"Type": "HardBounce"}),
        ("Postmark", {"Type": "BadEmailAddress"}),
        ("Amazon SES", {"bounce": {"bounceType": "Permanent"}}),
        ("SendGrid", {"type": "bounce"}),
        ("Mailgun", None),
        ("A new provider", None),
    ],
)
def test_what_lasts_blocks_the_address(esp, raw):
    report(
        EventType.BOUNCED,
        esp=esp,
        recipient="ada@example.com",
        reject_reason=RejectReason.BOUNCED,
        esp_event=raw,
    )

    assert Suppression.objects.filter(address="ada@example.com").exists()


def test_a_complaint_outweighs_a_bounce_and_staff_outweigh_both():
    SuppressionFactory(address="a@example.com", reason="bounce")
    SuppressionFactory(address="b@example.com", reason="manual", detail="asked us by phone")

    for address in ("a@example.com", "b@example.com"):
        report(EventType.COMPLAINED, recipient=address)
        report(EventType.BOUNCED, recipient=address, reject_reason=RejectReason.BOUNCED)

    assert Suppression.objects.get(address="a@example.com").reason == "complaint"
    assert Suppression.objects.get(address="b@example.com").detail == "asked us by phone"


@pytest.mark.parametrize("recipient", ["", None, "nobody", "x" * 300 + "@example.com"])
def test_a_report_about_no_address_is_harmless(recipient):
    report(EventType.COMPLAINED, recipient=recipient)

    assert not Suppression.objects.exists()


def test_reports_in_any_order_leave_the_same_rows():
    first, second = MessageFactory(), MessageFactory()
    facts = [
        lambda m: report(EventType.DELIVERED, m, at=NOON),
        lambda m: report(
            EventType.BOUNCED, m, at=NOON + timedelta(hours=1), reject_reason=RejectReason.BOUNCED
        ),
    ]

    for fact in facts:
        fact(first)
    for fact in reversed(facts):
        fact(second)

    rows = Message.objects.values_list("delivered_at", "bounced_at")
    assert rows[0] == rows[1] == (NOON, NOON + timedelta(hours=1))


# --- the door ---
BOUNCE = {
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "ID": 42,
    "Email": "ada@example.com",
    "MessageID": "00000000-0000-0000-0000-000000000000",
    "BouncedAt": "2026-03-10T12:00:00Z",
    "Metadata": {},
    "Tag": "",
    "Description": "gone",
    "Details": "550",
}


def post(client, **extra):
    url = "/webhooks/email/anymail/postmark/tracking/"
    return client.post(url, json.dumps(BOUNCE), content_type="application/json", **extra)


def test_a_signed_report_comes_in_by_webhook(client, settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": "me:secret"}
    login = base64.b64encode(b"me:secret").decode()

    assert post(client, HTTP_AUTHORIZATION=f"Basic {login}").status_code == 200

    assert Suppression.objects.get().address == "ada@example.com"


@pytest.mark.parametrize("login", ["", "me:wrong"])
def test_a_forged_report_is_refused(client, settings, login):
    settings.ANYMAIL = {"WEBHOOK_SECRET": "me:secret"}
    extra = {"HTTP_AUTHORIZATION": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}

    assert post(client, **extra).status_code == 400
    assert not Suppression.objects.exists()


@pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailWarning")
@pytest.mark.parametrize("esp", ["postmark", "mailgun", "sendgrid", "amazon_ses", "resend", "sparkpost"])
def test_without_a_secret_there_is_no_door(client, settings, esp):
    settings.ANYMAIL = {}

    assert (
        client.post(
            f"/webhooks/email/anymail/{esp}/tracking/", "{}", content_type="application/json"
        ).status_code
        == 404
    )


def test_a_reply_without_the_provider_s_secret_is_refused(client, settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": "me:secret"}

    assert client.post("/webhooks/email/anymail/postmark/inbound/").status_code == 400
    assert not Inbound.objects.exists()


def test_a_report_without_an_address_does_not_block_the_buyer_for_a_gift_s_mail():
    order = OrderFactory(email="buyer@example.com")
    ret = Return.objects.create(
        store=order.store, order=order, source="GIFT", email="given@example.com", currency="USD",
        requested_at=NOON,
    )  # fmt: skip
    message = MessageFactory(order=order, kind="return_approved", context={"return_id": ret.pk})

    report(EventType.COMPLAINED, message)

    assert set(Suppression.objects.values_list("address", flat=True)) == {"given@example.com"}


def test_what_was_perhaps_sent_is_sent_once_its_provider_says_so():
    message = MessageFactory(state="UNKNOWN", due_at=None, claimed_at=NOON, purpose="marketing")
    other = MessageFactory(state="UNKNOWN", due_at=None, claimed_at=NOON, purpose="marketing")

    report(EventType.DELIVERED, message, message_id="m1")

    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.state, message.sent_at, message.provider_id) == ("SENT", NOON, "m1")
    assert other.state == "UNKNOWN"
