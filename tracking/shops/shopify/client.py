"""
Shopify's Admin API (GraphQL): https://shopify.dev/docs/api/admin-graphql.

Keys: refundCreate and inventoryAdjustQuantities take ours (@idempotent, kept by Shopify for a limited time);
orderCreate and discounts take none. So our mark is also left in the thing made (a refund's note, an order's
tag and source identifier; a discount is known by its code), and looked for before anything is made again.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from config.lib import guarded, money
from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.reading import Record
from tracking.shops import calls
from tracking.shops.base import AddressData, Fact
from tracking.shops.client import (
    Ability,
    Done,
    NewDiscount,
    NewLine,
    NewOrder,
    Page,
    RefundOrder,
    ShopClient,
    ShopCredentials,
    ShopError,
    StockChange,
    mark,
)
from tracking.shops.shopify import graphql_questions as questions
from tracking.shops.shopify.client_reading import Reader
from tracking.shops.shopify.graphql import LABEL, Graph, Sleep, codes_of, refuse
from tracking.shops.shopify.graphql_bodies import amount, gid, nodes, number

_SOURCE = "porchlight"


class ShopifyClient(ShopClient):
    """One Shopify store, by the access token of an app installed in it (`credentials.secret`)."""

    code = "shopify"
    label = LABEL
    can = frozenset({Ability.PULL, Ability.REFUND, Ability.ORDER, Ability.STOCK, Ability.DISCOUNT})
    # A new order is found by its tag only when Shopify's search has taken it in.
    sure_after = timedelta(minutes=5)

    def __init__(
        self, credentials: ShopCredentials, http: requests.Session | None = None, sleep: Sleep = time.sleep
    ) -> None:
        super().__init__(credentials, http)
        self._sleep = sleep
        self._graph: Graph | None = None
        self._reader: Reader | None = None

    @property
    def graph(self) -> Graph:
        """The way to the shop. Raises: ShopError when the credentials cannot be right."""
        if self._graph is None:
            self.http = self.http or guarded.guarded_session()
            self._graph = Graph(self.credentials.url, self.credentials.secret, self.http, self._sleep)
        return self._graph

    @property
    def reader(self) -> Reader:
        """What asks for pages."""
        if self._reader is None:
            self._reader = Reader(self.graph, self.credentials.currency)
        return self._reader

    @calls.understood(effect=False)
    def check(self) -> str:
        """See ShopClient.check."""
        shop = reading.optional(self.graph.ask(questions.SHOP, {}).get("shop"), "shop")
        return reading.text(shop.get("name"), "name") or self.label

    def fetch_orders(self, external_ids: Sequence[str]) -> Mapping[str, tuple[Fact, ...]]:
        """See ShopClient.fetch_orders."""
        return self.reader.orders(external_ids)

    def changed(self, what: str, *, since: datetime, until: datetime, cursor: str = "") -> Page:
        """See ShopClient.changed."""
        return self.reader.changed(what, since, until, cursor)

    # --- refunds
    @calls.understood(effect=True)
    def refund(self, wanted: RefundOrder, *, key: str) -> Done:
        """
        Give money back to the payments it came from, as Shopify suggests to split it.

        An order that was paid in another currency than the shop's own is left to a person.
        """
        order = self._order(questions.REFUNDABLE, wanted.order_external_id)
        made = _refund_in(order, key)
        if made is not None:
            return made
        paid_in = order.get("presentmentCurrencyCode") or order.get("currencyCode")
        if {paid_in, order.get("currencyCode")} != {wanted.currency}:
            raise ShopError("it was not paid in the shop's currency: refund it in Shopify", permanent=True)
        payload = self._do(
            questions.REFUND,
            "refundCreate",
            {
                "key": key,
                "input": _refund_input(wanted, key, _payments(order, wanted) if wanted.pays else []),
            },
        )
        return _done(payload.get("refund"), wanted.currency, "totalRefundedSet", wanted.amount_minor)

    @calls.understood(effect=False)
    def find_refund(self, order_external_id: str, *, key: str) -> Done | None:
        """See ShopClient.find_refund."""
        return _refund_in(self._order(questions.REFUNDS, order_external_id), key)

    def _order(self, question: str, external_id: str) -> Record:
        told = self.graph.ask(question, {"id": gid("Order", external_id)})
        if told.get("order") is None:
            raise ShopError(f"{self.label} has no order {external_id}", permanent=True)
        return reading.record(told["order"], "the order")

    # --- orders
    @calls.understood(effect=True)
    def create_order(self, wanted: NewOrder, *, key: str) -> Done:
        """Make an order; stock is taken whatever the variant's policy, and the shop mails nothing."""
        found = self.find_order(key=key)
        if found is not None:
            return found
        options = {"inventoryBehaviour": "DECREMENT_IGNORING_POLICY", "sendReceipt": False}
        payload = self._do(
            questions.NEW_ORDER, "orderCreate", {"order": _order_input(wanted, key), "options": options}
        )
        return _done(payload.get("order"), wanted.currency, "totalPriceSet", 0)

    @calls.understood(effect=False)
    def find_order(self, *, key: str) -> Done | None:
        """See ShopClient.find_order; `sure_after` says when no answer means no order."""
        told = self.graph.ask(questions.FIND_ORDER, {"query": f"tag:'{mark(key)}'"})
        for order in nodes(told.get("orders"), "orders"):
            if mark(key) in reading.texts(order.get("tags"), "tags"):
                return _done(order, self.credentials.currency, "totalPriceSet", 0)
        return None

    # --- stock
    @calls.understood(effect=True)
    def adjust_stock(self, change: StockChange, *, key: str) -> Done:
        """Add to what a location can sell, only from what was expected where that is said."""
        item, place = (
            gid("InventoryItem", change.inventory_item_id),
            gid("Location", change.location_external_id),
        )
        wanted = {
            "name": "available",
            "reason": change.reason,
            "referenceDocumentUri": f"gid://{_SOURCE}/StockChange/{key}",
            "changes": [
                {
                    "delta": change.delta,
                    "inventoryItemId": item,
                    "locationId": place,
                    "changeFromQuantity": change.expected,
                }
            ],
        }
        told = self.graph.ask(questions.ADJUST, {"input": wanted, "key": key}, effect=True)
        payload = _payload(told, "inventoryAdjustQuantities")
        stale = "CHANGE_FROM_QUANTITY_STALE" in codes_of(payload) and change.expected is not None
        if stale and self._available(item, place) == (change.expected or 0) + change.delta:
            return Done(key)  # the first try had been carried out
        refuse(payload)
        group = reading.optional(payload.get("inventoryAdjustmentGroup"), "inventoryAdjustmentGroup")
        return Done(number(group.get("id")) or key)

    def _available(self, item: str, place: str) -> int | None:
        told = self.graph.ask(questions.LEVEL, {"item": item, "place": place})
        stocked = reading.optional(told.get("inventoryItem"), "inventoryItem")
        level = reading.optional(stocked.get("inventoryLevel"), "inventoryLevel")
        counts = reading.records(level.get("quantities"), "quantities")
        return next((count.get("quantity") for count in counts if count.get("name") == "available"), None)

    # --- discounts
    @calls.understood(effect=True)
    def create_discount(self, wanted: NewDiscount, *, key: str) -> Done:
        """Make a discount code. A code that is taken is ours when it has our title."""
        told = self.graph.ask(
            questions.NEW_DISCOUNT, {"discount": _discount_input(wanted, self.credentials)}, effect=True
        )
        payload = _payload(told, "discountCodeBasicCreate")
        if "TAKEN" in codes_of(payload):
            found = self.find_discount(wanted.code)
            if found is not None and found.name == wanted.title:
                return found
        refuse(payload)
        node = reading.optional(payload.get("codeDiscountNode"), "codeDiscountNode")
        return Done(number(node.get("id")) or "", wanted.title)

    @calls.understood(effect=False)
    def find_discount(self, code: str) -> Done | None:
        """See ShopClient.find_discount."""
        told = self.graph.ask(questions.FIND_DISCOUNT, {"code": code})
        node = reading.optional(told.get("codeDiscountNodeByCode"), "codeDiscountNodeByCode")
        if not node:
            return None
        title = reading.optional(node.get("codeDiscount"), "codeDiscount").get("title")
        return Done(number(node.get("id")) or "", reading.text(title, "title"))

    def _do(self, question: str, name: str, variables: Mapping[str, Any]) -> Record:
        payload = _payload(self.graph.ask(question, variables, effect=True), name)
        refuse(payload)
        return payload


