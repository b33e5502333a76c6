"""Reactions of this app to its own facts, and to what becomes of customers."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from customers import events as people
from customers.models import Customer, Event
from customers.services.people import current, merged_ids
from customers.worker import wake
from tracking.models import Order
from tracking.services.make_goods import WORK


def look_at_make_goods(events: Sequence[Event], *, at: datetime) -> None:
    """A parcel is in trouble, or a shop has done something: look round now and not only at the next sweep."""
    if events:
        wake(WORK)


def follow_merges(events: Sequence[Event], *, at: datetime) -> None:
    """
    Give the orders of a merged profile to the one that is kept, and back when the merge is undone.

    Where an order was first is kept on it, so that only what was moved goes back. Merges may be heard of in
    any order: what is moved goes to whoever stands for the kept profile by now.
    """
    for event in events:
        kept, merged = event.data["customer_id"], event.data["merged_id"]
        if event.kind == people.CUSTOMER_MERGED:
            mine = Order.objects.filter(customer=merged, customer__merged_into__isnull=False)
            mine.filter(bought_as=None).update(bought_as=F("customer"), updated_at=at)
            for now in Customer.objects.filter(pk=kept).select_related("merged_into"):
                mine.update(customer=current(now), updated_at=at)
        else:
            theirs = Order.objects.filter(customer=kept, bought_as__in=merged_ids(merged))
            theirs.update(customer=merged, updated_at=at)
            Order.objects.filter(customer=merged, bought_as=merged).update(bought_as=None, updated_at=at)
