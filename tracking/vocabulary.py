"""The words every carrier's words are translated into."""

from django.db import models


class Status(models.TextChoices):
    """Where a parcel is in its life."""

    PENDING = "PENDING", "Not yet known to the carrier"
    INFO_RECEIVED = "INFO_RECEIVED", "Label made"
    IN_TRANSIT = "IN_TRANSIT", "On its way"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY", "Out for delivery"
    ATTEMPTED = "ATTEMPTED", "Delivery attempted"
    READY_FOR_PICKUP = "READY_FOR_PICKUP", "Ready for pickup"
    DELIVERED = "DELIVERED", "Delivered"
    EXCEPTION = "EXCEPTION", "Held up"
    RETURNING = "RETURNING", "On its way back"
    RETURNED = "RETURNED", "Back at the sender"
    CANCELLED = "CANCELLED", "Cancelled"
    EXPIRED = "EXPIRED", "No word for 30 days"
    UNKNOWN = "UNKNOWN", "Unknown"


class Reason(models.TextChoices):
    """Why, as a second axis beside the status."""

    ADDRESS = "address", "The address is incomplete or wrong"
    REFUSED = "refused", "The parcel was refused"
    NOT_HOME = "not-home", "Nobody was there"
    CUSTOMS = "customs", "Customs are looking at it"
    CUSTOMS_DOCUMENTS = "customs-documents", "Customs need documents"
    PAYMENT_DUE = "payment-due", "Duty or postage is due"
    WEATHER = "weather", "Weather"
    CARRIER_DELAY = "carrier-delay", "The carrier is running late"
    DAMAGED = "damaged", "Damaged"
    LOST = "lost", "Lost"
    SECURITY = "security", "Security check"
    NEIGHBOUR = "neighbour", "Left with a neighbour"
    SAFE_PLACE = "safe-place", "Left in a safe place"
    LOCKER = "locker", "In a parcel locker"
    SIGNED = "signed", "Signed for"
    UNCLAIMED = "unclaimed", "Not collected in time"
    UNKNOWN = "unknown", "No reason given"
