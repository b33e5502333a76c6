"""How something the shop answered compares with what is here: field by field, and whose word is newer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from customers.models import Consent, Identity, Store
from tracking import versions
from tracking.models import Order, OrderRefund, Product, ReconcileFinding, StockLevel
from tracking.services.orders import postcode_key
from tracking.shops.base import AddressData, CustomerData, Fact, OrderData, ProductData, RefundData, StockData

Kind, What = ReconcileFinding.Kind, ReconcileFinding.What

# Withheld by shops from apps that may not see people: blank is no news of them.
_ABOUT_PEOPLE = ("email", "phone", "language")
_PLAIN = (
    "number",
    "payment_status",
    "currency",
    "subtotal_minor",
    "discount_minor",
    "shipping_minor",
    "tax_minor",
    "total_minor",
)


@dataclass(frozen=True)
class Verdict:
    """`what` is '' when it is here as in the shop (or newer here); `differed` names what was not the same."""

    kind: str
    external_id: str
    what: str = ""
    differed: tuple[str, ...] = ()


def compare(store: Store, fact: Fact) -> list[Verdict]:
    """
    Compare a fact that was asked for with what is here; the first verdict is about the fact itself, further
    ones about what it names. [] for facts that are not compared.
    """
    found = _COMPARED.get(type(fact))
    return found(store, fact) if found else []


def _verdict(kind: str, external_id: str, told: str, ours: str | None, differed: tuple[str, ...]) -> Verdict:
    """Judge by versions: `told` the shop's, `ours` ours, None when it is not here."""
    if ours is None:
        return Verdict(kind, external_id, What.MISSING)
    theirs, here = versions.age(told), versions.age(ours)
    if not differed or theirs < here:
        return Verdict(kind, external_id)
    return Verdict(kind, external_id, What.OLDER if theirs > here else What.DIFFERS, differed)


# --- orders
def _order(store: Store, fact: OrderData) -> list[Verdict]:
    row = Order.objects.filter(store=store, external_id=fact.external_id).first()
    if row is None:
        return [Verdict(Kind.ORDER, fact.external_id, What.MISSING)]
    live = set(row.shop_refunds.filter(removed_at=None).values_list("external_id", flat=True))
    told = {refund.external_id for refund in fact.refunds}
    gone = sorted(live - told) if fact.names_all_refunds else []
    differed = _order_differences(row, fact)
    if gone:
        differed = (*differed, "refunds")
    found = [_verdict(Kind.ORDER, fact.external_id, fact.version, row.source_version, differed)]
    if found[0].what:
        found += [Verdict(Kind.REFUND, external_id, What.GONE) for external_id in gone]
    known = set(row.shop_refunds.values_list("external_id", flat=True))
    return found + [Verdict(Kind.REFUND, external_id, What.MISSING) for external_id in sorted(told - known)]


def _order_differences(row: Order, fact: OrderData) -> tuple[str, ...]:
    found = [name for name in _PLAIN if getattr(row, name) != getattr(fact, name)]
    email = fact.email or fact.customer.email
    if email and email != row.email:
        found.append("email")
    if (row.cancelled_at is None) is not (fact.cancelled_at is None):
        found.append("cancelled")
    if fact.ship_to != AddressData() and not _same_place(row.ship_to, fact.ship_to):
        found.append("ship_to")
    if set(row.tags) != set(fact.tags):
        found.append("tags")
    if list(row.discount_codes) != list(fact.discount_codes):
        found.append("discount_codes")
    if _lines(row) != _told_lines(fact):
        found.append("lines")
    if _parcels_missing(row, fact):
        found.append("parcels")
    return tuple(found)


def _same_place(here: Mapping[str, Any], told: AddressData) -> bool:
    return (
        list(here.get("lines", [])) == list(told.lines)
        and here.get("city", "") == told.city
        and postcode_key(here.get("postcode", "")) == postcode_key(told.postcode)
        and here.get("country", "") == told.country
    )


def _lines(row: Order) -> dict[str, int]:
    """Return {line: units} of lines that are still wanted, as told (without edits told since)."""
    lines = row.lines.values_list("external_id", "quantity", "told_quantity")
    units = {external_id: quantity if told is None else told for external_id, quantity, told in lines}
    return {external_id: count for external_id, count in units.items() if count}


def _told_lines(fact: OrderData) -> dict[str, int]:
    return {line.external_id: line.quantity for line in fact.lines if line.quantity}


def _parcels_missing(row: Order, fact: OrderData) -> bool:
    """Say whether a hand-over, or a tracking number of one, is not here."""
    here: dict[str, set[str]] = {}
    told = row.shipments.filter(is_return=False)
    for external_id, number in told.values_list("fulfillment_external_id", "tracking_number"):
        here.setdefault(external_id, set()).add(_spelled(number))
    return any(
        part.external_id not in here
        or not set(map(_spelled, part.tracking_numbers)) <= here[part.external_id]
        for part in fact.fulfillments
        if not part.cancelled
    )


def _spelled(number: str) -> str:
    return "".join(filter(str.isalnum, number)).upper()


