"""What happened to a parcel, step by step, in our words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tracking.models import Scan
from tracking.presentation.material import Level, ParcelMaterial
from tracking.presentation.phrases import REASONS, SCANS, TONES, move
from tracking.presentation.voice import Voice
from tracking.vocabulary import Status

SHOWN = 3


@dataclass(frozen=True)
class Entry:
    """
    One scan. `when` is HTML-safe; `local`: it is the carrier's wall clock, its offset unknown. `said`: the
    carrier's own words, only for those who may see everything (they can hold names).
    """

    phrase: str
    when: str
    place: str = ""
    said: str = ""
    local: bool = False
    tone: str = "good"


def entries_for(parcel: ParcelMaterial, voice: Voice, level: Level) -> Sequence[Entry]:
    """Return the parcel's entries, latest first."""
    home = str(parcel.shipment.destination.get("country", ""))
    return [_entry(scan, parcel, voice, level, home) for scan in parcel.scans]


def _entry(scan: Scan, parcel: ParcelMaterial, voice: Voice, level: Level, home: str) -> Entry:
    phrase = _phrase(scan, parcel)
    return Entry(
        phrase=phrase,
        when=voice.when(scan.at) if scan.at else voice.local(scan.local),
        place=voice.place(scan.city, scan.region, scan.country, home=home),
        said=_said(scan.message, phrase) if level == Level.ACT else "",
        local=scan.at is None,
        tone=TONES.get(scan.status, "good"),
    )


def _said(message: str, phrase: str) -> str:
    """Return the carrier's words as a sentence, not in capitals; '' when they say just what we say."""
    words = " ".join(message.replace("_", " ").split())
    if words.casefold() == phrase.casefold():
        return ""
    return words.capitalize() if words.isupper() else words


def _phrase(scan: Scan, parcel: ParcelMaterial) -> str:
    if scan.status == Status.IN_TRANSIT:
        words = str(move(scan.code, scan.message))
        if parcel.carrier and words == _("Picked up by the carrier"):
            words = _("Picked up by %(carrier)s") % {"carrier": parcel.carrier}
    else:
        words = str(SCANS.get(scan.status, SCANS[Status.UNKNOWN]))
    reason = REASONS.get(scan.reason)
    return f"{words}: {reason}" if reason else words
