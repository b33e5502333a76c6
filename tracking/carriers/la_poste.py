"""
La Poste: Colissimo, tracked letters and Chronopost, by the Suivi v2 API.

Checked against a recorded answer; code table, batches and errors from developer.laposte.fr (Suivi v2).
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracking import reading
from tracking.carriers.base import BadPayload, ParcelData, Place, ScanData, Window
from tracking.carriers.batched import Batched
from tracking.carriers.direct import Answer, Meaning, moment, scan, window
from tracking.carriers.meanings import by_words, refined
from tracking.places import country
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

CODES: dict[str, Meaning] = {
    "DR1": Meaning(Status.INFO_RECEIVED),  # announced by the sender
    "PC1": Meaning(Status.IN_TRANSIT),  # taken in charge
    "PC2": Meaning(Status.IN_TRANSIT),  # taken in charge in the country of origin
    "ET1": Meaning(Status.IN_TRANSIT),  # being processed
    "ET2": Meaning(Status.IN_TRANSIT),  # … in the country of origin
    "ET3": Meaning(Status.IN_TRANSIT),  # … in the country of destination
    "ET4": Meaning(Status.IN_TRANSIT),  # … in a country of transit
    "EP1": Meaning(Status.IN_TRANSIT),  # waiting to be presented
    "DO1": Meaning(Status.IN_TRANSIT, Reason.CUSTOMS),  # entered customs
    "DO2": Meaning(Status.IN_TRANSIT),  # left customs
    "DO3": Meaning(Status.EXCEPTION, Reason.CUSTOMS),  # held in customs
    "PB1": Meaning(Status.EXCEPTION, Reason.UNKNOWN),  # a problem
    "PB2": Meaning(Status.IN_TRANSIT),  # the problem is solved
    "MD2": Meaning(Status.OUT_FOR_DELIVERY),  # put into distribution
    "ND1": Meaning(Status.EXCEPTION, Reason.UNKNOWN),  # cannot be distributed
    "AG1": Meaning(Status.READY_FOR_PICKUP),  # waits at the counter
    "RE1": Meaning(Status.RETURNING),  # returned to sender
    "DI0": Meaning(Status.DELIVERED),  # distributed with others
    "DI1": Meaning(Status.DELIVERED),  # distributed
    "DI2": Meaning(Status.RETURNED),  # distributed to the sender
    "DI3": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),  # late
}
STATUSES = {code: meaning.status for code, meaning in CODES.items()}


class LaPoste(Batched):
    """La Poste's tracking. The API key is the Okapi key; `config`: `lang` of the messages (en_GB)."""

    code = "la_poste"
    label = "La Poste"
    batch = 10
    base_url = "https://api.laposte.fr/suivi/v2"
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate the answer for one number (an object) or several (a list). See Carrier.parse."""
        told = reading.document(body)
        found = []
        for answer in reading.records(told if isinstance(told, list) else [told], "the answers"):
            if "shipment" in answer:
                found.append(_parcel(reading.record(answer["shipment"], "shipment")))
            elif "returnCode" not in answer and "code" not in answer:
                raise BadPayload("this is no tracking answer of La Poste")
        return found

    def ask_all(self, numbers: Sequence[str], at: datetime) -> Answer:
        """See Batched.ask_all."""
        return self.send(
            "GET",
            f"/idships/{','.join(numbers)}",
            at,
            params={"lang": str(self.credentials.config.get("lang") or "en_GB")},
            headers={"X-Okapi-Key": self.credentials.api_key, "Accept": "application/json"},
        )

    def not_ours(self, answer: Answer) -> bool:
        """With a returnCode in it, a 400 is about a number that is none and a 404 about one unknown."""
        return answer.status in (400, 404) and b'"returnCode"' in answer.body


def _parcel(shipment: Record) -> ParcelData:
    number = reading.text(shipment.get("idShip"), "idShip", 80)
    if not number:
        raise BadPayload("the shipment has no idShip")
    scans = [_scan(event, number) for event in reading.records(shipment.get("event"), "event")]
    context = reading.optional(shipment.get("contextData"), "contextData")
    return ParcelData(
        tracking_number=number,
        scans=tuple(scan for scan in scans if scan is not None),
        service=reading.text(shipment.get("product"), "product", 120),
        eta=_eta(shipment),
        origin=_land(context.get("originCountry")),
        destination=_land(context.get("arrivalCountry")),
    )


def _scan(event: Record, number: str) -> ScanData | None:
    """Return one event; None (and a log line) when nobody can say when it happened."""
    code = reading.text(event.get("code"), "code", 80)
    message = reading.text(event.get("label"), "label", 500)
    when = moment(reading.text(event.get("date"), "date"))
    if when is None:
        log.warning("la_poste: an event of %s has no readable time and is left out", number)
        return None
    return scan(
        when, understand(code, message), place=_land(event.get("country")), code=code, message=message
    )


def understand(code: str, message: str) -> Meaning:
    """Return what an event means: its code, with the reason that only its sentence gives."""
    found = CODES.get(code.upper())
    return by_words(LaPoste.code, message, code) if found is None else refined(found, message)


def _eta(shipment: Record) -> Window | None:
    """Return the day La Poste expects delivery on; None once the "estimate" is the time it was delivered."""
    expected = reading.text(shipment.get("estimDate"), "estimDate")
    delivered = reading.text(shipment.get("deliveryDate"), "deliveryDate")
    return None if expected == delivered and shipment.get("isFinal") is True else window(expected)


def _land(told: Any) -> Place | None:
    found = country(reading.text(told, "a country", 60))
    return Place(country=found) if found else None
