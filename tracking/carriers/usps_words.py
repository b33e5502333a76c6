"""
USPS's event codes in ours.

Source: USPS's table of scan events (Product Tracking & Reporting, Publication 199) and its Tracking API's
answers.
"""

from collections.abc import Mapping

from tracking.carriers.direct import Meaning
from tracking.vocabulary import Reason, Status

_LABEL = Meaning(Status.INFO_RECEIVED)
_MOVES = Meaning(Status.IN_TRANSIT)
_LATE = Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY)
_TRIED = Meaning(Status.ATTEMPTED, Reason.UNKNOWN)
_PICKUP = Meaning(Status.READY_FOR_PICKUP)
_RETURNING = Meaning(Status.RETURNING)
_ADDRESS = Meaning(Status.EXCEPTION, Reason.ADDRESS)

# trackingEvents[].eventCode. What is not here is read from the words beside it, which are always English.
EVENTS: Mapping[str, Meaning] = {
    # before USPS has it
    "GX": _LABEL,  # shipping label created
    "MA": _LABEL,  # pre-shipment information sent
    "TM": _LABEL,  # shipment received, package acceptance pending
    "89": _LABEL,  # order known, USPS awaits the item
    # under way
    "03": _MOVES,  # accepted
    "OA": _MOVES,  # accepted at origin
    "UA": _MOVES,  # accepted at a facility
    "06": _MOVES,  # forwarded
    "07": _MOVES,  # arrived at the post office
    "10": _MOVES,  # processed
    "A1": _MOVES,  # arrived at a facility
    "T1": _MOVES,  # departed a facility
    "L1": _MOVES,
    "SF": _MOVES,  # departed a post office
    "PC": _MOVES,  # sorting complete
    "NT": _MOVES,  # in transit to the next facility
    "TL": _MOVES,  # in transit to the next facility
    "08": _LATE,  # missent
    "15": _LATE,  # mis-shipped
    "OF": Meaning(Status.OUT_FOR_DELIVERY),
    # at the door
    "01": Meaning(Status.DELIVERED),
    "02": _TRIED,  # notice left
    "30": _TRIED,  # no access
    "51": Meaning(Status.ATTEMPTED, Reason.NOT_HOME),  # business closed
    "52": _TRIED,  # no secure location
    "53": _TRIED,  # receptacle blocked
    "54": _TRIED,  # receptacle full, item oversized
    "55": Meaning(Status.ATTEMPTED, Reason.NOT_HOME),  # no authorised recipient
    "14": _PICKUP,
    "16": _PICKUP,
    # trouble
    "04": Meaning(Status.EXCEPTION, Reason.REFUSED),
    "05": _ADDRESS,  # undeliverable as addressed
    "21": _ADDRESS,  # no such number
    "22": _ADDRESS,  # insufficient address
    "23": _ADDRESS,  # moved, left no address
    "24": _ADDRESS,  # forward expired
    "25": _ADDRESS,  # addressee unknown
    "26": _ADDRESS,  # vacant
    "27": Meaning(Status.EXCEPTION, Reason.UNCLAIMED),
    "28": Meaning(Status.EXCEPTION, Reason.UNKNOWN),  # addressee deceased
    # back
    "09": _RETURNING,
    "29": _RETURNING,
}
