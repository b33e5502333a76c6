"""
USPS, asked directly: the Tracking API v3 (GET /tracking/v3/tracking/{number}, OAuth).

Source: https://developers.usps.com/trackingv3. Its webhook (Subscriptions - Tracking) is not read: how its
X-HMAC is made is not told in public.
"""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from tracking import reading
from tracking.carriers import direct
from tracking.carriers.base import BadPayload, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.direct import Answer, Meaning, WithToken
from tracking.carriers.meanings import refined
from tracking.carriers.usps_words import EVENTS
from tracking.reading import Record
from tracking.vocabulary import Status

_OFFSET = re.compile(r"[+-]\d{2}:\d{2}", re.ASCII)
_TAG = re.compile(r"<[^>]*>")


class USPS(WithToken):
    """USPS by the Tracking API. `api_key`: `consumer key:consumer secret`. `config`: `base_url`."""

    code = "usps"
    label = "USPS"
    base_url = "https://apis.usps.com"
    token_path = "/oauth2/v3/token"  # noqa: S105
    token_scope = "tracking"  # noqa: S105
    # 400: not a number of USPS's.
    unknown = frozenset({400, 404})
    statuses: ClassVar[Mapping[str, Status]] = {code: meaning.status for code, meaning in EVENTS.items()}

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer of the Tracking API, one parcel or a list. See Carrier.parse."""
        told = reading.document(body)
        items = (
            reading.records(told, "the list")
            if isinstance(told, list)
            else [reading.record(told, "the body")]
        )
        return [parcel for item in items if (parcel := _parcel(item)) is not None]

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        return self.authorised("GET", f"/tracking/v3/tracking/{number}", at, params={"expand": "DETAIL"})


# --- reading
def _parcel(told: Record) -> ParcelData | None:
    if "error" in told and "trackingEvents" not in told:
        return None
    number = reading.text(told.get("trackingNumber"), "trackingNumber", 80)
    if not number:
        raise BadPayload("this is not an answer of USPS's Tracking API: it has no trackingNumber")
    events = reading.records(told.get("trackingEvents"), "trackingEvents")
    scans = tuple(scan for scan in map(_scan, events) if scan is not None)
    return ParcelData(
        tracking_number=number,
        scans=scans,
        carrier=USPS.code,
        service=_plain(reading.text(told.get("mailClass"), "mailClass", 200))[:120],
        eta=_eta(told),
        signed_by=_signed(events),
        origin=direct.some(_place(told, "originCity", "originState", "originZIP")),
        destination=direct.some(_place(told, "destinationCity", "destinationState", "destinationZIP")),
    )


def understand(code: str, said: str) -> Meaning:
    """Return what an event code means; USPS's words say where a parcel was left and why a notice was."""
    base = EVENTS.get(code)
    return refined(base, said) if base else direct.guessed(said)


def _scan(event: Record) -> ScanData | None:
    when = _time(event)
    if when is None:
        return None
    code = reading.text(event.get("eventCode"), "eventCode", 20)
    said = _plain(reading.text(event.get("eventType"), "eventType", 500))
    meaning = direct.told(understand(code, said), USPS.code, code, said)
    place = _place(event, "eventCity", "eventState", "eventZIP", "eventCountry")
    return direct.scan(when, meaning, place=place, code=code, message=said)


def _time(event: Record) -> datetime | None:
    """
    Return the instant USPS gives; without one the local time, with the offset beside it when there is one.
    """
    instant = direct.moment(reading.text(event.get("GMTTimestamp"), "GMTTimestamp", 40))
    if instant is not None and instant.tzinfo:
        return instant
    local = reading.text(event.get("eventTimestamp"), "eventTimestamp", 40)
    offset = reading.text(event.get("GMTOffset"), "GMTOffset", 10)
    found = direct.moment(local)
    if found is not None and found.tzinfo is None and _OFFSET.fullmatch(offset):
        return direct.moment(local + offset) or found
    return found


def _place(told: Record, city: str, region: str, postcode: str, land: str = "") -> Place:
    """Return a place; USPS names the country only abroad."""
    named = [reading.text(told.get(name), name, 120) for name in (city, region, postcode)]
    abroad = reading.text(told.get(land), land, 60) if land else ""
    return direct.place_of(named[0], named[1], abroad or ("US" if any(named) else ""), named[2])


def _signed(events: list[Record]) -> str:
    """Return who took the parcel: the name at the event of delivery."""
    for event in events:
        if reading.text(event.get("eventCode"), "eventCode", 20) == "01":
            return reading.text(event.get("name"), "name", 120)
    return ""


def _eta(told: Record) -> Window | None:
    """Return the day USPS expects delivery, with hours only where they carry their offset."""
    expected = reading.optional(told.get("deliveryDateExpectation"), "deliveryDateExpectation")
    for holder in (expected, told):
        for name in ("predictedDelivery", "expectedDelivery", "guaranteedDelivery"):
            for end in ("Date", "TimeStamp"):
                window = direct.window(reading.text(holder.get(name + end), name + end, 40))
                if window is not None:
                    return window
    return None


def _plain(markup: str) -> str:
    """Return words without the HTML that USPS puts around trademarks."""
    return " ".join(html.unescape(_TAG.sub("", markup)).split())
