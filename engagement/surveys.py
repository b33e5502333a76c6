"""One question, five answers: asked by a journey, answered on /survey/<token>/, followed up where bad."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from customers import outbox
from customers.models import Case, Customer
from customers.services.cases import hear, open_case
from engagement import tokens
from engagement.events import SURVEY_ANSWERED
from engagement.models import Enrolment, SurveyAnswer

# Nobody is asked the same kind of question more often than this (product.md §3).
GAP = timedelta(days=90)
# A link answers for so long after it was asked; an answer can be thought over for so long.
OPEN_FOR = timedelta(days=60)
CHANGE_FOR = timedelta(days=7)
SCORES = range(1, 6)
# At or under this a person writes to them.
LOW = 2
WORDS_LIMIT = 4_000  # characters
PURPOSE = "survey"


class Closed(Exception):
    """It cannot be answered, or changed, any more."""


# --- asking ---
@transaction.atomic
def ask(
    enrolments: Sequence[Enrolment], settings: Mapping[str, Any], *, at: datetime
) -> dict[int, dict[str, Any]]:
    """
    Put the question of a survey step to the people of `enrolments`; asked again for the same it is one.

    `settings`: kind (SurveyAnswer.Kind). Who was asked one of that kind in the last 90 days is not asked.
    Returns: {enrolment's key: {"survey_id": the question's key, 0 where it is not asked}}.
    """
    kind = str(settings.get("kind") or SurveyAnswer.Kind.DELIVERY)
    if kind not in SurveyAnswer.Kind.values:
        raise ValueError(f"There is no survey called {kind}.")
    keys = {row.pk: _key(kind, row) for row in enrolments}
    _hold({row.customer_id for row in enrolments if row.customer_id})
    there = dict(SurveyAnswer.objects.filter(key__in=keys.values()).values_list("key", "pk"))
    tired = _asked_lately(kind, {row.customer_id for row in enrolments if row.customer_id}, at)
    fresh = {}
    for row in sorted(enrolments, key=lambda row: row.pk):
        key = keys[row.pk]
        if key in there or key in fresh or row.store_id is None or row.customer_id in tired:
            continue
        fresh[key] = SurveyAnswer(
            kind=kind,
            key=key,
            store_id=row.store_id,
            customer_id=row.customer_id,
            order_id=row.order_id,
            asked_at=at,
        )
        if row.customer_id:
            tired.add(row.customer_id)
    SurveyAnswer.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    there |= dict(SurveyAnswer.objects.filter(key__in=fresh).values_list("key", "pk"))
    return {pk: {"survey_id": there.get(key, 0)} for pk, key in keys.items()}


def _key(kind: str, row: Enrolment) -> str:
    back = row.context.get("return_id")
    if kind == SurveyAnswer.Kind.RETURN and back:
        return f"{kind}:return:{back}"
    return f"{kind}:order:{row.order_id}" if row.order_id else f"{kind}:enrolment:{row.pk}"


def _hold(customers: set[int]) -> None:
    """Lock these people's rows, in one order, so that two workers do not ask one person at once."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",))
    list(rows.filter(pk__in=customers).order_by("pk").values_list("pk"))


def _asked_lately(kind: str, customers: set[int], at: datetime) -> set[int]:
    rows = SurveyAnswer.objects.filter(customer__in=customers, kind=kind, asked_at__gt=at - GAP)
    return {pk for pk in rows.values_list("customer_id", flat=True) if pk}


# --- the link ---
def token(row: SurveyAnswer) -> str:
    """Return the token that stands in addresses for a question. It is sealed, and stands in no table."""
    return tokens.seal(PURPOSE, row.pk, 0)


def open_token(text: str, *, at: datetime) -> SurveyAnswer | None:
    """Return the question a token stands for, with store and order; None for a wrong or an old one."""
    numbers = tokens.opened(PURPOSE, text)
    if numbers is None:
        return None
    rows = SurveyAnswer.objects.select_related("store", "order", "customer")
    return rows.filter(pk=numbers[0], asked_at__gt=at - OPEN_FOR).first()


# --- answering ---
def can_change(row: SurveyAnswer, *, at: datetime) -> bool:
    """Say whether a question can be answered, or its answer changed, at `at`."""
    return row.answered_at is None or at < row.answered_at + CHANGE_FOR


@transaction.atomic
def answer(*, survey_id: int, at: datetime, score: int, words: str | None = None) -> SurveyAnswer:
    """
    Keep what somebody answered: 1 (bad) to 5 (good), and their words (None: as they were).

    At 2 or less a case is opened, once, and their words stand in it. Publishes: SURVEY_ANSWERED, once per
    score. `answered_at` is when they first answered: it can be changed for 7 days.
    Raises: SurveyAnswer.DoesNotExist; Closed; ValueError for another score.
    """
    if score not in SCORES:
        raise ValueError("A score is 1 to 5.")
    rows = SurveyAnswer.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("store", "order", "customer").get(pk=survey_id)
    if not can_change(row, at=at):
        raise Closed(f"Survey {survey_id} was answered more than {CHANGE_FOR.days} days ago.")
    before = row.score
    row.score, row.answered_at = score, row.answered_at or at
    if words is not None:
        row.words = words.replace("\x00", "").strip()[:WORDS_LIMIT]
    row.save(update_fields=["score", "words", "answered_at"])
    if score != before:
        _publish(row, before, at)
    if score <= LOW:
        _bring_to_a_person(row, at)
    return row


def _publish(row: SurveyAnswer, before: int | None, at: datetime) -> None:
    outbox.publish(
        SURVEY_ANSWERED,
        key=f"survey:{row.pk}:answered:{row.score}",
        occurred_at=at,
        store=row.store,
        customer=row.customer,
        subject=row,
        data={
            "answer_id": row.pk,
            "kind": row.kind,
            "score": row.score,
            "before": before,
            "order_id": row.order_id,
        },
    )


def _bring_to_a_person(row: SurveyAnswer, at: datetime) -> None:
    number = f" · order {row.order.number}" if row.order else ""
    case = open_case(
        store=row.store,
        customer=row.customer,
        subject=f"{row.score} of 5, {row.get_kind_display().lower()}{number}",
        source=Case.Source.SCORE,
        at=at,
        about=row.order,
        key=f"survey:{row.pk}",
        email=row.order.email if row.order else (row.customer.email if row.customer else ""),
    )
    if row.words:
        mark = hashlib.sha256(row.words.encode()).hexdigest()[:24]
        hear(case=case, body=row.words, at=at, external_id=f"survey:{row.pk}:{mark}")
