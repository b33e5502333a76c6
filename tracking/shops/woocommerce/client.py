"""
WooCommerce's REST API, version 3: https://woocommerce.github.io/woocommerce-rest-api-docs/.

It knows no idempotency keys, so every key is left in what was made (meta data; for refunds in the reason too,
which is written before the money moves), and looked for before anything is made again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import requests

from config.lib import guarded
from tracking import reading
from tracking.reading import Record
from tracking.shops import calls
from tracking.shops.base import Fact
from tracking.shops.calls import Reply, understood
from tracking.shops.client import (
    Ability,
    Done,
    NewDiscount,
    NewOrder,
    Page,
    RefundOrder,
    ShopClient,
    ShopCredentials,
    ShopError,
    StockChange,
    mark,
)
from tracking.shops.woocommerce import client_writing as writing
from tracking.shops.woocommerce import php
from tracking.shops.woocommerce.client_reading import Reader

LABEL = "WooCommerce"
API = "/wp-json/wc/v3/"
# How many of the newest orders are looked through for one of ours: meta data cannot be searched for.
LOOKED_THROUGH = 5  # pages of 100


class WooCommerceClient(ShopClient):
    """One WooCommerce shop, by a REST API key with read and write access."""

    code = "woocommerce"
    label = LABEL
    can = frozenset({Ability.PULL, Ability.REFUND, Ability.ORDER, Ability.STOCK, Ability.DISCOUNT})
    pulls = ("products", "customers", "orders")  # stock stands in products
    tells_removed_refunds = False  # woocommerce#26532

    def __init__(self, credentials: ShopCredentials, http: requests.Session | None = None) -> None:
        super().__init__(credentials, http)
        self._reader = Reader(self._get, partial(self._json, effect=False), credentials.currency)

    @understood(effect=False)
    def check(self) -> str:
        """See ShopClient.check."""
        self._found(self._get("orders", {"per_page": 1}))
        index = self._json(self._call("GET", "/wp-json/", params={"_fields": "name"}), effect=False)
        return reading.text(reading.record(index, "the index").get("name"), "name") or self.label

    @understood(effect=False)
    def fetch_orders(self, external_ids: Sequence[str]) -> Mapping[str, tuple[Fact, ...]]:
        """See ShopClient.fetch_orders."""
        return self._reader.orders(external_ids)

    @understood(effect=False)
    def changed(self, what: str, *, since: datetime, until: datetime, cursor: str = "") -> Page:
        """See ShopClient.changed."""
        return self._reader.changed(what, since, cursor)

    # --- refunds
    @understood(effect=True)
    def refund(self, wanted: RefundOrder, *, key: str) -> Done:
        """
        Give money back through the order's payment gateway.

        Items are put back on sale only when all of `lines` shall be: WooCommerce knows no other choice.
        """
        made = self.find_refund(wanted.order_external_id, key=key)
        if made is not None:
            return made
        path = f"orders/{_id(wanted.order_external_id)}"
        order = reading.record(self._found(self._get(path, {})), "the order")
        theirs = reading.currency(order.get("currency"), "currency")
        if theirs and theirs != wanted.currency:
            raise ShopError(f"the order is in {theirs}, not in {wanted.currency}", permanent=True)
        told = self._post(f"{path}/refunds", writing.refund(wanted, order, key))
        return _done(told, "amount", wanted.currency, name="")

    @understood(effect=False)
    def find_refund(self, order_external_id: str, *, key: str) -> Done | None:
        """See ShopClient.find_refund."""
        found = self._found(self._get(f"orders/{_id(order_external_id)}/refunds", {"per_page": 100}))
        for told in php.records(found, "refunds"):
            reason = reading.text(told.get("reason"), "reason", 5000)
            if mark(key) in reason or _marked(told, key):
                return _done(told, "amount", self.credentials.currency, name="")
        return None

    # --- orders
    @understood(effect=True)
    def create_order(self, wanted: NewOrder, *, key: str) -> Done:
        """Make an order; paid ones are processed at once, which mails the buyer as the shop is set up to."""
        made = self.find_order(key=key)
        if made is not None:
            return made
        told = self._post("orders", writing.order(wanted, key))
        return _done(told, "total", wanted.currency)

    @understood(effect=False)
    def find_order(self, *, key: str) -> Done | None:
        """Look through the newest 500 orders for one that was made with `key`."""
        for page in range(1, LOOKED_THROUGH + 1):
            asked = {"orderby": "id", "order": "desc", "per_page": 100, "page": page, "status": "any"}
            found = php.records(self._found(self._get("orders", asked)), "orders")
            for told in found:
                if _marked(told, key):
                    return _done(told, "total", self.credentials.currency)
            if len(found) < 100:
                break
        return None

    # --- stock
    @understood(effect=True)
    def adjust_stock(self, change: StockChange, *, key: str) -> Done:
        """
        Read how many there are, add, write it back.

        This is not atomic: a sale between the two calls is overwritten. `expected` narrows the gap; the
        product remembers the key of our last change, so that the same one is not made twice.
        """
        path = self._stocked(change)
        told = reading.record(self._found(self._get(path, {})), "the product")
        if _marked(told, key):
            return Done(key)
        if told.get("manage_stock") is not True:
            raise ShopError("the shop does not count the stock of this product", permanent=True)
        there = reading.whole(told.get("stock_quantity"), "stock_quantity")
        if change.expected is not None and there != change.expected:
            raise ShopError(
                f"there are {there} of it by now, not {change.expected}: nothing was changed", permanent=True
            )
        wanted = {"stock_quantity": there + change.delta, "meta_data": [writing.meta(key)]}
        self._json(self._call("PUT", API + path, effect=True, json=wanted), effect=True)
        return Done(key)

    def _stocked(self, change: StockChange) -> str:
        """Return the path of what is stocked: a product, or a variation under its product."""
        item = _id(change.inventory_item_id or change.variant_external_id or change.product_external_id)
        parent = change.product_external_id
        if not parent:
            told = reading.record(self._found(self._get(f"products/{item}", {})), "the product")
            parent = php.linked(told.get("parent_id"), "parent_id")
        return f"products/{item}" if parent in ("", item) else f"products/{_id(parent)}/variations/{item}"

    # --- discounts
    @understood(effect=True)
    def create_discount(self, wanted: NewDiscount, *, key: str) -> Done:
        """Make a coupon. It can be used at once: WooCommerce's coupons have an end and no beginning."""
        found = self._coupon(wanted.code)
        if found is not None:
            if not _marked(found, key):
                raise ShopError(f"the code {wanted.code} is taken", permanent=True)
            return Done(reading.identifier(found.get("id"), "id"), wanted.code)
        told = reading.record(
            self._post("coupons", writing.coupon(wanted, key, self.credentials)), "the coupon"
        )
        return Done(reading.identifier(told.get("id"), "id"), wanted.code)

    @understood(effect=False)
    def find_discount(self, code: str) -> Done | None:
        """See ShopClient.find_discount."""
        found = self._coupon(code)
        return Done(reading.identifier(found.get("id"), "id"), code) if found else None

    def _coupon(self, code: str) -> Record | None:
        found = php.records(self._found(self._get("coupons", {"code": code})), "coupons")
        same = (told for told in found if str(told.get("code", "")).casefold() == code.casefold())
        return next(same, None)

    # --- asking
    def _get(self, path: str, params: Mapping[str, Any]) -> Reply:
        return self._call("GET", API + path, params=dict(params))

    def _post(self, path: str, body: Record) -> Any:
        reply = self._call("POST", API + path, effect=True, json=body)
        return self._found(reply, effect=True)

    def _call(self, method: str, path: str, *, effect: bool = False, **what: Any) -> Reply:
        key, secret = self.credentials.key.strip(), self.credentials.secret.strip()
        if not (key.isascii() and secret.isascii() and key and secret):
            raise ShopError(f"the API key for {LABEL} is missing or damaged", permanent=True, denied=True)
        url = calls.origin(self.credentials.url, LABEL) + path
        self.http = self.http or guarded.guarded_session()
        hide = (key, secret)
        return calls.send(
            self.http,
            LABEL,
            method,
            url,
            effect=effect,
            hide=hide,
            judge=_judge,
            auth=(key, secret),
            **what,
        )

    def _found(self, reply: Reply, *, effect: bool = False) -> Any:
        """Return the JSON of a reply. Raises: ShopError when there is nothing at that address."""
        if reply.status == 404:
            said = calls.error_words(reply.body) or "not found"
            nowhere = b"rest_no_route" in reply.body or not reply.body.lstrip().startswith(b"{")
            raise ShopError(f"{LABEL}: {said}", permanent=True, denied=nowhere)
        return self._json(reply, effect=effect)

    def _json(self, reply: Reply, *, effect: bool) -> Any:
        return calls.document(reply, LABEL, effect=effect)


