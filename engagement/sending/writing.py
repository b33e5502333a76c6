"""Words, facts and the store's look -> a message ready to go, for each channel."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.db.models import Q

from customers.models import Store
from engagement import context, extras, reach, rendering, trouble, words
from engagement.channels.base import Outgoing
from engagement.models import Template
from engagement.rendering import Look, Rendered
from engagement.rendering_short import render_short
from engagement.vocabulary import Channel

_SENDER = re.compile(r"^\s*(.*?)\s*<\s*([^<>\s]+@[^<>\s]+)\s*>\s*$")


class NoTemplate(Exception):
    """There are no words for this kind of message."""


@dataclass(frozen=True)
class Written:
    """A message ready to go, the template it was made with, and what of it no table may hold."""

    outgoing: Outgoing
    template: Template
    secrets: Sequence[str]
    language: str

    def masked(self, text: str) -> str:
        """Return `text` without the link's token and the code."""
        for secret in self.secrets:
            text = text.replace(secret, "•" * 6)
        return text


def write(facts: context.Facts, *, at: datetime) -> Written:
    """
    Render the message behind `facts` as it would leave at `at` by its channel.

    Raises: NoTemplate; liquid.TemplateError.
    """
    message, store = facts.message, facts.store
    template = template_for(message.kind, store, facts.languages, message.channel)
    language, subject, body = trouble.words_of(facts.incident, facts.languages) or (
        template.language,
        template.subject,
        template.body,
    )
    data = context.build(facts, language=language, at=at)
    secrets = context.secrets_of(data)
    look = rendering.look_of(store, base_url=context.base_url(store))
    made = _render(message.channel, template, subject, body, data, look, secrets, message.kind, language)
    outgoing = _outgoing(facts, made, str(data.get("url", "")), language)
    return Written(outgoing, template, secrets, language)


def _render(
    channel: str,
    template: Template,
    subject: str,
    body: str,
    data: dict[str, Any],
    look: Look,
    secrets: Sequence[str],
    kind: str,
    language: str,
) -> Rendered:
    if channel == Channel.EMAIL:
        return rendering.render(
            subject=subject, body=body, data=data, look=look, kind=kind, language=language
        )
    return render_short(
        channel=channel,
        written_for=template.channel,
        subject=subject,
        body=body,
        data=data,
        look=look,
        secrets=secrets,
    )


def _outgoing(facts: context.Facts, made: Rendered, url: str, language: str) -> Outgoing:
    message, store = facts.message, facts.store
    email = message.channel == Channel.EMAIL
    to = reach.address(facts, message.channel) if message.channel in (Channel.EMAIL, Channel.SMS) else ""
    sender = sender_of(store)
    key = str(message.public_id)
    home = context.base_url(store)
    html, text = extras.led(message, made.html, made.text, home)
    headers: dict[str, str] = {}
    if email:
        headers = headers_of(key, message.kind, message.purpose, store, sender)
        headers |= extras.headers(message, store, home, sender=sender)
    answers_to = extras.reply_to(message) or rendering.one_line(store.reply_to or store.support_email)
    return Outgoing(
        key=key,
        kind=message.kind,
        sender=sender,
        to=to,
        subject=made.subject,
        text=text,
        html=html,
        reply_to=answers_to if email else "",
        headers=headers,
        channel=message.channel,
        purpose=message.purpose,
        language=language,
        url=url,
        message_id=message.pk,
        store_id=store.pk,
        customer_id=facts.customer.pk if facts.customer else None,
        order_id=facts.order.pk if facts.order else None,
        browsers=reach.targets(facts) if message.channel == Channel.PUSH else (),
    )


def headers_of(key: str, kind: str, purpose: str, store: Store, sender: str) -> dict[str, str]:
    """Return the headers of a mail, the same at every attempt (docs/messages.md)."""
    return {
        "Message-ID": f"<{key}@{parseaddr(sender)[1].rpartition('@')[2] or 'localhost'}>",
        "Auto-Submitted": "auto-generated",
        "Feedback-ID": f"{kind}:{purpose}:{store.slug}:porchlight",
        "X-Entity-Ref-ID": key,
    }


def template_for(kind: str, store: Store, languages: Sequence[str], channel: str = Channel.EMAIL) -> Template:
    """
    Return the words for `kind`: the reader's language before the store's before English, base after dialect
    ('de-AT', 'de'); in each language the store's own before the built-in, and words written for `channel`
    before those of the e-mail, of which a short message can be made (engagement/rendering_short.py).

    Raises: NoTemplate.
    """
    wanted = list(words.bases(*languages))
    rows = Template.objects.filter(
        Q(store=store) | Q(store=None), kind=kind, channel__in={channel, Channel.EMAIL}
    )
    found = {(row.language.replace("_", "-").lower(), row.channel, row.store_id is None): row for row in rows}
    for language in wanted:
        for written_for in dict.fromkeys((str(channel), str(Channel.EMAIL))):
            for builtin in (False, True):
                if (language, written_for, builtin) in found:
                    return found[language, written_for, builtin]
    raise NoTemplate(f"There are no words for “{kind}” in any of: {', '.join(wanted)}.")


def sender_of(store: Store) -> str:
    """Return the From header of a store's messages, always one line and one address."""
    for given in (store.sender, settings.DEFAULT_FROM_EMAIL):
        line = rendering.one_line(given)
        named = _SENDER.match(line)
        if named:
            return formataddr((named[1].strip('"').replace('"', ""), named[2]))
        if re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", line):
            return formataddr((store.name, line))
    return f"no-reply@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2] or 'localhost'}"
