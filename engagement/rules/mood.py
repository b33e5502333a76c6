"""Who waits for a lost parcel does not want to hear what goes well with it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from customers.models import Case
from engagement.models import SurveyAnswer
from engagement.rules.base import LATER, Answers, Objection, Question, customers_of
from engagement.vocabulary import Hold
from returns.models import Return
from returns.vocabulary import State
from tracking.models import Flag

UNHAPPY = 2  # a score this low, of 5
SULKS = timedelta(days=30)
OVER = (State.REJECTED, State.SETTLED, State.EXPIRED, State.CANCELLED)
# A claim that was refused or given up is over for us; the person has heard of it by then.
LIVING = (Case.State.OPEN, Case.State.WAITING)
# What is written because of the mood: a low score must not hold the answer to it.
ANSWERS_A_SCORE = ("low_score", "low_score_rescue")


def objections(asked: Sequence[Question], *, at: datetime) -> Answers:
    """
    Hold marketing, review requests among it, while something is open with its reader: a conversation with a
    person (Hold.CASE), a claim or return under way, a parcel in trouble, a score of 2 or less in the last 30
    days. Looked at again every six hours. Five queries at most.
    """
    wanted = [one for one in asked if one.marketing]
    people = customers_of(wanted)
    if not people:
        return {}
    until = at + LATER
    calm = [one for one in wanted if one.message.kind not in ANSWERS_A_SCORE]
    answers: Answers = {}
    for find, hold, words, questions in _REASONS:
        held = find(people, at)
        for one in calm if questions == "calm" else wanted:
            if one.message.customer_id in held:
                answers.setdefault(one.pk, Objection(hold, words, until))
    return answers


def _talking(people: set[int], at: datetime) -> set[int]:
    rows = Case.objects.filter(customer__in=people, state__in=LIVING)
    return {pk for pk in rows.values_list("customer_id", flat=True) if pk is not None}


def _returning(people: set[int], at: datetime) -> set[int]:
    rows = Return.objects.filter(customer__in=people).exclude(state__in=OVER)
    return {pk for pk in rows.values_list("customer_id", flat=True) if pk is not None}


def _in_trouble(people: set[int], at: datetime) -> set[int]:
    rows = Flag.objects.filter(order__customer__in=people, cleared_at=None)
    return set(rows.values_list("order__customer_id", flat=True))


def _unhappy(people: set[int], at: datetime) -> set[int]:
    """Return who gave a low score lately and no better one since."""
    rows = SurveyAnswer.objects.filter(customer__in=people, answered_at__gt=at - SULKS, score__isnull=False)
    last: dict[int | None, int | None] = dict(
        rows.order_by("answered_at", "pk").values_list("customer_id", "score")
    )
    return {pk for pk, score in last.items() if pk is not None and score is not None and score <= UNHAPPY}


_Find = Callable[[set[int], datetime], set[int]]
_REASONS: tuple[tuple[_Find, str, str, str], ...] = (
    (_talking, Hold.CASE, "A person is talking to them.", "calm"),
    (_returning, Hold.MOOD, "A return or claim of theirs is under way.", "all"),
    (_in_trouble, Hold.MOOD, "A parcel of theirs is late or in trouble.", "all"),
    (_unhappy, Hold.MOOD, f"They gave a score of {UNHAPPY} or less in the last 30 days.", "calm"),
)
