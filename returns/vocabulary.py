"""The words of returns: stored in rows and in the API, never renamed."""

from django.db import models


class Kind(models.TextChoices):
    """Whether goods come back. A claim is settled without."""

    RETURN = "RETURN", "Return"
    CLAIM = "CLAIM", "Claim, no goods back"


class State(models.TextChoices):
    """How far a return is (returns/states.py says what follows what)."""

    REQUESTED = "REQUESTED", "Requested"
    REVIEW = "REVIEW", "Being looked at"
    APPROVED = "APPROVED", "Approved"
    REJECTED = "REJECTED", "Refused"
    LABEL_READY = "LABEL_READY", "Ready to be sent"
    IN_TRANSIT = "IN_TRANSIT", "On its way back"
    RECEIVED = "RECEIVED", "Received"
    INSPECTED = "INSPECTED", "Inspected"
    SETTLED = "SETTLED", "Settled"
    EXPIRED = "EXPIRED", "Never sent"
    CANCELLED = "CANCELLED", "Cancelled"


class Reason(models.TextChoices):
    """Why something goes back, or is claimed."""

    SIZE_TOO_SMALL = "SIZE_TOO_SMALL", "Too small"
    SIZE_TOO_LARGE = "SIZE_TOO_LARGE", "Too large"
    COLOR = "COLOR", "The colour is not right"
    STYLE = "STYLE", "Not my style"
    DEFECTIVE = "DEFECTIVE", "It does not work"
    DAMAGED = "DAMAGED", "It arrived damaged"
    WRONG_ITEM = "WRONG_ITEM", "It is not what I ordered"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED", "Not as described"
    LATE = "LATE", "It came too late"
    UNWANTED = "UNWANTED", "I do not want it any more"
    OTHER = "OTHER", "Something else"
    # Of claims only.
    LOST = "LOST", "It never came"
    MISSING = "MISSING", "It was not in the parcel"


# Reasons that are our doing: no fee, no deduction, and the shipping goes back where all of it does.
OUR_FAULT = frozenset(
    {
        Reason.DEFECTIVE,
        Reason.DAMAGED,
        Reason.WRONG_ITEM,
        Reason.NOT_AS_DESCRIBED,
        Reason.LATE,
        Reason.LOST,
        Reason.MISSING,
    }
)
OF_CLAIMS = frozenset({Reason.LOST, Reason.DAMAGED, Reason.MISSING, Reason.WRONG_ITEM})
OF_RETURNS = tuple(reason for reason in Reason if reason not in (Reason.LOST, Reason.MISSING))


class Outcome(models.TextChoices):
    """What the shopper gets for a unit."""

    REFUND = "REFUND", "Money back"
    EXCHANGE = "EXCHANGE", "Another one"
    CREDIT = "CREDIT", "Store credit"
    REPAIR = "REPAIR", "Repair"


class Method(models.TextChoices):
    """How the goods come back."""

    LABEL = "LABEL", "Printed label"
    QR = "QR", "Code instead of a label"
    DROP_OFF = "DROP_OFF", "Brought to one of our shops"
    COLLECTION = "COLLECTION", "Collected at the door"
    OWN = "OWN", "Sent by the shopper's own means"
    NONE = "NONE", "Nothing is sent"


# The number on the parcel is ours: a scan of it says that this return travels. Any other may be anybody's.
WITH_LABEL = frozenset({Method.LABEL, Method.QR})


class Condition(models.TextChoices):
    """What the warehouse saw of a unit."""

    AS_NEW = "AS_NEW", "As new"
    OPENED = "OPENED", "Opened"
    WORN = "WORN", "Worn"
    DAMAGED = "DAMAGED", "Damaged"
    WRONG_ITEM = "WRONG_ITEM", "Another item"
    MISSING = "MISSING", "Not in the parcel"
    NOT_OURS = "NOT_OURS", "Not ours"


class Disposition(models.TextChoices):
    """What becomes of a unit."""

    RESTOCK = "RESTOCK", "Back on the shelf"
    REFURBISH = "REFURBISH", "Refurbish"
    REPAIR = "REPAIR", "Repair"
    LIQUIDATE = "LIQUIDATE", "Sell off"
    DONATE = "DONATE", "Donate"
    DISPOSE = "DISPOSE", "Throw away"
    SEND_BACK = "SEND_BACK", "Send back to the shopper"


class RefundAt(models.TextChoices):
    """The moment from which money goes back."""

    FIRST_SCAN = "FIRST_SCAN", "At the carrier's first scan"
    RECEIPT = "RECEIPT", "When it has arrived"
    INSPECTION = "INSPECTION", "When it has been inspected"
