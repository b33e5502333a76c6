"""
What goes well with an order: bought together by others, more of the same kind, or due to be bought again.

Never what they just bought, unless people buy it again and again; only what can be had; no two alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from customers.models import Customer, Store
from tracking.models import Order, OrderLine, Product, StockLevel, Variant

# Orders of the last year count, the newest first: a best-seller of a big shop costs no more than this.
LOOK_BACK = timedelta(days=365)
ORDERS = 2_000
# What they bought in this time is not proposed to them.
JUST_BOUGHT = timedelta(days=90)
CANDIDATES = 40
TOGETHER, AGAIN, SAME_KIND = "together", "again", "kind"
# Words of shops for a product that nobody can buy (Shopify, WooCommerce).
OFF_SALE = ("draft", "archived", "private", "pending", "trash")


@dataclass(frozen=True)
class Suggestion:
    """
    A product and why it is shown: bought "together" by `times` orders, bought "again" by `times` people, or
    of the same "kind". `beside`: the title of what they bought that it goes with, '' where it is theirs.
    """

    product: Product
    why: str
    times: int = 0
    beside: str = ""


def goes_well_with(order: Order, *, at: datetime, limit: int = 3) -> list[Suggestion]:
    """
    Return up to `limit` products that go well with `order` at `at`, best first, each with why. May be empty.

    At most one of a kind (product type) while there are others. Five queries, whatever the shop's size.
    """
    bought = _bought(order, at)
    ours = {line.product_id: line.title for line in order.lines.all() if line.product_id}
    if not ours:
        return []
    consumed = _bought_again(order, ours, at)
    together = _together(order, ours, at)
    wanted = {pk: times for pk, times in together if pk not in bought or pk in consumed}
    pool = {row.pk: row for row in _on_sale(order.store_id).filter(pk__in=[*wanted, *consumed])}
    beside = next(iter(ours.values()))
    found = [
        Suggestion(pool[pk], TOGETHER, times, beside)
        for pk, times in wanted.items()
        if pk in pool and pk not in consumed
    ]
    found += [Suggestion(pool[pk], AGAIN, times) for pk, times in consumed.items() if pk in pool]
    if len(_diverse(found, limit)) < limit:
        found += _same_kind(order, ours, {*bought, *(one.product.pk for one in found)})
    return _diverse(found, limit)


def _bought(order: Order, at: datetime) -> set[int]:
    """Return what they bought lately, this order included."""
    theirs = Q(order=order)
    if order.customer_id:
        theirs |= Q(order__customer=order.customer_id, order__placed_at__gt=at - JUST_BOUGHT)
    rows = OrderLine.objects.filter(theirs, product__isnull=False)
    return {pk for pk in rows.values_list("product_id", flat=True) if pk}


def _others(order: Order, products: Iterable[int], at: datetime) -> QuerySet[Order]:
    """Return the newest orders of the shop, but for this one, that hold any of `products`."""
    inside = OrderLine.objects.filter(order=OuterRef("pk"), product__in=list(products))
    rows = Order.objects.filter(
        Exists(inside),
        store=order.store_id,
        cancelled_at=None,
        placed_at__gt=at - LOOK_BACK,
        placed_at__lte=at,
    )
    return rows.exclude(pk=order.pk).order_by("-placed_at")


def _together(order: Order, ours: Iterable[int], at: datetime) -> list[tuple[int, int]]:
    """Return (product, in how many orders beside one of ours), most often first."""
    newest = list(_others(order, ours, at).values_list("pk", flat=True)[:ORDERS])
    rows = (
        OrderLine.objects.filter(order__in=newest, product__isnull=False)
        .values("product_id")
        .annotate(times=Count("order", distinct=True))
        .order_by("-times", "product_id")[:CANDIDATES]
    )
    return [(row["product_id"], row["times"]) for row in rows]


def _bought_again(order: Order, ours: Iterable[int], at: datetime) -> dict[int, int]:
    """Return which of ours at least two people bought in at least two orders, and by how many people."""
    rows = (
        OrderLine.objects.filter(
            product__in=list(ours),
            order__store=order.store_id,
            order__cancelled_at=None,
            order__customer__isnull=False,
            order__placed_at__gt=at - LOOK_BACK,
        )
        .values("product_id", "order__customer")
        .annotate(times=Count("order", distinct=True))
        .filter(times__gte=2)
        .values_list("product_id", flat=True)
    )
    people: dict[int, int] = {}
    for pk in rows:
        people[pk] = people.get(pk, 0) + 1
    often = sorted((pair for pair in people.items() if pair[1] >= 2), key=lambda pair: (-pair[1], pair[0]))
    return dict(often)


def _on_sale(store: int) -> QuerySet[Product]:
    """Return the shop's products that can be had: not removed, on sale, and in stock where that is told."""
    levels = StockLevel.objects.filter(
        location__store=store, inventory_item_id=OuterRef("inventory_item_id"), removed_at=None
    )
    variants = Variant.objects.filter(product=OuterRef("pk"), removed_at=None)
    counted = ~Q(inventory_item_id="") & Exists(levels)
    here = variants.filter(~counted | Exists(levels.filter(available__gt=0)))
    rows = Product.objects.filter(Exists(here), store=store, removed_at=None)
    return rows.exclude(status__in=OFF_SALE)


def _same_kind(order: Order, ours: Iterable[int], without: set[int]) -> list[Suggestion]:
    """Return what else there is of the kinds they bought, in the shop's own order."""
    kinds = Product.objects.filter(pk__in=list(ours)).exclude(product_type="")
    types = list(kinds.values_list("product_type", flat=True))
    if not types:
        return []
    rows = _on_sale(order.store_id).filter(product_type__in=types).exclude(pk__in=without).order_by("pk")
    return [Suggestion(row, SAME_KIND, beside=row.product_type) for row in rows[:CANDIDATES]]


def _diverse(found: Sequence[Suggestion], limit: int) -> list[Suggestion]:
    """Return the first of each kind, then the rest, in their order."""
    first: list[Suggestion] = []
    rest: list[Suggestion] = []
    seen: set[str] = set()
    for one in found:
        kind = one.product.product_type or f"product:{one.product.pk}"
        (rest if kind in seen else first).append(one)
        seen.add(kind)
    return [*first, *rest][:limit]


def usually(customer: Customer, store: Store, *, limit: int = 3) -> list[Product]:
    """
    Return what a customer bought in at least two orders at a store, most often first; without any, what they
    bought last. Only what can be had.
    """
    lines = OrderLine.objects.filter(
        order__customer=customer, order__store=store, order__cancelled_at=None, product__isnull=False
    )
    often = lines.values("product_id").annotate(times=Count("order", distinct=True)).filter(times__gte=2)
    wanted = list(often.order_by("-times", "product_id").values_list("product_id", flat=True)[:CANDIDATES])
    if not wanted:
        last = lines.order_by("-order__placed_at", "-order", "position", "pk")
        wanted = list(dict.fromkeys(last.values_list("product_id", flat=True)[:CANDIDATES]))
    found = {row.pk: row for row in _on_sale(store.pk).filter(pk__in=wanted)}
    return [found[pk] for pk in wanted if pk in found][:limit]
