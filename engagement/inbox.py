"""The inbox on our pages: what is in it, whose it is, and what was read."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from customers.models import Customer
from engagement.models import InboxItem
from tracking.models import Order

ON_ORDER = 5  # how many an order's page shows, newest first


def of_order(order: Order) -> QuerySet[InboxItem]:
    """Return the messages an order's page shows, newest first."""
    return InboxItem.objects.filter(order=order).order_by("-created_at", "-pk")


def of_customer(customer: Customer) -> QuerySet[InboxItem]:
    """Return all messages of a person, newest first."""
    return (
        InboxItem.objects.filter(customer=customer)
        .select_related("message", "order")
        .order_by("-created_at", "-pk")
    )


def unread(customer: Customer) -> int:
    """Return how many of a person's messages are new."""
    found = of_customer(customer).order_by().aggregate(n=Count("pk", filter=Q(read_at=None)))
    return int(found["n"])


def read(items: QuerySet[InboxItem], *, at: datetime) -> int:
    """Mark `items` as read; once read, the first time stands. Returns how many were new."""
    return items.order_by().filter(read_at=None).update(read_at=at)
