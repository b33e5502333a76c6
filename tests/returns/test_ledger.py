"""The ledger of refunds: one row per attempt, one effect whatever dies in between, and what a person does."""

from datetime import UTC, date, datetime, timedelta

import pytest
import responses
from django.db import transaction

from customers.models import Alert, Delivery, Event
from returns.models import Refund
from returns.services import ledger
from returns.services.ledger import Parts, can_give, done_by_hand, given_beside, provider_for, retry, standing
from returns.services.settling import settle
from tests.factories.customers import StoreFactory
from tests.factories.returns import ReturnSettingsFactory
from tests.factories.tracking import NOON
from tests.returns.paying import back, inspected, kinds, order_of, person, rows, swap, work
from tests.returns.stripe_double import KEY, StripeDouble
from tests.tracking import memory_shop
from tests.tracking.memory_shop import LONG, SHOP, cut_off, later
from tracking.models import ShopAction
from tracking.services import shop_staff
from tracking.services.refundable import left_to_refund
from tracking.services.shop_actions import carry_out_due
from tracking.services.shop_staff import NotNow
from tracking.shops.client import ShopError

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The worker's end: nothing after this line runs."""


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def stripe():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield StripeDouble().at(mock)


def alone(**given):
    """Return an order of a store whose shop has no API."""
    return order_of(4800, store=StoreFactory(currency="USD"), **given)


def by_stripe(**given):
    order = alone(payment_provider="stripe", payment_reference="pi_0001", payment_method="card", **given)
    ReturnSettingsFactory(store=order.store, stripe_key=KEY)
    return order


def ready(order=None, **given):
    """Return an inspected return whose refund was asked for."""
    ret = inspected(back(order, **given))
    settle(ret.pk, at=NOON)
    return ret


# --- who gives it
def test_the_shop_gives_it_back_where_it_can():
    assert provider_for(order_of(4800), "AUTO") == "shopify"


def test_stripe_gives_it_back_where_the_shop_cannot():
    assert provider_for(by_stripe(), "AUTO") == "stripe"


def test_what_no_machine_can_give_back_is_for_a_person():
    assert provider_for(alone(), "AUTO") == "manual"
    assert provider_for(alone(payment_provider="stripe", payment_reference="pi_0001"), "stripe") == "manual"
    assert provider_for(order_of(4800), "manual") == "manual"


def test_a_payment_of_another_provider_is_never_asked_back_from_stripe():
    order = by_stripe()
    order.payment_reference = "PAYPAL-77"

    assert not can_give(order, "stripe")


# --- the way of one refund
def test_a_refund_goes_through_the_shop_and_is_told_of():
    ret = ready()

    work()

    refund = ret.refunds.get()
    assert (refund.state, refund.external_id, refund.purpose) == (
        "SUCCEEDED",
        "gid://shop/Refund/77",
        f"return:{ret.pk}:refund:1",
    )
    assert refund.arrives_by > NOON.date()
    assert "returns.refund.begun" in kinds() and "returns.refund.done" in kinds()
    assert SHOP.refunds[str(refund.action.key)][0].note == f"Return {ret.number}"


def test_a_refund_goes_through_stripe_on_the_orders_payment(stripe):
    ret = ready(by_stripe())

    work()

    assert rows(ret) == [("stripe", 4800, "SUCCEEDED")]
    made = stripe.refunds[0]
    assert (made["payment_intent"], made["amount"]) == ("pi_0001", 4800)
    assert made["metadata"]["porchlight_key"] == str(ret.refunds.get().action.key)
    assert ret.refunds.get().external_id == made["id"]


def test_a_shop_in_trouble_does_not_stop_stripe_nor_the_other_way_round(stripe):
    ret = ready(by_stripe())
    ret.store.api_resume_at = NOON + timedelta(hours=3)
    ret.store.save()
    stripe.fail("429", on="POST refunds")

    carry_out_due(at=NOON)

    ret.store.refresh_from_db()
    assert (ret.store.api_failing_since, stripe.called("POST refunds")) == (None, 1)
    later(ret.refunds.get().action, NOON + timedelta(minutes=5))
    assert len(stripe.refunds) == 1


