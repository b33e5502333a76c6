"""What changes between an offer, a choice, a person's word and the call to the shop."""

from datetime import timedelta

import pytest

from customers.models import Alert
from tests.factories.customers import UserFactory
from tests.factories.tracking import NOON
from tests.tracking import memory_shop
from tests.tracking.late import flagged, late_parcel, offered, order_of, parcel_of, rules
from tests.tracking.memory_shop import SHOP
from tracking.models import MakeGood, OrderRefund, Shipment, ShopAction, StockLevel
from tracking.services import make_good_staff
from tracking.services.make_good_offers import look_round
from tracking.services.make_good_staff import NotNow
from tracking.services.make_goods import choose
from tracking.services.shop_actions import carry_out_due
from tracking.services.shop_staff import try_again
from tracking.shops.client import ShopError
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db
State, Choice = MakeGood.State, MakeGood.Choice
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def chosen(parcel, choice):
    """Choose for the parcel, and return the offer."""
    return choose(make_good_id=offered(parcel).pk, choice=choice, at=NOON)


def worked(made, at=NOON + HOUR):
    while carry_out_due(at=at):
        pass
    look_round(at=at)
    made.refresh_from_db()
    return made


def refunded(order, amount, number="501"):
    return OrderRefund.objects.create(
        order=order, external_id=number, amount_minor=amount, currency=order.currency, made_at=NOON
    )


# --- the same goods twice ---
def renumbered(parcel):
    """The shop gives a parcel another number: the old row is replaced by a new one."""
    Shipment.objects.filter(pk=parcel.pk).update(replaced_at=NOON)
    again = parcel_of(parcel.order, (0, 1))
    flagged(again)
    return again


@pytest.mark.parametrize("choice", [Choice.REPLACEMENT, Choice.REFUND])
def test_goods_made_good_already_are_not_offered_again_under_another_number(choice):
    parcel = parcel_of(order_of({}), (0, 1))
    flagged(parcel)
    worked(chosen(parcel, choice))

    second = offered(renumbered(parcel))

    assert (second.state, second.ended_why, second.choices) == (State.WITHDRAWN, "NOTHING", [])
    assert SHOP.effects == 1


def test_goods_of_which_a_part_was_made_good_are_for_a_person():
    order = order_of({"quantity": 2, "ordered_quantity": 2}, {})
    first = parcel_of(order, (0, 2))
    flagged(first)
    worked(chosen(first, Choice.REPLACEMENT))
    second = parcel_of(order, (0, 2), (1, 1))
    flagged(second)

    made = offered(second)

    assert (made.state, made.choice, made.choices) == (State.STAFF, "", [])


def test_two_lost_parcels_of_one_order_are_both_made_good():
    order = order_of({"quantity": 2, "ordered_quantity": 2})
    parcels = [parcel_of(order, (0, 1)), parcel_of(order, (0, 1))]
    for parcel in parcels:
        flagged(parcel)

    made = [worked(chosen(parcel, Choice.REFUND)) for parcel in parcels]

    assert [one.state for one in made] == [State.DONE, State.DONE]
    assert sum(one.amount_minor for one in made) == 9600 <= order.total_minor


# --- between the choice and the call ---
def test_money_the_shop_gave_back_before_the_call_is_not_sent_twice():
    parcel = late_parcel()
    made = chosen(parcel, Choice.REFUND)
    refunded(parcel.order, 300)

    worked(made)

    assert (made.state, SHOP.calls) == (State.STAFF, 0)
    assert "given money back" in made.staff_why
    assert Alert.objects.exclude(state="ENDED").get().kind == "tracking.shop_action"


def test_a_refund_the_shop_knows_and_we_have_not_settled_keeps_the_next_waiting():
    order = order_of({}, {}, shipping_minor=0, total_minor=9600)
    first, second = parcel_of(order, (0, 1)), parcel_of(order, (1, 1))
    flagged(first)
    flagged(second)
    look_round(at=NOON)
    SHOP.after = [memory_shop.cut_off()]
    one = chosen(first, Choice.REFUND)
    carry_out_due(at=NOON)
    two = chosen(second, Choice.REFUND)
    refunded(order, 4800, "77")

    carry_out_due(at=NOON)
    two.action.refresh_from_db()
    assert (two.action.state, SHOP.calls) == ("WAITING", 1)

    ShopAction.objects.update(due_at=NOON)
    worked(one)
    ShopAction.objects.exclude(state="DONE").update(due_at=NOON)
    worked(two)
    assert (one.state, two.state, SHOP.effects) == (State.DONE, State.DONE, 2)


@pytest.mark.parametrize("field", ["cancelled_at", "removed_at"])
def test_nothing_is_sent_again_for_an_order_that_was_cancelled_before_the_call(field):
    parcel = late_parcel()
    made = chosen(parcel, Choice.REPLACEMENT)
    type(parcel.order).objects.filter(pk=parcel.order_id).update(**{field: NOON})

    worked(made)

    assert (made.state, SHOP.calls) == (State.STAFF, 0)
    assert "cancelled" in made.staff_why


