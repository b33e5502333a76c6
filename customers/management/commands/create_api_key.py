"""Make an API key from the command line."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.models.partners import SCOPES
from customers.services.partners import BadPartner, UnknownScope, UnknownStore, issue_key


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


class Command(BaseCommand):
    """`manage.py create_api_key PARTNER`."""

    help = "Make an API key for a partner (made when new) and print it: it is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; docs/api.md lists them."""
        parser.add_argument("partner", help="short name or name, e.g. acme-logistics")
        parser.add_argument("--scopes", required=True, help=f"comma-separated: {', '.join(SCOPES)}")
        parser.add_argument("--stores", help="comma-separated store slugs; every store if left out")
        parser.add_argument("--expires-days", type=int, help="days until it ends; never if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the key, and nothing else, on stdout. Raises CommandError for what does not exist."""
        days = options["expires_days"]
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--expires-days: 1 to 3650.")
        try:
            made = issue_key(
                partner=options["partner"],
                scopes=_words(options["scopes"]),
                stores=None if options["stores"] is None else _words(options["stores"]),
                expires_at=timezone.now() + timedelta(days=days) if days else None,
            )
        except UnknownScope as exc:
            raise CommandError(f"--scopes: {exc}") from exc
        except UnknownStore as exc:
            raise CommandError(f"--stores: {exc}") from exc
        except BadPartner as exc:
            raise CommandError(f"PARTNER: {exc}") from exc
        partner = made.row.partner
        self.stderr.write(
            f"Key {made.row.prefix}… of {'the new partner ' if made.partner_is_new else ''}{partner.slug}"
            f" for {options['stores'] or 'every store'}. It is shown this once: keep it now."
        )
        self.stdout.write(made.text)
