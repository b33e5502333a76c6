"""Two messages that would say the same thing to one person at one time are one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from engagement.models import Message
from engagement.rules.base import Answers, Objection, Question, customers_of
from engagement.vocabulary import Hold, Purpose

State = Message.State
TOGETHER = timedelta(hours=1)  # due within so long of each other: one message says it


def objections(asked: Sequence[Question], *, at: datetime) -> Answers:
    """
    Hold marketing when an older message of the same kind or topic is due for the same person, on its way, or
    left within the last hour.

    The older one is told, the newer ends. Runs under the customers' locks, like caps. One query.
    """
    wanted = [one for one in asked if one.marketing and one.message.customer_id]
    if not wanted:
        return {}
    going = Message.objects.filter(customer__in=customers_of(wanted), purpose=Purpose.MARKETING).filter(
        Q(state=State.SENDING)
        | Q(state=State.QUEUED, due_at__lte=at, expires_at__gt=at)
        | Q(state=State.SENT, sent_at__gt=at - TOGETHER)
    )
    others: dict[int, list[tuple[int, str, str]]] = {}
    for pk, customer, kind, topic in going.values_list("pk", "customer_id", "kind", "topic"):
        others.setdefault(customer or 0, []).append((pk, kind, topic))
    answers: Answers = {}
    for one in wanted:
        mine = one.message
        for pk, kind, topic in others.get(mine.customer_id or 0, ()):
            same = kind == mine.kind or (topic and topic == mine.topic)
            if pk < mine.pk and same:
                answers[one.pk] = Objection(Hold.MERGED, f"Told with message {pk}, which is older.")
                break
    return answers
