"""Customers as WooCommerce describes them, and the addresses of orders."""

from collections.abc import Sequence

from tracking import reading
from tracking.places import country, phone
from tracking.reading import Record
from tracking.shops.base import AddressData, CustomerData, Fact
from tracking.shops.woocommerce import php
from tracking.shops.words import email
from tracking.versions import version


def customer(told: Record, currency: str) -> Sequence[Fact]:
    """Translate a customer. Raises: BadPayload."""
    billing = php.optional(told.get("billing"), "billing")
    changed_at = php.moment(told, "date_modified") or php.moment(told, "date_created")
    made = CustomerData(
        external_id=reading.identifier(told.get("id"), "the customer's id"),
        email=email(told.get("email")) or email(billing.get("email")),
        phone=phone_of(billing),
        name=name_of(told) or name_of(billing),
        version=version(changed_at, reading.canonical(told)),
    )
    return [made]


def name_of(told: Record) -> str:
    """Return a person's full name from an address or a customer."""
    parts = (reading.text(told.get(part), part) for part in ("first_name", "last_name"))
    return " ".join(part for part in parts if part)[:200]


def phone_of(*addresses: Record) -> str:
    """Return the first number that is one in E.164, read in the countries of the addresses; '' for none."""
    regions = tuple(filter(None, map(country_of, addresses)))
    numbers = (reading.text(address.get("phone"), "phone") for address in addresses)
    return next(filter(None, (phone(number, *regions) for number in numbers if number)), "")


def country_of(address: Record) -> str:
    """Return the country of an address, ISO 3166-1 alpha-2."""
    return country(reading.text(address.get("country"), "country"))


def is_written(address: Record) -> bool:
    """Say whether an address says where to go; WooCommerce sends empty ones for what is not shipped."""
    parts = ("address_1", "address_2", "city", "postcode")
    return any(reading.text(address.get(part), part) for part in parts)


def address(told: Record) -> AddressData:
    """Translate a postal address. Raises: BadPayload."""
    lines = (reading.text(told.get(part), part) for part in ("company", "address_1", "address_2"))
    return AddressData(
        name=name_of(told),
        lines=tuple(line for line in lines if line),
        city=reading.text(told.get("city"), "city", 120),
        region=reading.text(told.get("state"), "state", 120),
        postcode=reading.text(told.get("postcode"), "postcode", 20),
        country=country_of(told),
    )
