"""Messages that stopped, and go on because a person or a fact says so."""

from datetime import datetime

from django.db.models import QuerySet

from customers.worker import wake
from engagement.kinds import kind_of
from engagement.models import Message

State = Message.State


def retry(messages: QuerySet[Message], *, at: datetime) -> int:
    """
    Queue held and failed messages again, because a person says so: attempts forgotten, and time enough to be
    said. What was perhaps sent (UNKNOWN) is not sent again by anybody.

    Returns: how many.
    """
    stopped = messages.filter(state__in=[State.HELD, State.FAILED])
    count = 0
    for code in set(stopped.order_by().values_list("kind", flat=True)):
        count += stopped.filter(kind=code).update(
            state=State.QUEUED, reason="", hold="", due_at=at, expires_at=at + kind_of(code).lateness,
            attempts=0, failures=0, claim=None, leased_until=None,
        )  # fmt: skip
    wake("send")
    return count


def look_again(messages: QuerySet[Message], *, at: datetime) -> int:
    """
    Look at held messages now that would be looked at later, because what held them is over (a journey goes
    on, a case was closed). Returns how many.
    """
    waiting = messages.filter(state=State.HELD, due_at__gt=at, claim=None)
    count = waiting.update(due_at=at)
    if count:
        wake("send")
    return count
