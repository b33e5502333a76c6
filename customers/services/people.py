"""Recognise a person by what a shop says of them, and keep one profile up to date."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from customers.models import Consent, Customer, Identity, Store

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
    for key in keys:
        _identify(customer, key, data)
    _update(customer, data)
    for consent in data.consents:
        _record_consent(customer, consent, source=source, at=at)
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
    """Take over each detail that is newer than the one held; blanks never overwrite."""
    current = Customer.objects.select_for_update().get(pk=customer.pk)
    for name in DETAILS:
        value = getattr(data, name).strip()
        if value and (data.version > current.versions.get(name, "") or not getattr(current, name)):
            setattr(current, name, value)
            current.versions[name] = data.version
        setattr(customer, name, getattr(current, name))
    customer.versions = current.versions
    current.save()


def _record_consent(customer: Customer, said: ConsentSaid, *, source: str, at: datetime) -> None:
    """Keep the latest word per channel."""
    said_at = said.said_at or at
    consent, made = Consent.objects.get_or_create(
        customer=customer,
        channel=said.channel,
        purpose=Consent.Purpose.MARKETING,
        defaults={"granted": said.granted, "source": source, "said_at": said_at},
    )
    if not made and said_at > consent.said_at:
        Consent.objects.filter(pk=consent.pk).update(granted=said.granted, source=source, said_at=said_at)
