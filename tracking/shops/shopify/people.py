"""Customers as Shopify describes them: by themselves and inside orders."""

import re
from datetime import datetime

from tracking import reading
from tracking.places import country, phone
from tracking.reading import Record
from tracking.shops.base import AddressData, ConsentData, CustomerData
from tracking.shops.words import email
from tracking.versions import version

# States of marketing consent in which a person has said something. "not_subscribed", "pending" and "invalid"
# are silence: they must not overrule what was said elsewhere.
_SAID = {"subscribed": True, "unsubscribed": False, "redacted": False}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)


def customer(told: Record, currency: str) -> CustomerData:
    """Translate a customer. Raises: BadPayload."""
    made = described(told)
    reading.identifier(told.get("id"), "the customer's id")
    return made


def described(told: Record, *, versioned: bool = True) -> CustomerData:
    """
    Translate a customer that may be a guest without an id; `versioned` unless it is a part of one only, which
    must not overrule whole ones. Raises: BadPayload.
    """
    home = reading.optional(told.get("default_address"), "default_address")
    updated_at = reading.moment(told.get("updated_at"), "updated_at")
    number = reading.text(told.get("phone"), "phone") or reading.text(home.get("phone"), "phone")
    return CustomerData(
        external_id=reading.maybe_identifier(told.get("id"), "the customer's id"),
        email=email(told.get("email")),
        email_verified=told.get("verified_email") is True,
        phone=phone(number, country_of(home)),
        name=name_of(told) or name_of(home),
        language=language(told.get("locale")),
        consents=_consents(told, updated_at),
        version=version(updated_at, reading.canonical(told)) if versioned else "",
    )


def language(value: object) -> str:
    """Return a language tag of at most 10 characters, e.g. 'de' or 'pt-BR', '' when there is none."""
    found = reading.text(value, "language").replace("_", "-")
    if not _LANGUAGE.fullmatch(found):
        return ""
    while len(found) > 10:
        found = found.rpartition("-")[0]
    return found


def name_of(told: Record) -> str:
    """Return a person's full name from an address or a customer."""
    whole = reading.text(told.get("name"), "name")
    parts = (reading.text(told.get(part), part) for part in ("first_name", "last_name"))
    return whole or " ".join(part for part in parts if part)[:200]


def country_of(address: Record) -> str:
    """Return the country of an address, ISO 3166-1 alpha-2."""
    return country(
        *(reading.text(address.get(part), part) for part in ("country_code", "country", "country_name"))
    )


def address(told: Record) -> AddressData:
    """Translate a postal address. Raises: BadPayload."""
    lines = (reading.text(told.get(part), part) for part in ("company", "address1", "address2"))
    return AddressData(
        name=name_of(told),
        lines=tuple(line for line in lines if line),
        city=reading.text(told.get("city"), "city", 120),
        region=region_of(told),
        postcode=reading.text(told.get("zip"), "zip", 20),
        country=country_of(told),
    )


def region_of(address: Record) -> str:
    """Return the state or province of an address, by its code where there is one."""
    code = reading.text(address.get("province_code"), "province_code", 120)
    return code or reading.text(address.get("province"), "province", 120)


def _consents(told: Record, updated_at: datetime | None) -> tuple[ConsentData, ...]:
    """Return what the person said about marketing: by the newer fields, for e-mail else by the older ones."""
    found = []
    for channel, name in (("email", "email_marketing_consent"), ("sms", "sms_marketing_consent")):
        consent = reading.optional(told.get(name), name)
        state = reading.text(consent.get("state"), "state")
        if state in _SAID:
            said_at = reading.moment(consent.get("consent_updated_at"), "consent_updated_at")
            found.append(ConsentData(channel, _SAID[state], said_at or updated_at))
    accepts = told.get("accepts_marketing")
    said_at = reading.moment(told.get("accepts_marketing_updated_at"), "accepts_marketing_updated_at")
    if not told.get("email_marketing_consent") and (accepts is True or (accepts is False and said_at)):
        found.insert(0, ConsentData("email", accepts, said_at or updated_at))
    return tuple(found)
