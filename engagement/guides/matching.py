"""
Which guides are for what somebody bought: those of the product itself first, then of its type, of a tag, of
everything.

Of the guides of one kind for one thing, those in the reader's language are shown; only where there are none,
those in the store's, then the English ones. Nobody reads the same tip in two languages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from customers.models import Store
from engagement import words
from engagement.models import Guide
from tracking.models import Order, OrderLine, Product

PRODUCT, TYPE, TAG, EVERYTHING = range(4)
SHOWN = 12


@dataclass(frozen=True)
class Wanted:
    """What guides are looked for: products, their types and tags (as the shop writes them)."""

    store_id: int
    products: frozenset[int]
    types: frozenset[str]
    tags: frozenset[str]

    @classmethod
    def of(cls, store_id: int, products: Iterable[Product]) -> "Wanted":
        """Return what `products` are."""
        known = list(products)
        return cls(
            store_id,
            frozenset(product.pk for product in known),
            frozenset(product.product_type for product in known if product.product_type),
            frozenset(str(tag) for product in known for tag in (product.tags or ()) if tag),
        )


def matching(wanted: Wanted) -> QuerySet[Guide]:
    """
    Return the living guides for what is wanted, `nearness` with each (PRODUCT, TYPE, TAG, EVERYTHING).

    A guide that names several (a type and a tag) needs all of them; it is as near as the nearest it names.
    """
    anything = Q(product=None) | Q(product__in=wanted.products)
    of_type = Q(product_type="") | Q(product_type__in=wanted.types)
    of_tag = Q(tag="") | Q(tag__in=wanted.tags)
    nearness = Case(
        When(product__isnull=False, then=Value(PRODUCT)),
        When(~Q(product_type=""), then=Value(TYPE)),
        When(~Q(tag=""), then=Value(TAG)),
        default=Value(EVERYTHING),
        output_field=IntegerField(),
    )
    living = Guide.objects.filter(store_id=wanted.store_id, live=True)
    return living.filter(anything, of_type, of_tag).annotate(nearness=nearness)


def for_order(
    order: Order, languages: Sequence[str], *, kinds: Sequence[str] = (), limit: int = SHOWN
) -> list[Guide]:
    """
    Return the guides for what is still wanted of `order`, nearest first. One query, and one for its lines
    where they are not loaded. `languages`: the reader's, most wanted first; then the store's, then English.
    """
    wanted = Wanted.of(order.store_id, _products(order))
    return chosen(wanted, [*languages, order.store.language], kinds, limit)


def _products(order: Order) -> list[Product]:
    """Return what is still wanted of `order`; asks for nothing where its lines came with their products."""
    loaded = "lines" in getattr(order, "_prefetched_objects_cache", {})
    lines = order.lines.all() if loaded else order.lines.select_related("product")
    wanted = [line for line in lines if line.quantity and line.product_id]
    if all(OrderLine.product.is_cached(line) for line in wanted):
        return [line.product for line in wanted if line.product]
    return list(Product.objects.filter(pk__in={line.product_id for line in wanted}))


def for_products(
    store: Store,
    products: Iterable[Product],
    languages: Sequence[str],
    *,
    kinds: Sequence[str] = (),
    limit: int = SHOWN,
) -> list[Guide]:
    """Return the guides of `store` for `products`, nearest first; for none of them, those for everything."""
    return chosen(Wanted.of(store.pk, products), [*languages, store.language], kinds, limit)


def chosen(
    wanted: Wanted, languages: Sequence[str], kinds: Sequence[str] = (), limit: int | None = SHOWN
) -> list[Guide]:
    """Return what `matching` finds, in the best language there is, of `kinds` (all: ()). One query."""
    order = {code: place for place, code in enumerate(words.bases(*filter(None, languages)))}
    rows = matching(wanted).filter(kind__in=kinds) if kinds else matching(wanted)
    groups: dict[tuple[object, ...], dict[int, list[Guide]]] = {}
    for row in rows:
        rank = order.get(row.language.replace("_", "-").lower())
        if rank is not None:
            about = (row.kind, row.product_id, row.product_type, row.tag)
            groups.setdefault(about, {}).setdefault(rank, []).append(row)
    found = [row for languages_of in groups.values() for row in languages_of[min(languages_of)]]
    found.sort(key=lambda row: (row.nearness, row.position, row.title, row.pk))  # type: ignore[attr-defined]
    return found[:limit]
