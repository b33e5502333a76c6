"""A partner's system with a key, and what it sends."""

import copy
from typing import Any

from django.test import Client

from customers.models import Store
from customers.services.partners import issue_key
from tests.factories.customers import StoreFactory

ALL_SCOPES = (
    "orders:read",
    "orders:write",
    "shipments:read",
    "shipments:write",
    "returns:read",
    "returns:write",
    "segments:read",
    "segments:write",
    "journeys:read",
    "journeys:write",
    "events:write",
)

ORDER: dict[str, Any] = {
    "store": "harbour-pine",
    "external_id": "10442",
    "number": "#1042",
    "placed_at": "2026-03-10T12:00:00Z",
    "currency": "USD",
    "email": "Ada@Example.com",
    "customer": {"external_id": "77", "name": "Ada Lovelace", "email": "ada@example.com"},
    "ship_to": {"name": "Ada Lovelace", "lines": ["12 Analytical Way"], "city": "Portland", "country": "us"},
    "lines": [
        {"external_id": "1", "title": "Brass lantern", "sku": "L", "quantity": 2, "unit_price_minor": 4800},
        {"external_id": "2", "title": "Wick", "quantity": 1, "unit_price_minor": 300, "discount_minor": 100},
    ],
    "shipping_minor": 500,
}


class Api:
    """One key's view of the API, as a script of the partner would call it."""

    def __init__(
        self, scopes: tuple[str, ...] = ALL_SCOPES, stores: list[str] | None = None, **how: Any
    ) -> None:
        self.key = issue_key(partner="acme", scopes=scopes, stores=stores)
        self.client = Client(headers={"Authorization": f"Bearer {self.key.text}"}, **how)

    def get(self, path: str, /, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=headers)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def order_body(**changes: Any) -> dict[str, Any]:
    """An order's body with `changes`; a field changed to ... is left out."""
    body = copy.deepcopy(ORDER) | changes
    return {name: value for name, value in body.items() if value is not ...}


def other_store() -> Store:
    return StoreFactory(slug="north-mill", name="North Mill", webhook_secret="another")
