"""
Tokens that open one return's page, /r/<token>/. The row alone opens nothing: half of the token is an HMAC
with a key that is not in the database. A new `Return.key` ends every link given out before.
"""

import base64
import hashlib
import hmac
import re

from django.conf import settings

from config.lib.secrets import derive
from returns.models import Return

KEY_LENGTH = 22  # characters of token_urlsafe(16)
TOKEN = re.compile(r"[\w-]{44}", re.ASCII)


def _seal(key: str, secret: str | None = None) -> str:
    mac = hmac.new(derive("return", secret), key.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:16]).decode().rstrip("=")


def token(ret: Return) -> str:
    """Return the token that stands in addresses for a return."""
    return ret.key + _seal(ret.key)


def open_token(text: str) -> Return | None:
    """Return the return a token stands for, with order, store and customer; None when it opens nothing."""
    if not TOKEN.fullmatch(text):
        return None
    key, seal = text[:KEY_LENGTH], text[KEY_LENGTH:]
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(_seal(key, secret).encode(), seal.encode()) for secret in secrets):
        return None
    rows = Return.objects.select_related("order__store", "order__customer", "store", "customer")
    return rows.filter(key=key).first()
