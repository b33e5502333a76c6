"""What a shop told, handed to the use-case that knows what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from customers.models import Store
from customers.services.merging import merge_in_shop
from customers.services.people import resolve_customer
from customers.services.privacy import Asked, record_request
from tracking.services import products, removals
from tracking.services.edits import record_edit
from tracking.services.notices import note_uninstalled
from tracking.services.orders import person, record_order
from tracking.services.refunds import record_refund
from tracking.services.scans import record_shop_scan
from tracking.services.shipments import record_fulfillment
from tracking.services.shop_returns import record_shop_return
from tracking.shops.base import (
    CustomerData,
    Fact,
    FulfillmentData,
    Ignored,
    OrderData,
    ProductData,
    RefundData,
    ScanFact,
    StockData,
)
from tracking.shops.facts import (
    EditData,
    MergeData,
    PrivacyData,
    RemovedData,
    ReturnData,
    UninstalledData,
    VariantStockData,
)
from tracking.versions import version


@dataclass(frozen=True)
class Teller:
    """
    Whose fact it is: the store, the code of who told, when they say it happened and when we learn it (aware).
    """

    store: Store
    source: str
    told_at: datetime
    at: datetime


def record_fact(fact: Fact, teller: Teller) -> str:
    """
    Do what a fact says, in the caller's transaction.

    Returns: '' when it had an effect, else why it has none, in words for staff. Raises: Missing when it has
    nothing to work on yet.
    """
    if isinstance(fact, Ignored):
        return fact.reason
    return _RECORDERS[type(fact)](fact, teller) or ""


def _order(fact: OrderData, by: Teller) -> None:
    record_order(store=by.store, data=fact, at=by.at)


def _fulfillment(fact: FulfillmentData, by: Teller) -> None:
    record_fulfillment(store=by.store, data=fact, at=by.at)


def _scan(fact: ScanFact, by: Teller) -> str | None:
    if fact.removed:
        removals.withdraw_scan(store=by.store, data=fact, told_at=by.told_at, at=by.at)
    elif removals.is_withdrawn(by.store, fact):
        return "The shop has taken this scan back since."
    else:
        record_shop_scan(store=by.store, data=fact, source=by.source, at=by.at)
    return None


def _product(fact: ProductData, by: Teller) -> None:
    products.record_product(store=by.store, data=fact, at=by.at)


def _stock(fact: StockData, by: Teller) -> None:
    # That a location no longer stocks an item is said without a time; a level of the same moment is older.
    dated = fact if fact.version else replace(fact, version=version(by.told_at, "", 9))
    products.record_stock(store=by.store, data=dated, at=by.told_at if fact.removed else by.at)


def _variant_stock(fact: VariantStockData, by: Teller) -> str | None:
    if products.record_variant_stock(store=by.store, data=fact, at=by.at) is None:
        return "How many are where is told by inventory_levels/update: that says more than a sum."
    return None


def _customer(fact: CustomerData, by: Teller) -> None:
    # Consent without a time of its own was said when the shop told of it.
    resolve_customer(
        data=person(fact, version=fact.version), store=by.store, source=by.store.slug, at=by.told_at
    )
    removals.settle_person(by.store, fact.external_id, fact.version)


def _refund(fact: RefundData, by: Teller) -> None:
    record_refund(store=by.store, data=fact, at=by.at)


def _edit(fact: EditData, by: Teller) -> None:
    record_edit(store=by.store, data=fact, at=by.at)


def _removed(fact: RemovedData, by: Teller) -> None:
    removals.record_removal(store=by.store, data=fact, told_at=by.told_at, at=by.at)


def _return(fact: ReturnData, by: Teller) -> None:
    record_shop_return(store=by.store, data=fact, told_at=by.told_at, at=by.at)


def _merge(fact: MergeData, by: Teller) -> None:
    merge_in_shop(
        store=by.store,
        kept=fact.kept_external_id,
        merged=fact.merged_external_id,
        source=by.store.slug,
        at=by.told_at,
    )


def _privacy(fact: PrivacyData, by: Teller) -> None:
    asked = Asked(
        kind=fact.kind,
        reference=fact.reference,
        customer_external_id=fact.customer_external_id,
        email=fact.email,
        phone=fact.phone,
        orders=fact.orders,
        shop=fact.shop,
    )
    record_request(store=by.store, asked=asked, asked_at=by.told_at, at=by.at)


def _uninstalled(fact: UninstalledData, by: Teller) -> None:
    note_uninstalled(store=by.store, told_at=by.told_at, at=by.at)


_RECORDERS: dict[type, Callable[[Any, Teller], str | None]] = {
    OrderData: _order,
    FulfillmentData: _fulfillment,
    ScanFact: _scan,
    ProductData: _product,
    StockData: _stock,
    VariantStockData: _variant_stock,
    CustomerData: _customer,
    RefundData: _refund,
    EditData: _edit,
    RemovedData: _removed,
    ReturnData: _return,
    MergeData: _merge,
    PrivacyData: _privacy,
    UninstalledData: _uninstalled,
}