@pytest.mark.parametrize("mode", ["timeout", "timeout_after", "reset", "500"])
def test_stripe_is_asked_what_became_of_it_before_anything_is_asked_again(stripe, mode):
    ret = ready(by_stripe())
    stripe.fail(mode, on="POST refunds")
    carry_out_due(at=NOON)
    refund = ret.refunds.get()
    assert standing(refund) == "UNKNOWN"

    later(refund.action, NOON + timedelta(minutes=2))
    later(refund.action, NOON + LONG)
    work(at=NOON + LONG)

    assert len(stripe.refunds) == 1
    assert rows(ret) == [("stripe", 4800, "SUCCEEDED")]


@pytest.mark.parametrize("moment", ["claimed", "begun", "called", "done", "settling", "following", "telling"])
def test_a_worker_killed_at_any_line_gives_money_back_once(monkeypatch, moment):
    ret = ready()
    refund = ret.refunds.get()

    def dies(*args, **kwargs):
        raise Killed

    actions = "tracking.services.shop_actions."
    if moment in ("called", "done"):
        setattr(SHOP, {"called": "before", "done": "after"}[moment], [Killed()])
    else:
        places = {
            "claimed": actions + "client_of",
            "begun": actions + "_method",
            "settling": actions + "tell",
            "following": "returns.services.ledger._succeed",
            "telling": "returns.services.ledger.tell",
        }
        monkeypatch.setattr(places[moment], dies)
    with pytest.raises(Killed):
        work()
    monkeypatch.undo()
    later(refund.action, NOON + LONG)
    recovered(ret)

    assert SHOP.effects == 1
    assert rows(ret) == [("shopify", 4800, "SUCCEEDED")]
    assert left_to_refund(ret.order) == 500
    assert kinds().count("returns.refund.done") == 1
    assert kinds().count("returns.return.settled") == 1


