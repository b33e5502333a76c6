"""Recognise a person by what a shop says of them, and keep one profile up to date."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from customers.models import Customer, Identity, Store
from customers.services.consents import say

log = logging.getLogger(__name__)

DETAILS = ("name", "email", "phone", "language")


@dataclass(frozen=True)
class ConsentSaid:
    """
    What the person said about marketing on `channel`; `said_at` aware, None when the source does not say.
    """

    channel: str
    granted: bool
    said_at: datetime | None = None


@dataclass(frozen=True)
class PersonData:
    """A person as one source knows them; '' where it does not. `version` sorts by age."""

    external_id: str = ""
    email: str = ""
    email_verified: bool = False
    phone: str = ""
    name: str = ""
    language: str = ""
    version: str = ""
    consents: tuple[ConsentSaid, ...] = field(default=())


def email_key(email: str) -> str:
    """
    Return an address as it is compared: trimmed, lower case (which may be longer: 'İ'). The part before @
    is not otherwise touched.
    """
    return email.strip().lower()[:254]


@transaction.atomic
def resolve_customer(*, data: PersonData, store: Store, source: str, at: datetime) -> Customer | None:
    """
    Return the customer `data` describes, made or brought up to date.

    Matched by the shop's id first, then by e-mail, then (without an e-mail) by phone. Each detail is taken
    from the newest `version` that names it, whatever order messages arrive in. `source` is noted with
    consents.
    Returns None for nobody (no id, e-mail or phone).
    """
    keys = _keys(data, store)
    if not keys:
        return None
    customer = _find(keys) or _make(keys, data) or _find(keys)
    if customer is None:  # who had been first with the same person has been deleted since
        raise Customer.DoesNotExist
    customer = _hold(customer.pk)
    for key in keys:
        _identify(customer, key, data)
    _update(customer, data)
    for said in data.consents:
        # A word without a time of its own counts from now, and never turns a no into a yes.
        moment = said.said_at or at
        say(
            customer,
            channel=said.channel,
            granted=said.granted,
            source=source,
            at=moment,
            dated=said.said_at is not None,
        )
    return customer


def _keys(data: PersonData, store: Store) -> list[tuple[str, Store | None, str]]:
    """Return what identifies the person, strongest first."""
    keys: list[tuple[str, Store | None, str]] = []
    if data.external_id:
        keys.append((Identity.Kind.EXTERNAL, store, data.external_id))
    if data.email:
        keys.append((Identity.Kind.EMAIL, None, email_key(data.email)))
    elif data.phone:
        keys.append((Identity.Kind.PHONE, None, data.phone))
    return keys


def _find(keys: list[tuple[str, Store | None, str]]) -> Customer | None:
    for kind, store, value in keys:
        match = (
            Identity.objects.select_related("customer").filter(kind=kind, store=store, value=value).first()
        )
        if match:
            return match.customer
    return None


def current(customer: Customer) -> Customer:
    """Return the profile that stands for `customer`: itself, or the one it was merged into."""
    while customer.merged_into_id is not None and customer.merged_into is not None:
        customer = customer.merged_into
    return customer


def merged_ids(customer_id: int) -> set[int]:
    """Return the ids of a profile and of all that were merged into it, directly or by way of others."""
    found, fresh = {customer_id}, {customer_id}
    while fresh:
        into = Customer.objects.filter(merged_into__in=fresh)
        fresh = set(into.values_list("pk", flat=True)) - found
        found |= fresh
    return found


class Merged(Exception):
    """A profile that was to be locked stands for nobody any more."""


def _hold(customer_id: int) -> Customer:
    """Return a profile, locked: the one it was merged into meanwhile, if it was."""
    while True:
        try:
            # Rolled back, a savepoint gives its lock free: who waits for one profile must not hold another.
            with transaction.atomic():
                customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
                if customer.merged_into_id is None:
                    return customer
                customer_id = customer.merged_into_id
                raise Merged
        except Merged:
            continue


class _Taken(Exception):
    """Another transaction was first with the same person."""


def _make(keys: list[tuple[str, Store | None, str]], data: PersonData) -> Customer | None:
    """Return a new customer with `keys`, None (and nothing made) when one of them is somebody's by now."""
    try:
        with transaction.atomic():
            customer = Customer.objects.create()
            for key in keys:
                if _identify(customer, key, data).customer_id != customer.pk:
                    raise _Taken
    except _Taken:
        return None
    return customer


def _identify(customer: Customer, key: tuple[str, Store | None, str], data: PersonData) -> Identity:
    """Return the identity for `key`, made for `customer` when new. One that is another's stays theirs."""
    kind, store, value = key
    try:
        with transaction.atomic():
            identity, made = Identity.objects.select_related("customer").get_or_create(
                kind=kind, store=store, value=value, defaults={"customer": customer}
            )
    except IntegrityError:
        identity = Identity.objects.select_related("customer").get(kind=kind, store=store, value=value)
        made = False
    if not made and identity.customer_id != customer.pk:
        log.warning(
            "identity %s belongs to customer %s, not %s", identity.pk, identity.customer_id, customer.pk
        )
    if kind == Identity.Kind.EMAIL and data.email_verified and not identity.verified:
        Identity.objects.filter(pk=identity.pk).update(verified=True)
    return identity


def _update(customer: Customer, data: PersonData) -> None:
    """Take over each detail that is newer than the one held; blanks never overwrite. The caller holds it."""
    for name in DETAILS:
        value = getattr(data, name).strip()
        if value and (data.version > customer.versions.get(name, "") or not getattr(customer, name)):
            setattr(customer, name, value)
            customer.versions[name] = data.version
    customer.save()
