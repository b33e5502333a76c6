"""
A phone number is confirmed before we text it: six digits go there, and come back through the preference page.

Neither number nor code stands in a table in clear: the number travels locked in the message's row and in the
page's form, the code is an HMAC over what is in there.
"""

import hashlib
import hmac
import json
import re
import secrets as random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from config.lib import secrets
from customers import limits
from customers.limits import Limit
from customers.models import Customer, Store
from customers.worker import wake
from engagement import preferences
from engagement.models import Message
from engagement.vocabulary import Channel, Purpose

KIND = "sms_code"
LIFE = timedelta(minutes=10)
TRIES = Limit("sms-code-tries", 5, LIFE)
# Texts cost money, and numbers can be made to earn by them ("SMS pumping"): few per person, number, network.
PER_PERSON = Limit("sms-codes-person", 3, timedelta(hours=1))
PER_NUMBER = Limit("sms-codes-number", 3, timedelta(hours=24))
PER_NETWORK = Limit("sms-codes-network", 10, timedelta(hours=1))
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_LEFT_OUT = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")


@dataclass(frozen=True)
class Asked:
    """A code that is on its way: `sealed` goes into the form that takes it."""

    sealed: str
    phone: str


class TooMany(Exception):
    """A limit of codes was passed."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.name)
        self.limit = limit


def e164(text: str) -> str:
    """Return a number as E.164, '' when it cannot be one. Asks for the country code: nothing is guessed."""
    digits = _LEFT_OUT.sub("", text.strip())
    digits = "+" + digits[2:] if digits.startswith("00") else digits
    return digits if _E164.fullmatch(digits) else ""


def ask(customer: Customer, phone: str, *, store: Store, network: str, at: datetime) -> Asked:
    """Text a code to `phone` (E.164) for `customer`. Every try is counted. Raises: TooMany."""
    keys = {PER_PERSON: str(customer.pk), PER_NUMBER: phone, PER_NETWORK: network}
    passed = [limit for limit, key in keys.items() if not limits.hit(limit, key, at=at)]
    if passed:
        raise TooMany(passed[0])
    nonce = random.token_urlsafe(16)
    with transaction.atomic():
        Message.objects.create(
            dedupe_key=f"{KIND}:{customer.pk}:{nonce}",
            kind=KIND,
            channel=Channel.SMS,
            purpose=Purpose.TRANSACTIONAL,
            store=store,
            customer=customer,
            context={"phone": secrets.lock(phone), "nonce": nonce},
            language=customer.language,
            due_at=at,
            expires_at=at + LIFE,
        )
        wake("send")
    sealed = secrets.lock(json.dumps([customer.pk, phone, nonce, at.timestamp()]))
    return Asked(sealed, phone)


def asked(customer: Customer, sealed: str, *, at: datetime) -> Asked | None:
    """Return the code that `sealed` (of a form) waits for, None when it is another's, or over."""
    read = _read(sealed)
    if read is None or read[0] != customer.pk or not 0 <= at.timestamp() - read[3] <= LIFE.total_seconds():
        return None
    return Asked(sealed, read[1])


def enter(customer: Customer, sealed: str, typed: str, *, words: str, at: datetime) -> bool:
    """
    Take the digits: the number is then theirs, and they want marketing there. A code works once, for ten
    minutes, for five tries; each is counted before it is compared.
    """
    read = _read(sealed)
    if read is None or asked(customer, sealed, at=at) is None:
        return False
    _, phone, nonce, _ = read
    if not limits.hit(TRIES, f"{customer.pk}:{nonce}", at=at):
        return False
    given = "".join(sign for sign in typed if sign.isdecimal())
    if not hmac.compare_digest(_digits(phone, nonce), given.encode("ascii", "replace").decode()):
        return False
    if not limits.hit(Limit("sms-code-used", 1, timedelta(hours=24)), nonce, at=at):
        return False
    preferences.confirm_number(customer, phone, source="preference centre, code", words=words, at=at)
    return True


def code_of(message: Message) -> str:
    """Return the digits that `message` (of kind sms_code) carries, '' when its row was not written by us."""
    phone = phone_of(message)
    return _digits(phone, str(message.context.get("nonce", ""))) if phone else ""


def phone_of(message: Message) -> str:
    """Return where `message` (of kind sms_code) goes: not the customer's number yet."""
    return secrets.unlock(str(message.context.get("phone", ""))) or ""


def _read(sealed: str) -> tuple[int, str, str, float] | None:
    text = secrets.unlock(sealed)
    if text is None:
        return None
    try:
        pk, phone, nonce, made = json.loads(text)
        return int(pk), str(phone), str(nonce), float(made)
    except (ValueError, TypeError):  # locked by us for another purpose
        return None


def _digits(phone: str, nonce: str) -> str:
    mac = hmac.new(secrets.derive("sms-code"), f"{phone}:{nonce}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8], 'big') % 1_000_000:06d}"
