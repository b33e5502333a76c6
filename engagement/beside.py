"""What the conversation has beside an order, as columns of the query that finds it (tracking/beside.py)."""

from typing import Any

from django.db.models import Count, OuterRef, Subquery

from engagement.models import InboxItem


def columns(order: str) -> dict[str, Any]:
    """
    Return `inbox` (how many messages its page shows, None for none) and `inbox_new` (how many of them are
    unread). `order`: the path to the order in the outer query, '' for a query of orders.
    """
    mine = InboxItem.objects.filter(order=OuterRef(order or "pk"))
    return {"inbox": _count(mine), "inbox_new": _count(mine.filter(read_at=None))}


def _count(items: Any) -> Subquery:
    return Subquery(items.order_by().values("order").annotate(n=Count("pk")).values("n"))
