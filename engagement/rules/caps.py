"""Nobody gets more marketing than they can bear, from all journeys, campaigns and channels together."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from engagement.models import Message
from engagement.rules.base import Answers, Objection, Question, customers_of
from engagement.vocabulary import Hold, Purpose

WEEK = timedelta(days=7)
State = Message.State


def objections(asked: Sequence[Question], *, at: datetime) -> Answers:
    """
    Hold marketing to who had one within settings.MARKETING_GAP_HOURS, or MARKETING_PER_WEEK in seven days,
    until that has passed. What is being handed over, or perhaps went out, counts. One query.

    Must run while the customers' rows are locked (engagement/sending/reserving.py): two workers would
    otherwise both find room for one.
    """
    wanted = [one for one in asked if one.marketing]
    if not wanted:
        return {}
    told = _told(customers_of(wanted), at)
    gap = timedelta(hours=settings.MARKETING_GAP_HOURS)
    answers: Answers = {}
    for one in sorted(wanted, key=lambda question: question.pk):
        customer = one.message.customer_id or 0
        had = told[customer]
        objection = _objection(had, gap, at)
        if objection:
            answers[one.pk] = objection
        else:  # this one counts for the next of the same batch
            had.append(at)
    return answers


def _objection(had: Sequence[datetime], gap: timedelta, at: datetime) -> Objection | None:
    last = max(had, default=None)
    if last is not None and gap and at - last < gap:
        return Objection(
            Hold.CAP, f"They had one less than {settings.MARKETING_GAP_HOURS} h ago.", last + gap
        )
    most = settings.MARKETING_PER_WEEK
    if most and len(had) >= most:
        first = sorted(had)[-most]
        return Objection(Hold.CAP, f"They had {most} in seven days.", first + WEEK)
    return None


def _told(people: set[int], at: datetime) -> dict[int, list[datetime]]:
    """Return when each person was sent marketing in the last seven days."""
    since = at - max(WEEK, timedelta(hours=settings.MARKETING_GAP_HOURS))
    rows = Message.objects.filter(customer__in=people, purpose=Purpose.MARKETING).filter(
        Q(sent_at__gt=since) | Q(state__in=(State.SENDING, State.UNKNOWN), claimed_at__gt=since)
    )
    told: dict[int, list[datetime]] = defaultdict(list)
    for customer, sent_at, claimed_at in rows.values_list("customer_id", "sent_at", "claimed_at"):
        when = sent_at or claimed_at
        if customer is not None and when is not None:
            told[customer].append(when)
    return told
