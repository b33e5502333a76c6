"""
DHL Express, asked directly: MyDHL API (GET /shipments/{number}/tracking, user and password).

Source: the MyDHL API's description (tracking with requestGMTOffsetPerEvent) and DHL Express's table of
checkpoint codes. Not checked against a recorded answer of our own: see docs/carriers.md.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from tracking import reading
from tracking.carriers import direct
from tracking.carriers.base import BadPayload, Parcel, ParcelData, Place, ScanData
from tracking.carriers.direct import Answer, Direct, Meaning
from tracking.carriers.meanings import refined
from tracking.places import country
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

_OFFSET = re.compile(r"[+-]\d{2}:\d{2}", re.ASCII)

_MOVES = Meaning(Status.IN_TRANSIT)
_LATE = Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY)
_CUSTOMS = Meaning(Status.IN_TRANSIT, Reason.CUSTOMS)
_HELD = Meaning(Status.EXCEPTION, Reason.UNKNOWN)
_DUE = Meaning(Status.EXCEPTION, Reason.PAYMENT_DUE, True)

# events[].typeCode
CHECKPOINTS: Mapping[str, Meaning] = {
    "SD": Meaning(Status.INFO_RECEIVED),  # shipment data received
    "PU": _MOVES,
    "SA": _MOVES,  # accepted
    "AF": _MOVES,  # arrived at a facility
    "AR": _MOVES,  # arrived at the delivery facility
    "CI": _MOVES,
    "CU": _MOVES,
    "DF": _MOVES,  # departed
    "FD": _MOVES,  # forwarded
    "HN": _MOVES,  # handed over
    "HO": _MOVES,  # out of the hold
    "LV": _MOVES,
    "PL": _MOVES,  # processed
    "PY": _MOVES,  # paid
    "RR": _MOVES,  # the receiver answered
    "RW": _MOVES,  # weighed
    "SC": _MOVES,  # service changed
    "SI": _MOVES,
    "SM": _MOVES,
    "TP": _MOVES,  # handed to a third party
    "TR": _MOVES,
    "UV": _MOVES,
    "IC": _CUSTOMS,
    "BL": _CUSTOMS,
    "ES": _CUSTOMS,  # entry submitted
    "DI": _CUSTOMS,  # duty invoice
    "BN": _CUSTOMS,  # customer's broker notified
    "CR": _MOVES,  # released by customs
    "BR": _MOVES,  # released by the broker
    "IR": _LATE,  # wrong route
    "MC": _LATE,
    "MD": _LATE,  # missed the delivery cycle
    "MS": _LATE,
    "NA": _LATE,  # not arrived
    "TD": _LATE,
    "WC": Meaning(Status.OUT_FOR_DELIVERY),
    "OK": Meaning(Status.DELIVERED),
    "DD": Meaning(Status.DELIVERED),  # delivered, damaged
    "PD": Meaning(Status.OUT_FOR_DELIVERY),  # partly delivered
    "CC": Meaning(Status.READY_FOR_PICKUP),  # waits for its receiver
    "NH": Meaning(Status.ATTEMPTED, Reason.NOT_HOME),
    "CA": Meaning(Status.ATTEMPTED, Reason.NOT_HOME),  # closed on arrival
    "ND": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "RD": Meaning(Status.EXCEPTION, Reason.REFUSED),
    "BA": Meaning(Status.EXCEPTION, Reason.ADDRESS),
    "CM": Meaning(Status.EXCEPTION, Reason.ADDRESS),  # the receiver has moved
    "AD": Meaning(Status.IN_TRANSIT),  # delivery on an agreed day
    "CD": Meaning(Status.EXCEPTION, Reason.CUSTOMS),
    "UD": Meaning(Status.EXCEPTION, Reason.CUSTOMS),
    "DP": Meaning(Status.EXCEPTION, Reason.SECURITY),  # denied parties
    "DM": Meaning(Status.EXCEPTION, Reason.DAMAGED),
    "DS": Meaning(Status.EXCEPTION, Reason.DAMAGED),  # destroyed
    "HI": _HELD,
    "OH": _HELD,
    "SS": _HELD,
    "ST": _HELD,
    "TI": Meaning(Status.EXCEPTION, Reason.LOST),  # search begun
    "HP": _DUE,
    "RT": Meaning(Status.RETURNING),
}

# What held it is over: the words still name it.
_OVER = frozenset({"CR", "BR", "PY", "HO"})


class DHLExpress(Direct):
    """DHL Express by the MyDHL API. `api_key`: `user:password`. `config`: `base_url`."""

    code = "dhl_express"
    label = "DHL Express"
    base_url = "https://express.api.dhl.com/mydhlapi"
    statuses: ClassVar[Mapping[str, Status]] = {code: meaning.status for code, meaning in CHECKPOINTS.items()}

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate a tracking answer. See Carrier.parse."""
        told = reading.record(reading.document(body), "the body")
        if "shipments" in told:
            return [_parcel(shipment) for shipment in reading.records(told["shipments"], "shipments")]
        if "title" in told or "detail" in told:
            return []
        raise BadPayload("this is not an answer of the MyDHL API")

    def ready(self) -> None:
        """See Direct.ready."""
        super().ready()
        self.pair()

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        return self.send(
            "GET",
            f"/shipments/{number}/tracking",
            at,
            auth=self.pair(),
            params={
                "trackingView": "all-checkpoints",
                "levelOfDetail": "shipment",
                "requestGMTOffsetPerEvent": "true",
            },
            headers={"Accept": "application/json", "Accept-Language": "eng"},
        )