def _judge(reply: Reply) -> ShopError | None:
    """
    Tell a refund that was refused (a 500 to WooCommerce) from a shop in trouble.

    Its gateway said no, or did not answer WooCommerce: either way a person has to look, not a machine again.
    """
    if b"woocommerce_rest_cannot_create_order_refund" not in reply.body:
        return None
    words = calls.error_words(reply.body)
    return ShopError(f"{LABEL} did not refund: {words}", permanent=True)


def _id(external_id: str) -> str:
    """Return an id that is safe in a path. Raises: ShopError."""
    if not (external_id.isascii() and external_id.isdecimal()):
        raise ShopError(f"{external_id[:40]!r} is not an id of this shop", permanent=True)
    return external_id


def _marked(told: Record, key: str) -> bool:
    return any(
        meta.get("key") == writing.META and meta.get("value") == key
        for meta in php.records(told.get("meta_data"), "meta_data")
    )


def _done(told: Any, total: str, currency: str, *, name: str | None = None) -> Done:
    made = reading.record(told, "what was made")
    code = reading.currency(made.get("currency"), "currency") or currency
    number = reading.text(made.get("number"), "number", 60) if name is None else name
    return Done(
        external_id=reading.identifier(made.get("id"), "its id"),
        name=number,
        amount_minor=abs(reading.amount(made.get(total), code, total)),
    )
