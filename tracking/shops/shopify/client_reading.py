"""Asking Shopify what there is and what changed."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.reading import Record
from tracking.shops.asked import aged
from tracking.shops.base import Fact, RefundData
from tracking.shops.client import Page, ShopError, Unreadable
from tracking.shops.shopify import graphql_bodies as bodies
from tracking.shops.shopify import graphql_questions as questions
from tracking.shops.shopify.catalogue import product, stock
from tracking.shops.shopify.graphql import Graph, TooCostly
from tracking.shops.shopify.orders import order
from tracking.shops.shopify.people import customer

# How much of one thing is asked for with its page. With these, a page stays below the price of a question.
LINES = 10
PARTS = 3  # parcels and refunds of an order
VARIANTS = 25
SIZES = {"lines": LINES, "parts": PARTS, "packed": LINES}
PAGES = {"orders": 4, "products": 3, "customers": 50, "stock": 100, "fulfillments": 20}
_MOST_LINES = {"fulfillment": 250, "refund": 100}
_MOST_PAGES = 60  # of one order's lines or one product's variants


class Reader:
    """Pages of facts from one shop. Pages shrink by themselves when a question gets too costly."""

    def __init__(self, graph: Graph, currency: str) -> None:
        self._graph = graph
        self._currency = currency
        self._first = dict(PAGES)

    def changed(self, what: str, since: datetime, until: datetime, cursor: str) -> Page:
        """See ShopClient.changed."""
        span = f"updated_at:>='{_written(since)}' AND updated_at:<='{_written(until)}'"
        if what == "orders":
            return self._page(questions.ORDERS, "orders", span, cursor, self._order_facts, SIZES)
        if what == "refunds":
            page = self._page(questions.ORDERS, "orders", span, cursor, self._order_facts, SIZES)
            wanted = tuple(fact for fact in page.facts if isinstance(fact, RefundData | Unreadable))
            return Page(wanted, page.cursor)
        if what == "products":
            return self._page(
                questions.PRODUCTS, "products", span, cursor, self._product_facts, {"variants": VARIANTS}
            )
        if what == "customers":
            return self._page(questions.CUSTOMERS, "customers", span, cursor, self._customer_facts, {})
        if what == "stock":
            return self._stock(span, cursor)
        raise ShopError(f"Shopify has no list of {what}", permanent=True)

    def orders(self, external_ids: Sequence[str]) -> Mapping[str, tuple[Fact, ...]]:
        """See ShopClient.fetch_orders."""
        wanted = list(dict.fromkeys(one for one in external_ids if one.isascii() and one.isdecimal()))
        found: dict[str, tuple[Fact, ...]] = {}
        while len(found) < len(wanted):
            some = wanted[len(found) : len(found) + self._first["orders"]]
            try:
                found |= self._some_orders(some)
            except TooCostly:
                if self._first["orders"] == 1:
                    raise
                self._first["orders"] = max(self._first["orders"] // 2, 1)
        return found

    def _some_orders(self, wanted: Sequence[str]) -> dict[str, tuple[Fact, ...]]:
        ids = [bodies.gid("Order", external_id) for external_id in wanted]
        found = self._graph.ask(questions.ORDERS_BY_ID, {"ids": ids, **SIZES}).get("nodes")
        if not isinstance(found, list) or len(found) != len(wanted):
            raise ShopError("Shopify's answer could not be read: it is about other orders")
        return {
            external_id: self._order_facts(node) if isinstance(node, dict) and node.get("id") else ()
            for external_id, node in zip(wanted, found, strict=True)
        }

    # --- pages
    def _page(
        self,
        question: str,
        what: str,
        span: str,
        cursor: str,
        read: Callable[[Record], Sequence[Fact]],
        sizes: Mapping[str, int],
    ) -> Page:
        told = self._sized(what, question, {"query": span, "after": cursor or None, **sizes})
        try:
            connection = reading.record(told.get(what), what)
            facts = [fact for node in bodies.nodes(connection, what) for fact in read(node)]
            withheld = bodies.withheld(connection)
            if withheld:
                facts.append(
                    Unreadable(f"Shopify shows {withheld} on this page to us as nothing.", kind=what[:-1])
                )
            return Page(tuple(facts), bodies.follows(connection, what))
        except BadPayload as exc:
            raise ShopError(f"Shopify's answer could not be read: {exc}") from exc

    def _sized(self, what: str, question: str, variables: Mapping[str, Any]) -> Record:
        """Ask for a page, smaller as long as it is too costly."""
        while True:
            try:
                return self._graph.ask(question, {**variables, "first": self._first[what]})
            except TooCostly:
                if self._first[what] == 1:
                    raise
                self._first[what] = max(self._first[what] // 2, 1)

    def _stock(self, span: str, cursor: str) -> Page:
        """Return levels place by place; the cursor is [before this place, inside it]."""
        place, after = json.loads(cursor) if cursor else (None, None)
        told = self._sized("stock", questions.STOCK, {"place": place, "after": after, "query": span})
        try:
            places = reading.record(told.get("locations"), "locations")
            facts: list[Fact] = []
            inside = ""
            for location in bodies.nodes(places, "locations"):
                levels = location.get("inventoryLevels")
                for node in bodies.nodes(levels, "inventoryLevels"):
                    facts += _read("stock", node | {"location": location.get("id")}, self._level)
                inside = bodies.follows(levels, "inventoryLevels")
            beyond = bodies.follows(places, "locations")
        except BadPayload as exc:
            raise ShopError(f"Shopify's answer could not be read: {exc}") from exc
        if inside:
            return Page(tuple(facts), json.dumps([place, inside]))
        return Page(tuple(facts), json.dumps([beyond, None]) if beyond else "")

    # --- things
    def _level(self, told: Record) -> list[Fact]:
        return [aged(stock(bodies.level(told, told.get("location")), self._currency))]

    def _customer_facts(self, told: Record) -> list[Fact]:
        return _read(
            "customer", told, lambda node: [aged(customer(bodies.customer(node) or {}, self._currency))]
        )

    def _product_facts(self, told: Record) -> list[Fact]:
        return _read("product", told, self._product)

    def _product(self, told: Record) -> list[Fact]:
        whole = dict(told)
        whole["variants"] = self._rest(told, "variants", questions.MORE_VARIANTS, "product")
        return [aged(product(bodies.product(whole), self._currency))]

    def _order_facts(self, told: Record) -> tuple[Fact, ...]:
        return tuple(_read("order", told, self._order))

    def _order(self, told: Record) -> list[Fact]:
        whole = dict(told)
        whole["lineItems"] = self._rest(told, "lineItems", questions.MORE_LINES, "order")
        handed = reading.records(told.get("fulfillments"), "fulfillments")
        given = reading.records(told.get("refunds"), "refunds")
        if len(handed) >= PARTS or len(given) >= PARTS:
            all_parts = self._graph.ask(questions.PARTS, {"id": told.get("id")})
            named = reading.record(all_parts.get("order"), "the order")
            handed = _with_others(handed, reading.records(named.get("fulfillments"), "fulfillments"))
            given = _with_others(given, reading.records(named.get("refunds"), "refunds"))
        handed = self._described(handed)
        whole["fulfillments"] = [self._whole(part, "fulfillment") for part in handed]
        whole["refunds"] = [self._whole(part, "refund") for part in given]
        made = order(bodies.order(whole), self._currency)
        facts: list[Fact] = [made, *made.refunds]
        return [aged(fact) for fact in facts]

    def _rest(self, told: Record, what: str, question: str, owner: str) -> Record:
        """Return a connection of `told` with all its pages in one."""
        found = bodies.nodes(told.get(what), what)
        after = bodies.follows(told.get(what), what)
        for _ in range(_MOST_PAGES):
            if not after:
                break
            more = self._graph.ask(question, {"id": told.get("id"), "after": after})
            connection = reading.record(more.get(owner), owner).get(what)
            found += bodies.nodes(connection, what)
            after = bodies.follows(connection, what)
        return {"nodes": found}

    def _described(self, handed: list[Record]) -> list[Record]:
        """Return parcels with what is in them, those of which only the id was told asked for together."""
        bare = [part.get("id") for part in handed if "fulfillmentLineItems" not in part]
        found: dict[str, Record] = {}
        while bare:
            some = bare[: self._first["fulfillments"]]
            try:
                told = self._graph.ask(questions.FULFILLMENTS, {"ids": some, "packed": LINES})
            except TooCostly:
                if self._first["fulfillments"] == 1:
                    raise
                self._first["fulfillments"] = max(self._first["fulfillments"] // 2, 1)
                continue
            found |= {_named(part): part for part in reading.records(told.get("nodes"), "nodes")}
            bare = bare[len(some) :]
        return [found.get(_named(part), part) for part in handed]

    def _whole(self, part: Record, kind: str) -> Record:
        """Return a parcel or refund of which only the id, or only the first lines, were told."""
        lines = "fulfillmentLineItems" if kind == "fulfillment" else "refundLineItems"
        if lines in part and not bodies.goes_on(part.get(lines), lines):
            return part
        question = questions.ONE_FULFILLMENT if kind == "fulfillment" else questions.ONE_REFUND
        most = _MOST_LINES[kind]
        told = self._graph.ask(question, {"id": part.get("id"), "packed": most})
        whole = reading.record(told.get(kind), f"the {kind}")
        if bodies.goes_on(whole.get(lines), lines):
            raise BadPayload(f"a {kind} of it has more than {most} lines")
        return whole


def _with_others(first: list[Record], named: list[Record]) -> list[Record]:
    known = {_named(part) for part in first}
    return first + [part for part in named if _named(part) not in known]


def _named(part: Record) -> str:
    """Return the id of a part as text: what is sent in its place may be anything, even a list."""
    return str(part.get("id"))


def _read(kind: str, told: Record, read: Callable[[Record], list[Fact]]) -> list[Fact]:
    """Translate one thing; one that cannot be read says so and leaves the others alone."""
    try:
        return read(told)
    except BadPayload as exc:
        item = told.get("item")
        named = told.get("id") or (item.get("id") if isinstance(item, dict) else "")
        return [Unreadable(str(exc), kind=kind, external_id=str(named).rpartition("/")[2][:64])]


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
