"""
Australia Post (eParcel) and StarTrack: events told in sentences, the status of each article beside them.

Checked against a recorded answer; statuses and limits: developers.auspost.com.au, Shipping and Tracking API.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracking import reading
from tracking.carriers.base import BadPayload, CarrierError, ParcelData, Place, ScanData
from tracking.carriers.batched import Batched
from tracking.carriers.direct import NOT_KNOWN, Answer, Meaning, moment, scan
from tracking.carriers.meanings import by_words, closed_by, laggard
from tracking.places import country
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

# The status of an article, or of a StarTrack consignment: what the events add up to in Australia Post's eyes.
STATUSES = {
    "Created": Status.INFO_RECEIVED,
    "Sealed": Status.INFO_RECEIVED,
    "Initiated": Status.INFO_RECEIVED,
    "Unsuccessful pickup": Status.INFO_RECEIVED,
    "Booked In": Status.INFO_RECEIVED,
    "Confirmed": Status.INFO_RECEIVED,
    "Despatched": Status.IN_TRANSIT,
    "Picked Up": Status.IN_TRANSIT,
    "In transit": Status.IN_TRANSIT,
    "At Delivery Depot": Status.IN_TRANSIT,
    "Possible delay": Status.IN_TRANSIT,
    "Final Shortage": Status.EXCEPTION,
    "Incomplete Pickup": Status.IN_TRANSIT,
    "To be Re-Delivered": Status.ATTEMPTED,
    "Unsuccessful Delivery": Status.ATTEMPTED,
    "On Board for Delivery": Status.OUT_FOR_DELIVERY,
    "Awaiting collection": Status.READY_FOR_PICKUP,
    "Ready for Pickup": Status.READY_FOR_PICKUP,
    "Delivered": Status.DELIVERED,
    "Delivered in Full": Status.DELIVERED,
    "Partial Delivery": Status.IN_TRANSIT,
    "Article damaged": Status.EXCEPTION,
    "Held by courier": Status.EXCEPTION,
    "Cannot be delivered": Status.EXCEPTION,
    "Cancelled": Status.CANCELLED,
}
_SUMMARIES = {name.lower(): Meaning(status) for name, status in STATUSES.items()} | {
    "possible delay": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "final shortage": Meaning(Status.EXCEPTION, Reason.LOST),
    "to be re-delivered": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "unsuccessful delivery": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "article damaged": Meaning(Status.EXCEPTION, Reason.DAMAGED),
    "held by courier": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "cannot be delivered": Meaning(Status.EXCEPTION, Reason.ADDRESS),
}
# There are no event codes: how an event's sentence begins, the first that fits.
_EVENTS: tuple[tuple[str, Meaning], ...] = (
    (r"shipping information|manifest|electronic (information|notification)", Meaning(Status.INFO_RECEIVED)),
    (r"delivered.*(safe place|letterbox|mailbox|front door)", Meaning(Status.DELIVERED, Reason.SAFE_PLACE)),
    (r"delivered.*neighbou?r", Meaning(Status.DELIVERED, Reason.NEIGHBOUR)),
    (r"delivered.*locker", Meaning(Status.DELIVERED, Reason.LOCKER)),
    (r"delivered.*(signature|signed)", Meaning(Status.DELIVERED, Reason.SIGNED)),
    (r"delivered to (the )?sender|returned to (the )?sender", Meaning(Status.RETURNED)),
    (r"delivered", Meaning(Status.DELIVERED)),
    (r"return(ing)? to (the )?sender|being returned", Meaning(Status.RETURNING)),
    (
        r"leave in a safe place requested|.*requested by (the )?(receiver|customer|addressee)",
        Meaning(Status.IN_TRANSIT),
    ),
    (r"on ?board (for delivery|with driver)", Meaning(Status.OUT_FOR_DELIVERY)),
    (r"(awaiting|ready for) (collection|pick ?up)", Meaning(Status.READY_FOR_PICKUP)),
    (
        r"(attempted delivery|delivery attempted|unable to deliver).*(card|home|closed)",
        Meaning(Status.ATTEMPTED, Reason.NOT_HOME),
    ),
    (
        r"attempted delivery|delivery attempted|unsuccessful delivery",
        Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    ),
    (r"(item )?cleared by customs|released by customs", Meaning(Status.IN_TRANSIT)),
    (r"item held by customs|held by customs", Meaning(Status.EXCEPTION, Reason.CUSTOMS)),
    (r"(item is )?in customs|arrived awaiting clearance", Meaning(Status.IN_TRANSIT, Reason.CUSTOMS)),
    (
        r"cleared and awaiting|processed (by|at)|item processed|arrived (at|in)|in transit|received (by|item)"
        r"|despatch|departed|picked up|accepted|(item )?redirected|sorted|transferred",
        Meaning(Status.IN_TRANSIT),
    ),
)
_PATTERNS = tuple((re.compile(words), meaning) for words, meaning in _EVENTS)

STATES = {"ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"}
_NO_PLACE = {"transit scan"}
_ABROAD = re.compile(r"(?P<city>.+?)\s*\((?P<land>[A-Z]{2})\)")
_OFFICE = re.compile(r"(?P<land>[A-Z]{2})-(?P<postcode>[A-Z0-9]+), .+")  # US-60199, UNITED STATES


class AustraliaPost(Batched):
    """
    Australia Post's tracking. The API key is written `key:password`; `config`: `account_number`.

    `base_url` ends where /shipping/v1 begins.
    """

    code = "australia_post"
    label = "Australia Post"
    batch = 10  # more is refused as a whole (error 51101)
    base_url = "https://digitalapi.auspost.com.au"  # test bed: …/test
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer of GET /shipping/v1/track. See Carrier.parse; ids with errors are left out."""
        told = reading.record(reading.document(body), "the body")
        if "tracking_results" not in told:
            if "errors" in told:
                return []
            raise BadPayload("this is no tracking answer of Australia Post")
        found = []
        for result in reading.records(told["tracking_results"], "tracking_results"):
            found += _parcels(result)
        return found

    def ready(self) -> None:
        """See Direct.ready."""
        super().ready()
        self.pair()
        if not self.credentials.config.get("account_number"):
            raise CarrierError("this account lacks Australia Post's account_number", permanent=True)

    def ask_all(self, numbers: Sequence[str], at: datetime) -> Answer:
        """See Batched.ask_all."""
        account = str(self.credentials.config["account_number"])
        return self.send(
            "GET",
            "/shipping/v1/track",
            at,
            params={"tracking_ids": ",".join(numbers)},
            auth=self.pair(),
            headers={"Account-Number": account, "Accept": "application/json"},
        )


