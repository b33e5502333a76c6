"""
Royal Mail, asked directly: Tracking API v2 (GET /mailpieces/v2/{number}/events, client id and secret as
headers).

Source: Royal Mail's "Tracking API V2 (REST) Technical User Guide". Royal Mail pushes nothing.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from tracking import reading
from tracking.carriers import direct
from tracking.carriers.base import BadPayload, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.direct import Answer, Direct, Meaning
from tracking.carriers.meanings import refined
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

# Errors about the item (E1142: not recognised); E0… are about the request.
_ABOUT_THE_ITEM = re.compile(r"E1\d{3}", re.ASCII)

_LABEL = Meaning(Status.INFO_RECEIVED)
_MOVES = Meaning(Status.IN_TRANSIT)
_DELIVERED = Meaning(Status.DELIVERED)
_PICKUP = Meaning(Status.READY_FOR_PICKUP)

# events[].eventCode
EVENTS: Mapping[str, Meaning] = {
    "EVAIE": _LABEL,  # sender preparing the item
    "EVAIP": _LABEL,
    "EVBAV": _MOVES,
    "EVDAC": _MOVES,
    "EVDAV": _MOVES,
    "EVGMI": _MOVES,
    "EVIAV": _MOVES,
    "EVIMC": _MOVES,
    "EVNRT": _MOVES,  # kept at the office until its day
    "EVNSR": _MOVES,  # prepared for redelivery
    "EVOAC": _MOVES,
    "EVOCO": _MOVES,
    "EVODO": _MOVES,  # sent to the delivery office
    "EVORI": _MOVES,
    "EVPPA": _MOVES,  # accepted at a post office
    "EVNMI": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),  # forwarded, mis-sort
    "EVGPD": Meaning(Status.OUT_FOR_DELIVERY),
    "EVKOP": _DELIVERED,
    "EVKSP": Meaning(Status.DELIVERED, Reason.SIGNED),
    "EVKSF": Meaning(Status.DELIVERED, Reason.SAFE_PLACE),
    "EVPLC": _DELIVERED,  # collected
    "EVKNA": Meaning(Status.ATTEMPTED, Reason.NOT_HOME),
    "EVKNR": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "EVKLS": _PICKUP,  # at the collection point
    "EVNDA": _PICKUP,  # for redelivery or collection
    "EVPLA": _PICKUP,
}


class RoyalMail(Direct):
    """Royal Mail by Tracking API v2. `api_key`: `client id:client secret`. `config`: `base_url`."""

    code = "royal_mail"
    label = "Royal Mail"
    base_url = "https://api.royalmail.net/mailpieces/v2"
    statuses: ClassVar[Mapping[str, Status]] = {code: meaning.status for code, meaning in EVENTS.items()}

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer to a question for events or summaries. See Carrier.parse."""
        told = reading.record(reading.document(body), "the body")
        if "mailPieces" not in told:
            if "errors" in told or "httpCode" in told:
                return []
            raise BadPayload("this is not an answer of Royal Mail's Tracking API")
        pieces = told["mailPieces"]
        items = reading.records(pieces if isinstance(pieces, list | None) else [pieces], "mailPieces")
        return [parcel for item in items if (parcel := _parcel(item)) is not None]

    def ready(self) -> None:
        """See Direct.ready."""
        super().ready()
        self.pair()

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        client_id, client_secret = self.pair()
        headers = {
            "X-IBM-Client-Id": client_id,
            "X-IBM-Client-Secret": client_secret,
            "X-Accept-RMG-Terms": "yes",
            "Accept": "application/json",
        }
        return self.send("GET", f"/{number}/events", at, headers=headers)

    def not_ours(self, answer: Answer) -> bool:
        """See Direct.not_ours."""
        if answer.good:
            return False
        try:
            told = reading.record(reading.document(answer.body), "the body")
            faults = reading.records(told.get("errors"), "errors")
            codes = [reading.text(fault.get("errorCode"), "errorCode") for fault in faults]
        except BadPayload:
            return False
        return bool(codes) and all(_ABOUT_THE_ITEM.fullmatch(code) for code in codes)


# --- reading
def _parcel(piece: Record) -> ParcelData | None:
    summary = reading.optional(piece.get("summary"), "summary")
    events = reading.records(piece.get("events"), "events")
    number = reading.text(piece.get("mailPieceId"), "mailPieceId", 80)
    if not number:
        raise BadPayload("a mail piece has no mailPieceId")
    if piece.get("error") and not events:
        return None
    scans = [_scan(event) for event in events] or [_summary(summary)]
    signature = reading.optional(piece.get("signature"), "signature")
    return ParcelData(
        tracking_number=number,
        scans=tuple(scan for scan in scans if scan is not None),
        carrier=RoyalMail.code,
        service=reading.text(summary.get("productName"), "productName", 120),
        eta=_eta(reading.optional(piece.get("estimatedDelivery"), "estimatedDelivery")),
        signed_by=reading.text(signature.get("recipientName"), "recipientName", 120),
        origin=direct.some(_land(summary, "origin")),
        destination=direct.some(_land(summary, "destination")),
    )


def understand(code: str, said: str) -> Meaning:
    """Return what an event means by its code, else by its name."""
    base = EVENTS.get(code)
    return refined(base, said) if base else direct.guessed(said)


def _scan(event: Record) -> ScanData | None:
    return _told(event, "eventCode", "eventName", "eventDateTime", "locationName")


def _summary(summary: Record) -> ScanData | None:
    """Return the last event, which is all that a summary has."""
    return _told(summary, "lastEventCode", "lastEventName", "lastEventDateTime", "lastEventLocationName")


def _told(told: Record, code_name: str, said_name: str, time_name: str, place_name: str) -> ScanData | None:
    when = direct.moment(reading.text(told.get(time_name), time_name, 40))
    if when is None:
        return None
    code = reading.text(told.get(code_name), code_name, 20)
    said = reading.text(told.get(said_name), said_name, 500)
    place = Place(city=reading.text(told.get(place_name), place_name, 120))
    meaning = direct.told(understand(code, said), RoyalMail.code, code, said)
    return direct.scan(when, meaning, place=place, code=code, message=said)


def _land(summary: Record, end: str) -> Place:
    """Return the country at one end: no more is told."""
    name = f"{end}CountryCode"
    return direct.place_of(land=reading.text(summary.get(name), name, 60))


def _eta(told: Record) -> Window | None:
    """Return the estimated day, with its hours where they carry their offset."""
    day = reading.text(told.get("date"), "date", 40)[:10]
    first = reading.text(told.get("startOfEstimatedWindow"), "startOfEstimatedWindow", 40)
    last = reading.text(told.get("endOfEstimatedWindow"), "endOfEstimatedWindow", 40)
    hours = direct.window(f"{day}T{first}", f"{day}T{last}") if first and last else None
    return hours or direct.window(day)
