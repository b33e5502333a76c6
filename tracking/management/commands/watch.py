"""Look round now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracking.models import Flag, Incident, WatchRound
from tracking.services import watch


class Command(BaseCommand):
    """`manage.py watch`."""

    help = "Look round now: open and clear flags and incidents. Workers do so every five minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Do every round to its end and say what stands.

        Raises: CommandError when a round failed; the others are done all the same.
        """
        watch.hurry(at=timezone.now())
        changed = 0
        while done := watch.look_round(at=timezone.now()):
            changed += done
        flags = Flag.objects.filter(cleared_at=None).count()
        incidents = Incident.objects.filter(state=Incident.State.OPEN).count()
        self.stdout.write(f"{changed} changes; {flags} flags and {incidents} incidents are open.")
        failed = WatchRound.objects.exclude(last_error="").order_by("name").values_list("name", "last_error")
        if failed:
            raise CommandError("; ".join(f"The round “{name}” failed: {error}" for name, error in failed))
