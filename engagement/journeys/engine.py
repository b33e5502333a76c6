"""
Moves runs on: claims those that are due, lets their steps decide set-wise, writes everything at once.

A batch is one transaction. Killed at any line it leaves nothing behind but a claim that runs out; run again
it makes the same rows, because every effect has a key made of run, step and visit.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from config.lib import claims
from engagement.journeys import graph as graphs
from engagement.journeys.people import People
from engagement.journeys.running import Book, Group, Outcome, Plan
from engagement.journeys.steps import STEPS
from engagement.journeys.writing import write
from engagement.models import Enrolment, Journey, JourneyVersion

log = logging.getLogger(__name__)

BATCH = 1000
MAX_ATTEMPTS = 8
# Journeys whose runs move. The runs of a paused one rest with no `due_at` until it goes on.
MOVING = frozenset({Journey.State.LIVE, Journey.State.DRAINING})
STOPPED = "The journey was stopped."


def advance_due(*, at: datetime, limit: int = BATCH) -> int:
    """
    Move up to `limit` runs on that are due at `at`. Must run outside a transaction.

    A batch that fails is tried run by run: one poisonous run waits alone, and fails after eight tries.
    Returns: how many were claimed.
    """
    claimed = claims.claim(Enrolment.objects.filter(state=Enrolment.State.ACTIVE), at=at, limit=limit)
    if not claimed:
        return 0
    if claimed[0].attempts > MAX_ATTEMPTS:  # failures that end are noted: these took their worker along
        _give_up(claimed, f"The worker died on it {claimed[0].attempts - 1} times.", at)
        return len(claimed)
    try:
        _advance(claimed, at)
    except Exception:
        log.exception("a batch of %d runs could not be moved; trying one by one", len(claimed))
        for run in claimed:
            _alone(run, at)
    return len(claimed)


def _alone(run: Enrolment, at: datetime) -> None:
    try:
        _advance([run], at)
    except Exception as exc:
        log.exception("run %s could not be moved from step %s", run.pk, run.step)
        if run.attempts >= MAX_ATTEMPTS:
            _give_up([run], f"Tried {run.attempts} times. {claims.words(exc)}", at)
            return
        later = claims.backoff(run.attempts, at=at)
        claims.settle(run, due_at=later, last_error=claims.words(exc))


@transaction.atomic
def _give_up(runs: Sequence[Enrolment], why: str, at: datetime) -> None:
    book = Book(at, People())
    for run in _held(runs):
        book.log(run, run.step, Outcome.FAILED, why)
        book.end(run, Enrolment.State.FAILED, why)
    write(book)


@transaction.atomic
def _advance(claimed: Sequence[Enrolment], at: datetime) -> None:
    run_through(_held(claimed), at=at)


def _held(claimed: Sequence[Enrolment]) -> list[Enrolment]:
    """
    Lock the rows of a claim that are still ours and under way, and return them as they stand now.

    Whoever stops a journey or ends a run waits for this transaction, and then finds all it wrote.
    """
    ours = Enrolment.objects.select_for_update(of=("self",), no_key=True).filter(
        pk__in=[run.pk for run in claimed], claim=claimed[0].claim, state=Enrolment.State.ACTIVE
    )
    still = dict(ours.order_by("pk").values_list("pk", "due_at"))
    return [run for run in claimed if run.pk in still]


def run_through(runs: Iterable[Enrolment], *, at: datetime) -> Book:
    """
    Let runs take every step they can take at `at`, and write what comes of it. The caller holds their rows,
    in a transaction. Returns: what was written.
    """
    book = Book(at, People())
    ready = list(runs)
    plans = plans_of({run.version_id for run in ready})
    while ready:
        book.ready = []
        for (version, step), group in _groups(ready).items():
            _step(plans[version], step, group, book)
        ready = book.ready
    write(book)
    return book


def plans_of(versions: Iterable[int]) -> dict[int, Plan]:
    """Return versions, read, by their key. One query."""
    rows = JourneyVersion.objects.select_related("journey").defer("journey__draft", "journey__description")
    return {pk: plan_of(row) for pk, row in rows.in_bulk(list(versions)).items()}


def plan_of(version: JourneyVersion) -> Plan:
    """Return a version, read; its journey is loaded with it."""
    return Plan(version, version.journey, graphs.read(version.graph))


def _groups(runs: Iterable[Enrolment]) -> dict[tuple[int, str], list[Enrolment]]:
    found: dict[tuple[int, str], list[Enrolment]] = {}
    for run in runs:
        found.setdefault((run.version_id, run.step), []).append(run)
    return found


def _step(plan: Plan, name: str, runs: list[Enrolment], book: Book) -> None:
    if plan.journey.state not in MOVING:
        for run in runs:
            if plan.journey.state == Journey.State.STOPPED:
                book.end(run, Enrolment.State.STOPPED, STOPPED)
            else:
                book.park(run)
        return
    step = plan.graph.step(name)
    if step is None:
        for run in runs:
            book.log(run, name, Outcome.FAILED, f"There is no step “{name}”.")
            book.end(run, Enrolment.State.FAILED, f"There is no step “{name}”.")
        return
    STEPS[step.type](Group(plan, step, runs, book))


# A run that rests although its journey moves: somebody went on in the very moment it was put to rest.
LEFT_BEHIND = timedelta(minutes=10)


def wake_left_behind(*, at: datetime) -> int:
    """Let runs go on that rest without waiting for anything in a journey that moves. Returns how many."""
    resting = Enrolment.objects.filter(
        state=Enrolment.State.ACTIVE,
        due_at=None,
        waits_for="",
        journey__state__in=MOVING,
        stepped_at__lt=at - LEFT_BEHIND,
    )
    return resting.update(due_at=at)
