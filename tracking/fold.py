"""
A parcel's state as a fold over its scans, sorted by when they happened.

Pure. Any permutation and any duplication of the same scans gives the same state, and milestones only ever
get more as scans are added: each is read from a single scan, so no order of arrival can announce one that
another would not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from tracking.carriers.base import Place, ScanData
from tracking.vocabulary import Reason, Status

# Breaks ties between scans of the same moment: the later stage of life is taken to have happened later.
_STAGE: dict[str, int] = {
    status: stage
    for stage, status in enumerate(
        (
            Status.UNKNOWN,
            Status.PENDING,
            Status.CANCELLED,
            Status.INFO_RECEIVED,
            Status.IN_TRANSIT,
            Status.EXCEPTION,
            Status.OUT_FOR_DELIVERY,
            Status.ATTEMPTED,
            Status.READY_FOR_PICKUP,
            Status.DELIVERED,
            Status.RETURNING,
            Status.RETURNED,
        )
    )
}
_SAYS_NOTHING = {Status.UNKNOWN, Status.PENDING, Status.EXPIRED}
# The carrier has it in hand. An exception can come before that (a bad address on a label).
MOVING = {
    Status.IN_TRANSIT,
    Status.OUT_FOR_DELIVERY,
    Status.ATTEMPTED,
    Status.READY_FOR_PICKUP,
    Status.DELIVERED,
}
FINAL = {Status.DELIVERED, Status.RETURNED, Status.CANCELLED, Status.EXPIRED}

MILESTONES = (
    "shipped",
    "out_for_delivery",
    "delivered",
    "attempted",
    "ready_for_pickup",
    "exception",
    "returned",
)
_TELLS = {
    Status.IN_TRANSIT: ("shipped",),
    Status.OUT_FOR_DELIVERY: ("shipped", "out_for_delivery"),
    Status.ATTEMPTED: ("shipped", "attempted"),
    Status.READY_FOR_PICKUP: ("shipped", "ready_for_pickup"),
    Status.DELIVERED: ("shipped", "delivered"),
    Status.EXCEPTION: ("exception",),
    Status.RETURNING: ("returned",),
    Status.RETURNED: ("returned",),
}


@dataclass(frozen=True)
class State:
    """Where a parcel stands. Times are aware; those of scans without an offset are our best guess."""

    status: Status = Status.PENDING
    reason: Reason | str = ""
    action_required: bool = False
    status_at: datetime | None = None
    shipped_at: datetime | None = None
    out_for_delivery_at: datetime | None = None
    delivered_at: datetime | None = None
    last_scan_at: datetime | None = None
    last_place: str = ""
    milestones: dict[str, tuple[datetime, ScanData]] = field(default_factory=dict)


_START = State()


def moment(scan: ScanData, zone: tzinfo = UTC) -> datetime:
    """Return when `scan` happened (aware): as told, or its local time taken to be in `zone`."""
    if scan.at is not None:
        return scan.at
    assert scan.local is not None  # noqa: S101 (ScanData guarantees one of the two)
    return scan.local.replace(tzinfo=zone).astimezone(UTC)


def in_order(scans: Iterable[ScanData], zone: tzinfo = UTC) -> list[ScanData]:
    """
    Return the distinct scans in the order they happened; ties are broken by stage of life, then by content.
    """
    distinct = {scan.fingerprint: scan for scan in sorted(scans, key=repr)}
    return sorted(
        distinct.values(), key=lambda scan: (moment(scan, zone), _STAGE.get(scan.status, 0), scan.fingerprint)
    )


class Course:
    """
    A fold under way: hear the scans in the order they happened, then ask for the state.

    Rules: a scan nobody understands changes nothing; a label cannot undo movement; after delivery only a
    return counts; what is delivered while on its way back is back.
    """

    __slots__ = (
        "action_required",
        "delivered_at",
        "last_scan_at",
        "milestones",
        "out_for_delivery_at",
        "place",
        "reason",
        "shipped_at",
        "status",
        "status_at",
    )

    def __init__(self, state: State | None = None) -> None:
        """Begin where nothing is known or where `state` left off; `milestones`: those heard from now on."""
        state = state or _START
        self.status, self.reason, self.action_required = state.status, state.reason, state.action_required
        self.status_at, self.shipped_at = state.status_at, state.shipped_at
        self.out_for_delivery_at, self.delivered_at = state.out_for_delivery_at, state.delivered_at
        self.place: Place | str = state.last_place
        self.last_scan_at = state.last_scan_at
        self.milestones: dict[str, tuple[datetime, ScanData]] = {}

    def hear(self, scan: ScanData, when: datetime) -> None:
        """Take in what happened next."""
        told = scan.status
        if told == Status.OUT_FOR_DELIVERY and self.out_for_delivery_at is None:
            self.out_for_delivery_at = when
        for milestone in _TELLS.get(told, ()):
            if milestone == "shipped" and self.shipped_at is None:
                self.shipped_at = when
            self.milestones.setdefault(milestone, (when, scan))
        self.last_scan_at = when
        place = scan.place
        if place.city or place.region or place.country:
            self.place = place
        following = _next(self.status, told)
        if following is None:
            return
        if following == Status.DELIVERED and self.delivered_at is None:
            self.delivered_at = when
        self.status, self.status_at = following, when
        self.reason, self.action_required = scan.reason, scan.action_required

    @property
    def last_place(self) -> str:
        """Where it was last seen, in words."""
        return str(self.place)

    def state(self) -> State:
        """Return where the parcel stands now."""
        return State(
            status=self.status,
            reason=self.reason,
            action_required=self.action_required,
            status_at=self.status_at,
            shipped_at=self.shipped_at,
            out_for_delivery_at=self.out_for_delivery_at,
            delivered_at=self.delivered_at,
            last_scan_at=self.last_scan_at,
            last_place=self.last_place,
            milestones=self.milestones,
        )


def stage(status: str) -> int:
    """Return how late in life `status` is: of two scans of one moment the later stage comes second."""
    return _STAGE.get(status, 0)


def fold(scans: Sequence[ScanData], zone: tzinfo = UTC) -> State:
    """Return the state that `scans` add up to. `zone` is for scans whose carrier named no offset."""
    course = Course()
    for scan in in_order(scans, zone):
        course.hear(scan, moment(scan, zone))
    return course.state()


def _next(current: Status, told: Status) -> Status | None:
    """Return the status after `told`, or None when it changes nothing (not even the reason)."""
    if told in _SAYS_NOTHING or current == Status.RETURNED:
        return None
    if current == Status.RETURNING:
        # Scans of the way back look like those of the way out; only its end matters.
        if told in (Status.DELIVERED, Status.RETURNED):
            return Status.RETURNED
        return Status.RETURNING if told == Status.RETURNING else None
    if current == Status.DELIVERED:
        return told if told in (Status.RETURNING, Status.RETURNED) else None
    if told == Status.INFO_RECEIVED and current not in (
        Status.PENDING,
        Status.INFO_RECEIVED,
        Status.CANCELLED,
    ):
        return None
    return told
