"""Pages of a list that stay right while rows are added and changed: a cursor names the row it stopped at."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

from config.lib import clock

if TYPE_CHECKING:
    from rest_framework.views import APIView

MAX_SIZE = 200


@dataclass(frozen=True)
class Position:
    """A row in a list, and which way to read from it: `older` is the way of `next`."""

    updated_at: datetime
    pk: int
    older: bool

    def __str__(self) -> str:
        text = f"{'n' if self.older else 'p'}|{self.updated_at.isoformat()}|{self.pk}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_position(text: str) -> Position:
    """
    Return the position a cursor stands for. Raises ValidationError for anything that is no cursor of ours.
    """
    try:
        way, when, pk = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split("|")
        updated_at, number = clock.parse(when), int(pk)
    except (binascii.Error, ValueError) as exc:
        raise ValidationError({"cursor": ["This is not a cursor from “next” or “previous”."]}) from exc
    if way not in "np" or updated_at is None or updated_at.tzinfo is None or not 0 <= number < 2**63:
        raise ValidationError({"cursor": ["This is not a cursor from “next” or “previous”."]})
    return Position(updated_at, number, way == "n")


class Cursor(BasePagination):
    """
    Newest change first, by (updated_at, id): `{"next", "previous", "results"}`. No COUNT, no offset.

    A row that changes while a reader pages moves to the front, where `updated_since` finds it next time; no
    other row is skipped or shown twice.
    """

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[Any], request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        """
        Return one page and remember the links. Raises ValidationError for a bad `cursor` or `page_size`.
        """
        size = self._size(request)
        text = request.query_params.get("cursor")
        position = read_position(text) if text is not None else None
        rows = list(self._after(queryset, position)[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        backwards = position is not None and not position.older
        if backwards:
            rows.reverse()
        self.url = request.build_absolute_uri()
        self.next = self._link(rows, older=True) if rows and (more or backwards) else None
        self.previous = self._link(rows, older=False) if rows and (more if backwards else position) else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with its links."""
        return Response({"next": self.next, "previous": self.previous, "results": data})

    @staticmethod
    def _size(request: Request) -> int:
        text = request.query_params.get("page_size", str(api_settings.PAGE_SIZE))
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_SIZE):
            raise ValidationError({"page_size": [f"A page has 1 to {MAX_SIZE} rows."]})
        return int(text)

    @staticmethod
    def _after(queryset: QuerySet[Any], position: Position | None) -> QuerySet[Any]:
        if position is None:
            return queryset.order_by("-updated_at", "-pk")
        # The first half lets the database seek in the index; the second settles rows of the same instant.
        if position.older:
            beyond = Q(updated_at__lte=position.updated_at) & (
                Q(updated_at__lt=position.updated_at) | Q(pk__lt=position.pk)
            )
            return queryset.filter(beyond).order_by("-updated_at", "-pk")
        beyond = Q(updated_at__gte=position.updated_at) & (
            Q(updated_at__gt=position.updated_at) | Q(pk__gt=position.pk)
        )
        return queryset.filter(beyond).order_by("updated_at", "pk")

    def _link(self, rows: Sequence[Any], *, older: bool) -> str:
        row = rows[-1] if older else rows[0]
        return replace_query_param(self.url, "cursor", str(self._position(row, older)))

    @staticmethod
    def _position(row: Any, older: bool) -> Position:
        return Position(row.updated_at, row.pk, older)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the OpenAPI schema of a page of `schema`."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {
                    **link,
                    "description": "The page with older changes; null on the last.",
                    "example": "https://orders.example.com/api/v1/orders/?cursor=bnwyMDI2LTAzLTEyVDEzOjA1fDQy",
                },
                "previous": {
                    **link,
                    "description": "The page with newer changes; null on the first.",
                    "example": None,
                },
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        """Return the query parameters of every list."""
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Where to read on: taken from `next` or `previous`, not made by hand.",
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "description": f"Rows per page, {api_settings.PAGE_SIZE} if not given.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_SIZE,
                    "default": api_settings.PAGE_SIZE,
                },
            },
        ]
