"""Set up a store: its name, its platform, its secrets, its place in the world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator, validate_email
from django.db import transaction

from config.lib.guarded import Refused, check_address
from customers.models import Store


class ToolRefused(Exception):
    """Something staff wanted of a store's shop was not done; the text says why, in words for staff."""


@dataclass(frozen=True)
class SetUp:
    """What became of a store: `created`, and the names of the fields that were changed."""

    store: Store
    created: bool
    changed: tuple[str, ...]


@transaction.atomic
def set_up_store(*, slug: str, values: Mapping[str, Any]) -> SetUp:
    """
    Create the store `slug`, or bring it up to date; fields that are not in `values` keep what they hold.

    A new `webhook_secret` moves the old one to `webhook_secret_previous`, which is still accepted while the
    shop changes over. Raises: ValidationError by field.
    """
    store = Store.objects.select_for_update().filter(slug=slug).first()
    created = store is None
    if store is None:
        store = Store(slug=slug, name=slug.replace("-", " ").title())
    before = {name: getattr(store, name) for name in values}
    old_secret = store.webhook_secret
    for name, value in values.items():
        setattr(store, name, _tidy(name, value))
    if old_secret and store.webhook_secret != old_secret and "webhook_secret_previous" not in values:
        store.webhook_secret_previous = old_secret
    _check(store)
    changed = tuple(name for name in values if created or getattr(store, name) != before[name])
    if created or changed:
        store.save()
    return SetUp(store, created, changed)


def _tidy(name: str, value: Any) -> Any:
    if name in ("currency", "country"):
        return value.strip().upper()
    if name == "domain":
        return value.strip().lower()
    return value.strip() if isinstance(value, str) and "secret" not in name else value


def check_shop_api(value: str) -> None:
    """Raise ValidationError unless `value` is an address that a key may be sent to."""
    try:
        check_address(value)
    except Refused as exc:
        raise ValidationError(f"“{value}”: {exc}.") from exc
    if not value.startswith("https://"):
        raise ValidationError("The address has to begin with https://: a key is sent to it.")


def _check(store: Store) -> None:
    """Raise ValidationError by field for anything the portal or a message would stumble over later."""
    errors: dict[str, list[str]] = {}
    try:
        store.full_clean()
    except ValidationError as exc:
        errors.update(exc.message_dict)
    for name, check in _CHECKS.items():
        value = getattr(store, name)
        try:
            if value and name not in errors:
                check(value)
        except ValidationError as exc:
            errors[name] = exc.messages
    if store.domain and Store.objects.filter(domain=store.domain).exclude(pk=store.pk).exists():
        errors.setdefault("domain", ["Another store has this domain."])
    if errors:
        raise ValidationError(errors)


def _language(value: str) -> None:
    try:
        Locale.parse(value, sep="-")
    except (UnknownLocaleError, ValueError) as exc:
        raise ValidationError(f"“{value}” is not a language such as de or pt-BR.") from exc


def _country(value: str) -> None:
    if value not in get_global("territory_currencies"):
        raise ValidationError(f"“{value}” is not a two-letter country code such as DE.")


def _sender(value: str) -> None:
    name, address = parseaddr(value)
    if "\n" in value or "\r" in value or not address:
        raise ValidationError(f"“{value}” is not a sender such as Harbour & Pine <hello@example.com>.")
    validate_email(address)


_CHECKS: dict[str, Callable[[str], None]] = {
    "language": _language,
    "country": _country,
    "email_from": _sender,
    "api_url": check_shop_api,
    "domain": DomainNameValidator(),
}
