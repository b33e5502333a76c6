"""
DHL of all divisions: Shipment Tracking Unified, asked (GET /track/shipments) and pushed.

Source: https://developer.dhl.com/api-reference/shipment-tracking and …/shipment-tracking-unified-push. A
subscription to the push names a header and a token that DHL sends with each message; it signs nothing. The
push was not checked against a recorded message.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from tracking import reading
from tracking.carriers import direct
from tracking.carriers.base import BadPayload, BadSignature, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.direct import Answer, Direct, Meaning
from tracking.places import country
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

# The subscriber chooses the name. Not one with x-: such headers are kept beside the body.
HEADER = "dhl-push-token"

# statusCode: the same five words for every division; what exactly happened stands in the words beside it.
CODES: Mapping[str, Meaning] = {
    "pre-transit": Meaning(Status.INFO_RECEIVED),
    "transit": Meaning(Status.IN_TRANSIT),
    "delivered": Meaning(Status.DELIVERED),
    "failure": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
}
# How far the words may take each of them.
_MORE: Mapping[str, frozenset[Status]] = {
    "transit": frozenset(
        {
            Status.IN_TRANSIT,
            Status.OUT_FOR_DELIVERY,
            Status.ATTEMPTED,
            Status.READY_FOR_PICKUP,
            Status.EXCEPTION,
            Status.RETURNING,
        }
    ),
    "delivered": frozenset({Status.DELIVERED, Status.READY_FOR_PICKUP, Status.RETURNED}),
    "failure": frozenset(
        {
            Status.EXCEPTION,
            Status.ATTEMPTED,
            Status.READY_FOR_PICKUP,
            Status.RETURNING,
            Status.RETURNED,
            Status.CANCELLED,
        }
    ),
}


class DHL(Direct):
    """
    DHL by Shipment Tracking Unified.

    `api_key`: the DHL-API-Key. `secret`: the token of the push subscription, which has to name the header
    dhl-push-token. `config`: `base_url`, `service` to ask one division only.
    """

    code = "dhl"
    label = "DHL"
    base_url = "https://api-eu.dhl.com"
    verified: ClassVar[bool] = False  # the push
    statuses: ClassVar[Mapping[str, Status]] = {
        **{code: meaning.status for code, meaning in CODES.items()},
        "unknown": Status.UNKNOWN,
    }

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Compare the token with the one given when subscribing. Raises BadSignature."""
        if not self.credentials.secret:
            raise BadSignature("this account has no push token")
        told = headers.get(HEADER, "")
        if not hmac.compare_digest(self.credentials.secret.encode(), told.encode()):
            raise BadSignature(f"{HEADER} does not match" if told else f"{HEADER} is missing")

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer, a pushed shipment or a list of them. See Carrier.parse."""
        told = reading.document(body)
        if isinstance(told, list):
            return [_parcel(shipment) for shipment in reading.records(told, "the list")]
        record = reading.record(told, "the body")
        if "shipments" in record:
            return [_parcel(shipment) for shipment in reading.records(record["shipments"], "shipments")]
        if "id" in record and ("events" in record or "status" in record):
            return [_parcel(record)]
        if "title" in record or "secret" in record:  # an error; the question whether we want to be told
            return []
        raise BadPayload("this is not a message of DHL's Shipment Tracking")

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        question = {"trackingNumber": number, "language": "en"}
        service = str(self.credentials.config.get("service") or "")
        if service:
            question["service"] = service
        return self.send(
            "GET",
            "/track/shipments",
            at,
            params=question,
            headers={"DHL-API-Key": self.credentials.api_key, "Accept": "application/json"},
        )


# --- reading
def _parcel(shipment: Record) -> ParcelData:
    number = reading.maybe_identifier(shipment.get("id"), "id")
    if not number:
        raise BadPayload("a shipment has no id")
    events = reading.records(shipment.get("events"), "events")
    scans = [_scan(event) for event in events] or [_scan(reading.optional(shipment.get("status"), "status"))]
    details = reading.optional(shipment.get("details"), "details")
    product = reading.optional(details.get("product"), "product")
    name = reading.text(product.get("productName"), "productName", 120)
    proof = reading.optional(details.get("proofOfDelivery"), "proofOfDelivery")
    return ParcelData(
        tracking_number=number,
        scans=tuple(scan for scan in scans if scan is not None),
        carrier=DHL.code,
        service="" if name.lower().startswith("unknown") else name,
        eta=_eta(shipment),
        signed_by=_person(proof.get("signed")),
        origin=direct.some(_place(shipment.get("origin"))),
        destination=direct.some(_place(shipment.get("destination"))),
    )


def understand(code: str, said: str) -> Meaning:
    """Return what one of the five codes means, taken further by DHL's words where they fit it."""
    base = CODES.get(code.lower())
    guess = direct.guessed(said)
    if base is None:
        return guess
    if guess.status not in _MORE.get(code.lower(), frozenset()):
        return base
    if guess.status == base.status and not guess.reason:
        return base
    return guess


def _scan(event: Record) -> ScanData | None:
    when = direct.moment(reading.text(event.get("timestamp"), "timestamp", 40))
    if when is None:
        return None
    code = reading.text(event.get("statusCode"), "statusCode", 40)
    status = reading.text(event.get("status"), "status", 240)
    said = reading.text(event.get("description"), "description", 500) or status
    remark = reading.text(event.get("remark"), "remark", 500)
    meaning = understand(code, ". ".join(part for part in (said, remark) if part))
    if not meaning.known and status != said:
        meaning = direct.guessed(status)
    meaning = direct.told(meaning, DHL.code, code, said)
    return direct.scan(
        when, meaning, place=_place(event.get("location")), code=code or status[:80], message=said
    )


def _place(told: object) -> Place:
    """Return a place; DHL writes the country behind the town ("LEIPZIG - GERMANY") as well as by its code."""
    location = reading.optional(told, "a location")
    address = reading.optional(location.get("address"), "address")
    city = reading.text(address.get("addressLocality"), "addressLocality", 120)
    land = reading.text(address.get("countryCode"), "countryCode", 60)
    town, dash, behind = city.rpartition(" - ")
    if dash and country(behind):
        city, land = town.strip(), land or behind
    postcode = reading.text(address.get("postalCode"), "postalCode", 20)
    return direct.place_of(city, "", land, postcode)


def _person(told: object) -> str:
    """Return a name: one field, or given and family name."""
    person = reading.optional(told, "a person")
    given, family, name = (
        reading.text(person.get(part), part, 60) for part in ("givenName", "familyName", "name")
    )
    return f"{given} {family}".strip() or name


def _eta(shipment: Record) -> Window | None:
    """
    Return the window or the day DHL expects delivery. A Z stands behind local times as well: alone it is no
    offset.
    """
    frame = reading.optional(shipment.get("estimatedDeliveryTimeFrame"), "estimatedDeliveryTimeFrame")
    return direct.window(
        reading.text(frame.get("estimatedFrom"), "estimatedFrom", 40),
        reading.text(frame.get("estimatedThrough"), "estimatedThrough", 40),
    ) or direct.window(reading.text(shipment.get("estimatedTimeOfDelivery"), "estimatedTimeOfDelivery", 40))
