"""Create or update an account with a carrier from the command line."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tracking.services.carriers import set_up_carrier

# option -> field of CarrierAccount
FIELDS = {"carrier": "carrier", "name": "name", "secret": "secret", "api_key": "api_key", "config": "config"}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as exc:
        raise CommandError(f"--config: This is not JSON: {exc}") from exc


class Command(BaseCommand):
    """`manage.py setup_carrier SLUG`."""

    help = (
        "Create or update an account with a carrier. Options that are left out keep their value. "
        "Prints the webhook address."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; docs/api.md lists them."""
        parser.add_argument("slug", help="short name in addresses, e.g. easypost")
        parser.add_argument("--carrier", help=f"one of {', '.join(sorted(settings.CARRIERS))}")
        parser.add_argument("--name", help="as staff should read it")
        parser.add_argument("--secret", help="signs the carrier's webhooks")
        parser.add_argument("--api-key", help="lets us ask the carrier")
        parser.add_argument("--config", help="anything else this carrier needs, as a JSON object")
        state = parser.add_mutually_exclusive_group()
        state.add_argument("--disable", action="store_true", help="stop asking it and refuse its webhooks")
        state.add_argument("--enable", action="store_true", help="take it up again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set the account up. Raises CommandError naming each option that is wrong."""
        values = {field: options[option] for option, field in FIELDS.items() if options[option] is not None}
        if "config" in values:
            values["config"] = _json(values["config"])
        if options["disable"] or options["enable"]:
            values["enabled"] = options["enable"]
        try:
            made = set_up_carrier(slug=options["slug"], values=values)
        except ValidationError as exc:
            names = {field: f"--{option.replace('_', '-')}" for option, field in FIELDS.items()} | {
                "slug": "SLUG"
            }
            said = [
                f"{names.get(field, field)}: {' '.join(words)}" for field, words in exc.message_dict.items()
            ]
            raise CommandError("\n".join(said)) from exc
        account = made.account
        done = "created" if made.created else "updated" if made.changed else "unchanged"
        self.stdout.write(f"Carrier account {account.slug} {done}{'' if account.enabled else ', disabled'}.")
        self.stdout.write(f"Webhooks: {settings.BASE_URL}/webhooks/carriers/{account.slug}/")
