"""What wishes come to by a store's policy and an order's money, and what speaks against them."""

from datetime import timedelta

import pytest

from returns.models import ReturnUnit
from returns.pieces import pieces_of
from returns.services.assess import assess
from returns.services.quoting import label_cost, new_price, price_of, quote_for, shipping_left
from returns.services.settling import settle
from returns.wishes import Wish
from tests.factories.returns import PolicyVersionFactory
from tests.factories.tracking import (
    NOON,
    CarrierAccountFactory,
    LabelFactory,
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
    ShipmentFactory,
    VariantFactory,
)
from tests.returns.paying import back, inspected, order_of, swap
from tests.tracking import memory_shop
from tracking.models import OrderRefund

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def came(*prices, base=None, **given):
    """Return an order that was delivered three days ago; `base`: what the policy says."""
    order = order_of(*prices, placed_at=NOON - timedelta(days=9), **given)
    ShipmentFactory(
        order=order,
        status="DELIVERED",
        shipped_at=NOON - timedelta(days=7),
        delivered_at=NOON - timedelta(days=3),
    )
    terms = {"window_days": 30, "window_from": "delivery", **(base or {})}
    PolicyVersionFactory(policy__store=order.store, body={"base": terms})
    return order


def wish(order, place=0, outcome="REFUND", reason="UNWANTED", **given):
    line = order.lines.order_by("position")[place]
    return Wish(line.pk, given.pop("index", 0), reason, outcome, **given)


def quoted(order, *wishes, **given):
    return quote_for(order, wishes, method=given.pop("method", "LABEL"), at=NOON, **given)


def codes(told):
    return [problem.code for problem in told.problems]


def test_a_wish_is_quoted_by_what_was_paid():
    order = came(4800, 1200)

    told = quoted(order, wish(order))

    assert (told.quote.refund_minor, codes(told)) == (4800, [])
    assert told.verdicts.keys() == told.pieces.keys() == {wish(order).key}


def test_the_policys_fee_and_bonus_are_in_the_quote():
    order = came(4800, base={"fee": {"kind": "flat", "amount_minor": 500}, "credit_bonus_bp": 1000})

    assert quoted(order, wish(order)).quote.refund_minor == 4300
    assert quoted(order, wish(order, outcome="CREDIT")).quote.credit_minor == 4800 + 480 - 500
    assert quoted(order, wish(order, reason="LATE")).quote.fee_minor == 0


def test_a_label_fee_is_the_middle_of_what_labels_cost():
    order = came(4800, base={"fee": {"kind": "label"}})
    seller = CarrierAccountFactory()
    for cost in (700, 900, 5000):
        LabelFactory(order=order, account=seller, direction="RETURN", cost_minor=cost, currency="USD")

    assert label_cost(order) == 900
    assert quoted(order, wish(order)).quote.fee_minor == 900
    assert quoted(order, wish(order), method="OWN").quote.fee_minor == 0


def test_shipping_goes_back_with_the_whole_order_and_once():
    order = came(4800, 1200, base={"refund_shipping": "whole"})

    assert quoted(order, wish(order)).quote.shipping_minor == 0
    assert quoted(order, wish(order), wish(order, 1)).quote.refund_minor == 6500
    OrderRefund.objects.create(
        order=order, external_id="9", amount_minor=200, shipping_minor=200, currency="USD", made_at=NOON
    )
    assert quoted(order, wish(order), wish(order, 1)).quote.shipping_minor == 300


def test_the_second_half_of_an_order_makes_it_whole():
    order = came(4800, 1200, base={"refund_shipping": "whole"})
    back(order, only=[0])

    assert quoted(order, wish(order, 1)).quote.shipping_minor == 500


def test_shipping_we_gave_back_is_not_left():
    ret = inspected(back(shipping_minor=500))
    assert shipping_left(ret.order, but=ret.pk) == 500

    settle(ret.pk, at=NOON)

    assert shipping_left(ret.order) == 0


# --- exchanges
def sizes(*prices):
    product = ProductFactory()
    return [VariantFactory(product=product, price_minor=price) for price in prices]


def test_another_size_at_the_same_price_is_even_whatever_was_paid():
    old, new = sizes(5000, 5000)
    order = OrderFactory(store=old.store, subtotal_minor=4000, shipping_minor=0, total_minor=4000)
    OrderLineFactory(
        order=order, variant=old, product=old.product, unit_price_minor=5000, discount_minor=1000
    )
    pieces = pieces_of(order)

    assert new_price(pieces[0], new, pieces) == 4000


def test_another_size_costs_what_its_list_price_differs_by():
    old, new = sizes(5000, 5600)
    order = OrderFactory(store=old.store, subtotal_minor=4000, shipping_minor=0, total_minor=4000)
    OrderLineFactory(
        order=order, variant=old, product=old.product, unit_price_minor=5000, discount_minor=1000
    )
    pieces = pieces_of(order)

    assert new_price(pieces[0], new, pieces) == 4600


