"""
Tokens and codes that open one order's page. Both are derived with a key that is not in the database.

A token is `Link.key` (128 random bits) followed by 128 bits of HMAC over purpose and key; a code is six
digits of an HMAC over `AccessCode.nonce`.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from config.lib.secrets import derive
from tracking.beside import all_columns
from tracking.models import AccessCode, Link, Order

KEY_LENGTH = 22  # characters of token_urlsafe(16)
TOKEN = re.compile(r"[\w-]{44}", re.ASCII)
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
VIEW_LIFE = timedelta(hours=12)


def _mac(purpose: str, text: str, key: str | None = None) -> bytes:
    return hmac.new(derive(f"access:{purpose}", key), text.encode(), hashlib.sha256).digest()


def _seal(link: Link, key: str | None = None) -> str:
    return base64.urlsafe_b64encode(_mac(link.purpose, link.key, key)[:16]).decode().rstrip("=")


def token(link: Link) -> str:
    """Return the token that stands in addresses for `link`."""
    return link.key + _seal(link)


def link_for(order: Order, purpose: str, *, at: datetime, life: timedelta | None = None) -> Link:
    """
    Return a living link of `order` for `purpose`, made when there is none. A `life` makes a new one that
    ends.
    """
    if life is None:
        found = Link.objects.filter(order=order, purpose=purpose, revoked_at=None, expires_at=None).first()
        return found or Link.objects.create(order=order, purpose=purpose)
    return Link.objects.create(order=order, purpose=purpose, expires_at=at + life)


def open_token(text: str, *, at: datetime) -> Link | None:
    """
    Return the link a token stands for, with order, store and customer loaded, and `order.beside` (what else
    there is to it: tracking/beside.py); None when it opens nothing.

    Links are also checked against SECRET_KEY_FALLBACKS, so a key can be changed without breaking mails
    already sent.
    """
    if not TOKEN.fullmatch(text):
        return None
    key, seal = text[:KEY_LENGTH], text[KEY_LENGTH:]
    beside = all_columns("order")
    links = Link.objects.select_related("order__store", "order__customer").annotate(**beside)
    link = links.filter(key=key).first()
    if link is None or not _sealed(link, seal):
        return None
    link.order.beside = {name: getattr(link, name) for name in beside}
    if link.revoked_at or (link.expires_at and link.expires_at <= at):
        return None
    return link


def _sealed(link: Link, seal: str) -> bool:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(_seal(link, key).encode(), seal.encode()) for key in keys)


def revoke_link(link: Link, *, at: datetime) -> bool:
    """End one link. Returns False when it had been ended before."""
    return bool(Link.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=at))


def revoke_links(order: Order, *, at: datetime) -> int:
    """End every link to `order`. Returns how many."""
    return Link.objects.filter(order=order, revoked_at=None).update(revoked_at=at)


def digits(code: AccessCode) -> str:
    """Return the six digits that are sent for `code`."""
    return f"{int.from_bytes(_mac('code', f'{code.pk}:{code.nonce}')[:8], 'big') % 1_000_000:06d}"


def redeem(link: Link, given: str, *, at: datetime) -> bool:
    """
    Try `given` against the newest living code of `link`. A code works once, within 10 minutes, for at most 5
    tries. Only its digits count, in whichever script they are typed.

    The try is counted before the digits are compared, so parallel guesses cannot exceed the limit.
    """
    codes = AccessCode.objects.filter(link=link, used_at=None, expires_at__gt=at)
    code = codes.order_by("-created_at", "-pk").first()
    if code is None or not codes.filter(pk=code.pk, tries__lt=CODE_TRIES).update(tries=F("tries") + 1):
        return False
    typed = "".join(str(unicodedata.decimal(ch)) for ch in given if ch.isdecimal())
    if not hmac.compare_digest(digits(code), typed):
        return False
    return bool(codes.filter(pk=code.pk).update(used_at=at))
