"""Named filters on orders and parcels."""

from typing import Any

from django.db import models

from customers.models import Customer, Store


class OrderQuerySet(models.QuerySet[Any]):
    """Orders."""

    def for_customer(self, customer: Customer) -> "OrderQuerySet":
        """Those of one customer."""
        return self.filter(customer=customer)

    def for_stores(self, stores: list[Store] | None) -> "OrderQuerySet":
        """Those of the given stores; all when None."""
        return self if stores is None else self.filter(store__in=stores)


class ShipmentQuerySet(models.QuerySet[Any]):
    """Parcels."""

    def current(self) -> "ShipmentQuerySet":
        """On their way to the shopper, without those whose number the shop took back."""
        return self.filter(replaced_at=None, is_return=False)

    def followed(self) -> "ShipmentQuerySet":
        """Those that carriers are listened to about: to the shopper, and back to the store."""
        return self.filter(replaced_at=None)

    def for_stores(self, stores: list[Store] | None) -> "ShipmentQuerySet":
        """Those of the given stores' orders; all when None."""
        return self if stores is None else self.filter(order__store__in=stores)