def test_another_product_costs_its_price_with_tax_where_that_came_on_top():
    (old,) = sizes(5000)
    other = VariantFactory(product=ProductFactory(store=old.store), price_minor=8333)
    order = OrderFactory(
        store=old.store, subtotal_minor=5000, shipping_minor=0, tax_minor=950, total_minor=5950
    )
    OrderLineFactory(order=order, variant=old, product=old.product, unit_price_minor=5000, tax_minor=950)
    pieces = pieces_of(order)

    assert new_price(pieces[0], other, pieces) == 8333 + 1583  # 19 %


def test_tax_inside_the_price_is_not_added_again():
    (old,) = sizes(5950)
    other = VariantFactory(product=ProductFactory(store=old.store), price_minor=8000)
    order = OrderFactory(
        store=old.store, subtotal_minor=5950, shipping_minor=0, tax_minor=950, total_minor=5950
    )
    OrderLineFactory(order=order, variant=old, product=old.product, unit_price_minor=5950, tax_minor=950)
    pieces = pieces_of(order)

    assert new_price(pieces[0], other, pieces) == 8000


def test_a_page_asks_what_a_variant_costs_more_without_asking_the_database_again(django_assert_num_queries):
    order = came(4800)
    dearer, cheaper = (
        VariantFactory(product=ProductFactory(store=order.store), price_minor=price) for price in (6000, 3000)
    )
    item = assess(order, at=NOON).items[0]
    assert price_of(item, dearer, (0, 0), at=NOON) == 1200

    with django_assert_num_queries(0):
        assert price_of(item, cheaper, (0, 0), at=NOON) == -1800


def test_a_dearer_exchange_is_due():
    order = came(4800)
    new = VariantFactory(product=ProductFactory(store=order.store), price_minor=6000)

    told = quoted(order, wish(order, outcome="EXCHANGE", variant_id=new.pk))

    assert (told.quote.due_minor, codes(told)) == (1200, [])


# --- what speaks against it
def test_what_cannot_be_had_is_said_for_each_unit():
    order = came(4800, base={"photo": True, "outcomes": ["REFUND", "EXCHANGE"], "methods": ["LABEL"]})

    assert codes(quoted(order)) == ["nothing"]
    assert codes(quoted(order, wish(order, index=7))) == ["unknown"]
    assert "photo" in codes(quoted(order, wish(order)))
    assert codes(quoted(order, wish(order, photo_ids=(1,)), wish(order, photo_ids=(1,)))) == ["twice"]
    assert codes(quoted(order, wish(order, outcome="CREDIT", photo_ids=(1,)))) == ["outcome"]
    assert codes(quoted(order, wish(order, photo_ids=(1,)), method="COLLECTION")) == ["method"]
    assert codes(quoted(order, wish(order, outcome="EXCHANGE", photo_ids=(1,)))) == ["variant"]
    assert codes(quoted(order, wish(order, photo_ids=(1,), keep=True))) == ["keep"]


def test_a_closed_window_is_said_in_the_policys_words():
    order = came(4800)

    told = quote_for(order, [wish(order)], method="LABEL", at=NOON + timedelta(days=60))

    assert codes(told) == ["closed"]
    assert told.problems[0].words


def test_a_gift_is_never_money():
    order = came(4800)

    told = quoted(order, wish(order), gift=True)

    assert codes(told) == ["outcome"]
    assert told.quote.refund_minor == 0


def test_a_return_that_is_changed_counts_its_own_units_and_sums_as_free():
    order = came(4800)
    ret = back(order)
    swap(ret, ret.units.get(), 4800)
    assert quoted(order, wish(order)).problems

    told = quoted(order, wish(order), changing=ret.pk)

    assert (codes(told), told.quote.refund_minor, told.quote.capped_minor) == ([], 4800, 0)
    assert ReturnUnit.objects.filter(active=True).count() == 1


def test_what_has_no_price_is_not_given_away_in_exchange():
    order = came(4000)
    unpriced = VariantFactory(product=ProductFactory(store=order.store), price_minor=0)
    priced = VariantFactory(product=ProductFactory(store=order.store), price_minor=4000)

    assert "variant" in codes(quoted(order, wish(order, outcome="EXCHANGE", variant_id=unpriced.pk)))
    assert codes(quoted(order, wish(order, outcome="EXCHANGE", variant_id=priced.pk))) == []


def test_another_product_is_not_priced_in_a_currency_its_shop_does_not_tell():
    order = came(4000, currency="JPY")
    other = VariantFactory(product=ProductFactory(store=order.store), price_minor=4000)

    assert order.store.currency != "JPY"
    assert "variant" in codes(quoted(order, wish(order, outcome="EXCHANGE", variant_id=other.pk)))