def _parcels(result: Record) -> list[ParcelData]:
    """
    Return what one tracking id stands for: an article, or a consignment and the articles in it.

    A consignment is as far as the article that lags behind most: it is delivered when its last one is.
    """
    number = reading.text(result.get("tracking_id"), "tracking_id", 80)
    if not number or result.get("errors"):
        return []
    articles = []
    for item in reading.records(result.get("trackable_items"), "trackable_items"):
        # A consignment holds its articles one floor further down.
        inner = reading.records(item.get("items"), "items")
        articles += (
            [_article(entry, number) for entry in inner] if "items" in item else [_article(item, number)]
        )
    if len(articles) == 1:
        only = articles[0]
        return [ParcelData(number, only.scans, service=only.service)]
    whole = laggard(articles) or ParcelData(number)
    named = [article for article in articles if article.tracking_number != number]
    return [ParcelData(number, whole.scans, service=whole.service), *named]


def _article(item: Record, consignment: str) -> ParcelData:
    number = reading.text(item.get("article_id"), "article_id", 80) or consignment
    scans = [_scan(event, number) for event in reading.records(item.get("events"), "events")]
    status = reading.text(item.get("status"), "status", 80)
    summary = _SUMMARIES.get(status.lower(), NOT_KNOWN)
    return ParcelData(
        tracking_number=number,
        scans=closed_by([scan for scan in scans if scan is not None], summary, code=status),
        service=reading.text(item.get("product_type"), "product_type", 120),
    )


def _scan(event: Record, number: str) -> ScanData | None:
    """Return one event; None (and a log line) when nobody can say when it happened."""
    message = reading.text(event.get("description"), "description", 500)
    when = moment(reading.text(event.get("date"), "date"))
    if when is None:
        log.warning("australia_post: an event of %s has no readable time and is left out", number)
        return None
    return scan(when, understand(message), place=_place(event.get("location")), message=message)


def understand(message: str) -> Meaning:
    """Return what an event's sentence means: by our table of Australia Post's own, else by the phrasebook."""
    said = " ".join(message.lower().split())
    for pattern, meaning in _PATTERNS:
        if pattern.match(said):
            return meaning
    return by_words(AustraliaPost.code, message)


def _place(told: Any) -> Place:
    """Return where an event happened: 'KEW VIC', 'CHICAGO (US)', 'NZ', 'US-60199, UNITED STATES', nowhere."""
    words = reading.text(told, "location", 120)
    if words.lower() in _NO_PLACE:
        return Place()
    abroad, office = _ABROAD.fullmatch(words), _OFFICE.fullmatch(words)
    if abroad and country(abroad["land"]):
        return Place(city=abroad["city"], country=country(abroad["land"]))
    if office and country(office["land"]):
        return Place(country=country(office["land"]), postcode=office["postcode"][:20])
    city, _, state = words.replace(",", " ").rpartition(" ")
    if state.upper() in STATES:
        return Place(city=" ".join(city.split()), region=state.upper(), country="AU")
    return Place(country=country(words)) if country(words) else Place(city=words)
