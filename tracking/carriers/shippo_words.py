"""
Shippo's words in ours: the status, the sub-status that refines it, and where both are vague the carrier's
sentence.
"""

from tracking.carriers.direct import Meaning, guessed
from tracking.carriers.meanings import by_words, refined
from tracking.vocabulary import Reason, Status

STATUSES = {
    "PRE_TRANSIT": Status.INFO_RECEIVED,
    "TRANSIT": Status.IN_TRANSIT,
    "DELIVERED": Status.DELIVERED,
    "RETURNED": Status.RETURNING,  # "returned, or on its way back": only its arrival is RETURNED
    "FAILURE": Status.EXCEPTION,
}

_MOVES = Meaning(Status.IN_TRANSIT)
# https://docs.goshippo.com/docs/Tracking/Tracking (sub-statuses)
SUBSTATUSES = {
    "address_issue": Meaning(Status.EXCEPTION, Reason.ADDRESS, action_required=True),
    "contact_carrier": Meaning(Status.EXCEPTION, Reason.UNKNOWN, action_required=True),
    "delayed": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "delivered": Meaning(Status.DELIVERED),
    "delivery_attempted": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "delivery_rescheduled": _MOVES,
    "delivery_scheduled": _MOVES,
    "information_received": Meaning(Status.INFO_RECEIVED),
    "location_inaccessible": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "notice_left": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "out_for_delivery": Meaning(Status.OUT_FOR_DELIVERY),
    "package_accepted": _MOVES,
    "package_arrived": _MOVES,
    "package_damaged": Meaning(Status.EXCEPTION, Reason.DAMAGED),
    "package_departed": _MOVES,
    "package_disposed": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "package_forwarded": _MOVES,
    "package_held": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "package_lost": Meaning(Status.EXCEPTION, Reason.LOST),
    "package_processed": _MOVES,
    "package_processing": _MOVES,
    "package_unclaimed": Meaning(Status.EXCEPTION, Reason.UNCLAIMED),
    "package_undeliverable": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "pickup_available": Meaning(Status.READY_FOR_PICKUP),
    "reschedule_delivery": Meaning(Status.ATTEMPTED, Reason.UNKNOWN, action_required=True),
    "return_to_sender": Meaning(Status.RETURNING),
}
# These end a parcel's way; a sub-status gives them a reason and cannot take them further.
_FIRM = {Status.DELIVERED, Status.RETURNING}
# Without a sub-status, TRANSIT says everything between the label and the door; only the sentence knows more.
_WITHIN = {Status.OUT_FOR_DELIVERY, Status.ATTEMPTED, Status.READY_FOR_PICKUP, Status.EXCEPTION}


def understand(status: str, substatus: str, message: str, *, acts: bool = False) -> Meaning:
    """
    Return what Shippo's status, its sub-status and the carrier's sentence mean together.

    `acts`: Shippo says that the shopper must act. UNKNOWN is what Shippo says of most labels, too: there, and
    where the words are new, the sentence decides.
    """
    base, told = STATUSES.get(status.upper()), SUBSTATUSES.get(substatus.lower())
    if base is None and told is None:
        found = by_words("shippo", message, f"{status} {substatus}".strip())
    elif base in _FIRM:
        found = Meaning(base or Status.UNKNOWN, told.reason if told and told.reason != Reason.UNKNOWN else "")
    elif told is None and base == Status.IN_TRANSIT and guessed(message).status in _WITHIN:
        found = guessed(message)
    else:
        found = told or Meaning(base or Status.UNKNOWN, Reason.UNKNOWN if base == Status.EXCEPTION else "")
    found = refined(found, message)
    final = found.status in (Status.DELIVERED, Status.RETURNING, Status.RETURNED)
    return Meaning(found.status, found.reason, (found.action_required or acts) and not final, found.known)
