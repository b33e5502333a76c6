"""Back-office pages about what and where: products, orders, parcels, and what others sent us."""

from tracking.admin.access import LinkAdmin
from tracking.admin.accounts import CarrierAccountAdmin
from tracking.admin.actions import ShopActionAdmin
from tracking.admin.imports import ImportJobAdmin
from tracking.admin.inbound import InboundAdmin
from tracking.admin.incidents import IncidentAdmin
from tracking.admin.labels import LabelAdmin
from tracking.admin.make_goods import MakeGoodAdmin
from tracking.admin.orders import OrderAdmin
from tracking.admin.products import LocationAdmin, ProductAdmin, StockLevelAdmin
from tracking.admin.promises import EtaRulesAdmin, PromiseAdmin, TransitModelAdmin
from tracking.admin.reconcile import ReconcileFindingAdmin, ReconcileRunAdmin
from tracking.admin.shipments import ShipmentAdmin
from tracking.admin.watch import FlagAdmin, WatchRulesAdmin

__all__ = [
    "CarrierAccountAdmin",
    "EtaRulesAdmin",
    "FlagAdmin",
    "ImportJobAdmin",
    "InboundAdmin",
    "IncidentAdmin",
    "LabelAdmin",
    "LinkAdmin",
    "LocationAdmin",
    "MakeGoodAdmin",
    "OrderAdmin",
    "ProductAdmin",
    "PromiseAdmin",
    "ReconcileFindingAdmin",
    "ReconcileRunAdmin",
    "ShipmentAdmin",
    "ShopActionAdmin",
    "StockLevelAdmin",
    "TransitModelAdmin",
    "WatchRulesAdmin",
]
