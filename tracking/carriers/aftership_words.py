"""
AfterShip's tags and sub-tags in ours.

Sources: https://www.aftership.com/docs/tracking/enum/delivery-sub-statuses and, for what came in March 2026,
https://support.aftership.com/en/article/learn-about-delivery-sub-statuses-1b0hdlx/.
"""

from tracking.carriers.direct import Meaning
from tracking.carriers.meanings import by_words, refined
from tracking.vocabulary import Reason, Status

TAGS = {
    "Pending": Status.PENDING,
    "InfoReceived": Status.INFO_RECEIVED,
    "InTransit": Status.IN_TRANSIT,
    "OutForDelivery": Status.OUT_FOR_DELIVERY,
    "AttemptFail": Status.ATTEMPTED,
    "AvailableForPickup": Status.READY_FOR_PICKUP,
    "Delivered": Status.DELIVERED,
    "Exception": Status.EXCEPTION,
    "Expired": Status.EXPIRED,
}
_MOVES = Meaning(Status.IN_TRANSIT)
SUBTAGS = {
    "AttemptFail_001": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "AttemptFail_002": Meaning(Status.ATTEMPTED, Reason.NOT_HOME),
    "AttemptFail_003": Meaning(Status.ATTEMPTED, Reason.NOT_HOME),  # business closed
    "AvailableForPickup_001": Meaning(Status.READY_FOR_PICKUP),
    "Delivered_001": Meaning(Status.DELIVERED),
    "Delivered_002": Meaning(Status.DELIVERED),  # picked up by the customer
    "Delivered_003": Meaning(Status.DELIVERED, Reason.SIGNED),
    "Delivered_004": Meaning(Status.DELIVERED),  # cash on delivery received
    "Delivered_005": Meaning(Status.DELIVERED, Reason.NEIGHBOUR),
    "Exception_001": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "Exception_002": Meaning(Status.EXCEPTION, Reason.ADDRESS, action_required=True),  # customer moved
    "Exception_003": Meaning(Status.EXCEPTION, Reason.REFUSED),
    "Exception_004": Meaning(Status.EXCEPTION, Reason.CUSTOMS),
    "Exception_005": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "Exception_006": Meaning(Status.EXCEPTION, Reason.PAYMENT_DUE, action_required=True),
    "Exception_007": Meaning(Status.EXCEPTION, Reason.ADDRESS, action_required=True),
    "Exception_008": Meaning(Status.EXCEPTION, Reason.UNCLAIMED),
    "Exception_009": Meaning(Status.EXCEPTION, Reason.UNKNOWN),  # against the carrier's rules
    "Exception_010": Meaning(Status.RETURNING),
    "Exception_011": Meaning(Status.RETURNED),
    "Exception_012": Meaning(Status.EXCEPTION, Reason.DAMAGED),
    "Exception_013": Meaning(Status.EXCEPTION, Reason.LOST),
    "Exception_016": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),  # sorting error, broken vehicle
    "Exception_017": Meaning(Status.IN_TRANSIT, Reason.WEATHER),
    "Exception_018": Meaning(Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS, action_required=True),
    "Exception_019": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),  # late flight
    "Exception_020": Meaning(Status.CANCELLED),
    "Exception_021": Meaning(Status.EXCEPTION, Reason.UNKNOWN),  # disposed of
    "Expired_001": Meaning(Status.EXPIRED),
    "InTransit_001": _MOVES,
    "InTransit_002": _MOVES,  # acceptance scan
    "InTransit_003": _MOVES,  # arrival scan
    "InTransit_004": _MOVES,  # in the country of destination
    "InTransit_005": _MOVES,  # customs clearance completed
    "InTransit_006": Meaning(Status.IN_TRANSIT, Reason.CUSTOMS),  # customs clearance started
    "InTransit_007": _MOVES,  # departure scan
    "InTransit_008": _MOVES,  # problem resolved
    "InTransit_009": _MOVES,  # forwarded to another address
    "InfoReceived_001": Meaning(Status.INFO_RECEIVED),
    "OutForDelivery_001": Meaning(Status.OUT_FOR_DELIVERY),
    "OutForDelivery_003": Meaning(Status.OUT_FOR_DELIVERY),  # the driver called
    "OutForDelivery_004": _MOVES,  # a delivery appointment was made
}


def understand(tag: str, subtag: str, message: str) -> Meaning:
    """
    Return what a tag, its sub-tag and the carrier's sentence mean together.

    A sub-tag that is new means what its tag means; a tag that is new is guessed from the sentence.
    "Exception" without more is refined by the sentence.
    """
    found = SUBTAGS.get(subtag)
    if found is None and tag in TAGS:
        open_end = TAGS[tag] in (Status.EXCEPTION, Status.ATTEMPTED)
        found = Meaning(TAGS[tag], Reason.UNKNOWN if open_end else "")
    if found is None:
        return by_words("aftership", message, subtag or tag)
    return refined(found, message)
