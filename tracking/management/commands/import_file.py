"""Import a file from the command line, with the same engine as the back-office."""

import time
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.models import Store
from tracking.imports import times
from tracking.imports.errors import BadFile, BadValue
from tracking.imports.fields import FIELDS, KINDS
from tracking.models import ImportJob
from tracking.services import imports

DECIMALS = {".": ".", ",": ",", "point": ".", "comma": ","}
WAIT = 1.0
SHOWN = 10


class Command(BaseCommand):
    """`manage.py import_file KIND FILE --store SLUG`."""

    help = "Import a CSV or JSONL file. Exits with 1 when rows were refused. See docs/importing.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments; docs/importing.md describes them."""
        parser.add_argument("kind", choices=list(KINDS))
        parser.add_argument("file")
        parser.add_argument("--store", required=True, help="the store's short name")
        parser.add_argument("--dry-run", action="store_true", help="look only, and change nothing")
        parser.add_argument(
            "--mapping",
            nargs="+",
            default=[],
            metavar="FIELD=COLUMN",
            help="which column is which field, beside what the columns' names tell; FIELD= for none",
        )
        parser.add_argument("--decimal", choices=list(DECIMALS), help="the decimal mark of the file")
        parser.add_argument("--dates", choices=["dmy", "mdy"], help="whether 03/04 is in April or in March")
        parser.add_argument("--zone", help="time zone of times without one (default: the store's)")
        parser.add_argument("--as-of", help="when the file was made (default: now), e.g. 2026-11-01T12:00")
        parser.add_argument("--errors", help="write refused rows, with the reasons, to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file. Raises CommandError for what cannot be imported; exits with 1 on refused rows."""
        store = Store.objects.filter(slug=options["store"]).first()
        if store is None:
            known = ", ".join(Store.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no store “{options['store']}”; there are: {known}.")
        _writable(options["errors"])
        job = self._uploaded(store, options)
        try:
            imports.start(job_id=job.pk, dry=options["dry_run"], at=timezone.now())
        except (imports.NotNow, BadFile) as exc:
            raise CommandError(str(exc)) from exc
        job = self._followed(job)
        self._summary(job)
        if options["errors"]:
            with Path(options["errors"]).open("w", encoding="utf-8", newline="") as out:
                out.writelines(imports.error_file(job))
        if job.state == ImportJob.State.FAILED or job.refused:
            raise SystemExit(1)

    def _uploaded(self, store: Store, options: dict[str, Any]) -> ImportJob:
        path = Path(options["file"])
        try:
            as_of = _as_of(options["as_of"], store)
            with path.open("rb") as file:
                job = imports.make_job(
                    store=store, kind=options["kind"], file=file, filename=path.name, at=timezone.now()
                )
        except OSError as exc:
            raise CommandError(f"{path} cannot be read: {exc.strerror or exc}.") from exc
        except (BadFile, BadValue) as exc:
            raise CommandError(f"{path}: {exc}") from exc
        for note in job.shape["notes"]:
            self.stdout.write(note)
        mapping = dict(job.mapping)
        for told in options["mapping"]:
            field, equals, column = told.partition("=")
            if not equals or field not in FIELDS[options["kind"]]:
                known = ", ".join(FIELDS[options["kind"]])
                raise CommandError(f"--mapping takes FIELD=COLUMN, not “{told}”. Fields: {known}.")
            mapping = {name: taken for name, taken in mapping.items() if taken != column and name != field}
            mapping[field] = column
        chosen = dict(job.options)
        for name in ("dates", "zone"):
            chosen[name] = options[name] or chosen[name]
        chosen["decimal"] = DECIMALS.get(options["decimal"] or "", chosen["decimal"])
        return imports.choose(job_id=job.pk, mapping=mapping, options=chosen, as_of=as_of)

    def _followed(self, job: ImportJob) -> ImportJob:
        """Do the work here; when a worker was quicker to take it, watch that one."""
        told = -1
        while True:
            job = imports.import_now(job, at=timezone.now())
            if job.percent != told and job.working:
                told = job.percent
                self.stdout.write(f"{told:3} %  line {job.line:,}")
            if not job.working:
                return job
            if job.claim or (job.due_at and job.due_at > timezone.now()):
                time.sleep(WAIT)

    def _summary(self, job: ImportJob) -> None:
        would = "would be " if job.dry else ""
        self.stdout.write(
            f"{job.rows:,} rows: {job.created:,} {would}created, {job.updated:,} {would}updated, "
            f"{job.unchanged:,} unchanged; {job.refused:,} rows refused."
        )
        for words, count in job.left_out.items():
            self.stdout.write(f"Left out: {words} ({count:,} times).")
        for row in job.refusals.order_by("line", "pk")[:SHOWN]:
            self.stderr.write(f"line {row.line}: {row.error}")
        if job.refused > SHOWN:
            self.stderr.write(f"… and {job.refused - SHOWN:,} more; --errors writes them all to a file.")
        if job.words:
            self.stderr.write(job.words)


def _as_of(told: str | None, store: Store) -> datetime | None:
    found = times.moment(told, "", store.timezone) if told else None
    if found and found > timezone.now():
        raise BadValue("--as-of is in the future: the file would win over everything until then.")
    return found


def _writable(told: str | None) -> None:
    """Find out before the work whether what is refused can be written down. Raises: CommandError."""
    try:
        if told:
            Path(told).open("a").close()
    except OSError as exc:
        raise CommandError(f"{told} cannot be written: {exc.strerror or exc}.") from exc
