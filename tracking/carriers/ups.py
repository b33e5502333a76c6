"""
UPS, asked directly (Tracking API) and told by it (Track Alert).

Source: https://github.com/UPS-API/api-documentation (Tracking.yaml, UPSTrackAlert.yaml). Track Alert sends
the credential that was given when subscribing in a header of that name; it signs nothing.
"""

import hmac
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from tracking import reading
from tracking.carriers import direct
from tracking.carriers.base import (
    ANY_TIME,
    BadPayload,
    BadSignature,
    Parcel,
    ParcelData,
    Place,
    ScanData,
    Window,
)
from tracking.carriers.direct import Answer, Meaning, WithToken
from tracking.carriers.ups_words import CODES, SIMPLE, TYPES, VAGUE
from tracking.reading import Record
from tracking.vocabulary import Status

_DAY = re.compile(r"\d{8}", re.ASCII)
_HOUR = re.compile(r"\d{5,6}", re.ASCII)
_OFFSET = re.compile(r"[+-]\d{2}:\d{2}", re.ASCII)
# Answers about the number: not found, not a number of UPS's, too old.
_NOT_OURS = frozenset({"TW0001", "TV1002", "TV1003", "151018", "151044", "151045", "151062"})


class UPS(WithToken):
    """
    UPS tracking and Track Alert.

    `api_key`: `client id:client secret`. `secret`: the credential given to Track Alert. `config`: `base_url`.
    """

    code = "ups"
    label = "UPS"
    base_url = "https://onlinetools.ups.com"
    token_path = "/security/v1/oauth/token"  # noqa: S105
    token_basic = True
    statuses: ClassVar[Mapping[str, Status]] = {
        **{kind: meaning.status for kind, meaning in TYPES.items()},
        **{digits: meaning.status for digits, meaning in SIMPLE.items()},
        **{f"{kind}/{code}": meaning.status for (kind, code), meaning in CODES.items()},
    }

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Compare the `credential` header with the one given when subscribing. Raises BadSignature."""
        if not self.credentials.secret:
            raise BadSignature("this account has no Track Alert credential")
        told = headers.get("credential", "")
        if not hmac.compare_digest(self.credentials.secret.encode(), told.encode()):
            raise BadSignature(
                "the credential does not match" if told else "the credential header is missing"
            )

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate a Track Alert message or an answer of the Tracking API. See Carrier.parse."""
        told = reading.record(reading.document(body), "the body")
        if "activityStatus" in told:
            return [_alert(told)]
        if "trackResponse" not in told:
            if "response" in told or "errors" in told:
                return []
            raise BadPayload("this is neither a Track Alert message nor an answer of UPS's Tracking API")
        response = reading.optional(told["trackResponse"], "trackResponse")
        found = []
        for shipment in reading.records(response.get("shipment"), "shipment"):
            packages = reading.records(shipment.get("package"), "package")
            inquired = reading.text(shipment.get("inquiryNumber"), "inquiryNumber", 80)
            found += [_parcel(package, inquired if len(packages) == 1 else "") for package in packages]
        return found

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        return self.authorised(
            "GET",
            f"/api/track/v1/details/{number}",
            at,
            params={"locale": "en_US", "returnSignature": "false", "returnPOD": "false"},
            headers={"transId": uuid.uuid4().hex, "transactionSrc": "porchlight"},
        )

    def not_ours(self, answer: Answer) -> bool:
        """See Direct.not_ours."""
        if answer.good:
            return False
        try:
            told = reading.record(reading.document(answer.body), "the body")
            response = reading.optional(told.get("response"), "response")
            faults = reading.records(response.get("errors"), "errors")
            codes = [reading.text(fault.get("code"), "code") for fault in faults]
        except BadPayload:
            return False
        return bool(codes) and set(codes) <= _NOT_OURS


# --- reading
def understand(kind: str, code: str, digits: str, said: str) -> Meaning:
    """
    Return what a scan means by its type, two-letter code and three digits; `said` are UPS's words.

    A type that only says that something is out of the ordinary is refined by the words: a parcel released by
    customs has type X and is on its way.
    """
    exact = CODES.get((kind, code)) or SIMPLE.get(digits)
    if exact is not None:
        return exact
    base = TYPES.get(kind)
    if base is not None and kind not in VAGUE:
        return base
    guess = direct.guessed(said)
    if guess.known and not (kind == "RS" and guess.status not in (Status.RETURNED, Status.RETURNING)):
        return guess
    return base or direct.NOT_KNOWN


def _scan(told: Record, when: datetime, digits: object, where: object) -> ScanData:
    """Return one event: its status, time, three digits and address."""
    address = reading.optional(where, "an address")
    said, meaning, code = _said(
        told.get("type"),
        told.get("code"),
        digits,
        told.get("description"),
        address.get("city"),
        address.get("stateProvince"),
        address.get("countryCode"),
        address.get("country"),
        address.get("postalCode"),
    )
    direct.told(meaning, UPS.code, code, said.message)
    return said.at_time(when)


