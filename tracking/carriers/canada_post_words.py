"""
Canada Post's event identifiers in ours, without their leading zeros, and the zones it writes times in.

Sources: Canada Post's table of tracking scan events and its Tracking service's sample answers. Identifiers
that are not here are read from the description beside them.
"""

from collections.abc import Iterable, Mapping

from tracking.carriers.direct import Meaning
from tracking.vocabulary import Reason, Status


def _all(meaning: Meaning, codes: Iterable[int]) -> dict[str, Meaning]:
    return {str(code): meaning for code in codes}


EVENTS: Mapping[str, Meaning] = {
    **_all(Meaning(Status.INFO_RECEIVED), (3000,)),
    # accepted, processed, under way (the last three abroad)
    **_all(Meaning(Status.IN_TRANSIT), (*range(100, 108), *range(1400, 1406), 4310, 4500, 4600)),
    **_all(Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY), (*range(159, 164), 2412)),
    **_all(Meaning(Status.OUT_FOR_DELIVERY), (174, 500)),
    **_all(Meaning(Status.DELIVERED), (1408, 1409, *range(1421, 1435), 1441, 1442, 1466, *range(1496, 1500))),
    # The image of the signature is there to look at: somebody has signed.
    **_all(Meaning(Status.DELIVERED, Reason.SIGNED), (20,)),
    **_all(
        Meaning(Status.READY_FOR_PICKUP),
        (118, 156, 1407, 1410, *range(1435, 1439), 1479, 1488, 1701, 2407, 2410),
    ),
    **_all(Meaning(Status.EXCEPTION, Reason.ADDRESS), (172, 173)),
    **_all(Meaning(Status.EXCEPTION, Reason.CUSTOMS), (810, 1443, 1484, 1487)),
    **_all(Meaning(Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS, True), (117, 120, 121)),
    **_all(Meaning(Status.EXCEPTION, Reason.PAYMENT_DUE, True), (125, 127, 1494)),
    **_all(Meaning(Status.EXCEPTION, Reason.UNKNOWN), (1100,)),
    **_all(Meaning(Status.RETURNING), (1303, 1419, 1481, 2600, 3001, 3002)),
}

# event-time-zone; abroad it is empty or the name of the country, and the time stays local.
ZONES: Mapping[str, str] = {
    "NST": "-03:30",
    "NDT": "-02:30",
    "AST": "-04:00",
    "ADT": "-03:00",
    "EST": "-05:00",
    "EDT": "-04:00",
    "CST": "-06:00",
    "CDT": "-05:00",
    "MST": "-07:00",
    "MDT": "-06:00",
    "PST": "-08:00",
    "PDT": "-07:00",
    "UTC": "+00:00",
    "GMT": "+00:00",
}

PROVINCES = frozenset({"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"})
