"""Messages that arrive before what they are about."""

from datetime import datetime

from customers.worker import wake
from tracking.models import Inbound


class Missing(Exception):
    """Something this message needs has not arrived yet. `waits_for` names it; `words` say it to staff."""

    def __init__(self, waits_for: str, words: str) -> None:
        super().__init__(words)
        self.waits_for = waits_for
        self.words = words


def release(waits_for: list[str], *, at: datetime) -> None:
    """Let messages that waited for one of `waits_for` be read again, in the transaction that brought it."""
    blocked = Inbound.objects.filter(state=Inbound.State.BLOCKED, waits_for__in=waits_for)
    if blocked.update(state=Inbound.State.WAITING, due_at=at, attempts=0, claim=None, leased_until=None):
        wake("inbound")
