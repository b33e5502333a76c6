"""Discount codes that journeys give."""

from datetime import timedelta

import pytest
from babel import Locale

from engagement import offers
from engagement.models import Message
from tests.factories.customers import StoreFactory
from tests.factories.engagement import MessageFactory
from tests.factories.runs import EnrolmentFactory, JourneyFactory
from tests.factories.tracking import NOON, OrderFactory
from tracking.models import ShopAction

pytestmark = pytest.mark.django_db
TEN = {"percent": 10, "days_valid": 30}


@pytest.fixture
def store():
    return StoreFactory(api_url="https://shop.example", api_secret="token")  # noqa: S106


def runs(store, count=1, **more):
    journey = JourneyFactory()
    return [EnrolmentFactory(journey=journey, order=OrderFactory(store=store), **more) for _ in range(count)]


def test_every_run_gets_a_code_of_its_own(store):
    one, two = runs(store, 2)

    given = offers.give([one, two], TEN, at=NOON)

    actions = ShopAction.objects.filter(kind=ShopAction.Kind.DISCOUNT)
    codes = {row.wanted["code"] for row in actions}
    assert len(codes) == 2
    assert {given[run.pk]["offer"]["action_id"] for run in (one, two)} == {row.pk for row in actions}
    assert {(row.wanted["percent"], row.wanted["uses"]) for row in actions} == {(10, 1)}
    assert actions[0].wanted["ends_at"] == (NOON + timedelta(days=30)).isoformat()


def test_a_run_that_comes_again_gets_the_same_code(store):
    [run] = runs(store)

    first = offers.give([run], TEN, at=NOON)
    second = offers.give([run], TEN, at=NOON + timedelta(hours=1))

    assert first == second
    assert ShopAction.objects.count() == 1


def test_the_budget_is_never_passed(store):
    rows = runs(store, 3)

    first = offers.give(rows[:1], TEN | {"budget": 2}, at=NOON)
    rest = offers.give(rows, TEN | {"budget": 2}, at=NOON)

    assert first[rows[0].pk] == rest[rows[0].pk]
    assert [bool(rest[row.pk]) for row in rows] == [True, True, False]
    assert ShopAction.objects.count() == 2


def test_a_shop_that_can_make_no_codes_gives_none():
    [run] = runs(StoreFactory(platform="none"))

    assert offers.give([run], TEN, at=NOON) == {run.pk: {}}
    assert not ShopAction.objects.exists()


def test_a_code_that_staff_prepared_is_given_to_everybody():
    one, two = runs(StoreFactory(platform="none"), 2)

    given = offers.give([one, two], TEN | {"code": "PIER10"}, at=NOON)

    assert {given[run.pk]["offer"]["code"] for run in (one, two)} == {"PIER10"}
    assert not ShopAction.objects.exists()


def test_a_prepared_code_keeps_to_its_budget():
    one, two = runs(StoreFactory(platform="none"), 2)
    settings = TEN | {"code": "PIER10", "budget": 1}
    one.context = offers.give([one], settings, at=NOON)[one.pk]
    one.save()

    assert offers.give([one, two], settings, at=NOON)[two.pk] == {}


@pytest.mark.parametrize(
    "nothing", [{}, {"percent": 0}, {"percent": 101}, {"amount_minor": -5}], ids=["none", "0", "101", "minus"]
)
def test_an_offer_that_is_worth_nothing_is_refused(store, nothing):
    with pytest.raises(ValueError, match="worth"):
        offers.give(runs(store), nothing, at=NOON)


def said(run, given, *, at=NOON, language="en"):
    message = Message.objects.get(pk=MessageFactory(order=run.order, context=given[run.pk]).pk)
    return message, offers.build(message, run.store, Locale(language), at=at)


def test_a_message_waits_for_its_code_and_then_says_it(store):
    [run] = runs(store)
    given = offers.give([run], TEN, at=NOON)

    message, before = said(run, given)
    assert offers.waits(message)
    assert before["code"] == ""

    action = ShopAction.objects.get()
    ShopAction.objects.update(state=ShopAction.State.DONE)
    after = offers.build(message, store, Locale("en"), at=NOON)
    assert not offers.waits(message)
    assert after == {
        "code": action.wanted["code"],
        "words": "10% off your next order",
        "until": "April 9, 2026",
    }


def test_a_code_that_has_run_out_is_not_said():
    [run] = runs(StoreFactory(platform="none"))
    given = offers.give([run], {"amount_minor": 500, "code": "FIVE", "days_valid": 5}, at=NOON)

    assert said(run, given, language="de")[1]["words"] == "5,00\xa0$ Rabatt auf Ihre nächste Bestellung"
    assert said(run, given, at=NOON + timedelta(days=5))[1] == {"code": "", "words": "", "until": ""}


def test_what_the_shop_did_not_make_is_not_waited_for(store):
    [run] = runs(store)
    message, _ = said(run, offers.give([run], TEN, at=NOON))
    ShopAction.objects.update(state=ShopAction.State.STAFF)

    assert not offers.waits(message)


def test_codes_are_hard_to_guess_and_easy_to_type():
    codes = {offers.new_code() for _ in range(200)}

    assert len(codes) == 200
    assert not any(letter in code for code in codes for letter in "01OI")
