"""Pieces of an order: what was paid for each, with no cent lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns.pieces import pieces_of
from tests.factories.tracking import OrderFactory, OrderLineFactory, ProductFactory, VariantFactory
from tracking.models import BundlePart, Order, OrderLine, Variant
from tracking.services.parcel_worth import paid_for

pytestmark = pytest.mark.django_db
CURRENCIES = ("USD", "JPY", "KWD")


def bundle(store, *parts):
    """Return a variant that is sold as one; `parts` are (list price, quantity)."""
    product = ProductFactory(store=store)
    whole = VariantFactory(product=product)
    for price, quantity in parts:
        part = VariantFactory(product=ProductFactory(store=store), price_minor=price)
        BundlePart.objects.create(bundle=whole, part=part, quantity=quantity)
    return whole


def of(order):
    return [(piece.index, piece.part_index, piece.value_minor) for piece in pieces_of(order)]


def test_three_for_ten_dollars_are_worth_ten_dollars():
    order = OrderFactory(subtotal_minor=1000, shipping_minor=0, total_minor=1000)
    OrderLineFactory(order=order, quantity=3, unit_price_minor=334, discount_minor=2)

    assert of(order) == [(0, 0, 334), (1, 0, 333), (2, 0, 333)]


def test_a_discount_on_the_whole_order_is_shared_out_in_proportion():
    order = OrderFactory(subtotal_minor=10000, discount_minor=1000, shipping_minor=0, total_minor=9000)
    OrderLineFactory(order=order, quantity=1, unit_price_minor=7500)
    OrderLineFactory(order=order, quantity=1, unit_price_minor=2500)

    assert [piece.value_minor for piece in pieces_of(order)] == [6750, 2250]


def test_tax_that_is_told_for_the_whole_order_is_in_its_pieces():
    order = OrderFactory(subtotal_minor=1000, shipping_minor=0, tax_minor=200, total_minor=1200)
    OrderLineFactory(order=order, quantity=2, unit_price_minor=500)

    assert [(p.value_minor, p.tax_minor) for p in pieces_of(order)] == [(600, 100), (600, 100)]


def test_parts_of_a_bundle_lose_no_cent():
    order = OrderFactory(subtotal_minor=1000, shipping_minor=0, total_minor=1000)
    whole = bundle(order.store, (700, 1), (700, 1), (100, 2))
    OrderLineFactory(order=order, quantity=1, unit_price_minor=1000, variant=whole, product=whole.product)

    assert of(order) == [(0, 0, 438), (0, 0, 438), (0, 0, 62), (0, 1, 62)]
    assert len({piece.key for piece in pieces_of(order)}) == 4


def test_parts_without_a_price_share_equally():
    order = OrderFactory(subtotal_minor=100, shipping_minor=0, total_minor=100)
    whole = bundle(order.store, (0, 1), (0, 2))
    OrderLineFactory(order=order, quantity=1, unit_price_minor=100, variant=whole, product=whole.product)

    assert [piece.value_minor for piece in pieces_of(order)] == [34, 33, 33]


def test_what_the_shop_has_taken_off_keeps_its_worth():
    order = OrderFactory(subtotal_minor=1000, shipping_minor=0, total_minor=1000)
    OrderLineFactory(order=order, quantity=1, ordered_quantity=2, unit_price_minor=500)

    assert [piece.value_minor for piece in pieces_of(order)] == [500, 500]


def test_an_order_with_bundles_takes_few_queries(django_assert_max_num_queries):
    order = OrderFactory()
    for _ in range(5):
        whole = bundle(order.store, (700, 1), (300, 2))
        OrderLineFactory(order=order, variant=whole, product=whole.product)

    with django_assert_max_num_queries(5):
        assert len(pieces_of(order)) == 15


lines = st.lists(
    st.tuples(
        st.integers(1, 7),  # quantity
        st.integers(0, 100_000),  # price
        st.integers(0, 5_000),  # discount
        st.integers(0, 5_000),  # tax
        st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 3)), max_size=3),  # parts
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(lines=lines, shipping=st.integers(0, 2_000), off=st.integers(0, 3_000), extra=st.integers(0, 500))
def test_pieces_of_a_line_add_up_to_what_was_paid_for_it(lines, shipping, off, extra):
    order = Order(currency="USD", shipping_minor=shipping, tax_minor=sum(line[3] for line in lines) + extra)
    rows = []
    for pk, (quantity, price, discount, tax, parts) in enumerate(lines, start=1):
        variant = Variant(pk=pk)
        made = [
            BundlePart(pk=100 * pk + n, part=Variant(price_minor=value), quantity=count)
            for n, (value, count) in enumerate(parts)
        ]
        variant._prefetched_objects_cache = {"parts": made}
        rows.append(
            OrderLine(
                pk=pk, variant=variant, quantity=quantity, ordered_quantity=quantity, unit_price_minor=price,
                discount_minor=min(discount, price * quantity), tax_minor=tax,
            )
        )  # fmt: skip
    goods = sum(row.unit_price_minor * row.quantity - row.discount_minor for row in rows)
    order.total_minor = max(goods + shipping + order.tax_minor - off, 0)

    pieces = pieces_of(order, rows)

    paid, carriage = paid_for(order, rows)
    for row in rows:
        own = [piece for piece in pieces if piece.line.pk == row.pk]
        assert sum(piece.value_minor for piece in own) == paid[row.pk]
        assert all(0 <= piece.tax_minor <= piece.value_minor for piece in own)
    assert sum(piece.value_minor for piece in pieces) + carriage == order.total_minor
    assert pieces == pieces_of(order, rows)
