"""Named filters on orders and parcels."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from customers.models import Customer, Store
    from tracking.models import Order, Shipment


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders."""

    def for_customer(self, customer: "Customer") -> "OrderQuerySet":
        """Those of one customer."""
        return self.filter(customer=customer)

    def for_stores(self, stores: "list[Store] | None") -> "OrderQuerySet":
        """Those of the given stores; all when None."""
        return self if stores is None else self.filter(store__in=stores)


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    """Parcels."""

    def current(self) -> "ShipmentQuerySet":
        """Without those whose number the shop took back."""
        return self.filter(replaced_at=None)

    def for_stores(self, stores: "list[Store] | None") -> "ShipmentQuerySet":
        """Those of the given stores' orders; all when None."""
        return self if stores is None else self.filter(order__store__in=stores)
