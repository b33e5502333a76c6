"""Hand-overs to carriers, and the scans Shopify passes on for them."""

import logging
from collections.abc import Sequence
from itertools import zip_longest

from tracking import reading
from tracking.carriers.base import BadPayload, Place, ScanData
from tracking.places import country
from tracking.reading import Record
from tracking.shops.base import FulfillmentData, ScanFact
from tracking.shops.shopify.people import country_of, region_of
from tracking.versions import version
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

_TAKEN_BACK = {"cancelled", "error", "failure"}
# https://shopify.dev/docs/api/customer/latest/enums/FulfillmentEventStatus; `picked_up` is the shopper's own
# collection, the carrier's has a word of its own.
_SCANS: dict[str, tuple[Status, Reason | str]] = {
    "attempted_delivery": (Status.ATTEMPTED, Reason.UNKNOWN),
    "buyer_action_required": (Status.EXCEPTION, Reason.UNKNOWN),
    "carrier_picked_up": (Status.IN_TRANSIT, ""),
    "confirmed": (Status.INFO_RECEIVED, ""),
    "delayed": (Status.IN_TRANSIT, Reason.CARRIER_DELAY),
    "delivered": (Status.DELIVERED, ""),
    "failure": (Status.EXCEPTION, Reason.UNKNOWN),
    "in_transit": (Status.IN_TRANSIT, ""),
    "label_printed": (Status.INFO_RECEIVED, ""),
    "label_purchased": (Status.INFO_RECEIVED, ""),
    "out_for_delivery": (Status.OUT_FOR_DELIVERY, ""),
    "picked_up": (Status.DELIVERED, ""),
    "ready_for_pickup": (Status.READY_FOR_PICKUP, ""),
    "ready_for_recipient_pickup": (Status.READY_FOR_PICKUP, ""),
    "returning_to_sender": (Status.RETURNING, ""),
}


def fulfillment(told: Record, currency: str = "", order_id: str = "") -> FulfillmentData:
    """
    Translate a fulfilment, sent by itself or inside its order (`order_id`, for one that does not name it).

    Its version comes from the fulfilment alone, so both ways of hearing about it compare. Raises: BadPayload.
    """
    status = reading.text(told.get("status"), "status").lower()
    numbers, urls = _numbers(told)
    destination = _place(told.get("destination"))
    named = reading.maybe_identifier(told.get("order_id"), "order_id") or order_id
    if not named:
        raise BadPayload("the fulfilment names no order")
    # Within one second: taken back wins, then knowing a number, then knowing where it goes (orders leave that
    # out).
    rank = 4 * (status in _TAKEN_BACK) + 2 * bool(numbers) + (destination != Place())
    changed_at = reading.moment(told.get("updated_at") or told.get("created_at"), "updated_at")
    return FulfillmentData(
        external_id=reading.identifier(told.get("id"), "the fulfilment's id"),
        order_external_id=named,
        version=version(changed_at, reading.canonical(told), rank),
        lines=_lines(told),
        tracking_numbers=numbers,
        tracking_urls=urls,
        carrier_name=reading.text(told.get("tracking_company"), "tracking_company", 120),
        service=_service(told),
        created_at=reading.moment(told.get("created_at"), "created_at"),
        cancelled=status in _TAKEN_BACK,
        destination=destination,
        origin=_place(told.get("origin_address")),
    )


def _numbers(told: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Return the tracking numbers, each once and in order, and for each its link ('' where the shop gave none).
    """
    numbers = reading.texts(told.get("tracking_numbers"), "tracking_numbers", 80)
    addresses = told.get("tracking_urls")
    reading.texts(addresses, "tracking_urls")  # a list of words, or BadPayload
    pairs = [
        (n, reading.link(u, "a tracking URL")) for n, u in zip_longest(numbers, addresses or (), fillvalue="")
    ]
    pairs.append(
        (
            reading.text(told.get("tracking_number"), "tracking_number", 80),
            reading.link(told.get("tracking_url"), "tracking_url"),
        )
    )
    links: dict[str, str] = {}
    for number, address in pairs:
        if number:
            links[number] = links.get(number) or address
    if not links:  # a link without a number is still somewhere to look
        return (), tuple(dict.fromkeys(address for _, address in pairs if address))
    return tuple(links), tuple(links.values())


def _lines(told: Record) -> tuple[tuple[str, int], ...]:
    packed: dict[str, int] = {}
    for line in reading.records(told.get("line_items"), "line_items"):
        line_id = reading.identifier(line.get("id"), "a line's id")
        packed[line_id] = packed.get(line_id, 0) + reading.count(line.get("quantity"), "a line's quantity")
    return tuple(packed.items())


def _service(told: Record) -> str:
    """Return the carrier's service; 'manual' only says that somebody typed the number in."""
    found = reading.text(told.get("service"), "service", 120)
    return "" if found.lower() == "manual" else found


def _place(value: object) -> Place:
    told = reading.optional(value, "an address")
    return Place(
        city=reading.text(told.get("city"), "city", 120),
        region=region_of(told),
        country=country_of(told),
        postcode=reading.text(told.get("zip"), "zip", 20),
    )


def passed_on_scan(told: Record, currency: str = "", *, removed: bool = False) -> ScanFact:
    """
    Translate a fulfilment event: a scan that Shopify heard of, or (`removed`) takes back. Raises: BadPayload.
    """
    word = reading.text(told.get("status"), "status", 80).lower()
    if word not in _SCANS:
        log.warning("shopify: fulfilment event status %r is not known", word)
    status, reason = _SCANS.get(word, (Status.UNKNOWN, ""))
    land = reading.text(told.get("country"), "country", 60)
    happened_at = reading.moment(told.get("happened_at") or told.get("created_at"), "happened_at")
    if happened_at is None:
        raise BadPayload("the fulfilment event does not say when it happened")
    return ScanFact(
        order_external_id=reading.identifier(told.get("order_id"), "order_id"),
        fulfillment_external_id=reading.identifier(told.get("fulfillment_id"), "fulfillment_id"),
        scan=ScanData(
            status=status,
            reason=reason,
            action_required=word == "buyer_action_required",
            at=happened_at,
            place=Place(
                city=reading.text(told.get("city"), "city", 120),
                region=reading.text(told.get("province"), "province", 120),
                country=country(land) or land,
                postcode=reading.text(told.get("zip"), "zip", 20),
            ),
            code=word,
            message=reading.text(told.get("message"), "message", 500),
        ),
        eta_at=reading.moment(told.get("estimated_delivery_at"), "estimated_delivery_at"),
        external_id=reading.maybe_identifier(told.get("id"), "the event's id"),
        removed=removed,
    )


def fulfillments(told: object, order_id: str) -> Sequence[FulfillmentData]:
    """Translate the fulfilments inside an order. Raises: BadPayload."""
    return [fulfillment(entry, order_id=order_id) for entry in reading.records(told, "fulfillments")]
