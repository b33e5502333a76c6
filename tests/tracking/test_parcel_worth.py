"""What is in a parcel and what it cost, to the cent."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracking.late import order_of, parcel_of
from tracking.models import Order, OrderLine, Shipment
from tracking.services.make_goods import terms_for
from tracking.services.parcel_worth import paid_for, worth_of

pytestmark = pytest.mark.django_db


def worths(order):
    return [worth_of(parcel) for parcel in Shipment.objects.filter(order=order).order_by("pk")]


def test_a_parcel_with_all_that_was_ordered_is_worth_the_whole_order():
    order = order_of({"quantity": 2, "discount_minor": 333}, {"unit_price_minor": 1250})
    parcel_of(order, (0, 2), (1, 1))

    (worth,) = worths(order)

    assert (worth.goods_minor, worth.shipping_minor) == (10517, 500)
    assert worth.amount_minor == order.total_minor


def test_three_parcels_of_one_line_share_its_odd_cents():
    order = order_of({"quantity": 3, "discount_minor": 100})
    for _ in range(3):
        parcel_of(order, (0, 1))

    found = worths(order)

    assert sorted(worth.goods_minor for worth in found) == [4766, 4767, 4767]
    assert [worth.shipping_minor for worth in found] == [0, 0, 0]


def test_an_only_parcel_without_a_packing_list_carries_all_that_travels():
    order = order_of({}, {"unit_price_minor": 2500, "requires_shipping": False})
    parcel_of(order)

    (worth,) = worths(order)

    assert [line.position for line, _ in worth.pieces] == [0]
    assert worth.amount_minor == 4800 + 500


def test_parcels_under_several_numbers_of_one_hand_over_are_not_known():
    order = order_of({}, {})
    parcel_of(order, (0, 1), (1, 1), fulfillment_external_id="F1")
    parcel_of(order, fulfillment_external_id="F1")

    assert worths(order) == [None, None]


def test_tax_that_is_not_in_the_prices_goes_back_with_the_goods():
    order = order_of(
        {"tax_minor": 480}, {"unit_price_minor": 2400, "tax_minor": 240}, tax_minor=770, total_minor=8470
    )
    parcel_of(order, (0, 1))
    parcel_of(order, (1, 1))

    assert [worth.amount_minor for worth in worths(order)] == [5280, 2640]


def test_shipping_goes_back_with_its_own_tax_when_it_is_all_that_was_ordered():
    order = order_of({"tax_minor": 480}, tax_minor=530, total_minor=5830)
    parcel_of(order, (0, 1))

    (worth,) = worths(order)

    assert (worth.goods_minor, worth.shipping_minor) == (5280, 550)


def test_a_discount_that_no_line_knows_is_shared_out():
    order = order_of({}, {}, discount_minor=1000, total_minor=9100)
    parcel_of(order, (0, 1))
    parcel_of(order, (1, 1))

    first, second = worths(order)

    assert first.goods_minor == second.goods_minor
    assert first.goods_minor < 4800


def test_what_the_shop_took_off_the_order_is_not_paid_for_again():
    order = order_of({"quantity": 2})
    parcel = parcel_of(order, (0, 2))
    OrderLine.objects.filter(order=order).update(quantity=1)

    worth = worth_of(parcel)

    assert (worth.pieces[0][1], worth.amount_minor) == (1, 4800)


def test_a_cash_order_is_sent_again_but_not_refunded():
    order = order_of({}, payment_status="pending")

    assert terms_for(parcel_of(order, (0, 1))).choices == ("REPLACEMENT", "WAIT")


LINE = st.fixed_dictionaries(
    {
        "unit_price_minor": st.integers(0, 20_000),
        "quantity": st.integers(1, 5),
        "discount_minor": st.integers(0, 900),
        "tax_minor": st.integers(0, 900),
    }
)


@given(
    lines=st.lists(LINE, min_size=1, max_size=5),
    shipping=st.integers(0, 2000),
    odd=st.integers(-1500, 1500),
    tax=st.integers(0, 3000),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cent_is_lost_or_made_however_an_order_is_put_together(lines, shipping, odd, tax):
    rows = [OrderLine(pk=pk, ordered_quantity=line["quantity"], **line) for pk, line in enumerate(lines, 1)]
    net = sum(max(row.unit_price_minor * row.quantity - row.discount_minor, 0) for row in rows)
    total = max(net + shipping + odd, 0)
    order = Order(total_minor=total, shipping_minor=shipping, tax_minor=tax)

    paid, on_shipping = paid_for(order, rows)

    assert sum(paid.values()) + on_shipping == total
    assert min([*paid.values(), on_shipping]) >= 0
