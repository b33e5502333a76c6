"""
Tracking numbers, which WooCommerce itself does not know: shipment-tracking plug-ins keep them with the order.

`_wc_shipment_tracking_items` is written by WooCommerce's own Shipment Tracking, by Advanced Shipment Tracking
and by those that copy them; `_aftership_tracking_items` by AfterShip's plug-in. A plug-in's entry that cannot
be read is left out: it must not cost the order.
"""

import hashlib
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from config.lib import clock
from tracking import reading
from tracking.carriers import detect
from tracking.carriers.aftership import CODES
from tracking.carriers.base import BadPayload
from tracking.reading import Record
from tracking.shops.base import FulfillmentData, LineData
from tracking.shops.woocommerce import php
from tracking.versions import version

log = logging.getLogger(__name__)

_SHIPMENT_TRACKING = "_wc_shipment_tracking_items"
_AFTERSHIP = "_aftership_tracking_items"
# Before the ids of hand-overs, so that another source's are never taken for one that was taken back.
PREFIX = "wc:"


def fulfillments(
    told: Record, lines: tuple[LineData, ...], placed_at: datetime, changed_at: datetime | None
) -> tuple[FulfillmentData, ...]:
    """
    Return one hand-over per tracking number in an order's meta data, in the shop's order. Raises: BadPayload.

    An entry does not say when it was changed: it is as new as its order.
    """
    order_id = reading.identifier(told.get("id"), "the order's id")
    found: dict[str, FulfillmentData] = {}
    for plugin, item in _items(told):
        number = reading.text(item.get("tracking_number"), "tracking_number", 80)
        external_id = _identity(order_id, number)
        if not number or external_id in found:
            continue  # AfterShip's plug-in copies what Shipment Tracking has
        carrier, name = _carrier(plugin, item)
        url = _url(item)
        found[external_id] = FulfillmentData(
            external_id=external_id,
            order_external_id=order_id,
            version=version(changed_at, reading.canonical(item)),
            lines=_lines(item, lines),
            tracking_numbers=(number,),
            tracking_urls=(url,),
            carrier=carrier,
            carrier_name=name,
            created_at=_shipped_at(item, placed_at),
        )
    return tuple(found.values())


def _items(told: Record) -> Iterator[tuple[str, Record]]:
    """Yield (plug-in, entry) for what can be read of the plug-ins' entries."""
    for meta in php.records(told.get("meta_data"), "meta_data"):
        plugin = meta.get("key")
        if plugin not in (_SHIPMENT_TRACKING, _AFTERSHIP):
            continue
        try:
            entries = php.records(meta.get("value") or None, plugin)
        except BadPayload as exc:
            log.warning("woocommerce: %s", exc)
            continue
        for item in entries:
            if _is_readable(item):
                yield plugin, item


def _is_readable(item: Record) -> bool:
    named = ("tracking_number", "tracking_provider", "custom_tracking_provider", "slug")
    return all(item.get(part) is None or type(item[part]) in (str, int) for part in named)


def _identity(order_id: str, number: str) -> str:
    """Name a hand-over by its number, which stays when an entry is deleted and written again; ids do not."""
    named = f"{PREFIX}{order_id}:{_spelled(number)}"
    return (
        named
        if len(named) <= reading.LONGEST_ID
        else PREFIX + hashlib.sha256(named.encode()).hexdigest()[:48]
    )


def _spelled(number: str) -> str:
    """Return a number as it is compared: letters and digits only, upper case; itself when it has none."""
    return re.sub(r"[^0-9A-Za-z]", "", number).upper() or number


def _carrier(plugin: str, item: Record) -> tuple[str, str]:
    """
    Return our code for the carrier and the name to show, '' for what we do not know of each.

    Names chosen from the plug-in's list are slugs ('royal-mail'): ours are shown for those we know.
    """
    custom = reading.text(item.get("custom_tracking_provider"), "custom_tracking_provider", 120)
    if custom:
        return detect.carrier_code(custom), custom
    slug = reading.text(item.get("slug" if plugin == _AFTERSHIP else "tracking_provider"), "provider", 120)
    code = (CODES.get(slug, "") if plugin == _AFTERSHIP else "") or detect.carrier_code(slug)
    return code, "" if code else re.sub(r"[-_\s]+", " ", slug).strip()


def _url(item: Record) -> str:
    """Return the shop's own link to the carrier, '' where it gave none: a custom one, or one written out."""
    for name in ("custom_tracking_link", "ast_tracking_link", "formatted_tracking_link"):
        value = item.get(name)
        found = reading.link(value, name) if isinstance(value, str) else ""
        if found:
            return found
    return ""


def _shipped_at(item: Record, placed_at: datetime) -> datetime | None:
    """
    Return when it was handed over (aware UTC), None when nobody says.

    `date_shipped` is a day written as the second it begins: never before the order. What AfterShip's plug-in
    calls created_at is the shop's local time with a Z, so it is not read.
    """
    seconds = _word(item, "date_shipped")
    if not re.fullmatch(r"\d{9,11}", seconds, re.ASCII):
        return None
    shipped_at = datetime.fromtimestamp(int(seconds), UTC)
    return max(shipped_at, placed_at) if shipped_at.year in clock.YEARS else None


def _lines(item: Record, lines: tuple[LineData, ...]) -> tuple[tuple[str, int], ...]:
    """
    Return what is in the parcel, () where the plug-in does not say.

    Advanced Shipment Tracking names order lines or only products, AfterShip order lines.
    """
    by_product: dict[str, str] = {}
    for line in lines:
        for product_id in (line.variant_external_id, line.product_external_id):
            by_product.setdefault(product_id, line.external_id)
    ids = {line.external_id for line in lines}
    packed: dict[str, int] = {}
    for entry in (*_packed(item.get("products_list")), *_packed(item.get("line_items"))):
        line_id = _word(entry, "item_id") or _word(entry, "id")
        line_id = line_id if line_id in ids else by_product.get(_word(entry, "product") or "-", "")
        quantity = _word(entry, "qty") or _word(entry, "quantity")
        if line_id and re.fullmatch(r"[1-9]\d{0,5}", quantity, re.ASCII):
            packed[line_id] = packed.get(line_id, 0) + int(quantity)
    return tuple(packed.items())


def _packed(value: object) -> list[Record]:
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [entry for entry in entries if isinstance(entry, dict)]


def _word(entry: Record, name: str) -> str:
    """Return a plug-in's id or number as text, '' for anything else: plug-ins write either."""
    value = entry.get(name)
    return str(value).strip() if type(value) in (str, int) else ""
