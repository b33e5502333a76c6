"""
E-mail through Django's backend: SMTP, any provider django-anymail knows, or the demo's mailbox folder.

Plain SMTP cannot say whether a message whose connection broke was taken: it is sent again under the same
Message-ID, so at most one copy too many per break. Providers with an API take our key along and report on it
(engagement/receivers.py).
"""

import logging
import re
import smtplib
from collections.abc import Sequence
from email.utils import parseaddr
from functools import partial
from typing import Any

from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from anymail.message import AnymailMessage
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from engagement.channels import mime, pipeline
from engagement.channels.base import Channel, ChannelError, Outgoing

log = logging.getLogger(__name__)

# RFC 3463: x.1.y is the address, x.2.1 a mailbox switched off; x.2.2 (full), x.7.y (policy, relay) are not
# its fault.
_DEAD = re.compile(r"\b5\.(1\.\d+|2\.1)\b")
_ENHANCED = re.compile(r"\b5\.\d+\.\d+\b")


class Email(Channel):
    """One connection per batch."""

    code = "email"
    label = "E-mail"

    def __init__(self) -> None:
        self.connection: Any = get_connection()

    def open(self) -> None:
        try:
            self.connection.open()
        except Exception as exc:
            self.close()
            raise ChannelError(f"The mail server cannot be reached: {_said(exc)}", unavailable=True) from exc

    def send(self, message: Outgoing) -> str:
        mail = compose(message)
        mail.connection = self.connection
        try:
            mail.send()
        except Exception as exc:
            error = classify(exc)
            if not error.permanent:
                self.close()  # the next open() makes a new one
            raise error from exc
        return _provider_id(mail)

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | ChannelError]:
        smtp = getattr(self.connection, "connection", None)
        if not isinstance(self.connection, SmtpBackend) or not isinstance(smtp, smtplib.SMTP):
            return super().send_many(messages)
        if not all(map(mime.plain, messages)) or not pipeline.can(smtp):
            return super().send_many(messages)
        letters = [
            pipeline.Letter(parseaddr(message.sender)[1], message.to, partial(mime.raw, message))
            for message in messages
        ]
        results = pipeline.send_all(smtp, letters)
        if not all(result.tried for result in results) or any(result.begun for result in results):
            self.close()  # it broke on the way
        return [_became(result) for result in results]

    def close(self) -> None:
        try:
            self.connection.close()
        except Exception:
            log.warning("closing the mail connection failed", exc_info=True)


def _became(result: pipeline.Result) -> str | ChannelError:
    """Return what `send_many` says of one letter."""
    if not result.tried:
        return ChannelError("The connection broke before its turn.", unavailable=True, untried=True)
    if result.error is None:
        return ""
    error = classify(result.error)
    if error.uncertain and not result.begun:  # it broke before the words had left
        return ChannelError(str(error))
    return error


def compose(message: Outgoing) -> AnymailMessage:
    """Return the MIME message. Its Message-ID, Date aside, is the same at every attempt."""
    mail = AnymailMessage(
        subject=message.subject,
        body=message.text,
        from_email=message.sender,
        to=[message.to],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers=dict(message.headers),
        metadata={"message": message.key},
        tags=[message.kind],
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def classify(exc: Exception) -> ChannelError:
    """Return what an error of the mail backend means for the message."""
    said = _said(exc)
    if isinstance(exc, smtplib.SMTPRecipientsRefused):
        return _refused(exc, said)
    if isinstance(exc, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return ChannelError(f"The mail server does not let us in: {said}", unavailable=True)
    if isinstance(exc, smtplib.SMTPSenderRefused):
        return ChannelError(f"The mail server refuses our sender: {said}")
    if isinstance(exc, smtplib.SMTPResponseException):
        return ChannelError(f"The mail server answered {said}", permanent=500 <= exc.smtp_code < 600)
    if isinstance(exc, AnymailError):
        return _by_provider(exc, said)
    if isinstance(exc, ValueError):  # an address or header that cannot be written down
        return ChannelError(f"The message cannot be written: {said}", permanent=True)
    return ChannelError(f"Sending broke off: {said}", uncertain=True)


def _refused(exc: smtplib.SMTPRecipientsRefused, said: str) -> ChannelError:
    answers = [
        (code, text.decode(errors="replace") if isinstance(text, bytes) else str(text))
        for code, text in exc.recipients.values()
    ]
    permanent = bool(answers) and all(500 <= code < 600 for code, _ in answers)
    dead = permanent and all(
        _DEAD.search(text) or (code in (550, 551, 553) and not _ENHANCED.search(text))
        for code, text in answers
    )
    return ChannelError(f"The mail server refuses the address: {said}", permanent=permanent, bad_address=dead)


def _by_provider(exc: AnymailError, said: str) -> ChannelError:
    if isinstance(exc, AnymailRecipientsRefused):
        answers = getattr(getattr(exc.email_message, "anymail_status", None), "status", None)
        return ChannelError(
            f"The provider refuses the address: {said}", permanent=True, bad_address=answers == {"invalid"}
        )
    if isinstance(exc, AnymailInvalidAddress | AnymailUnsupportedFeature | AnymailSerializationError):
        return ChannelError(f"The provider cannot send this: {said}", permanent=True)
    status = exc.status_code or 0
    if isinstance(exc, AnymailAPIError) and status in (401, 403, 429):
        return ChannelError(f"The provider does not let us send now: {said}", unavailable=True)
    return ChannelError(
        f"The provider answered: {said}",
        permanent=400 <= status < 500 and status not in (408, 409),
        uncertain=not 400 <= status < 500,  # no answer, or one of a server that broke: it may have been taken
    )


def _said(exc: Exception) -> str:
    """Return an error in one line: what the server answered, never what we sent."""
    if isinstance(exc, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_text(text)}" for code, text in exc.recipients.values())[:300]
    if isinstance(exc, smtplib.SMTPResponseException):
        return f"{exc.smtp_code} {_text(exc.smtp_error)}"[:300]
    if isinstance(exc, AnymailError):
        return f"{exc.status_code or ''} {exc.args[0] if exc.args else type(exc).__name__}".strip()[:300]
    return f"{type(exc).__name__}: {exc}"[:300]


def _text(answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    return " ".join(text.split())


def _provider_id(mail: AnymailMessage) -> str:
    status = getattr(mail, "anymail_status", None)
    ids = getattr(status, "message_id", None)
    if isinstance(ids, set | frozenset):
        ids = next(iter(ids), None)
    return "" if ids is None else str(ids)[:200]
