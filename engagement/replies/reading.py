"""
Mails to us, read in the worker (config/wiring.py: INBOUND_READERS): each into the conversation it belongs to.

Which one: the sealed address it went to, else the message it answers (In-Reply-To, References), else who
wrote it. A sender can be forged; so words are taken in, but ours go only to the address we know.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.db.models import Q

from customers.models import Case, Customer, Identity, Store
from customers.services import cases
from customers.services.people import current, email_key
from engagement.models import Message
from engagement.replies import words
from engagement.replies.addresses import answered
from tracking.models import Inbound
from tracking.shops.base import BadPayload

_UUID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)
REFERENCES = 20  # message ids looked at, the last ones first


def read(row: Inbound, *, at: datetime) -> str:
    """
    Take one stored mail into its case. Returns: '' or why it opens none. Raises: BadPayload for what the door
    did not store.
    """
    try:
        mail = json.loads(bytes(row.body))
        headers: Mapping[str, str] = mail["headers"]
        sender, subject, body = mail["from"], mail["subject"], mail["text"] or words.from_html(mail["html"])
    except (ValueError, KeyError, TypeError) as exc:
        raise BadPayload("it is not a mail as it was stored") from exc
    if mail.get("spam"):
        return "the provider calls it spam"
    automatic = words.machine(headers, sender, subject)
    if automatic:
        return automatic
    said = words.unquoted(body)
    if mail["attachments"]:
        said = f"{said}\n\n[Attached, not kept: {', '.join(mail['attachments'])}]".strip()
    if not said:
        return "there are no words in it"
    case = _case(mail, headers, sender, subject, row.received_at, _name_once(headers, row))
    heard = cases.hear(
        case=case,
        body=said,
        author=sender,
        at=row.received_at,
        external_id=_name_once(headers, row),
    )
    return "" if heard else "it was heard before"


def _name_once(headers: Mapping[str, str], row: Inbound) -> str:
    """Return what names a mail: its Message-ID, else the delivery that brought it."""
    given = " ".join(headers.get("message-id", "").split()) or row.delivery_key
    return f"mail:{given}" if len(given) < 200 else f"mail:{hashlib.sha256(given.encode()).hexdigest()}"


def _case(
    mail: Mapping[str, Any], headers: Mapping[str, str], sender: str, subject: str, at: datetime, once: str
) -> Case:
    message = answered(mail["to"]) or _referred(headers)
    if message is not None:
        return case_of(message, subject, sender, at)
    customer = _customer(sender)
    store = _store(mail["to"], customer)
    rows = cases.living().filter(store=store)
    mine = Q(customer=customer) if customer else Q(customer=None, email=email_key(sender))
    living = rows.filter(mine, source=Case.Source.REPLY).order_by("-updated_at", "-pk").first()
    return living or cases.open_case(
        store=store,
        customer=customer,
        subject=subject,
        source=Case.Source.REPLY,
        key=once[:200],
        at=at,
        email=email_key(sender),
    )


def case_of(message: Message, subject: str, sender: str, at: datetime) -> Case:
    """
    Return the case that answers to `message` belong to: the one it was written in, the living one about the
    same order, else one of its own.
    """
    named = message.context.get("case_id")
    case = Case.objects.filter(pk=named).first() if named else None
    if case is None and message.order is not None and message.customer is not None:
        same = cases.living().filter(customer=current(message.customer), about_type="tracking.order")
        case = same.filter(about_id=str(message.order_id)).order_by("-updated_at", "-pk").first()
    return case or cases.open_case(
        store=message.store,
        customer=current(message.customer) if message.customer else None,
        subject=subject or message.subject,
        source=Case.Source.REPLY,
        about=message.order,
        key=f"reply:{message.pk}",
        at=at,
        email=email_key(sender),
    )


def _referred(headers: Mapping[str, str]) -> Message | None:
    """Return the newest of our messages that a mail says it answers."""
    named = f"{headers.get('references', '')} {headers.get('in-reply-to', '')}"
    ids = [uuid.UUID(found) for found in _UUID.findall(named)][-REFERENCES:]
    found = {row.public_id: row for row in Message.objects.filter(public_id__in=ids)} if ids else {}
    return next((found[one] for one in reversed(ids) if one in found), None)


def _customer(sender: str) -> Customer | None:
    key = email_key(sender)
    rows = Identity.objects.filter(kind=Identity.Kind.EMAIL, store=None, value=key)
    found = rows.select_related("customer").first() if key else None
    return current(found.customer) if found else None


def _store(to: list[str], customer: Customer | None) -> Store:
    """Return the store a mail was written to: whose address it is, else whose message they had last."""
    mine = {parseaddr(address)[1].lower() for address in to}
    stores = list(Store.objects.order_by("pk"))
    for store in stores:
        own = {parseaddr(text)[1].lower() for text in (store.reply_to, store.support_email, store.email_from)}
        if mine & own - {""}:
            return store
    last = Message.objects.filter(customer=customer).order_by("-pk").select_related("store").first()
    if customer is not None and last is not None:
        return last.store
    if not stores:
        raise BadPayload("there is no store")
    return stores[0]
