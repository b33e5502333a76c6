"""What a person may do with an action in a shop."""

import pytest

from customers.models import Alert, Event, User
from tests.factories.tracking import NOON, OrderFactory
from tests.tracking import memory_shop
from tests.tracking.memory_shop import LONG, SHOP, connected, cut_off, later, refund
from tracking.models import OrderRefund, ShopAction
from tracking.services import shop_staff
from tracking.services.refundable import left_to_refund
from tracking.services.shop_actions import carry_out_due
from tracking.services.shop_staff import NotNow
from tracking.services.shop_thoughts import GIVE_UP
from tracking.shops.client import ShopError

pytestmark = pytest.mark.django_db
State = ShopAction.State


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def order():
    return OrderFactory(store=connected())


@pytest.fixture
def clerk():
    return User.objects.create_user(email="clerk@example.com", password="x")


def for_staff(order):
    action = refund(order)
    SHOP.before = [ShopError("no", permanent=True)]
    carry_out_due(at=NOON)
    return action


def test_a_person_marks_it_done_with_the_shops_number(order, clerk):
    action = for_staff(order)

    shop_staff.mark_done(action_id=action.pk, by=clerk, external_id="R-9", at=NOON)
    shop_staff.mark_done(action_id=action.pk, by=clerk, external_id="other", at=NOON)

    action.refresh_from_db()
    assert (action.state, action.external_id) == (State.DONE, "R-9")
    assert "clerk" in action.settled_by.lower()
    assert Alert.objects.get().state == Alert.State.ENDED
    assert Event.objects.filter(kind="tracking.shop_action.done").count() == 1


def test_a_person_has_it_tried_again(order, clerk):
    action = for_staff(order)

    shop_staff.try_again(action_id=action.pk, by=clerk, at=NOON + GIVE_UP)
    later(action, NOON + GIVE_UP)

    assert (action.state, SHOP.effects) == (State.DONE, 1)


def test_what_may_be_done_is_looked_up_when_it_is_tried_again_unless_a_person_has_looked(order, clerk):
    action = refund(order)
    SHOP.after, SHOP.look_faults = [cut_off()], [ShopError("gone", permanent=True)]
    carry_out_due(at=NOON)
    later(action, NOON + LONG)
    assert action.state == State.STAFF

    shop_staff.try_again(action_id=action.pk, by=clerk, at=NOON + LONG)
    later(action, NOON + LONG)

    assert (action.state, SHOP.effects, SHOP.calls) == (State.DONE, 1, 1)


def test_what_a_person_saw_undone_is_done_without_a_look(order, clerk):
    action = refund(order)
    SHOP.before, SHOP.look_faults = [cut_off()], [ShopError("gone", permanent=True)]
    carry_out_due(at=NOON)
    later(action, NOON + LONG)

    shop_staff.try_again(action_id=action.pk, by=clerk, at=NOON + LONG, not_done=True)
    later(action, NOON + LONG)

    assert (action.state, SHOP.effects, SHOP.looks) == (State.DONE, 1, 1)


def test_what_is_cancelled_is_not_done_and_gives_the_money_back_to_the_sum(order, clerk):
    action = refund(order)

    shop_staff.cancel(action_id=action.pk, by=clerk, at=NOON)

    assert carry_out_due(at=NOON) == 0
    assert left_to_refund(order) == order.total_minor
    assert Event.objects.filter(kind="tracking.shop_action.cancelled").exists()


def test_what_may_be_done_cannot_be_cancelled_or_marked_while_the_worker_is_at_it(order, clerk):
    action = refund(order)
    SHOP.after = [cut_off()]
    carry_out_due(at=NOON)

    for change in (shop_staff.cancel, shop_staff.mark_done, shop_staff.try_again):
        with pytest.raises(shop_staff.NotNow):
            change(action_id=action.pk, by=clerk, at=NOON)


@pytest.mark.parametrize("number", ["77", "gid://shop/Refund/77", "501"])
def test_a_number_that_stands_for_something_else_is_refused(order, clerk, number):
    refund(order, "other", 100)
    carry_out_due(at=NOON)
    OrderRefund.objects.create(
        order=OrderFactory(store=order.store),
        external_id="501",
        amount_minor=100,
        currency="USD",
        made_at=NOON,
    )
    action = for_staff(order)

    with pytest.raises(NotNow, match=number.rpartition("/")[2]):
        shop_staff.mark_done(action_id=action.pk, by=clerk, external_id=number, at=NOON)

    action.refresh_from_db()
    assert (action.state, action.external_id) == (State.STAFF, "")
    shop_staff.mark_done(action_id=action.pk, by=clerk, external_id="7", at=NOON)
