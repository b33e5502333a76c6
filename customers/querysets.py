"""Named filters on who."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from customers.models import Customer


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Customers."""

    def search(self, words: str) -> "CustomerQuerySet":
        """Those whose name, e-mail or phone contains `words`."""
        return self.filter(
            models.Q(name__icontains=words) | models.Q(email__icontains=words) | models.Q(phone__icontains=words)
        )
