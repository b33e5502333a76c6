"""What changes after the fact: edits of orders, things deleted, scans taken back, stock of variants."""

from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.reading import Record
from tracking.shops.base import Ignored, ScanFact, StockData
from tracking.shops.facts import EditData, Kind, RemovedData, UninstalledData, VariantStockData
from tracking.shops.shopify.fulfillments import passed_on_scan
from tracking.versions import version


def edit(told: Record, currency: str) -> EditData:
    """Translate orders/edited: which lines got more, which fewer. Raises: BadPayload."""
    made = reading.record(told.get("order_edit"), "order_edit")
    at = next(
        filter(None, (reading.moment(made.get(name), name) for name in ("committed_at", "created_at"))), None
    )
    if at is None:
        raise BadPayload("the edit does not say when it was made")
    lines = reading.optional(made.get("line_items"), "line_items")
    changes: dict[str, int] = {}
    for name, sign in (("additions", 1), ("removals", -1)):
        for entry in reading.records(lines.get(name), name):
            line_id = reading.identifier(entry.get("id"), "a line's id")
            changes[line_id] = changes.get(line_id, 0) + sign * reading.count(entry.get("delta"), "a delta")
    return EditData(
        external_id=reading.identifier(made.get("id"), "the edit's id"),
        order_external_id=reading.identifier(made.get("order_id"), "order_id"),
        at=at,
        changes=tuple(sorted((line, delta) for line, delta in changes.items() if delta)),
        note=reading.text(made.get("staff_note"), "staff_note", 500),
    )


def removed_order(told: Record, currency: str) -> RemovedData:
    """Translate orders/delete. Raises: BadPayload."""
    return RemovedData(Kind.ORDER, reading.identifier(told.get("id"), "the order's id"))


def removed_product(told: Record, currency: str) -> RemovedData:
    """Translate products/delete. Raises: BadPayload."""
    return RemovedData(Kind.PRODUCT, reading.identifier(told.get("id"), "the product's id"))


def removed_customer(told: Record, currency: str) -> RemovedData:
    """Translate customers/delete. Raises: BadPayload."""
    return RemovedData(Kind.CUSTOMER, reading.identifier(told.get("id"), "the customer's id"))


def taken_back_scan(told: Record, currency: str) -> ScanFact:
    """Translate fulfillment_events/delete: the whole scan again, as it was. Raises: BadPayload."""
    return passed_on_scan(told, removed=True)


def disconnected(told: Record, currency: str) -> StockData:
    """Translate inventory_levels/disconnect: the location stocks the item no more. Raises: BadPayload."""
    return StockData(
        inventory_item_id=reading.identifier(told.get("inventory_item_id"), "inventory_item_id"),
        location_external_id=reading.identifier(told.get("location_id"), "location_id"),
        available=0,
        version="",
        removed=True,
    )


def variant_stock(told: Record, currency: str) -> VariantStockData | Ignored:
    """
    Translate variants/in_stock and out_of_stock. Returns: Ignored when no number is told. Raises: BadPayload.
    """
    variant_id = reading.identifier(told.get("id"), "the variant's id")
    if told.get("inventory_quantity") is None:
        return Ignored("It does not say how many there are: stock is read from inventory_levels/update.")
    return VariantStockData(
        variant_external_id=variant_id,
        available=reading.whole(told.get("inventory_quantity"), "inventory_quantity"),
        version=version(reading.moment(told.get("updated_at"), "updated_at"), reading.canonical(told)),
    )


def uninstalled(told: Record, currency: str) -> UninstalledData:
    """Translate app/uninstalled, whose body is the shop. Raises: BadPayload."""
    domain = reading.text(told.get("myshopify_domain"), "myshopify_domain")
    return UninstalledData(domain or reading.text(told.get("domain"), "domain"))
