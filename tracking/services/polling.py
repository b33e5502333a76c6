"""
Ask carriers about parcels: how often depends on how live a parcel is, and a carrier in trouble is left
alone for a while.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zlib import crc32

from django.db import OperationalError, transaction
from django.db.models import F, Q, QuerySet

from config.lib import claims
from tracking.carriers.base import Carrier, CarrierError, Parcel, ParcelData, Place
from tracking.fold import FINAL
from tracking.models import CarrierAccount, Order, Shipment
from tracking.services import budget
from tracking.services.inbound import carrier_of
from tracking.services.missing import Missing
from tracking.services.progress import refresh_order
from tracking.services.scans import record_parcel
from tracking.services.shipments import tracking_key
from tracking.vocabulary import Status

log = logging.getLogger(__name__)

BATCH = 200
RETIRED_AFTER = timedelta(days=90)
QUIET_AFTER = timedelta(days=3)
# Well within the lease and the cluster's time limit: what a slow carrier leaves no time for is handed back.
SECONDS = 20
# Every try that ends leaves at most one attempt on the row: more are workers that died on it.
MAX_DEATHS = 3
DIED = "the worker died when it asked about this parcel"
BREAKS_AFTER = 5  # failures in a row before an account is left alone
# docs: product behaviour, "Polling": out for delivery every 10 min, in transit every 2 h, quiet ones slower.
INTERVALS = {
    Status.OUT_FOR_DELIVERY: timedelta(minutes=10),
    Status.IN_TRANSIT: timedelta(hours=2),
    Status.ATTEMPTED: timedelta(hours=2),
    Status.EXCEPTION: timedelta(hours=2),
    Status.READY_FOR_PICKUP: timedelta(hours=6),
    Status.INFO_RECEIVED: timedelta(hours=4),
    Status.PENDING: timedelta(hours=4),
    Status.RETURNING: timedelta(hours=12),
}
QUIET_INTERVAL = timedelta(hours=12)
FASTEST = timedelta(seconds=1)


# A carrier that failed is asked by one worker, about one batch, before all go back to it.
PROBE = timedelta(minutes=2)
JITTER = 0.1  # share of the wait
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def spread(shipment: Shipment) -> float:
    """
    Return how much longer than others this parcel waits, as a share of the wait: always the same for it, so
    that parcels handed over together are not asked about together for ever.
    """
    return crc32(shipment.tracking_key.encode()) / 2**32 * JITTER


def next_check(shipment: Shipment, *, at: datetime, speed: float = 1) -> datetime | None:
    """
    Return when to ask about a parcel again; None when there is no more to learn.

    `speed` shortens the wait for play parcels whose clock runs faster.
    """
    started = shipment.handed_over_at or shipment.created_at
    if shipment.status in FINAL or shipment.replaced_at or at - started > RETIRED_AFTER:
        return None
    wait = interval(shipment, at=at) * (1 + spread(shipment))
    return at + max(wait / speed, FASTEST)


def interval(shipment: Shipment, *, at: datetime) -> timedelta:
    """Return how often a parcel is asked about: the livelier, the more often."""
    usual = INTERVALS.get(Status(shipment.status), QUIET_INTERVAL)
    last_word = shipment.last_scan_at or shipment.handed_over_at or shipment.created_at
    return max(usual, QUIET_INTERVAL) if at - last_word > QUIET_AFTER else usual


def poll_due(*, at: datetime, limit: int = BATCH) -> int:
    """Ask about the parcels that are due at `at`. Returns how many were claimed."""
    claimed = claims.claim(Shipment.objects.all(), at=at, limit=limit)
    by_account: dict[int | None, list[Shipment]] = {}
    for shipment in claimed:
        if shipment.attempts > MAX_DEATHS + 1:
            _settle_all([shipment], due_at=at + QUIET_INTERVAL, attempts=0, last_error=DIED)
            continue
        by_account.setdefault(shipment.account_id, []).append(shipment)
    accounts = CarrierAccount.objects.in_bulk([pk for pk in by_account if pk])
    end = time.monotonic() + SECONDS
    for place, (pk, shipments) in enumerate(by_account.items()):
        account = accounts.get(pk) if pk else None
        carrier = carrier_of(account) if account and account.enabled else None
        if account is None or carrier is None or not carrier.polls:
            _settle_all(shipments, due_at=None)
        elif account.resume_at and account.resume_at > at:
            _put_behind(shipments, account.resume_at, at)
        else:
            # However slow the others are, each account gets its share of the time, and one call at least.
            share = max(end - time.monotonic(), 0) / (len(by_account) - place)
            _ask(account, carrier, shipments, at, time.monotonic() + share)
    return len(claimed)


def _settle_all(shipments: Iterable[Shipment], **changes: object) -> None:
    for shipment in shipments:
        claims.settle(shipment, **changes)


def _put_behind(shipments: Iterable[Shipment], when: datetime, at: datetime) -> None:
    """Hand parcels back until `when`; the most live come first then, by seconds."""
    for shipment in shipments:
        claims.settle(shipment, due_at=when + interval(shipment, at=at) / 1000, attempts=0)


def _ask(
    account: CarrierAccount, carrier: Carrier, shipments: list[Shipment], at: datetime, end: float
) -> None:
    """
    Ask in batches as large as the carrier takes, the most live parcels first (of these, those that were not
    asked about for longest), as far as the account's budget goes and until `end` (of the monotonic clock),
    but one batch at least.

    Stops at the first answer that says the account itself is in trouble.
    """
    waiting = sorted(
        shipments, key=lambda shipment: (interval(shipment, at=at), shipment.checked_at or LONG_AGO)
    )
    if account.resume_at and not _may_probe(account, at):
        _put_behind(waiting, at + PROBE, at)
        return
    asked = False
    while waiting:
        if asked and time.monotonic() > end:
            _settle_all(waiting, due_at=at, attempts=0)
            return
        granted, until = budget.reserve(account=account, calls=1, at=at)
        if not granted:
            _put_behind(waiting, until or at + PROBE, at)
            return
        asked = True
        batch, waiting = waiting[: carrier.batch], waiting[carrier.batch :]
        try:
            answers = carrier.fetch([_parcel(shipment) for shipment in batch], at=at)
            _note_success(account)
            _take_in(account, carrier, batch, answers, at)
        except CarrierError as exc:
            tripped = _note_failure(account, exc, at)
            _put_off(batch, exc, at)
            if tripped:
                _put_behind(waiting, account.resume_at or at + PROBE, at)
                return
        except Exception as exc:  # an answer nobody foresaw: it must not stop the other parcels
            log.exception("%s: an answer could not be taken in", account)
            passing = isinstance(exc, OperationalError)  # ours, not the answer's: a deadlock, a restart
            words = f"its answer could not be taken in ({type(exc).__name__})"
            _put_off(batch, CarrierError(words, permanent=not passing), at)


def _may_probe(account: CarrierAccount, at: datetime) -> bool:
    """Say whether this worker is the one that tries an account whose pause is over; others wait for it."""
    left_alone = CarrierAccount.objects.filter(pk=account.pk, resume_at=account.resume_at)
    return bool(left_alone.update(resume_at=at + PROBE))


def _parcel(shipment: Shipment) -> Parcel:
    return Parcel(
        tracking_number=shipment.tracking_number,
        carrier=shipment.carrier,
        created_at=shipment.handed_over_at or shipment.created_at,
        origin=Place(**shipment.origin),
        destination=Place(**shipment.destination),
    )


def _take_in(
    account: CarrierAccount,
    carrier: Carrier,
    batch: list[Shipment],
    answers: Sequence[ParcelData],
    at: datetime,
) -> None:
    """Record the answers and decide when to ask next."""
    for answer in answers:
        try:
            record_parcel(data=answer, source=carrier.code, at=at, account=account)
        except Missing:
            log.warning("%s answered about %s, which was not asked for", account, answer.tracking_number)
    answered = {tracking_key(answer.tracking_number) for answer in answers}
    speed = float(account.config.get("speed") or 1)
    now = Shipment.objects.in_bulk([shipment.pk for shipment in batch])
    for shipment in batch:
        fresh = now[shipment.pk]
        known = shipment.tracking_key in answered
        claims.settle(
            shipment,
            due_at=next_check(fresh, at=at, speed=speed),
            attempts=0,
            last_error="" if known else "the carrier does not know this number (yet)",
            checked_at=at,
        )


def _put_off(batch: list[Shipment], exc: CarrierError, at: datetime) -> None:
    for shipment in batch:
        later = claims.backoff(shipment.attempts, at=at, first=timedelta(minutes=1))
        if exc.retry_after:
            later = max(later, at + timedelta(seconds=exc.retry_after))
        if exc.permanent:
            later = max(later, at + QUIET_INTERVAL)
        claims.settle(shipment, due_at=later, attempts=min(shipment.attempts, 1), last_error=str(exc)[:2000])


def _note_failure(account: CarrierAccount, exc: CarrierError, at: datetime) -> bool:
    """
    Write down that an account failed; leave it alone when asked to or after several failures. Returns
    whether.
    """
    CarrierAccount.objects.filter(pk=account.pk).update(
        failures=F("failures") + 1
    )  # other workers count, too
    account.refresh_from_db(fields=["failures", "failing_since"])
    account.failing_since = account.failing_since or at
    account.last_error = str(exc)[:2000]
    tripped = bool(exc.retry_after) or account.failures >= BREAKS_AFTER
    if tripped:
        wait = timedelta(seconds=exc.retry_after) if exc.retry_after else timedelta(0)
        broken = account.failures - BREAKS_AFTER + 1
        pause = claims.backoff(broken, at=at, first=timedelta(minutes=1)) if broken > 0 else at
        account.resume_at = max(at + wait, pause)
    else:
        account.resume_at = None  # it was tried after a pause, and failed once
    account.save(update_fields=["failing_since", "last_error", "resume_at"])
    return tripped


def _note_success(account: CarrierAccount) -> None:
    if account.failures or account.failing_since or account.resume_at:
        account.failures, account.failing_since, account.resume_at, account.last_error = 0, None, None, ""
        account.save(update_fields=["failures", "failing_since", "last_error", "resume_at"])


EXPIRES_AFTER = timedelta(days=30)
OPEN = [status for status in Status if status not in FINAL and status != Status.UNKNOWN]


def expire_quiet(*, at: datetime, limit: int = 500) -> int:
    """
    Mark parcels EXPIRED of which nothing was heard for 30 days; the next scan brings them back. Returns how
    many.

    "Heard" is when we learned something, not when it happened: an old history imported today is fresh.
    """
    silent = _silent(at)
    found = list(silent.order_by("order_id", "pk").values_list("pk", "order_id")[:limit])
    return sum(_expire(silent.filter(pk=pk), order_id, at) for pk, order_id in found)


def _silent(at: datetime) -> QuerySet[Shipment]:
    before = at - EXPIRES_AFTER
    # A return label may lie with the shopper for longer, and its parcel still come.
    never = Q(heard_at=None, handed_over_at__lt=before, created_at__lt=before, is_return=False)
    return Shipment.objects.followed().filter(Q(heard_at__lt=before) | never, status__in=OPEN)


@transaction.atomic
def _expire(silent: QuerySet[Shipment], order_id: int, at: datetime) -> int:
    """
    Mark one parcel, unless it was heard of meanwhile, and have its order's page show it. Returns 1 or 0.
    """
    Order.objects.select_for_update(of=("self",)).get(pk=order_id)
    marked = silent.update(status=Status.EXPIRED, status_at=at, due_at=None, updated_at=at)
    if marked:
        refresh_order(order_id)
    return marked
