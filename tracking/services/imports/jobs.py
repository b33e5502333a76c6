"""An import before and after its work: the upload, the choice of columns, start, stop, resume, forgetting."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from customers.models import Store, User
from customers.worker import wake
from tracking.imports import matching, records, times
from tracking.imports.errors import BadFile, BadRows, BadValue
from tracking.imports.matching import Plan
from tracking.imports.numbers import Finding
from tracking.imports.preview import Shown, shown
from tracking.imports.rows import Row, rows
from tracking.imports.shape import Shape, examine, restored
from tracking.models import ImportJob, ImportKey, ImportMapping, ImportRefusal
from tracking.models.imports import private_name

log = logging.getLogger(__name__)

SAMPLE = 500
SHOWN = 5
MOST_STRAYS = 500
OPTIONS = ("decimal", "dates", "zone")
State = ImportJob.State


class NotNow(Exception):
    """An import is not in a state in which this can be done; the text says why, in words for staff."""


@dataclass(frozen=True)
class Preview:
    """The first records as they are understood: (lines, what is read, errors); and what the sample shows."""

    records: list[tuple[int, Shown, list[str]]] = field(default_factory=list)
    decimal: Finding = field(default_factory=Finding)
    dates: Finding = field(default_factory=Finding)
    examples: dict[str, str] = field(default_factory=dict)
    objections: list[str] = field(default_factory=list)


def make_job(
    *, store: Store, kind: str, file: BinaryIO, filename: str, at: datetime, user: User | None = None
) -> ImportJob:
    """
    Keep a file and find out how it is to be read; nothing is imported yet.

    Columns are matched as they were for the last file with the same ones, else by their names.
    Raises: BadFile, in words for staff, for what is no table or is too large.
    """
    file.seek(0, 2)
    size = file.tell()
    if size > settings.IMPORT_MAX_BYTES:
        most = settings.IMPORT_MAX_BYTES // (1024 * 1024)
        raise BadFile(f"The file has {size / 1024 / 1024:,.0f} MB; {most:,} MB is the most that is taken.")
    shape = examine(file)
    sample = list(islice(rows(file, shape), SAMPLE))
    known = ImportMapping.objects.filter(store=store, kind=kind, signature=matching.signature(shape)).first()
    plan = Plan(kind, known.mapping if known else matching.matched(kind, shape), **_settings_of(store))
    remembered = {name: known.options[name] for name in OPTIONS if known and known.options.get(name)}
    options = {"decimal": "", "dates": "", "zone": store.timezone} | remembered
    found = matching.completed(_with(plan, options), sample)
    job = ImportJob(
        store=store,
        kind=kind,
        user=user,
        filename=_bare(filename),
        size=size,
        shape=shape.stored(),
        mapping=dict(plan.mapping),
        options={"decimal": found.decimal, "dates": found.dates, "zone": found.zone},
        as_of=at,
        created_at=at,
        offset=0,
    )
    file.seek(0)
    _keep(job, file)
    return job


def _keep(job: ImportJob, file: BinaryIO) -> None:
    """Keep the file with its row: both or neither. Raises: BadFile when there is no room for it."""
    job.file.name = private_name(job, "")
    try:
        job.file.storage.save(job.file.name, File(file))
        job.save()
    except OSError as exc:
        job.file.storage.delete(job.file.name)
        log.exception("an upload could not be kept")
        raise BadFile(f"The file could not be kept: {exc.strerror or exc}.") from exc
    except Exception:
        job.file.storage.delete(job.file.name)
        raise


def _bare(filename: str) -> str:
    """Return the last part of a path, as it can be stored and shown."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable())[:200] or "a file"


def _settings_of(store: Store) -> dict[str, str]:
    return {"currency": store.currency, "country": store.country, "zone": store.timezone}


def _with(plan: Plan, options: Mapping[str, str]) -> Plan:
    chosen = {name: options.get(name, "") for name in ("decimal", "dates")}
    return Plan(
        plan.kind,
        plan.mapping,
        **chosen,
        zone=options.get("zone") or plan.zone,
        currency=plan.currency,
        country=plan.country,
    )


def plan_of(job: ImportJob) -> Plan:
    """Return how the rows of a file are understood."""
    return _with(Plan(job.kind, job.mapping, **_settings_of(job.store)), job.options)


def shape_of(job: ImportJob) -> Shape:
    """Return how the file is read."""
    return restored(job.shape)


def sample(job: ImportJob) -> list[Row]:
    """Return the first rows. Raises: BadFile when the file is not here any more."""
    try:
        with job.file.open("rb") as file:
            return list(islice(rows(file.file, shape_of(job)), SAMPLE))
    except (OSError, ValueError) as exc:
        raise BadFile("The file is not here any more: upload it again.") from exc


def preview(job: ImportJob) -> Preview:
    """Return how the file would be understood with the columns chosen now. Raises: BadFile."""
    first = sample(job)
    plan = plan_of(job)
    found: list[tuple[int, Shown, list[str]]] = []
    if not records.check(plan, shape_of(job).columns):
        for _, together in islice(records.groups(first, plan), SHOWN):
            try:
                found.append((together[0].line, shown(records.record(together, plan), plan), []))
            except BadRows as exc:
                found.append((together[0].line, [], list(dict.fromkeys(exc.errors.values()))))
    examples: dict[str, str] = {}
    for row in first:
        for column, value in row.cells.items():
            if value not in (None, "") and column not in examples:
                examples[column] = str(value)[:60]
    return Preview(
        found,
        matching.decimal_of(first, job.mapping, job.kind),
        matching.dates_of(first, job.mapping, job.kind),
        examples,
        _objections(job, first),
    )


