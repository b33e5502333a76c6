"""The parcels of this installation as a test on the past takes them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from customers.models import Store
from tracking.carriers.base import Window
from tracking.eta.backtest import Report, Trial, backtest
from tracking.eta.records import Word
from tracking.models import Promise
from tracking.services.eta import LOOKS_BACK, MOST, OURS, parcels, shops_by_id


def report(*, at: datetime, stores: Sequence[Store] | None = None, days: int | None = None) -> Report:
    """
    Learn from the older part of what was delivered until `at` (aware) and predict the newer.

    `stores`: of these alone; `days`: only predict what was handed over in the last `days`, learning from the
    usual time before it. Reads the newest MOST parcels.
    """
    shops = shops_by_id(stores)
    since = at - timedelta(days=days) if days else None
    looks_back = LOOKS_BACK + timedelta(days=days or 90)
    rows = list(parcels(at=at, shops=shops, looks_back=looks_back))
    return backtest(_told(rows, list(shops), at - looks_back), end=at, since=since)


def _told(rows: list[Trial], store_ids: list[int], since: datetime) -> list[Trial]:
    """Give each trial the first window its carrier told after the hand-over was known."""
    told = (
        Promise.objects.filter(made_at__gte=since, shipment__order__store__in=store_ids)
        .exclude(source=OURS)
        .order_by("-made_at", "-pk")
        .values_list("shipment_id", "from_date", "to_date", "made_at", "source")
    )[:MOST]
    words: dict[int, Word] = {}
    for pk, first, last, made_at, source in told.iterator(chunk_size=5000):
        words[pk] = Word(Window(first, last), source, made_at)  # the oldest comes last and stays
    return [replace(row, told=words.get(row.pk)) for row in rows]
