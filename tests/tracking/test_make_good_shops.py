"""A choice carried out in the doubles of the real shops, when all goes well and when the line goes dead."""

from datetime import timedelta

import pytest
import responses

from customers.models import Store
from tests.factories.tracking import NOON
from tests.tracking.late import late_parcel, offered, rules
from tests.tracking.shop_doubles import ShopifyDouble, WooCommerceDouble, money
from tracking.models import MakeGood, OrderLine, Variant
from tracking.services.make_good_offers import look_round
from tracking.services.make_goods import choose
from tracking.services.shop_actions import carry_out_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def mock():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def chosen(platform, credentials, choice):
    """Return the offer of a late parcel of a shop, with the choice made."""
    parcel = late_parcel(external_id="1001")
    Store.objects.filter(pk=parcel.order.store_id).update(
        platform=platform,
        api_url=credentials.url,
        api_key=credentials.key,
        api_secret=credentials.secret,
    )
    OrderLine.objects.update(external_id="5001", variant_external_id="8001", product_external_id="7001")
    Variant.objects.update(external_id="8001")
    made = offered(parcel)
    rules(parcel.order.store)
    return choose(make_good_id=made.pk, choice=choice, at=NOON)


def worked(made, *minutes):
    for minute in (0, *minutes):
        Store.objects.update(api_resume_at=None)
        while carry_out_due(at=NOON + timedelta(minutes=minute)):
            pass
    look_round(at=NOON + timedelta(minutes=max((0, *minutes))))
    made.refresh_from_db()
    return made


def shopify(mock):
    double = ShopifyDouble().at(mock)
    double.orders["1001"] = {
        "id": "gid://shopify/Order/1001",
        "currencyCode": "USD",
        "presentmentCurrencyCode": "USD",
        "totalPriceSet": money(53),
        "refunds": [],
    }
    return double


def test_shopify_gives_the_money_back_once_though_its_answer_was_lost(mock):
    double = shopify(mock)
    double.fail("timeout_after", on="Refund")

    made = worked(chosen("shopify", double.credentials, "REFUND"), 2, 20)

    assert made.state == MakeGood.State.DONE
    (refund,) = double.orders["1001"]["refunds"]
    assert refund["totalRefundedSet"] == money(53)
    assert double.called("Refund") == 1


def test_shopify_makes_the_replacement_once_though_it_was_not_sure(mock):
    double = shopify(mock)
    double.fail("reset", on="NewOrder")

    made = worked(chosen("shopify", double.credentials, "REPLACEMENT"), 2, 20)

    assert made.state == MakeGood.State.DONE
    assert made.action.external_id


def test_a_token_that_is_refused_leaves_it_to_a_person(mock):
    double = shopify(mock)
    double.fail("401", "401", "401", "401")

    made = worked(chosen("shopify", double.credentials, "REFUND"), 2, 20, 24 * 60 + 5)

    assert made.state == MakeGood.State.STAFF
    assert "shpat" not in made.action.last_error


def test_woocommerce_gives_the_money_back_once(mock):
    double = WooCommerceDouble().at(mock)
    line = {"id": 5001, "quantity": 1, "total": "48.00", "total_tax": "0.00", "taxes": []}
    double.orders[1001] = {"id": 1001, "currency": "USD", "total": "53.00", "line_items": [line]}
    double.fail("timeout_after", on="POST orders/*/refunds")

    made = worked(chosen("woocommerce", double.credentials, "REFUND"), 2, 20)

    assert made.state == MakeGood.State.DONE
    (refund,) = double.refunds[1001]
    assert refund["amount"] == "53.00"
    assert double.called("POST orders/*/refunds") == 1
