"""
DPD on the continent (BE, NL, LU, CH, DE): the ParcelLifeCycle service, one parcel a call. DPD UK is another.

Checked against a recorded SOAP answer (DPD Belgium). Its twin in JSON and the statuses it did not show
come from integrations.dpd.nl and label-print-docs.dpd.ch. No answer names its parcel, and no time an offset.
"""

import json
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from tracking import reading
from tracking.carriers import markup, oauth
from tracking.carriers.base import BadPayload, CarrierError, Parcel, ParcelData, Place, ScanData
from tracking.carriers.batched import UNNAMED
from tracking.carriers.direct import Answer, Direct, Meaning, moment, scan
from tracking.carriers.meanings import by_words, refined
from tracking.places import country
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

CODES: dict[str, Meaning] = {
    "SHIPMENT": Meaning(Status.INFO_RECEIVED),
    "PickedUp": Meaning(Status.IN_TRANSIT),
    "BetweenDepots": Meaning(Status.IN_TRANSIT),
    "Depot": Meaning(Status.IN_TRANSIT),
    "Consolidation": Meaning(Status.IN_TRANSIT),
    "Warehouse": Meaning(Status.IN_TRANSIT),
    "Customs": Meaning(Status.IN_TRANSIT, Reason.CUSTOMS),
    "Courier": Meaning(Status.OUT_FOR_DELIVERY),
    # Back at the depot after the courier tried in vain: the parcel is not on its way back to the sender.
    "ReturningFromDelivery": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "DeliveryFailure": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "ParcelShop": Meaning(Status.READY_FOR_PICKUP),
    "Delivered": Meaning(Status.DELIVERED),
    # The words of tracking.dpd.de and of DPD's consignee pages for the same.
    "ACCEPTED": Meaning(Status.IN_TRANSIT),
    "ON_THE_ROAD": Meaning(Status.IN_TRANSIT),
    "AT_DELIVERY_DEPOT": Meaning(Status.IN_TRANSIT),
    "OUT_FOR_DELIVERY": Meaning(Status.OUT_FOR_DELIVERY),
    "PICKUP_BY_CONSIGNEE": Meaning(Status.READY_FOR_PICKUP),
}
STATUSES = {code: meaning.status for code, meaning in CODES.items()}
_BY_CODE = {code.lower(): meaning for code, meaning in CODES.items()}

LOGIN = "/soap/services/LoginService/V2_1"
TRACKING = "/soap/services/ParcelLifeCycleService/V2_0"
TYPES = "http://dpd.com/common/service/types"
_PLACE = re.compile(r"(?P<city>.*?)\s*\((?P<land>[A-Z]{2})\)")
_WHEN = re.compile(
    r"(\d{1,2})(?P<mark>[/.-])(\d{1,2})(?P=mark)(\d{4}),? +"
    r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?(?P<half>[AP])M)?"
)


