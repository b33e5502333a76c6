"""Rows that profiles are made of, written directly."""

from datetime import timedelta

from customers.models import Event
from engagement.models import Profile
from returns.models import Return, ReturnUnit
from tests.factories.tracking import NOON, OrderLineFactory

DAY = timedelta(days=1)


def returned_pieces(order, *, bought=1, stages=(), state="RECEIVED") -> Return:
    """Return a return of pieces of a new line of `order`, one for each of `stages`."""
    line = OrderLineFactory(order=order, quantity=bought)
    ret = Return.objects.create(
        store=order.store,
        order=order,
        customer=order.customer,
        currency=order.currency,
        requested_at=NOON,
        state=state,
    )
    for index, stage in enumerate(stages):
        ReturnUnit.objects.create(
            ret=ret, line=line, index=index, reason="UNWANTED", outcome="REFUND", value_minor=100, stage=stage
        )
    return ret


def profile(customer) -> Profile:
    """The profile as it is kept."""
    return Profile.objects.get(pk=customer.pk)


def climbs() -> list[tuple[int, str, str]]:
    """Who came into which tier, and from where, as it was told."""
    return [
        (event.customer_id, event.data["before"], event.data["tier"])
        for event in Event.objects.filter(kind="engagement.tier.reached").order_by("pk")
    ]
