"""Filters of the lists, and what each key may see."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from rest_framework import serializers

from customers.api.auth import stores_of
from customers.api.base import Filters, QueryInstant, Text
from customers.models import ApiKey
from customers.services.people import email_key
from tracking.models import Order, OrderLine, Scan, Shipment, ShipmentLine
from tracking.services.orders import number_key
from tracking.services.shipments import tracking_key
from tracking.vocabulary import Status


class OrderFilters(Filters):
    """Which orders. Several filters narrow each other."""

    number = Text(
        required=False, max_length=60, help_text="As the shopper knows it; # and case do not matter."
    )
    external_id = Text(required=False, max_length=64, help_text="The shop's id.")
    email = Text(
        required=False, max_length=254, help_text="The order's e-mail address; case does not matter."
    )
    tracking_number = Text(
        required=False, max_length=80, help_text="Of one of its parcels; spaces and dashes do not matter."
    )
    status = serializers.ChoiceField(choices=Order.Status.choices, required=False)
    store = Text(required=False, max_length=50, help_text="The store's slug.")
    updated_since = QueryInstant(required=False, help_text="Changed at or after this time.")


class ShipmentFilters(Filters):
    """Which parcels. Several filters narrow each other."""

    tracking_number = Text(required=False, max_length=80, help_text="Spaces and dashes do not matter.")
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    order = serializers.UUIDField(required=False, help_text="The order's `id`.")
    number = Text(required=False, max_length=60, help_text="The order's number; # and case do not matter.")
    external_id = Text(required=False, max_length=64, help_text="The order's `external_id`.")
    email = Text(
        required=False, max_length=254, help_text="The order's e-mail address; case does not matter."
    )
    store = Text(required=False, max_length=50, help_text="The store's slug.")
    updated_since = QueryInstant(required=False, help_text="Changed at or after this time.")


def orders_of(key: ApiKey) -> QuerySet[Order]:
    """Return the orders a key may see, with everything an answer shows."""
    rows = Order.objects.all() if key.all_stores else Order.objects.filter(store__in=stores_of(key))
    parcels = with_parts(Shipment.objects.current()).order_by("pk")
    return rows.select_related("store", "customer").prefetch_related(
        Prefetch("lines", OrderLine.objects.order_by("position", "pk")), Prefetch("shipments", parcels)
    )


def shipments_of(key: ApiKey) -> QuerySet[Shipment]:
    """Return the parcels a key may see, with everything an answer shows."""
    rows = (
        Shipment.objects.all() if key.all_stores else Shipment.objects.filter(order__store__in=stores_of(key))
    )
    return with_parts(rows.select_related("order"))


def with_parts(rows: QuerySet[Shipment]) -> QuerySet[Shipment]:
    """Fetch lines and scans along, in the order they are shown."""
    lines = ShipmentLine.objects.select_related("line").order_by("line__position", "pk")
    return rows.prefetch_related(
        Prefetch("lines", lines), Prefetch("scans", Scan.objects.order_by("order_at", "pk"))
    )


def filter_orders(rows: QuerySet[Order], given: dict[str, Any]) -> QuerySet[Order]:
    """
    Narrow orders by what OrderFilters read. A number or address of nothing but punctuation finds nothing.
    """
    if "tracking_number" in given:
        key = tracking_key(given["tracking_number"])
        parcels = Shipment.objects.current().filter(order=OuterRef("pk"), tracking_key=key)
        rows = rows.filter(Exists(parcels)) if key else rows.none()
    return rows.filter(**_conditions(given, "", ("status", "external_id")))


def filter_shipments(rows: QuerySet[Shipment], given: dict[str, Any]) -> QuerySet[Shipment]:
    """Narrow parcels by what ShipmentFilters read."""
    if "tracking_number" in given:
        key = tracking_key(given["tracking_number"])
        rows = rows.filter(tracking_key=key) if key else rows.none()
    if "order" in given:
        rows = rows.filter(order__public_id=given["order"])
    if "status" in given:
        rows = rows.filter(status=given["status"])
    return rows.filter(**_conditions(given, "order__", ("external_id",)))


def _conditions(given: dict[str, Any], to_order: str, plain: tuple[str, ...]) -> dict[str, Any]:
    """Return the conditions that both lists share; `to_order` is the way from the row to its order."""
    made = {f"{to_order}{name}": given[name] for name in plain if name in given}
    if "number" in given:
        made[f"{to_order}number_key"] = number_key(given["number"])
    if "email" in given:
        made[f"{to_order}email_key"] = email_key(given["email"])
    if "store" in given:
        made[f"{to_order}store__slug"] = given["store"]
    if "updated_since" in given:
        made["updated_at__gte"] = given["updated_since"]
    return made
