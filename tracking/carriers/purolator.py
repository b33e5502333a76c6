"""
Purolator (Canada): the Tracking service of its E-Ship web services, SOAP 1.1.

Checked against a recorded answer (Purolator's own sample); scan types: its guide. Times have no offset.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from tracking.carriers import markup
from tracking.carriers.base import BadPayload, Parcel, ParcelData, Place, ScanData
from tracking.carriers.direct import Answer, Direct, Meaning, moment, scan
from tracking.carriers.meanings import by_words, refined
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

CODES: dict[str, Meaning] = {
    "ProofOfPickUp": Meaning(Status.IN_TRANSIT),
    "OnDelivery": Meaning(Status.OUT_FOR_DELIVERY),
    "Delivery": Meaning(Status.DELIVERED),
    "Undeliverable": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
}
STATUSES = {code: meaning.status for code, meaning in CODES.items()}
_BY_CODE = {code.lower(): meaning for code, meaning in CODES.items()}
# "Other" is most of what a parcel lives through; Purolator's standing phrases for it.
_OTHER: tuple[tuple[re.Pattern[str], Meaning], ...] = tuple(
    (re.compile(words), meaning)
    for words, meaning in (
        (r"shipment created|new (shipment|label)|shipment information", Meaning(Status.INFO_RECEIVED)),
        (r"(shipment )?delivered to sender|returned to (sender|shipper)", Meaning(Status.RETURNED)),
        (r"return(ing)? to (sender|shipper)|shipment being returned", Meaning(Status.RETURNING)),
        (r"available for pick ?up|(held|hold) for pick ?up", Meaning(Status.READY_FOR_PICKUP)),
        (r"(released|cleared) (by|from|through) customs|customs cleared", Meaning(Status.IN_TRANSIT)),
        (r"(shipment )?(held|delayed) (by|at|in) customs", Meaning(Status.EXCEPTION, Reason.CUSTOMS)),
        (r".*weather", Meaning(Status.IN_TRANSIT, Reason.WEATHER)),
        # A parcel gets another number when it lies in a depot and its label cannot be read.
        (
            r"new tracking number assigned|picked up by|arrived at|departed|received at|in transit|sorted",
            Meaning(Status.IN_TRANSIT),
        ),
    )
)
PROVINCES = {
    "AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT",
    "PQ", "NF",  # what Quebec and Newfoundland were called until 1991 and 2001, and are in old systems
}  # fmt: skip
_DEPOT = re.compile(r"(?P<city>.+), ?(?P<province>[A-Z]{2})")
TYPES = "http://purolator.com/pws/datatypes/v1"


class Purolator(Direct):
    """Purolator's tracking. The API key is written `key:password`; `config`: `user_token`."""

    code = "purolator"
    label = "Purolator"
    base_url = "https://webservices.purolator.com"  # tests: https://devwebservices.purolator.com
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer of TrackPackagesByPin. See Carrier.parse; faults and errors say nothing."""
        content = markup.part(markup.document(body), "Envelope", "Body")
        if not isinstance(content, dict):
            raise BadPayload("this is no SOAP answer")
        if "Fault" in content:
            return []
        answer = markup.part(content, "TrackPackagesByPinResponse")
        if not isinstance(answer, dict):
            raise BadPayload("this is no tracking answer of Purolator")
        told = markup.several(markup.part(answer, "TrackingInformationList", "TrackingInformation"))
        return [parcel for parcel in map(_parcel, told) if parcel is not None]

    def ready(self) -> None:
        """See Direct.ready."""
        super().ready()
        self.pair()

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask. The service takes several PINs, but says nowhere how many."""
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": "http://purolator.com/pws/service/v1/TrackPackagesByPin",
        }
        question = _question(number, str(self.credentials.config.get("user_token") or ""))
        return self.send(
            "POST",
            "/PWS/V1/Tracking/TrackingService.asmx",
            at,
            data=question.encode(),
            auth=self.pair(),
            headers=headers,
        )


def _question(number: str, user_token: str) -> str:
    return (
        f'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:v1="{TYPES}">'
        "<soap:Header><v1:RequestContext><v1:Version>1.2</v1:Version><v1:Language>en</v1:Language>"
        "<v1:GroupID/><v1:RequestReference>tracking</v1:RequestReference>"
        f"<v1:UserToken>{escape(user_token)}</v1:UserToken></v1:RequestContext></soap:Header><soap:Body><v1:TrackPackagesByPinRequest><v1:PINs><v1:PIN>"
        f"<v1:Value>{escape(number)}</v1:Value></v1:PIN></v1:PINs></v1:TrackPackagesByPinRequest></soap:Body>"
        "</soap:Envelope>"
    )


def _parcel(told: Record) -> ParcelData | None:
    number = markup.words(markup.part(told, "PIN", "Value"), "PIN", 80)
    if not number:
        return None
    scans = [_scan(entry, number) for entry in markup.several(markup.part(told, "Scans", "Scan"))]
    return ParcelData(number, tuple(scan for scan in scans if scan is not None))


def _scan(told: Record, number: str) -> ScanData | None:
    """Return one scan; None (and a log line) when nobody can say when it happened."""
    when = _when(
        markup.words(told.get("ScanDate"), "ScanDate"), markup.words(told.get("ScanTime"), "ScanTime")
    )
    if when is None:
        log.warning("purolator: a scan of %s has no readable time and is left out", number)
        return None
    code = markup.words(told.get("ScanType"), "ScanType", 80)
    message = markup.words(told.get("Description"), "Description", 500)
    place = _place(markup.words(markup.part(told, "Depot", "Name"), "Depot", 120))
    return scan(when, understand(code, message), place=place, code=code, message=message)


def understand(code: str, message: str) -> Meaning:
    """Return what a scan means: by its type, and where that is Other by its sentence."""
    found = _BY_CODE.get(code.lower())
    if found is not None:
        return refined(found, message)
    said = " ".join(message.lower().split())
    for pattern, meaning in _OTHER:
        if pattern.match(said):
            return meaning
    return by_words(Purolator.code, message, "" if code.lower() == "other" else code)


def _when(day: str, hour: str) -> datetime | None:
    """Return ScanDate (2004-01-13) and ScanTime (172300, and 83704 for the early hours) as one local time."""
    if not re.fullmatch(r"\d{1,6}", hour, re.ASCII):
        hour = "0"
    digits = hour.zfill(6)
    return moment(f"{day[:10]}T{digits[:2]}:{digits[2:4]}:{digits[4:]}")


def _place(depot: str) -> Place:
    """Return a depot as a place: 'MONTREAL SORT CTR/CTR TRIE, PQ' lies in Quebec, Canada."""
    match = _DEPOT.fullmatch(depot)
    if match is None:
        return Place(city=depot)
    province = match["province"]
    return Place(city=match["city"], region=province, country="CA" if province in PROVINCES else "")
