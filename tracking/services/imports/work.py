"""
The work of an import: batch after batch, each in one transaction with the place in the file it reached.

A worker that dies leaves the last committed batch and nothing of the one it was at; the next goes on from
there. The lease and its token are checked in every batch's own transaction, so two workers never write the
same rows.
"""

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import OperationalError, transaction
from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now

from config.lib import claims
from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.imports.cells import Record
from tracking.imports.errors import BadFile, BadRows
from tracking.imports.fields import CUSTOMERS, ORDERS, PRODUCTS, SHIPMENTS, STOCK
from tracking.imports.matching import Plan
from tracking.imports.records import groups, record
from tracking.imports.rows import Row, rows
from tracking.models import ImportJob, ImportKey, ImportRefusal
from tracking.services.imports.base import Applier, Outcome, Refused
from tracking.services.imports.customers import Customers
from tracking.services.imports.jobs import plan_of, shape_of
from tracking.services.imports.orders import Orders
from tracking.services.imports.products import Products, Stock
from tracking.services.imports.shipments import Shipments

log = logging.getLogger(__name__)

APPLIERS: dict[str, type[Applier]] = {
    ORDERS: Orders,
    SHIPMENTS: Shipments,
    PRODUCTS: Products,
    STOCK: Stock,
    CUSTOMERS: Customers,
}
# A batch holds locks: it is kept short, and grows while it is.
FIRST_BATCH, SMALLEST, LARGEST = 50, 10, 1000
BATCH_SECONDS = 1.0
SECONDS = 20  # of one claim; well within the lease, which every batch renews
MAX_DEATHS = 3


class LostLease(Exception):
    """Another worker has the file now, or staff stopped it; this batch is rolled back."""


Group = tuple[str, tuple[Row, ...]]


@dataclass
class Tally:
    """What one batch came to."""

    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    refusals: dict[int, ImportRefusal] = field(default_factory=dict)


def import_due(*, at: datetime, limit: int = 1) -> int:
    """Go on with files that are due at `at`, for a while. Returns how many were claimed."""
    claimed = claims.claim(ImportJob.objects.all(), at=at, limit=limit)
    for job in claimed:
        work_on(job, at=at)
    return len(claimed)


def import_now(job: ImportJob, *, at: datetime) -> ImportJob:
    """Go on with one file in this process for a while, unless a worker has it. Returns it as it stands."""
    claimed = claims.claim(ImportJob.objects.filter(pk=job.pk), at=at, limit=1)
    for mine in claimed:
        work_on(mine, at=at)
    return ImportJob.objects.select_related("store").get(pk=job.pk)


def work_on(job: ImportJob, *, at: datetime, seconds: float = SECONDS) -> None:
    """Do batches of a claimed import until its end or until `seconds` have passed; settle it either way."""
    if job.attempts > MAX_DEATHS + 1:
        _fail(job, f"The worker died on it {job.attempts - 1} times after line {job.line}.", at)
        return
    try:
        with job.file.open("rb") as file:
            reader = groups(rows(file.file, shape_of(job), offset=job.offset, line=job.line), plan_of(job))
            if _batches(job, reader, at=at, end=time.monotonic() + seconds):
                _finish(job, at)
            else:
                claims.settle(job, due_at=at, attempts=0)
    except LostLease:
        log.info("import %s was stopped or taken over", job.pk)
    except BadFile as exc:
        _fail(job, str(exc), at)
    except (OSError, ValueError) as exc:
        log.warning("import %s: its file cannot be read: %s", job.pk, exc)
        _fail(job, "The file is not here any more, or this worker cannot reach it.", at)
    except Exception as exc:
        log.exception("import %s did not go on", job.pk)
        over = job.attempts > MAX_DEATHS and not isinstance(exc, OperationalError)
        if over:
            _fail(job, f"It failed {job.attempts} times ({type(exc).__name__}) after line {job.line}.", at)
        else:
            claims.settle(job, due_at=claims.backoff(job.attempts, at=at), last_error=claims.words(exc))


def _fail(job: ImportJob, words: str, at: datetime) -> None:
    claims.settle(job, state=ImportJob.State.FAILED, words=words[:500], due_at=None, finished_at=at)


def _finish(job: ImportJob, at: datetime) -> None:
    state = ImportJob.State.CHECKED if job.dry else ImportJob.State.DONE
    if claims.settle(job, state=state, due_at=None, attempts=0, finished_at=at, offset=job.size):
        ImportKey.objects.filter(job=job).delete()


