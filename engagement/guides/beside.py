"""Whether an order's store has guides at all, as columns of the query that opens the order's page."""

from typing import Any

from django.db.models import Count, Max, OuterRef, Subquery

from engagement.models import Guide


def columns(order: str) -> dict[str, Any]:
    """
    Return `guides` (how many the store shows, None for none) and `guides_at` (when the newest of them was
    changed: a page seen before is another one then). `order`: the path to it, '' for a query of orders.
    """
    live = Guide.objects.filter(store=OuterRef(f"{order}__store" if order else "store"), live=True)
    rows = live.order_by().values("store")
    return {
        "guides": Subquery(rows.annotate(n=Count("pk")).values("n")),
        "guides_at": Subquery(rows.annotate(at=Max("updated_at")).values("at")),
    }
