"""
Looking round: what is due, one worker at a time per kind, as far as the time allows.

A round that is cut short or killed is taken up again where it stood; one that runs twice changes nothing the
second time.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import F

from config.lib import claims
from tracking.models import Flag, WatchRound
from tracking.services.incidents.clustering import look_for_incidents
from tracking.services.watch import candidates
from tracking.services.watch.flags import READ, Watcher, look_at, orders_watcher, parcels_watcher
from tracking.services.watch.queue import tell_of_flags
from tracking.services.watch_rules import DEFAULT, rules_by_store

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
# What was flagged and has changed since: a good piece of news is not kept waiting.
SOON = timedelta(seconds=30)
SECONDS = 20
# No round waits longer, failures included: what is due later was written by a clock that ran ahead.
LONGEST = timedelta(hours=2)


def look_round(*, at: datetime, seconds: float = SECONDS) -> int:
    """
    Do the rounds that are due at `at`, each for at most `seconds`. Must run outside a transaction.

    Returns: how many flags and incidents were opened and cleared. Rounds: "changes" (flagged things that
    changed), "parcels", "orders", "incidents".
    """
    if WatchRound.objects.count() < len(ROUNDS):
        made = [WatchRound(name=name, due_at=at) for name in ROUNDS]
        WatchRound.objects.bulk_create(made, ignore_conflicts=True)
    WatchRound.objects.filter(due_at__gt=at + LONGEST, claim=None).update(due_at=at)
    done = 0
    for name in ROUNDS:
        for row in claims.claim(WatchRound.objects.filter(name=name), at=at, limit=1):
            done += _do(row, at, seconds)
    return done


def hurry(*, at: datetime) -> None:
    """Make every round due at `at`, those that were waiting for their turn included."""
    WatchRound.objects.update(due_at=at)


def _do(row: WatchRound, at: datetime, seconds: float) -> int:
    try:
        done, cursor = ROUNDS[row.name](row.cursor, at, time.monotonic() + seconds)
    except Exception as exc:
        log.exception("the watch's round %s failed", row.name)
        later = claims.backoff(row.attempts, at=at, first=timedelta(minutes=1))
        claims.settle(row, due_at=later, last_error=claims.words(exc), cursor=0)
        return 0
    pause = timedelta(0) if cursor else SOON if row.name == "changes" else EVERY
    claims.settle(row, due_at=at + pause, attempts=0, last_error="", cursor=cursor)
    if done and row.name != "incidents":
        WatchRound.objects.filter(name="incidents", claim=None).update(due_at=at)
    # A round that found nothing but has not reached the end counts, or nobody would go on with it.
    return done + (1 if cursor else 0)


def _changes(cursor: int, at: datetime, end: float) -> tuple[int, int]:
    """Flagged parcels and orders that were written to since they were last judged."""
    rules = rules_by_store()
    flags = Flag.objects.filter(cleared_at=None)
    parcels = flags.filter(shipment__updated_at__gt=F("seen")).values_list("shipment_id", flat=True)
    orders = flags.filter(shipment=None, order__updated_at__gt=F("seen")).values_list("order_id", flat=True)
    done = look_at(parcels_watcher(at=at, rules=rules), sorted({pk for pk in parcels if pk}))
    return done + look_at(orders_watcher(at=at, rules=rules), sorted(set(orders))), 0


def _parcels(cursor: int, at: datetime, end: float) -> tuple[int, int]:
    rules = rules_by_store()
    found = candidates.parcels([DEFAULT, *rules.values()], at=at)
    return _go_on(parcels_watcher(at=at, rules=rules), found, cursor, end)


def _orders(cursor: int, at: datetime, end: float) -> tuple[int, int]:
    rules = rules_by_store()
    found = candidates.orders([DEFAULT, *rules.values()], at=at)
    return _go_on(orders_watcher(at=at, rules=rules), found, cursor, end)


def _go_on(watcher: Watcher, ids: Sequence[int], cursor: int, end: float) -> tuple[int, int]:
    """Look at `ids` beyond `cursor` until `end` (of the monotonic clock); 0 as the cursor: all were."""
    left = [pk for pk in ids if pk > cursor]
    done = 0
    for start in range(0, len(left), READ):
        chunk = left[start : start + READ]
        done += look_at(watcher, chunk)
        if time.monotonic() > end and start + READ < len(left):
            return done, chunk[-1]
    return done, 0


def _incidents(cursor: int, at: datetime, end: float) -> tuple[int, int]:
    done = look_for_incidents(at=at)
    tell_of_flags(at=at)
    return done, 0


# In this order: what changed first, incidents after what they are made of.
ROUNDS: dict[str, Callable[[int, datetime, float], tuple[int, int]]] = {
    "changes": _changes,
    "parcels": _parcels,
    "orders": _orders,
    "incidents": _incidents,
}
