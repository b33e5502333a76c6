"""
Tokens in the links of a message: who it went to, sealed for one purpose. Nothing of them stands in any table.

A token is two numbers and half an HMAC over purpose and numbers, with a key that is not in the database. What
one purpose sealed opens nothing of another.
"""

import base64
import binascii
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass

from django.conf import settings

from config.lib.secrets import derive
from customers.models import Customer, Store
from customers.services.people import current
from engagement.models import Message

UNSUBSCRIBE, PREFERENCES, REPLY = "unsubscribe", "preferences", "reply"
_NUMBERS = struct.Struct(">QQ")
_SEAL = 16  # bytes: 128 bits
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


def seal(purpose: str, *numbers: int) -> str:
    """Return a token of 43 signs for two numbers (0 to 2^63-1), good for `purpose` alone."""
    body = _NUMBERS.pack(*numbers)
    return base64.urlsafe_b64encode(body + mac(purpose, body)).decode().rstrip("=")


def opened(purpose: str, token: str) -> tuple[int, int] | None:
    """Return the numbers `seal` put into `token`, None for whatever it did not make for `purpose`."""
    if not _TOKEN.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(token + "=")
    body, given = raw[: _NUMBERS.size], raw[_NUMBERS.size :]
    # The last sign holds two bits that decode to nothing: another spelling of a token is not that token.
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != token or not sealed(purpose, body, given):
        return None
    first, second = _NUMBERS.unpack(body)
    return (first, second) if max(first, second) < 2**63 else None


def mac(purpose: str, body: bytes, key: str | None = None) -> bytes:
    """Return the first 128 bits of the HMAC of `body` for `purpose`."""
    return hmac.new(derive(f"message:{purpose}", key), body, hashlib.sha256).digest()[:_SEAL]


def sealed(purpose: str, body: bytes, given: bytes) -> bool:
    """Say whether `given` is the seal of `body`, under today's key or one of SECRET_KEY_FALLBACKS."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(mac(purpose, body, key), given) for key in keys)


@dataclass(frozen=True)
class Addressee:
    """Whose a link is: the profile as it stands now, and the message it came with, if that is here."""

    customer: Customer
    store: Store | None
    message: Message | None = None


def unsubscribe_token(message: Message) -> str:
    """Return the token that ends marketing on the channel of `message`. It needs its customer."""
    return seal(UNSUBSCRIBE, message.customer_id or 0, message.pk or 0)


def preferences_token(customer: Customer, store: Store) -> str:
    """Return the token that opens the preferences of `customer`, in the dress of `store`."""
    return seal(PREFERENCES, customer.pk, store.pk)


def open_unsubscribe(token: str) -> Addressee | None:
    """Return whose marketing `token` ends, None when it opens nothing."""
    numbers = opened(UNSUBSCRIBE, token)
    customer = _customer(numbers[0]) if numbers else None
    if numbers is None or customer is None:
        return None
    message = Message.objects.select_related("store").filter(pk=numbers[1]).first()
    return Addressee(customer, message.store if message else None, message)


def open_preferences(token: str) -> Addressee | None:
    """Return whose preferences `token` opens, None when it opens nothing."""
    numbers = opened(PREFERENCES, token)
    customer = _customer(numbers[0]) if numbers else None
    if numbers is None or customer is None:
        return None
    return Addressee(customer, Store.objects.filter(pk=numbers[1]).first())


def _customer(pk: int) -> Customer | None:
    found = Customer.objects.select_related("merged_into").filter(pk=pk).first()
    return current(found) if found else None


def text_of(data: bytes) -> str:
    """Return bytes as they stand in an address."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(text: str) -> bytes | None:
    """Return what `text_of` wrote down, None for what it did not write."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if text_of(data) == text else None
