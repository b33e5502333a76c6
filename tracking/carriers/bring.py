"""
Posten Bring (Norway, and parcels all over the Nordic countries): the Mybring Tracking API v2.

From documentation (developer.bring.com: statuses, example answers); not checked against a recording.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime

from tracking import reading
from tracking.carriers.base import BadPayload, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.direct import Answer, Direct, Meaning, moment, place_of, scan, some, window
from tracking.carriers.meanings import by_words, refined
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

_NOTHING = Meaning(Status.UNKNOWN)  # says nothing about where the parcel is
CODES: dict[str, Meaning] = {
    "PRE_NOTIFIED": Meaning(Status.INFO_RECEIVED),
    "HANDED_IN": Meaning(Status.IN_TRANSIT),
    "COLLECTED": Meaning(Status.IN_TRANSIT),  # at the sender's
    "IN_TRANSIT": Meaning(Status.IN_TRANSIT),
    "INTERNATIONAL": Meaning(Status.IN_TRANSIT),
    "TERMINAL": Meaning(Status.IN_TRANSIT),
    "CUSTOMS": Meaning(Status.IN_TRANSIT, Reason.CUSTOMS),
    "DEVIATION": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "TRANSPORT_TO_RECIPIENT": Meaning(Status.OUT_FOR_DELIVERY),
    "ATTEMPTED_DELIVERY": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "READY_FOR_PICKUP": Meaning(Status.READY_FOR_PICKUP),
    "DELIVERED": Meaning(Status.DELIVERED),
    "RETURN": Meaning(Status.RETURNING),
    "DELIVERED_SENDER": Meaning(Status.RETURNED),
    # What was written to the shopper, or what the shopper asked for.
    "NOTIFICATION_SENT": _NOTHING,
    "DELIVERY_ORDERED": _NOTHING,
    "DELIVERY_CHANGED": _NOTHING,
    "DELIVERY_CANCELLED": _NOTHING,
}
STATUSES = {code: meaning.status for code, meaning in CODES.items()}
_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)


class Bring(Direct):
    """Bring's tracking. The API key is written `Mybring user:key`; `config`: `client_url`, `lang` (en)."""

    code = "bring"
    label = "Posten Bring"
    base_url = "https://api.bring.com/tracking"
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer of tracking.json. See Carrier.parse; consignments with errors are left out."""
        told = reading.record(reading.document(body), "the body")
        if "consignmentSet" not in told:
            raise BadPayload("this is no tracking answer of Bring")
        found = []
        for consignment in reading.records(told["consignmentSet"], "consignmentSet"):
            for package in reading.records(consignment.get("packageSet"), "packageSet"):
                parcel = _parcel(package)
                if parcel is not None:
                    found.append(parcel)
        return found

    def ready(self) -> None:
        """See Direct.ready."""
        super().ready()
        self.pair()

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        user, key = self.pair()
        config = self.credentials.config
        return self.send(
            "GET",
            "/api/v2/tracking.json",
            at,
            params={"q": number, "lang": str(config.get("lang") or "en")},
            headers={
                "X-MyBring-API-Uid": user,
                "X-MyBring-API-Key": key,
                "X-Bring-Client-URL": str(config.get("client_url") or "https://localhost"),
                "Accept": "application/json",
            },
        )


def _parcel(package: Record) -> ParcelData | None:
    number = reading.text(package.get("packageNumber"), "packageNumber", 80)
    if not number:
        return None
    scans = [_scan(event, number) for event in reading.records(package.get("eventSet"), "eventSet")]
    return ParcelData(
        tracking_number=number,
        scans=tuple(scan for scan in scans if scan is not None),
        service=reading.text(package.get("productName"), "productName", 120),
        eta=_eta(package),
        signed_by=_signed_by(package),
        origin=some(_place(reading.optional(package.get("senderAddress"), "senderAddress"))),
        destination=some(_place(reading.optional(package.get("recipientAddress"), "recipientAddress"))),
    )


def _scan(event: Record, number: str) -> ScanData | None:
    """Return one event; None (and a log line) when nobody can say when it happened."""
    when = moment(reading.text(event.get("dateIso"), "dateIso"))
    if when is None:
        log.warning("bring: an event of %s has no readable time and is left out", number)
        return None
    code = reading.text(event.get("status"), "status", 80)
    # The description is a sentence of a web page.
    message = re.sub(r"<[^>]{0,200}>", "", reading.text(event.get("description"), "description", 500))
    return scan(when, understand(code, message), place=_place(event), code=code, message=message)


def understand(code: str, message: str) -> Meaning:
    """Return what an event means: by its status, with the reason that only its sentence gives."""
    found = CODES.get(code.upper())
    if found is None:
        return by_words(Bring.code, message, code)
    return found if found is _NOTHING else refined(found, message)


def _place(told: Record) -> Place:
    return place_of(
        reading.text(told.get("city"), "city", 120),
        "",
        reading.text(told.get("countryCode"), "countryCode", 60),
        reading.text(told.get("postalCode"), "postalCode", 20),
    )


def _eta(package: Record) -> Window | None:
    """Return the day of estimated delivery. The hours beside it have no offset, so they are no instants."""
    day = _DAY.fullmatch(reading.text(package.get("dateOfEstimatedDelivery"), "dateOfEstimatedDelivery"))
    return window(f"{day[3]}-{day[2]}-{day[1]}") if day else None


def _signed_by(package: Record) -> str:
    for event in reading.records(package.get("eventSet"), "eventSet"):
        signature = reading.optional(event.get("recipientSignature"), "recipientSignature")
        name = reading.text(signature.get("name"), "name", 120)
        if name:
            return name
    return ""
