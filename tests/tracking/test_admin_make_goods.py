"""Staff and the choices, staff and what is done in shops: pages, buttons, and what they may not do."""

import pytest
import time_machine

from customers.models import Alert, Event
from tests.factories.customers import UserFactory
from tests.factories.tracking import NOON
from tests.staff import act, client_of, listing, page, press, queries, said
from tests.tracking import memory_shop
from tests.tracking.late import flagged, late_parcel, offered, order_of, parcel_of, rules
from tests.tracking.memory_shop import LONG, SHOP, connected, cut_off, later, refund
from tracking.models import MakeGood, ShopAction
from tracking.services.make_good_offers import look_round
from tracking.services.make_goods import choose
from tracking.services.shop_actions import carry_out_due
from tracking.shops.client import ShopError

pytestmark = pytest.mark.django_db
State = MakeGood.State


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def staff(db):
    return client_of()


@pytest.fixture
def waiting(db):
    """A refund that was chosen and is above the limit."""
    parcel = late_parcel()
    rules(parcel.order.store, make_good_limit_minor=1)
    made = offered(parcel)
    return choose(make_good_id=made.pk, choice="REFUND", at=NOON)


def worked():
    while carry_out_due(at=NOON):
        pass
    look_round(at=NOON)


def test_an_approved_choice_is_carried_out_and_does_not_use_up_the_budget(staff, waiting):
    answer = press(staff, waiting, "approve")
    worked()

    assert "approved" in said(answer)[0]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.by_machine, SHOP.effects) == (State.DONE, False, 1)
    assert Alert.objects.get().state == Alert.State.ENDED


def test_pressed_twice_it_is_approved_once(staff, waiting):
    act(staff, MakeGood, "approve", [waiting])
    answer = act(staff, MakeGood, "approve", [waiting])
    worked()

    assert "does not wait for a person" in said(answer)[0]
    assert (SHOP.effects, ShopAction.objects.count()) == (1, 1)


def test_what_was_done_by_hand_is_told(staff, waiting):
    press(staff, waiting, "done_by_hand")

    waiting.refresh_from_db()
    assert waiting.state == State.DONE
    assert waiting.settled_by
    assert Event.objects.filter(kind="tracking.make_good.done").exists()
    assert SHOP.calls == 0


def test_an_offer_is_taken_back_and_not_made_again(staff):
    parcel = late_parcel()
    made = offered(parcel)

    press(staff, made, "retract")
    look_round(at=NOON + LONG)

    made.refresh_from_db()
    assert (made.state, made.ended_why, parcel.make_goods.count()) == (State.WITHDRAWN, "RETRACTED", 1)


def test_a_choice_of_unknown_contents_can_only_be_taken_back(staff):
    order = order_of({}, {})
    parcel, _other = parcel_of(order), parcel_of(order)
    flagged(parcel)
    made = offered(parcel)

    answer = act(staff, MakeGood, "approve", [made])

    assert "offered nothing" in said(answer)[0]
    assert press(staff, made, "approve").status_code == 403
    press(staff, made, "retract")
    made.refresh_from_db()
    assert made.state == State.WITHDRAWN


def test_what_was_begun_in_the_shop_is_settled_there(staff):
    made = offered(late_parcel())
    choose(make_good_id=made.pk, choice="REFUND", at=NOON)
    SHOP.before = [ShopError("no", permanent=True)]
    worked()

    answer = act(staff, MakeGood, "done_by_hand", [made])
    assert "begun in the shop" in said(answer)[0]

    action = ShopAction.objects.get()
    staff.post(page(action, "done"), {"external_id": " R-7 "})
    worked()
    made.refresh_from_db()
    action.refresh_from_db()
    assert (made.state, action.external_id) == (State.DONE, "R-7")


def test_what_is_cancelled_in_the_ledger_waits_for_a_person_again(staff):
    made = offered(late_parcel())
    choose(make_good_id=made.pk, choice="REFUND", at=NOON)

    press(staff, ShopAction.objects.get(), "cancel")
    look_round(at=NOON)
    made.refresh_from_db()
    assert (made.state, made.action) == (State.STAFF, None)

    press(staff, made, "approve")
    worked()
    made.refresh_from_db()
    assert (made.state, SHOP.effects, ShopAction.objects.count()) == (State.DONE, 1, 2)


def test_marking_as_done_asks_for_the_shops_number_first(staff):
    action = refund(order_of({}))
    SHOP.before = [ShopError("no", permanent=True)]
    worked()

    shown = staff.get(page(action)).content.decode()
    form = staff.get(page(action, "done")).content.decode()

    assert page(action, "done") in shown
    assert "The shop&#x27;s number" in form or "The shop's number" in form
    action.refresh_from_db()
    assert action.state == ShopAction.State.STAFF


def test_an_action_the_worker_is_at_cannot_be_marked_or_cancelled(staff):
    action = refund(order_of({}))
    SHOP.after = [cut_off()]
    carry_out_due(at=NOON)

    answer = staff.post(page(action, "done"), {}, follow=True)

    assert "still at it" in said(answer)[0]
    assert press(staff, action, "cancel").status_code == 403
    assert "may be done" in said(act(staff, ShopAction, "cancel", [action]))[0]


def test_what_a_person_saw_undone_is_done(staff):
    action = refund(order_of({}))
    SHOP.before, SHOP.look_faults = [cut_off()], [ShopError("gone", permanent=True)]
    carry_out_due(at=NOON)
    later(action, NOON + LONG)

    press(staff, action, "not_done")
    worked()

    action.refresh_from_db()
    assert (action.state, SHOP.effects) == (ShopAction.State.DONE, 1)


def test_staff_without_the_right_press_nothing(waiting):
    clerk = client_of(UserFactory(is_staff=True))

    assert press(clerk, waiting, "approve").status_code == 403
    assert clerk.post(page(refund(waiting.order, amount=1), "done")).status_code == 403


def test_lists_search_filter_export_and_take_no_more_queries_for_more_rows(staff):
    made = offered(late_parcel())
    refund(made.order, "p:0", 1)
    first = [queries(staff, listing(model)) for model in (MakeGood, ShopAction)]
    for number in range(4):
        parcel = late_parcel()
        offered(parcel)
        refund(parcel.order, f"p:{number + 1}", 1)

    assert [queries(staff, listing(model)) for model in (MakeGood, ShopAction)] == first
    for model in (MakeGood, ShopAction):
        number = made.order.number_key
        shown = staff.get(listing(model), {"q": number}).content.decode()
        assert made.order.number in shown
        rows = b"".join(staff.post(listing(model, "export")).streaming_content).decode()
        assert rows.count("\n") >= 6
    assert staff.get(page(made)).status_code == 200


def test_the_store_without_a_way_in_says_so(staff):
    connected()
    parcel = late_parcel(store=None)
    store = parcel.order.store
    store.api_secret = ""
    store.save()
    made = offered(parcel)
    choose(make_good_id=made.pk, choice="REFUND", at=NOON)
    worked()

    shown = staff.get(page(ShopAction.objects.get())).content.decode()

    assert "has no way into its shop set up" in shown
