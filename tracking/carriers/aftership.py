"""
AfterShip Tracking: an aggregator. Webhooks carry a tracking in `msg`, API answers in `data`.

Shapes: https://www.aftership.com/docs/tracking/2025-01/ and the example payloads of AfterShip's SDKs, which
are older (`data.tracking`, `country_iso3`); both are read.
"""

import base64
import hashlib
import hmac
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tracking import reading
from tracking.carriers import detect, direct
from tracking.carriers.aftership_words import TAGS, understand
from tracking.carriers.base import BadPayload, BadSignature, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.meanings import closed_by
from tracking.carriers.numbers import compact_number
from tracking.places import country
from tracking.reading import Record
from tracking.vocabulary import Status

log = logging.getLogger(__name__)

# Answers about a number, not about us: it exists already (a moment ago), is impossible, has no courier.
ABOUT_THE_NUMBER = {4003, 4004, 4005, 4012, 4014, 4015, 4016}
# AfterShip allows ten calls a second and says in no Retry-After when the next may come.
PATIENCE = "10"
# What AfterShip calls the couriers we name to it; others it finds by the number.
SLUGS = {
    "australia_post": "australia-post",
    "canada_post": "canada-post",
    "china_post": "china-post",
    "deutsche_post": "deutsch-post",
    "dhl": "dhl-germany",
    "dhl_ecommerce": "dhl-global-mail",
    "dhl_express": "dhl",
    "dpd": "dpd",
    "dpd_uk": "dpd-uk",
    "evri": "hermes",
    "fedex": "fedex",
    "gls": "gls",
    "la_poste": "la-poste-colissimo",
    "lasership": "lasership",
    "ontrac": "ontrac",
    "parcelforce": "parcel-force",
    "postnl": "postnl",
    "purolator": "purolator",
    "royal_mail": "royal-mail",
    "sendle": "sendle",
    "ups": "ups",
    "usps": "usps",
    "yanwen": "yanwen",
}
CODES = {slug: code for code, slug in SLUGS.items()}


