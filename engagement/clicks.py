"""
Links out of marketing mails go by our own domain, /c/<token>/, so that we know that somebody was interested.

The address is inside the token and sealed: nobody can make ours lead elsewhere. Following one writes down the
click and nothing else; a worker decides later whether a person did it, for mail scanners open every link.
"""

import re
import struct
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape, unescape
from urllib.parse import urlsplit

from django.db import transaction

from config.lib.claims import skip_locked
from customers import outbox
from engagement import events, tokens
from engagement.models import Click, Message
from engagement.vocabulary import Channel, Purpose

PURPOSE = "click"
LONGEST = 1000  # of an address; longer ones are not led by us
BATCH = 500
# Scanners take all links of a mail at once; nobody reads and follows two within this.
TOGETHER = timedelta(seconds=2)
# A mail that has just arrived is opened by machines; a person has to see, open and read it.
TOO_SOON = timedelta(seconds=10)
# Judged when what came at the same time is here, too.
SETTLED = timedelta(seconds=20)
# More clicks than this within a minute on one message are no hand's.
A_MINUTE, MOST = timedelta(minutes=1), 10
_HEAD = "HEAD "
_LINK = re.compile(r'(<a\b[^>]*?\bhref=")(https?://[^"]+)(")', re.IGNORECASE)
BARE = re.compile(r"https?://[^\s<>\"]+")
ENDS = ".,;:!?)]"  # signs behind an address in a text that do not belong to it
# Programs that say who they are: scanners of mail, previews of messengers, libraries, crawlers.
_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|scan|preview|proofpoint|mimecast|barracuda|symantec|messagelabs|trendmicro"
    r"|forcepoint|fireeye|cloudmark|safelinks|microsoft office|ms-office|googleimageproxy|google-safety"
    r"|facebookexternalhit|whatsapp|slack|telegram|curl|wget|python|java/|okhttp|go-http|libwww|headless"
    r"|phantom|node-fetch|axios|httpclient|apache-http|ruby|perl|php",
    re.IGNORECASE,
)


def tracked(url: str, message: Message, home: str) -> str:
    """
    Return the address by which `url` is followed through us: `home` (where the store's pages are) /c/…/.

    What is ours already, is no web address, or is too long stays as it is.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or len(url) > LONGEST:
        return url
    if parts.netloc.lower() == urlsplit(home).netloc.lower():
        return url
    return f"{home}/c/{token(message.pk, url)}/"


def token(message_id: int, url: str) -> str:
    """Return the token that stands for one link of one message."""
    body = struct.pack(">Q", message_id) + url.encode()
    return tokens.text_of(tokens.mac(PURPOSE, body) + body)


def opened(text: str) -> tuple[int, str] | None:
    """Return the message's id and the address a token stands for, None for any we did not make."""
    raw = tokens.bytes_of(text) if len(text) < 3 * LONGEST else None
    if raw is None or len(raw) < 16 + 8 + 8:
        return None
    given, body = raw[:16], raw[16:]
    if not tokens.sealed(PURPOSE, body, given):
        return None
    return struct.unpack(">Q", body[:8])[0], body[8:].decode()


def wanted(message: Message) -> bool:
    """Say whether links of `message` are led by us: of marketing mails only."""
    return message.purpose == Purpose.MARKETING and message.channel == Channel.EMAIL


def in_html(html: str, message: Message, home: str) -> str:
    """Return a mail's HTML with its links outward led by us."""
    return _LINK.sub(
        lambda found: found[1] + escape(tracked(unescape(found[2]), message, home)) + found[3], html
    )


def in_text(text: str, message: Message, home: str) -> str:
    """Return a mail's text with the same links led by us, as they stand in the HTML."""

    def lead(found: re.Match[str]) -> str:
        url = found[0].rstrip(ENDS)
        return tracked(url, message, home) + found[0][len(url) :]

    return BARE.sub(lead, text)


def note(message_id: int, url: str, *, agent: str, head: bool, at: datetime) -> None:
    """Write down that a link was followed. A message that is gone is followed all the same, unnoted."""
    if Message.objects.filter(pk=message_id).exists():
        Click.objects.create(
            message_id=message_id, url=url[:LONGEST], at=at, agent=((_HEAD if head else "") + agent)[:200]
        )


@transaction.atomic
def judge_due(*, at: datetime, limit: int = BATCH) -> int:
    """
    Decide which clicks were a person's. The first of a message sets `clicked_at`.

    Publishes: MESSAGE_CLICKED once per message. Returns: how many were judged.
    """
    open_ = Click.objects.filter(verdict=Click.Verdict.OPEN, at__lte=at - SETTLED)
    clicks = list(skip_locked(open_.order_by("at", "pk"))[:limit])
    if not clicks:
        return 0
    messages = Message.objects.select_related("store", "customer").in_bulk({c.message_id for c in clicks})
    around = _around(clicks)
    people = []
    for click in clicks:
        person = is_person(click, messages[click.message_id], around.get(click.message_id, ()))
        click.verdict = Click.Verdict.PERSON if person else Click.Verdict.SCANNER
        people += [click] if person else []
    Click.objects.bulk_update(clicks, ["verdict"])
    for click in people:
        _count(click, messages[click.message_id])
    return len(clicks)


def _around(clicks: Sequence[Click]) -> dict[int, list[Click]]:
    """Return all clicks on the same messages in the same minutes, judged or not."""
    first, last = clicks[0].at - A_MINUTE, clicks[-1].at + A_MINUTE
    rows = Click.objects.filter(message__in={click.message_id for click in clicks}, at__range=(first, last))
    found: dict[int, list[Click]] = {}
    for row in rows.order_by("at")[: 20 * BATCH]:
        found.setdefault(row.message_id, []).append(row)
    return found


def is_person(click: Click, message: Message, around: Iterable[Click]) -> bool:
    """Say whether a hand followed the link. In doubt not: what is counted should be true. Pure."""
    agent = click.agent.strip()
    if not agent or agent.startswith(_HEAD) or _MACHINE.search(agent):
        return False
    arrived = max((moment for moment in (message.sent_at, message.delivered_at) if moment), default=None)
    if arrived is not None and click.at - arrived < TOO_SOON:
        return False
    near = [other for other in around if abs(other.at - click.at) <= A_MINUTE]
    if len(near) > MOST:
        return False
    return not any(other.url != click.url and abs(other.at - click.at) <= TOGETHER for other in near)


def _count(click: Click, message: Message) -> None:
    if not Message.objects.filter(pk=message.pk, clicked_at=None).update(clicked_at=click.at):
        return
    outbox.publish(
        events.MESSAGE_CLICKED,
        key=f"clicked:{message.pk}",
        occurred_at=click.at,
        store=message.store,
        customer=message.customer,
        subject=message,
        data={"message_id": message.pk, "kind": message.kind, "url": click.url},
    )
