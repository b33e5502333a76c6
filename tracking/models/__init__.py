"""What and where: products, orders, parcels, and what carriers and shops told us about them."""

from tracking.models.access import AccessCode, Link, LookupRequest
from tracking.models.actions import ShopAction
from tracking.models.eta import EtaRules, TransitCell, TransitModel
from tracking.models.imports import ImportJob, ImportKey, ImportMapping, ImportRefusal
from tracking.models.inbound import CarrierAccount, Inbound
from tracking.models.labels import Label, LabelDocument
from tracking.models.make_goods import MakeGood
from tracking.models.mirrored import Removal, ShopReturn
from tracking.models.orders import Order, OrderEdit, OrderLine, OrderRefund
from tracking.models.products import BundlePart, Location, Product, StockLevel, Variant
from tracking.models.reconcile import ReconcileFinding, ReconcileRun
from tracking.models.shipments import Promise, Scan, Shipment, ShipmentLine
from tracking.models.watch import Flag, Incident, WatchRound, WatchRules

__all__ = [
    "AccessCode",
    "BundlePart",
    "CarrierAccount",
    "EtaRules",
    "Flag",
    "ImportJob",
    "ImportKey",
    "ImportMapping",
    "ImportRefusal",
    "Inbound",
    "Incident",
    "Label",
    "LabelDocument",
    "Link",
    "Location",
    "LookupRequest",
    "MakeGood",
    "Order",
    "OrderEdit",
    "OrderLine",
    "OrderRefund",
    "Product",
    "Promise",
    "ReconcileFinding",
    "ReconcileRun",
    "Removal",
    "Scan",
    "Shipment",
    "ShipmentLine",
    "ShopAction",
    "ShopReturn",
    "StockLevel",
    "TransitCell",
    "TransitModel",
    "Variant",
    "WatchRound",
    "WatchRules",
]
