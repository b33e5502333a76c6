"""
The rules: what is the matter with a parcel or an order at a given time. Pure.

For the same facts a trouble once found stays found as time goes on (until nobody has spoken of the parcel for
`FORGOTTEN`): a flag never flaps by the clock alone.
"""

from datetime import UTC, datetime, time, timedelta

from tracking.vocabulary import Reason, Status
from tracking.watch.facts import OrderFacts, ParcelFacts, Rules, Trouble
from tracking.watch.kinds import HELD_BY_CUSTOMS, OVER, FlagKind

# Polling retires parcels after 90 days; what happened to them by then is for people, not for flags.
FORGOTTEN = timedelta(days=90)

Troubles = dict[FlagKind, Trouble]


def judge(parcel: ParcelFacts, rules: Rules, at: datetime) -> Troubles:
    """
    Return what is the matter with `parcel` at an aware time, by kind; {} when all is well.

    Source of the rules: docs/watch.md.
    """
    if not rules.enabled or parcel.replaced or parcel.status in OVER or forgotten(parcel, at):
        return {}
    checks = (_not_handed_over, _silent, _late, _attempts, _waiting, _held)
    found = (check(parcel, rules, at) for check in checks)
    return {trouble.kind: trouble for trouble in found if trouble}


def verdict(parcel: ParcelFacts, rules: Rules, at: datetime) -> tuple[Troubles, frozenset[FlagKind]]:
    """
    Return what to open, and all kinds that may stand.

    While a carrier owes us an answer its silence is ours: nothing is opened on the strength of time that
    passed since it last answered, and nothing is cleared that still holds.
    """
    holds = judge(parcel, rules, at)
    if parcel.known_until is None or parcel.known_until >= at:
        return holds, frozenset(holds)
    known = judge(parcel, rules, parcel.known_until)
    return known, frozenset(holds) | frozenset(known)


def forgotten(parcel: ParcelFacts, at: datetime) -> bool:
    """Say whether nothing was said of a parcel for so long that it is not watched any more."""
    return at - max(parcel.last_scan_at or parcel.label_at, parcel.label_at) > FORGOTTEN


def went_on(kind: str, since: datetime, parcel: ParcelFacts) -> bool:
    """
    Say whether a parcel has moved since its flag's trouble began; else the flag ended because nobody counts
    it any more: a threshold was raised, the watch switched off, or a clock set right.
    """
    if kind in (FlagKind.SILENT, FlagKind.LOST):
        return parcel.status in OVER or (parcel.last_scan_at is not None and parcel.last_scan_at > since)
    return kind != FlagKind.CUSTOMS or not held_by_customs(parcel)


def held_by_customs(parcel: ParcelFacts) -> bool:
    """Say whether customs have stopped it; being cleared in passing is part of every journey."""
    stopped = parcel.status == Status.EXCEPTION or parcel.action_required
    return stopped and parcel.reason in HELD_BY_CUSTOMS


def _not_handed_over(parcel: ParcelFacts, rules: Rules, at: datetime) -> Trouble | None:
    if parcel.shipped_at or not parcel.followed or parcel.unwanted:
        return None
    if not parcel.origin.passed(rules.handover_days, parcel.label_at, at):
        return None
    facts = {"rule": "handover_days", "limit": rules.handover_days, "country": parcel.origin.country}
    return Trouble(FlagKind.NOT_HANDED_OVER, parcel.label_at, facts)


def _silent(parcel: ParcelFacts, rules: Rules, at: datetime) -> Trouble | None:
    """Silent, or lost: the graver takes the place of the other. Waiting somewhere explains a silence."""
    if parcel.status == Status.EXCEPTION and parcel.reason == Reason.LOST:
        return Trouble(FlagKind.LOST, parcel.since or at, {"rule": "said", "place": parcel.last_place})
    if parcel.shipped_at is None or parcel.status == Status.READY_FOR_PICKUP or held_by_customs(parcel):
        return None
    last = max(parcel.shipped_at, parcel.last_scan_at or parcel.shipped_at)
    abroad = parcel.international
    limit = rules.silent_days_international if abroad else rules.silent_days_domestic
    facts = {
        "rule": "silent_days_international" if abroad else "silent_days_domestic",
        "limit": limit,
        "country": parcel.destination.country,
        "place": parcel.last_place,
    }
    if parcel.destination.passed(rules.lost_days, last, at):
        lost = facts | {"rule": "lost_days", "limit": rules.lost_days}
        return Trouble(FlagKind.LOST, last, lost)
    if parcel.destination.passed(limit, last, at):
        return Trouble(FlagKind.SILENT, last, facts)
    return None


def _late(parcel: ParcelFacts, rules: Rules, at: datetime) -> Trouble | None:
    """A parcel at the pickup point has come; the shopper has not, yet."""
    if parcel.promised is None or parcel.status == Status.READY_FOR_PICKUP:
        return None
    end = datetime.combine(parcel.promised + timedelta(days=1), time(), parcel.destination.zone)
    if at < end:
        return None
    facts = {
        "rule": "promise",
        "promised": parcel.promised.isoformat(),
        "country": parcel.destination.country,
        "place": parcel.last_place,
    }
    return Trouble(FlagKind.LATE, end.astimezone(UTC), facts)


def _attempts(parcel: ParcelFacts, rules: Rules, at: datetime) -> Trouble | None:
    if not 0 < rules.attempts <= len(parcel.attempts) or parcel.status == Status.READY_FOR_PICKUP:
        return None
    facts = {"rule": "attempts", "limit": rules.attempts, "attempts": len(parcel.attempts)}
    return Trouble(FlagKind.ATTEMPTS, parcel.attempts[rules.attempts - 1], facts)


def _waiting(parcel: ParcelFacts, rules: Rules, at: datetime) -> Trouble | None:
    if parcel.status != Status.READY_FOR_PICKUP or parcel.since is None or not rules.pickup_days:
        return None
    if at - parcel.since < timedelta(days=rules.pickup_days):
        return None
    facts = {"rule": "pickup_days", "limit": rules.pickup_days, "place": parcel.last_place}
    return Trouble(FlagKind.PICKUP_WAITING, parcel.since, facts)


def _held(parcel: ParcelFacts, rules: Rules, at: datetime) -> Trouble | None:
    """By customs at once; for any other reason after a working day, most sort themselves out by then."""
    facts = {"reason": parcel.reason, "place": parcel.last_place, "country": parcel.destination.country}
    since = parcel.since or parcel.last_scan_at or parcel.label_at
    if held_by_customs(parcel):
        return Trouble(FlagKind.CUSTOMS, since, facts | {"rule": "customs"})
    if parcel.status != Status.EXCEPTION or parcel.reason == Reason.LOST:
        return None
    if parcel.destination.worked(since, at) <= timedelta(days=1):
        return None
    return Trouble(FlagKind.EXCEPTION, since, facts | {"rule": "exception", "limit": 1})


def judge_order(order: OrderFacts, rules: Rules, at: datetime) -> Troubles:
    """Return what is the matter with an order itself: that nothing of it has become a parcel."""
    age = at - order.placed_at
    if not rules.enabled or order.cancelled or order.parcels or not order.to_ship or age > FORGOTTEN:
        return {}
    if not rules.unfulfilled_hours or age < timedelta(hours=rules.unfulfilled_hours):
        return {}
    facts = {"rule": "unfulfilled_hours", "limit": rules.unfulfilled_hours}
    return {FlagKind.UNFULFILLED: Trouble(FlagKind.UNFULFILLED, order.placed_at, facts)}
