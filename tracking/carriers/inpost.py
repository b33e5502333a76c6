"""
InPost (Poland, Italy): parcel lockers and couriers, by the ShipX API.

From documentation (dokumentacja-inpost.atlassian.net: Shipment Tracking, Statuses); not checked against a
recording.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tracking import reading
from tracking.carriers.base import BadPayload, Parcel, ParcelData, ScanData
from tracking.carriers.direct import Answer, Direct, Meaning, moment, scan
from tracking.carriers.meanings import by_words
from tracking.reading import Record
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

_MADE = Meaning(Status.INFO_RECEIVED)
_MOVES = Meaning(Status.IN_TRANSIT)
_READY = Meaning(Status.READY_FOR_PICKUP)
_ADDRESS = Meaning(Status.EXCEPTION, Reason.ADDRESS, action_required=True)
_LATE_SHOPPER = Meaning(Status.EXCEPTION, Reason.UNCLAIMED)
_NOTHING = Meaning(Status.UNKNOWN)  # says nothing about where the parcel is
CODES: dict[str, Meaning] = {
    "created": _MADE,
    "offers_prepared": _MADE,
    "offer_selected": _MADE,
    "confirmed": _MADE,
    "dispatched_by_sender": _MOVES,
    "dispatched_by_sender_to_pok": _MOVES,
    "collected_from_sender": _MOVES,
    "taken_by_courier": _MOVES,
    "taken_by_courier_from_pok": _MOVES,
    "taken_by_courier_from_customer_service_point": _MOVES,
    "adopted_at_source_branch": _MOVES,
    "sent_from_source_branch": _MOVES,
    "adopted_at_sorting_center": _MOVES,
    "sent_from_sorting_center": _MOVES,
    "adopted_at_target_branch": _MOVES,
    "readdressed": _MOVES,
    "redirect_to_box": _MOVES,
    "canceled_redirect_to_box": _MOVES,  # the redirection is off, not the parcel
    "unstack_from_box_machine": _MOVES,
    "unstack_from_customer_service_point": _MOVES,
    "delay_in_delivery": Meaning(Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "out_for_delivery": Meaning(Status.OUT_FOR_DELIVERY),
    "out_for_delivery_to_address": Meaning(Status.OUT_FOR_DELIVERY),
    "ready_to_pickup": _READY,
    "ready_to_pickup_from_pok": _READY,
    "ready_to_pickup_from_pok_registered": _READY,
    "ready_to_pickup_from_branch": _READY,
    "pickup_reminder_sent": _READY,
    "stack_in_box_machine": _READY,  # in another locker for a while, and can be fetched there
    "stack_in_customer_service_point": _READY,
    "courier_avizo_in_customer_service_point": _READY,
    "delivered": Meaning(Status.DELIVERED),
    "avizo": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "undelivered_lack_of_access_letterbox": Meaning(Status.ATTEMPTED, Reason.UNKNOWN),
    "rejected_by_receiver": Meaning(Status.EXCEPTION, Reason.REFUSED),
    "undelivered": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "oversized": Meaning(Status.EXCEPTION, Reason.UNKNOWN),
    "claimed": Meaning(Status.EXCEPTION, Reason.UNKNOWN),  # a complaint at the locker
    "undelivered_wrong_address": _ADDRESS,
    "undelivered_incomplete_address": _ADDRESS,
    "undelivered_unknown_receiver": _ADDRESS,
    "undelivered_not_live_address": _ADDRESS,
    "undelivered_no_mailbox": _ADDRESS,
    "undelivered_cod_cash_receiver": Meaning(Status.EXCEPTION, Reason.PAYMENT_DUE, action_required=True),
    "pickup_time_expired": _LATE_SHOPPER,
    "stack_parcel_pickup_time_expired": _LATE_SHOPPER,
    "stack_parcel_in_box_machine_pickup_time_expired": _LATE_SHOPPER,
    "returned_to_sender": Meaning(Status.RETURNING),
    "canceled": Meaning(Status.CANCELLED),
    # InPost's own words for "no words", and messages to people.
    "other": _NOTHING,
    "missing": _NOTHING,
    "pickup_reminder_sent_address": _NOTHING,
    "return_pickup_confirmation_to_sender": _NOTHING,
}
STATUSES = {code: meaning.status for code, meaning in CODES.items()}


class InPost(Direct):
    """InPost's tracking. The API key is the ShipX token; `config`: `base_url` of another country's ShipX."""

    code = "inpost"
    label = "InPost"
    base_url = "https://api-shipx-pl.easypack24.net"  # Italy: https://api-shipx-it.easypack24.net
    statuses = STATUSES

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer of GET /v1/tracking/<number>. See Carrier.parse."""
        told = reading.record(reading.document(body), "the body")
        if "tracking_number" in told:
            return [_parcel(told)]
        if "error" in told:
            return []
        raise BadPayload("this is no tracking answer of InPost")

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """See Direct.ask."""
        headers = {"Authorization": f"Bearer {self.credentials.api_key}", "Accept": "application/json"}
        return self.send("GET", f"/v1/tracking/{number}", at, headers=headers)


def _parcel(told: Record) -> ParcelData:
    number = reading.text(told["tracking_number"], "tracking_number", 80)
    if not number:
        raise BadPayload("the parcel has no tracking_number")
    service = reading.text(told.get("service") or told.get("type"), "service", 120)
    locker = "locker" in reading.text(told.get("type"), "type") or "locker" in service
    details = reading.records(told.get("tracking_details"), "tracking_details")
    scans = [_scan(detail, number, locker) for detail in details]
    known = tuple(scan for scan in scans if scan is not None)
    updated_at = moment(reading.text(told.get("updated_at"), "updated_at"))
    return ParcelData(
        tracking_number=number,
        scans=known or _only_status(told, updated_at, locker),
        service=service,
        told_at=updated_at if updated_at and updated_at.tzinfo else None,
    )


def _only_status(told: Record, updated_at: datetime | None, locker: bool) -> tuple[ScanData, ...]:
    """Return the parcel's own status as a scan, where there is no history of it."""
    code = reading.text(told.get("status"), "status", 80)
    if not code or updated_at is None:
        return ()
    return (scan(updated_at, understand(code, locker=locker), code=code),)


def _scan(detail: Record, number: str, locker: bool) -> ScanData | None:
    """Return one change of status; None (and a log line) when nobody can say when it happened."""
    when = moment(reading.text(detail.get("datetime"), "datetime"))
    if when is None:
        log.warning("inpost: a status of %s has no readable time and is left out", number)
        return None
    code = reading.text(detail.get("status"), "status", 80)
    return scan(when, understand(code, locker=locker), code=code)


def understand(code: str, *, locker: bool = False) -> Meaning:
    """Return what a status means. `locker`: the parcel goes to a parcel locker."""
    found = CODES.get(code.lower())
    if found is None:
        return by_words(InPost.code, "", code)
    return replace(found, reason=Reason.LOCKER) if found is _READY and locker else found
