"""Messages leave: permission at the last moment, one settlement each, nothing lost, nothing blocked."""

import smtplib
import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from config.lib import claims
from customers import worker
from engagement import sending
from engagement.channels.base import ChannelError
from engagement.kinds import KINDS
from engagement.models import Message, Suppression, Template
from engagement.tasks import send_messages
from tests.engagement.conftest import Scripted, one
from tests.factories.engagement import MessageFactory, TemplateFactory
from tests.factories.tracking import NOON, OrderFactory
from tracking import access
from tracking.models import AccessCode, Link

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("words")]
HOUR = timedelta(hours=1)


def test_a_due_message_is_sent_and_settled(order):
    message = MessageFactory(order=order)

    assert send_messages(at=NOON) == 1

    [sent] = mail.outbox
    assert sent.to == [order.email]
    assert sent.from_email == "Harbour & Pine <hello@harbour-pine.example>"
    assert sent.reply_to == ["help@harbour-pine.example"]
    assert one(message).state == Message.State.SENT
    assert (message.due_at, message.claim, message.leased_until) == (None, None, None)
    assert message.sent_at >= NOON
    assert message.subject == sent.subject
    assert message.template == Template.objects.get(kind="confirmed", language="en", store=None)
    assert (message.template_version, message.language) == (1, "en")
    assert send_messages(at=NOON + HOUR) == 0
    assert len(mail.outbox) == 1


def test_a_message_is_not_sent_before_it_is_due(order):
    MessageFactory(order=order, due_at=NOON + HOUR)

    assert send_messages(at=NOON) == 0


def test_the_worker_sends_what_the_handler_queued(order, settings):
    MessageFactory(order=order)

    worker.drain(kinds=["send"])  # the real clock: years of lateness

    assert Message.objects.get().state == Message.State.HELD
    assert mail.outbox == []


# --- secrets ---
def test_no_token_and_no_code_stands_in_any_table(order, channel):
    link = access.link_for(order, Link.Purpose.VIEW, at=NOON, life=HOUR)
    code = AccessCode.objects.create(link=link, created_at=NOON, expires_at=NOON + HOUR)
    for kind in ("confirmed", "access_code"):
        TemplateFactory(
            store=order.store, kind=kind, subject="{{ code }} opens {{ url }}", body="{{ code }} {{ url }}"
        )
    MessageFactory(order=order, kind="access_code", context={"code_id": code.pk})
    MessageFactory(order=order)

    send_messages(at=NOON)

    digits = access.digits(code)
    token = access.token(Link.objects.get(purpose=Link.Purpose.ACT))
    assert len(Scripted.sent) == 2
    assert any(digits in sent.subject for sent in Scripted.sent)
    assert all(token in sent.text for sent in Scripted.sent)
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 (our own tables)
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                told = {name: str(value) for name, value in zip(names, row, strict=True)}
                assert not [name for name, value in told.items() if token in value], table
                if table == "engagement_message":
                    del told["public_id"], told["context"]
                    assert not [name for name, value in told.items() if digits in value]


# --- the channel ---
def test_a_passing_failure_is_tried_again_later(channel):
    message = MessageFactory()
    Scripted.failing = {message.order.email: ChannelError("greylisted")}

    send_messages(at=NOON)

    assert one(message).state == Message.State.QUEUED
    assert timedelta(seconds=5) < message.due_at - NOON < timedelta(seconds=60)
    assert (message.failures, message.last_error, message.claim) == (1, "greylisted", None)

    Scripted.failing = {}
    send_messages(at=NOON + HOUR)

    assert one(message).state == Message.State.SENT
    assert message.last_error == ""


def test_a_message_that_keeps_failing_is_given_up_with_the_reason(channel):
    message = MessageFactory()
    Scripted.failing = {message.order.email: ChannelError("451 try later")}

    for attempt in range(sending.MAX_FAILURES + 3):
        send_messages(at=NOON + attempt * 2 * HOUR)

    assert one(message).state == Message.State.FAILED
    assert message.failures == sending.MAX_FAILURES
    assert message.reason == "Tried 8 times. 451 try later"


def test_an_address_refused_for_good_fails_and_is_blocked(channel):
    message = MessageFactory()
    Scripted.failing = {
        message.order.email: ChannelError("550 no such user", permanent=True, bad_address=True)
    }

    send_messages(at=NOON)

    assert one(message).state == Message.State.FAILED
    assert message.bounced_at is not None
    assert Suppression.objects.get(address=message.order.email).reason == Suppression.Reason.BOUNCE


