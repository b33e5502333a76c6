"""How an order was paid, as shops tell it: by what it may be given back."""

import pytest

from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON
from tests.tracking import shopify_bodies, woocommerce_bodies
from tracking.services.orders import record_order
from tracking.shops.words import payment_word


@pytest.mark.parametrize(
    ("gateway", "word"),
    [
        ("shopify_payments", "card"),
        ("stripe", "card"),
        ("stripe_sepa", "sepa"),
        ("ppcp-gateway", "paypal"),
        ("Klarna Pay Later", "klarna"),
        ("bacs", "bank"),
        ("Cash on Delivery (COD)", "cash"),
        ("", ""),
        ("bogus", "bogus"),
    ],
)
def test_a_gateway_becomes_a_plain_word(gateway, word):
    assert payment_word(gateway) == word


@pytest.mark.parametrize(
    ("gateways", "method", "provider"),
    [
        (["shopify_payments"], "card", "shopify_payments"),
        (["gift_card", "paypal"], "paypal", "paypal"),
        (["paypal", "gift_card"], "paypal", "paypal"),
        (["gift_card"], "gift_card", "gift_card"),
        ([], "", ""),
        (None, "", ""),
    ],
)
def test_shopify_names_what_paid_beside_a_gift_card(gateways, method, provider):
    told = shopify_bodies.payload("orders_create", payment_gateway_names=gateways)

    order = shopify_bodies.parse("orders/create", told)

    assert (order.payment_method, order.payment_provider, order.payment_reference) == (method, provider, "")


@pytest.mark.parametrize(
    ("gateway", "provider"), [("stripe", "stripe"), ("stripe_sepa", "stripe"), ("bacs", "bacs")]
)
def test_woocommerce_names_the_payment_itself(gateway, provider):
    order = woocommerce_bodies.order(payment_method=gateway, transaction_id="ch_0001")

    assert (order.payment_provider, order.payment_reference) == (provider, "ch_0001")


@pytest.mark.django_db
def test_what_a_later_message_leaves_out_of_the_payment_is_kept():
    store, later = StoreFactory(), "2031-01-01T00:00:00"
    told = woocommerce_bodies.order(payment_method="stripe", transaction_id="ch_0001")
    record_order(store=store, data=told, at=NOON)

    told = woocommerce_bodies.order(payment_method="", transaction_id="", date_modified_gmt=later)
    order = record_order(store=store, data=told, at=NOON)

    found = (order.payment_method, order.payment_provider, order.payment_reference)
    assert (order.source_version, *found) == (told.version, "card", "stripe", "ch_0001")
