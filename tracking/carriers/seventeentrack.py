"""
17TRACK: an aggregator of some two thousand carriers. Numbers are registered, then asked about or pushed.

Written from 17TRACK's reference as others quote it and from example bodies; no real delivery has proved the
signature, so the class says `verified = False` and pages that list accounts say so.
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tracking import reading
from tracking.carriers import detect, direct
from tracking.carriers.base import (
    BadPayload,
    BadSignature,
    CarrierError,
    Parcel,
    ParcelData,
    Place,
    ScanData,
    Window,
)
from tracking.carriers.meanings import closed_by
from tracking.carriers.numbers import carrier_of_number, compact_number
from tracking.carriers.seventeentrack_words import STATUSES, understand, understand_number
from tracking.places import country
from tracking.reading import Record
from tracking.vocabulary import Status

log = logging.getLogger(__name__)

# 17TRACK numbers its carriers; these are the ones we name to it and know when no name stands beside them.
KEYS = {
    "australia_post": 1151,
    "canada_post": 3041,
    "china_post": 3011,
    "deutsche_post": 7041,
    "dhl_express": 100001,
    "fedex": 100003,
    "gls": 100005,
    "la_poste": 6051,
    "postnl": 14041,
    "royal_mail": 11031,
    "tnt": 100004,
    "ups": 100002,
    "usps": 21051,
    "yanwen": 190012,
    "yunexpress": 190008,
}
CODES = {key: code for code, key in KEYS.items()}
# Errors of a single number: not registered (yet), or being looked up.
NOT_REGISTERED = {-18019902, -18019903}


class SeventeenTrack(direct.Direct):
    """17TRACK webhooks and polling. `config`: `base_url` of the API."""

    code = "17track"
    label = "17TRACK"
    aggregates = True
    batch = 40  # per register and per gettrackinfo
    verified = False
    base_url = "https://api.17track.net/track/v2.2"
    statuses = STATUSES

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """
        Check `sign`: the hex SHA-256 of the body, a slash and the API key. Raises: BadSignature.

        Unverified: this is how clients describe it, no real delivery to us has confirmed it.
        """
        key = (self.credentials.secret or self.credentials.api_key).encode()
        if not key:
            raise BadSignature("this account has neither a webhook secret nor an API key")
        told = headers.get("sign", "")
        expected = hashlib.sha256(body + b"/" + key).hexdigest()
        if not hmac.compare_digest(expected.encode(), told.lower().encode()):
            raise BadSignature("sign does not match" if told else "sign is missing")

    def topic(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the event: TRACKING_UPDATED or TRACKING_STOPPED."""
        try:
            return reading.text(reading.record(reading.document(body), "the body").get("event"), "event")
        except BadPayload:
            return ""

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate a push or an answer of gettrackinfo, of either API. See Carrier.parse."""
        return [_parcel(told) for told in _told(reading.record(reading.document(body), "the body"))]

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """
        Ask about all parcels; register the ones 17TRACK does not follow yet (they are known at a later call).

        See Carrier.fetch. Source: 17TRACK's API v2.2, register and gettrackinfo.
        """
        self.ready()
        if not parcels:
            return []
        answer = self._call("/gettrackinfo", [_named(parcel) for parcel in parcels], at)
        known = self.read(answer, at)
        missing = _not_registered(answer.body)
        new = [parcel for parcel in parcels if compact_number(parcel.tracking_number) in missing]
        if new:
            self._call("/register", [_named(parcel) for parcel in new], at)
        return [data for data in (self._ours(_same(known, parcel), parcel) for parcel in parcels) if data]

    def _call(self, path: str, items: list[dict[str, Any]], at: datetime) -> direct.Answer:
        headers = {"17token": self.credentials.api_key}
        answer = self.send("POST", path, at, headers=headers, json=items)
        if not answer.good:
            raise self.failure(answer, at)
        code = _code(answer.body)
        if code != 0:  # it answers 200 with an error inside, too
            raise CarrierError(
                f"17TRACK answered with error {code}", permanent=-18010010 <= code <= -18010001
            )
        return answer


def _named(parcel: Parcel) -> dict[str, Any]:
    named: dict[str, Any] = {"number": compact_number(parcel.tracking_number)}
    if parcel.carrier in KEYS:
        named["carrier"] = KEYS[parcel.carrier]
    return named


def _same(answers: Sequence[ParcelData], parcel: Parcel) -> list[ParcelData]:
    wanted = compact_number(parcel.tracking_number)
    return [data for data in answers if compact_number(data.tracking_number) == wanted]


def _code(body: bytes) -> int:
    """Return the error code of an answer, 0 for success; -1 when it cannot be read."""
    try:
        return reading.whole(reading.record(reading.document(body), "the answer").get("code"), "code")
    except BadPayload:
        return -1


def _not_registered(body: bytes) -> set[str]:
    """Return the numbers an answer rejects because nobody has registered them."""
    data = reading.optional(reading.record(reading.document(body), "the answer").get("data"), "data")
    found = set()
    for item in reading.records(data.get("rejected"), "rejected"):
        error = reading.optional(item.get("error"), "error")
        if reading.whole(error.get("code"), "error.code") in NOT_REGISTERED:
            found.add(compact_number(reading.text(item.get("number"), "number", 80)))
    return found


# --- reading
def _told(body: Record) -> list[Record]:
    """Return what is told about each number; [] for what tells nothing of a parcel's way."""
    if (
        "payload" in body or "response" in body
    ):  # as published examples wrap them, with the call around the body
        answer = reading.optional(body.get("response"), "response")
        body = reading.record(body.get("payload") or answer.get("body"), "the body")
    if "event" in body:
        if reading.text(body["event"], "event") != "TRACKING_UPDATED":
            return []
        data = body.get("data")
        found = reading.records(data, "data") if isinstance(data, list) else [reading.record(data, "data")]
    elif "data" in body:
        data = reading.optional(body["data"], "data")
        found = reading.records(data.get("accepted"), "accepted")
    else:
        raise BadPayload("this is neither a push of 17TRACK nor an answer")
    return [told for told in found if "track_info" in told or "track" in told]


