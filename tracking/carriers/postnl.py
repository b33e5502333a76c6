"""
PostNL (Netherlands): the Shippingstatus API v2, by barcode; only the account's own parcels.

From documentation (developer.postnl.nl, PostNL's e-commerce SDK); not checked against a recording. Times have
no offset.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracking import reading
from tracking.carriers.base import BadPayload, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.direct import Answer, Direct, Meaning, moment, place_of, scan, some, window
from tracking.carriers.meanings import by_words, refined
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

CODES: dict[str, Meaning] = {
    "1": Meaning(Status.INFO_RECEIVED),  # announced
    "2": Meaning(Status.IN_TRANSIT),  # received
    "3": Meaning(Status.IN_TRANSIT),  # collected at the sender's
    "4": Meaning(Status.INFO_RECEIVED),  # not collected at the sender's
    "5": Meaning(Status.IN_TRANSIT),  # sorted
    "6": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),  # not sorted
    "7": Meaning(Status.OUT_FOR_DELIVERY),
    "8": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),  # not delivered
    "9": Meaning(Status.IN_TRANSIT, Reason.CUSTOMS),
    "11": Meaning(Status.DELIVERED),
    "12": Meaning(Status.READY_FOR_PICKUP),
    "13": Meaning(Status.INFO_RECEIVED),  # announced, not yet accepted
    "14": Meaning(Status.CANCELLED),  # announced, and never handed over
    "15": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),  # missed at collection
    "16": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),  # missed at sorting
    "17": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),  # missed at distribution
    "18": Meaning(Status.EXCEPTION, Reason.LOST),
    "19": Meaning(Status.EXCEPTION, Reason.UNKNOWN),  # rejected
    "20": Meaning(Status.IN_TRANSIT, Reason.CUSTOMS),
    "21": Meaning(Status.IN_TRANSIT),  # in store
    "22": Meaning(Status.DELIVERED),  # fetched at the post office
}
STATUSES = {code: meaning.status for code, meaning in CODES.items()}
_WHEN = re.compile(r"(\d{2})-(\d{2})-(\d{4}) (\d{2}:\d{2}:\d{2})", re.ASCII)
RECEIVER, SENDER = "01", "02"


class PostNL(Direct):
    """PostNL's tracking. `config`: `lang` of the messages (EN)."""

    code = "postnl"
    label = "PostNL"
    base_url = "https://api.postnl.nl"  # sandbox: https://api-sandbox.postnl.nl
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate a CurrentStatus, a CompleteStatus or a list of updated shipments. See Carrier.parse."""
        told = reading.document(body)
        if isinstance(told, list):
            entries = reading.records(told, "the updated shipments")
            if any("Barcode" not in entry for entry in entries):
                raise BadPayload("this is no list of PostNL's updated shipments")
            return _parcels(entries)
        answer = reading.record(told, "the body")
        whole = answer.get("CompleteStatus") or answer.get("CurrentStatus")
        if whole is not None:
            return _parcels(_listed(reading.record(whole, "the status").get("Shipment"), "Shipment"))
        if "Warnings" in answer or "fault" in answer or "Errors" in answer:
            return []
        raise BadPayload("this is no tracking answer of PostNL")

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        lang = str(self.credentials.config.get("lang") or "EN")
        return self.send(
            "GET",
            f"/shipment/v2/status/barcode/{number}",
            at,
            params={"detail": "true", "language": lang},
            headers={"apikey": self.credentials.api_key, "Accept": "application/json"},
        )


def _listed(told: Any, what: str) -> list[Record]:
    """Return one object or a list of them as a list."""
    return reading.records(told if isinstance(told, list) or told is None else [told], what)


def _parcels(shipments: Sequence[Record]) -> list[ParcelData]:
    return [parcel for parcel in map(_parcel, shipments) if parcel is not None]


def _parcel(shipment: Record) -> ParcelData | None:
    number = reading.text(shipment.get("Barcode") or shipment.get("MainBarcode"), "Barcode", 80)
    if not number:
        return None
    told = _listed(shipment.get("Status"), "Status") + _listed(shipment.get("OldStatus"), "OldStatus")
    scans = [_scan(entry, number) for entry in told]
    addresses = _listed(shipment.get("Address"), "Address")
    return ParcelData(
        tracking_number=number,
        scans=tuple(scan for scan in scans if scan is not None),
        service=reading.text(shipment.get("ProductDescription"), "ProductDescription", 120),
        eta=_eta(shipment),
        origin=some(_place(addresses, SENDER)),
        destination=some(_place(addresses, RECEIVER)),
    )


def _scan(told: Record, number: str) -> ScanData | None:
    """Return one status; None (and a log line) when nobody can say when it came about."""
    when = _when(reading.text(told.get("TimeStamp") or told.get("Timestamp"), "TimeStamp"))
    if when is None:
        log.warning("postnl: a status of %s has no readable time and is left out", number)
        return None
    code = reading.text(told.get("StatusCode"), "StatusCode", 80)
    message = reading.text(told.get("StatusDescription"), "StatusDescription", 500)
    return scan(when, understand(code, message), code=code, message=message)


def understand(code: str, message: str) -> Meaning:
    """Return what a status means: by its code, with the reason that only its sentence gives."""
    found = CODES.get(code.lstrip("0"))
    return by_words(PostNL.code, message, code) if found is None else refined(found, message)


def _when(told: str) -> datetime | None:
    """Return a time as PostNL writes it: 08-11-2022 10:13:20, the day first, local."""
    match = _WHEN.fullmatch(told)
    return moment(f"{match[3]}-{match[2]}-{match[1]}T{match[4]}" if match else told)


def _eta(shipment: Record) -> Window | None:
    """Return the days between which delivery is expected. Hours have no offset, so they are no instants."""
    expected = reading.optional(shipment.get("Expectation"), "Expectation")
    first = reading.text(expected.get("ETAFrom"), "ETAFrom")
    found = window(first, reading.text(expected.get("ETATo"), "ETATo"))
    return found or window(reading.text(shipment.get("DeliveryDate"), "DeliveryDate"))


def _place(addresses: Sequence[Record], kind: str) -> Place:
    """Return the place of an address of a kind; PostNL writes {} or "{}" where it has nothing."""
    address = next((entry for entry in addresses if entry.get("AddressType") == kind), {})
    city, land, postcode = (
        "" if address.get(name) == "{}" else reading.text(_nothing_or(address.get(name)), name, 120)
        for name in ("City", "CountryCode", "Zipcode")
    )
    return place_of(city, "", land, postcode)


def _nothing_or(told: Any) -> Any:
    return None if isinstance(told, dict) else told
