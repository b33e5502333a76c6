"""Keys the database does not check: which they are, and whether one points nowhere."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Exists, ForeignKey, OuterRef

Key = ForeignKey[Any, Any]


def foreign_keys() -> Iterator[Key]:
    """Yield every foreign key without a constraint (docs/decisions/0011)."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, ForeignKey) and not field.db_constraint:  # type: ignore[attr-defined]
                yield field


def dangling(key: Key) -> int:
    """Return how many rows have a value of `key` that is no row's id. Reads the whole table once."""
    parents = key.related_model._base_manager.filter(pk=OuterRef(key.attname))
    rows = key.model._base_manager.filter(**{f"{key.attname}__isnull": False})
    return rows.filter(~Exists(parents)).count()


def name(key: Key) -> str:
    """Return e.g. "tracking.Scan.shipment"."""
    return f"{key.model._meta.label}.{key.name}"
