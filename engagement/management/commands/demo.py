"""
Run the demo: sample stores, web server and worker on this machine, and a guide to what there is to see.

In the top layer because the sample has orders (tracking) and the mails about them (engagement).
"""

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from engagement.demo.guide import Sight, sights
from engagement.demo.runner import ChildEnded, Household, PortTaken, die_with_parent, require_free
from engagement.demo.sample import ACCOUNT
from tracking.models import CarrierAccount
from tracking.services.sandbox import set_speed, wake_movers

HOST = "127.0.0.1"
# How often parcels are looked after: often enough to be seen moving.
TICK, TICK_FAST = 5.0, 1.0


class Command(BaseCommand):
    """`manage.py demo`, as `make demo` calls it."""

    help = (
        "Run the demo: sample stores, web server, worker. Use `make demo`, which gives it a world of its own."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--speed", type=float, default=1, help="600: ten hours of a parcel's life in a minute"
        )
        parser.add_argument(
            "--stop-with-parent", action="store_true", help="end when the process that started us does"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop. Raises CommandError when it cannot."""
        if options["stop_with_parent"]:
            die_with_parent(os.getppid())
        if not settings.DEMO:
            raise CommandError(
                "This is for a world of its own: use `make demo`, which sets DEMO and DATA_DIR."
            )
        if not 0 < options["speed"] <= 100_000:
            raise CommandError("--speed: more than 0, at most 100000.")
        port = options["port"]
        try:
            require_free(HOST, port)
        except (PortTaken, OverflowError) as exc:
            raise CommandError(f"{exc} Try another one: make demo PORT={port + 123}") from exc
        self._prepare(options["speed"])
        try:
            with Household() as household:
                self._run(household, port, options["speed"])
        except (ChildEnded, TimeoutError) as exc:
            raise CommandError(str(exc)) from exc
        except KeyboardInterrupt:
            self.stdout.write("\nEverything is stopped. The data stays; `make demo-reset` forgets it.")

    def _prepare(self, speed: float) -> None:
        """Bring the demo's database up to date, fill it when it is empty, and set its clock."""
        self.stdout.write("Preparing the demo …")
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # else whitenoise warns
        call_command("migrate", verbosity=0)
        call_command("seed_demo", speed=speed, stdout=self.stdout)
        account = CarrierAccount.objects.get(slug=ACCOUNT)
        set_speed(account_id=account.pk, speed=speed, at=timezone.now())

    def _run(self, household: Household, port: int, speed: float) -> None:
        web = ["-m", "gunicorn", "config.wsgi", "--bind", f"{HOST}:{port}", "--worker-class", "gthread"]
        quiet = ["--threads", "8", "--log-level", "warning", "--graceful-timeout", "3"]
        household.start("web server", [sys.executable, *web, *quiet])
        household.start("worker", [sys.executable, "manage.py", "qcluster"], {"WORKERS": "1"})
        household.wait_until_ready(f"http://{HOST}:{port}/readyz")
        found = sights(at=timezone.now())
        if found:  # the first page also warms the templates up
            household.wait_until_ready(f"http://{HOST}:{port}{found[0].url.removeprefix(settings.BASE_URL)}")
        self._show(found, speed)
        household.tend(TICK_FAST if speed > 1 else TICK, lambda: wake_movers(at=timezone.now()))

    def _show(self, found: list[Sight], speed: float) -> None:
        """Print the guide, and keep it beside the data for scripts."""
        guide = {sight.code: {"url": sight.url, "note": sight.note} for sight in found}
        (Path(settings.DATA_DIR) / "guide.json").write_text(json.dumps(guide, indent=1), encoding="utf-8")
        lines = [f"\nPorchlight is open: {settings.BASE_URL}/\n"]
        for sight in found:
            lines.append(f"  {sight.title:<20} {sight.url}")
            lines.append(f"  {'':<20} {sight.note}")
        pace = f"Parcels live {speed:g} times as fast as we do."
        if speed == 1:
            pace = "Parcels live in real time; `make demo SPEED=600` lets ten hours pass in a minute."
        lines.append(f"\n{pace} Ctrl-C stops everything.\n")
        self.stdout.write("\n".join(lines))
