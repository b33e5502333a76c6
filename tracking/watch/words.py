"""Why a flag stands and why it was cleared, in words for staff. English, as the back-office."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from tracking.vocabulary import Reason, Status
from tracking.watch.facts import ParcelFacts, Rules
from tracking.watch.judge import FORGOTTEN, forgotten, went_on
from tracking.watch.kinds import FlagKind

Facts = Mapping[str, Any]
HELD_LONG = 160


def explain(kind: str, facts: Facts, since: datetime) -> str:
    """Return the rule that opened a flag and what it saw: 'No scan since 3 Mar, 14:00 UTC in Leipzig. …'."""
    words = _WORDS.get(kind)
    return words(facts, _moment(since)) if words else ""


def _not_handed_over(facts: Facts, since: str) -> str:
    return f"The label was made {since}; the carrier has not scanned it. {_rule(facts)}"


def _silent(facts: Facts, since: str) -> str:
    far = "international" if str(facts.get("rule")).endswith("international") else "domestic"
    return f"No scan since {since}{_in(facts)}. {_rule(facts, far + ' parcels')}"


def _lost(facts: Facts, since: str) -> str:
    if facts.get("rule") == "said":
        return f"The carrier says since {since} that it cannot find it."
    return f"No scan since {since}{_in(facts)}. {_rule(facts)}"


def _late(facts: Facts, since: str) -> str:
    promised = _day(facts.get("promised"))
    return f"The shopper was promised {promised} at the latest, and it has not come{_last_seen(facts)}."


def _attempts(facts: Facts, since: str) -> str:
    return f"{facts.get('attempts')} failed attempts (flagged from {facts.get('limit')}), the last {since}."


def _pickup(facts: Facts, since: str) -> str:
    return f"At the pickup point since {since}{_in(facts)}. Flagged after {_days(facts)}."


def _customs(facts: Facts, since: str) -> str:
    return f"Held since {since}{_in(facts)}: {_reason(facts).lower()}."


def _exception(facts: Facts, since: str) -> str:
    why = f" ({_reason(facts)})" if facts.get("reason") else ""
    return f"Held up since {since}{_in(facts)}{why}. Flagged after one working day{_calendar(facts)}."


def _unfulfilled(facts: Facts, since: str) -> str:
    return f"Placed {since}, and nothing of it is a parcel yet. Flagged after {facts.get('limit')} hours."


_WORDS: dict[str, Callable[[Facts, str], str]] = {
    FlagKind.NOT_HANDED_OVER: _not_handed_over,
    FlagKind.SILENT: _silent,
    FlagKind.LOST: _lost,
    FlagKind.LATE: _late,
    FlagKind.ATTEMPTS: _attempts,
    FlagKind.PICKUP_WAITING: _pickup,
    FlagKind.CUSTOMS: _customs,
    FlagKind.EXCEPTION: _exception,
    FlagKind.UNFULFILLED: _unfulfilled,
}


def why_cleared(
    kind: str, since: datetime, parcel: ParcelFacts, stands: frozenset[FlagKind], rules: Rules, at: datetime
) -> str:
    """
    Return why a flag of `kind` no longer holds for `parcel`; `stands`: the kinds that still do, `since`:
    when the flag's trouble began.
    """
    for words in (_end(parcel, rules, at), _moved_on(kind, since, parcel, stands)):
        if words:
            return words[:HELD_LONG]
    return "By the store's rules it is no trouble any more"


def _end(parcel: ParcelFacts, rules: Rules, at: datetime) -> str:
    if parcel.replaced:
        return "The shop took this number back"
    if not rules.enabled:
        return "The watch is switched off for this store"
    ends = {
        Status.DELIVERED: "Delivered",
        Status.RETURNING: "On its way back to the sender",
        Status.RETURNED: "Back at the sender",
        Status.CANCELLED: "The parcel was cancelled",
    }
    if parcel.status in ends:
        return ends[Status(parcel.status)]
    return f"Nobody has spoken of it for {FORGOTTEN.days} days" if forgotten(parcel, at) else ""


def _moved_on(kind: str, since: datetime, parcel: ParcelFacts, stands: frozenset[FlagKind]) -> str:
    scan = f"Scanned {_moment(parcel.last_scan_at)}" if parcel.last_scan_at else "Moving again"
    seen = f"{scan} in {parcel.last_place}" if parcel.last_place else scan
    if kind == FlagKind.NOT_HANDED_OVER:
        if parcel.shipped_at:
            return f"The carrier has it: {seen}"
        return "The order was cancelled" if parcel.unwanted else ""
    if kind in (FlagKind.SILENT, FlagKind.LOST):
        if FlagKind.LOST in stands:
            return "Silent for so long that it is probably lost"
        return seen if went_on(kind, since, parcel) else ""
    if kind in (FlagKind.LATE, FlagKind.ATTEMPTS) and parcel.status == Status.READY_FOR_PICKUP:
        return "It waits for the shopper at a pickup point"
    if kind == FlagKind.LATE:
        return "The promise it broke does not count any more"
    if kind == FlagKind.PICKUP_WAITING:
        return f"Not at the pickup point any more: {seen}"
    if kind in (FlagKind.CUSTOMS, FlagKind.EXCEPTION):
        return (
            f"Not held any more: {seen}" if parcel.status != Status.EXCEPTION else "Held for another reason"
        )
    return ""


def why_order_cleared(*, cancelled: bool, parcels: int, to_ship: int, rules: Rules) -> str:
    """Return why an order is not waiting to be shipped any more."""
    if cancelled:
        return "The order was cancelled"
    if parcels:
        return "A parcel was made"
    if not to_ship:
        return "Nothing is left to ship"
    if not rules.enabled:
        return "The watch is switched off for this store"
    return "By the store's rules it is no trouble any more"


# --- parts of sentences ---
def _moment(at: datetime | None) -> str:
    if at is None:
        return "–"
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _day(text: Any) -> str:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        return str(text)
    return f"{day:%A} {day.day} {day:%B}"


def _rule(facts: Facts, what: str = "") -> str:
    return f"Flagged after {_days(facts)}{' for ' + what if what else ''}."


def _days(facts: Facts) -> str:
    limit = facts.get("limit")
    if facts.get("rule") == "pickup_days":
        return f"{limit} day{'' if limit == 1 else 's'}"
    return f"{limit} working day{'' if limit == 1 else 's'}{_calendar(facts)}"


def _calendar(facts: Facts) -> str:
    return f" by the calendar of {facts['country']}" if facts.get("country") else ""


def _in(facts: Facts) -> str:
    return f" in {facts['place']}" if facts.get("place") else ""


def _last_seen(facts: Facts) -> str:
    return f" (last seen in {facts['place']})" if facts.get("place") else ""


def _reason(facts: Facts) -> str:
    reason = facts.get("reason")
    return Reason(reason).label if reason in Reason.values else "Held up"
