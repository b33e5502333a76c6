"""Do all due work in this process: for tests, and for hosts that only have cron."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from customers import worker


class Command(BaseCommand):
    """`manage.py drain`."""

    help = "Do all due background work in this process until nothing is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--kind", action="append", choices=list(settings.WORK), help="only this kind (repeatable)"
        )
        parser.add_argument("--seconds", type=float, default=3600, help="stop after this long")

    def handle(self, *args: Any, **options: Any) -> None:
        totals = worker.drain(kinds=options["kind"], seconds=options["seconds"])
        done = {kind: count for kind, count in totals.items() if count}
        self.stdout.write(", ".join(f"{kind} {count}" for kind, count in done.items()) or "nothing was due")
