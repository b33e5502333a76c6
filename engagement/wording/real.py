"""
The data of a message about somebody real, to try words on. Nothing is kept: what building the data writes is
undone, and the links in it open nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.models import Customer, Store
from engagement import context, samples
from engagement.kinds import kind_of
from engagement.models import Message
from engagement.wording.checks import sample_language
from returns.models import Return
from tracking.models import Order

# Part of an address of ours that may be a token: long, and no word.
_TOKEN = re.compile(r"(?<=/)[\w=.:-]{22,}(?=[/?]|$)")
_HIDDEN = "preview"


@dataclass(frozen=True)
class Chosen:
    """Whom words are tried on: an order, or a customer without one; `label` in words for staff."""

    store: Store
    order: Order | None = None
    customer: Customer | None = None
    label: str = ""


@dataclass(frozen=True)
class Trial:
    """Data to fill words with: `made_up` names what is not of the one chosen."""

    data: dict[str, Any]
    label: str
    made_up: tuple[str, ...] = field(default=())


def find(store: Store, text: str) -> Chosen | None:
    """
    Return the order of `store` with this number, else the newest of the customer with this e-mail address,
    else the customer; None for nobody.
    """
    text = text.strip()
    orders = (
        Order.objects.filter(store=store).select_related("store", "customer").order_by("-placed_at", "-pk")
    )
    found = (
        orders.filter(email_key=text.lower())
        if "@" in text
        else orders.filter(number_key=text.lstrip("#").upper())
    )
    order = found.first() if text else None
    if order is not None:
        return Chosen(store, order, order.customer, f"order {order.number}")
    customer = Customer.objects.filter(email__iexact=text).order_by("pk").first() if "@" in text else None
    # A person who has nothing to do with this store is nobody to it.
    if customer is None or not customer.orders.filter(store=store).exists():
        return None
    return Chosen(store, customer.orders.filter(store=store).order_by("-placed_at").first(), customer, text)


def newest(store: Store) -> Chosen | None:
    """Return the newest order of `store`, None when there is none yet."""
    orders = Order.objects.filter(store=store).select_related("store", "customer")
    order = orders.order_by("-placed_at", "-pk").first()
    return Chosen(store, order, order.customer, f"order {order.number}") if order else None


def trial(kind: str, chosen: Chosen | None, *, language: str, at: datetime) -> Trial:
    """
    Return data of a `kind` message for `chosen`, in `language`; without somebody, made up from the ground.

    What the one chosen does not have (nothing came back yet) is made up, and named.
    """
    made_up = samples.sample(kind, sample_language(language))
    if chosen is None:
        return Trial(made_up, "somebody made up", ("everything",))
    real = _without_tokens(_real(kind, chosen, language, at))
    missing = {name: value for name, value in made_up.items() if real.get(name) in (None, "", [], {})}
    wanted = {name: value for name, value in missing.items() if value not in (None, "", [], {}, 0, False)}
    return Trial({**real, **wanted}, chosen.label, tuple(sorted(wanted)))


def _real(kind: str, chosen: Chosen, language: str, at: datetime) -> dict[str, Any]:
    """Build the data as sending would, and undo what that wrote (a link that had to be made)."""
    message = Message(
        store=chosen.store,
        order=chosen.order,
        customer=chosen.customer,
        kind=kind,
        purpose=kind_of(kind).purpose,
        context=_ids(kind, chosen.order),
    )
    with transaction.atomic():
        facts = context.load(message)
        data = context.build(facts, language=language, at=at)
        transaction.set_rollback(True)
    return data


def _ids(kind: str, order: Order | None) -> dict[str, Any]:
    """Return the ids a message of `kind` about `order` would hold: its newest parcels, its newest return."""
    if order is None:
        return {}
    ids: dict[str, Any] = {"shipments": list(order.shipments.current().values_list("pk", flat=True))}
    if kind_of(kind).about_returns:
        ret = Return.objects.filter(order=order).order_by("-pk").first()
        if ret is not None:
            newest: dict[str, Any] = {
                "refund_id": ret.refunds,
                "credit_id": ret.credits,
                "exchange_id": ret.exchanges,
            }
            ids["return_id"] = ret.pk
            ids |= {
                name: rows.order_by("-pk").values_list("pk", flat=True).first()
                for name, rows in newest.items()
            }
    flag = order.flags.order_by("-pk").first()
    made = order.make_goods.order_by("-pk").first()
    return ids | ({"flag_id": flag.pk} if flag else {}) | ({"make_good_id": made.pk} if made else {})


def _without_tokens(value: Any) -> Any:
    """Return `value` with every token in an address replaced, and a code by zeros."""
    if isinstance(value, Mapping):
        return {
            name: "000000"
            if name == "code" and isinstance(inner, str) and inner.isdecimal()
            else _without_tokens(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_tokens(inner) for inner in value]
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return _TOKEN.sub(_HIDDEN, value)
    return value