# --- what is sent
def _payments(order: Record, wanted: RefundOrder) -> list[Record]:
    """Split the sum over the payments that still have something to give. Raises: ShopError for more."""
    suggested = reading.optional(order.get("suggestedRefund"), "suggestedRefund")
    found, left = [], wanted.amount_minor
    for payment in reading.records(suggested.get("suggestedTransactions"), "suggestedTransactions"):
        has = reading.amount(amount(payment.get("amountSet")), wanted.currency, "a payment")
        part = min(has, left)
        if part <= 0:
            continue
        left -= part
        parent = reading.optional(payment.get("parentTransaction"), "parentTransaction").get("id")
        found.append(
            {
                "orderId": gid("Order", wanted.order_external_id),
                "kind": "REFUND",
                "gateway": payment.get("gateway"),
                "parentId": parent,
                "amount": _written(part, wanted.currency),
            }
        )
    if left:
        most = money.Money(wanted.amount_minor - left, wanted.currency)
        raise ShopError(f"the shop can give back no more than {most} of this order", permanent=True)
    return found


def _refund_input(wanted: RefundOrder, key: str, payments: list[Record]) -> Record:
    lines = []
    for line_id, quantity, restock in wanted.lines:
        line: Record = {"lineItemId": gid("LineItem", line_id), "quantity": quantity}
        back = restock and bool(wanted.location_external_id)
        line["restockType"] = "RETURN" if back else "NO_RESTOCK"
        if back:
            line["locationId"] = gid("Location", wanted.location_external_id)
        lines.append(line)
    made: Record = {
        "orderId": gid("Order", wanted.order_external_id),
        "note": f"{wanted.note} [{mark(key)}]".strip(),
        "notify": wanted.notify,
        "refundLineItems": lines,
        "transactions": payments,
    }
    if wanted.shipping_minor:
        made["shipping"] = {"amount": _written(wanted.shipping_minor, wanted.currency)}
    return made


