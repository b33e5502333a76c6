"""Rows of a file of shipments -> a hand-over, what is inside, and what its carrier said."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime

from tracking.carriers.base import Place, ScanData, Window
from tracking.imports import words
from tracking.imports.cells import Cells, Record, each, first
from tracking.imports.errors import BadRows, BadValue
from tracking.imports.matching import Plan
from tracking.imports.rows import Row
from tracking.shops.base import FulfillmentData
from tracking.vocabulary import Status


@dataclass(frozen=True)
class Item:
    """How many of an order's line are inside: the line by the shop's id, SKU or name."""

    line_id: str
    sku: str
    title: str
    quantity: int


@dataclass(frozen=True)
class ParcelRows:
    """A shipment as a file tells it. The order is named by the shop's id or its number."""

    order_external_id: str
    order_number: str
    fulfillment: FulfillmentData
    items: tuple[Item, ...] = ()
    scans: tuple[ScanData, ...] = ()
    eta: Window | None = None
    signed_by: str = ""


def key(row: Row, plan: Plan) -> str:
    """Return what makes rows one shipment: its id or tracking number, with its order."""
    cells = Cells(row, plan)
    order = re.sub(r"[#\s]", "", cells.text("order_number", 60)).upper() or cells.text("order_id", 64)
    number = re.sub(r"[^0-9A-Za-z]", "", cells.text("tracking_number", 80)).upper()
    what = cells.text("shipment_id", 64) or number
    return f"{order}\x1f{what}" if order else ""


def record(rows: tuple[Row, ...], plan: Plan) -> Record:
    """Return the shipment that `rows` describe. Raises: BadRows."""
    head = first(rows, plan)
    try:
        told, changed_at = _head(head)
    except BadValue as exc:
        each(rows, plan, lambda cells: None)
        raise BadRows({rows[0].line: str(exc)}) from exc
    found, left_out = each(rows, plan, lambda cells: (_item(cells), _scan(cells, told)))
    items = tuple(item for item, _ in found if item)
    scans = tuple(dict.fromkeys(scan for _, scan in found if scan))
    # Scans are no part of the hand-over's version: more of them make it no newer.
    digest = hashlib.sha256(repr((told, items)).encode()).hexdigest()[:32]
    data = replace(told, items=items, scans=(*scans, *_delivered(head, scans)))
    return Record(
        key(rows[0], plan), rows, data, digest, changed_at, tuple(sorted({*left_out, *head.left_out}))
    )


def _head(head: Cells) -> tuple[ParcelRows, datetime | None]:
    zone = head.zone()
    order_id, number = head.identifier("order_id"), head.text("order_number", 60)
    if not order_id and not number:
        name = "order_number" if "order_number" in head.plan.mapping else "order_id"
        raise head.wrong(name, "this row belongs to no order: the cell is empty.")
    tracking_number = head.text("tracking_number", 81)
    if len(tracking_number) > 80:
        raise head.wrong("tracking_number", "this is too long for a tracking number.")
    if re.fullmatch(r"\d[.,]\d+E\+\d+", tracking_number, re.IGNORECASE):
        raise head.wrong(
            "tracking_number", f"“{tracking_number}” was rounded by a spreadsheet: its last digits are lost."
        )
    shipped_at, delivered_at = head.moment("shipped_at", zone), head.moment("delivered_at", zone)
    if shipped_at and delivered_at and delivered_at < shipped_at:
        raise head.wrong("delivered_at", "it is before the time it was shipped at.")
    eta = head.day("eta_date")
    fulfillment = FulfillmentData(
        external_id=head.identifier("shipment_id"),
        order_external_id=order_id,
        version="",
        tracking_numbers=(tracking_number,) if tracking_number else (),
        tracking_urls=(_link(head),) if tracking_number else (),
        carrier_name=head.text("carrier", 120),
        service=head.text("service", 120),
        created_at=shipped_at,
        cancelled=bool(head.flag("cancelled")),
        destination=_place(head, "to"),
        origin=_place(head, "from"),
    )
    told = ParcelRows(
        order_id,
        number,
        fulfillment,
        eta=Window(eta, eta) if eta else None,
        signed_by=head.text("signed_by", 120),
    )
    return told, head.moment("updated_at", zone)


def _link(head: Cells) -> str:
    found = head.text("tracking_url", 501)
    return (
        found if len(found) <= 500 and re.fullmatch(r"https?://[^\s\"'<>\\]+", found, re.IGNORECASE) else ""
    )


def _place(cells: Cells, where: str) -> Place:
    fields = cells.plan.mapping
    return Place(
        cells.text(f"{where}_city", 120),
        cells.text(f"{where}_region", 120) if f"{where}_region" in fields else "",
        cells.country(f"{where}_country"),
        cells.text(f"{where}_postcode", 20),
    )


def _item(cells: Cells) -> Item | None:
    line_id, sku, title = (
        cells.identifier("item_id"),
        cells.text("item_sku", 120),
        cells.text("item_title", 300),
    )
    if not (line_id or sku or title):
        return None
    quantity = cells.count("item_quantity")
    if quantity is not None and quantity < 1:
        raise cells.wrong("item_quantity", f"{quantity} is less than one.")
    return Item(line_id, sku, title, 1 if quantity is None else quantity)


def _scan(cells: Cells, told: ParcelRows) -> ScanData | None:
    """Return what the carrier said in this row, None when it says nothing."""
    said, message = cells.text("scan_status", 120), cells.text("scan_message", 500)
    if not said and not message:
        return None
    at = cells.moment("scan_at", cells.zone())
    status = words.status(said or message)
    if at is None:
        # The state a parcel is in now, beside the time it was brought: the scan of that is made below.
        if status == Status.DELIVERED and "delivered_at" in cells.plan.mapping:
            return None
        at = told.fulfillment.created_at if status == Status.IN_TRANSIT else None
    if at is None:
        raise cells.wrong("scan_at", f"“{said or message}” has no time.")
    place = _place(cells, "scan")
    if not str(place):
        place = replace(place, city=cells.text("scan_place", 120))
    return ScanData(
        status=status, at=at, place=place, code=cells.text("scan_code", 80), message=message or said
    )


def _delivered(head: Cells, scans: tuple[ScanData, ...]) -> tuple[ScanData, ...]:
    """Return the scan that a "delivered at" stands for, unless the rows tell of the delivery themselves."""
    at = head.moment("delivered_at", head.zone())
    if at is None or any(scan.status == Status.DELIVERED for scan in scans):
        return ()
    return (ScanData(status=Status.DELIVERED, at=at, message="Delivered"),)
