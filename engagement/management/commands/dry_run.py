"""What journeys would have done in the last days, without doing it."""

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
    """`manage.py dry_run [JOURNEY …] --days 90`."""

    help = "Run journeys over the last days' real events as their drafts stand. Nothing is sent or kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "journeys", nargs="*", metavar="JOURNEY", help="codes, e.g. how_is_it; without: all that are live"
        )
        parser.add_argument("--days", type=int, default=30, help="how many days back (1 to 366)")
        parser.add_argument("--seconds", type=float, default=3600, help="end after this long, wherever it is")
        parser.add_argument(
            "--limit", type=int, default=dry_run.MOST_EVENTS, help="events to look at, at most"
        )
        parser.add_argument("--csv", action="store_true", help="write every message as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run them and say what came of it. Raises CommandError for one not there, or not to be read."""
        if not 1 <= options["days"] <= 366:
            raise CommandError("--days is 1 to 366.")
        try:
            reports = dry_run.run_together(
                _journeys(options["journeys"]),
                days=options["days"],
                at=timezone.now(),
                seconds=options["seconds"],
                most=options["limit"],
                say=self._progress(),
            ).values()
        except BadGraph as exc:
            raise CommandError(str(exc)) from exc
        if options["csv"]:
            rows = [line for report in reports for line in report.lines]
            for line in export.lines(rows, COLUMNS):
                self.stdout.write(line, ending="")
            return
        self.stdout.write("\n\n".join("\n".join(report.words()) for report in reports))

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


def _journeys(codes: list[str]) -> list[Journey]:
    """Return the journeys of these codes, or all that are live. Raises CommandError for an unknown code."""
    found = Journey.objects.select_related("live").order_by("code")
    if not codes:
        return list(found.filter(state=Journey.State.LIVE))
    known = {journey.code: journey for journey in found}
    for code in codes:
        if code not in known:
            raise CommandError(f"There is no journey “{code}”. There are: {', '.join(known)}.")
    return [known[code] for code in dict.fromkeys(codes)]
