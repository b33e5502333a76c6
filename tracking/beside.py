"""
What else there is to an order beside its lines and parcels, learned in the one query that opens its page, so
that nothing is asked for that is not there.
"""

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.module_loading import import_string

from tracking.models import Link, MakeGood


def columns(order: str) -> dict[str, Any]:
    """
    Return `offers` (make-goods) and `links` (to share, for a gift): whether there are any. `order`: the path
    to the order in the outer query.
    """
    made = MakeGood.objects.filter(order=OuterRef(order)).exclude(choices=[])
    return {"offers": Exists(made), "links": Exists(living_links(OuterRef(order)))}


def living_links(order: Any) -> Any:
    """Return the links of an order that were made to be handed on, the oldest first."""
    handed_on = (Link.Purpose.SHARE, Link.Purpose.GIFT)
    return Link.objects.filter(order=order, purpose__in=handed_on, revoked_at=None, expires_at=None).order_by(
        "pk"
    )


def all_columns(order: str) -> dict[str, Any]:
    """Return every column of settings.BESIDE_ORDER, for a query in which `order` leads to the order."""
    found: dict[str, Any] = {}
    for path in settings.BESIDE_ORDER:
        found |= import_string(path)(order)
    return found