def _parcel(told: Record) -> ParcelData:
    number = reading.text(told.get("number"), "number", 80)
    if not number:
        raise BadPayload("a parcel has no number")
    key = reading.whole(told.get("carrier"), "carrier")
    if told.get("track_info") is None:
        scans = _first_scans(reading.optional(told.get("track"), "track"), number)
        return ParcelData(tracking_number=number, scans=scans, carrier=_carrier("", number, key))
    info = reading.record(told["track_info"], "track_info")
    way = reading.optional(info.get("tracking"), "tracking")
    providers = reading.records(way.get("providers"), "providers")
    scans = tuple(
        scan
        for provider in providers
        for event in reading.records(provider.get("events"), "events")
        if (scan := _scan(event, number)) is not None
    )
    latest = reading.optional(info.get("latest_status"), "latest_status")
    shipping = reading.optional(info.get("shipping_info"), "shipping_info")
    last = reading.optional(providers[-1].get("provider"), "provider") if providers else {}
    misc = reading.optional(info.get("misc_info"), "misc_info")
    return ParcelData(
        tracking_number=number,
        scans=_closed(scans, latest),
        carrier=_carrier(reading.text(last.get("name"), "provider.name"), number, key),
        service=reading.text(misc.get("service_type"), "service_type", 120),
        eta=_eta(reading.optional(info.get("time_metrics"), "time_metrics")),
        origin=_place(shipping.get("shipper_address")),
        destination=_place(shipping.get("recipient_address")),
        told_at=_synced(providers),
    )


def _carrier(name: str, number: str, key: int) -> str:
    """Return our code: by the carrier's name, else by the number's check digit, else by 17TRACK's key."""
    return detect.carrier_code(name) or carrier_of_number(number) or CODES.get(key, "") or detect.slug(name)


