"""Create or update a store from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from customers.models import Store
from customers.services.stores import set_up_store

# option -> field of Store
FIELDS = {
    "name": "name",
    "platform": "platform",
    "secret": "webhook_secret",
    "secret_previous": "webhook_secret_previous",
    "currency": "currency",
    "timezone": "timezone",
    "language": "language",
    "email_from": "email_from",
    "domain": "domain",
    "country": "country",
    "brand_color": "brand_color",
    "support_email": "support_email",
    "api_url": "api_url",
    "api_key": "api_key",
    "api_secret": "api_secret",
}


def complaint(exc: ValidationError, fields: dict[str, str], argument: str) -> CommandError:
    """
    Return the errors of a service as a CommandError that speaks of options; `argument` is what `slug` is
    called.
    """
    options = {field: f"--{option.replace('_', '-')}" for option, field in fields.items()} | {
        "slug": argument
    }
    lines = [f"{options.get(field, field)}: {' '.join(said)}" for field, said in exc.message_dict.items()]
    return CommandError("\n".join(lines))


class Command(BaseCommand):
    """`manage.py setup_store SLUG`."""

    help = "Create or update a store. Options that are left out keep their value. Prints the webhook address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; docs/api.md lists them."""
        parser.add_argument("slug", help="short name in addresses, e.g. harbour-pine")
        parser.add_argument("--name", help="as shoppers know it")
        parser.add_argument("--platform", choices=Store.Platform.values, help="the shop it sells through")
        parser.add_argument(
            "--secret", help="signs the shop's webhooks; the old one stays valid as the previous one"
        )
        parser.add_argument("--secret-previous", help="also accepted; '' forgets it")
        parser.add_argument("--currency", help="ISO 4217, e.g. EUR")
        parser.add_argument("--timezone", help="IANA name, e.g. Europe/Berlin")
        parser.add_argument("--language", help="e.g. de")
        parser.add_argument(
            "--email-from", help="sender of messages, e.g. 'Harbour & Pine <hello@example.com>'"
        )
        parser.add_argument("--domain", help="host name of its own portal, if it has one")
        parser.add_argument("--country", help="where parcels leave from, two letters")
        parser.add_argument("--brand-color", help="e.g. #b4532a")
        parser.add_argument("--support-email", help="where shoppers write to")
        parser.add_argument("--api-url", help="the shop's own address, e.g. https://example.myshopify.com")
        parser.add_argument("--api-key", help="WooCommerce: the consumer key of its REST API")
        parser.add_argument(
            "--api-secret", help="Shopify: the app's access token; WooCommerce: the consumer secret"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Set the store up. Raises CommandError naming each option that is wrong."""
        values = {field: options[option] for option, field in FIELDS.items() if options[option] is not None}
        try:
            made = set_up_store(slug=options["slug"], values=values)
        except ValidationError as exc:
            raise complaint(exc, FIELDS, "SLUG") from exc
        store = made.store
        done = "created" if made.created else "updated" if made.changed else "unchanged"
        self.stdout.write(f"Store {store.slug} {done}.")
        if store.platform == Store.Platform.NONE:
            return
        self.stdout.write(f"Webhooks: {settings.BASE_URL}/webhooks/shops/{store.slug}/")
        if not store.webhook_secret:
            self.stderr.write(
                "It has no secret yet, so every webhook will be refused: set one with --secret."
            )
        if store.platform not in settings.SHOPS:
            self.stderr.write(
                f"This installation has no plug-in for {store.platform}: its webhooks will be refused."
            )