@pytest.mark.parametrize("moment", ["request_action", "_row", "tell"])
def test_a_worker_killed_while_it_asks_leaves_nothing_half_done(monkeypatch, moment):
    ret = inspected(back())

    def dies(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(f"returns.services.ledger.{moment}", dies)
    with pytest.raises(Killed):
        settle(ret.pk, at=NOON)
    monkeypatch.undo()
    assert (Refund.objects.count(), ShopAction.objects.count()) == (0, 0)

    settle(ret.pk, at=NOON)
    work()

    assert (rows(ret), SHOP.effects) == ([("shopify", 4800, "SUCCEEDED")], 1)


def recovered(ret):
    """Let leases of a dead worker's deliveries run out, and work again."""
    Delivery.objects.exclude(claim=None).update(leased_until=datetime(2020, 1, 1, tzinfo=UTC))
    work(at=NOON + LONG)


# --- what fails
def refused(ret):
    SHOP.before = [ShopError("The card was closed", permanent=True)]
    work()
    return ret.refunds.get()


def test_a_refusal_is_for_a_person_with_one_alert_and_is_not_tried_again():
    ret = ready()
    refund = refused(ret)

    for day in range(3):
        settle(ret.pk, at=NOON + timedelta(days=day))
        work(at=NOON + timedelta(days=day))

    refund.refresh_from_db()
    assert (refund.state, SHOP.calls) == ("FAILED", 1)
    assert "card was closed" in refund.words
    assert rows(ret) == [("shopify", 4800, "FAILED")]
    assert Alert.objects.exclude(state="ENDED").count() == 1
    assert "returns.refund.failed" in kinds()


def test_a_refusal_is_tried_again_by_a_person_as_another_row_of_the_same_money():
    ret = ready()
    refund = refused(ret)

    new = retry(refund.pk, "shopify", by=person(), at=NOON)
    work()

    assert (new.attempt, new.amount_minor, new.purpose) == (2, 4800, f"return:{ret.pk}:refund:1:2")
    assert rows(ret) == [("shopify", 4800, "FAILED"), ("shopify", 4800, "SUCCEEDED")]
    assert SHOP.effects == 1
    assert not Alert.objects.exclude(state="ENDED").exists()
    assert left_to_refund(ret.order) == 500
    settle(ret.pk, at=NOON)
    assert len(rows(ret)) == 2


def test_a_refusal_is_given_back_by_hand_with_the_transfers_number():
    ret = ready()
    refund = refused(ret)

    new = retry(refund.pk, "manual", by=person(), at=NOON)
    assert new.state == "STAFF"
    assert left_to_refund(ret.order) == 500
    done_by_hand(new.pk, by=person(), reference="SEPA-1", at=NOON)
    work()

    new.refresh_from_db()
    assert (new.state, new.external_id) == ("SUCCEEDED", "SEPA-1")
    assert (SHOP.effects, kinds().count("returns.return.settled")) == (0, 1)


def test_there_are_never_two_living_attempts_at_the_same_money():
    ret = ready()
    refund = ret.refunds.get()
    with pytest.raises(NotNow):
        retry(refund.pk, "manual", by=person(), at=NOON)
    SHOP.after = [cut_off()]
    carry_out_due(at=NOON)
    with pytest.raises(NotNow):
        retry(refund.pk, "manual", by=person(), at=NOON)
    later(refund.action, NOON + timedelta(minutes=2))
    work()
    with pytest.raises(NotNow):
        retry(refund.pk, "manual", by=person(), at=NOON)

    assert rows(ret) == [("shopify", 4800, "SUCCEEDED")]


def test_an_attempt_that_was_followed_by_another_is_not_tried_again():
    ret = ready()
    refund = refused(ret)
    retry(refund.pk, "manual", by=person(), at=NOON)

    with pytest.raises(NotNow, match="later attempt"):
        retry(refund.pk, "shopify", by=person(), at=NOON)
    with pytest.raises(NotNow, match="later attempt"):
        done_by_hand(refund.pk, by=person(), reference="", at=NOON)


def test_what_a_person_did_in_the_shop_is_done_here_too():
    ret = ready()
    refund = refused(ret)

    shop_staff.mark_done(action_id=refund.action_id, by=person(), at=NOON, external_id="88")
    work()

    assert rows(ret) == [("shopify", 4800, "SUCCEEDED")]
    assert kinds().count("returns.return.settled") == 1


def test_what_was_given_up_in_the_shop_asks_a_person_how_to_give_it():
    ret = ready()
    refund = refused(ret)

    shop_staff.cancel(action_id=refund.action_id, by=person(), at=NOON)
    work()

    refund.refresh_from_db()
    assert refund.state == "FAILED"
    done_by_hand(refund.pk, by=person(), reference="CASH", at=NOON)
    assert rows(ret) == [("shopify", 4800, "FAILED"), ("manual", 4800, "SUCCEEDED")]


def test_a_provider_that_cannot_give_it_is_refused_in_words():
    ret = ready()
    refund = refused(ret)

    with pytest.raises(NotNow, match="Stripe cannot"):
        retry(refund.pk, "stripe", by=person(), at=NOON)


def test_by_hand_waits_for_the_person_who_did_it():
    ret = ready(alone())
    refund = ret.refunds.get()
    work()
    assert (refund.provider, refund.state) == ("manual", "STAFF")
    assert Alert.objects.get(key=f"refund:{refund.pk}").state == "OPEN"

    done_by_hand(refund.pk, by=person(), reference="T-1", at=NOON)
    done_by_hand(refund.pk, by=person(), reference="T-2", at=NOON)
    work()

    refund.refresh_from_db()
    assert (refund.state, refund.external_id) == ("SUCCEEDED", "T-1")
    assert Alert.objects.get(key=f"refund:{refund.pk}").state == "ENDED"
    assert kinds().count("returns.return.settled") == 1


def test_a_gift_cannot_be_given_back_to_the_card():
    ret = back(source="GIFT")

    with pytest.raises(ValueError, match="gift"), transaction.atomic():
        ledger.ask(ret, 100, Parts(100), at=NOON)


# --- what is left
def test_money_beside_the_shop_is_not_left_to_go_back():
    order = order_of(1000, 2000, 3000)
    credit = inspected(back(order, only=[0], outcome="CREDIT"))
    settle(credit.pk, at=NOON)
    exchange = back(order, only=[1])
    swap(exchange, exchange.units.get(), 1500)

    assert given_beside(order) == 1000 + 1500
    assert left_to_refund(order) == 6500 - 2500


def test_an_exchange_that_ended_gives_its_money_free_again():
    ret = back()
    made = swap(ret, ret.units.get(), 4800)
    assert left_to_refund(ret.order) == 500

    made.state = "CANCELLED"
    made.save()

    assert left_to_refund(ret.order) == 5300


def test_the_day_by_which_money_is_there_is_kept_with_it():
    ret = ready(order_of(4800, payment_method="paypal"))
    work()

    assert ret.refunds.get().arrives_by == date(2026, 3, 17)  # five working days after Tuesday


def test_refunds_are_told_without_personal_data():
    ready()
    work()

    for event in Event.objects.filter(kind__startswith="returns.refund."):
        assert "ada" not in str(event.data).lower()
        assert {"refund_id", "amount_minor", "currency", "provider", "return_id"} <= event.data.keys()
