"""Use-cases: one function per verb, one transaction each, facts published with the change."""

from tracking.services.missing import Missing
from tracking.services.orders import record_order
from tracking.services.products import record_product, record_stock
from tracking.services.scans import add_scans, record_parcel, record_shop_scan
from tracking.services.shipments import record_fulfillment

__all__ = [
    "Missing",
    "add_scans",
    "record_fulfillment",
    "record_order",
    "record_parcel",
    "record_product",
    "record_shop_scan",
    "record_stock",
]
