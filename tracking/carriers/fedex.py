"""
FedEx, asked directly: the Track API (POST /track/v1/trackingnumbers, thirty numbers a call, OAuth).

Source: https://developer.fedex.com/api/en-us/catalog/track.html. Its webhook (Advanced Integrated Visibility)
is not read: how it is signed is told to subscribers only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from tracking import reading
from tracking.carriers import direct
from tracking.carriers.base import BadPayload, CarrierError, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.direct import Meaning, WithToken
from tracking.carriers.fedex_words import DELAYS, EVENTS, EXCEPTIONS, SHOPPER_ACTS, TROUBLE
from tracking.carriers.numbers import compact_number
from tracking.reading import Record
from tracking.vocabulary import Reason, Status


class FedEx(WithToken):
    """FedEx by the Track API. `api_key`: `API key:secret key` of a project. `config`: `base_url`."""

    code = "fedex"
    label = "FedEx"
    batch = 30
    base_url = "https://apis.fedex.com"
    token_path = "/oauth/token"  # noqa: S105
    statuses: ClassVar[Mapping[str, Status]] = {code: meaning.status for code, meaning in EVENTS.items()}

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """
        Translate an answer of the Track API; numbers FedEx does not know are left out. See Carrier.parse.
        """
        told = reading.record(reading.document(body), "the body")
        if "output" not in told:
            if "errors" in told:
                return []
            raise BadPayload("this is not an answer of FedEx's Track API")
        output = reading.optional(told["output"], "output")
        results = reading.records(output.get("completeTrackResults"), "completeTrackResults")
        found = (_of_number(result) for result in results)
        return [parcel for parcel in found if parcel is not None]

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """Ask about up to thirty parcels in one call. See Carrier.fetch."""
        self.ready()
        if not parcels:
            return []
        asked = {compact_number(parcel.tracking_number): parcel for parcel in parcels}
        question = {
            "includeDetailedScans": True,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}} for number in asked],
        }
        answer = self.authorised(
            "POST", "/track/v1/trackingnumbers", at, json=question, headers={"X-locale": "en_US"}
        )
        if not answer.good and len(parcels) > 1 and _about_a_number(answer.body):
            # One impossible number makes FedEx refuse the whole call.
            return [data for parcel in parcels for data in self.fetch([parcel], at=at)]
        if not answer.good and _about_a_number(answer.body):
            return []
        if answer.good and (fault := _fault(answer.body)):
            raise CarrierError(f"FedEx answered with a fault: {fault}")
        found = []
        for data in self.read(answer, at):
            parcel = asked.get(compact_number(data.tracking_number))
            if parcel is not None and not direct.is_stale(data, parcel):
                found.append(replace(data, tracking_number=parcel.tracking_number))
        return found


# --- reading
def _codes(body: bytes) -> list[str]:
    """Return the codes of an error answer, [] for anything else."""
    try:
        told = reading.record(reading.document(body), "the body")
        faults = reading.records(told.get("errors"), "errors")
        return [reading.text(fault.get("code"), "code") for fault in faults]
    except BadPayload:
        return []


def _about_a_number(body: bytes) -> bool:
    codes = _codes(body)
    return bool(codes) and all("TRACKINGNUMBER" in code or "NOTFOUND" in code for code in codes)


def _fault(body: bytes) -> str:
    """Return what a good answer without results complains about, '' when it is about a number or has none."""
    return "" if _about_a_number(body) else ", ".join(_codes(body))


def _of_number(result: Record) -> ParcelData | None:
    """
    Return what is told about one number, None when FedEx does not know it.

    A number that was used before, or handed in again, has several results: the youngest is the parcel of
    today.
    """
    asked = reading.text(result.get("trackingNumber"), "trackingNumber", 80)
    results = reading.records(result.get("trackResults"), "trackResults")
    parcels = (_parcel(entry, asked) for entry in results)
    return direct.newest([parcel for parcel in parcels if parcel is not None])


def _parcel(result: Record, asked: str) -> ParcelData | None:
    named = reading.optional(result.get("trackingNumberInfo"), "trackingNumberInfo")
    number = asked or reading.text(named.get("trackingNumber"), "trackingNumber", 80)
    if not number:
        raise BadPayload("a result has no trackingNumber")
    events = reading.records(result.get("scanEvents"), "scanEvents")
    if result.get("error") and not events:
        return None
    scans = (_scan(event) for event in events)
    delivery = reading.optional(result.get("deliveryDetails"), "deliveryDetails")
    service = reading.optional(result.get("serviceDetail"), "serviceDetail")
    return ParcelData(
        tracking_number=number,
        scans=tuple(scan for scan in scans if scan is not None),
        carrier=FedEx.code,
        service=reading.text(service.get("description"), "description", 120),
        eta=_eta(result),
        signed_by=reading.text(delivery.get("signedByName"), "signedByName", 120)
        or reading.text(delivery.get("receivedByName"), "receivedByName", 120),
        origin=direct.some(_located(result.get("originLocation"))),
        destination=direct.some(_address(result.get("lastUpdatedDestinationAddress")))
        or direct.some(_located(result.get("destinationLocation"))),
    )


def _scan(event: Record) -> ScanData | None:
    when = direct.moment(reading.text(event.get("date"), "date"))
    if when is None:
        return None
    kind = reading.text(event.get("eventType"), "eventType", 20)
    exception = reading.text(event.get("exceptionCode"), "exceptionCode", 20)
    said = reading.text(event.get("eventDescription"), "eventDescription", 240)
    why = reading.text(event.get("exceptionDescription"), "exceptionDescription", 240)
    delay = reading.optional(event.get("delayDetail"), "delayDetail")
    meaning = understand(kind, exception, said, why, reading.text(delay.get("type"), "type"))
    code = f"{kind}/{exception}" if exception else kind
    return direct.scan(
        when,
        direct.told(meaning, FedEx.code, code, said),
        place=_address(event.get("scanLocation")),
        code=code,
        message=f"{said}: {why}" if said and why else said or why,
    )


def understand(kind: str, exception: str, said: str = "", why: str = "", delay: str = "") -> Meaning:
    """
    Return what a scan of `kind` with an `exception` code means; `said` and `why` are FedEx's words for the
    two.

    Trouble takes its status and reason from the exception, movement only a reason for being late.
    """
    base = EVENTS.get(kind) or direct.guessed(said)
    if not base.known:
        return base
    late = DELAYS.get(delay, "")
    if kind not in TROUBLE:
        if base.status == Status.DELIVERED:
            left = direct.guessed(f"delivered. {why}") if why else base
            return replace(base, reason=left.reason) if left.status == Status.DELIVERED else base
        return replace(base, reason=late or base.reason) if base.status == Status.IN_TRANSIT else base
    if exception in EXCEPTIONS:
        status, reason = EXCEPTIONS[exception]
    else:
        guess = direct.guessed(why)
        fits = guess.known and guess.status not in (Status.DELIVERED, Status.INFO_RECEIVED)
        status, reason = (guess.status, guess.reason) if fits else (None, "")
    reason = reason or late
    if status == Status.IN_TRANSIT and not reason:  # the trouble is over
        return Meaning(Status.IN_TRANSIT)
    named = reason or (base.reason if status is None else "")
    if not named and status in (Status.EXCEPTION, Status.ATTEMPTED):
        named = Reason.UNKNOWN
    return Meaning(status or base.status, named, named in SHOPPER_ACTS)


def _located(told: object) -> Place:
    location = reading.optional(told, "a location")
    whose = reading.optional(location.get("locationContactAndAddress"), "locationContactAndAddress")
    return _address(whose.get("address"))


def _address(told: object) -> Place:
    """Return an address without its street."""
    address = reading.optional(told, "an address")
    return direct.place_of(
        reading.text(address.get("city"), "city", 120),
        reading.text(address.get("stateOrProvinceCode"), "stateOrProvinceCode", 120),
        reading.text(address.get("countryCode"), "countryCode", 60),
        reading.text(address.get("postalCode"), "postalCode", 20),
    )


def _eta(result: Record) -> Window | None:
    """Return the estimated window, else the estimated day, else the one the service promises."""
    times = {
        reading.text(entry.get("type"), "type"): reading.text(entry.get("dateTime"), "dateTime")
        for entry in reading.records(result.get("dateAndTimes"), "dateAndTimes")
    }
    return (
        _window(result.get("estimatedDeliveryTimeWindow"))
        or direct.window(times.get("ESTIMATED_DELIVERY", ""))
        or direct.window(times.get("COMMITMENT", ""))
        or _window(result.get("standardTransitTimeWindow"))
    )


def _window(told: object) -> Window | None:
    outer = reading.optional(told, "a window")
    window = reading.optional(outer.get("window"), "window")
    return direct.window(
        reading.text(window.get("begins"), "begins"), reading.text(window.get("ends"), "ends")
    )
