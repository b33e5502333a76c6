"""How often promises are kept: by carrier, and by carrier and lane."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q
from django.db.models.fields.json import KeyTextTransform

from customers.models import Store
from tracking.models import Promise

Outcome = Promise.Outcome


@dataclass
class Figures:
    """
    What became of the windows shown for one carrier's parcels, on one lane where `start` or `end` (countries)
    is set.
    """

    carrier: str
    start: str = ""
    end: str = ""
    kept: int = 0
    early: int = 0
    missed: int = 0
    open: int = 0

    @property
    def settled(self) -> int:
        """How many of them count."""
        return self.kept + self.early + self.missed

    @property
    def on_time(self) -> float | None:
        """The part that came no later than promised; None when none has ended."""
        return (self.kept + self.early) / self.settled if self.settled else None

    @property
    def margin(self) -> float:
        """Half the width of the 95 % interval chance alone explains (Wilson's: four of four is no proof)."""
        share, n, z = self.on_time, self.settled, 1.96
        if share is None:
            return 0.0
        spread: float = (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
        return z / (1 + z * z / n) * spread

    def add(self, other: "Figures") -> None:
        """Count `other` in."""
        self.kept, self.early = self.kept + other.kept, self.early + other.early
        self.missed, self.open = self.missed + other.missed, self.open + other.open


def by_lane(*, since: datetime, store: Store | None = None) -> list[Figures]:
    """
    Return the figures of windows shown since `since` (aware) by carrier and lane, the most first: one query.
    Where a parcel's origin is not known it is the store's country.
    """
    rows = Promise.objects.filter(shown=True, made_at__gte=since).order_by()
    if store is not None:
        rows = rows.filter(shipment__order__store=store)
    grouped = (
        rows.annotate(
            carrier=F("shipment__carrier"),
            home=F("shipment__order__store__country"),
            start=KeyTextTransform("country", "shipment__origin"),
            end=KeyTextTransform("country", "shipment__destination"),
        )
        .values("carrier", "home", "start", "end")
        .annotate(
            kept=Count("pk", filter=Q(outcome=Outcome.KEPT)),
            early=Count("pk", filter=Q(outcome=Outcome.EARLY)),
            missed=Count("pk", filter=Q(outcome=Outcome.MISSED)),
            open=Count("pk", filter=Q(outcome=Outcome.OPEN)),
        )
        .values_list("carrier", "home", "start", "end", "kept", "early", "missed", "open")
    )
    found: dict[tuple[str, str, str], Figures] = {}
    for carrier, home, start, end, *counts in grouped:
        key = (carrier, start or home, end or "")
        found.setdefault(key, Figures(*key)).add(Figures(*key, *counts))
    return _most_first(found.values())


def by_carrier(lanes: Iterable[Figures]) -> list[Figures]:
    """Return the figures of each carrier over all of its `lanes`, the most first."""
    found: dict[str, Figures] = {}
    for lane in lanes:
        found.setdefault(lane.carrier, Figures(lane.carrier)).add(lane)
    return _most_first(found.values())


def _most_first(found: Iterable[Figures]) -> list[Figures]:
    return sorted(found, key=lambda row: (-row.settled, -row.open, row.carrier, row.start, row.end))
