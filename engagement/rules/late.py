"""What is said too late only confuses (pitfall: a restored server sends yesterday's campaign)."""

from datetime import datetime

from engagement.models import Message
from engagement.rules.base import Objection
from engagement.vocabulary import Hold

TOO_LATE = "Too late: said now it would only confuse."


def objection(message: Message, *, at: datetime) -> Objection | None:
    """Hold what expires at `at` or before. A message of a campaign expires some hours after it was due."""
    return Objection(Hold.LATE, TOO_LATE) if message.expires_at <= at else None