# --- reading
def _parcel(shipment: Record) -> ParcelData:
    number = reading.text(shipment.get("shipmentTrackingNumber"), "shipmentTrackingNumber", 80)
    if not number:
        raise BadPayload("a shipment has no shipmentTrackingNumber")
    events = reading.records(shipment.get("events"), "events")
    if not events:
        for piece in reading.records(shipment.get("pieces"), "pieces"):
            events = events or reading.records(piece.get("events"), "events")
    signatures = [reading.text(event.get("signedBy"), "signedBy", 120) for event in events]
    return ParcelData(
        tracking_number=number,
        scans=tuple(scan for scan in map(_scan, events) if scan is not None),
        carrier=DHLExpress.code,
        service=reading.text(shipment.get("productName"), "productName", 120),
        eta=direct.window(reading.text(shipment.get("estimatedDeliveryDate"), "estimatedDeliveryDate", 40)),
        signed_by=next((name for name in reversed(signatures) if name), ""),
        origin=direct.some(_address(shipment.get("shipperDetails"))),
        destination=direct.some(_address(shipment.get("receiverDetails"))),
    )


def understand(code: str, said: str) -> Meaning:
    """Return what a checkpoint means; DHL's words give the reason where the code has none."""
    base = CHECKPOINTS.get(code)
    if base is None:
        return direct.guessed(said)
    if base.status == Status.EXCEPTION and base.reason == Reason.CUSTOMS:
        guess = direct.guessed(said)
        sharper = guess.reason in (Reason.CUSTOMS_DOCUMENTS, Reason.PAYMENT_DUE)
        return Meaning(base.status, guess.reason, True) if sharper else base
    return base if code in _OVER else refined(base, said)


def _scan(event: Record) -> ScanData | None:
    day = reading.text(event.get("date"), "date", 20)
    hour = reading.text(event.get("time"), "time", 20)
    offset = reading.text(event.get("GMTOffset"), "GMTOffset", 10)
    when = direct.moment(f"{day}T{hour}{offset if _OFFSET.fullmatch(offset) else ''}")
    if when is None:
        return None
    code = reading.text(event.get("typeCode"), "typeCode", 20)
    said = reading.text(event.get("description"), "description", 500)
    areas = reading.records(event.get("serviceArea"), "serviceArea")
    meaning = direct.told(understand(code, said), DHLExpress.code, code, said)
    return direct.scan(when, meaning, place=_area(areas[0]) if areas else None, code=code, message=said)


def _area(area: Record) -> Place:
    """Return a service area, written "La Paz-MX"."""
    name = reading.text(area.get("description"), "description", 120)
    town, dash, land = name.rpartition("-")
    return direct.place_of(town.strip(), "", land) if dash and country(land) else direct.place_of(name)


def _address(told: object) -> Place:
    details = reading.optional(told, "the details")
    address = reading.optional(details.get("postalAddress"), "postalAddress")
    return direct.place_of(
        reading.text(address.get("cityName"), "cityName", 120),
        reading.text(address.get("provinceCode"), "provinceCode", 120),
        reading.text(address.get("countryCode"), "countryCode", 60),
        reading.text(address.get("postalCode"), "postalCode", 20),
    )
