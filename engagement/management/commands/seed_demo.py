"""
Fill an empty installation with the sample stores.

In the top layer because the sample has orders (tracking) and the mails about them (engagement).
"""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from engagement.demo.sample import NotForDemos, seed


class Command(BaseCommand):
    """`manage.py seed_demo`."""

    help = "Fill an empty installation with the sample stores; changes nothing when they are there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--speed", type=float, default=settings.SANDBOX_SPEED, help="how fast parcels live"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed and say what there is. Raises CommandError where sample data does not belong."""
        begun = time.monotonic()
        try:
            sample = seed(at=timezone.now(), speed=options["speed"])
        except NotForDemos as exc:
            raise CommandError(str(exc)) from exc
        there = f"{sample.orders} orders, {sample.parcels} parcels, {sample.messages} messages sent"
        if sample.made:
            self.stdout.write(f"The sample stores are ready: {there} ({time.monotonic() - begun:.1f} s).")
        else:
            self.stdout.write(f"The sample stores were there already, nothing changed: {there}.")
