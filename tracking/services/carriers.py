"""Set up an account with a carrier or aggregator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from customers.worker import wake
from tracking.models import CarrierAccount


@dataclass(frozen=True)
class AccountSetUp:
    """What became of a carrier account: `created`, and the names of the fields that were changed."""

    account: CarrierAccount
    created: bool
    changed: tuple[str, ...]


@transaction.atomic
def set_up_carrier(*, slug: str, values: Mapping[str, Any]) -> AccountSetUp:
    """
    Create the account `slug`, or bring it up to date; fields that are not in `values` keep what they hold.

    New credentials end a pause that failures with the old ones had caused. Raises: ValidationError by field;
    the one for an unknown carrier names those that are known.
    """
    account = CarrierAccount.objects.select_for_update().filter(slug=slug).first()
    created = account is None
    if account is None:
        account = CarrierAccount(slug=slug)
    before = {name: getattr(account, name) for name in values}
    for name, value in values.items():
        setattr(account, name, value)
    _check(account)
    changed = tuple(name for name in values if created or getattr(account, name) != before[name])
    if {"api_key", "config", "enabled"} & set(changed):
        account.resume_at, account.failing_since, account.failures, account.last_error = None, None, 0, ""
    if created or changed:
        account.save()
        wake("poll")
    return AccountSetUp(account, created, changed)


def _check(account: CarrierAccount) -> None:
    codes = {*settings.CARRIERS, *settings.LABELS}
    known = ", ".join(sorted(codes))
    if account.carrier not in codes:
        said = (
            f"“{account.carrier}” is not a carrier we know."
            if account.carrier
            else "Say which carrier it is."
        )
        raise ValidationError({"carrier": [f"{said} Known: {known}."]})
    if not isinstance(account.config, dict):
        raise ValidationError({"config": ["This is not a JSON object."]})
    account.full_clean()
