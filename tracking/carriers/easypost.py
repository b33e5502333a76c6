"""
EasyPost: an aggregator that follows parcels of a hundred carriers and tells each in the same words.

Webhooks are Events with a Tracker inside; its API answers with Trackers (docs.easypost.com/docs/trackers).
"""

import hashlib
import hmac
import logging
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from config.lib import clock
from config.lib import http as outside
from tracking import reading
from tracking.carriers import detect
from tracking.carriers.base import (
    ANY_TIME,
    BadPayload,
    BadSignature,
    Carrier,
    CarrierError,
    Parcel,
    ParcelData,
    Place,
    ScanData,
)
from tracking.carriers.easypost_window import window
from tracking.carriers.easypost_words import STATUSES, understand
from tracking.carriers.numbers import compact_number
from tracking.places import country
from tracking.reading import Record
from tracking.vocabulary import Status

log = logging.getLogger(__name__)

BASE_URL = "https://api.easypost.com/v2"
LONGEST_WAIT = 24 * 3600.0
# A tracker that was last heard of so long before the parcel left is about an earlier parcel with the same
# number.
STALE = timedelta(days=120)
# The number lives in at most so many trackers: carriers use numbers again after months, EasyPost keeps the
# old ones.
PAGE = 20
# What EasyPost calls the carriers we name to it; others it finds by the number.
NAMES = {
    "asendia": "AsendiaUsa",
    "australia_post": "AustraliaPost",
    "canada_post": "CanadaPost",
    "canpar": "Canpar",
    "dhl_ecommerce": "DhlEcs",
    "dhl_express": "DHLExpress",
    "dpd": "DPD",
    "dpd_uk": "DPDUK",
    "fedex": "FedEx",
    "gls": "GLS",
    "lasership": "LaserShipV2",
    "ontrac": "OnTracV3",
    "parcelforce": "Parcelforce",
    "purolator": "Purolator",
    "royal_mail": "RoyalMail",
    "ups": "UPS",
    "usps": "USPS",
    "veho": "Veho",
    "yanwen": "Yanwen",
}