def _refund(store: Store, fact: RefundData) -> list[Verdict]:
    row = OrderRefund.objects.filter(
        order__store=store, order__external_id=fact.order_external_id, external_id=fact.external_id
    ).first()
    if row is None:
        return [Verdict(Kind.REFUND, fact.external_id, What.MISSING)]
    if not row.whole and not fact.partial:  # no message tells the whole of it: nothing was lost
        return [Verdict(Kind.REFUND, fact.external_id)]
    differed = tuple(
        name for name in ("amount_minor", "shipping_minor") if getattr(row, name) != getattr(fact, name)
    )
    if not fact.partial and _units(row) != {
        line.line_external_id: line.quantity for line in fact.lines if line.quantity
    }:
        differed = (*differed, "lines")
    return [_verdict(Kind.REFUND, fact.external_id, fact.version, row.source_version, differed)]


def _units(row: OrderRefund) -> dict[str, int]:
    return {line["line"]: line["quantity"] for line in row.lines if line["quantity"]}


# --- the rest
def _product(store: Store, fact: ProductData) -> list[Verdict]:
    row = Product.objects.filter(store=store, external_id=fact.external_id).first()
    if row is None:
        return [Verdict(Kind.PRODUCT, fact.external_id, What.MISSING)]
    names = ("title", "status", "handle", "vendor", "product_type")
    found = [name for name in names if getattr(row, name) != getattr(fact, name)]
    columns = ("external_id", "title", "sku", "price_minor", "inventory_item_id")
    here = {variant[0]: variant for variant in row.variants.filter(removed_at=None).values_list(*columns)}
    told = {variant.external_id: tuple(getattr(variant, c) for c in columns) for variant in fact.variants}
    left = {key: variant for key, variant in here.items() if key not in fact.undescribed_variants}
    if left != told:
        found.append("variants")
    return [_verdict(Kind.PRODUCT, fact.external_id, fact.version, row.source_version, tuple(found))]


def _stock(store: Store, fact: StockData) -> list[Verdict]:
    named = f"{fact.inventory_item_id}@{fact.location_external_id}"
    row = StockLevel.objects.filter(
        location__store=store,
        location__external_id=fact.location_external_id,
        inventory_item_id=fact.inventory_item_id,
    ).first()
    if row is None:
        return [Verdict(Kind.STOCK, named, What.MISSING)]
    differed = ("available",) if row.available != fact.available or row.removed_at else ()
    return [_verdict(Kind.STOCK, named, fact.version, row.source_version, differed)]


def _customer(store: Store, fact: CustomerData) -> list[Verdict]:
    """Compare each detail with the newest word about it, and what was said about marketing."""
    identity = (
        Identity.objects.select_related("customer")
        .filter(kind=Identity.Kind.EXTERNAL, store=store, value=fact.external_id)
        .first()
    )
    if identity is None:
        return [Verdict(Kind.CUSTOMER, fact.external_id, What.MISSING)]
    row = identity.customer
    told = versions.age(fact.version)
    found = [
        name
        for name in ("name", "email", "phone", "language")
        if getattr(fact, name)
        and getattr(fact, name) != getattr(row, name)
        and told > versions.age(row.versions.get(name, ""))
    ]
    said = {
        consent.channel: consent
        for consent in Consent.objects.filter(customer=row, purpose=Consent.Purpose.MARKETING)
    }
    for word in fact.consents:
        ours = said.get(word.channel)
        newer = ours and word.said_at and word.said_at > ours.said_at and ours.granted is not word.granted
        if ours is None or newer:
            found.append(f"consent_{word.channel}")
    return [Verdict(Kind.CUSTOMER, fact.external_id, What.OLDER if found else "", tuple(found))]


_COMPARED: dict[type, Callable[[Store, Any], list[Verdict]]] = {
    OrderData: _order,
    RefundData: _refund,
    ProductData: _product,
    StockData: _stock,
    CustomerData: _customer,
}


def insisting(fact: Fact) -> Fact:
    """Return `fact` with a version that wins over what was told at its time (it was asked for later)."""
    if isinstance(fact, OrderData):
        version = versions.insisted(fact.version, repr(fact))
        return replace(fact, version=version)
    if isinstance(fact, ProductData | StockData | RefundData):
        return replace(fact, version=versions.insisted(fact.version, repr(fact)))
    return fact


def filled_up(store: Store, fact: Fact) -> Fact:
    """Return an order with what the shop may have withheld, taken from the row we have."""
    if not isinstance(fact, OrderData):
        return fact
    row = Order.objects.filter(store=store, external_id=fact.external_id).first()
    if row is None:
        return fact
    kept = {name: getattr(fact, name) or getattr(row, name) for name in _ABOUT_PEOPLE}
    kept["email"] = fact.email or fact.customer.email or row.email
    if fact.ship_to == AddressData() and row.ship_to:
        here = dict(row.ship_to)
        kept["ship_to"] = AddressData(**{**here, "lines": tuple(here.get("lines", ()))})
    return replace(fact, customer=_whoever_bought(row, fact.customer), **kept)


def _whoever_bought(row: Order, told: CustomerData) -> CustomerData:
    """Return who bought: as we know them, where the shop does not say whom it means."""
    if told.external_id or told.email or told.phone or row.customer_id is None:
        return told
    ids = Identity.objects.filter(kind=Identity.Kind.EXTERNAL, store=row.store_id, customer=row.customer_id)
    mine = ids.order_by("pk").values_list("value", flat=True).first()
    return replace(told, external_id=mine) if mine else told
