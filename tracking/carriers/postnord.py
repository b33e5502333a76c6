"""
PostNord (Sweden, Denmark, Norway, Finland): Track & Trace v5, by item or shipment number.

From documentation (developer.postnord.com); not checked against a recording. Times have no offset.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracking import reading
from tracking.carriers.base import BadPayload, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.direct import (
    NOT_KNOWN,
    Answer,
    Direct,
    Meaning,
    guessed,
    moment,
    place_of,
    scan,
    some,
    window,
)
from tracking.carriers.meanings import by_words, closed_by, laggard, refined
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

CODES: dict[str, Meaning] = {
    "CREATED": Meaning(Status.INFO_RECEIVED),
    "INFORMED": Meaning(Status.INFO_RECEIVED),
    "EN_ROUTE": Meaning(Status.IN_TRANSIT),
    "DELAYED": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "EXPECTED_DELAY": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "AVAILABLE_FOR_DELIVERY": Meaning(Status.READY_FOR_PICKUP),
    "AVAILABLE_FOR_DELIVERY_PAR_LOC": Meaning(Status.READY_FOR_PICKUP, Reason.LOCKER),
    "DELIVERED": Meaning(Status.DELIVERED),
    "DELIVERY_IMPOSSIBLE": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "DELIVERY_REFUSED": Meaning(Status.EXCEPTION, Reason.REFUSED),
    "STOPPED": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "RETURNED": Meaning(Status.RETURNING),
    # OTHER and SPLIT are left out: they say nothing, and the sentence beside them may.
}
STATUSES = {code: meaning.status for code, meaning in CODES.items()}
# "En route" is said of the courier's van as well, and after a call in vain.
_CLOSER = {Status.OUT_FOR_DELIVERY, Status.ATTEMPTED}
_ON_THE_VAN = re.compile(r"(?i)\bloaded (?:for|on)\b|\butkörning\b|\budkørsel\b|\butkjøring\b")


class PostNord(Direct):
    """PostNord's tracking. `config`: `lang` of the messages (en)."""

    code = "postnord"
    label = "PostNord"
    base_url = "https://api2.postnord.com"  # sandbox: https://atapi2.postnord.com
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer of findByIdentifier.json. See Carrier.parse; faults say nothing."""
        told = reading.record(reading.document(body), "the body")
        if "TrackingInformationResponse" not in told:
            if "compositeFault" in told:
                return []
            raise BadPayload("this is no tracking answer of PostNord")
        answer = reading.optional(told["TrackingInformationResponse"], "TrackingInformationResponse")
        found = []
        for shipment in reading.records(answer.get("shipments"), "shipments"):
            found += _parcels(shipment)
        return found

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        asked = {
            "apikey": self.credentials.api_key,
            "id": number,
            "locale": str(self.credentials.config.get("lang") or "en"),
        }
        return self.send("GET", "/rest/shipment/v5/trackandtrace/findByIdentifier.json", at, params=asked)


def _parcels(shipment: Record) -> list[ParcelData]:
    """Return a shipment's items, and the shipment itself: as far as the item that lags behind most."""
    number = reading.text(shipment.get("shipmentId"), "shipmentId", 80)
    service = reading.text(reading.optional(shipment.get("service"), "service").get("name"), "service", 120)
    ends = {end: _party(shipment.get(end), end) for end in ("consignor", "consignee")}
    items = []
    for item in reading.records(shipment.get("items"), "items"):
        item_number = reading.text(item.get("itemId"), "itemId", 80) or number
        if item_number:
            items.append(
                ParcelData(
                    tracking_number=item_number,
                    scans=_scans(item, item_number),
                    service=service,
                    eta=_eta(item) or _eta(shipment),
                    origin=ends["consignor"],
                    destination=ends["consignee"],
                )
            )
    last = laggard(items)
    if not number or last is None or number in {item.tracking_number for item in items}:
        return items
    return [ParcelData(number, last.scans, "", service, last.eta, "", last.origin, last.destination), *items]


def _scans(item: Record, number: str) -> tuple[ScanData, ...]:
    scans = [_scan(event, number) for event in reading.records(item.get("events"), "events")]
    status = _code(item.get("status"))
    return closed_by(
        [scan for scan in scans if scan is not None], CODES.get(status.upper(), NOT_KNOWN), code=status
    )


def _scan(event: Record, number: str) -> ScanData | None:
    """Return one event; None (and a log line) when nobody can say when it happened."""
    when = moment(reading.text(event.get("eventTime"), "eventTime"))
    if when is None:
        log.warning("postnord: an event of %s has no readable time and is left out", number)
        return None
    code = reading.text(event.get("eventCode"), "eventCode", 80)
    message = reading.text(event.get("eventDescription"), "eventDescription", 500)
    meaning = understand(_code(event.get("status")), message)
    return scan(when, meaning, place=_place(event.get("location")), code=code, message=message)


def understand(status: str, message: str) -> Meaning:
    """Return what an event means: by its status, with what only its sentence says."""
    found = CODES.get(status.upper())
    if found is None:
        return by_words(PostNord.code, message, status)
    if found.status == Status.IN_TRANSIT and _ON_THE_VAN.search(message):
        return Meaning(Status.OUT_FOR_DELIVERY)
    words = guessed(message)
    closer = found.status == Status.IN_TRANSIT and words.status in _CLOSER
    return words if closer else refined(found, message)


def _code(told: Any) -> str:
    """Return a status, which is a word or an object with a word in it."""
    told = told.get("code") if isinstance(told, dict) else told
    return reading.text(told, "status", 80)


def _place(told: Any) -> Place:
    location = reading.optional(told, "location")
    name = reading.text(location.get("displayName") or location.get("name"), "displayName", 120)
    return place_of(
        reading.text(location.get("city"), "city", 120) or name,
        "",
        reading.text(location.get("countryCode") or location.get("country"), "country", 60),
        reading.text(location.get("postcode") or location.get("postCode"), "postcode", 20),
    )


def _party(told: Any, what: str) -> Place | None:
    return some(_place(reading.optional(told, what).get("address")))


def _eta(told: Record) -> Window | None:
    expected = told.get("estimatedTimeOfArrival") or told.get("publicTimeOfArrival")
    return window(reading.text(expected, "estimatedTimeOfArrival"))
