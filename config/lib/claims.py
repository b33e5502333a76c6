"""
Take due rows so that no two workers hold the same one.

Works on any model with the columns of `customers.models.Work`. The caller's `at` decides what is due; the
database's own clock decides leases, so a worker with a wrong clock cannot take over rows another still
works on.
"""

import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Model, Q, QuerySet
from django.db.models.functions import Now

LEASE = timedelta(minutes=2)
# A row claimed this often without an end may be what kills the worker: it is then claimed alone.
SUSPECT_AFTER = 2

M = TypeVar("M", bound=Model)


def skip_locked(rows: QuerySet[M]) -> QuerySet[M]:
    """
    Lock `rows` for this transaction, passing over those another one holds (SQLite has one writer: plain
    read).
    """
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def claim(rows: QuerySet[M], *, at: datetime, limit: int, lease: timedelta = LEASE) -> list[M]:
    """
    Claim up to `limit` of `rows` that are due at `at` and commit the claim.

    Returns: the claimed rows as they now stand, `attempts` already counted, oldest due first; [] when none
    is due. Must run outside a transaction, or the claim would not be visible to others before the work
    begins.
    """
    token = uuid.uuid4()
    free = rows.filter(due_at__lte=at).filter(Q(leased_until=None) | Q(leased_until__lt=Now()))
    with transaction.atomic():
        due = list(skip_locked(free).order_by("due_at", "pk").values_list("pk", "attempts")[:limit])
        if due and due[0][1] >= SUSPECT_AFTER:
            due = due[:1]
        taken = [pk for pk, attempts in due if attempts < SUSPECT_AFTER or len(due) == 1]
        if not taken:
            return []
        until = ExpressionWrapper(Now() + lease, output_field=DateTimeField())
        rows.model._default_manager.filter(pk__in=taken).update(
            claim=token, leased_until=until, attempts=F("attempts") + 1
        )
    claimed = rows.model._default_manager.filter(pk__in=taken, claim=token)
    return sorted(claimed, key=lambda row: (row.due_at, row.pk))  # type: ignore[attr-defined]


def settle(row: Model, **changes: Any) -> bool:
    """
    Write `changes` to a claimed row and let go of it: `due_at=None` ends its work, a time schedules the
    next try.

    Returns: False when the lease was lost to another worker meanwhile; then nothing is written (fencing).
    """
    held = type(row)._default_manager.filter(pk=row.pk, claim=row.claim)  # type: ignore[attr-defined]
    return bool(held.update(claim=None, leased_until=None, **changes))


def let_go(rows: Sequence[Model]) -> None:
    """Give claimed rows of one model back untouched, as if they had not been claimed; lost ones stay lost."""
    by_claim: dict[uuid.UUID, list[int]] = {}
    for row in rows:
        by_claim.setdefault(row.claim, []).append(row.pk)  # type: ignore[attr-defined]
    for claim, keys in by_claim.items():
        for start in range(0, len(keys), 500):
            held = type(rows[0])._default_manager.filter(pk__in=keys[start : start + 500], claim=claim)
            held.update(claim=None, leased_until=None, attempts=F("attempts") - 1)


def words(error: Exception) -> str:
    """
    Return an error as it may be kept in a row: its kind and first line.

    What a database says below that ("Failing row contains (…)") quotes people's data.
    """
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}"[:2000]


def backoff(attempts: int, *, at: datetime, first: timedelta = timedelta(seconds=10)) -> datetime:
    """
    Return when to try again after `attempts` failures: doubling from `first`, at most 1 h, ±20 % jitter.
    """
    wait: timedelta = min(first * 2 ** min(attempts - 1, 12), timedelta(hours=1))
    return at + wait * random.uniform(0.8, 1.2)  # noqa: S311 (jitter, not a secret)
