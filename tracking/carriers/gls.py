"""
GLS: the group's Track And Trace API v1, for parcels of all its European countries.

Checked against a recorded answer; statuses, limits, errors: dev-portal.gls-group.net, Track And Trace V1.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from tracking import reading
from tracking.carriers.base import BadPayload, ParcelData, ScanData
from tracking.carriers.batched import Batched
from tracking.carriers.direct import NOT_KNOWN, Answer, Meaning, WithToken, moment, place_of, scan
from tracking.carriers.meanings import by_words, closed_by, refined
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

# Where a parcel stands as a whole.
SUMMARIES: dict[str, Meaning] = {
    "PLANNEDPICKUP": Meaning(Status.INFO_RECEIVED),
    "INPICKUP": Meaning(Status.INFO_RECEIVED),
    "NOTPICKEDUP": Meaning(Status.INFO_RECEIVED),  # GLS came to the sender in vain
    "PREADVICE": Meaning(Status.INFO_RECEIVED),
    "INTRANSIT": Meaning(Status.IN_TRANSIT),
    "INWAREHOUSE": Meaning(Status.IN_TRANSIT),
    "INDELIVERY": Meaning(Status.OUT_FOR_DELIVERY),
    "DELIVEREDPS": Meaning(Status.READY_FOR_PICKUP),  # delivered to a parcel shop, not to the shopper
    "DELIVERED": Meaning(Status.DELIVERED),
    "NOTDELIVERED": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "CANCELED": Meaning(Status.CANCELLED),
    # FINAL is left out: the history is closed, and it does not say how.
}
STATUSES = {name: meaning.status for name, meaning in SUMMARIES.items()}
# What an event is; after the dot stands how. GLS shows its list only to its customers: these codes others
# have met in its answers, what is not here is understood by its sentence, and by the summary above.
EVENTS: dict[str, Meaning] = {
    "INTIAL": Meaning(Status.IN_TRANSIT),  # so spelled by GLS
    "INITIAL": Meaning(Status.IN_TRANSIT),
    "INTIAL.PREADVICE": Meaning(Status.INFO_RECEIVED),
    "INTIAL.E48_DATA": Meaning(Status.INFO_RECEIVED),  # made ready for GLS, and still at the sender's
    "INBOUD": Meaning(Status.IN_TRANSIT),  # reached a parcel centre
    "OUTBOD": Meaning(Status.IN_TRANSIT),  # left one
    "OUTDEL": Meaning(Status.OUT_FOR_DELIVERY),  # "expected to be delivered during the day"
    "CANCEL": Meaning(Status.CANCELLED),  # the parcel's data were deleted
    "DELIVD": Meaning(Status.DELIVERED),
    "DELIVD.PARCELSHOP": Meaning(Status.READY_FOR_PICKUP),
}


class Gls(Batched, WithToken):
    """GLS's tracking. The API key is written `client id:client secret`; `config`: `lang` of messages (EN)."""

    code = "gls"
    label = "GLS"
    batch = 10
    base_url = "https://api.gls-group.net"  # sandbox: https://api-sandbox.gls-group.net
    token_path = "/oauth2/v2/token"  # noqa: S105 (an address)
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer for parcel numbers or references. See Carrier.parse; errors are left out."""
        told = reading.record(reading.document(body), "the body")
        if "parcels" not in told:
            if "fault" in told or "title" in told:
                return []
            raise BadPayload("this is no tracking answer of GLS")
        found = [_parcel(entry) for entry in reading.records(told["parcels"], "parcels")]
        return [parcel for parcel in found if parcel is not None]

    def ask_all(self, numbers: Sequence[str], at: datetime) -> Answer:
        """See Batched.ask_all."""
        return self.authorised(
            "GET",
            f"/track-and-trace-v1/tracking/simple/trackids/{','.join(numbers)}",
            at,
            headers={
                "Accept": "application/json",
                "Accept-Language": str(self.credentials.config.get("lang") or "EN"),
            },
        )


def _parcel(told: Record) -> ParcelData | None:
    """Return one parcel, under the number it was asked by; None for an error."""
    number = reading.text(told.get("requested"), "requested", 80) or reading.text(
        told.get("unitno"), "unitno", 80
    )
    if not number or told.get("errorCode"):
        return None
    scans = [_scan(event, number) for event in reading.records(told.get("events"), "events")]
    status = reading.text(told.get("status"), "status", 80).upper()
    changed_at = moment(reading.text(told.get("statusDateTime"), "statusDateTime"))
    aware = changed_at if changed_at and changed_at.tzinfo else None
    return ParcelData(
        tracking_number=number,
        scans=closed_by(
            [scan for scan in scans if scan is not None],
            SUMMARIES.get(status, NOT_KNOWN),
            at=aware,
            code=status,
        ),
        told_at=aware,
    )


def _scan(event: Record, number: str) -> ScanData | None:
    """Return one event; None (and a log line) when nobody can say when it happened."""
    when = moment(reading.text(event.get("eventDateTime"), "eventDateTime"))
    if when is None:
        log.warning("gls: an event of %s has no readable time and is left out", number)
        return None
    code = reading.text(event.get("code"), "code", 80)
    message = reading.text(event.get("description"), "description", 500)
    place = place_of(
        reading.text(event.get("city"), "city", 120),
        "",
        reading.text(event.get("country"), "country", 60),
        reading.text(event.get("postalCode"), "postalCode", 20),
    )
    return scan(when, understand(code, message), place=place, code=code, message=message)


def understand(code: str, message: str) -> Meaning:
    """Return what an event means: by its code, else by what stands before the dot, else by its sentence."""
    name = code.upper()
    found = EVENTS.get(name) or EVENTS.get(name.partition(".")[0])
    return by_words(Gls.code, message, code) if found is None else refined(found, message)
