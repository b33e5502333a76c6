"""
reply+<token>@<REPLY_DOMAIN>: an answer to it is an answer to one message.

The token is base32, because mail servers may change the case of an address; it names the message and is
sealed, so that nobody can write into another's conversation by counting.
"""

import base64
import hmac
import re
import struct
from collections.abc import Iterable

from django.conf import settings

from engagement import tokens
from engagement.models import Message

_SEAL = 12  # bytes: 96 bits; with the number 32 signs, and the whole local part stays under 64
_ADDRESS = re.compile(r"reply\+([a-z2-7]{32})@", re.IGNORECASE)


def reply_address(message: Message) -> str:
    """Return where answers to `message` go, '' where no REPLY_DOMAIN is set."""
    if not settings.REPLY_DOMAIN:
        return ""
    number = struct.pack(">Q", message.pk)
    sealed = number + tokens.mac(tokens.REPLY, number)[:_SEAL]
    return f"reply+{base64.b32encode(sealed).decode().lower()}@{settings.REPLY_DOMAIN}"


def answered(addresses: Iterable[str]) -> Message | None:
    """Return the message that one of `addresses` was made for, None when none was made by us."""
    for address in addresses:
        for found in _ADDRESS.findall(address):
            raw = base64.b32decode(found.upper())
            number, given = raw[:8], raw[8:]
            if any(hmac.compare_digest(seal, given) for seal in _seals(number)):
                return Message.objects.filter(pk=struct.unpack(">Q", number)[0] & (2**63 - 1)).first()
    return None


def _seals(number: bytes) -> list[bytes]:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [tokens.mac(tokens.REPLY, number, key)[:_SEAL] for key in keys]
