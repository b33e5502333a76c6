"""Let something happen to a play parcel from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracking.models import Shipment
from tracking.sandbox_routes import SCENARIOS
from tracking.services.sandbox import NotASandboxParcel, TooLate, set_scenario
from tracking.services.shipments import tracking_key


class Command(BaseCommand):
    """`manage.py sandbox NUMBER SCENARIO`."""

    help = "Let a parcel of the sandbox carrier be late, lost, sent back, … from now on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("number", help="its tracking number, e.g. SBXN992725390")
        parser.add_argument("scenario", choices=list(SCENARIOS))

    def handle(self, *args: Any, **options: Any) -> None:
        """Set the scenario. Raises CommandError when there is no such parcel, or it is past that point."""
        parcels = Shipment.objects.current().filter(tracking_key=tracking_key(options["number"]))
        parcel = parcels.filter(account__carrier="sandbox").first() or parcels.first()
        if parcel is None:
            raise CommandError(f"No parcel has the number {options['number']}.")
        try:
            set_scenario(shipment_id=parcel.pk, scenario=options["scenario"], at=timezone.now())
        except (NotASandboxParcel, TooLate) as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"{parcel}: {options['scenario']} from now on.")
