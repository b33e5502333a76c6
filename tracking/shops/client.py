"""
What every shop platform can be asked and told: the way out, beside `base.Shop`, the way in.

No ORM, no settings, no clock: credentials are passed in. Nothing here retries what may have had an effect:
`ShopError.unknown` says that a call may have been carried out, and the caller looks it up by its key before
it asks again (docs/adding-a-shop.md).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import requests

from tracking.shops.base import AddressData, Fact, Ignored

LONGEST_MARK = 40  # of a Shopify tag


class ShopError(Exception):
    """
    A call to a shop failed; the message is for staff and holds no personal data.

    `permanent`: asking again will not help. `unknown`: it may have been carried out all the same. `begun`: it
    was taken on and is not done yet: ask again later how it stands. `undone`: it is certain that nothing came
    of it, even where it was begun.
    `retry_after`: seconds the shop asked us to wait. `denied`: it does not let us in at all (the key, not the
    question, is at fault).
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        retry_after: float | None = None,
        denied: bool = False,
        begun: bool = False,
        undone: bool = False,
    ) -> None:
        super().__init__(message)
        self.begun, self.undone = begun, undone
        self.permanent = permanent
        self.unknown = unknown
        self.retry_after = retry_after
        self.denied = denied


def mark(key: str) -> str:
    """Return the short text by which something made with `key` is recognised in the shop."""
    found = f"pl-{key}"
    return found if len(found) <= LONGEST_MARK else f"pl-{hashlib.sha256(key.encode()).hexdigest()[:36]}"


@dataclass(frozen=True)
class ShopCredentials:
    """`url`: the shop's own address (https). `key` is empty where the platform knows one secret only."""

    url: str
    key: str = ""
    secret: str = ""
    currency: str = "USD"


@dataclass(frozen=True)
class Unreadable(Ignored):
    """One thing on a page that could not be translated; the others are not lost for it."""

    kind: str = ""
    external_id: str = ""


@dataclass(frozen=True)
class Page:
    """
    Facts as the webhooks would give them, and where the next page starts ('' at the end).

    An order is followed by all its refunds. Versions are those of asked-for facts
    (tracking.versions.asked_for).
    """

    facts: tuple[Fact, ...] = ()
    cursor: str = ""


@dataclass(frozen=True)
class Done:
    """What a call made in the shop: its id there, and the shop's own words or number for it."""

    external_id: str
    name: str = ""
    amount_minor: int = 0


@dataclass(frozen=True)
class RefundOrder:
    """
    Give money back for an order. `lines` are (order line id, quantity, restock); `amount_minor` of
    `currency` is the whole sum; `shipping_minor` the part of it that is shipping. `notify`: the shop mails.
    `pays`: the shop sends the money back; without, it only writes down that it went another way.
    """

    order_external_id: str
    amount_minor: int
    currency: str
    lines: tuple[tuple[str, int, bool], ...] = ()
    shipping_minor: int = 0
    location_external_id: str = ""
    note: str = ""
    notify: bool = False
    pays: bool = True


@dataclass(frozen=True)
class NewLine:
    """One line of an order to be made. `price_minor` None: the shop's own price."""

    variant_external_id: str
    quantity: int
    product_external_id: str = ""
    price_minor: int | None = None


@dataclass(frozen=True)
class NewOrder:
    """
    An order the shop shall make: a replacement or an exchange. `paid`: nothing is left to pay. Prices in
    minor units of `currency`.
    """

    customer_external_id: str
    email: str
    currency: str
    lines: tuple[NewLine, ...]
    ship_to: AddressData
    note: str = ""
    tags: tuple[str, ...] = ()
    paid: bool = True
    phone: str = ""


@dataclass(frozen=True)
class StockChange:
    """
    Add `delta` (may be negative) to what a location can sell of one item, because of `reason`.

    `expected`: how many there were when this was decided, the same over all tries; the shop then refuses, or
    we do, when that is no longer so. None: whatever there is.
    """

    inventory_item_id: str
    location_external_id: str
    delta: int
    reason: str = "correction"
    product_external_id: str = ""
    variant_external_id: str = ""
    expected: int | None = None


