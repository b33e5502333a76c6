"""Who is offered what, what they choose, and how it is carried out."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from customers.models import Alert, Delivery, Event
from customers.outbox import deliver_due, publish
from tests.factories.tracking import NOON
from tests.tracking import memory_shop
from tests.tracking.late import flagged, late_parcel, offered, order_of, parcel_of, rules
from tests.tracking.memory_shop import SHOP
from tracking.models import Flag, MakeGood, OrderRefund, Shipment, ShopAction, StockLevel
from tracking.services.make_good_offers import look_round
from tracking.services.make_goods import Changed, Over, bring_up_to_date, choose
from tracking.services.shop_actions import carry_out_due
from tracking.shops.client import ShopError
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db
State, Choice = MakeGood.State, MakeGood.Choice


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def pick(make_good, choice, at=NOON, **given):
    """Choose, let the worker do it, and return the offer as it then stands."""
    choose(make_good_id=make_good.pk, choice=choice, at=at, **given)
    while carry_out_due(at=at):
        pass
    look_round(at=at)
    make_good.refresh_from_db()
    return make_good


# --- offering ---
def test_a_severely_late_parcel_is_offered_all_three_once():
    parcel = late_parcel()

    made = offered(parcel)
    look_round(at=NOON + timedelta(hours=1))

    assert (made.state, made.why, made.amount_minor) == (State.OFFERED, "LATE", 5300)
    assert made.choices == ["REPLACEMENT", "REFUND", "WAIT"]
    assert made.facts["days"] >= 3
    assert MakeGood.objects.count() == 1
    told = Event.objects.get(kind="tracking.make_good.offered")
    assert told.data == {
        "order_id": parcel.order_id,
        "shipment_id": parcel.pk,
        "make_good_id": made.pk,
        "why": "LATE",
        "choice": "",
    }


@pytest.mark.parametrize(("days", "severe"), [(4, False), (5, True)])
def test_only_working_days_make_a_delay_severe(days, severe):
    # NOON is a Tuesday: four days back is Friday (2 working days past), five is Thursday (3).
    parcel = parcel_of(order_of({}))
    flagged(parcel, days=days)

    assert (offered(parcel) is not None) is severe


def test_a_lost_parcel_is_offered_at_once_and_a_damaged_one_without_a_flag():
    lost, damaged = parcel_of(order_of({})), parcel_of(order_of({}))
    flagged(lost, Flag.Kind.LOST, days=0)
    Shipment.objects.filter(pk=damaged.pk).update(status=Status.EXCEPTION, reason=Reason.DAMAGED)

    assert (offered(lost).why, offered(damaged).why) == ("LOST", "DAMAGED")


def test_nothing_is_offered_where_the_store_does_not_want_it_or_the_recipient_is_the_cause():
    off, theirs, cleared = late_parcel(), late_parcel(), late_parcel()
    rules(off.order.store, offer_make_good=False)
    Shipment.objects.filter(pk=theirs.pk).update(reason=Reason.ADDRESS)
    cleared.flags.update(cleared_at=NOON)

    assert [offered(parcel) for parcel in (off, theirs, cleared)] == [None, None, None]


def test_contents_that_nobody_knows_are_for_a_person():
    order = order_of({}, {})
    parcel, _other = parcel_of(order), parcel_of(order)
    flagged(parcel)

    made = offered(parcel)
    look_round(at=NOON)

    assert (made.state, made.choices) == (State.STAFF, [])
    assert Alert.objects.get().key == f"make-good:{made.pk}"
    assert not Event.objects.filter(kind="tracking.make_good.offered").exists()


def test_what_is_out_of_stock_is_not_offered_and_unknown_stock_is():
    out, unknown = parcel_of(order_of({"stock": 0})), parcel_of(order_of({"stock": None}))
    flagged(out)
    flagged(unknown)

    assert offered(out).choices == ["REFUND", "WAIT"]
    assert offered(unknown).choices == ["REPLACEMENT", "REFUND", "WAIT"]


def test_an_order_whose_money_is_back_is_offered_nothing():
    parcel = late_parcel()
    OrderRefund.objects.create(
        order=parcel.order, external_id="1", amount_minor=5300, currency="USD", made_at=NOON
    )

    made = offered(parcel)

    assert (made.state, made.ended_why) == (State.WITHDRAWN, "NOTHING")
    assert not Event.objects.filter(kind__startswith="tracking.make_good").exists()


def test_a_new_flag_wakes_the_look_round():
    parcel = late_parcel()
    with transaction.atomic():
        publish("tracking.flag.opened", key="flag:1:opened", occurred_at=NOON, store=parcel.order.store)

    deliver_due(at=timezone.now())

    assert Delivery.objects.get(handler="tracking.make_good").state == Delivery.State.DONE


# --- withdrawing ---
@pytest.mark.parametrize(
    ("status", "why"),
    [("DELIVERED", "CAME"), ("OUT_FOR_DELIVERY", "COMING"), ("READY_FOR_PICKUP", "COMING")],
)
def test_an_offer_is_withdrawn_when_the_parcel_comes(status, why):
    parcel = late_parcel()
    offered(parcel)
    Shipment.objects.filter(pk=parcel.pk).update(status=status)

    made = offered(parcel)

    assert (made.state, made.ended_why) == (State.WITHDRAWN, why)
    assert Event.objects.filter(kind="tracking.make_good.withdrawn").count() == 1


def test_an_offer_does_not_stand_for_ever():
    made = offered(late_parcel())

    look_round(at=NOON + timedelta(days=30))

    made.refresh_from_db()
    assert (made.state, made.ended_why) == (State.WITHDRAWN, "EXPIRED")


# --- choosing ---
def test_a_refund_is_carried_out_to_the_cent_and_told():
    parcel = late_parcel()

    made = pick(offered(parcel), Choice.REFUND, seen_minor=5300)

    assert (made.state, made.by_machine, made.cost_minor) == (State.DONE, True, 5300)
    wanted, _done = SHOP.refunds[str(made.action.key)]
    line = parcel.order.lines.get()
    assert (wanted.amount_minor, wanted.shipping_minor) == (5300, 500)
    assert wanted.lines == ((line.external_id, 1, False),)
    assert Event.objects.get(kind="tracking.make_good.done").data["choice"] == "REFUND"


def test_a_replacement_is_an_order_of_the_same_for_nothing():
    parcel = late_parcel()

    made = pick(offered(parcel), Choice.REPLACEMENT)

    assert made.state == State.DONE
    wanted, _done = SHOP.orders[str(made.action.key)]
    (line,) = wanted.lines
    assert (line.quantity, line.price_minor, wanted.paid) == (1, 0, True)
    assert line.variant_external_id == parcel.order.lines.get().variant_external_id
    assert wanted.ship_to.postcode == "97201"
    assert "replacement" in wanted.tags


def test_waiting_is_recorded_and_offered_anew_when_nothing_has_come():
    parcel = late_parcel()
    made = pick(offered(parcel), Choice.WAIT)
    assert (made.state, made.again_on.isoformat(), SHOP.calls) == (State.DONE, "2026-03-13", 0)

    look_round(at=NOON + timedelta(days=2))
    assert parcel.make_goods.count() == 1
    look_round(at=NOON + timedelta(days=3))

    assert parcel.make_goods.filter(state=State.OFFERED).count() == 1


def test_the_same_choice_twice_is_one_and_another_is_too_late():
    made = offered(late_parcel())
    pick(made, Choice.REFUND)
    pick(made, Choice.REFUND)

    with pytest.raises(Over):
        pick(made, Choice.REPLACEMENT)

    assert (SHOP.effects, ShopAction.objects.count()) == (1, 1)


def test_stock_that_is_gone_meanwhile_and_sums_that_changed_are_shown_anew():
    parcel = late_parcel()
    made = offered(parcel)
    StockLevel.objects.update(available=0)
    with pytest.raises(Changed):
        pick(made, Choice.REPLACEMENT)
    assert bring_up_to_date(make_good_id=made.pk, at=NOON).choices == ["REFUND", "WAIT"]

    OrderRefund.objects.create(
        order=parcel.order, external_id="1", amount_minor=300, currency="USD", made_at=NOON
    )
    with pytest.raises(Changed):
        pick(made, Choice.REFUND, seen_minor=5300)
    assert bring_up_to_date(make_good_id=made.pk, at=NOON).amount_minor == 5000
    assert SHOP.calls == 0


def test_a_choice_for_a_parcel_that_has_come_is_not_taken():
    parcel = late_parcel()
    made = offered(parcel)
    Shipment.objects.filter(pk=parcel.pk).update(status=Status.DELIVERED)

    with pytest.raises(Changed):
        pick(made, Choice.REFUND)

    assert bring_up_to_date(make_good_id=made.pk, at=NOON).ended_why == "CAME"


def test_a_made_good_parcel_is_not_offered_about_again():
    parcel = late_parcel()
    pick(offered(parcel), Choice.REFUND)

    look_round(at=NOON + timedelta(days=20))

    assert parcel.make_goods.count() == 1


# --- budgets ---
def test_more_than_the_limit_of_one_order_is_for_a_person():
    parcel = late_parcel()
    rules(parcel.order.store, make_good_limit_minor=5299)

    made = pick(offered(parcel), Choice.REFUND)

    assert (made.state, made.by_machine, made.action) == (State.STAFF, False, None)
    assert made.answer_by.isoformat() == "2026-03-12"
    assert "limit" in Alert.objects.get().detail


def test_the_month_ends_the_budget_and_the_next_brings_a_new_one():
    first, second, third = (late_parcel(store=None) for _ in range(3))
    store = first.order.store
    for parcel in (second, third):
        parcel.order.store = store
        parcel.order.save()
        parcel.flags.update(store=store)
    rules(store, make_good_budget_minor=10_000)
    StockLevel.objects.update(available=0)

    assert pick(offered(first), Choice.REFUND).state == State.DONE
    assert pick(offered(second), Choice.REFUND).state == State.STAFF
    april = NOON + timedelta(days=22)
    assert pick(offered(third), Choice.REFUND, at=april).state == State.DONE


def test_unknown_stock_and_another_currency_are_for_a_person():
    unknown = parcel_of(order_of({"stock": None}))
    abroad = parcel_of(order_of({}, currency="EUR"))
    flagged(unknown)
    flagged(abroad)

    assert pick(offered(unknown), Choice.REPLACEMENT).state == State.STAFF
    assert pick(offered(abroad), Choice.REFUND).state == State.STAFF


def test_money_that_the_shop_gave_back_itself_makes_a_person_look_and_ours_does_not():
    order = order_of({}, {})
    first, second = parcel_of(order, (0, 1)), parcel_of(order, (1, 1))
    flagged(first)
    flagged(second)
    look_round(at=NOON)
    one, two = first.make_goods.get(), second.make_goods.get()

    pick(one, Choice.REFUND)
    OrderRefund.objects.create(order=order, external_id="77", amount_minor=4800, currency="USD", made_at=NOON)
    theirs = OrderRefund.objects.create(
        order=order, external_id="78", amount_minor=100, currency="USD", made_at=NOON
    )
    assert pick(two, Choice.REFUND).state == State.STAFF
    assert "see what for" in two.staff_why

    theirs.delete()
    two.delete()
    assert pick(offered(second), Choice.REFUND).state == State.DONE


def test_a_shop_that_refuses_hands_it_to_a_person_and_back():
    made = offered(late_parcel())
    SHOP.before = [ShopError("no", permanent=True)]

    pick(made, Choice.REFUND)

    assert made.state == State.STAFF
    assert "no" in made.staff_why
    assert Alert.objects.exclude(state="ENDED").get().kind == "tracking.shop_action"
