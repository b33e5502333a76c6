"""Our own short words for what carriers say. Lazy strings: translated when they are shown."""

import re

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracking.vocabulary import Reason, Status

Words = str | LazyText

# The pill on a parcel.
PILLS: dict[str, Words] = {
    Status.PENDING: _("Packed"),
    Status.INFO_RECEIVED: _("Packed"),
    Status.IN_TRANSIT: _("On its way"),
    Status.OUT_FOR_DELIVERY: _("Out for delivery"),
    Status.ATTEMPTED: _("Delivery attempted"),
    Status.READY_FOR_PICKUP: _("Ready to collect"),
    Status.DELIVERED: _("Delivered"),
    Status.EXCEPTION: _("Held up"),
    Status.RETURNING: _("On its way back"),
    Status.RETURNED: _("Back with us"),
    Status.CANCELLED: _("Called off"),
    Status.EXPIRED: _("No news"),
    Status.UNKNOWN: _("On its way"),
}

# How it looks: word, shape and colour always agree (static/css/components/controls.css).
TONES: dict[str, str] = {
    Status.PENDING: "calm",
    Status.INFO_RECEIVED: "calm",
    Status.ATTEMPTED: "warn",
    Status.EXCEPTION: "bad",
    Status.RETURNING: "warn",
    Status.RETURNED: "warn",
    Status.CANCELLED: "calm",
    Status.EXPIRED: "warn",
}

# One step of the journey, by status; in transit, the carrier's own words say which.
SCANS: dict[str, Words] = {
    Status.PENDING: _("The carrier has been told"),
    Status.INFO_RECEIVED: _("Label made"),
    Status.IN_TRANSIT: _("On its way"),
    Status.OUT_FOR_DELIVERY: _("Out for delivery"),
    Status.ATTEMPTED: _("Delivery attempted"),
    Status.READY_FOR_PICKUP: _("Ready to collect"),
    Status.DELIVERED: _("Delivered"),
    Status.EXCEPTION: _("Held up"),
    Status.RETURNING: _("On its way back"),
    Status.RETURNED: _("Back at the sender"),
    Status.CANCELLED: _("Called off"),
    Status.EXPIRED: _("No news"),
    Status.UNKNOWN: _("Update from the carrier"),
}

# First match wins. Carriers' words are English, often in capitals and with underscores.
MOVES: tuple[tuple[re.Pattern[str], Words], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"customs.*(clear|released|complete)|clear\w* customs", _("Cleared customs")),
        (r"customs", _("At customs")),
        (r"(depart|left|leaving).*(port|airport)", _("Left the airport")),
        (r"arriv.*(delivery|local|destination)", _("Arrived near you")),
        (r"depart|\bleft\b|in transit from", _("Left the sorting centre")),
        (r"arriv|at (the )?(hub|depot|facility|sort)", _("Arrived at the sorting centre")),
        (
            r"pick(ed)?[ -]?up|accept|collected|possession|origin scan|drop(ped)?[ -]?off",
            _("Picked up by the carrier"),
        ),
        (r"sort|process", _("Sorted")),
    )
)

# Why, in a few words after the status.
REASONS: dict[str, Words] = {
    Reason.ADDRESS: _("the address needs a check"),
    Reason.REFUSED: _("it was refused"),
    Reason.NOT_HOME: _("nobody was there"),
    Reason.CUSTOMS: _("customs are looking at it"),
    Reason.CUSTOMS_DOCUMENTS: _("customs need papers"),
    Reason.PAYMENT_DUE: _("a payment is due"),
    Reason.WEATHER: _("bad weather"),
    Reason.CARRIER_DELAY: _("the carrier is running late"),
    Reason.DAMAGED: _("it was damaged"),
    Reason.LOST: _("it cannot be found"),
    Reason.SECURITY: _("security check"),
    Reason.NEIGHBOUR: _("left with a neighbour"),
    Reason.SAFE_PLACE: _("left in a safe place"),
    Reason.LOCKER: pgettext_lazy("where a parcel was left", "in a parcel locker"),
    Reason.SIGNED: _("signed for"),
    Reason.UNCLAIMED: _("not collected in time"),
}


def move(code: str, message: str) -> Words:
    """Return our words for a scan in transit, from the carrier's code and message."""
    said = f"{message} {code}".replace("_", " ")
    return next((words for pattern, words in MOVES if pattern.search(said)), SCANS[Status.IN_TRANSIT])
