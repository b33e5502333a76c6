"""Where a carrier's code leaves something open: what the sentence beside it, and its own summary, add."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tracking.carriers.base import ParcelData, ScanData
from tracking.carriers.direct import Meaning, guessed, scan, told
from tracking.fold import fold, in_order
from tracking.vocabulary import Reason, Status

_BACK = {Status.RETURNING, Status.RETURNED}
_TROUBLE = {Status.EXCEPTION, Status.ATTEMPTED}


def by_words(carrier: str, message: str, code: str = "") -> Meaning:
    """Return what a sentence means beside a code nobody mapped; unknown (and logged) when it is not clear."""
    return told(guessed(message, code), carrier, code, message)


def refined(found: Meaning, message: str) -> Meaning:
    """
    Return a code's meaning with what only the sentence beside it says: why, and that it is on its way back.

    The code decides how far the parcel is; the words are heard where it leaves something open.
    """
    words = guessed(message)
    if not words.known:
        return found
    if words.status in _BACK and found.status not in (Status.INFO_RECEIVED, Status.RETURNED):
        reason = words.reason if found.reason in ("", Reason.UNKNOWN) else found.reason
        return Meaning(Status.RETURNED if found.status == Status.DELIVERED else words.status, reason)
    if found.reason not in ("", Reason.UNKNOWN) or words.reason in ("", Reason.UNKNOWN):
        return found
    acts = found.action_required or words.action_required
    if found.status == words.status:
        return replace(found, reason=words.reason, action_required=acts)
    if found.status in _TROUBLE and words.status in _TROUBLE:
        return Meaning(words.status, words.reason, acts)
    return found


def closed_by(
    scans: Sequence[ScanData], summary: Meaning, *, at: datetime | None = None, code: str = ""
) -> tuple[ScanData, ...]:
    """
    Return the scans, with one more where the carrier's own summary says what they do not add up to.

    `at`: when the summary came about, where the carrier tells it (aware); else it is put just behind the last
    scan, so that asking again makes the same scan again. Without either there is no time, and so no scan.
    """
    when = _closing_time(scans, at)
    if when is None or summary.status == Status.UNKNOWN:
        return tuple(scans)
    closed = (*scans, scan(when, summary, code=code))
    before = fold(scans).status
    # "In transit" beside scans is no news: it would only hide what the last of them says.
    says_more = summary.status not in (Status.IN_TRANSIT, Status.INFO_RECEIVED) or before == Status.PENDING
    return closed if says_more and fold(closed).status != before else tuple(scans)


def _closing_time(scans: Sequence[ScanData], at: datetime | None) -> datetime | None:
    if not scans:
        return at
    last = in_order(scans)[-1]
    if at is not None and last.at is not None and last.at <= at:
        return at
    when = last.at or last.local
    return when + timedelta(microseconds=1) if when else None


def laggard(articles: Sequence[ParcelData]) -> ParcelData | None:
    """Return the article that lags behind most: a consignment is delivered when its last article is."""

    def progress(article: ParcelData) -> tuple[bool, datetime]:
        state = fold(article.scans)
        return state.delivered_at is not None, state.last_scan_at or datetime.min.replace(tzinfo=UTC)

    return min(articles, key=progress, default=None)
