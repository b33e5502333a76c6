"""
Canada Post, asked directly: Tracking (GET /vis/track/pin/{number}/detail, XML, user and password).

Source: https://www.canadapost.ca/…/developers/services/tracking/trackingdetails.jsf. Canada Post pushes
nothing.
"""

import xml.etree.ElementTree as etree  # noqa: S405 (types and the error only; defusedxml does the parsing)
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from defusedxml import ElementTree

from tracking import reading
from tracking.carriers import direct
from tracking.carriers.base import BadPayload, CarrierError, Parcel, ParcelData, Place, ScanData
from tracking.carriers.canada_post_words import EVENTS, PROVINCES, ZONES
from tracking.carriers.direct import Answer, Direct, Meaning
from tracking.carriers.meanings import refined
from tracking.places import country
from tracking.vocabulary import Status

# Messages about the number: no history, not a number of theirs.
_NOT_OURS = frozenset({"004", "005"})
_THROTTLED = "Server"
_THROTTLE = 60.0  # seconds: "blocked for up to a minute"


class CanadaPost(Direct):
    """
    Canada Post tracking. `api_key`: `user:password`, as Canada Post writes its keys. `config`: `base_url`.
    """

    code = "canada_post"
    label = "Canada Post"
    base_url = "https://soa-gw.canadapost.ca"
    statuses: ClassVar[Mapping[str, Status]] = {code: meaning.status for code, meaning in EVENTS.items()}

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate tracking details in XML; messages about errors hold no parcel. See Carrier.parse."""
        root = _root(body)
        details = list(_named(root, "tracking-detail"))
        if not details and not any(True for _ in _named(root, "messages")):
            raise BadPayload("this is neither tracking details nor a message of Canada Post")
        return [_parcel(detail) for detail in details]

    def ready(self) -> None:
        """See Direct.ready."""
        super().ready()
        self.pair()

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        headers = {"Accept": "application/vnd.cpc.track-v2+xml", "Accept-language": "en-CA"}
        return self.send("GET", f"/vis/track/pin/{number}/detail", at, auth=self.pair(), headers=headers)

    def not_ours(self, answer: Answer) -> bool:
        """See Direct.not_ours."""
        messages = _messages(answer.body)
        return bool(messages) and set(messages) <= _NOT_OURS

    def failure(self, answer: Answer, at: datetime) -> CarrierError:
        """See Direct.failure; the words stand in XML, and one of them means that we ask too often."""
        fault = super().failure(answer, at)
        messages = _messages(answer.body)
        if _THROTTLED in messages:
            return CarrierError("Canada Post: we ask too often", retry_after=fault.retry_after or _THROTTLE)
        words = "; ".join([str(fault), *messages.values()])
        return CarrierError(words, permanent=fault.permanent, retry_after=fault.retry_after)

    def read(self, answer: Answer, at: datetime) -> Sequence[ParcelData]:
        """See Direct.read; a message about us can come with status 200 as well."""
        messages = _messages(answer.body) if answer.good else {}
        if messages:
            raise self.failure(replace(answer, status=403 if "E002" in messages else 400), at)
        return super().read(answer, at)


# --- reading
def _root(body: bytes) -> etree.Element:
    """Return the document. Raises: BadPayload for anything but plain, complete XML."""
    try:
        return ElementTree.fromstring(body)  # type: ignore[no-any-return]
    except (etree.ParseError, ValueError, LookupError) as exc:
        raise BadPayload(f"not XML: {exc or type(exc).__name__}") from exc


def _local(element: etree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _named(root: etree.Element, name: str) -> Iterator[etree.Element]:
    """Return all elements called `name`, in whatever namespace."""
    return (element for element in root.iter() if _local(element) == name)


def _fields(element: etree.Element) -> dict[str, str]:
    """Return the texts of an element's children by name."""
    return {_local(child): reading.text(child.text, _local(child), 500) for child in element}


def _messages(body: bytes) -> dict[str, str]:
    """Return the codes and sentences of an error answer, {} for anything else."""
    try:
        fields = [_fields(message) for message in _named(_root(body), "message")]
    except BadPayload:
        return {}
    return {told.get("code", ""): told.get("description", "")[:200] for told in fields}


def _parcel(detail: etree.Element) -> ParcelData:
    told = _fields(detail)
    number = told.get("pin", "")[:80]
    if not number:
        raise BadPayload("the tracking details have no pin")
    events = [_fields(event) for event in _named(detail, "occurrence")]
    signatures = (event.get("signatory-name", "")[:120] for event in events)
    return ParcelData(
        tracking_number=number,
        scans=tuple(scan for scan in map(_scan, events) if scan is not None),
        carrier=CanadaPost.code,
        service=told.get("service-name", "")[:120],
        eta=direct.window(told.get("changed-expected-date", ""))
        or direct.window(told.get("expected-delivery-date", "")),
        # The youngest event comes first.
        signed_by=next((name for name in signatures if name), ""),
        destination=direct.some(direct.place_of(postcode=told.get("destination-postal-id", ""))),
    )


def understand(code: str, said: str) -> Meaning:
    """Return what an event means by its identifier (with or without leading zeros), refined by its words."""
    base = EVENTS.get(code.lstrip("0"))
    return refined(base, said) if base else direct.guessed(said)


def _scan(event: Mapping[str, str]) -> ScanData | None:
    offset = ZONES.get(event.get("event-time-zone", "").upper(), "")
    when = direct.moment(f"{event.get('event-date', '')}T{event.get('event-time', '')}{offset}")
    if when is None:
        return None
    code, said = event.get("event-identifier", "")[:20], event.get("event-description", "")
    meaning = direct.told(understand(code, said), CanadaPost.code, code, said)
    return direct.scan(when, meaning, place=_place(event), code=code, message=said)


def _place(event: Mapping[str, str]) -> Place:
    """Return where it was: a town and a province at home, "02650,Israel" abroad."""
    site, province = event.get("event-site", "")[:120], event.get("event-province", "")[:120]
    town, comma, behind = site.rpartition(",")
    if comma and not province and country(behind):
        return direct.place_of(town.strip(), "", behind.strip())
    return direct.place_of(site, province, "CA" if province.upper() in PROVINCES else "")
