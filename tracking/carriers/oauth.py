"""
Access tokens for carriers that speak OAuth 2.0 client credentials (RFC 6749, section 4.4).

Tokens live in the memory of this process, one per credentials, until shortly before they end; several threads
that need the same token wait for one request. Nothing is written to disk or to the database.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracking import reading
from tracking.carriers.base import BadPayload, CarrierError

# Not used any more this long before its end: the call it is for takes time, and clocks differ.
MARGIN = timedelta(seconds=60)
SHORTEST = timedelta(seconds=30)
LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Grant:
    """
    Who asks where for a token. `basic`: id and secret go into the Authorization header, otherwise into the
    form.

    Two grants that differ in anything never share a token.
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    basic: bool = False

    def form(self) -> dict[str, str]:
        """Return the fields of the token request."""
        asked = {"grant_type": "client_credentials"}
        if not self.basic:
            asked |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return asked | ({"scope": self.scope} if self.scope else {})

    @property
    def key(self) -> str:
        """Identify these credentials without keeping the secret itself as a key."""
        parts = (self.url, self.client_id, self.client_secret, self.scope, str(self.basic))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Token:
    """An access token and when it stops being used (aware)."""

    value: str = field(repr=False)
    until: datetime


class Tokens:
    """The tokens this process holds."""

    def __init__(self) -> None:
        self._held: dict[str, Token] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, grant: Grant, at: datetime, obtain: Callable[[], bytes]) -> str:
        """
        Return a token of `grant` that is good at `at` (aware); `obtain` asks for a new one (network).

        `obtain` returns the raw answer of the token endpoint and is called by one thread at a time. Raises
        CarrierError.
        """
        with self._guard:
            lock = self._locks.setdefault(grant.key, threading.Lock())
        with lock:
            held = self._held.get(grant.key)
            if held is None or held.until <= at:
                held = read_token(obtain(), at)
                self._held[grant.key] = held
            return held.value

    def forget(self, grant: Grant, value: str) -> None:
        """Drop `value`, which was refused; a newer token that another thread has obtained since stays."""
        with self._guard:
            held = self._held.get(grant.key)
            if held is not None and held.value == value:
                del self._held[grant.key]

    def clear(self) -> None:
        """Forget all tokens."""
        with self._guard:
            self._held.clear()


def read_token(body: bytes, at: datetime) -> Token:
    """
    Read a token endpoint's answer: {"access_token", "expires_in" in seconds (number or text)}.

    Raises: CarrierError when there is no token in it.
    """
    try:
        told = reading.record(reading.document(body), "the token")
        value = reading.text(told.get("access_token"), "access_token", 8000)
        seconds = reading.text(told.get("expires_in"), "expires_in", 12)
    except BadPayload as exc:
        raise CarrierError(f"the answer with the access token could not be read: {exc}") from exc
    if not value or not value.isascii() or not value.isprintable():
        raise CarrierError("the answer of the token address holds no access token")
    lasts = timedelta(seconds=int(seconds)) if seconds.isdecimal() else timedelta(minutes=10)
    return Token(value, at + max(min(lasts, LONGEST) - MARGIN, SHORTEST))


TOKENS = Tokens()
