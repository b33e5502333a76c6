"""
FedEx's codes in ours: the kind of a scan first, then what its exception code says about the trouble.

Sources: the Track API's reference (scan event codes), its sample answers, and ASC X12 data element 641, whose
codes A01 to A74 are FedEx's exception codes with an A before them.
"""

from collections.abc import Mapping

from tracking.carriers.direct import Meaning
from tracking.vocabulary import Reason, Status

_LABEL = Meaning(Status.INFO_RECEIVED)
_MOVES = Meaning(Status.IN_TRANSIT)
_LATE = Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY)
_HELD = Meaning(Status.EXCEPTION, Reason.UNKNOWN)

# scanEvents[].eventType
EVENTS: Mapping[str, Meaning] = {
    "OC": _LABEL,  # shipment information sent to FedEx
    "EP": _LABEL,  # on the way to the pick-up
    "PD": Meaning(Status.INFO_RECEIVED, Reason.CARRIER_DELAY),  # pick-up delayed
    "RP": _LABEL,  # return label mailed to the sender of the return
    "RG": _LABEL,  # return label expires soon
    "RD": _LABEL,  # return label expired
    "LP": Meaning(Status.CANCELLED),  # return label cancelled
    "CA": Meaning(Status.CANCELLED),
    "AP": _MOVES,  # at pick-up
    "PU": _MOVES,
    "PX": _MOVES,  # picked up, see details
    "DO": _MOVES,  # dropped off
    "OF": _MOVES,  # at the origin facility
    "LO": _MOVES,  # left origin
    "EO": _MOVES,
    "EA": _MOVES,
    "AA": _MOVES,  # at the airport
    "PF": _MOVES,  # plane in flight
    "PL": _MOVES,  # plane landed
    "AC": _MOVES,  # at a facility of Canada Post
    "AF": _MOVES,
    "AR": _MOVES,
    "AX": _MOVES,  # at a facility of USPS
    "OX": _MOVES,  # information sent to USPS
    "DP": _MOVES,
    "DR": _MOVES,
    "FD": _MOVES,  # at the destination facility
    "IT": _MOVES,
    "IX": _MOVES,
    "PM": _MOVES,
    "SF": _MOVES,  # at a sorting facility
    "SP": _MOVES,  # split
    "TR": _MOVES,
    "AO": _MOVES,  # arriving on time
    "AE": _MOVES,  # arriving early
    "CC": _MOVES,  # international shipment release
    "CH": _MOVES,  # location changed
    "HA": _MOVES,  # request to hold it was accepted
    "RR": _MOVES,  # delivery option requested
    "RM": _MOVES,
    "RC": _MOVES,
    "CP": Meaning(Status.IN_TRANSIT, Reason.CUSTOMS),  # clearance in progress
    "CD": Meaning(Status.EXCEPTION, Reason.CUSTOMS),  # clearance delay
    "DY": _LATE,
    "DD": _LATE,  # delivery delay
    "DS": Meaning(Status.OUT_FOR_DELIVERY),  # vehicle dispatched
    "OD": Meaning(Status.OUT_FOR_DELIVERY),
    "ED": Meaning(Status.OUT_FOR_DELIVERY),  # on the way to the delivery
    "AD": Meaning(Status.OUT_FOR_DELIVERY),  # at the delivery
    "HL": Meaning(Status.READY_FOR_PICKUP),
    "HP": Meaning(Status.READY_FOR_PICKUP),
    "DL": Meaning(Status.DELIVERED),
    "DE": _HELD,
    "SE": _HELD,
    "RS": Meaning(Status.RETURNING),
}

# Kinds of scans that are about trouble: their exception code (or its words) says which.
TROUBLE = frozenset({"DE", "SE", "DY", "DD", "CD", "PD"})

_LATER = (None, Reason.CARRIER_DELAY)
# scanEvents[].exceptionCode -> (status, None: that of the scan; reason)
EXCEPTIONS: Mapping[str, tuple[Status | None, Reason | str]] = {
    "01": (Status.ATTEMPTED, Reason.UNKNOWN),  # missed delivery
    "03": (None, Reason.ADDRESS),
    "05": (None, Reason.ADDRESS),  # unable to locate
    "06": (Status.IN_TRANSIT, Reason.ADDRESS),  # address corrected
    "07": (None, Reason.REFUSED),
    "08": (Status.ATTEMPTED, Reason.NOT_HOME),  # customer not available or business closed
    "10": (None, Reason.DAMAGED),
    "11": (Status.ATTEMPTED, Reason.NOT_HOME),  # business closed
    "12": _LATER,  # sorted to the wrong route
    "14": (Status.RETURNING, ""),
    "15": (Status.ATTEMPTED, Reason.NOT_HOME),  # the API's reference words it like 08
    "16": (Status.IN_TRANSIT, ""),  # payment received
    "18": _LATER,  # missort
    "22": _LATER,
    "23": _LATER,
    "24": _LATER,  # accident
    "28": _LATER,
    "30": _LATER,  # mechanical breakdown
    "31": _LATER,  # arrived after the courier had left
    "32": _LATER,  # aircraft late
    "33": _LATER,
    "37": (None, Reason.DAMAGED),  # rewrapped in the hub
    "39": _LATER,
    "42": _LATER,  # holiday
    "43": (None, Reason.WEATHER),
    "46": (Status.ATTEMPTED, Reason.NOT_HOME),
    "50": (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS),
    "55": (Status.EXCEPTION, Reason.CUSTOMS),
    "58": (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS),  # cannot reach the recipient for broker information
    "63": (Status.EXCEPTION, Reason.PAYMENT_DUE),  # held by the tax authority
    "65": (Status.IN_TRANSIT, ""),  # released by customs
    "84": _LATER,  # local delivery restriction
    "A3": (Status.IN_TRANSIT, ""),  # tendered at a facility
    "A12": _LATER,  # at the station after the courier had left
    "A25": (Status.IN_TRANSIT, ""),  # available for clearance
    "A47": (None, Reason.NOT_HOME),  # redirected to a location near by, where it can be had
    "A52": _LATER,
}

# delayDetail.type
DELAYS: Mapping[str, Reason] = {
    "WEATHER": Reason.WEATHER,
    "OPERATIONAL": Reason.CARRIER_DELAY,
    "LOCAL": Reason.CARRIER_DELAY,
    "GENERAL": Reason.CARRIER_DELAY,
    "CLEARANCE": Reason.CUSTOMS,
}
SHOPPER_ACTS = frozenset({Reason.CUSTOMS_DOCUMENTS, Reason.PAYMENT_DUE})
