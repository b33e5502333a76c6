"""A double of WooCommerce's REST API, version 3."""

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.tracking.shop_double import Answer, Double
from tracking.shops.client import ShopCredentials


class WooCommerceDouble(Double):
    """WooCommerce's REST API, wc/v3. `orders`, `products`, `customers`: bodies by id, as GET shows them."""

    def __init__(self, url: str = "https://mill.example") -> None:
        super().__init__()
        self.url = url
        self.orders: dict[int, dict] = {}
        self.refunds: dict[int, list[dict]] = {}
        self.products: dict[int, dict] = {}
        self.variations: dict[int, dict[int, dict]] = {}
        self.customers: dict[int, dict] = {}
        self.coupons: dict[int, dict] = {}
        self.credentials = ShopCredentials(url, "ck_key", "cs_secret", "USD")

    def at(self, mock: Any) -> "WooCommerceDouble":
        """Answer at this shop's address."""
        for method in ("GET", "POST", "PUT"):
            mock.add_callback(method, re.compile(re.escape(self.url) + "/wp-json/.*"), callback=self._called)
        return self

    def _called(self, request: Any) -> Answer:
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/wp-json/").removeprefix("wc/v3/").strip("/")
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = json.loads(request.body) if request.body else {}
        name = f"{request.method} {re.sub(r'[0-9]+', '*', path)}".strip()
        wanted = "Basic " + base64.b64encode(b"ck_key:cs_secret").decode()
        if request.headers.get("Authorization") != wanted:
            return _json({"code": "woocommerce_rest_cannot_view", "message": "Sorry, no."}, 401)
        return self.answer(name, params or body, lambda: self._route(request.method, path, params, body))

    def _route(self, method: str, path: str, params: dict, body: dict) -> Answer:
        if not path:
            return _json({"name": "North Mill"})
        parts = path.split("/")
        rows = getattr(self, parts[0], None)
        if rows is None:
            return _json({"code": "rest_no_route", "message": "No route"}, 404)
        if len(parts) == 1:
            return (
                self._make(parts[0], body) if method == "POST" else _pages(self._kept(rows, params), params)
            )
        if int(parts[1]) not in rows:
            return _json({"code": "woocommerce_rest_invalid_id", "message": "Invalid ID."}, 404)
        if parts[2:3] == ["refunds"]:
            given = self.refunds.setdefault(int(parts[1]), [])
            return self._refunded(int(parts[1]), body) if method == "POST" else _pages(given, params)
        if parts[2:3] == ["variations"]:
            rows = self.variations.get(int(parts[1]), {})
            if len(parts) == 3:
                return _pages(list(rows.values()), params)
        row = rows[int(parts[-1])]
        if method == "PUT":
            row.update({name: value for name, value in body.items() if name != "meta_data"})
            _remember(row, body.get("meta_data", []))
        return _json(row)

    def _kept(self, rows: dict, params: dict) -> list:
        found = list(rows.values())
        if "include" in params:
            found = [row for row in found if str(row["id"]) in params["include"].split(",")]
        if "modified_after" in params:
            found = [row for row in found if row["date_modified_gmt"] > params["modified_after"]]
        if "code" in params:
            found = [row for row in found if row["code"] == params["code"].lower()]
        if params.get("status") == "any":
            found = [row for row in found if row.get("status") != "trash"]
        by = "date_created_gmt" if params.get("orderby") == "registered_date" else "id"
        return sorted(found, key=lambda row: row[by], reverse=params.get("order") == "desc")

    def _refunded(self, order_id: int, body: dict) -> Answer:
        order, given = self.orders[order_id], self.refunds[order_id]
        if float(body["amount"]) > float(order["total"]) - sum(float(one["amount"]) for one in given):
            code = "woocommerce_rest_cannot_create_order_refund"
            return _json({"code": code, "message": "Invalid refund amount."}, 500)
        made = {
            "id": next(self.ids),
            "date_created_gmt": "2026-03-10T12:00:00",
            "amount": body["amount"],
            "reason": body["reason"],
            "meta_data": body["meta_data"],
            "line_items": [],
        }
        given.append(made)
        order["refunds"] = [{"id": one["id"], "reason": "", "total": f"-{one['amount']}"} for one in given]
        return _json(made, 201)

    def _make(self, kind: str, body: dict) -> Answer:
        number = next(self.ids)
        made = body | {"id": number}
        if kind == "orders":
            total = sum(float(line.get("total", 10)) for line in body["line_items"])
            made |= {"number": str(number), "total": f"{total:.2f}", "status": "processing"}
            made["date_modified_gmt"] = "2026-03-10T12:00:00"
        if kind == "coupons":
            made["code"] = body["code"].lower()
        getattr(self, kind)[number] = made
        return _json(made, 201)


def _remember(row: dict, entries: list) -> None:
    kept = {entry["key"]: entry for entry in [*row.get("meta_data", []), *entries]}
    row["meta_data"] = list(kept.values())


def _pages(rows: list, params: dict) -> Answer:
    per_page, page = int(params.get("per_page", 10)), int(params.get("page", 1))
    total = -(-len(rows) // per_page)
    return _json(rows[(page - 1) * per_page : page * per_page], headers={"X-WP-TotalPages": str(total)})


def _json(value: Any, status: int = 200, headers: dict | None = None) -> Answer:
    return status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value)
