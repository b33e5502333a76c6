"""What the rules look at: a parcel, an order, a store's thresholds, and what they find."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from config.lib.business_days import working_time
from tracking.fold import stage
from tracking.vocabulary import Status
from tracking.watch.kinds import SAYS_NOTHING, FlagKind

# Carriers tell one attempt in several scans; a driver who comes back comes hours later.
ONE_ATTEMPT = timedelta(hours=2)


@dataclass(frozen=True)
class Rules:
    """When a store starts to worry (the fields of WatchRules). A threshold of 0 switches its rule off."""

    enabled: bool = True
    handover_days: int = 4
    silent_days_domestic: int = 3
    silent_days_international: int = 5
    attempts: int = 2
    pickup_days: int = 5
    unfulfilled_hours: int = 96
    lost_days: int = 10
    incident_parcels: int = 10
    incident_hours: int = 24


@dataclass(frozen=True)
class Calendar:
    """Whose days count: a country, its region where it is known, and the wall clock there."""

    country: str = ""
    region: str = ""
    zone: tzinfo = UTC

    def worked(self, since: datetime, until: datetime) -> timedelta:
        """Return how much of the time between two aware times lay on working days here."""
        return working_time(since, until, self.zone, self.country, self.region)

    def passed(self, days: int, since: datetime, until: datetime) -> bool:
        """Say whether `days` working days have passed; never for 0 days."""
        wanted = timedelta(days=days)
        # Cheap first: no n working days fit into less than n days.
        return days > 0 and until - since >= wanted and self.worked(since, until) >= wanted


@dataclass(frozen=True)
class ParcelFacts:
    """
    A parcel as the rules see it.

    `since`: when its present status began. `attempts`: when somebody came in vain. `promised`: the last day
    of the best promise the shopper was shown. `followed`: whether anybody would tell us of scans.
    `replaced`: the shop took its number back; `unwanted`: the order was cancelled or deleted.
    `known_until`: when a carrier that is to be asked last answered, where it is overdue to answer; else None.
    """

    status: str
    label_at: datetime
    origin: Calendar
    destination: Calendar
    reason: str = ""
    action_required: bool = False
    shipped_at: datetime | None = None
    last_scan_at: datetime | None = None
    last_place: str = ""
    since: datetime | None = None
    attempts: tuple[datetime, ...] = ()
    promised: date | None = None
    followed: bool = True
    replaced: bool = False
    unwanted: bool = False
    known_until: datetime | None = None

    @property
    def international(self) -> bool:
        """Whether it crosses a border."""
        return self.origin.country != self.destination.country


@dataclass(frozen=True)
class OrderFacts:
    """An order as the rules see it. `to_ship`: units that have to be shipped; `parcels`: those it has."""

    placed_at: datetime
    to_ship: int
    parcels: int
    cancelled: bool = False


@dataclass(frozen=True)
class Trouble:
    """One thing that is the matter. `since`: when it began; `facts`: the rule and what it saw (JSON)."""

    kind: FlagKind
    since: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Word:
    """One scan, as far as the course of a parcel needs it."""

    at: datetime
    status: str
    fingerprint: str = ""


def course(words: Iterable[Word], status: str) -> tuple[datetime | None, tuple[datetime, ...]]:
    """
    Return when the present `status` began, and when delivery was attempted, from all scans in any order.

    A reminder ("still at the shop") does not begin a status anew.
    """
    ordered = sorted(words, key=lambda word: (word.at, stage(word.status), word.fingerprint))
    attempts: list[datetime] = []
    for word in ordered:
        if word.status == Status.ATTEMPTED and (not attempts or word.at - attempts[-1] >= ONE_ATTEMPT):
            attempts.append(word.at)
    since = None
    for word in reversed(ordered):
        if word.status in SAYS_NOTHING or word.status == Status.INFO_RECEIVED != status:
            continue
        if word.status != status:
            break
        since = word.at
    return since, tuple(attempts)


def last_status(words: Iterable[Word]) -> str:
    """Return the last status that scans tell, PENDING without any: what an expired parcel was before."""
    said = [word for word in words if word.status not in SAYS_NOTHING]
    return max(said, key=lambda word: (word.at, stage(word.status))).status if said else Status.PENDING
