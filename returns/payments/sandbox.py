"""A till for trying out: our own page has a button that pays. Only where the installation is a demo."""

from datetime import datetime
from typing import ClassVar

from returns.payments.base import Asked, PaymentProvider, Stand, Standing, Wanted


class Sandbox(PaymentProvider):
    """The page is ours; nothing leaves the house."""

    code: ClassVar[str] = "sandbox"
    label: ClassVar[str] = "Sandbox"

    def ask(self, wanted: Wanted, *, at: datetime) -> Asked:
        """Return our own page."""
        return Asked(external_id=f"sandbox-{wanted.key}"[:120], url=wanted.back_url)

    def stand(self, external_id: str) -> Stand:
        """Say that it is open: a paid one is never asked about."""
        return Stand(external_id, Standing.OPEN)

    def withdraw(self, external_id: str) -> Stand:
        """Close it."""
        return Stand(external_id, Standing.ENDED)
