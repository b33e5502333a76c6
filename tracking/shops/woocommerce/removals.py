"""
What was put into the shop's bin or deleted, and what came back from there.

A `.deleted` body is {"id": N}, without a time: WooCommerce sends it when a thing goes into the bin.
"""

from collections.abc import Callable, Sequence

from tracking import reading
from tracking.reading import Record
from tracking.shops.base import Fact
from tracking.shops.facts import Kind, RemovedData


def removed(kind: Kind, told: Record, currency: str) -> Sequence[Fact]:
    """Translate `.deleted`. Raises: BadPayload."""
    return [RemovedData(kind, reading.identifier(told.get("id"), "the id"))]


def restored(
    kind: Kind, read: Callable[[Record, str], Sequence[Fact]], told: Record, currency: str
) -> Sequence[Fact]:
    """Translate `.restored`: it is back, and how it is now. Raises: BadPayload."""
    back = RemovedData(kind, reading.identifier(told.get("id"), "the id"), back=True)
    return [back, *read(told, currency)]
