"""
Sendle: a courier in Australia, the United States and Canada that hands parcels to partners on the way.

Checked against a recorded answer; words: developers.sendle.com. Its webhooks (beta) carry no signature, so
they can be read but are never let in: `verify` refuses them. Parcels are asked for, once an hour at most.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracking import reading
from tracking.carriers.base import BadPayload, Parcel, ParcelData, Place, ScanData, Window
from tracking.carriers.batched import UNNAMED
from tracking.carriers.direct import Answer, Direct, Meaning, moment, scan, window
from tracking.carriers.meanings import by_words, refined
from tracking.places import country
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

EVENTS: dict[str, Meaning] = {
    "pickup attempted": Meaning(Status.INFO_RECEIVED),  # in vain; it still lies at the sender's
    "drop off": Meaning(Status.INFO_RECEIVED),  # to be dropped off, and has not been yet
    "dropped off": Meaning(Status.IN_TRANSIT),
    "pickup": Meaning(Status.IN_TRANSIT),
    "in transit": Meaning(Status.IN_TRANSIT),
    "local delivery": Meaning(Status.IN_TRANSIT),  # a local partner, a post for instance, has it
    "out for delivery": Meaning(Status.OUT_FOR_DELIVERY),
    "delivery attempted": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "card left": Meaning(Status.ATTEMPTED, Reason.NOT_HOME, action_required=True),
    "left with agent": Meaning(Status.READY_FOR_PICKUP),
    "delivered": Meaning(Status.DELIVERED),
    "damaged": Meaning(Status.EXCEPTION, Reason.DAMAGED),
    "unable to deliver": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "expired": Meaning(Status.CANCELLED),  # the label ran out unused
}
# "Info" says nothing by itself: its sentence decides.
STATUSES = {name: meaning.status for name, meaning in EVENTS.items()}
_CITY_STATE = re.compile(r"(?P<city>[^,]+), ?(?P<region>[A-Za-z]{2,3})")


class Sendle(Direct):
    """Sendle's tracking. The API key is written `Sendle ID:key`."""

    code = "sendle"
    label = "Sendle"
    base_url = "https://api.sendle.com/api"  # sandbox: https://sandbox.sendle.com/api
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer of GET /tracking/<ref> (which does not name the parcel) or a pushed event."""
        told = reading.record(reading.document(body), "the body")
        if "tracking_events" in told:
            return [_parcel(told)]
        if "sendle_reference" in told:
            return [_pushed(told)]
        if "error" in told:
            return []
        raise BadPayload("this is no tracking answer of Sendle")

    def ready(self) -> None:
        """See Direct.ready."""
        super().ready()
        self.pair()

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        return self.send(
            "GET", f"/tracking/{number}", at, auth=self.pair(), headers={"Accept": "application/json"}
        )


def _parcel(told: Record) -> ParcelData:
    origin, destination = _land(told.get("origin")), _land(told.get("destination"))
    # Events name no country. Where a parcel stays in one, they are all in it.
    home = origin.country if origin and destination and origin == destination else ""
    scans = [_scan(event, home) for event in reading.records(told["tracking_events"], "tracking_events")]
    return ParcelData(
        tracking_number=UNNAMED,
        scans=tuple(scan for scan in scans if scan is not None),
        eta=_eta(reading.optional(told.get("scheduling"), "scheduling")),
        origin=origin,
        destination=destination,
    )


def _pushed(told: Record) -> ParcelData:
    number = reading.text(told["sendle_reference"], "sendle_reference", 80)
    if not number:
        raise BadPayload("the event has no sendle_reference")
    scan = _scan(told, "")
    return ParcelData(number, (scan,) if scan else ())


def _scan(event: Record, home: str) -> ScanData | None:
    """Return one event; None (and a log line) when nobody can say when it happened."""
    # scan_time is UTC; local_scan_time is the same moment on the clock there, where Sendle knows the zone.
    when = moment(reading.text(event.get("scan_time") or event.get("local_scan_time"), "scan_time"))
    if when is None:
        log.warning("sendle: an event has no readable time and is left out")
        return None
    code = reading.text(event.get("event_type"), "event_type", 80)
    message = reading.text(event.get("description"), "description", 500)
    meaning = understand(code, message, reading.text(event.get("reason"), "reason"))
    return scan(when, meaning, place=_place(event, home), code=code, message=message)


def understand(code: str, message: str, reason: str = "") -> Meaning:
    """Return what an event means: its type, with what only its sentence (and the reason beside it) says."""
    found = EVENTS.get(code.lower())
    if found is None:
        return by_words(Sendle.code, f"{message}. {reason}", "" if code == "Info" else code)
    if found.status == Status.INFO_RECEIVED:  # its reason is why the sender's parcel was not taken along
        return found
    return refined(found, f"{message}. {reason}")


def _place(event: Record, home: str) -> Place:
    """Return where an event happened: in parts where Sendle has them, else 'TEANECK, NJ', else as told."""
    parts = reading.optional(event.get("location_data"), "location_data")
    land = country(reading.text(parts.get("country"), "country", 60)) or home
    city = reading.text(parts.get("suburb"), "suburb", 120)
    if city:
        return Place(
            city,
            reading.text(parts.get("state"), "state", 120),
            land,
            reading.text(parts.get("postcode"), "postcode", 20),
        )
    words = reading.text(event.get("location"), "location", 120)
    both = _CITY_STATE.fullmatch(words)
    if both:
        return Place(both["city"].strip(), both["region"].upper(), land)
    return Place(city=words, country=land) if words else Place()


def _eta(scheduling: Record) -> Window | None:
    """Return the days between which Sendle expects delivery."""
    return window(
        reading.text(scheduling.get("estimated_delivery_date_minimum"), "estimated_delivery_date_minimum"),
        reading.text(scheduling.get("estimated_delivery_date_maximum"), "estimated_delivery_date_maximum"),
    )


def _land(told: Any) -> Place | None:
    found = country(reading.text(reading.optional(told, "a place").get("country"), "country", 60))
    return Place(country=found) if found else None
