"""The e-mail channel against a real SMTP conversation, and the demo's mailbox folder under many writers."""

import multiprocessing
import smtplib
import socket

import pytest
from aiosmtpd.controller import Controller
from anymail.exceptions import AnymailInvalidAddress, AnymailRecipientsRefused, AnymailRequestsAPIError
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from hypothesis import given
from hypothesis import strategies as st

from engagement.channels import mailbox
from engagement.channels.base import ChannelError, Outgoing
from engagement.channels.email import Email, classify, compose
from engagement.channels.mailbox import MailboxBackend


def outgoing(**changes):
    facts = {
        "key": "3f0e8a52-0d3c-4b59-9b4e-1d7f7c3d0001",
        "kind": "shipped",
        "sender": "Harbour & Pine <hello@harbour-pine.example>",
        "to": "ada@example.com",
        "subject": "Unterwegs: Größe & mehr",
        "text": "Hallo",
        "html": "<p>Hallo</p>",
        "headers": {"Message-ID": "<3f0e8a52@harbour-pine.example>"},
    }
    return Outgoing(**(facts | changes))


class Server:
    """Answers as scripted, and keeps what it took."""

    def __init__(self):
        self.answers = {}
        self.taken = []
        self.connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 (aiosmtpd's name)
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answers.get("DATA") == "break":
            server.transport.abort()
        if self.answers.get("DATA"):
            return self.answers["DATA"]
        self.taken.append(envelope.content)
        return "250 OK"


@pytest.fixture
def server(settings):
    """A mail server on a free port that the settings point at."""
    handler = Server()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield handler
    controller.stop()


@pytest.fixture
def channel(server):
    """The channel, connected."""
    made = Email()
    made.open()
    yield made
    made.close()


def test_a_batch_uses_one_connection(server, channel):
    for _ in range(3):
        channel.open()
        channel.send(outgoing())

    assert (len(server.taken), server.connections) == (3, 1)
    assert b"Message-ID: <3f0e8a52@harbour-pine.example>" in server.taken[0]


@pytest.mark.parametrize(
    ("answer", "permanent", "bad_address"),
    [
        ("550 5.1.1 no such user", True, True),
        ("550 no such user", True, True),
        ("553 mailbox name not allowed", True, True),
        ("550 5.2.1 mailbox disabled", True, True),
        ("552 5.2.2 mailbox full", True, False),
        ("550 5.7.1 relaying denied", True, False),
        ("554 5.7.1 blocked by policy", True, False),
        ("450 4.2.1 greylisted", False, False),
        ("452 4.5.3 too many recipients", False, False),
    ],
)
def test_a_refused_recipient_is_told_apart_from_a_refused_sender_and_from_not_now(
    server, channel, answer, permanent, bad_address
):
    server.answers["ada@example.com"] = answer

    with pytest.raises(ChannelError) as refusal:
        channel.send(outgoing())

    assert (refusal.value.permanent, refusal.value.bad_address) == (permanent, bad_address)
    assert not refusal.value.unavailable
    assert answer.split()[-1] in str(refusal.value)


def test_after_a_refusal_the_next_message_goes_out(server, channel):
    server.answers["gone@example.com"] = "550 5.1.1 no such user"
    with pytest.raises(ChannelError):
        channel.send(outgoing(to="gone@example.com"))

    channel.open()
    channel.send(outgoing())

    assert len(server.taken) == 1


@pytest.mark.parametrize(("answer", "permanent"), [("554 5.6.0 spam", True), ("451 later", False)])
def test_refused_content_blocks_no_address(server, channel, answer, permanent):
    server.answers["DATA"] = answer

    with pytest.raises(ChannelError) as refusal:
        channel.send(outgoing())

    assert (refusal.value.permanent, refusal.value.bad_address) == (permanent, False)


def test_no_server_means_the_channel_is_closed(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = probe.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"

    with pytest.raises(ChannelError) as refusal:
        Email().open()

    assert refusal.value.unavailable


def test_a_connection_that_breaks_is_made_anew_for_the_next_message(server, channel):
    server.answers["DATA"] = "break"
    with pytest.raises(ChannelError) as refusal:
        channel.send(outgoing())
    assert not (refusal.value.permanent or refusal.value.unavailable)
    del server.answers["DATA"]

    channel.open()
    channel.send(outgoing())

    assert (len(server.taken), server.connections) == (1, 2)


@pytest.mark.parametrize(
    ("status", "permanent", "unavailable"),
    [
        (400, True, False),
        (422, True, False),
        (401, False, True),
        (429, False, True),
        (500, False, False),
        (503, False, False),
        (None, False, False),
    ],
)
def test_a_provider_s_answer_is_read_by_its_status(status, permanent, unavailable):
    error = AnymailRequestsAPIError("no")
    error.status_code = status

    made = classify(error)

    assert (made.permanent, made.unavailable, made.bad_address) == (permanent, unavailable, False)


def test_only_an_invalid_address_is_the_address_s_fault():
    message = EmailMessage(to=["ada@example.com"])
    for answers, bad in (({"invalid"}, True), ({"rejected"}, False)):
        message.anymail_status = type("Status", (), {"status": answers})
        made = classify(AnymailRecipientsRefused(email_message=message))
        assert (made.permanent, made.bad_address) == (True, bad)
    assert not classify(AnymailInvalidAddress("from_email")).bad_address
    assert classify(smtplib.SMTPAuthenticationError(535, b"no")).unavailable


def test_an_api_provider_gets_our_key_and_its_id_comes_back(settings):
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"

    provider_id = Email().send(outgoing(headers={}))

    [sent] = mail.outbox
    assert sent.anymail_test_params["metadata"] == {"message": outgoing().key}
    assert sent.anymail_test_params["tags"] == ["shipped"]
    assert provider_id == str(sent.anymail_status.message_id)


@given(st.text(), st.text())
def test_no_header_can_be_smuggled_in_by_subject_or_recipient(subject, to):
    try:
        raw = compose(outgoing(subject=subject, to=f"{to}@example.com")).message().as_bytes()
    except ValueError:  # refused: such a message fails for good
        return

    names = [line.split(b":")[0].lower() for line in raw.split(b"\n\n")[0].split(b"\n") if line[:1].strip()]
    assert names.count(b"subject") == names.count(b"to") == 1
    assert set(names) <= {
        b"content-type", b"mime-version", b"subject", b"from", b"to", b"date", b"message-id",
    }  # fmt: skip


@pytest.mark.parametrize(
    "to",
    [
        "a@x.example, b@x.example",
        "a@x.example;b@x.example",
        "a@b@c",
        "<a@b>",
        "a b@c",
        "a\x0c@b",
        "@b",
        "a@",
        "",
    ],
)
def test_a_message_goes_to_exactly_one_address(to):
    with pytest.raises(ValueError, match="one address|control"):
        outgoing(to=to)


# --- the demo's mailbox ---
def test_the_mailbox_keeps_what_it_is_given_and_reads_it_back(tmp_path):
    backend = MailboxBackend(folder=tmp_path / "mail")
    message = EmailMultiAlternatives("Grüße", "Hallo", "a@b.example", ["c@d.example"])
    message.attach_alternative("<p>Hallo</p>", "text/html")

    assert backend.send_messages([message, EmailMessage("to nobody")]) == 1

    [key] = mailbox.keys(tmp_path / "mail")
    parsed = mailbox.read(tmp_path / "mail", key)
    assert parsed["subject"] == "Grüße"
    assert parsed.get_body(("html",)).get_content().strip() == "<p>Hallo</p>"
    assert mailbox.heads(tmp_path / "mail", [key, "gone"])[0]["to"] == "c@d.example"


@pytest.mark.parametrize(
    "key", ["../../settings.py", "..", "", "1.M1P1Q1.x/../../y", "1.M1P1Q1.host\n", "cur"]
)
def test_no_key_leads_out_of_the_mailbox(tmp_path, key):
    (tmp_path / "settings.py").write_text("secret")

    assert mailbox.read(tmp_path / "mail", key) is None


def _write(folder, count):
    backend = MailboxBackend(folder=folder)
    for number in range(count):
        backend.send_messages([EmailMessage(f"n {number}", "x", "a@b.example", ["c@d.example"])])


def test_many_processes_write_at_once_and_nothing_is_lost_or_torn(tmp_path):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(tmp_path / "mail", 25)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    keys = mailbox.keys(tmp_path / "mail")
    assert len(keys) == 100
    assert all(head["subject"].startswith("n ") for head in mailbox.heads(tmp_path / "mail", keys))
