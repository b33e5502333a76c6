"""Secrets at rest: a text field encrypted with a key that is not in the database."""

import base64
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


def derive(purpose: str, key: str | None = None) -> bytes:
    """Return 32 bytes for one purpose from SECRET_KEY, so that no two uses share a key (RFC 5869)."""
    return _derived(purpose, key or settings.SECRET_KEY)


@lru_cache(maxsize=128)  # a campaign seals ten links a mail
def _derived(purpose: str, key: str) -> bytes:
    info = b"porchlight:" + purpose.encode()
    return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(key.encode())


@lru_cache(maxsize=8)
def _box_of(*keys: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derive("field", key))) for key in keys])


def _box() -> MultiFernet:
    return _box_of(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def lock(text: str) -> str:
    """Return `text` encrypted with a key that is not in the database, as printable text."""
    return _box().encrypt(text.encode()).decode()


def unlock(text: str, *, seconds: int | None = None) -> str | None:
    """Return what `lock` encrypted, None for anything else, and for what is older than `seconds`."""
    try:
        return _box().decrypt(text.encode(), ttl=seconds).decode()
    except (InvalidToken, UnicodeError):
        return None


class SecretField(models.TextField):  # type: ignore[type-arg]
    """
    Text that is encrypted in the database and clear in Python ('' stays '').

    A value written under a lost SECRET_KEY reads as '' (the provider then refuses, visibly) instead of
    failing every page.
    """

    def get_prep_value(self, value: Any) -> Any:
        return _box().encrypt(str(value).encode()).decode() if value else ""

    def from_db_value(self, value: Any, expression: object, connection: object) -> str:
        try:
            return _box().decrypt(value.encode()).decode() if value else ""
        except InvalidToken:
            return ""
