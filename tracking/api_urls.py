"""Addresses under /api/v1/. Whatever is none of them is answered as a problem, too."""

from django.urls import path, re_path

from customers.api.base import NotHere
from tracking.api.orders import OneOrder, Orders
from tracking.api.shipments import OneShipment, Scans, Shipments

urlpatterns = [
    path("orders/", Orders.as_view(), name="api_orders"),
    path("orders/<uuid:public_id>/", OneOrder.as_view(), name="api_order"),
    path("shipments/", Shipments.as_view(), name="api_shipments"),
    path("shipments/<uuid:public_id>/", OneShipment.as_view(), name="api_shipment"),
    path("shipments/<uuid:public_id>/scans/", Scans.as_view(), name="api_scans"),
    re_path("^.*$", NotHere.as_view()),
]
