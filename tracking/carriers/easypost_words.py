"""
EasyPost's words and the carriers' behind them, in ours: by status first, refined by its detail, then by the
message.
"""

import functools
import re
from dataclasses import dataclass

from tracking.vocabulary import Reason, Status

STATUSES = {
    "unknown": Status.UNKNOWN,
    "pre_transit": Status.INFO_RECEIVED,
    "in_transit": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "delivered": Status.DELIVERED,
    "available_for_pickup": Status.READY_FOR_PICKUP,
    "return_to_sender": Status.RETURNING,
    "failure": Status.EXCEPTION,
    "cancelled": Status.CANCELLED,
    "error": Status.EXCEPTION,
}


@dataclass(frozen=True)
class Meaning:
    """A carrier's words in ours. `known`: False when EasyPost's status is one we have never seen."""

    status: Status
    reason: Reason | str = ""
    action_required: bool = False
    known: bool = True


_MOVES = Meaning(Status.IN_TRANSIT)
# What a status_detail says beyond its status. Those not named here (status_update, unknown, ...) add nothing.
DETAILS = {
    "address_correction": Meaning(Status.EXCEPTION, Reason.ADDRESS, action_required=True),
    "arrived_at_destination": _MOVES,
    "arrived_at_facility": _MOVES,
    "arrived_at_pickup_location": Meaning(Status.READY_FOR_PICKUP),
    "awaiting_information": Meaning(Status.EXCEPTION, Reason.ADDRESS, action_required=True),
    "cancelled": Meaning(Status.CANCELLED),
    "damaged": Meaning(Status.EXCEPTION, Reason.DAMAGED),
    "delayed": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "delivery_exception": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "departed_facility": _MOVES,
    "departed_origin_facility": _MOVES,
    "expired": Meaning(Status.EXPIRED),
    "failure": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "held": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "in_transit": _MOVES,
    "label_created": Meaning(Status.INFO_RECEIVED),
    "lost": Meaning(Status.EXCEPTION, Reason.LOST),
    "missorted": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "out_for_delivery": Meaning(Status.OUT_FOR_DELIVERY),
    "received_at_destination_facility": _MOVES,
    "received_at_origin_facility": _MOVES,
    "refused": Meaning(Status.EXCEPTION, Reason.REFUSED),
    "return": Meaning(Status.RETURNING),
    "transferred_to_destination_carrier": _MOVES,
    "transit_exception": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "weather_delay": Meaning(Status.IN_TRANSIT, Reason.WEATHER),
}
# These end a parcel's way or say where it lies; a detail may give the reason but cannot take it further.
_FIRM = {Status.DELIVERED, Status.RETURNING, Status.READY_FOR_PICKUP, Status.CANCELLED}

_UNDER_WAY = {Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.EXCEPTION, Status.UNKNOWN}
_SHOPPER_ACTS = {Reason.ADDRESS, Reason.CUSTOMS_DOCUMENTS, Reason.PAYMENT_DUE}


def _any(*words: str) -> re.Pattern[str]:
    """Compile a pattern for any of `words` (regular expressions over lower-case text), as whole words."""
    return re.compile(rf"\b(?:{'|'.join(words)})\b")


# Before a verb that did not happen, or not yet: "will be returned to sender", "could not be delivered".
_NOT_YET = re.compile(
    r"(?:\b(?:will|not|cannot|unable|being|if|should|may|must)|n't)(?: \w+){0,2} ?$|\bto(?: be)? ?$"
)
# After it: "a second attempt will be made".
_LATER = r"(?! (?:will|is scheduled|has been scheduled))"

