"""
Shippo: an aggregator. Webhooks are events with a Track inside; its API answers with Tracks.

Shapes: Shippo's own client libraries (Track, TrackingStatus) and
https://docs.goshippo.com/docs/Tracking/Tracking. The form of the signature's header is not in Shippo's public
reference: four independent implementations agree on it (docs/carriers.md), no delivery to us has proved it.
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from tracking import reading
from tracking.carriers import detect, direct
from tracking.carriers.base import (
    QUERY_TOKEN,
    BadPayload,
    BadSignature,
    Parcel,
    ParcelData,
    Place,
    ScanData,
    Window,
)
from tracking.carriers.numbers import carrier_of_number, compact_number
from tracking.carriers.shippo_words import STATUSES, understand
from tracking.reading import Record

log = logging.getLogger(__name__)

TOLERANCE = 300.0  # seconds a signature stays good, so that a delivery cannot be replayed later
_SIGNED = re.compile(r"t=(\d{1,12}),(?:.*,)?v1=([0-9a-fA-F]{64})(?:,.*)?", re.DOTALL)
# Shippo's tokens for carriers; https://docs.goshippo.com/docs/Carriers/CarrierCapabilities
NAMES = {
    "asendia": "asendia_us",
    "australia_post": "australia_post",
    "canada_post": "canada_post",
    "chronopost": "chronopost",
    "correos": "correos",
    "deutsche_post": "deutsche_post",
    "dhl_ecommerce": "dhl_ecommerce",
    "dhl_express": "dhl_express",
    "dpd": "dpd_de",
    "dpd_uk": "dpd_uk",
    "evri": "hermes_uk",
    "fedex": "fedex",
    "gls": "gls_deutschland",
    "la_poste": "colissimo",
    "lasership": "lasership",
    "mondial_relay": "mondial_relay",
    "ontrac": "ontrac",
    "parcelforce": "parcelforce",
    "poste_italiane": "poste_italiane",
    "purolator": "purolator",
    "royal_mail": "royal_mail",
    "sendle": "sendle",
    "ups": "ups",
    "usps": "usps",
}
PLAY = "SHIPPO_"  # numbers like SHIPPO_TRANSIT are answered by Shippo's play carrier


class Shippo(direct.Direct):
    """
    Shippo webhooks and polling.

    `config`: `base_url`; `token_in_address` (true) to take unsigned webhooks whose address ends in
    `?token=<webhook secret>`, for accounts whose signatures Shippo has not switched on.
    """

    code = "shippo"
    label = "Shippo"
    aggregates = True
    verified = False
    base_url = "https://api.goshippo.com"
    statuses = STATUSES

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """
        Check Shippo-Auth-Signature (`t=<unix>,v1=<hex HMAC-SHA256 of "t.body">`), or the address's token.

        Raises: BadSignature.
        """
        secret = self.credentials.secret.encode()
        if not secret:
            raise BadSignature("this account has no webhook secret")
        told = headers.get("shippo-auth-signature", "")
        token = headers.get(QUERY_TOKEN, "")
        if not told and token and self.credentials.config.get("token_in_address") is True:
            if hmac.compare_digest(token.encode(), secret):
                return
            raise BadSignature("the token in the address does not match")
        signed = _SIGNED.fullmatch(told.replace(" ", "")[:500])
        if signed is None:
            raise BadSignature("Shippo-Auth-Signature is " + ("not readable" if told else "missing"))
        expected = hmac.new(secret, signed[1].encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signed[2].lower()):
            raise BadSignature("Shippo-Auth-Signature does not match")
        if self.received_at and abs(self.received_at.timestamp() - int(signed[1])) > TOLERANCE:
            raise BadSignature("Shippo-Auth-Signature was made at another time")

    def topic(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the event, e.g. track_updated."""
        try:
            return reading.text(reading.record(reading.document(body), "the body").get("event"), "event")
        except BadPayload:
            return ""

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an event or a Track. See Carrier.parse."""
        told = reading.record(reading.document(body), "the body")
        if "event" in told:
            about = reading.text(told["event"], "event")
            return [_parcel(reading.record(told.get("data"), "data"))] if about == "track_updated" else []
        if "tracking_number" not in told:
            raise BadPayload("this is neither a Shippo event nor a track")
        return [_parcel(told)]

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """
        Ask about each parcel whose carrier Shippo has a name for. See Carrier.fetch.

        Source: https://docs.goshippo.com/docs/Tracking/Tracking (GET /tracks/<carrier>/<number>).
        """
        named = [parcel for parcel in parcels if _token(parcel)]
        if not named:
            self.ready()
        return [found for found in super().fetch(named, at=at) if found.scans or found.eta]

    def ask(self, number: str, parcel: Parcel, at: datetime) -> direct.Answer:
        """See Direct.ask."""
        headers = {"Authorization": f"ShippoToken {self.credentials.api_key}"}
        return self.send("GET", f"/tracks/{quote(_token(parcel), safe='')}/{number}", at, headers=headers)


def _token(parcel: Parcel) -> str:
    """Return Shippo's name for a parcel's carrier, '' when it follows none of that name."""
    number = compact_number(parcel.tracking_number)
    if number.startswith(PLAY):
        return "shippo"
    return NAMES.get(parcel.carrier or carrier_of_number(number), "")


# --- reading
def _parcel(track: Record) -> ParcelData:
    number = reading.text(track.get("tracking_number"), "tracking_number", 80)
    if not number:
        raise BadPayload("the track has no tracking_number")
    name = reading.text(track.get("carrier"), "carrier")
    service = reading.optional(track.get("servicelevel"), "servicelevel")
    newest = reading.optional(track.get("tracking_status"), "tracking_status")
    history = reading.records(track.get("tracking_history"), "tracking_history")
    scans = [scan for scan in (_scan(told, number) for told in history) if scan is not None]
    last = _scan(newest, number) if newest else None
    if last is not None and last.fingerprint not in {scan.fingerprint for scan in scans}:
        scans.append(last)
    return ParcelData(
        tracking_number=number,
        scans=tuple(scans),
        carrier=detect.carrier_code(name) or detect.slug(name),
        service=reading.text(service.get("name"), "servicelevel.name", 120),
        eta=_eta(track),
        origin=_place(track.get("address_from")),
        destination=_place(track.get("address_to")),
        told_at=reading.moment(newest.get("object_updated") or newest.get("status_date"), "object_updated"),
    )


def _scan(told: Record, number: str) -> ScanData | None:
    """Return one TrackingStatus; None (and a log line) when nobody can say when it happened."""
    when = direct.moment(reading.text(told.get("status_date"), "status_date"))
    status = reading.text(told.get("status"), "status", 80)
    message = reading.text(told.get("status_details"), "status_details", 500)
    sub = reading.optional(told.get("substatus"), "substatus")
    code = reading.text(sub.get("code"), "substatus.code", 80)
    acts = sub.get("action_required") is True
    if when is None:
        if status.upper() != "UNKNOWN":
            log.warning("shippo: a scan of %s has no readable time and is left out", number)
        return None
    meaning = understand(
        status, code, message or reading.text(sub.get("text"), "substatus.text", 500), acts=acts
    )
    place = _place(told.get("location")) or Place()
    return direct.scan(when, meaning, place=place, code=code or status, message=message)


def _place(told: object) -> Place | None:
    location = reading.optional(told, "a location")
    return direct.some(
        direct.place_of(
            reading.text(location.get("city"), "city", 120),
            reading.text(location.get("state"), "state", 120),
            reading.text(location.get("country"), "country", 60),
            reading.text(location.get("zip"), "zip", 20),
        )
    )


def _eta(track: Record) -> Window | None:
    """Return the day of delivery. The hour is the carrier's local one with a Z behind it: worth nothing."""
    return direct.window(reading.text(track.get("eta"), "eta"))
