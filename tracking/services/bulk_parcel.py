"""One parcel while many messages are taken in: what it was, what is new, what follows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from customers.models import Store
from tracking.carriers.base import Kept, ParcelData, Place, ScanData
from tracking.fold import Course, State, in_order, stage
from tracking.models import CarrierAccount, Promise, Shipment
from tracking.services.scans import Fact, apply_state, milestone_facts, sorted_by, take_window
from tracking.vocabulary import Status

# What others than the fold set, or what says nothing: how it goes on cannot be told from it.
_NOT_FOLDED = frozenset({Status.EXPIRED, Status.CANCELLED, Status.UNKNOWN})

Values = Mapping[str, Any]  # a scan as its row holds it, see tracking.services.scans.stored
Key = tuple[datetime, int]  # what scans are sorted by, as long as no two have the same


class Fresh(NamedTuple):
    """A scan to insert. `order_at`: ISO 8601; `local`: its time when it has no offset, else ''."""

    source: str
    fingerprint: str
    order_at: str
    local: str
    kept: Kept


class Following:
    """
    A locked shipment that hears messages one after the other, in memory.

    `fresh`: scans to insert; `promises`, `facts`: what to write beside them; `changes`: how often
    its order's page changed; `was`: its row as it was read.
    """

    __slots__ = (
        "base",
        "changes",
        "course",
        "customer_id",
        "doubted",
        "facts",
        "fresh",
        "known",
        "last",
        "promises",
        "scans",
        "shipment",
        "store",
        "told",
        "was",
    )

    def __init__(
        self,
        shipment: Shipment,
        was: Sequence[Any],
        store: Store,
        customer_id: int | None,
        doubted: Collection[str],
    ) -> None:
        self.shipment, self.was, self.store, self.customer_id = shipment, was, store, customer_id
        self.doubted = doubted  # sources, see take_window
        self.fresh: list[Fresh] = []
        self.promises: list[Promise] = []
        self.facts: list[Fact] = []
        self.changes = 0
        folded = shipment.last_scan_at and shipment.heard_at and shipment.status not in _NOT_FOLDED
        # The state goes on from `base`, by `scans` that all came after it; None: from the beginning.
        self.base = _state(shipment) if folded else None
        self.scans: list[tuple[Key, ScanData]] = []
        self.known: set[str] = set()  # fingerprints
        self.told = _told(self.base, shipment)  # milestones
        self.course = Course(self.base)
        self.last: Key | None = None

    def goes_on_with(self, scans: Sequence[ScanData]) -> bool:
        """
        Say whether all of these that are not `known` happened after everything before, so that the past need
        not be read.
        """
        last = self.base.last_scan_at if self.base else None
        if last is None:
            return False
        return all(
            (scan.at is not None and scan.at > last) or (self.known and scan.fingerprint in self.known)
            for scan in scans
        )

    def remember(self, past: Sequence[Values]) -> None:
        """Begin from all the scans there are instead of from the state they left."""
        self.base = None
        self.known = {values["fingerprint"] for values in past}
        self.scans = [(_key(values), _scan(values)) for values in past]
        self._fold()

    def hear(self, data: ParcelData, *, source: str, account: CarrierAccount | None, at: datetime) -> None:
        """Do in memory what `record_parcel` does in the database."""
        shipment = self.shipment
        before = _shown(shipment)
        new = self._add(data.scans, source)
        if new:
            shipment.heard_at = at
            self._go_on(new)
            apply_state(shipment, self.course, at=at)
            self._tell()
        shipment.signed_by = data.signed_by[:120] or shipment.signed_by
        shipment.service = data.service[:120] or shipment.service
        moved = self._take_window(data, source, at)
        if new or moved or before != _shown(shipment):
            self.changes += 1
        if account and shipment.account_id is None:
            shipment.account = account

    def _add(self, scans: Sequence[ScanData], source: str) -> list[tuple[Key, ScanData]]:
        """Keep the scans that are not there yet. Returns them."""
        rows: dict[str, tuple[Fresh, tuple[Key, ScanData]]] = {}
        for scan in scans:
            told = scan.when
            fingerprint = scan.fingerprint_at(told)
            if fingerprint in self.known:
                continue
            at, local = scan.at, ""
            if at is None:
                at = sorted_by(scan, self.shipment.destination, self.store)
                told, local = at.isoformat(), told.removeprefix("local ")
            row = Fresh(source, fingerprint, told, local, scan.kept)
            whole = scan if scan.is_kept_whole else _as_kept(scan, at)
            rows[fingerprint] = (row, ((at, stage(scan.status)), whole))
        self.known.update(rows)
        self.fresh += [row for row, _ in rows.values()]
        return [entry for _, entry in rows.values()]

    def _go_on(self, new: list[tuple[Key, ScanData]]) -> None:
        """Fold the `new` scans in: on top when they clearly come after all others, else from the start."""
        self.scans += new
        ordered = sorted(new, key=_first)
        if (self.last is not None and ordered[0][0] <= self.last) or _tied(ordered):
            self._fold()
            return
        for (when, _), scan in ordered:
            self.course.hear(scan, when)
        self.last = ordered[-1][0]

    def _fold(self) -> None:
        self.course = Course(self.base)
        ordered = sorted(self.scans, key=_first)
        if _tied(ordered):  # what comes first is then decided by more than time and stage
            at_once = {id(scan): when for (when, _), scan in ordered}
            told = [replace(scan, at=at_once[id(scan)].astimezone(UTC), local=None) for _, scan in ordered]
            for scan in in_order(told):
                self.course.hear(scan, scan.at)  # type: ignore[arg-type]
        else:
            for (when, _), scan in ordered:
                self.course.hear(scan, when)
        self.last = ordered[-1][0] if ordered else None

    def _tell(self) -> None:
        milestones = self.course.milestones
        if self.told.issuperset(milestones):
            return
        fresh = {name: told for name, told in milestones.items() if name not in self.told}
        self.told.update(fresh)
        self.facts += milestone_facts(self.shipment, fresh)

    def _take_window(self, data: ParcelData, source: str, at: datetime) -> bool:
        if data.eta is None:
            return False
        told_at = data.told_at or at
        moved = take_window(
            self.shipment, data.eta, source=source, told_at=told_at, at=at, doubted=self.doubted
        )
        if moved is None:
            return False
        promise, delayed = moved
        self.promises.append(promise)
        if delayed:
            self.facts.append(delayed)
        return True


def _first(entry: tuple[Key, ScanData]) -> Key:
    return entry[0]


def _key(values: Values) -> Key:
    return values["order_at"], stage(values["status"])


def _tied(ordered: Sequence[tuple[Key, ScanData]]) -> bool:
    return any(one[0] == other[0] for one, other in pairwise(ordered))


def _scan(values: Values) -> ScanData:
    """Return a stored scan as the fold takes it; a local time is given at the instant it was sorted by."""
    return ScanData(
        status=Status(values["status"]),
        at=values["at"] or values["order_at"].astimezone(UTC),
        reason=values["reason"],
        action_required=values["action_required"],
        place=Place(values["city"], values["region"], values["country"], values["postcode"]),
        code=values["code"],
        message=values["message"],
    )


def _as_kept(scan: ScanData, at: datetime) -> ScanData:
    """Return a scan as it will be read back: cut to what its row holds."""
    return _scan({"at": at.astimezone(UTC), **scan.kept._asdict()})


def _shown(shipment: Shipment) -> tuple[str, str, bool, str]:
    """Return what of a parcel makes its order's page another one."""
    return (shipment.status, shipment.reason, shipment.action_required, shipment.signed_by)


def _told(base: State | None, shipment: Shipment) -> set[str]:
    """
    Return the milestones that its state shows to have been told: they were published with it.

    Of a parcel on its way back none: it may have been one on its way out when they were.
    """
    if base is None or shipment.is_return:
        return set()
    reached = {
        "shipped": base.shipped_at,
        "out_for_delivery": base.out_for_delivery_at,
        "delivered": base.delivered_at,
    }
    return {milestone for milestone, when in reached.items() if when}


def _state(shipment: Shipment) -> State:
    return State(
        status=Status(shipment.status),
        reason=shipment.reason,
        action_required=shipment.action_required,
        status_at=shipment.status_at,
        shipped_at=shipment.shipped_at,
        out_for_delivery_at=shipment.out_for_delivery_at,
        delivered_at=shipment.delivered_at,
        last_scan_at=shipment.last_scan_at,
        last_place=shipment.last_place,
    )
