"""What and where: products, orders, parcels, and what carriers and shops told us about them."""

from tracking.models.access import AccessCode, Link, LookupRequest
from tracking.models.inbound import CarrierAccount, Inbound
from tracking.models.orders import Order, OrderLine
from tracking.models.products import Location, Product, StockLevel, Variant
from tracking.models.shipments import Promise, Scan, Shipment, ShipmentLine

__all__ = [
    "AccessCode",
    "CarrierAccount",
    "Inbound",
    "Link",
    "Location",
    "LookupRequest",
    "Order",
    "OrderLine",
    "Product",
    "Promise",
    "Scan",
    "Shipment",
    "ShipmentLine",
    "StockLevel",
    "Variant",
]
