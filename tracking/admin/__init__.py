"""Back-office pages about what and where: products, orders, parcels, and what others sent us."""

from tracking.admin.access import LinkAdmin
from tracking.admin.accounts import CarrierAccountAdmin
from tracking.admin.inbound import InboundAdmin
from tracking.admin.orders import OrderAdmin
from tracking.admin.products import LocationAdmin, ProductAdmin, StockLevelAdmin
from tracking.admin.shipments import ShipmentAdmin

__all__ = [
    "CarrierAccountAdmin",
    "InboundAdmin",
    "LinkAdmin",
    "LocationAdmin",
    "OrderAdmin",
    "ProductAdmin",
    "ShipmentAdmin",
    "StockLevelAdmin",
]
