"""Compare stores with their shops from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.models import Store
from tracking.models import ReconcileRun
from tracking.services.reconcile import AlreadyRunning, reconcile_due, start_run
from tracking.services.reconcile_report import in_words

LISTED = 50


class Command(BaseCommand):
    """`manage.py reconcile [--store SLUG] [--days N]`."""

    help = "Ask shops for what changed and never arrived, repair it, and print what it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; docs/shops.md describes them."""
        parser.add_argument("--store", help="slug of one store; without it, all that have a shop")
        parser.add_argument("--days", type=int, help="how far back; without it, since the last good run")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run to the end, in this process. Raises CommandError when a shop could not be asked."""
        days = options["days"]
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--days: from 1 to 3650.")
        stores = Store.objects.filter(platform__in=settings.SHOP_CLIENTS).order_by("slug")
        if options["store"]:
            stores = Store.objects.filter(slug=options["store"])
            if not stores:
                raise CommandError(f"--store: there is no store {options['store']}.")
        failed = [words for store in stores if (words := self._one(store, days))]
        if failed:
            raise CommandError("\n".join(failed))

    def _one(self, store: Store, days: int | None) -> str:
        """Compare one store. Returns why it could not be, '' when it was."""
        try:
            run = start_run(store=store, at=timezone.now(), days=days, by="command")
        except AlreadyRunning as exc:
            return str(exc)
        while run.state == ReconcileRun.State.OPEN and reconcile_due(at=timezone.now(), run_id=run.pk):
            run.refresh_from_db()
        if run.state == ReconcileRun.State.OPEN:
            return f"{store.slug}: {run.last_error} The workers go on at {run.due_at:%H:%M} UTC."
        if run.state == ReconcileRun.State.SKIPPED:
            self.stdout.write(f"{store.slug}: skipped. {run.words}")
            return ""
        if run.state == ReconcileRun.State.FAILED:
            return f"{store.slug}: {run.words}"
        self.stdout.write(f"{store.slug}: {run.words or in_words(run)}")
        for found in run.findings.order_by("pk")[:LISTED]:
            differed = f" ({', '.join(found.differed)})" if found.differed else ""
            state = "repaired" if found.repaired else found.words or "not repaired"
            self.stdout.write(f"  {found.kind} {found.external_id}: {found.what}{differed}, {state}")
        return ""
