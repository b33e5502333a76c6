"""Named filters on who."""

from typing import Any

from django.db import models


class CustomerQuerySet(models.QuerySet[Any]):
    """Customers."""

    def search(self, words: str) -> "CustomerQuerySet":
        """Those whose name, e-mail or phone contains `words`."""
        return self.filter(
            models.Q(name__icontains=words)
            | models.Q(email__icontains=words)
            | models.Q(phone__icontains=words)
        )