@reading.remembered
def _said(kind: Any, code: Any, digits: Any, said: Any, *address: Any) -> tuple[ScanData, Meaning, str]:
    """Return what an event says, all but its time; what that means, and UPS's type and code for it."""
    kind, code = reading.text(kind, "type", 10), reading.text(code, "code", 20)
    digits, said = reading.text(digits, "the three digits", 10), reading.text(said, "description", 500)
    meaning = understand(kind, code, digits, said)
    scan = direct.scan(ANY_TIME, meaning, place=_place(*address), code=code or kind, message=said)
    return scan, meaning, f"{kind}/{code}"


def _parcel(package: Record, inquired: str) -> ParcelData:
    number = reading.text(package.get("trackingNumber"), "trackingNumber", 80)
    if not any(char.isdigit() for char in number):
        number = inquired or number
    if not number:
        raise BadPayload("a package has no trackingNumber")
    delivery = reading.optional(package.get("deliveryInformation"), "deliveryInformation")
    service = reading.optional(package.get("service"), "service")
    scans = (_activity(told) for told in reading.records(package.get("activity"), "activity"))
    ends = {
        reading.text(end.get("type"), "type"): _address(end.get("address"))
        for end in reading.records(package.get("packageAddress"), "packageAddress")
    }
    return ParcelData(
        tracking_number=number,
        scans=_left(
            tuple(scan for scan in scans if scan is not None),
            reading.text(delivery.get("location"), "location", 120),
        ),
        carrier=UPS.code,
        service=reading.text(service.get("description"), "description", 120),
        eta=_days(package),
        signed_by=reading.text(delivery.get("receivedBy"), "receivedBy", 120),
        origin=direct.some(ends.get("ORIGIN", Place())),
        destination=direct.some(ends.get("DESTINATION", Place())),
    )


def _left(scans: tuple[ScanData, ...], where: str) -> tuple[ScanData, ...]:
    """Add to a delivery where the driver left the parcel ("Front Door")."""
    guess = direct.guessed(f"delivered, {where}") if where else direct.NOT_KNOWN
    if guess.status != Status.DELIVERED or not guess.reason:
        return scans
    return tuple(
        replace(scan, reason=guess.reason) if scan.status == Status.DELIVERED and not scan.reason else scan
        for scan in scans
    )


def _activity(told: Record) -> ScanData | None:
    status = reading.optional(told.get("status"), "status")
    location = reading.optional(told.get("location"), "location")
    offset = reading.text(told.get("gmtOffset"), "gmtOffset", 10)
    when = _time(told, "gmtDate", "gmtTime", "+00:00") or _time(told, "date", "time", offset)
    if when is None:
        return None
    return _scan(status, when, status.get("statusCode"), location.get("address"))


def _alert(told: Record) -> ParcelData:
    """Translate a Track Alert message: one event, with its time here and in Greenwich."""
    number = reading.text(told.get("trackingNumber"), "trackingNumber", 80)
    if not number:
        raise BadPayload("the message has no trackingNumber")
    status = reading.optional(told.get("activityStatus"), "activityStatus")
    when = _time(told, "gmtActivityDate", "gmtActivityTime", "+00:00") or _time(
        told, "localActivityDate", "localActivityTime"
    )
    place, digits = told.get("activityLocation"), status.get("descriptionCode")
    return ParcelData(
        tracking_number=number,
        scans=(_scan(status, when, digits, place),) if when else (),
        carrier=UPS.code,
        eta=direct.window(_day(reading.text(told.get("scheduledDeliveryDate"), "scheduledDeliveryDate"))),
        told_at=when if when and when.tzinfo else None,
    )


def _time(told: Record, day_name: str, hour_name: str, offset: str = "") -> datetime | None:
    """
    Return YYYYMMDD and HHMMSS as a time, aware when there is an `offset`; None when they are not written so.
    """
    day = _day(reading.text(told.get(day_name), day_name, 20))
    hour = reading.text(told.get(hour_name), hour_name, 20).replace(":", "")
    if not day or not _HOUR.fullmatch(hour):
        return None
    hour = hour.zfill(6)
    zone = offset if _OFFSET.fullmatch(offset) else ""
    return direct.moment(f"{day}T{hour[:2]}:{hour[2:4]}:{hour[4:]}{zone}")


def _day(written: str) -> str:
    return f"{written[:4]}-{written[4:6]}-{written[6:]}" if _DAY.fullmatch(written) else ""


def _days(package: Record) -> Window | None:
    """Return the delivery day, rescheduled or scheduled; its hours carry no offset and are left out."""
    days = {
        reading.text(entry.get("type"), "type"): _day(reading.text(entry.get("date"), "date", 20))
        for entry in reading.records(package.get("deliveryDate"), "deliveryDate")
    }
    return direct.window(days.get("RDD", "")) or direct.window(days.get("SDD", ""))


def _address(told: object) -> Place:
    """Return an address without its street."""
    address = reading.optional(told, "an address")
    parts = ("city", "stateProvince", "countryCode", "country", "postalCode")
    return _place(*(address.get(part) for part in parts))


def _place(city: Any, state: Any, country_code: Any, country: Any, postcode: Any) -> Place:
    return direct.place_of(
        reading.text(city, "city", 120),
        reading.text(state, "stateProvince", 120),
        reading.text(country_code, "countryCode", 60) or reading.text(country, "country", 60),
        reading.text(postcode, "postalCode", 20),
    )
