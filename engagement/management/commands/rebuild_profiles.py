"""`manage.py rebuild_profiles [--check]`: measure every customer anew, or say whether all are right."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from engagement.profiles.services import rebuild


class Command(BaseCommand):
    """See docs/profiles.md."""

    help = "Measure every customer's profile anew and rank them. With --check: only say which are wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--check` writes nothing, and ends with 1 when a profile is wrong."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Rebuild or compare, and print what differed."""
        report = rebuild(at=timezone.now(), check=check)
        self.stdout.write(f"{report.customers} customers measured, {report.different} differ.")
        for name, count in sorted(report.fields.items(), key=lambda pair: (-pair[1], pair[0])):
            why = "" if name in report.wrong else " (moves with time; right again after the night)"
            self.stdout.write(f"  {name}: {count}{why}")
        if check and report.wrong:
            sys.exit(1)
