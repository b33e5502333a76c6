"""Facts that were asked for, beside those that were told: the same, but for their versions."""

from dataclasses import replace

from tracking.shops.base import (
    CustomerData,
    Fact,
    FulfillmentData,
    OrderData,
    ProductData,
    RefundData,
    StockData,
)
from tracking.versions import asked_for


def aged(fact: Fact) -> Fact:
    """Return `fact` with the version of one that was asked for (tracking.versions.asked_for)."""
    if isinstance(fact, OrderData):
        person = fact.customer
        return replace(
            fact,
            version=asked_for(fact.version),
            customer=replace(person, version=asked_for(person.version)) if person.version else person,
            fulfillments=tuple(replace(part, version=asked_for(part.version)) for part in fact.fulfillments),
        )
    if isinstance(fact, FulfillmentData | ProductData | StockData | CustomerData | RefundData):
        return replace(fact, version=asked_for(fact.version)) if fact.version else fact
    return fact
