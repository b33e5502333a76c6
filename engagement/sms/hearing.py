"""
What people and providers tell us about texts, read in the worker (config/wiring.py: INBOUND_READERS).

STOP ends marketing and blocks the number, START opens it again, HELP is answered; any other words open a
case. Each may come twice and in any order.
"""

import re
import unicodedata
import uuid
from datetime import datetime, timedelta

from django.db import transaction

from config.lib import secrets
from customers.models import Case, Customer, Identity, Store
from customers.services import cases
from customers.services.people import current
from customers.worker import wake
from engagement import preferences
from engagement.channels.base import PHONE
from engagement.channels.sms import provider
from engagement.models import Message, Suppression
from engagement.sms.base import BadReport, Fate, Heard, Report
from engagement.vocabulary import Channel, Purpose
from tracking.models import Inbound
from tracking.services.missing import Missing
from tracking.shops.base import BadPayload

ANSWER = "sms_answer"
ANSWER_LIFE = timedelta(hours=1)
# A report may overtake the row that says what the provider called the text.
OVERTAKES = timedelta(minutes=5)
# What the big providers know as STOP, START and HELP (CTIA, Twilio), and how people here say it. The whole
# text must be the word: "Please stop at the door" is not for us.
STOP_WORDS = frozenset(
    ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout")
    + ("stopp", "abmelden", "abbestellen", "ende", "arret", "stopsms", "desabonner", "desinscrire")
    + ("baja", "alto", "basta", "cancella", "afmelden", "stoppen", "avsluta")
)
START_WORDS = frozenset({"start", "yes", "unstop", "anmelden", "oui", "reprendre", "alta"})
HELP_WORDS = frozenset({"help", "info", "hilfe", "aide", "ayuda", "aiuto"})
_NO_WORD = re.compile(r"[\W_]+")


def read(row: Inbound, *, at: datetime) -> str:
    """
    Do what one stored call of a provider says. Returns: '' or why it had no effect. Raises: BadPayload,
    Missing.
    """
    try:
        carrier = provider(row.source.partition(":")[2])
        told = carrier.parse(bytes(row.body))
    except BadReport as exc:
        raise BadPayload(str(exc)) from exc
    if isinstance(told, Report):
        return note(told, at=at, fresh=at - row.received_at < OVERTAKES)
    if isinstance(told, Heard):
        return hear(told, at=row.received_at, answer=not carrier.answers_words)
    return "it is nothing to us"