@pytest.mark.parametrize("choice", [Choice.REPLACEMENT, Choice.REFUND])
def test_a_parcel_that_came_while_the_shop_could_not_be_told_is_for_a_person_who_decides(choice):
    parcel = late_parcel()
    made = chosen(parcel, choice)
    SHOP.before = [ShopError("503")]
    carry_out_due(at=NOON)
    Shipment.objects.filter(pk=parcel.pk).update(status=Status.DELIVERED, delivered_at=NOON + HOUR / 2)

    worked(made)
    assert (made.state, SHOP.calls) == (State.STAFF, 1)
    assert "has come" in made.staff_why

    try_again(action_id=made.action_id, by=UserFactory(), at=NOON + HOUR)
    worked(made)
    assert (made.state, SHOP.effects) == (State.DONE, 1)


# --- a person's word ---
def waiting(choice, **given):
    parcel = late_parcel(**given)
    rules(parcel.order.store, make_good_limit_minor=1)
    made = chosen(parcel, choice)
    assert made.state == State.STAFF
    return made


def approve(made):
    return make_good_staff.approve(make_good_id=made.pk, by=UserFactory(), at=NOON)


def test_a_person_does_not_approve_less_than_was_chosen_without_knowing():
    made = waiting(Choice.REFUND)
    refunded(made.order, 5000)

    with pytest.raises(NotNow, match="Only"):
        approve(made)

    made.refresh_from_db()
    assert (made.state, made.amount_minor, SHOP.calls) == (State.STAFF, 5300, 0)


def test_a_person_does_not_send_again_what_was_cancelled():
    made = waiting(Choice.REPLACEMENT)
    type(made.order).objects.filter(pk=made.order_id).update(cancelled_at=NOON)

    with pytest.raises(NotNow, match="cancelled"):
        approve(made)


@pytest.mark.parametrize("budget", ["make_good_limit_minor", "make_good_budget_minor"])
def test_without_a_budget_even_what_cost_nothing_is_for_a_person(budget):
    parcel = parcel_of(order_of({"unit_price_minor": 0}, shipping_minor=0, total_minor=0))
    flagged(parcel)
    rules(parcel.order.store, **{budget: 0})

    assert chosen(parcel, Choice.REPLACEMENT).state == State.STAFF


@pytest.mark.parametrize(("budget", "state"), [(5300, State.DONE), (5299, State.STAFF)])
def test_the_whole_budget_may_be_spent_and_not_a_cent_more(budget, state):
    parcel = late_parcel()
    rules(parcel.order.store, make_good_limit_minor=9999, make_good_budget_minor=budget)

    assert worked(chosen(parcel, Choice.REFUND)).state == state


def test_a_replacement_without_an_address_is_for_a_person():
    parcel = late_parcel(ship_to={})

    made = chosen(parcel, Choice.REPLACEMENT)

    assert (made.state, SHOP.calls) == (State.STAFF, 0)
    assert "address" in made.staff_why


# --- nothing was offered ---
@pytest.mark.parametrize("change", [{"status": Status.DELIVERED}, {"replaced_at": NOON}])
def test_what_waits_for_a_person_without_a_choice_ends_with_its_alert_when_it_is_over(change):
    order = order_of({}, {})
    parcel, _other = parcel_of(order), parcel_of(order)
    flagged(parcel)
    made = offered(parcel)
    assert (made.state, Alert.objects.exclude(state="ENDED").count()) == (State.STAFF, 1)
    Shipment.objects.filter(pk=parcel.pk).update(**change)

    worked(made)

    assert made.state == State.WITHDRAWN
    assert not Alert.objects.exclude(state="ENDED").exists()


def test_a_choice_that_waits_for_a_person_stays_when_the_parcel_comes():
    made = waiting(Choice.REFUND)
    Shipment.objects.update(status=Status.DELIVERED)

    assert worked(made).state == State.STAFF


def test_an_order_deleted_in_the_shop_is_offered_nothing_and_loses_its_offer():
    parcel, deleted = late_parcel(), late_parcel()
    made = offered(parcel)
    type(made.order).objects.update(removed_at=NOON)

    assert offered(deleted).ended_why == "CANCELLED"
    made.refresh_from_db()
    assert (made.state, made.ended_why) == (State.WITHDRAWN, "CANCELLED")
    StockLevel.objects.update(available=0)
    new = late_parcel()
    type(made.order).objects.update(removed_at=NOON)
    assert offered(new) is None


# --- the ledger ---
def test_a_store_that_moved_to_another_platform_is_not_told_with_the_numbers_of_the_old(settings):
    settings.SHOP_CLIENTS["woocommerce"] = memory_shop.PATH
    made = chosen(late_parcel(), Choice.REFUND)
    type(made.order.store).objects.update(platform="woocommerce")

    worked(made)

    assert (made.state, SHOP.calls) == (State.STAFF, 0)
    assert "another platform" in made.staff_why


def test_a_shop_that_asks_to_wait_for_ever_brings_a_person_within_the_day():
    made = chosen(late_parcel(), Choice.REFUND)
    SHOP.before = [ShopError("429", retry_after=30 * 86_400)]
    carry_out_due(at=NOON)

    worked(made, at=NOON + timedelta(hours=25))

    assert (made.state, SHOP.calls) == (State.STAFF, 1)
