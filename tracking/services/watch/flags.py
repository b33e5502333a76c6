"""Opening and clearing flags: judged again under the order's lock, written set-wise, told as facts."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from config.lib import claims
from customers.outbox_batch import Fact, publish_batch
from tracking import events
from tracking.models import Flag, Order, Shipment
from tracking.services.incidents.matching import OpenIncidents
from tracking.services.watch.loading import Subject, load_orders, load_parcels
from tracking.services.watch_rules import DEFAULT
from tracking.watch.facts import Rules, Trouble
from tracking.watch.judge import Troubles, judge_order, verdict, went_on
from tracking.watch.kinds import FlagKind
from tracking.watch.words import why_cleared, why_order_cleared

READ = 1000  # looked at in one go
WRITTEN = 200  # changed in one transaction: short, or carriers' news would wait for us


@dataclass(frozen=True)
class Watcher:
    """What one look-round judges by: the time and the stores' thresholds."""

    at: datetime
    rules: Mapping[int, Rules]
    loads: Callable[[Collection[int]], dict[int, Subject]]
    parcels: bool

    def rules_of(self, subject: Subject) -> Rules:
        return self.rules.get(subject.store_id, DEFAULT)

    def verdict(self, subject: Subject) -> tuple[Troubles, frozenset[FlagKind]]:
        """Return what to open and which kinds may stand."""
        if subject.parcel:
            return verdict(subject.parcel, self.rules_of(subject), self.at)
        found = judge_order(subject.order, self.rules_of(subject), self.at) if subject.order else {}
        return found, frozenset(found)

    def why(self, flag: Flag, subject: Subject, stands: frozenset[FlagKind]) -> str:
        """Return why a flag is cleared."""
        rules = self.rules_of(subject)
        if subject.parcel:
            return why_cleared(flag.kind, flag.since, subject.parcel, stands, rules, self.at)
        order = subject.order
        assert order is not None  # noqa: S101 (a subject is one of the two)
        return why_order_cleared(
            cancelled=order.cancelled, parcels=order.parcels, to_ship=order.to_ship, rules=rules
        )


def parcels_watcher(*, at: datetime, rules: Mapping[int, Rules]) -> Watcher:
    """Return who judges parcels."""
    return Watcher(at, rules, lambda ids: load_parcels(ids, at=at), parcels=True)


def orders_watcher(*, at: datetime, rules: Mapping[int, Rules]) -> Watcher:
    """Return who judges orders."""
    return Watcher(at, rules, load_orders, parcels=False)


@dataclass
class _Changes:
    """What differs between the flags that stand and those that should."""

    opens: list[tuple[Subject, Trouble]] = field(default_factory=list)
    clears: list[tuple[Subject, Flag, str]] = field(default_factory=list)
    seen: list[Flag] = field(default_factory=list)

    @property
    def subjects(self) -> list[Subject]:
        found = [subject for subject, _ in self.opens] + [subject for subject, _, _ in self.clears]
        return list({subject.pk: subject for subject in found}.values())


def look_at(watcher: Watcher, ids: Sequence[int]) -> int:
    """
    Judge the parcels or orders `ids` and open and clear what has to be. Returns how many flags changed.

    Read without locks first, then what seems to change is judged again with its order locked, so that a
    scan arriving meanwhile counts.
    """
    changed = 0
    for start in range(0, len(ids), READ):
        chunk = ids[start : start + READ]
        found = _compare(watcher, chunk)
        if found.seen:
            Flag.objects.bulk_update(found.seen, ["seen"])
        subjects = sorted(found.subjects, key=lambda subject: subject.order_id)
        for first in range(0, len(subjects), WRITTEN):
            changed += _settle(watcher, subjects[first : first + WRITTEN])
    return changed