def objections(job: ImportJob) -> list[str]:
    """Return why an import cannot start as it is understood now, one sentence each. Raises: BadFile."""
    return _objections(job, sample(job))


def _objections(job: ImportJob, first: list[Row]) -> list[str]:
    plan = plan_of(job)
    wrong = records.check(plan, shape_of(job).columns)
    try:
        times.zone_of(plan.zone)
    except BadValue as exc:
        wrong.append(f"Time zone: {exc}")
    numbers, dates = (
        matching.decimal_of(first, plan.mapping, plan.kind),
        matching.dates_of(first, plan.mapping, plan.kind),
    )
    if numbers.ambiguous and not plan.decimal:
        wrong.append(f"Choose the decimal mark. {numbers.words}")
    if dates.ambiguous and not plan.dates:
        wrong.append(f"Choose whether dates begin with the day or the month. {dates.words}")
    return wrong


@transaction.atomic
def choose(
    *, job_id: int, mapping: Mapping[str, str], options: Mapping[str, str], as_of: datetime | None = None
) -> ImportJob:
    """
    Set which column is which field ({field: column}), and what cells do not say.

    Raises: NotNow while a worker has the file.
    """
    job = _held(job_id)
    if job.working:
        raise NotNow("it is being worked on: stop it first")
    if job.state == State.DONE:
        raise NotNow("it has been imported: upload the file again to import it otherwise")
    job.mapping = {name: column for name, column in mapping.items() if column}
    job.options = {name: str(options.get(name, "")) for name in OPTIONS}
    job.as_of = as_of or job.as_of
    job.state = State.UPLOADED
    job.save(update_fields=["mapping", "options", "as_of", "state"])
    return job


def _held(job_id: int) -> ImportJob:
    return ImportJob.objects.select_for_update(of=("self",)).select_related("store").get(pk=job_id)


@transaction.atomic
def start(*, job_id: int, dry: bool, at: datetime) -> ImportJob:
    """
    Have a file looked through (`dry`), or imported, from its first row on; its columns are remembered.

    Raises: NotNow when it is under way, done, or not understood yet; BadFile when it is gone.
    """
    job = _held(job_id)
    if job.working:
        raise NotNow("it is under way already")
    if job.state == State.DONE:
        raise NotNow("it has been imported: upload the file again to import it again")
    wrong = objections(job)
    if wrong:
        raise NotNow(" ".join(wrong))
    ImportRefusal.objects.filter(job=job).delete()
    ImportKey.objects.filter(job=job).delete()
    for name in ("offset", "rows", "created", "updated", "unchanged", "refused", "attempts"):
        setattr(job, name, 0)
    job.line, job.left_out, job.words, job.last_error = shape_of(job).line, {}, "", ""
    job.dry, job.state = dry, State.CHECKING if dry else State.RUNNING
    job.started_at, job.finished_at = at, None
    job.due_at, job.claim, job.leased_until = at, None, None
    job.save()
    ImportMapping.objects.update_or_create(
        store=job.store,
        kind=job.kind,
        signature=matching.signature(shape_of(job)),
        defaults={"mapping": job.mapping, "options": job.options},
    )
    wake("import")
    return job


@transaction.atomic
def stop(*, job_id: int, at: datetime) -> ImportJob:
    """Stop an import after the batch it is at; what is imported stays. Raises: NotNow."""
    job = _held(job_id)
    if not job.working:
        raise NotNow("it is not under way")
    job.state, job.due_at, job.claim, job.leased_until, job.finished_at = State.STOPPED, None, None, None, at
    job.save(update_fields=["state", "due_at", "claim", "leased_until", "finished_at"])
    return job


@transaction.atomic
def resume(*, job_id: int, at: datetime) -> ImportJob:
    """Go on with a stopped import after its last committed batch. Raises: NotNow."""
    job = _held(job_id)
    if job.state not in (State.STOPPED, State.FAILED):
        raise NotNow("it was not stopped")
    if job.forgotten_at:
        raise NotNow("its file is not here any more: upload it again")
    job.state = State.CHECKING if job.dry else State.RUNNING
    job.due_at, job.claim, job.leased_until, job.attempts = at, None, None, 0
    job.finished_at, job.words = None, ""
    job.save(update_fields=["state", "due_at", "claim", "leased_until", "attempts", "finished_at", "words"])
    wake("import")
    return job


def forget_old(*, at: datetime) -> int:
    """
    Delete the files of imports made `IMPORT_KEEP_DAYS` ago, and the rows they refused. Returns how many.

    What they came to (the counts) stays.
    """
    before = at - timedelta(days=settings.IMPORT_KEEP_DAYS)
    old = ImportJob.objects.filter(created_at__lt=before, forgotten_at=None)
    count = 0
    for job in old.exclude(state__in=(State.CHECKING, State.RUNNING)).order_by("pk")[:200]:
        if job.file:
            job.file.delete(save=False)
        ImportRefusal.objects.filter(job=job).delete()
        ImportKey.objects.filter(job=job).delete()
        state = State.STOPPED if job.state in (State.UPLOADED, State.CHECKED) else job.state
        ImportJob.objects.filter(pk=job.pk).update(file="", forgotten_at=at, state=state)
        count += 1
    _delete_strays(before)
    return count


def _delete_strays(before: datetime) -> None:
    """Delete uploads older than `before` that no import names: a deleted store's, or a killed process's."""
    storage = ImportJob._meta.get_field("file").storage
    if not storage.exists(""):
        return
    names = [name for name in storage.listdir("")[1] if storage.get_modified_time(name) < before][
        :MOST_STRAYS
    ]
    named = set(ImportJob.objects.filter(file__in=names).values_list("file", flat=True))
    for name in names:
        if name not in named:
            storage.delete(name)