class AfterShip(direct.Direct):
    """AfterShip webhooks and polling. `config`: `base_url` of the API."""

    code = "aftership"
    label = "AfterShip"
    aggregates = True
    batch = 40
    base_url = "https://api.aftership.com/tracking/2025-01"
    statuses = TAGS

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check aftership-hmac-sha256: base64 of HMAC-SHA256 over the body. Raises: BadSignature."""
        if not self.credentials.secret:
            raise BadSignature("this account has no webhook secret")
        made = hmac.new(self.credentials.secret.encode(), body, hashlib.sha256).digest()
        told = headers.get("aftership-hmac-sha256", "")
        if not hmac.compare_digest(base64.b64encode(made), told.encode()):
            raise BadSignature(
                "aftership-hmac-sha256 does not match" if told else "aftership-hmac-sha256 is missing"
            )

    def topic(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the event, e.g. tracking_update."""
        return _event_word(body, "event")

    def delivery_id(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the event's id: the same however often AfterShip sends it."""
        return _event_word(body, "event_id")

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate a webhook, a tracking, a list of trackings, or a last checkpoint. See Carrier.parse."""
        told = reading.record(reading.document(body), "the body")
        sent_at = _unix(told.get("ts")) if "msg" in told else None
        return [_parcel(tracking, sent_at) for tracking in _trackings(told)]

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """
        Ask for all parcels at once; have those followed that AfterShip does not know yet. See Carrier.fetch.

        Source: https://www.aftership.com/docs/tracking/2025-01/ (GET and POST /trackings).
        """
        self.ready()
        if not parcels:
            return []
        numbers = ",".join(compact_number(parcel.tracking_number) for parcel in parcels)
        params = {"tracking_numbers": numbers, "limit": "200"}
        followed = self.read(self._call("GET", at, params=params), at)
        found = []
        for parcel in parcels:
            data = self._ours(_same_carrier(followed, parcel), parcel)
            if data is None:
                data = self._follow(parcel, at)
            if data is not None:
                found.append(data)
        return found

    def not_ours(self, answer: direct.Answer) -> bool:
        """See Direct.not_ours."""
        try:
            body = reading.record(reading.document(answer.body), "the answer")
            meta = reading.optional(body.get("meta"), "meta")
            return reading.whole(meta.get("code"), "meta.code") in ABOUT_THE_NUMBER
        except BadPayload:
            return False

    def _follow(self, parcel: Parcel, at: datetime) -> ParcelData | None:
        wanted = {"tracking_number": compact_number(parcel.tracking_number)}
        if parcel.carrier in SLUGS:
            wanted["slug"] = SLUGS[parcel.carrier]
        answer = self._call("POST", at, json=wanted)
        if not answer.good and self.not_ours(answer):
            return None
        return self._ours(self.read(answer, at), parcel)

    def _call(self, method: str, at: datetime, **what: Any) -> direct.Answer:
        answer = self.send(method, "/trackings", at, headers={"as-api-key": self.credentials.api_key}, **what)
        if answer.status == 429 and not answer.retry_after:
            return direct.Answer(answer.status, answer.body, PATIENCE)
        return answer


def _same_carrier(answers: Iterable[ParcelData], parcel: Parcel) -> list[ParcelData]:
    """Return the answers that can be about `parcel`: two couriers may use the same number."""
    wanted = compact_number(parcel.tracking_number)
    same = [data for data in answers if compact_number(data.tracking_number) == wanted]
    exact = [data for data in same if not parcel.carrier or data.carrier == parcel.carrier]
    return exact or same


# --- reading
def _event_word(body: bytes, name: str) -> str:
    try:
        event = reading.record(reading.document(body), "the body")
        return reading.text(event.get(name), name) if "msg" in event else ""
    except BadPayload:
        return ""


def _unix(told: Any) -> datetime | None:
    """Return a webhook's `ts` (seconds), None when it is not one."""
    try:
        seconds = reading.whole(told, "ts")
    except BadPayload:
        return None
    return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None


def _trackings(told: Record) -> list[Record]:
    """Return the trackings in any shape AfterShip sends; [] for answers about something else."""
    if "msg" in told:
        inside = reading.record(told["msg"], "msg")
    elif "data" in told:
        inside = reading.optional(told["data"], "data")
    elif "tracking_number" in told:
        inside = told
    else:
        raise BadPayload("this is neither an AfterShip webhook nor an answer")
    if "trackings" in inside:
        return reading.records(inside["trackings"], "trackings")
    if "tracking" in inside:
        return [reading.record(inside["tracking"], "tracking")]
    return [inside] if "tracking_number" in inside else []


def _parcel(tracking: Record, sent_at: datetime | None) -> ParcelData:
    number = reading.text(tracking.get("tracking_number"), "tracking_number", 80)
    if not number:
        raise BadPayload("the tracking has no tracking_number")
    slug = reading.text(tracking.get("slug"), "slug")
    told_at = reading.moment(tracking.get("updated_at"), "updated_at") or sent_at
    points = reading.records(tracking.get("checkpoints"), "checkpoints")
    if not points and tracking.get("checkpoint"):
        points = [reading.record(tracking["checkpoint"], "checkpoint")]
    scans = [scan for scan in (_scan(point, number) for point in points) if scan is not None]
    tag = reading.text(tracking.get("tag"), "tag", 80)
    subtag = reading.text(tracking.get("subtag"), "subtag", 80)
    summary = _summary(tracking, tag, subtag)
    return ParcelData(
        tracking_number=number,
        scans=closed_by(scans, summary, at=told_at, code=subtag or tag) if summary else tuple(scans),
        carrier=CODES.get(slug) or detect.carrier_code(slug) or detect.slug(slug),
        service=_service(tracking),
        eta=_eta(tracking),
        signed_by=reading.text(tracking.get("signed_by"), "signed_by", 120),
        origin=_end(tracking, "origin"),
        destination=_end(tracking, "destination"),
        told_at=told_at,
    )


def _summary(tracking: Record, tag: str, subtag: str) -> direct.Meaning | None:
    """Return what the tracking says as a whole; None when that is no more than that there is no news."""
    if not (tag or subtag) or TAGS.get(tag) in (Status.PENDING, Status.EXPIRED):
        return None
    return understand(tag, subtag, reading.text(tracking.get("subtag_message"), "subtag_message"))


def _service(tracking: Record) -> str:
    for name in ("shipment_type", "service_type_name"):
        found = reading.text(tracking.get(name), name, 120)
        if found:
            return found
    return ""


def _scan(point: Record, number: str) -> ScanData | None:
    """Return one checkpoint; None (and a log line) when nobody can say when it happened."""
    when = direct.moment(reading.text(point.get("checkpoint_time"), "checkpoint_time"))
    if when is None:
        log.warning("aftership: a checkpoint of %s has no readable time and is left out", number)
        return None
    tag, subtag = reading.text(point.get("tag"), "tag", 80), reading.text(point.get("subtag"), "subtag", 80)
    message = reading.text(point.get("message"), "message", 500)
    said = message or reading.text(point.get("subtag_message"), "subtag_message", 500)
    code = reading.text(point.get("raw_tag"), "raw_tag", 80) or subtag or tag
    return direct.scan(when, understand(tag, subtag, said), place=_place(point), code=code, message=said)


def _place(point: Record) -> Place:
    """
    Return where a checkpoint was; `location` says in one line what the other fields not always say.
    """
    names = ("country_region", "country_iso3", "country_name", "country_region_name")
    lands = [reading.text(point.get(name), name, 60) for name in names]
    land = country(*lands)
    city = reading.text(point.get("city"), "city", 120)
    region = reading.text(point.get("state"), "state", 120)
    if not city:
        city = reading.text(point.get("location"), "location", 120)
        for tail in (*lands, land, region):
            city = city.removesuffix(tail).rstrip(" ,")
    return direct.place_of(city, region, land, reading.text(point.get("zip"), "zip", 20))


def _end(tracking: Record, which: str) -> Place | None:
    """Return the origin or the destination, None when nothing is said about it."""
    names = (f"{which}_country_region", f"{which}_country_iso3", f"courier_{which}_country_iso3")
    lands = [reading.text(tracking.get(name), name, 60) for name in names]
    return direct.some(
        direct.place_of(
            reading.text(tracking.get(f"{which}_city"), f"{which}_city", 120),
            reading.text(tracking.get(f"{which}_state"), f"{which}_state", 120),
            country(*lands),
            reading.text(tracking.get(f"{which}_postal_code"), f"{which}_postal_code", 20),
        )
    )


def _eta(tracking: Record) -> Window | None:
    """
    Return the delivery window: AfterShip's latest, else the courier's, else AfterShip's own forecast, else
    the shop's.
    """
    for name in (
        "latest_estimated_delivery",
        "courier_estimated_delivery_date",
        "aftership_estimated_delivery_date",
    ):
        told = tracking.get(name)
        found = _window(told, name) if isinstance(told, dict) else direct.window(reading.text(told, name))
        if found:
            return found
    found = direct.window(reading.text(tracking.get("expected_delivery"), "expected_delivery"))
    custom = reading.optional(
        tracking.get("custom_estimated_delivery_date"), "custom_estimated_delivery_date"
    )
    return found or _window(custom, "custom_estimated_delivery_date")


def _window(told: Record, name: str) -> Window | None:
    """Return a window told as one day or time (`datetime`), or as a range of two."""
    first, last, only = (
        next((reading.text(told[key], f"{name}.{key}", 40) for key in keys if told.get(key)), "")
        for keys in (
            ("datetime_min", "estimated_delivery_date_min"),
            ("datetime_max", "estimated_delivery_date_max"),
            ("datetime", "estimated_delivery_date"),
        )
    )
    return direct.window(first, last) if first and last else direct.window(only or first or last)
