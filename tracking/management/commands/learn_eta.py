"""Learn transit times now instead of tonight."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tracking.services.eta import LEAST, learn_transit_times


class Command(BaseCommand):
    """`manage.py learn_eta`."""

    help = "Learn transit times from our own deliveries and put them to use, as it happens every night."

    def handle(self, *args: Any, **options: Any) -> None:
        """Learn and say from how much."""
        model = learn_transit_times(at=timezone.now(), force=True)
        if model is None:
            self.stdout.write(f"Too little data: learning begins at {LEAST} deliveries. Nothing was learned.")
            return
        self.stdout.write(
            f"{model}: {model.deliveries} deliveries since {model.since}, {model.groups} groups."
        )
