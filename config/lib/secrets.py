"""Secrets at rest: a text field encrypted with a key that is not in the database."""

import base64
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


def derive(purpose: str, key: str | None = None) -> bytes:
    """Return 32 bytes for one purpose from SECRET_KEY, so that no two uses share a key (RFC 5869)."""
    material = (key or settings.SECRET_KEY).encode()
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"porchlight:" + purpose.encode()).derive(material)


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derive("field", key))) for key in keys])


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