class Dpd(Direct):
    """
    DPD's tracking. The API key is written `Delis ID:password`; `config`: `base_url` of another country's DPD.

    A login lasts a day and DPD allows ten a day, so the token is kept (tracking.carriers.oauth).
    """

    code = "dpd"
    label = "DPD"
    base_url = "https://wsshipper.dpd.be"  # NL: wsshipper.dpd.nl; tests: shipperadmintest.dpd.be/PublicApi
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer of getTrackingData, in SOAP or JSON. See Carrier.parse; faults say nothing."""
        told = markup.document(body) if body.lstrip()[:1] == b"<" else reading.document(body)
        told = reading.record(told, "the body")
        content = markup.part(told, "Envelope", "Body") or told
        if markup.part(content, "Fault") is not None:
            return []
        answer = markup.part(content, "getTrackingDataResponse")
        result = markup.part(answer, "trackingresult") or markup.part(answer, "trackingResult")
        german = markup.part(content, "parcellifecycleResponse", "parcelLifeCycleData")
        if isinstance(result or german, dict):
            return [_parcel(result or german)]
        if (
            "status" in told or answer is not None
        ):  # the JSON service says what is wrong beside an empty answer
            return []
        raise BadPayload("this is no tracking answer of DPD")

    def ready(self) -> None:
        """See Direct.ready."""
        super().ready()
        self.pair()

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        delis_id, password = self.pair()
        base = str(self.credentials.config.get("base_url") or self.base_url).rstrip("/")
        grant = oauth.Grant(base + LOGIN, delis_id, password)
        for last in (False, True):
            token = oauth.TOKENS.get(grant, at, lambda: self._login(delis_id, password, at))
            answer = self._soap(TRACKING, _question(delis_id, token, number), at)
            code, words = markup.fault(answer.body)
            if not code:
                break
            if b"faultCode>" in answer.body:  # the service's own kind of fault is about the number
                log.warning("dpd: %s is not known: %s: %s", number, code, words)
                return Answer(404, answer.body)
            refused = "TOKEN" in code or "AUTH" in code
            if last or not refused:
                raise CarrierError(f"DPD answered {code}: {words}", permanent=refused)
            oauth.TOKENS.forget(grant, token)
        return answer

    def _soap(self, path: str, question: str, at: datetime) -> Answer:
        action = "LoginService/2.1/getAuth" if path == LOGIN else "ParcelLifeCycleService/2.0/getTrackingData"
        headers = {"Content-Type": "text/xml;charset=UTF-8", "SOAPAction": f"{TYPES}/{action}"}
        return self.send("POST", path, at, data=question.encode(), headers=headers)

    def _login(self, delis_id: str, password: str, at: datetime) -> bytes:
        """Log in and return the token as OAuth would tell it. Raises: CarrierError."""
        answer = self._soap(LOGIN, _login_question(delis_id, password), at)
        code, words = markup.fault(answer.body)
        if code:
            raise CarrierError(f"DPD refused the login: {code}: {words}", permanent=True)
        if not answer.good:
            raise self.failure(answer, at)
        try:
            told = markup.part(markup.document(answer.body), "Envelope", "Body", "getAuthResponse", "return")
            token = markup.words(markup.part(told, "authToken"), "authToken", 200)
            until = moment(markup.words(markup.part(told, "authTokenExpires"), "authTokenExpires"))
        except BadPayload as exc:
            raise CarrierError(f"DPD's answer to the login could not be read: {exc}") from exc
        lasts = (until if until and until.tzinfo else until.replace(tzinfo=UTC)) - at if until else None
        seconds = max(int(lasts.total_seconds()), 0) if lasts else 3600
        return json.dumps({"access_token": token, "expires_in": seconds}).encode()


def _login_question(delis_id: str, password: str) -> str:
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        f' xmlns:ns="{TYPES}/LoginService/2.1">'
        f"<soapenv:Header/><soapenv:Body><ns:getAuth><delisId>{escape(delis_id)}</delisId>"
        f"<password>{escape(password)}</password><messageLanguage>en_EN</messageLanguage></ns:getAuth>"
        "</soapenv:Body></soapenv:Envelope>"
    )


def _question(delis_id: str, token: str, number: str) -> str:
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        f' xmlns:ns="{TYPES}/Authentication/2.0" xmlns:ns1="{TYPES}/ParcelLifeCycleService/2.0">'
        f"<soapenv:Header><ns:authentication><delisId>{escape(delis_id)}</delisId>"
        f"<authToken>{escape(token)}</authToken><messageLanguage>en_EN</messageLanguage></ns:authentication>"
        "</soapenv:Header><soapenv:Body><ns1:getTrackingData>"
        f"<parcelLabelNumber>{escape(number)}</parcelLabelNumber>"
        "</ns1:getTrackingData></soapenv:Body></soapenv:Envelope>"
    )


def _parcel(result: Record) -> ParcelData:
    shipment = markup.part(result, "shipmentInfo")
    number = _line(markup.part(shipment, "parcelLabelNumber"))[:80]
    scans = [_scan(told) for told in markup.several(result.get("statusInfo"))]
    service = _line(markup.part(shipment, "serviceDescription", "content")) or _line(
        markup.part(shipment, "productName")
    )
    return ParcelData(
        tracking_number=number or UNNAMED,
        scans=tuple(scan for scan in scans if scan is not None),
        service=service[:120],
    )


def _scan(told: Record) -> ScanData | None:
    """Return one status; None when it is yet to come, or (with a log line) has no readable time."""
    if str(told.get("statusHasBeenReached")).lower() == "false":
        return None
    code = markup.words(told.get("status"), "status", 80)
    when = _when(_line(told.get("date")))
    if when is None:
        log.warning("dpd: a status %r has no readable time and is left out", code)
        return None
    message = _line(told.get("description")) or _line(told.get("label"))
    return scan(
        when, understand(code, message), place=_place(_line(told.get("location"))), code=code, message=message
    )


def understand(code: str, message: str) -> Meaning:
    """Return what a status means: by its name, with the reason that only its sentence gives."""
    found = _BY_CODE.get(code.lower())
    return by_words(Dpd.code, message, code) if found is None else refined(found, message)


def _line(told: Any, depth: int = 6) -> str:
    """Return the text of a ContentLine or ContentItem: their `content`, however deep."""
    if isinstance(told, dict) and depth:
        return _line(told.get("content"), depth - 1)
    if isinstance(told, list) and depth:
        return " ".join(line for line in (_line(entry, depth - 1) for entry in told) if line)[:500]
    return reading.text(told, "a line", 500) if isinstance(told, str) else ""


def _when(told: str) -> datetime | None:
    """
    Return a time as DPD writes it in the language of the answer: local, with no offset.

    "8/17/2021 7:11:26 PM" is American; with another mark, or on a clock of 24 hours, the day comes first.
    """
    match = _WHEN.fullmatch(told)
    if match is None:
        return moment(told)
    first, second, year, hour, minute, seconds = (int(match[i] or 0) for i in (1, 3, 4, 5, 6, 7))
    american = match["mark"] == "/" and match["half"]
    month, day = (first, second) if american else (second, first)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] == "P" else 0)
    try:
        return datetime(year, month, day, hour, minute, seconds)  # noqa: DTZ001 (local by intent)
    except ValueError:
        return None


def _place(told: str) -> Place:
    match = _PLACE.fullmatch(told)
    if match and country(match["land"]):
        return Place(city=match["city"][:120], country=country(match["land"]))
    return Place(city=told[:120])
