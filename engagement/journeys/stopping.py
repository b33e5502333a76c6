"""Ends runs from outside: a goal, an exit, a journey that is stopped. What they had to say is not said."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from engagement.journeys.running import MAX_WORDS
from engagement.models import Enrolment, Message, StepLog
from engagement.vocabulary import Hold


def end_runs(runs: Sequence[Enrolment], *, state: str, why: str, at: datetime) -> None:
    """
    End `runs`, whose rows the caller has locked, in `state`, and hold back their messages that still wait.
    """
    pks = [run.pk for run in runs]
    words = why[:MAX_WORDS]
    Enrolment.objects.filter(pk__in=pks).update(
        state=state, why=words, ended_at=at, due_at=None, waits_for="", claim=None, leased_until=None
    )
    StepLog.objects.bulk_create(
        [
            StepLog(enrolment=run, step=run.step, outcome=StepLog.Outcome.SKIPPED, why=words, at=at)
            for run in runs
        ],
        batch_size=500,
    )
    hold_back(Message.objects.filter(enrolment__in=pks), words)


def hold_back(messages: QuerySet[Message], why: str) -> int:
    """
    Hold, for good, those of `messages` that are not on their way yet; who is sending one loses its lease.
    """
    waiting = Q(state=Message.State.QUEUED) | Q(state=Message.State.HELD, due_at__isnull=False)
    return messages.filter(waiting).update(
        state=Message.State.HELD,
        hold=Hold.STOPPED,
        reason=why[:MAX_WORDS],
        due_at=None,
        claim=None,
        leased_until=None,
    )
