"""
Returns made in Shopify. Each topic tells a part of one, none says when: the delivery's own time orders them.
"""

from tracking import reading
from tracking.reading import Record
from tracking.shops.base import Ignored
from tracking.shops.facts import ReturnData, ReturnLineData
from tracking.shops.shopify.topics import NAMES_NO_RETURN


def shop_return(told: Record, currency: str) -> ReturnData | Ignored:
    """
    Translate a body of returns/*: what it says of the return.

    Returns: Ignored when it names none (Shopify's own example of returns/process is empty). Raises:
    BadPayload.
    """
    return_id = _id(told, "the return's id")
    if not return_id:
        return Ignored(NAMES_NO_RETURN)
    order = reading.optional(told.get("order"), "order")
    order_id = reading.maybe_identifier(told.get("order_id"), "order_id") or _id(order, "the order's id")
    decline = reading.optional(told.get("decline"), "decline")
    listed = told.get("return_line_items")
    # returns/update says what was taken off the lines, the others which lines there are.
    changes = listed if isinstance(listed, dict) else {}
    entries = None if isinstance(listed, dict) else reading.records(listed, "return_line_items")
    return ReturnData(
        external_id=return_id,
        order_external_id=order_id,
        name=reading.text(told.get("name"), "name", 60),
        status=reading.text(told.get("status"), "status", 40),
        lines=tuple(_line(entry) for entry in entries) if entries else None,
        removals=_removals(changes),
        decline_reason=reading.text(decline.get("reason"), "reason", 60),
        decline_note=reading.text(decline.get("note"), "note", 500),
    )


def processed(told: Record, currency: str) -> ReturnData | Ignored:
    """
    Translate returns/process, whose lines are those that were processed now, not all there are. Raises:
    BadPayload.
    """
    return shop_return({**told, "return_line_items": None}, currency)


def way_back(told: Record, currency: str) -> ReturnData | Ignored:
    """Translate reverse_deliveries/attach_deliverable: the parcel a return travels in. Raises: BadPayload."""
    return_id = _id(reading.optional(told.get("return"), "return"), "the return's id")
    if not return_id:
        return Ignored(NAMES_NO_RETURN)
    parcel = reading.optional(told.get("shipping_deliverable"), "shipping_deliverable")
    tracking = reading.optional(parcel.get("tracking"), "tracking")
    return ReturnData(
        external_id=return_id,
        tracking=(
            reading.text(tracking.get("carrier_name"), "carrier_name", 120),
            reading.text(tracking.get("tracking_number"), "tracking_number", 80),
            reading.link(tracking.get("tracking_url"), "tracking_url"),
        ),
    )


def disposed(told: Record, currency: str) -> ReturnData | Ignored:
    """
    Translate reverse_fulfillment_orders/dispose: what became of the units.

    Returns: Ignored where it names no return: its own ids are told nowhere else. Raises: BadPayload.
    """
    counts: dict[str, int] = {}
    for entry in reading.records(told.get("dispositions"), "dispositions"):
        word = reading.text(entry.get("type"), "type", 60).lower()
        counts[word] = counts.get(word, 0) + reading.count(entry.get("quantity"), "a quantity")
    return_id = _id(reading.optional(told.get("return"), "return"), "the return's id")
    if not return_id:
        return Ignored(NAMES_NO_RETURN)
    return ReturnData(external_id=return_id, dispositions=tuple(sorted(counts.items())))


def _line(told: Record) -> ReturnLineData:
    parcel_line = reading.optional(told.get("fulfillment_line_item"), "fulfillment_line_item")
    line = reading.optional(parcel_line.get("line_item"), "line_item")
    return ReturnLineData(
        external_id=_id(told, "a return line's id"),
        line_external_id=_id(line, "a line's id"),
        quantity=reading.count(told.get("quantity"), "a quantity"),
        reason=reading.text(told.get("return_reason"), "return_reason", 60),
        note=reading.text(told.get("customer_note"), "customer_note", 500)
        or reading.text(told.get("return_reason_note"), "return_reason_note", 500),
    )


def _removals(changes: Record) -> tuple[tuple[str, int], ...]:
    fewer: dict[str, int] = {}
    for entry in reading.records(changes.get("removals"), "removals"):
        line_id = _id(entry, "a return line's id")
        fewer[line_id] = fewer.get(line_id, 0) + reading.count(entry.get("delta"), "a delta")
    return tuple(sorted(fewer.items()))


def _id(told: Record, what: str) -> str:
    """Return the id of a thing, by its number or by the end of its global id; '' for none."""
    plain = reading.maybe_identifier(told.get("id"), what)
    return plain or gid(told.get("admin_graphql_api_id"), what)


def gid(value: object, what: str) -> str:
    """Return the number in a global id: gid://shopify/Return/7 is 7; '' for null. Raises: BadPayload."""
    found = reading.text(value, what).rpartition("/")[2].partition("?")[0]
    return reading.identifier(found, what) if found else ""
