"""
A message for the ways that are not e-mail: an SMS, a push, a card in the inbox on our own pages.

Each may have words of its own (Template.channel). Without them it is made of the e-mail's: an SMS is its
subject and its link, a push its subject and first words, a card its subject and prose. Pure, as rendering.py.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import nh3
from django.utils.html import format_html

from engagement import liquid, markdown
from engagement.liquid import TemplateError
from engagement.rendering import Look, Rendered, one_line, preview_of
from engagement.vocabulary import Channel

# Four parts of an SMS in GSM-7 (3GPP TS 23.038: 153 signs each when there are several). More is a letter.
SMS_LIMIT = 612
PUSH_TITLE, PUSH_TEXT = 80, 160  # what phones show before they cut
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_BLANKS = re.compile(r"\n{3,}")
_CARD = {"a", "b", "blockquote", "br", "code", "em", "h2", "h3", "hr", "li", "ol", "p", "strong", "ul"}


def render_short(
    *,
    channel: str,
    written_for: str,
    subject: str,
    body: str,
    data: Mapping[str, Any],
    look: Look,
    secrets: Sequence[str] = (),
    strict: bool = False,
) -> Rendered:
    """
    Render one message for `channel` ('sms', 'push', 'inapp') from words written for `written_for`.

    Words for SMS and push are Liquid over plain text; words for the inbox and for e-mail are Markdown. What
    is in `secrets` (context.secrets_of) leads to no link of a card and stands nowhere in it, because a table
    holds cards. Returns: Rendered; sms without subject and html, push without html, inapp with all three.
    Raises: TemplateError.
    """
    title = one_line(liquid.render(subject, data, markdown=False, strict=strict))
    if channel == Channel.SMS:
        return Rendered("", "", _sms(written_for, title, body, data, look, strict))
    if not title:
        raise TemplateError("The subject is empty.")
    if channel == Channel.PUSH:
        if written_for == Channel.PUSH:
            text = _plain(liquid.render(body, data, markdown=False, strict=strict))
        else:
            text = preview_of(markdown.read(liquid.render(body, data, strict=strict)))
        return Rendered(one_line(title, PUSH_TITLE), "", one_line(text, PUSH_TEXT))
    parts = markdown.read(liquid.render(body, data, strict=strict))
    shown = [_card(part, secrets) for part in parts]
    text = "\n\n".join(part.text for part in parts if part.text)
    return Rendered(_masked(title, secrets), "".join(shown), _masked(text, secrets))


def _plain(text: str) -> str:
    lines = (" ".join(line.split()) for line in _CONTROL.sub(" ", text).split("\n"))
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip()


def _sms(written_for: str, title: str, body: str, data: Mapping[str, Any], look: Look, strict: bool) -> str:
    if written_for == Channel.SMS:
        text = _plain(liquid.render(body, data, markdown=False, strict=strict))
    else:
        parts = markdown.read(liquid.render(body, data, strict=strict))
        button = next((part.url for part in parts if part.kind == "button"), str(data.get("url", "")))
        code = str(data.get("code", ""))
        said = [f"{look.name}: {title}", code if code not in title else "", button]
        text = _plain(" ".join(piece for piece in said if piece))
    if not text:
        raise TemplateError("The text is empty.")
    if len(text) > SMS_LIMIT:
        raise TemplateError(f"The SMS is longer than {SMS_LIMIT} signs.")
    return text


def _card(part: markdown.Part, secrets: Sequence[str]) -> str:
    """Return a part of a card. The goods, sums and parcels stand on the page it is shown on."""
    if part.kind == "button":
        if any(secret in part.url for secret in secrets):
            return ""
        return format_html('<p><a href="{}">{}</a></p>', part.url, part.text)
    if part.kind != "prose":
        return ""

    def kept(tag: str, attribute: str, value: str) -> str | None:
        return None if any(secret in value for secret in secrets) else value

    # The headline of a letter is no headline of the page the card stands on.
    lower = part.html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    clean = nh3.clean(
        lower,
        tags=_CARD,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        attribute_filter=kept,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return _masked(clean, secrets)


def _masked(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "•" * 6)
    return text
