"""
17TRACK's words in ours: main status, sub-status, and the numbers of its first API.

Source: 17TRACK's API reference v2.x (main and sub status), as other clients quote it; see docs/carriers.md.
"""

from tracking.carriers.direct import Meaning, guessed
from tracking.carriers.meanings import by_words, refined
from tracking.vocabulary import Reason, Status

STATUSES = {
    "NotFound": Status.PENDING,
    "InfoReceived": Status.INFO_RECEIVED,
    "InTransit": Status.IN_TRANSIT,
    "Expired": Status.EXPIRED,
    "AvailableForPickup": Status.READY_FOR_PICKUP,
    "OutForDelivery": Status.OUT_FOR_DELIVERY,
    "DeliveryFailure": Status.ATTEMPTED,
    "Delivered": Status.DELIVERED,
    "Exception": Status.EXCEPTION,
}
_MOVES = Meaning(Status.IN_TRANSIT)
SUBSTATUSES = {
    "AvailableForPickup_Other": Meaning(Status.READY_FOR_PICKUP),
    "Delivered_Other": Meaning(Status.DELIVERED),
    "DeliveryFailure_InvalidAddress": Meaning(Status.EXCEPTION, Reason.ADDRESS, action_required=True),
    "DeliveryFailure_NoBody": Meaning(Status.ATTEMPTED, Reason.NOT_HOME),
    "DeliveryFailure_Other": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "DeliveryFailure_Rejected": Meaning(Status.EXCEPTION, Reason.REFUSED),
    "DeliveryFailure_Security": Meaning(Status.EXCEPTION, Reason.SECURITY),
    "Exception_Cancel": Meaning(Status.CANCELLED),
    "Exception_Damage": Meaning(Status.EXCEPTION, Reason.DAMAGED),
    "Exception_Delayed": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "Exception_Destroyed": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "Exception_Lost": Meaning(Status.EXCEPTION, Reason.LOST),
    "Exception_NoBody": Meaning(Status.ATTEMPTED, Reason.NOT_HOME),
    "Exception_Other": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "Exception_Rejected": Meaning(Status.EXCEPTION, Reason.REFUSED),
    "Exception_Returned": Meaning(Status.RETURNED),
    "Exception_Returning": Meaning(Status.RETURNING),
    "Exception_Security": Meaning(Status.EXCEPTION, Reason.SECURITY),
    "Expired_Other": Meaning(Status.EXPIRED),
    "InTransit_Arrival": _MOVES,
    "InTransit_CustomsProcessing": Meaning(Status.IN_TRANSIT, Reason.CUSTOMS),
    "InTransit_CustomsReleased": _MOVES,
    "InTransit_CustomsRequiringInformation": Meaning(
        Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS, action_required=True
    ),
    "InTransit_Departure": _MOVES,
    "InTransit_Other": _MOVES,
    "InTransit_PickedUp": _MOVES,
    "InfoReceived": Meaning(Status.INFO_RECEIVED),
    "NotFound_InvalidCode": Meaning(Status.PENDING),
    "NotFound_Other": Meaning(Status.PENDING),
    "OutForDelivery_Other": Meaning(Status.OUT_FOR_DELIVERY),
}
# The first API's numbers, read from examples and not from a reference: the sentence beside them goes first.
NUMBERS = {
    1: Status.INFO_RECEIVED,
    2: Status.IN_TRANSIT,
    3: Status.IN_TRANSIT,
    4: Status.OUT_FOR_DELIVERY,
    5: Status.DELIVERED,
}
# What a stage leaves open and a sentence may say more about.
_VAGUE = {"InTransit_Other", "InTransit", "Exception_Other", "Exception"}
_WITHIN = {Status.OUT_FOR_DELIVERY, Status.ATTEMPTED, Status.READY_FOR_PICKUP, Status.EXCEPTION}


def understand(stage: str, substatus: str, message: str) -> Meaning:
    """Return what an event's stage, its sub-status and the carrier's sentence mean together."""
    # Many events have neither; 17TRACK fills them only where something changed.
    found = SUBSTATUSES.get(substatus) or SUBSTATUSES.get(stage)
    if found is None:
        status = STATUSES.get(stage) or STATUSES.get(substatus.partition("_")[0])
        if status is None:
            return by_words("17track", message, substatus or stage)
        found = Meaning(status, Reason.UNKNOWN if status in (Status.ATTEMPTED, Status.EXCEPTION) else "")
    words = guessed(message)
    if (substatus or stage) in _VAGUE and words.status in _WITHIN:
        return words
    return refined(found, message)


def understand_number(number: int, substatus: int, message: str) -> Meaning:
    """Return what an event of the first API means: by its sentence, else by its number."""
    words = guessed(message)
    if words.known:
        return words
    if number in NUMBERS:
        return Meaning(NUMBERS[number])
    return by_words("17track", message, f"{number}/{substatus}")
