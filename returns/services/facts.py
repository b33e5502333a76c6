"""
What is known of orders when a policy judges them: which piece travelled when, what has gone back already,
what kind of buyer it is. Loaded for many orders at once, in the same number of queries as for one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from returns.models import Return
from returns.pieces import Piece, pieces_of, told_parts, units_in
from returns.policy.facts import Known
from returns.policy.windows import Moments
from returns.services.gone import Gone
from returns.vocabulary import Kind, State
from tracking.models import (
    Location,
    Order,
    OrderLine,
    Shipment,
    ShopReturn,
)
from tracking.vocabulary import Status

# Why a piece is not free (returns/policy/shopper.py has the words).
NOT_YET, COMING_BACK, RETURNED, GONE, NOT_GOODS, CANCELLED = (
    "not_yet",
    "coming_back",
    "returned",
    "nothing_left",
    "not_goods",
    "cancelled",
)
# Parcels that nobody gave to a carrier yet, unless the shop says when it did.
_AT_HOME = (Status.PENDING, Status.INFO_RECEIVED, Status.UNKNOWN)
_NOT_COUNTED = (State.CANCELLED, State.REJECTED, State.EXPIRED)


@dataclass(frozen=True)
class Leg:
    """How a piece came: one parcel, or several of which nobody knows what is in which."""

    moments: Moments
    sent: bool
    coming_back: bool
    promised: datetime | None = None  # midnight UTC of the promised day, for claims
    parcels: tuple[int, ...] = ()


@dataclass(frozen=True)
class Material:
    """
    One order as a policy sees it. `standing`: {piece key: why it is not free, '' when it is}; `legs`: how
    each piece that left came; `known`: facts of order and buyer, the same for all pieces.
    """

    order: Order
    pieces: tuple[Piece, ...]
    standing: Mapping[str, str]
    legs: Mapping[str, Leg]
    known: Known
    places: Mapping[str, str] = field(default_factory=dict)

    def moments(self, piece: Piece) -> Moments:
        """Return when a piece was ordered, sent and delivered."""
        leg = self.legs.get(piece.key)
        return leg.moments if leg else Moments(self.order.placed_at)

    def facts(self, piece: Piece, *, reason: str = "", gift: bool = False) -> dict[str, Any]:
        """Return every fact a rule may ask of a piece; None: nobody knows."""
        line = piece.line
        variant = piece.variant
        product = variant.product if variant else line.product
        full = line.unit_price_minor * units_in(line)
        return {
            **self.known,
            "reason": reason or None,
            "gift": gift,
            "product.tag": product.tags if product else None,
            "product.type": product.product_type if product else None,
            "product.vendor": (product.vendor if product else "") or line.vendor,
            "product.sku": (variant.sku if piece.part and variant else line.sku) or None,
            "product.title": product.title if piece.part and product else line.title,
            "product.worth": piece.value_minor,
            "product.discount": line.discount_minor * 100 // full if full > 0 else None,
        }


def load(orders: Sequence[Order], *, at: datetime) -> dict[int, Material]:
    """
    Return {order's primary key: what is known of it at `at`}.

    `orders` need their store loaded. The number of queries does not depend on how many orders there are.
    """
    ids = [order.pk for order in orders]
    lines = _lines(ids)
    gone = Gone(ids)
    parcels = _parcels(ids)
    buyers = _Buyers(orders, at)
    places = _places(orders)
    told = told_parts(ids)
    found = {}
    for order in orders:
        own = lines.get(order.pk, [])
        pieces = tuple(pieces_of(order, own, told.get(order.pk, {})))
        legs, unknown = _legs(order, pieces, parcels.get(order.pk, []))
        if unknown:
            legs = {piece.key: legs.get(piece.key, unknown) for piece in pieces}
        standing = _standing(order, pieces, legs, gone)
        known = {**order_facts(order), **buyers.facts(order)}
        found[order.pk] = Material(order, pieces, standing, legs, known, places.get(order.store_id, {}))
    return found


def order_facts(order: Order) -> dict[str, Any]:
    """Return the facts of an order alone."""
    full = order.subtotal_minor + order.discount_minor
    discount = order.discount_minor * 100 // full if full > 0 else 0
    return {
        "order.country": str((order.ship_to or {}).get("country") or "") or None,
        "order.placed": order.placed_at.astimezone(order.store.zone).date(),
        "order.value": order.total_minor,
        "order.discount": min(max(discount, 0), 100),
        "order.tag": order.tags,
        "order.code": order.discount_codes,
    }


def _lines(ids: Sequence[int]) -> dict[int, list[OrderLine]]:
    rows = list(
        OrderLine.objects.filter(order__in=ids)
        .select_related("variant__product", "product")
        .order_by("position", "pk")
    )
    prefetch_related_objects(rows, "variant__parts__part__product")
    found: dict[int, list[OrderLine]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found


def _places(orders: Iterable[Order]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    stores = {order.store_id for order in orders}
    for store, code, name in Location.objects.filter(store__in=stores).values_list(
        "store_id", "external_id", "name"
    ):
        found[store][code] = name or code
    return found


# --- how it came ---
def _parcels(ids: Sequence[int]) -> dict[int, list[Shipment]]:
    rows = Shipment.objects.current().filter(order__in=ids).exclude(status=Status.CANCELLED)
    found: dict[int, list[Shipment]] = defaultdict(list)
    for row in rows.order_by("pk").prefetch_related("lines"):
        found[row.order_id].append(row)
    return found


def _legs(
    order: Order, pieces: Sequence[Piece], parcels: Sequence[Shipment]
) -> tuple[dict[str, Leg], Leg | None]:
    """
    Return how each piece came, and how those did of which no packing list speaks (None: they have not left).

    Parcels of one hand-over share one list. Units go into parcels in the order they were made, as their
    worth is counted (tracking/services/parcel_worth.py).
    """
    groups: dict[str, list[Shipment]] = defaultdict(list)
    for parcel in parcels:
        groups[parcel.fulfillment_external_id or f"#{parcel.pk}"].append(parcel)
    places: dict[tuple[int, int], Leg] = {}
    filled: dict[int, int] = defaultdict(int)
    loose: list[Shipment] = []
    for group in groups.values():
        packed: dict[int, int] = defaultdict(int)
        for row in (row for parcel in group for row in parcel.lines.all()):
            packed[row.line_id] += row.quantity
        if not packed:
            loose += group
            continue
        leg = _leg(order, group)
        for line, quantity in packed.items():
            for index in range(filled[line], filled[line] + quantity):
                places[line, index] = leg
            filled[line] += quantity
    legs = {
        piece.key: places[piece.line.pk, piece.index]
        for piece in pieces
        if (piece.line.pk, piece.index) in places
    }
    return legs, _leg(order, loose) if loose else None


def _leg(order: Order, group: Sequence[Shipment]) -> Leg:
    """Of parcels that belong together the last one counts: that is kinder, and nobody knows what is where."""
    left = [parcel for parcel in group if _left(parcel)]
    sent = [when for parcel in left if (when := _sent_at(parcel))]
    delivered = [parcel.delivered_at for parcel in left if parcel.delivered_at]
    news = [parcel.last_scan_at for parcel in left if parcel.last_scan_at and not parcel.delivered_at]
    all_came = bool(delivered) and len(delivered) == len(group)
    promised = [parcel.eta_to_date for parcel in group if parcel.eta_to_date]
    day = max(promised) if promised else None
    return Leg(
        moments=Moments(
            ordered=order.placed_at,
            sent=max(sent) if sent else (max(delivered) if delivered else None),
            delivered=max(delivered) if all_came else None,
            last_news=max(news) if news else None,
        ),
        sent=bool(left),
        coming_back=all(parcel.status in (Status.RETURNING, Status.RETURNED) for parcel in group),
        promised=datetime(day.year, day.month, day.day, 12, tzinfo=order.store.zone) if day else None,
        parcels=tuple(parcel.pk for parcel in group),
    )


def _left(parcel: Shipment) -> bool:
    return bool(_sent_at(parcel) or parcel.delivered_at or parcel.status not in _AT_HOME)


def _sent_at(parcel: Shipment) -> datetime | None:
    """The later of what the shop and the carrier say; a parcel under way of which neither says: its first."""
    told = [when for when in (parcel.handed_over_at, parcel.shipped_at) if when]
    if told:
        return max(told)
    return parcel.created_at if parcel.status not in _AT_HOME else None


# --- what is not there any more ---
def _standing(order: Order, pieces: Sequence[Piece], legs: Mapping[str, Leg], gone: Gone) -> dict[str, str]:
    """Return why each piece is not free, '' for those that are."""
    by_line: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_line[piece.line.pk].append(piece)
    found: dict[str, str] = {}
    for own in by_line.values():
        lost = _lost_units(own, legs, gone)
        for piece in own:
            found[piece.key] = _why_not_free(order, piece, legs.get(piece.key), piece.index in lost, gone)
    return found


def _why_not_free(order: Order, piece: Piece, leg: Leg | None, lost: bool, gone: Gone) -> str:
    if not piece.line.requires_shipping or piece.line.gift_card:
        return NOT_GOODS
    if gone.returned(piece):
        return RETURNED
    if order.cancelled_at:
        return CANCELLED
    if lost:
        return GONE
    if leg is None or not leg.sent:
        return NOT_YET
    return COMING_BACK if leg.coming_back else ""


def _lost_units(own: Sequence[Piece], legs: Mapping[str, Leg], gone: Gone) -> set[int]:
    """
    Return the units of one line that were made good, refunded, returned in the shop or taken off the order.

    Shops count units, they do not name them: those that have not left go first, then the last ones. What
    went back through us lowers the shop's number, too, and must not be counted twice.
    """
    line = own[0].line
    order, told = line.order_id, line.external_id
    lost = _made_good_units(own, legs, gone)
    removed = units_in(line) - line.quantity
    through_us = max(gone.ours.get((order, told), 0), len(gone.active_units.get(line.pk, ())) + len(lost))
    others = max(
        gone.others.get((order, told), 0), gone.in_shop.get((order, told), 0), removed - through_us, 0
    )
    left = {piece.index: bool((leg := legs.get(piece.key)) and leg.sent) for piece in own}
    open_ = [index for index in left if index not in lost]
    # Active ones last: they are accounted for already.
    active = gone.active_units.get(line.pk, set())
    open_.sort(key=lambda index: (index in active, left[index], -index))
    return lost | set(open_[:others])


def _made_good_units(own: Sequence[Piece], legs: Mapping[str, Leg], gone: Gone) -> set[int]:
    line = own[0].line
    units = sorted({piece.index for piece in own})
    where = {piece.index: legs[piece.key].parcels for piece in own if piece.key in legs}
    found: set[int] = set()
    for parcel, pieces in gone.made_good.get(line.order_id, ()):
        for pk, quantity in pieces:
            if pk == line.pk:
                inside = [index for index in units if parcel in where.get(index, ()) and index not in found]
                rest = [index for index in reversed(units) if index not in inside and index not in found]
                found |= set([*inside, *rest][:quantity])
    return found


# --- the buyer ---
class _Buyers:
    """Earlier orders and returns of the buyers of some orders."""

    def __init__(self, orders: Sequence[Order], at: datetime) -> None:
        ids = {order.customer_id for order in orders if order.customer_id}
        self.orders: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        self.returns: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        if not ids:
            return
        rows = Order.objects.filter(customer__in=ids, cancelled_at=None).order_by()
        for customer, placed, pk in rows.values_list("customer_id", "placed_at", "pk"):
            self.orders[customer or 0].append((placed, pk))
        ours = Return.objects.filter(order__customer__in=ids, kind=Kind.RETURN, requested_at__lte=at)
        told = ShopReturn.objects.filter(order__customer__in=ids, told_at__lte=at).exclude(
            status__in=(ShopReturn.Status.DECLINED, ShopReturn.Status.CANCELLED)
        )
        for made in (ours.exclude(state__in=_NOT_COUNTED), told):
            for customer, order in made.order_by().values_list("order__customer_id", "order_id"):
                self.returns[customer][order] += 1

    def facts(self, order: Order) -> dict[str, Any]:
        """Return what is known of an order's buyer. This order's own returns do not count."""
        if not order.customer_id:
            return {"customer.new": None, "customer.returns": None, "customer.return_rate": None}
        earlier = {pk for placed, pk in self.orders[order.customer_id] if placed < order.placed_at}
        made = {pk: n for pk, n in self.returns[order.customer_id].items() if pk != order.pk}
        rate = len(earlier & set(made)) * 100 // len(earlier) if earlier else None
        return {
            "customer.new": not earlier,
            "customer.returns": sum(made.values()),
            "customer.return_rate": rate,
        }
