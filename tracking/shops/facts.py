"""
What shops tell beside orders, parcels and products: edits, removals, returns, merged people, wishes of
privacy.

Like `tracking.shops.base`: frozen, no ORM. Most of these messages carry no time of their own; whoever records
them knows when the shop says it happened.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a shop can take away and, some of it, bring back. Stored; never renamed."""

    ORDER = "ORDER"
    PRODUCT = "PRODUCT"
    CUSTOMER = "CUSTOMER"
    SCAN = "SCAN"


@dataclass(frozen=True)
class RemovedData:
    """
    Something was deleted in the shop. `back`: it was brought back (WooCommerce has a bin).

    `at` is when (aware UTC), None when the body does not say.
    """

    kind: Kind
    external_id: str
    at: datetime | None = None
    back: bool = False


@dataclass(frozen=True)
class EditData:
    """
    Units added to and taken from lines of an order after it was placed.

    `changes` are (line id, how many more; below zero: fewer), one per line. `at` is when the edit
    took effect (aware UTC).
    """

    external_id: str
    order_external_id: str
    at: datetime
    changes: tuple[tuple[str, int], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class VariantStockData:
    """How many of a variant there are at all locations together. `version` sorts by age."""

    variant_external_id: str
    available: int
    version: str


@dataclass(frozen=True)
class ReturnLineData:
    """Units of an order line in a return made in the shop. `reason` is the shop's word, '' when unknown."""

    external_id: str
    line_external_id: str
    quantity: int
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class ReturnData:
    """
    What one message says of a return made in the shop; None or '' where it says nothing of that part.

    `removals` are (return line id, how many fewer). `tracking` is (carrier's name, number, link) of the
    parcel on its way back. `order_external_id` is '' where the message names only the return.
    """

    external_id: str
    order_external_id: str = ""
    name: str = ""
    status: str = ""
    lines: tuple[ReturnLineData, ...] | None = None
    removals: tuple[tuple[str, int], ...] = ()
    decline_reason: str = ""
    decline_note: str = ""
    tracking: tuple[str, str, str] | None = None
    dispositions: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class MergeData:
    """Two customers of the shop became one: `merged_external_id` lives on as `kept_external_id`."""

    kept_external_id: str
    merged_external_id: str


@dataclass(frozen=True)
class PrivacyData:
    """
    A wish of privacy that the shop passed on: 'DATA_REQUEST', 'CUSTOMER_REDACT' or 'SHOP_REDACT', as named in
    `kind`. `reference` is the shop's own id of it, '' when it has none.
    """

    kind: str
    reference: str = ""
    customer_external_id: str = ""
    email: str = ""
    phone: str = ""
    orders: tuple[str, ...] = field(default=())
    shop: str = ""


@dataclass(frozen=True)
class UninstalledData:
    """Our app was removed from the shop: nothing more will come."""

    shop: str = ""
