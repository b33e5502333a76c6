"""What a journey would have done in the last days, without doing it."""

import sys
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.lib.staff import export
from engagement.journeys import dry_run
from engagement.journeys.dry_report import COLUMNS
from engagement.journeys.graph import BadGraph
from engagement.models import Journey


class Command(BaseCommand):
    """`manage.py dry_run JOURNEY --days 90`."""

    help = "Run a journey over the last days' real events as its draft stands. Nothing is sent or kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("journey", help="its code, e.g. how_is_it")
        parser.add_argument("--days", type=int, default=30, help="how many days back (1 to 366)")
        parser.add_argument("--seconds", type=float, default=3600, help="end after this long, wherever it is")
        parser.add_argument(
            "--limit", type=int, default=dry_run.MOST_EVENTS, help="events to look at, at most"
        )
        parser.add_argument("--csv", action="store_true", help="write every message as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and say what came of it. Raises CommandError for no journey, or one that cannot be read."""
        journey = Journey.objects.select_related("live").filter(code=options["journey"]).first()
        if journey is None:
            known = ", ".join(Journey.objects.order_by("code").values_list("code", flat=True))
            raise CommandError(f"There is no journey “{options['journey']}”. There are: {known}.")
        if not 1 <= options["days"] <= 366:
            raise CommandError("--days is 1 to 366.")
        try:
            report = dry_run.run(
                journey,
                days=options["days"],
                at=timezone.now(),
                seconds=options["seconds"],
                most=options["limit"],
                say=self._progress(),
            )
        except BadGraph as exc:
            raise CommandError(str(exc)) from exc
        if options["csv"]:
            for line in export.lines(report.lines, COLUMNS):
                self.stdout.write(line, ending="")
            return
        for line in report.words():
            self.stdout.write(line)

    def _progress(self) -> dry_run.Say | None:
        """Show the day the clock has come to, where a person looks on."""
        if not sys.stderr.isatty():
            return None
        shown: list[date] = []

        def say(now: datetime) -> None:
            if now.date() not in shown:
                shown[:] = [now.date()]
                self.stderr.write(f"\r{now:%Y-%m-%d}", ending="")

        return say