def _closed(scans: tuple[ScanData, ...], latest: Record) -> tuple[ScanData, ...]:
    """Return the scans with what 17TRACK's latest status adds to them, where they are less clear."""
    status = reading.text(latest.get("status"), "status", 80)
    substatus = reading.text(latest.get("sub_status"), "sub_status", 80)
    if not status or STATUSES.get(status) in (Status.PENDING, Status.EXPIRED):
        return scans
    return closed_by(scans, understand(status, substatus, ""), code=substatus or status)


def _scan(event: Record, number: str) -> ScanData | None:
    """Return one event; None (and a log line) when nobody can say when it happened."""
    when = _when(event)
    if when is None:
        log.warning("17track: an event of %s has no readable time and is left out", number)
        return None
    stage = reading.text(event.get("stage"), "stage", 80)
    substatus = reading.text(event.get("sub_status"), "sub_status", 80)
    message = reading.text(event.get("description"), "description", 500)
    place = _place(event.get("address")) or Place(city=reading.text(event.get("location"), "location", 120))
    meaning = understand(stage, substatus, message)
    return direct.scan(when, meaning, place=place, code=substatus or stage, message=message)


def _when(event: Record) -> datetime | None:
    """
    Return when an event happened.

    `time_iso` has an offset. Where `time_utc` says the same clock time with a Z, nobody knew the zone and one
    of the two was made up: the time stays local.
    """
    told = reading.text(event.get("time_iso"), "time_iso", 40)
    stamp = direct.moment(told)
    utc = direct.moment(reading.text(event.get("time_utc"), "time_utc", 40))
    if stamp is None or stamp.tzinfo is None:
        return utc if utc and utc.tzinfo else stamp or utc
    if utc is not None and utc.tzinfo and utc != stamp:
        return datetime.fromisoformat(told).replace(tzinfo=None)
    return stamp


def _place(told: Any) -> Place | None:
    address = reading.optional(told, "an address")
    return direct.some(
        direct.place_of(
            reading.text(address.get("city"), "city", 120),
            reading.text(address.get("state"), "state", 120),
            reading.text(address.get("country"), "country", 60),
            reading.text(address.get("postal_code"), "postal_code", 20),
        )
    )


def _eta(metrics: Record) -> Window | None:
    told = reading.optional(metrics.get("estimated_delivery_date"), "estimated_delivery_date")
    first, last = (reading.text(told.get(name), name, 40) for name in ("from", "to"))
    return direct.window(first, last)


def _synced(providers: Sequence[Record]) -> datetime | None:
    """Return when 17TRACK last asked the carriers (aware), None when it does not say."""
    times = [
        direct.moment(reading.text(provider.get("latest_sync_time"), "latest_sync_time", 40))
        for provider in providers
    ]
    return max((time.astimezone(UTC) for time in times if time and time.tzinfo), default=None)


def _first_scans(track: Record, number: str) -> tuple[ScanData, ...]:
    """Return the events of the first API (`z1`, and `z0` for the newest), whose times have no offset."""
    events = reading.records(track.get("z1"), "z1")
    newest = reading.optional(track.get("z0"), "z0")
    found: dict[str, ScanData] = {}
    for event in [*events, *([newest] if newest else [])]:
        when = direct.moment(reading.text(event.get("d"), "d", 40))
        if when is None:
            log.warning("17track: an event of %s has no readable time and is left out", number)
            continue
        words = reading.text(event.get("c"), "c", 500)
        kind, sub = reading.whole(event.get("z"), "z"), reading.whole(event.get("s"), "s")
        place = _in_one_line(reading.text(event.get("a"), "a", 120))
        meaning = understand_number(kind, sub, words)
        scan = direct.scan(when, meaning, place=place, code=f"{kind}/{sub}", message=words)
        found.setdefault(scan.fingerprint, scan)
    return tuple(found.values())


def _in_one_line(told: str) -> Place:
    """Return a place written as "city, region, country", with as many of its parts as there are."""
    parts = [part.strip() for part in told.split(",") if part.strip()]
    land = country(parts[-1]) if len(parts) > 1 else ""
    if not land:
        return Place(city=told)
    return Place(city=parts[0], region=", ".join(parts[1:-1]), country=land)