_BACK = _any(
    r"(?:delivered|returned),? (?:back )?to (?:the )?(?:original )?(?:sender|shipper|seller|merchant)"
)
_DELIVERED = _any("delivered")
_TRIED = _any(
    "attempted",
    r"attempt (?:was )?(?:made|failed|unsuccessful)",
    rf"(?:unsuccessful|failed|missed|first|second|third|final|1st|2nd|3rd) (?:delivery )?attempt{_LATER}",
    r"(?:notice|card) left",
    r"left (?:a )?(?:notice|card)",
    "no access",
)
_ABSENT = _any(
    r"business (?:is |was )?closed",
    r"(?:recipient|receiver|customer|consignee|addressee) (?:is |was )?"
    r"(?:not available|unavailable|not (?:at )?home|absent)",
    r"no (?:authorized |authorised )?(?:recipient|one|body) (?:was )?(?:available|(?:at )?home)",
    r"nobody (?:was )?(?:at )?home",
)
_DUES = r"(?:duty|duties|tax|taxes|postage|payment|charges?|cod amount)"
_PAPERS = r"(?:documents?|documentation|paperwork|invoice|information)"
_REASONS = (
    (_any("refused", "rejected by"), Reason.REFUSED),
    (_any("damaged?"), Reason.DAMAGED),
    (_any("lost", r"(?:package|parcel|item) (?:is )?missing", "cannot be located"), Reason.LOST),
    (
        _any(rf"{_DUES} .*(?:due|required|unpaid|owed|pending)", f"{_DUES} due", "awaiting payment"),
        Reason.PAYMENT_DUE,
    ),
    (_any(rf"(?:customs|clearance|import)\b.*\b{_PAPERS}"), Reason.CUSTOMS_DOCUMENTS),
    (_any("customs", "clearance (?:delay|in progress|event|processing)", "broker"), Reason.CUSTOMS),
    (_any("address", "no such number", "insufficient", "moved", "apartment"), Reason.ADDRESS),
    (_any("weather", "natural disaster", "storm", "flood(?:s|ed|ing)?"), Reason.WEATHER),
    (_any("unclaimed", r"not (?:collected|picked up)"), Reason.UNCLAIMED),
    (_any("security"), Reason.SECURITY),
)
_LEFT = (
    (_any("neighbou?r"), Reason.NEIGHBOUR),
    (_any("locker"), Reason.LOCKER),
    (
        _any("porch", "(?:front|back|side) door", "garage", "safe place", "left at", "mailbox", "patio"),
        Reason.SAFE_PLACE,
    ),
    (_any("signed (?:for )?by", "signature (?:obtained|received)"), Reason.SIGNED),
)
_ACT = _any(
    "action required",
    r"(?:re)?schedule (?:a )?(?:re)?delivery",
    "contact (?:us|the carrier|fedex|ups|usps|dhl)",
    rf"{_PAPERS} (?:is |are )?(?:needed|required)",
)


@functools.lru_cache(maxsize=8192)
def understand(status: str, detail: str, message: str) -> Meaning:
    """
    Return what EasyPost's status and status_detail mean, refined by the carrier's own words.

    A status we have never seen is UNKNOWN, whatever stands beside it; it never raises. The message decides
    only what the codes leave open: who was not at home, why a parcel is held up, whether what was sent back
    has arrived.
    """
    base = STATUSES.get(status.lower()) if status else Status.UNKNOWN
    if base is None:
        return Meaning(Status.UNKNOWN, known=False)
    said = " ".join(message.lower().split())
    found = _combine(base, DETAILS.get(detail.lower()))
    if found.status == Status.DELIVERED:
        return Meaning(Status.RETURNED) if _done(_BACK, said) else Meaning(found.status, _first(_LEFT, said))
    if found.status == Status.RETURNING:
        arrived = _done(_BACK, said) or _done(_DELIVERED, said)
        reason = found.reason or _first(_REASONS, said)
        return Meaning(Status.RETURNED if arrived else Status.RETURNING, reason)
    return _troubled(found, said)


def _combine(base: Status, told: Meaning | None) -> Meaning:
    """Lay a detail over its status: movement only fills a gap, trouble wins over movement."""
    if told is None:
        return Meaning(base, Reason.UNKNOWN if base == Status.EXCEPTION else "")
    if base in _FIRM:
        return Meaning(base, "" if told.reason == Reason.UNKNOWN else told.reason)
    moves = told.status in (Status.INFO_RECEIVED, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY)
    if moves and not told.reason and base != Status.UNKNOWN:
        return Meaning(base, Reason.UNKNOWN if base == Status.EXCEPTION else "")
    if moves and base in (Status.OUT_FOR_DELIVERY, Status.INFO_RECEIVED):
        return Meaning(base, told.reason)
    return told


def _troubled(found: Meaning, said: str) -> Meaning:
    """Refine a parcel on its way by its message: attempts, and the reason of an exception nobody named."""
    open_question = found.reason in ("", Reason.UNKNOWN)
    if open_question and found.status in _UNDER_WAY:
        absent = bool(_ABSENT.search(said))
        if absent or _done(_TRIED, said):
            return Meaning(
                Status.ATTEMPTED, Reason.NOT_HOME if absent else Reason.UNKNOWN, bool(_ACT.search(said))
            )
    if found.status != Status.EXCEPTION:
        return found
    reason, better = found.reason, _first(_REASONS, said)
    # "Awaiting information" is about the address unless the carrier says it is about customs or money.
    if better and (open_question or (found.action_required and better in _SHOPPER_ACTS)):
        reason = better
    return Meaning(
        found.status, reason, found.action_required or reason in _SHOPPER_ACTS or bool(_ACT.search(said))
    )


def _done(pattern: re.Pattern[str], said: str) -> bool:
    """
    Say whether `pattern` is told as something that happened, not as something that will, may or did not.
    """
    for match in pattern.finditer(said):
        clause = re.split(r"[.;:!]", said[: match.start()])[-1]
        if not _NOT_YET.search(clause[-60:]):
            return True
    return False


def _first(table: tuple[tuple[re.Pattern[str], Reason], ...], said: str) -> Reason | str:
    return next((reason for pattern, reason in table if pattern.search(said)), "")
