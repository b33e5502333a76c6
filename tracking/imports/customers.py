"""Rows of a file of customers -> CustomerData, with what they said about marketing."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from tracking.imports.cells import Cells, Record, each
from tracking.imports.matching import Plan
from tracking.imports.rows import Row
from tracking.shops.base import ConsentData, CustomerData


@dataclass(frozen=True)
class CustomerRow:
    """A person as a file tells them. `source` is where consents were given; one without a time has None."""

    customer: CustomerData
    source: str = ""


def key(row: Row, plan: Plan) -> str:
    """Return what makes a row one person: the shop's id, else the e-mail, else the phone number."""
    cells = Cells(row, plan)
    return cells.text("customer_id", 64) or cells.text("email", 254).lower() or cells.text("phone")


def record(rows: tuple[Row, ...], plan: Plan) -> Record:
    """Return the person one row describes. Raises: BadRows."""
    ((told, changed_at, left_out),), _ = each(rows, plan, _person)
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:32]
    return Record(key(rows[0], plan), rows, told, digest, changed_at, tuple(sorted(set(left_out))))


def _person(cells: Cells) -> tuple[CustomerRow, datetime | None, list[str]]:
    zone = cells.zone()
    email = cells.email("email")
    phone = cells.phone("phone", cells.country("country"))
    external_id = cells.identifier("customer_id")
    if not (email or phone or external_id):
        named = next((name for name in ("email", "phone") if cells.text(name)), "")
        if named:
            raise cells.wrong(
                named, f"“{cells.text(named)[:60]}” cannot be one, and nothing else names the person."
            )
        raise cells.wrong("email", "nothing in this row names the person: no id, e-mail or phone number.")
    parts = (cells.text("first_name"), cells.text("last_name"))
    customer = CustomerData(
        external_id=external_id,
        email=email,
        phone=phone,
        name=cells.text("name") or " ".join(filter(None, parts))[:200],
        language=cells.text("language", 10),
        consents=tuple(_consents(cells, zone, email=email, phone=phone)),
    )
    return (
        CustomerRow(customer, cells.text("consent_source", 80)),
        cells.moment("updated_at", zone),
        cells.left_out,
    )


def _consents(cells: Cells, zone: str, **address: str) -> list[ConsentData]:
    found = []
    for channel, has in (("email", address["email"]), ("sms", address["phone"])):
        granted = cells.flag(f"{channel}_consent")
        if granted is not None and (has or not granted):
            found.append(ConsentData(channel, granted, cells.moment(f"{channel}_consent_at", zone)))
    return found
