"""What a person grants beside the policy."""

import pytest

from returns.models import Return
from returns.policy.base import Fee
from returns.quote import QuoteUnit, quote
from returns.services.goodwill import NotGranted, give_shipping, waive_fee
from returns.services.quoting import shipping_left
from tests.factories.tracking import NOON
from tests.returns.paying import back, inspected, person, settled
from tests.tracking import memory_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def with_fee(fee):
    ret = back()
    unit = ret.units.get()
    made = quote([QuoteUnit(f"{unit.line_id}-0", 4800, "REFUND", fee=fee)], currency="USD", left_minor=5300)
    Return.objects.filter(pk=ret.pk).update(quote=made.as_json(), fee_minor=made.fee_minor)
    return inspected(ret)


@pytest.mark.parametrize("fee", [Fee("flat", 480), Fee("percent", bp=1000)])
def test_a_fee_that_is_let_go_after_the_refund_goes_back(fee):
    ret = with_fee(fee)
    assert [row[1] for row in settled(ret)] == [4320]

    waive_fee(ret.pk, by=person(), at=NOON)

    assert [row[1] for row in settled(ret)] == [4320, 480]
    with pytest.raises(NotGranted):
        waive_fee(ret.pk, by=person(), at=NOON)


def test_shipping_is_given_beside_the_goods_and_never_more_than_was_paid():
    ret = inspected(back())
    with pytest.raises(NotGranted):
        give_shipping(ret.pk, 501, by=person(), at=NOON)

    give_shipping(ret.pk, 300, by=person(), at=NOON)
    give_shipping(ret.pk, 500, by=person(), at=NOON)

    assert [row[1] for row in settled(ret)] == [5100, 200]
    assert shipping_left(ret.order) == 0


def test_a_gifts_shipping_stays_where_it_is():
    ret = inspected(back(source="GIFT"))

    with pytest.raises(NotGranted):
        give_shipping(ret.pk, 100, by=person(), at=NOON)
