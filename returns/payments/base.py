"""
What every provider that takes money is to us: asked for a page where a sum can be paid, asked how it stands.

No ORM, no settings, no clock: credentials and times are passed in. Sums are our minor units; a provider's
own way of writing them stays in its file. `key` is the same over all tries of one page: asked for twice it
is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar


class PaymentError(Exception):
    """
    A call failed; the message is for staff and holds no personal data.

    `permanent`: asking again will not help. `retry_after`: seconds we were asked to wait.
    """

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after


class BadSignature(Exception):
    """A report that does not come from the provider, or is too old."""


class Standing(StrEnum):
    """How a page for paying stands. PENDING: paid by a way that takes days to be certain."""

    OPEN = "OPEN"
    PENDING = "PENDING"
    PAID = "PAID"
    ENDED = "ENDED"


@dataclass(frozen=True)
class Wanted:
    """
    A sum to be paid. `reference`: ours, comes back with every report. `title`: what the shopper reads beside
    the sum. `back_url`: our page of it. `until`: no page is needed after that.
    """

    key: str
    reference: str
    amount_minor: int
    currency: str
    title: str
    email: str
    language: str
    back_url: str
    until: datetime


@dataclass(frozen=True)
class Asked:
    """A page where the sum can be paid. `ends_at`: it closes by itself then, None for never."""

    external_id: str
    url: str
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Stand:
    """How a page stands, as the provider says. `amount_minor` and `currency`: of what was paid."""

    external_id: str
    standing: Standing
    reference: str = ""
    amount_minor: int = 0
    currency: str = ""


class PaymentProvider:
    """One provider. Subclass, add a line to config/wiring.py (PAYMENTS)."""

    code: ClassVar[str]
    label: ClassVar[str]
    # Whether it makes the page itself. Without, the money comes another way and a person says so.
    online: ClassVar[bool] = True
    # How often to ask, beside its reports; None: it has nothing to say.
    ask_every: ClassVar[timedelta | None] = None

    def __init__(self, *, key: str = "", webhook_secret: str = "") -> None:
        self.key = key
        self.webhook_secret = webhook_secret

    def ask(self, wanted: Wanted, *, at: datetime) -> Asked:
        """Make the page (network). Raises: PaymentError."""
        raise PaymentError(f"{self.label} makes no pages", permanent=True)

    def stand(self, external_id: str) -> Stand:
        """Ask how a page stands (network). Raises: PaymentError."""
        raise PaymentError(f"{self.label} cannot be asked", permanent=True)

    def withdraw(self, external_id: str) -> Stand:
        """
        Close a page (network). Returns: how it stands then; PAID when the money came first. Raises:
        PaymentError.
        """
        raise PaymentError(f"{self.label} cannot be asked", permanent=True)

    def told(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Stand | None:
        """Return what a report says, None when it is not about a page of ours. Raises: BadSignature."""
        raise BadSignature(f"{self.label} sends no reports")
