"""The kinds of flags, and what is true of each."""

from django.db import models

from tracking.vocabulary import Reason, Status


class FlagKind(models.TextChoices):
    """What did not happen. The codes are stored and never renamed."""

    UNFULFILLED = "UNFULFILLED", "Not shipped yet"
    NOT_HANDED_OVER = "NOT_HANDED_OVER", "Label made, carrier has not got it"
    SILENT = "SILENT", "No scan for days"
    LATE = "LATE", "Later than promised"
    ATTEMPTS = "ATTEMPTS", "Several failed attempts"
    PICKUP_WAITING = "PICKUP_WAITING", "Waits at the pickup point"
    CUSTOMS = "CUSTOMS", "Held by customs"
    EXCEPTION = "EXCEPTION", "Held up"
    LOST = "LOST", "Probably lost"


# The parcel is where it should be, or on its way back: nothing more is expected of it.
OVER = frozenset({Status.DELIVERED, Status.RETURNING, Status.RETURNED, Status.CANCELLED})
# EXPIRED only says that nobody has spoken of a parcel for long: what was the matter before still is.
WATCHED = tuple(status for status in Status if status not in OVER)
SAYS_NOTHING = frozenset({Status.UNKNOWN, Status.PENDING, Status.EXPIRED})
HELD_BY_CUSTOMS = frozenset({Reason.CUSTOMS, Reason.CUSTOMS_DOCUMENTS, Reason.PAYMENT_DUE})
# Flags that many parcels can have for one cause.
SHARED = frozenset(
    {
        FlagKind.CUSTOMS,
        FlagKind.SILENT,
        FlagKind.EXCEPTION,
        FlagKind.LATE,
        FlagKind.ATTEMPTS,
        FlagKind.LOST,
    }
)
# Of those, the ones that end as soon as a parcel moves on. The others last until it is delivered.
HOLDING = frozenset({FlagKind.CUSTOMS, FlagKind.SILENT, FlagKind.EXCEPTION, FlagKind.LOST})
# Reasons that lie with one recipient are no cause that parcels share; no reason at all is none either.
NOT_SHARED = frozenset({"", Reason.REFUSED, Reason.NOT_HOME, Reason.UNCLAIMED, Reason.UNKNOWN})
