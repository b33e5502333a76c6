"""
What the conversation adds to a message beside its own facts: the way out of marketing, where answers go, what
a case or a code says.
"""

from email.utils import parseaddr
from typing import Any

from customers.models import Case, CaseMessage, Store
from engagement import clicks, numbers, tokens
from engagement.models import Message
from engagement.replies.addresses import reply_address
from engagement.vocabulary import Channel, Purpose

CASE_REPLY = "case_reply"
SMS_ANSWER = "sms_answer"
REFERENCES = 12  # ids of a thread that a mail names


def data(message: Message, home: str) -> dict[str, Any]:
    """Return the names a template gets from here (docs/channels.md); `home`: where the store's pages are."""
    found: dict[str, Any] = {"unsubscribe_url": "", "preferences_url": ""}
    if message.purpose == Purpose.MARKETING and message.customer is not None:
        found["unsubscribe_url"] = f"{home}/unsubscribe/{tokens.unsubscribe_token(message)}/"
        preferences = tokens.preferences_token(message.customer, message.store)
        found["preferences_url"] = f"{home}/preferences/{preferences}/"
    if message.kind == CASE_REPLY:
        found["case"] = _case(message)
    elif message.kind == numbers.KIND:
        found |= {"code": numbers.code_of(message), "url": ""}
    elif message.kind == SMS_ANSWER:
        found |= {"answer": str(message.context.get("answer", "")), "url": ""}
    return found


def secrets(found: dict[str, Any]) -> list[str]:
    """Return what of `data` no table may hold."""
    links = (str(found.get(name, "")) for name in ("unsubscribe_url", "preferences_url"))
    return [link.rstrip("/").rsplit("/", 1)[-1] for link in links if link]


def _case(message: Message) -> dict[str, Any]:
    said = (
        CaseMessage.objects.select_related("case").filter(pk=message.context.get("message_id") or 0).first()
    )
    if said is None:
        return {"subject": "", "paragraphs": []}
    lines = [line.strip() for line in said.body.splitlines()]
    return {"subject": said.case.subject, "paragraphs": [line for line in lines if line]}


def address(message: Message) -> str | None:
    """
    Return where a message goes that goes neither to its order's nor to its customer's address; None for all
    others.
    """
    if "phone" in message.context:
        return numbers.phone_of(message)
    if message.kind == CASE_REPLY and "case_id" in message.context:
        case = Case.objects.select_related("customer").filter(pk=message.context.get("case_id") or 0).first()
        if case is None:
            return ""
        if message.channel == Channel.SMS:
            return case.phone or (case.customer.phone if case.customer else "")
        return (case.customer.email if case.customer else "") or case.email
    return None


def reply_to(message: Message) -> str:
    """Return where answers to a mail go so that they find its case; '' to leave it to the store's address."""
    return reply_address(message)


def headers(message: Message, store: Store, home: str, *, sender: str) -> dict[str, str]:
    """
    Return the headers of a mail that are made here: one-click unsubscribe of marketing (RFC 8058), and the
    thread of an answer to a person (RFC 5322, 3.6.4).
    """
    found = {}
    if message.purpose == Purpose.MARKETING and message.customer_id is not None:
        url = f"{home}/unsubscribe/{tokens.unsubscribe_token(message)}/"
        found["List-Unsubscribe"] = f"<{url}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if message.kind == CASE_REPLY:
        found |= _thread(message, parseaddr(sender)[1].rpartition("@")[2] or "localhost")
        # A person wrote this: an out-of-office answer is welcome, it says when they are back.
        found["Auto-Submitted"] = "no"
    return found


def _thread(message: Message, domain: str) -> dict[str, str]:
    """Return In-Reply-To and References of all that was said in the case before, in order."""
    said = CaseMessage.objects.filter(
        case=message.context.get("case_id") or 0, pk__lt=message.context.get("message_id") or 0
    ).exclude(direction=CaseMessage.Direction.NOTE)
    sent = {
        row.context.get("message_id"): row.public_id
        for row in Message.objects.filter(kind=CASE_REPLY, context__case_id=message.context.get("case_id"))
    }
    ids = []
    for row in said.order_by("pk"):
        if row.direction == CaseMessage.Direction.OUT and row.pk in sent:
            ids.append(f"<{sent[row.pk]}@{domain}>")
        elif (row.external_id or "").startswith("mail:<") and "\n" not in (row.external_id or ""):
            ids.append((row.external_id or "")[5:])
    ids = [
        one for one in ids if one.endswith(">") and " " not in one and one.isascii() and one.isprintable()
    ][-REFERENCES:]
    return {"In-Reply-To": ids[-1], "References": " ".join(ids)} if ids else {}


def led(message: Message, html: str, text: str, home: str) -> tuple[str, str]:
    """Return a mail's HTML and text with the links outward of marketing led by us (engagement/clicks.py)."""
    if not clicks.wanted(message):
        return html, text
    return clicks.in_html(html, message, home), clicks.in_text(text, message, home)
