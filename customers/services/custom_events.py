"""What partners tell us in their own words: POST /api/v1/events/. Journeys can hear each."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from customers import outbox
from customers.events import CUSTOM
from customers.models import Customer, Event, Identity, Store
from customers.services.people import PersonData, current, email_key, resolve_customer

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}(?:\.[a-z0-9_]{1,39})?", re.ASCII)
MEMBER = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
MAX_BYTES = 10_000
MAX_MEMBERS = 50
MAX_KIND = 80  # characters, as Event.kind holds


class BadEvent(ValueError):
    """What was sent is no event of ours. `field` says where, the text why."""

    def __init__(self, field: str, words: str) -> None:
        self.field = field
        super().__init__(words)


class Told(ValueError):
    """The id came before, with something else."""


def kind_of(store: Store, name: str) -> str:
    """Return the kind that events called `name` of a store have. Raises: BadEvent for a bad name."""
    if not NAME.fullmatch(name):
        raise BadEvent("name", "Small letters, digits and _, with at most one dot: “pos.visit”.")
    kind = f"{CUSTOM}{store.slug}.{name}"
    if len(kind) > MAX_KIND:
        raise BadEvent("name", f"Together with the store it is longer than {MAX_KIND} characters.")
    return kind


def checked(data: Any) -> dict[str, Any]:
    """
    Return what an event carries, checked: flat, at most 10 kB, names of our own ids left to us.

    Raises: BadEvent. Names that end in _id would be taken for our keys by whatever hears the event.
    """
    if not isinstance(data, Mapping):
        raise BadEvent("data", "This is an object.")
    if len(data) > MAX_MEMBERS:
        raise BadEvent("data", f"It has at most {MAX_MEMBERS} members.")
    for name, value in data.items():
        if not MEMBER.fullmatch(str(name)):
            raise BadEvent("data", f"“{str(name)[:40]}”: small letters, digits and _, 40 at most.")
        if name == "name" or name == "shipments" or name.endswith("_id"):
            raise BadEvent("data", f"“{name}” is a name we use ourselves. Call it otherwise.")
        if not isinstance(value, str | int | float | bool | None):
            raise BadEvent("data", f"“{name}” is an object or a list: the members are plain values.")
    if len(json.dumps(data, ensure_ascii=False).encode()) > MAX_BYTES:
        raise BadEvent("data", f"It has at most {MAX_BYTES} bytes.")
    return dict(data)


def known(store: Store, person: PersonData, visible: models.Q) -> Customer | None:
    """
    Return the customer whom `person` names: by the shop's id, else e-mail, else phone. Somebody the store has
    nothing to do with (`visible`, a condition on customers) is nobody: who asks learns nothing of them.
    """
    keys = [
        (Identity.Kind.EXTERNAL, store, person.external_id),
        (Identity.Kind.EMAIL, None, email_key(person.email)),
        (Identity.Kind.PHONE, None, person.phone),
    ]
    for kind, where, value in keys:
        if not value:
            continue
        found = (
            Identity.objects.select_related("customer__merged_into")
            .filter(kind=kind, store=where, value=value, removed_at=None)
            .first()
        )
        if found is not None:
            customer = current(found.customer)
            if kind == Identity.Kind.EXTERNAL or Customer.objects.filter(visible, pk=customer.pk).exists():
                return customer
    return None


@transaction.atomic
def tell(
    *,
    store: Store,
    name: str,
    event_id: str,
    customer: Customer,
    occurred_at: datetime,
    data: Mapping[str, Any],
    subject: models.Model | None = None,
    ids: Mapping[str, int] | None = None,
) -> tuple[Event, bool]:
    """
    Publish what a partner told, once per `event_id` and store. `ids` are keys of ours that go with it.

    Returns: the event, and whether it is new. Raises: BadEvent; Told for an id that came with something else.
    """
    kind = kind_of(store, name)
    told = {"name": name, **checked(data), **(ids or {})}
    key = f"custom:{store.pk}:{event_id}"
    made = outbox.publish(
        kind,
        key=key,
        occurred_at=occurred_at,
        store=store,
        customer=customer,
        subject=subject,
        data=told,
    )
    if made is not None:
        return made, True
    before = Event.objects.get(key=key)
    same = (before.kind, before.customer_id, before.occurred_at, before.data)
    if same != (kind, customer.pk, occurred_at, told):
        raise Told("This id came before, with something else. One id is one event.")
    return before, False


def make_customer(store: Store, person: PersonData, *, source: str, at: datetime) -> Customer | None:
    """Return the customer whom `person` names, made where there is none; None for nobody."""
    return resolve_customer(data=person, store=store, source=source, at=at)