def _order_input(wanted: NewOrder, key: str) -> Record:
    made: Record = {
        "currency": wanted.currency,
        "email": wanted.email or None,
        "phone": wanted.phone or None,
        "note": wanted.note or None,
        "tags": [*wanted.tags, mark(key)],
        "sourceIdentifier": mark(key),
        "financialStatus": "PAID" if wanted.paid else "PENDING",
        "lineItems": [_line_input(line, wanted.currency) for line in wanted.lines],
        "shippingAddress": _address_input(wanted.ship_to),
    }
    if wanted.customer_external_id:
        made["customer"] = {"toAssociate": {"id": gid("Customer", wanted.customer_external_id)}}
    return {name: value for name, value in made.items() if value is not None}


def _line_input(line: NewLine, currency: str) -> Record:
    made: Record = {
        "variantId": gid("ProductVariant", line.variant_external_id),
        "quantity": line.quantity,
        "requiresShipping": True,
    }
    if line.price_minor is not None:
        price = {"amount": _written(line.price_minor, currency), "currencyCode": currency}
        made["priceSet"] = {"shopMoney": price}
    return made


def _address_input(to: AddressData) -> Record:
    first, _, last = to.name.rpartition(" ")
    lines = (*to.lines, "", "")
    named = {
        "firstName": first,
        "lastName": last,
        "address1": lines[0],
        "address2": ", ".join(line for line in lines[1:] if line),
        "city": to.city,
        "provinceCode": to.region,
        "zip": to.postcode,
        "countryCode": to.country,
    }
    return {name: value for name, value in named.items() if value}


def _discount_input(wanted: NewDiscount, credentials: ShopCredentials) -> Record:
    currency = wanted.currency or credentials.currency
    value: Record = {"percentage": wanted.percent / 100}
    if not wanted.percent:
        off = _written(wanted.amount_minor, currency)
        value = {"discountAmount": {"amount": off, "appliesOnEachItem": False}}
    made: Record = {
        "title": wanted.title,
        "code": wanted.code,
        "startsAt": _when(wanted.starts_at),
        "endsAt": _when(wanted.ends_at) if wanted.ends_at else None,
        "usageLimit": wanted.uses,
        "appliesOncePerCustomer": wanted.once_per_customer,
        "context": {"all": "ALL"},
        "customerGets": {"items": {"all": True}, "value": value},
    }
    if wanted.minimum_minor:
        least = _written(wanted.minimum_minor, currency)
        made["minimumRequirement"] = {"subtotal": {"greaterThanOrEqualToSubtotal": least}}
    return made


def _written(minor: int, currency: str) -> str:
    return str(money.major(minor, currency))


def _when(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- what comes back
def _payload(told: Record, name: str) -> Record:
    """Return what a mutation answers. Without it nobody knows what became of it."""
    payload = told.get(name)
    if not isinstance(payload, dict):
        raise ShopError(f"{LABEL} did not say what became of it", unknown=True)
    return payload


def _refund_in(order: Record, key: str) -> Done | None:
    currency = reading.text(order.get("currencyCode"), "currencyCode")
    for refund in reading.records(order.get("refunds"), "refunds"):
        if mark(key) in reading.text(refund.get("note"), "note", 5000):
            return _done(refund, currency, "totalRefundedSet", 0)
    return None


def _done(node: Any, currency: str, bag: str, otherwise: int) -> Done:
    """Return what was made. Raises: ShopError (unknown) when the answer does not name it."""
    try:
        made = reading.record(node, "what was made")
        total = amount(made.get(bag))
        return Done(
            external_id=number(reading.identifier(made.get("id"), "its id")) or "",
            name=reading.text(made.get("name"), "name", 120),
            amount_minor=otherwise if total is None else reading.amount(total, currency, "its sum"),
        )
    except BadPayload as exc:
        raise ShopError(f"{LABEL}'s answer could not be read: {exc}", unknown=True) from exc