def _batches(job: ImportJob, reader: Iterator[Group], *, at: datetime, end: float) -> bool:
    """Take in batches until the end of the file (True) or of the time (False). Raises: LostLease."""
    plan = plan_of(job)
    applier = APPLIERS[job.kind](
        store=job.store, plan=plan, as_of=job.as_of, at=at, source=f"file {job.filename}"[:120]
    )
    size = FIRST_BATCH
    while batch := list(islice(reader, size)):
        began = time.monotonic()
        with transaction.atomic():
            _hold(job)
            tally = _take_in(job, batch, applier, plan)
            _note(job, batch[-1][1][-1], tally)
        took = time.monotonic() - began
        size = min(size * 2, LARGEST) if took < BATCH_SECONDS / 2 else size
        size = max(size // 2, SMALLEST) if took > BATCH_SECONDS else size
        if time.monotonic() > end:
            return False
    return True


def _hold(job: ImportJob) -> None:
    """Lock the import's row for this batch. Raises: LostLease when it is no longer ours to work on."""
    mine = ImportJob.objects.select_for_update(of=("self",)).filter(
        pk=job.pk, claim=job.claim, state=job.state
    )
    if not mine.values_list("pk", flat=True):
        raise LostLease


def _note(job: ImportJob, last: Row, tally: Tally) -> None:
    """Write down how far it is and what came of the batch, and keep the lease for the next one."""
    ImportRefusal.objects.bulk_create(tally.refusals.values(), batch_size=500)
    job.offset, job.line = last.end, last.end_line
    for name in ("rows", "created", "updated", "unchanged", "refused"):
        setattr(job, name, getattr(job, name) + tally.counts[name])
    job.left_out = dict(Counter(job.left_out) + tally.left_out)
    until = ExpressionWrapper(Now() + claims.LEASE, output_field=DateTimeField())
    written = ("offset", "line", "rows", "created", "updated", "unchanged", "refused", "left_out")
    ImportJob.objects.filter(pk=job.pk).update(
        leased_until=until, **{name: getattr(job, name) for name in written}
    )


# --- one batch


def _take_in(job: ImportJob, batch: Sequence[Group], applier: Applier, plan: Plan) -> Tally:
    """Read, judge and (unless it is a dry run) record every record of a batch; a bad one harms no other."""
    tally = Tally()
    tally.counts["rows"] = sum(len(together) for _, together in batch)
    again = _met_before(job, batch)
    readable: list[Record] = []
    for key, together in batch:
        try:
            found = record(together, plan)
        except BadRows as exc:
            _refuse(job, tally, together, exc.errors)
            continue
        before = again.get((key, together[0].line))
        if before and _would_split(found, plan):
            _refuse(job, tally, together, dict.fromkeys((row.line for row in together), _split(before)))
            continue
        readable.append(found)
    applier.look_up(readable)
    judged: list[tuple[Record, Outcome]] = []
    for found in readable:
        try:
            judged.append((found, applier.judge(found)))
        except Refused as exc:
            _refuse(job, tally, found.rows, dict.fromkeys((row.line for row in found.rows), str(exc)))
    fresh = [found for found, outcome in judged if outcome != Outcome.UNCHANGED]
    left = {found.line for found in _together(job, fresh, applier)} if fresh and not job.dry else set()
    for found, outcome in judged:
        _record(job, tally, found, outcome, applier if found.line in left else None)
    return tally


def _together(job: ImportJob, records: list[Record], applier: Applier) -> Sequence[Record]:
    """Record new ones at once. Returns those left: all of them when one spoils it for the others."""
    try:
        with transaction.atomic():
            return applier.apply_many(records)
    except OperationalError:
        raise
    except Exception:
        log.exception("import %s: a batch after line %s goes one by one", job.pk, job.line)
        return records


def _record(job: ImportJob, tally: Tally, found: Record, outcome: Outcome, applier: Applier | None) -> None:
    """Apply a record where there is an `applier`, and count it."""
    try:
        if applier is not None:
            applier.apply(found)
    except (Refused, BadPayload) as exc:
        _refuse(job, tally, found.rows, dict.fromkeys((row.line for row in found.rows), str(exc)))
    except OperationalError:
        raise  # the database's own trouble: the batch is tried again
    except Exception as exc:
        log.exception("import %s: line %s could not be taken in", job.pk, found.line)
        words = f"It could not be written ({type(exc).__name__}). Nothing of it was."
        _refuse(job, tally, found.rows, dict.fromkeys((row.line for row in found.rows), words))
    else:
        tally.counts[outcome.value] += 1
        tally.left_out.update(found.left_out)


def _refuse(job: ImportJob, tally: Tally, together: Sequence[Row], errors: dict[int, str]) -> None:
    """Keep rows that are not taken, with the reason; a line that made several rows (JSONL) once."""
    for row in together:
        if row.line not in tally.refusals:
            tally.counts["refused"] += 1
            words = reading.text(errors.get(row.line, ""), "what is wrong", 500)
            tally.refusals[row.line] = ImportRefusal(
                job=job, line=row.line, error=words, raw=_storable(row.raw)
            )


def _storable(raw: object) -> object:
    if isinstance(raw, list):
        return [reading.text(cell, "a cell", 131_072) for cell in raw]
    return reading.text(raw, "a line", 1_000_000) if isinstance(raw, str) else raw


def _met_before(job: ImportJob, batch: Sequence[Group]) -> dict[tuple[str, int], int]:
    """
    Return {(key, line): the line where that key stood before}, and remember the keys of this batch.

    They are kept in the database: memory stays constant, and a worker that takes over knows them too.
    """
    digests = {key: hashlib.sha256(key.encode()).hexdigest()[:32] for key, _ in batch if key}
    known = dict(ImportKey.objects.filter(job=job, key__in=set(digests.values())).values_list("key", "line"))
    again: dict[tuple[str, int], int] = {}
    fresh = []
    for key, together in batch:
        if not key:
            continue
        digest, line = digests[key], together[0].line
        if digest in known:
            again[key, line] = known[digest]
        else:
            known[digest] = line
            fresh.append(ImportKey(job=job, key=digest, line=line))
    ImportKey.objects.bulk_create(fresh, batch_size=500)
    return again


def _would_split(found: Record, plan: Plan) -> bool:
    """Say whether a record that stands in the file for the second time must not be taken on its own."""
    if found.changed_at is not None and plan.kind in (STOCK, CUSTOMERS):
        return False  # the newer of the two wins
    return plan.kind != SHIPMENTS or bool(found.data.items)  # scans add up, wherever they stand


def _split(line: int) -> str:
    return f"This stands in line {line} already. What belongs together must stand together: sort the file."
