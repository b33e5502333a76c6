"""
UPS's codes in ours: two letters with the type of the scan, then the three digits of the simplified status,
then the type.

Sources: the Tracking and Track Alert descriptions at https://github.com/UPS-API/api-documentation (types,
sample messages) and UPS's published tables of package status codes.
"""

from collections.abc import Mapping

from tracking.carriers.direct import Meaning
from tracking.vocabulary import Reason, Status

_LABEL = Meaning(Status.INFO_RECEIVED)
_MOVES = Meaning(Status.IN_TRANSIT)
_LATE = Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY)
_OUT = Meaning(Status.OUT_FOR_DELIVERY)
_DELIVERED = Meaning(Status.DELIVERED)
_PICKUP = Meaning(Status.READY_FOR_PICKUP)
_RETURNING = Meaning(Status.RETURNING)
_TRIED = Meaning(Status.ATTEMPTED, Reason.UNKNOWN)
_STORM = Meaning(Status.IN_TRANSIT, Reason.WEATHER)


def _held(reason: Reason, act: bool = False) -> Meaning:
    return Meaning(Status.EXCEPTION, reason, act)


# (status.type, status.code)
CODES: Mapping[tuple[str, str], Meaning] = {
    ("M", "MP"): _LABEL,  # shipment ready for UPS
    ("MV", "VP"): Meaning(Status.CANCELLED),  # voided
    ("I", "OR"): _MOVES,  # origin scan
    ("I", "DP"): _MOVES,  # departure
    ("I", "AR"): _MOVES,  # arrival
    ("I", "DS"): _MOVES,  # destination scan
    ("I", "IP"): _MOVES,  # import scan
    ("I", "EP"): _MOVES,  # export scan
    ("I", "LC"): _MOVES,  # location scan
    ("I", "WH"): _MOVES,  # warehouse scan
    ("I", "XD"): _MOVES,  # dropped off
    ("I", "YP"): _MOVES,  # preparing for delivery, loaded
    ("I", "OT"): _OUT,
    ("I", "OF"): _OUT,
    ("D", "OT"): _OUT,
    ("D", "FS"): _DELIVERED,
    ("D", "KB"): _DELIVERED,
    ("D", "KM"): _DELIVERED,
    ("D", "F4"): _DELIVERED,
    ("D", "2Q"): _PICKUP,  # at an access point, waiting for the customer
    ("X", "SR"): _MOVES,  # released by the customs agency
}

# status.statusCode, in Track Alert messages activityStatus.descriptionCode
SIMPLE: Mapping[str, Meaning] = {
    "003": _LABEL,  # shipment ready for UPS
    "005": _MOVES,
    "006": _MOVES,
    "007": _held(Reason.UNKNOWN),
    "011": _DELIVERED,
    "012": Meaning(Status.IN_TRANSIT, Reason.CUSTOMS),  # clearance in progress
    "013": _held(Reason.UNKNOWN),
    "014": _MOVES,  # cleared customs
    "016": _held(Reason.UNKNOWN),  # held in a warehouse
    "017": _PICKUP,
    "018": _held(Reason.UNKNOWN),
    "019": _held(Reason.UNKNOWN),  # held for a later delivery
    "021": _OUT,
    "022": _TRIED,
    "023": _TRIED,
    "024": _TRIED,
    "025": _MOVES,  # handed to the local post office
    "026": _DELIVERED,  # by the local post office
    "027": Meaning(Status.IN_TRANSIT, Reason.ADDRESS),  # other address asked for
    "028": _MOVES,  # address changed
    "029": Meaning(Status.EXCEPTION, Reason.UNKNOWN, True),
    "030": _held(Reason.UNKNOWN),
    "032": _STORM,
    "033": _RETURNING,
    "034": Meaning(Status.RETURNED),
    "035": _RETURNING,
    "036": _RETURNING,
    "037": _RETURNING,
    "038": _MOVES,  # picked up
    "039": _MOVES,
    "040": _PICKUP,  # at an access point
    "043": Meaning(Status.CANCELLED),
    "044": _MOVES,
    "045": _LABEL,
    "046": _LATE,
    "047": _LATE,
    "048": _LATE,
    "049": Meaning(Status.EXCEPTION, Reason.CARRIER_DELAY, True),
    "050": _held(Reason.ADDRESS, True),
    "051": _STORM,
    "052": _STORM,
    "053": _STORM,
    "055": _LATE,
    "057": _MOVES,
    "058": _held(Reason.CUSTOMS_DOCUMENTS, True),
    "059": _held(Reason.DAMAGED),
    "060": _TRIED,
    "061": _TRIED,  # an adult has to sign
    "062": Meaning(Status.ATTEMPTED, Reason.PAYMENT_DUE, True),
    "064": _held(Reason.REFUSED),
    "066": _TRIED,  # by the post office
    "067": _RETURNING,
    "068": _held(Reason.LOST),  # sent to lost and found
    "069": _held(Reason.UNCLAIMED),
    "071": _MOVES,  # preparing for delivery
}

# status.type
TYPES: Mapping[str, Meaning] = {
    "M": _LABEL,
    "MV": Meaning(Status.CANCELLED),
    "P": _MOVES,  # picked up
    "I": _MOVES,
    "U": _MOVES,  # update, mostly of the day
    "O": _OUT,
    "D": _DELIVERED,
    "X": _held(Reason.UNKNOWN),
    "RS": _RETURNING,
}
# Types that say too little: the words come first.
VAGUE = frozenset({"X", "U", "RS"})