def meaning(text: str) -> str:
    """Return 'stop', 'start' or 'help' for a text that is such a word, '' for any other."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    bare = _NO_WORD.sub("", "".join(sign for sign in bare if not unicodedata.combining(sign)))
    for name, words in (("stop", STOP_WORDS), ("start", START_WORDS), ("help", HELP_WORDS)):
        if bare in words:
            return name
    return ""


def note(report: Report, *, at: datetime, fresh: bool = False) -> str:
    """
    Keep what became of a text. `fresh`: its row may not know the provider's id yet, wait for it (Missing).
    """
    message = _message(report)
    if report.fate in (Fate.DEAD, Fate.STOPPED) and PHONE.fullmatch(report.phone):
        if report.fate == Fate.STOPPED:
            stop(report.phone, at=at, words="", message=message)
        else:
            Suppression.add(report.phone, Suppression.Reason.BOUNCE, detail=report.words, channel=Channel.SMS)
    if message is None:
        if fresh:
            waits_for = f"sms:{report.provider_id}"[:160]
            raise Missing(waits_for, "the text's row does not know the provider's id yet")
        return "it is about a text we do not know"
    rows = Message.objects.filter(pk=message.pk)
    # Nobody could say whether it was taken: the provider can.
    rows.filter(state=Message.State.UNKNOWN).update(state=Message.State.SENT, reason="", sent_at=at)
    if report.fate == Fate.DELIVERED:
        rows.filter(delivered_at=None).update(delivered_at=at)
    elif report.fate != Fate.ON_ITS_WAY:
        rows.filter(bounced_at=None).update(bounced_at=at)
    return ""


def _message(report: Report) -> Message | None:
    texts = Message.objects.filter(channel=Channel.SMS)
    found = texts.filter(provider_id=report.provider_id).first() if report.provider_id else None
    if found is None and report.key:
        try:
            found = texts.filter(public_id=uuid.UUID(report.key)).first()
        except ValueError:
            found = None
    return found


@transaction.atomic
def hear(heard: Heard, *, at: datetime, answer: bool = True) -> str:
    """
    Do what a text asks for, or keep it in a case. `answer`: confirm STOP, START and HELP (the provider does
    not). Returns: '' or why it had no effect.
    """
    if not PHONE.fullmatch(heard.phone):
        return "the sender has no number"
    people = people_of(heard.phone)
    store = _store(people)
    if store is None:
        return "there is no store"
    asked = meaning(heard.text)
    if asked == "stop":
        stop(heard.phone, at=at, words=heard.text[:200])
    elif asked == "start":
        start(heard.phone)
    if asked and answer:
        _answer(heard, asked, store, people, at)
    if asked:
        return ""
    if not heard.text.strip():
        return "the text is empty"
    person = people[0] if people else None
    key = None
    case = cases.living().filter(store=store, phone=heard.phone).order_by("-updated_at", "-pk").first()
    if case is None:
        key = f"sms:{heard.provider_id}"
        subject = " ".join(heard.text.split())[:80]
        case = cases.open_case(
            store=store, customer=person, subject=subject, source=Case.Source.SMS, key=key, at=at,
            phone=heard.phone,
        )  # fmt: skip
    author = str(person) if person else heard.phone
    said = cases.hear(
        case=case, body=heard.text, author=author, at=at, external_id=f"sms:{heard.provider_id}"
    )
    return "" if said else "it was heard before"


@transaction.atomic
def stop(phone: str, *, at: datetime, words: str, message: Message | None = None) -> None:
    """Block a number, and end marketing by SMS for everybody we know by it."""
    Suppression.add(phone, Suppression.Reason.STOP, detail=words, channel=Channel.SMS)
    for person in people_of(phone):
        preferences.refuse(person, channel=Channel.SMS, source="STOP", words=words, at=at, message=message)


def start(phone: str) -> None:
    """
    Unblock a number that had said STOP. News of orders go there again; advertising needs a yes of its own, in
    the preference centre.
    """
    Suppression.objects.filter(channel=Channel.SMS, address=phone, reason=Suppression.Reason.STOP).delete()


def people_of(phone: str) -> list[Customer]:
    """Return whom we know by a number (E.164), the likeliest first."""
    known = Identity.objects.filter(kind=Identity.Kind.PHONE, value=phone).select_related("customer")
    found = [current(row.customer) for row in known.order_by("-verified", "pk")]
    found += list(Customer.objects.filter(phone=phone, merged_into=None).order_by("-updated_at", "-pk")[:20])
    texted = Message.objects.filter(channel=Channel.SMS, order__phone=phone, customer__isnull=False)
    last = texted.select_related("customer").order_by("-pk")[:5]
    found += [current(row.customer) for row in last if row.customer]
    return list({person.pk: person for person in found}.values())


def _store(people: list[Customer]) -> Store | None:
    """Return the store a number is talking with: the one that texted or wrote last, else the first."""
    last = Message.objects.filter(customer__in=people).order_by("-pk").select_related("store")
    row = last.filter(channel=Channel.SMS).first() or last.first()
    return row.store if row else Store.objects.order_by("pk").first()


def _answer(heard: Heard, asked: str, store: Store, people: list[Customer], at: datetime) -> None:
    """Queue the answer to STOP, START or HELP, once per text."""
    _, made = Message.objects.get_or_create(
        dedupe_key=f"{ANSWER}:{heard.provider_id}"[:200],
        defaults={
            "kind": ANSWER,
            "channel": Channel.SMS,
            "purpose": Purpose.TRANSACTIONAL,
            "store": store,
            "customer": people[0] if people else None,
            "context": {"phone": secrets.lock(heard.phone), "answer": asked},
            "due_at": at,
            "expires_at": at + ANSWER_LIFE,
        },
    )
    if made:
        wake("send")
