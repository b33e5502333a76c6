"""What a shop is asked for, between the dataclasses of `tracking.shops.client` and a ledger row's JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tracking.models import ShopAction
from tracking.shops.base import AddressData
from tracking.shops.client import Ability, NewDiscount, NewLine, NewOrder, RefundOrder, StockChange

Wanted = RefundOrder | NewOrder | StockChange | NewDiscount
Kind = ShopAction.Kind

MADE_OF: dict[str, type[Wanted]] = {
    Kind.REFUND: RefundOrder,
    Kind.ORDER: NewOrder,
    Kind.STOCK: StockChange,
    Kind.DISCOUNT: NewDiscount,
}
ABILITY = {
    Kind.REFUND: Ability.REFUND,
    Kind.ORDER: Ability.ORDER,
    Kind.STOCK: Ability.STOCK,
    Kind.DISCOUNT: Ability.DISCOUNT,
}
# Beside the request: the platform it was meant for, whose numbers mean nothing in another.
SHOP = "platform"
# What of a request says who somebody is; it leaves the ledger once nobody needs it any more.
PERSONAL = ("email", "phone", "ship_to", "customer_external_id")


def to_json(wanted: Wanted | Mapping[str, Any]) -> dict[str, Any]:
    """Return a request as plain JSON; times become ISO texts."""
    fields = dict(wanted) if isinstance(wanted, Mapping) else asdict(wanted)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()
    }


def from_json(kind: str, fields: Mapping[str, Any]) -> Wanted:
    """
    Return the request that `fields` describe. Raises: KeyError, TypeError or ValueError when they do not.
    """
    given = {name: value for name, value in fields.items() if name != SHOP}
    if kind == Kind.REFUND:
        given["lines"] = tuple(
            (str(line), int(quantity), bool(back)) for line, quantity, back in given.get("lines", ())
        )
    elif kind == Kind.ORDER:
        given["lines"] = tuple(NewLine(**line) for line in given["lines"])
        given["tags"] = tuple(given.get("tags", ()))
        to = dict(given["ship_to"])
        given["ship_to"] = AddressData(**{**to, "lines": tuple(to.get("lines", ()))})
    elif kind == Kind.DISCOUNT:
        given["starts_at"] = datetime.fromisoformat(given["starts_at"])
        given["ends_at"] = datetime.fromisoformat(given["ends_at"]) if given.get("ends_at") else None
    return MADE_OF[kind](**given)


def without_person(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request as books keep it: what and how much, not for whom."""
    return {name: value for name, value in fields.items() if name not in PERSONAL}
