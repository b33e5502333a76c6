"""The address of an order's page, for whoever the key may give it to."""

from collections.abc import Iterable

from django.conf import settings

from customers.models import Store
from tracking.access import token
from tracking.models import Link, Order


def origin_of(store: Store) -> str:
    """Return where the store's portal is, e.g. https://orders.example.com."""
    return f"https://{store.domain}" if store.domain else settings.BASE_URL


def page_addresses(orders: Iterable[Order], purpose: str) -> dict[int, str]:
    """
    Return {order id: address of its page}, for a link of `purpose`, in the same few queries for any number of
    orders.

    Links that do not exist yet are made. Of several without an end the oldest is taken, so the address stays
    the same.
    """
    wanted = {order.pk: order for order in orders}
    found: dict[int, Link] = {}
    for link in Link.objects.filter(
        order__in=wanted, purpose=purpose, revoked_at=None, expires_at=None
    ).order_by("-pk"):
        found[link.order_id] = link
    missing = [Link(order_id=pk, purpose=purpose) for pk in wanted if pk not in found]
    for link in Link.objects.bulk_create(missing):
        found[link.order_id] = link
    return {pk: f"{origin_of(order.store)}/o/{token(found[pk])}/" for pk, order in wanted.items()}