def test_a_refusal_of_the_content_blocks_no_address(channel):
    message = MessageFactory()
    Scripted.failing = {message.order.email: ChannelError("554 spam", permanent=True)}

    send_messages(at=NOON)

    assert one(message).state == Message.State.FAILED
    assert not Suppression.objects.exists()


def test_a_closed_channel_costs_no_attempt_and_ends_the_round(channel):
    waiting = [MessageFactory() for _ in range(3)]
    Scripted.closed = ChannelError("connection refused", unavailable=True)

    assert send_messages(at=NOON) == 0

    for message in waiting:
        assert (one(message).attempts, message.failures, message.state) == (0, 0, Message.State.QUEUED)
        assert message.claim is None
        assert message.due_at > NOON
    Scripted.closed = None
    send_messages(at=NOON + HOUR)
    assert len(Scripted.sent) == 3


def test_an_outage_of_a_day_loses_nothing(channel):
    message = MessageFactory()
    Scripted.closed = ChannelError("connection refused", unavailable=True)
    for hours in range(24):
        send_messages(at=NOON + hours * HOUR)
    Scripted.closed = None

    send_messages(at=NOON + 25 * HOUR)

    assert one(message).state == Message.State.SENT


def test_a_message_that_closes_the_channel_does_not_block_the_others_for_ever(channel):
    bad, good = MessageFactory(), MessageFactory()
    Scripted.failing = {bad.order.email: ChannelError("403 not for you", unavailable=True)}

    for hours in range(20):
        send_messages(at=NOON + hours * HOUR)

    assert one(bad).state == Message.State.FAILED
    assert one(good).state == Message.State.SENT


def test_a_channel_that_is_not_wired_fails_the_message(order):
    message = MessageFactory(order=order, channel="pigeon")

    send_messages(at=NOON)

    assert one(message).state == Message.State.FAILED
    assert "pigeon" in message.reason


# --- leases ---
def test_a_message_taken_over_by_another_worker_is_not_sent(channel):
    first, second = MessageFactory(), MessageFactory()
    other = uuid.uuid4()
    Scripted.on_send = lambda _: Message.objects.filter(pk=second.pk).update(claim=other)

    send_messages(at=NOON)

    assert [sent.key for sent in Scripted.sent] == [str(first.public_id)]
    assert (one(second).claim, second.state) == (other, Message.State.QUEUED)


def test_a_worker_that_lost_its_lease_while_sending_cannot_settle(channel):
    message = MessageFactory()
    other = uuid.uuid4()
    Scripted.on_send = lambda _: Message.objects.filter(pk=message.pk).update(claim=other)

    send_messages(at=NOON)

    assert one(message).state == Message.State.QUEUED
    assert (message.claim, message.sent_at) == (other, None)


def test_a_slow_server_does_not_let_the_leases_of_the_rest_lapse(channel, monkeypatch):
    messages = [MessageFactory() for _ in range(4)]
    clock = [0.0]
    monkeypatch.setattr(sending.time, "monotonic", lambda: clock[0])
    lapsed = []

    def slow(_):
        clock[0] += 50  # seconds: four sends outlast the lease of two minutes
        past = NOON - 20 * HOUR
        # What time does to leases, while the database's own clock stands still: they run out unless renewed.
        lapsed.append(Message.objects.filter(state="QUEUED", leased_until__lte=past).count())
        Message.objects.filter(state="QUEUED").update(leased_until=past)

    Scripted.on_send = slow
    while send_messages(at=NOON):
        pass

    assert len(Scripted.sent) == 4
    assert lapsed == [0, 0, 0, 0]
    assert {one(message).state for message in messages} == {Message.State.SENT}


def test_what_a_slow_server_leaves_no_time_for_is_handed_back(channel, monkeypatch):
    """The cluster would kill the batch, and the message under way with it: that one would go out twice."""
    messages = [MessageFactory() for _ in range(20)]
    clock = [0.0]
    monkeypatch.setattr(sending.time, "monotonic", lambda: clock[0])
    Scripted.on_send = lambda _: clock.__setitem__(0, clock[0] + 15)

    send_messages(at=NOON)

    assert clock[0] <= 90  # seconds; the cluster's limit is 120
    waiting = [one(message) for message in messages if one(message).state == Message.State.QUEUED]
    assert {(message.claim, message.attempts, message.due_at) for message in waiting} == {(None, 0, NOON)}