@dataclass(frozen=True)
class NewDiscount:
    """
    A code shoppers can type. Either `percent` (1-100) or `amount_minor` of `currency`. `uses`: how often in
    all, None without limit.
    """

    code: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    percent: int = 0
    amount_minor: int = 0
    currency: str = ""
    uses: int | None = None
    once_per_customer: bool = True
    minimum_minor: int = 0


@dataclass(frozen=True)
class Ability:
    """The words for what a client can do; `ShopClient.can` names those it has."""

    PULL: ClassVar[str] = "pull"
    REFUND: ClassVar[str] = "refund"
    ORDER: ClassVar[str] = "order"
    STOCK: ClassVar[str] = "stock"
    DISCOUNT: ClassVar[str] = "discount"


class ShopClient:
    """
    One shop platform's API. Subclass, add a line to config/wiring.py (SHOP_CLIENTS).

    Every `key` is ours, the same over all tries of one intention; it is sent to the platform where that
    takes one and left in the made thing otherwise, so that `find_…` recognises it.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    can: ClassVar[frozenset[str]] = frozenset()
    # What `changed()` has to be asked for, in this order, to hear of everything. Orders bring their refunds.
    pulls: ClassVar[Sequence[str]] = ("products", "stock", "customers", "orders")
    # Whether the platform says so itself when a refund is deleted, or cannot delete one.
    tells_removed_refunds: ClassVar[bool] = True
    # After a call that may have been carried out, looking it up is reliable only after this long.
    sure_after: ClassVar[timedelta] = timedelta(minutes=1)

    def __init__(self, credentials: ShopCredentials, http: requests.Session | None = None) -> None:
        self.credentials = credentials
        self.http = http

    def check(self) -> str:
        """Ask the shop who it is (network). Returns: its name. Raises: ShopError."""
        raise ShopError(f"{self.label} cannot be asked", permanent=True)

    def fetch_orders(self, external_ids: Sequence[str]) -> Mapping[str, tuple[Fact, ...]]:
        """
        Ask for up to 50 orders, each with its refunds (network). Raises: ShopError.

        Returns: {id: facts}, () for one the shop does not have; an id that cannot be one of this shop's is
        left out.
        """
        raise ShopError(f"{self.label} cannot be asked", permanent=True)

    def fetch_order(self, external_id: str) -> tuple[Fact, ...]:
        """Ask for an order and its refunds (network). () when there is none. Raises: ShopError."""
        return self.fetch_orders([external_id]).get(external_id, ())

    def changed(self, what: str, *, since: datetime, until: datetime, cursor: str = "") -> Page:
        """
        List what was changed in the shop between two aware times (network). Raises: ShopError.

        `what`: one of `pulls`, or "refunds" for orders' refunds alone. What changed after `until` may be
        told too.
        """
        raise ShopError(f"{self.label} cannot be asked", permanent=True)

    def refund(self, wanted: RefundOrder, *, key: str) -> Done:
        """Give money back (network). Raises: ShopError."""
        raise ShopError(f"{self.label} cannot refund", permanent=True)

    def find_refund(self, order_external_id: str, *, key: str) -> Done | None:
        """Look up a refund made with `key` (network). Raises: ShopError."""
        raise ShopError(f"{self.label} cannot look refunds up", permanent=True)

    def create_order(self, wanted: NewOrder, *, key: str) -> Done:
        """Make an order (network). Raises: ShopError."""
        raise ShopError(f"{self.label} cannot make orders", permanent=True)

    def find_order(self, *, key: str) -> Done | None:
        """Look up an order made with `key` (network). Raises: ShopError."""
        raise ShopError(f"{self.label} cannot look orders up", permanent=True)

    def adjust_stock(self, change: StockChange, *, key: str) -> Done:
        """Change how much a location can sell (network). Raises: ShopError."""
        raise ShopError(f"{self.label} cannot change stock", permanent=True)

    def create_discount(self, wanted: NewDiscount, *, key: str) -> Done:
        """Make a discount code (network). Raises: ShopError."""
        raise ShopError(f"{self.label} cannot make discount codes", permanent=True)

    def find_discount(self, code: str) -> Done | None:
        """Look up a discount by its code (network). Raises: ShopError."""
        raise ShopError(f"{self.label} cannot look discounts up", permanent=True)
