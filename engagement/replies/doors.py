"""Mails that a provider hands us (django-anymail's inbound webhooks): stored at once, read in the worker."""

import json
from email.utils import getaddresses
from typing import Any

from anymail.signals import AnymailInboundEvent
from django.utils import timezone

from customers.worker import wake
from tracking.services.inbound import store_inbound

# What deciding needs; no other header is kept.
HEADERS = (
    *("message-id", "in-reply-to", "references", "date", "return-path", "content-type"),
    *("auto-submitted", "precedence", "x-autoreply", "x-autorespond", "x-autoresponder", "list-id"),
)
LONGEST = 200_000  # signs of a body; what is longer is quotation
MOST = 20  # names of attachments


def take_in(sender: Any, event: AnymailInboundEvent, esp_name: str, **kwargs: Any) -> None:
    """
    Store a mail (receiver of anymail's `inbound`); raising would make the provider bring it again.

    Attachments are named and not kept: nobody has looked at what is in them.
    """
    mail = event.message
    if mail is None:
        return
    given = {name: str(mail.get(name, ""))[:5000] for name in HEADERS if mail.get(name) is not None}
    if mail.envelope_sender == "":
        given.setdefault("return-path", "<>")
    addresses = _addresses(mail, "To") + _addresses(mail, "Cc")
    body = {
        "from": next(iter(_addresses(mail, "From")), "")[:254],
        "to": [mail.envelope_recipient or "", *addresses][:50],
        "subject": " ".join(str(mail.subject or "").split())[:300],
        "headers": given,
        "text": (mail.text or "")[:LONGEST],
        "html": (mail.html or "")[:LONGEST] if not mail.text else "",
        "attachments": [_named(part) for part in mail.attachments[:MOST]],
        "spam": bool(mail.spam_detected),
    }
    store_inbound(
        source="mail",
        topic=esp_name[:40],
        delivery_id=str(event.event_id or given.get("message-id", "")),
        headers={},
        body=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        at=timezone.now(),
    )
    wake("inbound")


def _addresses(mail: Any, header: str) -> list[str]:
    """Return the bare addresses of a header, however badly it is written."""
    values = [str(value) for value in mail.get_all(header) or ()]
    return [address for _, address in getaddresses(values) if "@" in address]


def _named(part: Any) -> str:
    """Return an attachment's name in one line."""
    return " ".join(str(part.get_filename() or part.get_content_type()).split())[:120]