class Unset(Scripted):
    """A channel whose settings are wrong."""

    def __init__(self):
        raise RuntimeError("there is no key")


def test_a_channel_that_cannot_be_set_up_costs_no_message(channel, settings):
    message = MessageFactory()
    settings.CHANNELS = {"email": f"{__name__}.Unset"}
    for hour in range(6):
        send_messages(at=NOON + hour * HOUR)
    settings.CHANNELS = {"email": "tests.engagement.conftest.Scripted"}

    send_messages(at=NOON + 7 * HOUR)

    assert one(message).state == Message.State.SENT


def test_a_message_whose_facts_are_broken_does_not_stop_the_others(channel):
    broken, good = MessageFactory(kind="shipped", context={"shipments": 7}), MessageFactory()

    send_messages(at=NOON)

    assert (one(broken).state, one(broken).failures) == (Message.State.QUEUED, 1)
    assert one(good).state == Message.State.SENT


def test_a_message_that_kills_its_worker_is_given_up_after_three_times(channel):
    killer, other = MessageFactory(), MessageFactory()
    for _ in range(3):
        claims.claim(Message.objects.all(), at=NOON, limit=1)  # and the worker dies
        Message.objects.update(leased_until=NOON - 20 * HOUR)

    while send_messages(at=NOON):
        pass

    assert one(killer).state == Message.State.FAILED
    assert "died 3 times" in killer.reason
    assert one(other).state == Message.State.SENT


def test_an_unforeseen_error_costs_only_its_own_message(channel, monkeypatch):
    bad, good = MessageFactory(), MessageFactory()
    real = sending.context.build

    def build(facts, **kwargs):
        if facts.message.pk == bad.pk:
            raise KeyError("surprise")
        return real(facts, **kwargs)

    monkeypatch.setattr(sending.context, "build", build)

    send_messages(at=NOON)

    assert (one(bad).state, bad.failures) == (Message.State.QUEUED, 1)
    assert one(good).state == Message.State.SENT


def test_the_message_id_is_the_same_at_every_attempt(order, monkeypatch):
    message = MessageFactory(order=order)
    seen = []

    def broken(self, messages):
        seen.append(messages[0].message()["Message-ID"])
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", broken)
        send_messages(at=NOON)
        send_messages(at=NOON + HOUR)
    send_messages(at=NOON + 2 * HOUR)

    [sent] = mail.outbox
    assert {*seen, sent.message()["Message-ID"]} == {f"<{message.public_id}@harbour-pine.example>"}
    assert one(message).state == Message.State.SENT


# --- again ---
def test_held_and_failed_messages_can_be_sent_again_and_others_not(order):
    held_one = MessageFactory(order=order, state="HELD", reason="x", due_at=None, expires_at=NOON - HOUR)
    failed = MessageFactory(
        order=order, kind="access_link", state="FAILED", due_at=None, failures=8, attempts=9
    )
    sent = MessageFactory(order=order, state="SENT", due_at=None)

    assert sending.retry(Message.objects.all(), at=NOON) == 2

    assert one(held_one).expires_at == NOON + KINDS["confirmed"].lateness
    assert (one(failed).failures, failed.attempts, failed.reason) == (0, 0, "")
    send_messages(at=NOON)
    assert len(mail.outbox) == 2
    assert one(sent).sent_at is None


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ("Harbour & Pine <hello@harbour-pine.example>", "Harbour & Pine <hello@harbour-pine.example>"),
        ('"Pine, Inc." <a@b.example>', '"Pine, Inc." <a@b.example>'),
        ("Pine, Inc. <a@b.example>", '"Pine, Inc." <a@b.example>'),
        ("a@b.example", "Harbour & Pine <a@b.example>"),
        ("Evil\r\nBcc: x@y.example <a@b.example>", '"Evil Bcc: x@y.example" <a@b.example>'),
        ("", "Porchlight <orders@localhost>"),
        ("nonsense", "Porchlight <orders@localhost>"),
    ],
)
def test_the_sender_is_one_address_on_one_line(order, given, header):
    order.store.email_from = given

    assert sending.sender_of(order.store) == header


def test_a_deleted_order_takes_its_messages_along_and_nothing_breaks():
    message = MessageFactory()
    orphan = MessageFactory(order=OrderFactory())
    Message.objects.filter(pk=orphan.pk).update(order=None)
    message.order.delete()

    send_messages(at=NOON)

    assert one(orphan).state == Message.State.HELD
    assert "order" in orphan.reason
