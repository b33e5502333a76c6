"""What is wanted in a shop, carried out by the platforms' own clients, whatever goes wrong on the way."""

from datetime import timedelta

import pytest
import responses
from django.db import transaction

from tests.factories.tracking import NOON, OrderFactory
from tests.tracking.reconcile_scene import shopify_store, woo_store
from tests.tracking.test_shop_client_contract import (
    DISCOUNT,
    EFFECTS,
    NAMES,
    ORDER,
    REFUND,
    effects,
    shopify,
    woocommerce,
)
from tracking.models import ShopAction
from tracking.services.shop_actions import carry_out_due, request_action

pytestmark = pytest.mark.django_db(transaction=True)

WANTED = {"refund": ("REFUND", REFUND), "order": ("ORDER", ORDER), "discount": ("DISCOUNT", DISCOUNT)}
TROUBLE = ["timeout_after", "reset", "429", "500"]


@pytest.fixture(params=["shopify", "woocommerce"])
def scene(request):
    """Return (store, double) of one platform, with an order that was paid for."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        double = {"shopify": shopify, "woocommerce": woocommerce}[request.param](mock)
        store = shopify_store(double) if request.param == "shopify" else woo_store(double)
        OrderFactory(store=store, external_id="1001", total_minor=4000, payment_status="paid")
        yield store, double


def want(store, act) -> ShopAction:
    kind, wanted = WANTED[act]
    with transaction.atomic():
        return request_action(
            purpose=f"test:{act}",
            kind=kind,
            store=store,
            wanted=wanted,
            at=NOON,
            order=store.orders.get(),
            amount_minor=2500 if act == "refund" else 0,
            currency="USD",
        )


@pytest.mark.parametrize("act", WANTED)
@pytest.mark.parametrize("mode", TROUBLE)
def test_it_is_done_exactly_once_and_settled(scene, act, mode):
    store, double = scene
    name = NAMES[act][0 if store.platform == "shopify" else 1]
    double.fail(mode, on=name)
    action = want(store, act)

    for minutes in range(0, 60, 3):
        carry_out_due(at=NOON + timedelta(minutes=minutes))

    action.refresh_from_db()
    assert (action.state, effects(double)) == ("DONE", EFFECTS[act])
    assert action.external_id


def test_a_refused_key_is_given_to_a_person_with_nothing_done(scene):
    store, double = scene
    double.fail(*["401"] * 9)
    action = want(store, "refund")

    carry_out_due(at=NOON)

    action.refresh_from_db()
    assert (action.state, effects(double)) == ("STAFF", (0, 0, 0, 5))
    assert double.credentials.secret not in action.last_error
