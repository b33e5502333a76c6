"""From rows to what a page is made of, in five queries for any number of orders."""

from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects

from tracking.models import Order, OrderLine, Promise, Shipment
from tracking.presentation.material import Material, ParcelMaterial, of_one_source


def load(orders: Sequence[Order]) -> list[Material]:
    """Return each order with its lines, current parcels, scans and promises."""
    parcels = Shipment.objects.current().order_by("created_at", "fulfillment_external_id", "position", "pk")
    prefetch_related_objects(
        list(orders),
        Prefetch("lines", OrderLine.objects.select_related("product", "variant").order_by("position", "pk")),
        Prefetch(
            "shipments",
            parcels.prefetch_related(
                "lines",
                "scans",
                Prefetch("promises", Promise.objects.filter(shown=True).order_by("made_at", "pk")),
            ),
        ),
    )
    return [_material(order) for order in orders]


def _material(order: Order) -> Material:
    lines = {line.pk: line for line in order.lines.all()}
    shipments = list(order.shipments.all())
    together = Counter(
        parcel.fulfillment_external_id for parcel in shipments if parcel.fulfillment_external_id
    )
    return Material(
        order=order,
        lines=list(lines.values()),
        parcels=[
            _parcel(parcel, lines, together[parcel.fulfillment_external_id] or 1) for parcel in shipments
        ],
    )


def _parcel(shipment: Shipment, lines: dict[int, OrderLine], companions: int) -> ParcelMaterial:
    packed = sorted(shipment.lines.all(), key=lambda row: (lines[row.line_id].position, row.line_id))
    return ParcelMaterial(
        shipment=shipment,
        contents=[(lines[row.line_id], row.quantity) for row in packed],
        scans=of_one_source(list(shipment.scans.all()), frozenset(settings.SHOPS)),
        promises=list(shipment.promises.all()),
        companions=companions,
    )
