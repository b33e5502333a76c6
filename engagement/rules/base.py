"""What rules are asked, and what they answer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engagement.models import Message
from engagement.vocabulary import AGAIN, Purpose

UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Objection:
    """
    Why a message is held: `hold` (engagement.vocabulary.Hold), the same in `words` for staff, and `until`,
    when to look again; None where it ends there.
    """

    hold: str
    words: str
    until: datetime | None = None

    def __str__(self) -> str:
        return self.words

    def due(self, message: Message) -> datetime | None:
        """Return when `message` is looked at again: no later than it expires, None for never."""
        if self.hold not in AGAIN or self.until is None:
            return None
        return min(self.until, message.expires_at)


@dataclass(frozen=True)
class Question:
    """
    May `message` be said? `address` is where it would go, '' for nowhere; `zone` where its reader lives.

    Rules take many questions at once and ask the database once for all.
    """

    message: Message
    address: str = ""
    zone: ZoneInfo = field(default=UTC)

    @property
    def pk(self) -> int:
        """Return the key of the message: rules answer by it."""
        return self.message.pk

    @property
    def marketing(self) -> bool:
        """Say whether it is marketing, which needs consent and has caps."""
        return self.message.purpose == Purpose.MARKETING


Answers = dict[int, Objection]
LATER = timedelta(hours=6)  # how long what depends on a mood waits for the next look


def customers_of(asked: Iterable[Question]) -> set[int]:
    """Return the keys of the customers the questions are about."""
    return {question.message.customer_id for question in asked if question.message.customer_id}


def for_each(asked: Sequence[Question], held: Collection[int], objection: Objection) -> Answers:
    """Return `objection` for every question about one of the customers in `held`."""
    return {question.pk: objection for question in asked if question.message.customer_id in held}
