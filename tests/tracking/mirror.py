"""What shops' messages leave behind, in a form in which two runs compare; and forgetting it."""

from customers.models import Customer, CustomerMerge, Event, Identity, PrivacyRequest, Store
from tracking.models import (
    Inbound,
    Order,
    OrderEdit,
    OrderLine,
    OrderRefund,
    Product,
    Removal,
    Scan,
    Shipment,
    ShipmentLine,
    ShopReturn,
    StockLevel,
    Variant,
)

# Keys of rows, clocks of ours, and work still to do.
SKIPPED = {
    "id",
    "public_id",
    "created_at",
    "updated_at",
    "version",
    "due_at",
    "eta_due_at",
    "order_id",
    "customer_id",
    "line_id",
    "shipment_id",
    "heard_at",
    "checked_at",
    "recorded_at",
    "product_id",
    "variant_id",
    "location_id",
    "store_id",
    "bought_as_id",
    "merged_into_id",
}
MIRRORED = (
    Order,
    OrderEdit,
    OrderLine,
    OrderRefund,
    Shipment,
    ShipmentLine,
    ShopReturn,
    Scan,
    Customer,
    Identity,
    PrivacyRequest,
    Product,
    Removal,
    Variant,
    StockLevel,
)


def plain(value: object) -> object:
    """Return a value as it compares: the keys of an object have no order."""
    return sorted(value.items()) if isinstance(value, dict) else value


def rows() -> list[object]:
    """Return everything that was mirrored, without what differs from run to run; and the facts told."""
    found = [
        (model.__name__, repr(sorted((k, plain(v)) for k, v in row.items() if k not in SKIPPED)))
        for model in MIRRORED
        for row in model.objects.values()
    ]
    return sorted(found) + sorted(Event.objects.values_list("kind", flat=True))


def forget() -> None:
    """Delete it all."""
    for model in (Inbound, Order, Product, Removal, Event, CustomerMerge, Customer, Store):
        model.objects.all().delete()
