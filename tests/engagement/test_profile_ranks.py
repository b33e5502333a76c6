"""Where a customer stands: loyalty tiers, and fifths of all buyers."""

import pytest
from django.test import override_settings

from engagement.checks import check_tiers
from engagement.models import Profile
from engagement.profiles.ranks import fifth, rank_all
from engagement.profiles.services import mark_dirty, rebuild, refresh_due
from engagement.profiles.tiers import read, tier_of
from tests.engagement.profiling import DAY, climbs, profile
from tests.factories.customers import CustomerFactory
from tests.factories.tracking import NOON, OrderFactory
from tracking.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return CustomerFactory()


# --- tiers


@pytest.mark.parametrize(
    "orders, spent, currency, tier",
    [
        (0, 0, "USD", ""),
        (1, 19_999, "USD", ""),
        (1, 20_000, "USD", "silver"),
        (1, 20_000, "EUR", ""),
        (2, 0, "", "bronze"),
        (9, 0, "EUR", "gold"),
    ],
)
@override_settings(
    LOYALTY_TIERS={"gold": {"orders": 9}, "silver": {"spent": {"USD": 20_000}}, "bronze": {"orders": 2}}
)
def test_a_tier_is_reached_by_orders_or_by_money_of_that_currency(orders, spent, currency, tier):
    assert tier_of(orders, spent, currency) == tier


@pytest.mark.parametrize(
    "told",
    [{"platinum": {"orders": 1}}, {"gold": {"orders": "many"}}, {"gold": {"spent": {"USD": -1}}}],
    ids=["tier", "words", "negative"],
)
def test_thresholds_that_make_no_sense_are_refused(told):
    with pytest.raises(ValueError, match="tier|number"):
        read(told)


@pytest.mark.parametrize("told", [{"platinum": {}}, {"gold": 3}], ids=["tier", "shape"])
def test_thresholds_that_make_no_sense_are_found_at_start(settings, told):
    assert check_tiers(None) == []

    settings.LOYALTY_TIERS = told

    assert [problem.id for problem in check_tiers(None)] == ["engagement.E001"]


def refresh(customer, at=NOON):
    mark_dirty([customer.pk], at=at)
    refresh_due(at=at)


def test_a_climb_is_told_once(ada):
    for _ in range(2):
        OrderFactory(customer=ada)
    refresh(ada)
    refresh(ada)

    assert climbs() == [(ada.pk, "", "bronze")]

    for _ in range(2):
        OrderFactory(customer=ada)
    refresh(ada, NOON + DAY)

    assert climbs()[1:] == [(ada.pk, "bronze", "silver")]


def test_who_falls_and_climbs_again_is_told_again_on_another_day(ada):
    orders = [OrderFactory(customer=ada) for _ in range(2)]
    refresh(ada)
    Order.objects.filter(pk=orders[0].pk).update(cancelled_at=NOON)
    refresh(ada)
    Order.objects.update(cancelled_at=None)
    refresh(ada)
    assert climbs() == [(ada.pk, "", "bronze")]

    Order.objects.filter(pk=orders[0].pk).update(cancelled_at=NOON)
    refresh(ada, NOON + DAY)
    Order.objects.update(cancelled_at=None)
    refresh(ada, NOON + DAY)

    assert climbs() == [(ada.pk, "", "bronze")] * 2


def test_history_is_no_news(ada):
    for _ in range(2):
        OrderFactory(customer=ada, placed_at=NOON - 8 * DAY)
    refresh(ada)
    assert profile(ada).tier == "bronze"

    eve = CustomerFactory()
    for _ in range(2):
        OrderFactory(customer=eve)
    rebuild(at=NOON)
    assert profile(eve).tier == "bronze"

    assert climbs() == []


def test_orders_of_more_than_a_year_ago_make_no_tier(ada):
    for days in (0, -366):
        OrderFactory(customer=ada, placed_at=NOON + days * DAY)
    refresh(ada)

    assert profile(ada).tier == ""


# --- fifths


def buyers(*orders, currency="USD", **more):
    people = [CustomerFactory() for _ in orders]
    for place, (one, count) in enumerate(zip(people, orders, strict=True)):
        Profile.objects.create(
            customer=one, orders=count, currency=currency, spent_minor=100 * count,
            last_order_at=NOON + place * DAY, updated_at=NOON, **more,
        )  # fmt: skip
    return people


def test_each_fifth_of_ten_different_buyers_holds_two():
    people = buyers(*range(1, 11))

    rank_all()

    assert [profile(one).frequency for one in people] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [profile(one).recency for one in people] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert rank_all() == 0


def test_equals_share_the_lowest_fifth_of_theirs():
    people = buyers(1, 1, 1, 1, 1, 1, 2, 2, 3, 9)

    rank_all()

    assert [profile(one).frequency for one in people] == [1] * 6 + [4] * 2 + [5] * 2


def test_money_is_compared_in_its_own_currency():
    dollars, yen = buyers(1, 2, 3, 4, 5), buyers(100, 200, 300, 400, 500, currency="JPY")

    rank_all()

    assert [profile(one).monetary for one in dollars] == [1, 2, 3, 4, 5]
    assert [profile(one).monetary for one in yen] == [1, 2, 3, 4, 5]
    assert [profile(one).frequency for one in dollars] == [1, 1, 2, 2, 3]


def test_four_buyers_are_not_ranked_and_nobody_who_never_bought():
    people = buyers(1, 2, 3, 4)
    nobody = CustomerFactory()
    Profile.objects.create(customer=nobody, updated_at=NOON, recency=3, frequency=3, monetary=3)

    rank_all()

    assert {profile(one).recency for one in people} == {0}
    assert (profile(nobody).recency, profile(nobody).frequency, profile(nobody).monetary) == (0, 0, 0)


@pytest.mark.parametrize("value, place", [(1, 1), (10, 1), (11, 2), (41, 5)])
def test_a_fifth_begins_above_its_step(value, place):
    assert fifth(value, [10, 20, 30, 40]) == place
    assert fifth(value, []) == 0
