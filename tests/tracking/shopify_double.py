"""A double of Shopify's Admin API. It answers only the fields that a question selects."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.tracking.graphql_double import operation, projected
from tests.tracking.shop_double import Answer, Double
from tracking.shops.client import ShopCredentials

TOKEN = "shpat_secret"


class ShopifyDouble(Double):
    """Shopify's Admin API. `orders`, `products`, `customers`: nodes by number; `levels`: by (item, place)."""

    def __init__(self, url: str = "https://harbour-pine.myshopify.com", token: str = TOKEN) -> None:
        super().__init__()
        self.url, self.token = url, token
        self.orders: dict[str, dict] = {}
        self.products: dict[str, dict] = {}
        self.customers: dict[str, dict] = {}
        self.levels: dict[tuple[str, str], dict] = {}
        self.discounts: dict[str, dict] = {}
        self.keys: dict[str, tuple[Any, dict]] = {}
        self.bucket = {"maximumAvailable": 2000.0, "currentlyAvailable": 1900.0, "restoreRate": 100.0}
        self.cost = 12
        self.dearest = 10**6  # a question for more things than this is too costly
        self.per_page = 100
        self.credentials = ShopCredentials(url, "", token, "USD")

    def at(self, mock: Any) -> "ShopifyDouble":
        """Answer at this shop's address."""
        mock.add_callback("POST", re.compile(re.escape(self.url) + "/admin/api/.*"), callback=self._called)
        return self

    def _called(self, request: Any) -> Answer:
        if request.headers.get("X-Shopify-Access-Token") != self.token:
            return 401, {}, '{"errors": "[API] Invalid API key or access token"}'
        asked = json.loads(request.body)
        name = operation(asked["query"])

        def effect() -> Answer:
            if asked["variables"].get("first", 1) > self.dearest:
                return self._told(errors=[_coded("Query cost is too high", "MAX_COST_EXCEEDED")])
            data = getattr(self, f"_{name}")(**asked["variables"])
            return self._told(data=projected(asked["query"], asked["variables"], data))

        return self.answer(name, asked["variables"], effect)

    def failed(self, mode: str, effect: Callable[[], Answer]) -> Answer:
        if mode == "throttled":
            return self._told(errors=[_coded("Throttled", "THROTTLED")])
        return super().failed(mode, effect)

    def _told(self, **answer: Any) -> Answer:
        cost = {"requestedQueryCost": self.cost, "actualQueryCost": 3, "throttleStatus": self.bucket}
        return 200, {}, json.dumps(answer | {"extensions": {"cost": cost}})

    # --- reading
    def _Shop(self) -> dict:
        return {"shop": {"name": "Harbour & Pine", "currencyCode": "USD"}}

    def _list(self, rows: dict, first: int, after: str | None, query: str) -> dict:
        since, until = re.findall(r"'([^']+)'", query)
        found = [row for row in rows.values() if since <= row["updatedAt"] <= until]
        found.sort(key=lambda row: (row["updatedAt"], row["id"]))
        return _page(found, min(first, self.per_page), after)

    def _Orders(self, first: int, after: str | None, query: str, **sizes: int) -> dict:
        return {"orders": self._list(self.orders, first, after, query)}

    def _Products(self, first: int, after: str | None, query: str, **sizes: int) -> dict:
        return {"products": self._list(self.products, first, after, query)}

    def _Customers(self, first: int, after: str | None, query: str) -> dict:
        return {"customers": self._list(self.customers, first, after, query)}

    def _OrdersById(self, ids: list[str], **sizes: int) -> dict:
        found = (self.orders.get(_number(gid)) for gid in ids)
        return {"nodes": [node and node | {"__typename": "Order"} for node in found]}

    def _MoreLines(self, id: str, after: str | None) -> dict:
        return {"order": self.orders[_number(id)]}

    def _MoreVariants(self, id: str, after: str | None) -> dict:
        return {"product": self.products[_number(id)]}

    def _Parts(self, id: str) -> dict:
        return {"order": self.orders[_number(id)]}

    def _part(self, kind: str, gid: str) -> dict:
        return next(part for order in self.orders.values() for part in order[kind] if part["id"] == gid)

    def _Fulfillments(self, ids: list[str], packed: int) -> dict:
        return {"nodes": [self._part("fulfillments", gid) | {"__typename": "Fulfillment"} for gid in ids]}

    def _OneFulfillment(self, id: str, packed: int) -> dict:
        return {"fulfillment": self._part("fulfillments", id)}

    def _OneRefund(self, id: str, packed: int) -> dict:
        return {"refund": self._part("refunds", id)}

    def _Stock(self, place: str | None, after: str | None, query: str, first: int) -> dict:
        places = sorted({location for _, location in self.levels})
        page = _page([{"id": f"gid://shopify/Location/{number}"} for number in places], 1, place)
        for node in page["nodes"]:
            here = {
                item: level
                for (item, location), level in self.levels.items()
                if location == _number(node["id"])
            }
            node["inventoryLevels"] = self._list(here, first, after, query)
        return {"locations": page}

    # --- refunds
    def _Refundable(self, id: str) -> dict:
        order = self.orders.get(_number(id))
        if order is None:
            return {"order": None}
        given = sum(float(_shop(refund["totalRefundedSet"])) for refund in order["refunds"])
        left = money(float(_shop(order["totalPriceSet"])) - given)
        payment = {
            "gateway": "shopify_payments",
            "amountSet": left,
            "parentTransaction": {"id": "gid://shopify/OrderTransaction/1"},
        }
        suggested = {"maximumRefundableSet": left, "suggestedTransactions": [payment]}
        return {"order": order | {"suggestedRefund": suggested}}

    def _Refunds(self, id: str) -> dict:
        return {"order": self.orders.get(_number(id))}

    def _Refund(self, input: dict, key: str) -> dict:
        return {"refundCreate": self._once(key, input, self._refunded)}

    def _refunded(self, input: dict) -> dict:
        order = self.orders[_number(input["orderId"])]
        total = sum(float(payment["amount"]) for payment in input["transactions"])
        if total > float(
            _shop(self._Refundable(order["id"])["order"]["suggestedRefund"]["maximumRefundableSet"])
        ):
            return _refused(["transactions"], "Refund amount is more than what is left")
        made = {
            "id": f"gid://shopify/Refund/{next(self.ids)}",
            "note": input["note"],
            "totalRefundedSet": money(total),
        }
        order["refunds"].append(made)
        return {"refund": made, "userErrors": []}

    def _once(self, key: str, input: dict, make: Callable[[dict], dict]) -> dict:
        """Do it once per key, as @idempotent promises."""
        if key in self.keys:
            before, payload = self.keys[key]
            same = before == input
            return (
                payload if same else _refused(None, "Other parameters", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
            )
        payload = make(input)
        if not payload["userErrors"]:
            self.keys[key] = (deepcopy(input), payload)
        return payload

    # --- orders, stock, discounts
    def _NewOrder(self, order: dict, options: dict) -> dict:
        if not order["lineItems"]:
            return {"orderCreate": _refused(["order", "lineItems"], "Line items must have at least one")}
        number = str(next(self.ids))
        prices = [line.get("priceSet", money("10.00")) for line in order["lineItems"]]
        total = sum(
            float(_shop(price)) * line["quantity"]
            for price, line in zip(prices, order["lineItems"], strict=True)
        )
        made = {
            "id": f"gid://shopify/Order/{number}",
            "name": f"#{number}",
            "tags": order["tags"],
            "totalPriceSet": money(total),
            "refunds": [],
            "updatedAt": "2026-03-10T00:00:00Z",
            "input": order,
        }
        self.orders[number] = made
        return {"orderCreate": {"order": made, "userErrors": []}}

    def _FindOrder(self, query: str) -> dict:
        tag = re.search(r"tag:'([^']+)'", query)[1]
        found = [order for order in self.orders.values() if tag in order.get("tags", [])]
        return {"orders": {"nodes": found}}

    def _Adjust(self, input: dict, key: str) -> dict:
        return {"inventoryAdjustQuantities": self._once(key, input, self._adjusted)}

    def _adjusted(self, input: dict) -> dict:
        (change,) = input["changes"]
        level = self.levels[_number(change["inventoryItemId"]), _number(change["locationId"])]
        (quantity,) = level["quantities"]
        if change["changeFromQuantity"] not in (None, quantity["quantity"]):
            return _refused(["input"], "The quantity is stale", "CHANGE_FROM_QUANTITY_STALE")
        quantity["quantity"] += change["delta"]
        return {
            "inventoryAdjustmentGroup": {"id": f"gid://shopify/InventoryAdjustmentGroup/{next(self.ids)}"},
            "userErrors": [],
        }

    def _Level(self, item: str, place: str) -> dict:
        return {"inventoryItem": {"inventoryLevel": self.levels[_number(item), _number(place)]}}

    def _NewDiscount(self, discount: dict) -> dict:
        code = discount["code"].lower()
        if code in self.discounts:
            return {"discountCodeBasicCreate": _refused(["code"], "Code must be unique", "TAKEN")}
        node = {"id": f"gid://shopify/DiscountCodeNode/{next(self.ids)}", "codeDiscount": discount}
        self.discounts[code] = node
        return {"discountCodeBasicCreate": {"codeDiscountNode": node, "userErrors": []}}

    def _FindDiscount(self, code: str) -> dict:
        return {"codeDiscountNodeByCode": self.discounts.get(code.lower())}


def money(amount: Any, currency: str = "USD") -> dict:
    """Return a MoneyBag in one currency."""
    both = {"amount": f"{float(amount):.2f}", "currencyCode": currency}
    return {"shopMoney": both, "presentmentMoney": both}


def _shop(bag: dict) -> str:
    return bag["shopMoney"]["amount"]


def _number(gid: str) -> str:
    return gid.rpartition("/")[2]


def _coded(message: str, code: str) -> dict:
    return {"message": message, "extensions": {"code": code}}


def _refused(field: list[str] | None, message: str, code: str = "INVALID") -> dict:
    return {"userErrors": [{"field": field, "message": message, "code": code}]}


def _page(rows: list, first: int, after: str | None) -> dict:
    start = int(after or 0)
    more = start + first < len(rows)
    info = {"hasNextPage": more, "endCursor": str(start + first) if rows else None}
    return {"nodes": [dict(row) for row in rows[start : start + first]], "pageInfo": info}