class EasyPost(Carrier):
    """EasyPost webhooks and polling. `config`: `base_url` of the API, for a proxy or a test double."""

    code = "easypost"
    label = "EasyPost"
    aggregates = True
    polls = True
    # There is POST /trackers/batch, but it takes no carrier and its size is not documented: one by one is
    # safe.
    batch = 1
    statuses = STATUSES

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check X-Hmac-Signature: HMAC-SHA256 with the secret in Unicode form NFKD. Raises BadSignature."""
        if not self.credentials.secret:
            raise BadSignature("this account has no webhook secret")
        key = unicodedata.normalize("NFKD", self.credentials.secret).encode()
        expected = "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()
        told = headers.get("x-hmac-signature", "")
        if not hmac.compare_digest(expected.encode(), told.encode()):
            raise BadSignature("X-Hmac-Signature does not match" if told else "X-Hmac-Signature is missing")

    def topic(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the event's description, e.g. tracker.updated."""
        return _event_word(body, "description")

    def delivery_id(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the event's id: the same however often EasyPost sends it."""
        return _event_word(body, "id")

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an Event, a Tracker, a list of Trackers or a page of them. See Carrier.parse."""
        return [_parcel(tracker) for tracker in _trackers(reading.document(body))]

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """
        Ask for each parcel's tracker; where EasyPost follows none yet, have one made. See Carrier.fetch.

        Source: https://docs.easypost.com/docs/trackers (retrieve a list, create).
        """
        if not self.credentials.api_key:
            raise CarrierError("this account has no EasyPost API key", permanent=True)
        answers = []
        for parcel in parcels:
            found = self._ask(parcel, at)
            if found is not None:
                answers.append(found)
        return answers

    def _ask(self, parcel: Parcel, at: datetime) -> ParcelData | None:
        named = {"tracking_code": parcel.tracking_number}
        if parcel.carrier in NAMES:
            named["carrier"] = NAMES[parcel.carrier]
        body = self._call("GET", at, params=named | {"page_size": str(PAGE)})
        found = _ours(self._read(body), parcel)
        if found is None:
            found = _ours(self._read(self._call("POST", at, json={"tracker": named})), parcel)
        return found

    def _call(self, method: str, at: datetime, **what: Any) -> bytes:
        base = str(self.credentials.config.get("base_url") or BASE_URL).rstrip("/")
        session = self.http or outside.session()
        try:
            answer = session.request(
                method,
                f"{base}/trackers",
                auth=(self.credentials.api_key, ""),
                timeout=outside.TIMEOUT,
                allow_redirects=False,
                **what,
            )
            body = answer.content
        except ValueError as exc:  # requests' own errors about addresses and headers are ValueErrors too
            raise CarrierError(
                "the address of EasyPost or its API key cannot be used", permanent=True
            ) from exc
        except requests.RequestException as exc:
            raise CarrierError(f"EasyPost could not be reached: {type(exc).__name__}") from exc
        if not 200 <= answer.status_code < 300:
            raise _failure(answer.status_code, body, answer.headers.get("Retry-After", ""), at)
        return body

    def _read(self, body: bytes) -> Sequence[ParcelData]:
        try:
            return self.parse(body)
        except BadPayload as exc:
            raise CarrierError(f"EasyPost's answer could not be read: {exc}") from exc


# --- talking to the API
def _ours(answers: Sequence[ParcelData], parcel: Parcel) -> ParcelData | None:
    """
    Return the newest tracker of this very number.

    A number is used again after some months: of several trackers only the last is about this parcel, and not
    even that when it fell silent long before the parcel left.
    """
    wanted = compact_number(parcel.tracking_number)
    same = [answer for answer in answers if compact_number(answer.tracking_number) == wanted]
    newest = max(same, key=lambda answer: answer.told_at or datetime.min.replace(tzinfo=UTC), default=None)
    if newest and newest.told_at and parcel.created_at and newest.told_at < parcel.created_at - STALE:
        return None
    return newest


def _failure(status: int, body: bytes, retry_after: str, at: datetime) -> CarrierError:
    """Return what an answer with an error status means for the next try."""
    try:
        error = reading.optional(reading.record(reading.document(body), "the answer").get("error"), "error")
        words = reading.text(error.get("message"), "message")
    except BadPayload:
        words = ""
    message = f"EasyPost answered {status}" + (f": {words}" if words else "")
    passing = status in (408, 409, 425, 429) or status >= 500 or status < 400
    return CarrierError(
        message, permanent=not passing, retry_after=_wait(retry_after, at) if passing else None
    )


def _wait(told: str, at: datetime) -> float | None:
    """
    Return the seconds a Retry-After asks for (RFC 9110: seconds or a date), at most a day; None when it asks
    nothing.
    """
    if re.fullmatch(r"\d{1,9}", told.strip(), re.ASCII):
        return min(float(told), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(told)
    except ValueError:
        return None
    seconds = (when.replace(tzinfo=when.tzinfo or UTC) - at).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


# --- reading
def _event_word(body: bytes, name: str) -> str:
    """Return a word of an Event, '' when the body is something else."""
    try:
        event = reading.record(reading.document(body), "the body")
        return reading.text(event.get(name), name) if "result" in event else ""
    except BadPayload:
        return ""


def _trackers(told: Any) -> list[Record]:
    """
    Return the trackers in any shape EasyPost sends; [] for events about something else. Raises: BadPayload.
    """
    if isinstance(told, list):
        return reading.records(told, "the list of trackers")
    body = reading.record(told, "the body")
    if "trackers" in body:
        return reading.records(body["trackers"], "trackers")
    if "result" in body:
        about = reading.text(body.get("description"), "description")
        if about not in ("tracker.created", "tracker.updated"):
            return []
        return [reading.record(body["result"], "the event's result")]
    if "tracking_code" in body:
        return [body]
    if body.get("object") == "Event":
        return []
    raise BadPayload("this is neither an EasyPost event nor a tracker")


def _parcel(tracker: Record) -> ParcelData:
    number = reading.text(tracker.get("tracking_code"), "tracking_code", 80)
    if not number:
        raise BadPayload("the tracker has no tracking_code")
    name = reading.text(tracker.get("carrier"), "carrier")
    detail = reading.optional(tracker.get("carrier_detail"), "carrier_detail")
    told_at = reading.moment(tracker.get("updated_at"), "updated_at")
    scans = [
        _scan(told, number) for told in reading.records(tracker.get("tracking_details"), "tracking_details")
    ]
    known = tuple(scan for scan in scans if scan is not None)
    return ParcelData(
        tracking_number=number,
        scans=known or _only_status(tracker, told_at),
        # A carrier we have no name for is still not EasyPost itself.
        carrier=detect.carrier_code(name) or detect.slug(name),
        service=reading.text(detail.get("service"), "service", 120),
        eta=window(tracker, detail),
        signed_by=reading.text(tracker.get("signed_by"), "signed_by", 120),
        origin=_place(detail.get("origin_tracking_location")),
        destination=_place(detail.get("destination_tracking_location")),
        told_at=told_at,
    )


def _scan(told: Record, number: str) -> ScanData | None:
    """Return one tracking detail; None (and a log line) when nobody can say when it happened."""
    try:
        when = clock.parse(told.get("datetime"))
    except clock.BadTime:
        when = None
    if when is None:
        log.warning("easypost: a scan of %s has no readable time and is left out", number)
        return None
    location = reading.optional(told.get("tracking_location"), "a location")
    scan, known = _said(
        told.get("status"),
        told.get("status_detail"),
        told.get("message"),
        told.get("description"),
        told.get("carrier_code"),
        location.get("city"),
        location.get("state"),
        location.get("country"),
        location.get("zip"),
    )
    if not known:
        words = (str(told.get(name))[:80] for name in ("status", "status_detail"))
        log.warning("easypost: status %r (%r) of %s is not known", *words, number)
    return scan.at_time(when)


@reading.remembered
def _said(
    status: Any, detail: Any, message: Any, description: Any, code: Any, *place: Any
) -> tuple[ScanData, bool]:
    """Return what a tracking detail says, all but its time; and whether we know its status."""
    status, detail = reading.text(status, "status"), reading.text(detail, "status_detail")
    message = reading.text(message, "message", 500) or reading.text(description, "description", 500)
    meaning = understand(status, detail, message)
    scan = ScanData(
        status=meaning.status,
        reason=meaning.reason,
        action_required=meaning.action_required,
        at=ANY_TIME,
        place=_place_of(*place) or Place(),
        code=reading.text(code, "carrier_code", 80) or ("" if meaning.known else status[:80]),
        message=message,
    )
    return scan, meaning.known


def _only_status(tracker: Record, told_at: datetime | None) -> tuple[ScanData, ...]:
    """Return the tracker's own status as a scan: some carriers report no details at all."""
    created_at = reading.moment(tracker.get("created_at"), "created_at")
    status, detail = (
        reading.text(tracker.get("status"), "status"),
        reading.text(tracker.get("status_detail"), "status_detail"),
    )
    meaning = understand(status, detail, "")
    # A label does not get newer with every message about it; everything else happened at the latest when it
    # was told.
    when = (created_at or told_at) if meaning.status == Status.INFO_RECEIVED else (told_at or created_at)
    if when is None or meaning.status == Status.UNKNOWN:
        return ()
    return (
        ScanData(
            status=meaning.status, reason=meaning.reason, action_required=meaning.action_required, at=when
        ),
    )


def _place(told: Any) -> Place | None:
    """
    Return a TrackingLocation, None when it names nothing. The carrier's spelling stays, except for countries.
    """
    location = reading.optional(told, "a location")
    return _place_of(
        location.get("city"), location.get("state"), location.get("country"), location.get("zip")
    )


@reading.remembered
def _place_of(city: Any, region: Any, land: Any, postcode: Any) -> Place | None:
    land = reading.text(land, "country", 60)
    place = Place(
        reading.text(city, "city", 120),
        reading.text(region, "state", 120),
        country(land) or land,
        reading.text(postcode, "zip", 20),
    )
    return place if place != Place() else None
