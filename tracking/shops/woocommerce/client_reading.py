"""Asking WooCommerce what there is and what changed: its REST bodies are those of its webhooks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tracking.carriers.base import BadPayload
from tracking.reading import Record
from tracking.shops.asked import aged
from tracking.shops.base import Fact, OrderData, RefundData
from tracking.shops.calls import Reply
from tracking.shops.client import Page, ShopError, Unreadable
from tracking.shops.woocommerce import php
from tracking.shops.woocommerce.catalogue import product
from tracking.shops.woocommerce.orders import order
from tracking.shops.woocommerce.people import customer
from tracking.shops.woocommerce.refunds import refund

PER_PAGE = 20  # orders with refunds and products with variations take a call each
MOST_PAGES = 40  # of one product's variations

Get = Callable[[str, Mapping[str, Any]], Reply]


class Reader:
    """Pages of facts from one shop. `get` asks for a path with parameters; `read` takes its JSON."""

    def __init__(self, get: Get, read: Callable[[Reply], Any], currency: str) -> None:
        self._get = get
        self._read = read
        self._currency = currency

    def changed(self, what: str, since: datetime, cursor: str) -> Page:
        """
        See ShopClient.changed. The cursor is the number of a page, by id.

        There is no upper end in time: what changes meanwhile would leave such a list and move others off the
        pages that are still to come.
        """
        page = int(cursor or 1)
        if what == "customers":
            return self._customers(since, page)
        if what not in ("orders", "refunds", "products"):
            raise ShopError(f"WooCommerce has no list of {what}", permanent=True)
        path = "products" if what == "products" else "orders"
        asked: dict[str, Any] = {
            "modified_after": _written(since),
            "dates_are_gmt": "true",
            "orderby": "id",
            "order": "asc",
            "per_page": PER_PAGE,
            "page": page,
            "status": "any",
        }
        reply = self._get(path, asked)
        found = self._list(reply)
        facts: list[Fact] = []
        for told in found:
            facts += self._product(told) if what == "products" else self._order(told)
        if what == "refunds":
            facts = [fact for fact in facts if isinstance(fact, RefundData | Unreadable)]
        return Page(tuple(facts), _next(reply, page, len(found)))

    def orders(self, external_ids: Sequence[str]) -> Mapping[str, tuple[Fact, ...]]:
        """See ShopClient.fetch_orders. One in the shop's bin is not among its orders."""
        wanted = list(dict.fromkeys(one for one in external_ids if one.isascii() and one.isdecimal()))
        if not wanted:
            return {}
        asked = {"include": ",".join(wanted), "per_page": len(wanted), "status": "any"}
        found: dict[str, tuple[Fact, ...]] = dict.fromkeys(wanted, ())
        for told in self._list(self._get("orders", asked)):
            named = str(told.get("id"))
            if named in found:
                found[named] = tuple(self._order(told))
        return found

    def _customers(self, since: datetime, page: int) -> Page:
        """
        List those who registered since then, newest first.

        WooCommerce has no list of changed customers: changes come with their next order.
        """
        asked = {"orderby": "registered_date", "order": "desc", "per_page": PER_PAGE, "page": page}
        reply = self._get("customers", asked)
        facts: list[Fact] = []
        found = self._list(reply)
        for told in found:
            made_at = _made_at(told)
            if made_at is not None and made_at < since:
                return Page(tuple(facts))
            facts += _one("customer", told, lambda node: customer(node, self._currency))
        return Page(tuple(facts), _next(reply, page, len(found)))

    def _order(self, told: Record) -> list[Fact]:
        facts = _one("order", told, lambda node: order(node, self._currency))
        made = next((fact for fact in facts if isinstance(fact, OrderData)), None)
        named = told.get("refunds")
        if made is None or not named:
            return facts
        reply = self._get(f"orders/{made.external_id}/refunds", {"per_page": 100})
        if reply.status == 404:
            return facts
        for entry in self._list(reply):
            facts += _one("refund", entry, lambda node: [refund(node, made.external_id, made.currency)])
        return facts

    def _product(self, told: Record) -> list[Fact]:
        facts = _one("product", told, lambda node: product(node, self._currency))
        if not told.get("variations"):
            return facts
        for page in range(1, MOST_PAGES + 1):
            reply = self._get(f"products/{told.get('id')}/variations", {"per_page": 100, "page": page})
            if reply.status == 404:
                break
            found = self._list(reply)
            for variation in found:
                as_told = variation | {"type": "variation"}
                facts += _one("stock", as_told, lambda node: product(node, self._currency))
            if not _next(reply, page, len(found), 100):
                break
        return facts

    def _list(self, reply: Reply) -> list[Record]:
        if reply.status == 404:
            raise ShopError("WooCommerce's API is not at this address", permanent=True, denied=True)
        try:
            return php.records(self._read(reply), "the answer")
        except BadPayload as exc:
            raise ShopError(f"WooCommerce's answer could not be read: {exc}") from exc


def _one(kind: str, told: Record, read: Callable[[Record], Sequence[Fact]]) -> list[Fact]:
    """Translate one thing; one that cannot be read says so and leaves the others alone."""
    try:
        return [aged(fact) for fact in read(told)]
    except BadPayload as exc:
        return [Unreadable(str(exc), kind=kind, external_id=str(told.get("id"))[:64])]


def _made_at(told: Record) -> datetime | None:
    try:
        return php.moment(told, "date_created")
    except BadPayload:
        return None


def _next(reply: Reply, page: int, found: int, per_page: int = PER_PAGE) -> str:
    """Return the number of the next page, '' after the last."""
    total = reply.headers.get("x-wp-totalpages", "")
    more = page < int(total) if total.isascii() and total.isdigit() else found >= per_page
    return str(page + 1) if more else ""


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