def _compare(watcher: Watcher, ids: Collection[int]) -> _Changes:
    subjects = watcher.loads(ids)
    standing = _standing(watcher, ids)
    changes = _Changes()
    for pk, subject in subjects.items():
        opens, stands = watcher.verdict(subject)
        flags = standing.get(pk, {})
        changes.opens += [(subject, trouble) for kind, trouble in opens.items() if kind not in flags]
        for kind, flag in flags.items():
            if kind not in stands:
                changes.clears.append((subject, flag, watcher.why(flag, subject, stands)))
            elif flag.seen != subject.updated_at:
                flag.seen = subject.updated_at
                changes.seen.append(flag)
    return changes


def _standing(watcher: Watcher, ids: Collection[int]) -> dict[int, dict[str, Flag]]:
    """{parcel or order: {kind: its open flag}}"""
    about = Q(shipment__in=ids) if watcher.parcels else Q(order__in=ids, shipment=None)
    found: dict[int, dict[str, Flag]] = {}
    for flag in Flag.objects.filter(about, cleared_at=None):
        pk = flag.shipment_id if watcher.parcels else flag.order_id
        found.setdefault(pk or 0, {})[flag.kind] = flag
    return found


@transaction.atomic
def _settle(watcher: Watcher, subjects: Sequence[Subject]) -> int:
    """
    Write what changed for these, whose orders nobody else is changing at this moment; the next look-round
    comes to the others.
    """
    wanted = Order.objects.filter(pk__in={subject.order_id for subject in subjects}).order_by("pk")
    locked = set(claims.skip_locked(wanted).values_list("pk", flat=True))
    changes = _compare(watcher, [subject.pk for subject in subjects if subject.order_id in locked])
    told = [*_clear(changes.clears, watcher.at), *_open(changes.opens, watcher.at)]
    publish_batch(told)
    return len(told)


def _open(opens: Iterable[tuple[Subject, Trouble]], at: datetime) -> list[Fact]:
    """Insert the flags; those that an open incident explains join it at once."""
    incidents = OpenIncidents()
    rows = []
    customers: dict[int, int | None] = {}
    for subject, trouble in opens:
        flag = Flag(
            kind=trouble.kind,
            store_id=subject.store_id,
            order_id=subject.order_id,
            shipment_id=subject.shipment_id,
            carrier=subject.carrier,
            place=subject.place,
            reason=subject.reason,
            facts=dict(trouble.facts),
            since=trouble.since,
            opened_at=at,
            seen=subject.updated_at,
        )
        flag.incident_id = incidents.explaining(flag)
        customers[subject.order_id] = subject.customer_id
        rows.append(flag)
    return [
        _told(events.FLAG_OPENED, "opened", flag, customers[flag.order_id], at)
        for flag in Flag.objects.bulk_create(rows)
    ]


def _clear(clears: Sequence[tuple[Subject, Flag, str]], at: datetime) -> list[Fact]:
    told = []
    for subject, flag, why in clears:
        flag.cleared_at, flag.cleared_why, flag.seen = at, why, subject.updated_at
        moved = subject.parcel is None or went_on(flag.kind, flag.since, subject.parcel)
        more = {"why": why, "moved": moved}
        told.append(_told(events.FLAG_CLEARED, "cleared", flag, subject.customer_id, at, **more))
    if clears:
        Flag.objects.bulk_update([flag for _, flag, _ in clears], ["cleared_at", "cleared_why", "seen"])
    return told


def _told(kind: str, what: str, flag: Flag, customer_id: int | None, at: datetime, **more: Any) -> Fact:
    about = Shipment if flag.shipment_id else Order
    return Fact(
        kind=kind,
        key=f"flag:{flag.pk}:{what}",
        occurred_at=at,
        subject_type=about._meta.label_lower,
        subject_id=str(flag.shipment_id or flag.order_id),
        store_id=flag.store_id,
        customer_id=customer_id,
        data={
            "order_id": flag.order_id,
            "shipment_id": flag.shipment_id,
            "flag_id": flag.pk,
            "flag": str(flag.kind),
            "since": flag.since.isoformat(),
            "incident_id": flag.incident_id,
            **more,
        },
    )
