"""Lists that stay quick on tables of millions of rows."""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

COUNTED = 10_000
RECENT = 2_000


class BoundedPaginator(Paginator[Any] if hasattr(Paginator, "__class_getitem__") else Paginator):  # type: ignore[misc]
    """Counts no further than `COUNTED` rows: nobody pages beyond them, they filter."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most `COUNTED`."""
        rows = self.object_list
        return rows.order_by()[:COUNTED].count() if isinstance(rows, QuerySet) else len(rows)

    @property
    def capped(self) -> bool:
        """Whether there may be more than were counted."""
        return self.count >= COUNTED


def recent_values(field: str, label: str) -> type[admin.SimpleListFilter]:
    """Return a filter offering the values of `field` in the newest rows, without reading the whole table."""

    class RecentValues(admin.SimpleListFilter):
        title = label
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            newest = model_admin.model._default_manager.order_by("-pk").values_list(field, flat=True)[:RECENT]
            return [(value, value) for value in sorted(set(newest)) if value]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

        def choices(self, changelist: Any) -> Any:
            # A value that is no longer among the newest stays visible while it is chosen.
            if self.value() and self.value() not in dict(self.lookup_choices):
                self.lookup_choices = [*self.lookup_choices, (str(self.value()), str(self.value()))]
            return super().choices(changelist)

    return RecentValues
