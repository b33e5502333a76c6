"""How words look before they go out: a mail in every width and light, and every other way of sending it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils.module_loading import import_string

from customers.limits import Limit, hit
from customers.models import Store
from engagement import context, rendering, samples
from engagement.channels.base import Channel as Way
from engagement.channels.base import ChannelError, Outgoing
from engagement.kinds import kind_of
from engagement.liquid import TemplateError
from engagement.rendering import Look, Rendered
from engagement.sending import sender_of
from engagement.sms.counting import plain, segments
from engagement.vocabulary import Channel
from engagement.wording.checks import made, remarks
from engagement.wording.real import Trial

TESTS_PER_HOUR = Limit("template_test", 20, timedelta(hours=1))
_MEDIA = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


@dataclass(frozen=True)
class Words:
    """What is looked at: words as they stand in the editor, saved or not."""

    subject: str
    body: str
    kind: str
    language: str
    channel: str
    store: Store | None = None


@dataclass(frozen=True)
class Sms:
    """A text, and as how many it goes and is billed."""

    text: str
    parts: int


@dataclass(frozen=True)
class Looks:
    """
    Words as they would be seen. What cannot be made of them is missing, and why is in `errors`; `notes` are
    what should be looked at.
    """

    light: str = ""
    dark: str = ""
    text: str = ""
    subject: str = ""
    size: int = 0
    sms: Sms | None = None
    push: Rendered | None = None
    card: Rendered | None = None
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class TooMany(Exception):
    """As many tests as one person may send within an hour were sent."""


def looks(words: Words, trial: Trial) -> Looks:
    """Return how `words` look with the data of `trial`; a mistake in them is among the errors."""
    look = _look(words)
    errors: list[str] = []

    def one(channel: str) -> Rendered | None:
        return _tried(lambda: _made(words, trial.data, channel, look), errors)

    email = one(Channel.EMAIL) if words.channel == Channel.EMAIL else None
    wide = words.channel == Channel.EMAIL  # of the words of a mail all the others can be made
    sms = one(Channel.SMS) if wide or words.channel == Channel.SMS else None
    push = one(Channel.PUSH) if wide or words.channel == Channel.PUSH else None
    card = one(Channel.INAPP) if wide or words.channel == Channel.INAPP else None
    page = email or sms or push or card
    notes = (
        remarks(
            words.subject, words.body, data=trial.data, kind=words.kind, channel=words.channel,
            store=words.store, page=page,
        )
        if page
        else []
    )  # fmt: skip
    text = plain(sms.text) if sms else ""
    return Looks(
        light=scheme(email.html, dark=False) if email else "",
        dark=scheme(email.html, dark=True) if email else "",
        text=email.text if email else "",
        subject=email.subject if email else "",
        size=len(email.html.encode()) if email else 0,
        sms=Sms(text, segments(text)) if sms else None,
        push=push,
        card=card,
        notes=notes,
        errors=list(dict.fromkeys(errors)),
    )


def scheme(html: str, *, dark: bool) -> str:
    """Return a mail as it looks in the light or in the dark, whatever the browser it is shown in prefers."""
    ground = "dark" if dark else "light"
    asked = html.replace('content="light dark"', f'content="{ground}"')
    return _MEDIA.sub("@media all" if dark else "@media not all", asked)


def _look(words: Words) -> Look:
    if words.store is None:
        return samples.LOOK
    return rendering.look_of(words.store, base_url=context.base_url(words.store))


def _made(words: Words, data: Mapping[str, Any], channel: str, look: Look) -> Rendered:
    return made(
        words.subject,
        words.body,
        data=data,
        kind=words.kind,
        language=words.language,
        channel=channel,
        look=look,
        written_for=words.channel,
    )


def _tried(make: Callable[[], Rendered], errors: list[str]) -> Rendered | None:
    try:
        return make()
    except TemplateError as exc:
        errors.append(str(exc))
        return None


def send_test(words: Words, trial: Trial, *, to: str, by: str, at: datetime) -> str:
    """
    Send `words` as a mail to `to` through the real channel, marked as a test. Must run outside a transaction.

    It is no Message: nothing counts it, no link of it is followed up, and its links open nothing. Returns:
    its subject. Raises: TooMany (20 an hour for `by`); TemplateError; ChannelError.
    """
    if words.channel != Channel.EMAIL:
        raise TemplateError("Only e-mail can be sent as a test; look at the others above.")
    page = _made(words, trial.data, Channel.EMAIL, _look(words))
    if not hit(TESTS_PER_HOUR, by, at=at):
        raise TooMany(f"{TESTS_PER_HOUR.times} tests within an hour are enough; try again later.")
    key = f"test-{uuid4()}"
    sender = sender_of(words.store) if words.store else settings.DEFAULT_FROM_EMAIL
    subject = rendering.one_line(f"[Test] {page.subject}")
    way = _way_out()
    try:
        way.open()
        way.send(
            Outgoing(
                key=key,
                kind=words.kind,
                sender=sender,
                to=to,
                subject=subject,
                text=page.text,
                html=page.html,
                headers={
                    "Message-ID": f"<{key}@{sender.rpartition('@')[2].rstrip('>') or 'localhost'}>",
                    "Auto-Submitted": "auto-generated",
                    "Feedback-ID": f"{words.kind}:test:porchlight:porchlight",
                },
                purpose=kind_of(words.kind).purpose,
                language=words.language,
            )
        )
    except ValueError as exc:
        raise ChannelError(f"It cannot be sent to {to}: {exc}", permanent=True) from exc
    finally:
        way.close()
    return subject


def _way_out() -> Way:
    made_of: Way = import_string(settings.CHANNELS[Channel.EMAIL])()
    return made_of
