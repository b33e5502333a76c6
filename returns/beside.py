"""What returns have to do with an order, as columns of the query that finds it."""

from typing import Any

from django.db.models import Exists, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from returns.models import Return, ReturnSettings


def columns(order: str) -> dict[str, Any]:
    """
    Return `returns_enabled`, `returns_gifts` (as the store has set, else as a new store has it) and
    `returns_made` (gifts aside). `order`: the path to the order in the outer query, '' for a query of orders.
    """
    rules = ReturnSettings.objects.filter(store=OuterRef(f"{order}__store" if order else "store"))
    made = Return.objects.filter(order=OuterRef(order or "pk")).exclude(source=Return.Source.GIFT)
    return {
        "returns_enabled": Coalesce(Subquery(rules.values("enabled")[:1]), Value(True)),
        "returns_gifts": Coalesce(Subquery(rules.values("gift_returns")[:1]), Value(True)),
        "returns_made": Exists(made),
    }
