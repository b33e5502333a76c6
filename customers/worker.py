"""
Wake workers and do due work. django-q2 only carries the wake-up: losing or repeating one changes nothing.

`settings.WORK` names every kind of work and the function that does what is due at `at` and says how much it
did.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from customers.models.work import Wake

log = logging.getLogger(__name__)

# A job ends well before the cluster's time limit and rings again for the rest.
JOB_SECONDS = 45
_RING = "UPDATE customers_wake SET pending = true WHERE kind = %s AND NOT pending"


class _Heard(threading.local):
    """What was rung for in this thread while it listened; None while it does not."""

    kinds: set[str] | None = None


_heard = _Heard()


def wake(*kinds: str) -> None:
    """Ring for `kinds` of work once the current transaction is committed (at once outside one)."""
    for kind in kinds:
        transaction.on_commit(partial(_ring, kind))


def _ring(kind: str) -> None:
    """
    Queue one job, unless one is on its way. A broker that is down only delays: the minute's sweep finds the
    rows.
    """
    if _heard.kinds is not None:
        _heard.kinds.add(kind)
    try:
        with connection.cursor() as cursor:  # plain SQL: whoever delivers a webhook waits for it
            cursor.execute(_RING, [kind])
            rung = cursor.rowcount
        if rung:
            async_task("customers.tasks.work", kind, group=kind)
    except Exception:
        log.exception("could not wake a worker for %s; the sweep will", kind)


def sweep() -> None:
    """Ring for every kind, even those believed to be rung for: a lost wake-up costs a minute, never a row."""
    Wake.objects.update(pending=False)
    for kind in settings.WORK:
        _ring(kind)


def run(kind: str, *, seconds: float = JOB_SECONDS) -> int:
    """Do the due work of `kind` until none is left or `seconds` have passed. Returns how much was done."""
    Wake.objects.filter(kind=kind).update(pending=False)
    function: Callable[..., int] = import_string(settings.WORK[kind])
    end = time.monotonic() + seconds
    total = 0
    while True:
        done = function(at=timezone.now())
        total += done
        if not done:
            return total
        if time.monotonic() > end:
            _ring(kind)
            return total


@contextmanager
def _listening() -> Iterator[set[str]]:
    _heard.kinds = set()
    try:
        yield _heard.kinds
    finally:
        _heard.kinds = None


def run_on(kind: str, *, seconds: float = JOB_SECONDS) -> int:
    """
    Do the due work of `kind`, then at once what it rang for of the kinds in `settings.AT_ONCE`.

    A job per step would wait for the queue to be looked at each time; the shopper's mail is two steps behind
    the carrier's word. The job that was rung for goes out all the same, in case this worker dies. Returns how
    much was done.
    """
    end = time.monotonic() + seconds
    with _listening() as rung:
        total = run(kind, seconds=seconds)
        while following := [each for each in settings.AT_ONCE if each in rung]:
            rung.difference_update(following)
            for each in following:
                left = end - time.monotonic()
                if left <= 0:
                    return total
                total += run(each, seconds=left)
    return total


def drain(*, kinds: Iterable[str] | None = None, seconds: float = 3600) -> dict[str, int]:
    """
    Do all due work in this process, kind after kind, until a whole round finds nothing.

    Returns: how much was done per kind. Work scheduled for later stays for later.
    """
    chosen = list(kinds or settings.WORK)
    totals = dict.fromkeys(chosen, 0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done = {kind: run(kind, seconds=max(end - time.monotonic(), 0)) for kind in chosen}
        for kind, count in done.items():
            totals[kind] += count
        if not any(done.values()):
            break
    return totals
