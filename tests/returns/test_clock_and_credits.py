"""The refund clock, and store credit: its code, its balance, its end."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from customers.models import Event
from returns.clock import arrives, refund_clock, ways
from returns.models import CreditEntry, Refund
from returns.services import credits
from returns.services.credits import NotEnough, balance, end_over, new_code, spend, take_back
from returns.services.ledger import standing
from returns.services.settling import settle
from tests.factories.customers import StoreFactory
from tests.factories.returns import ReturnSettingsFactory
from tests.factories.tracking import NOON
from tests.returns.paying import back, inspected, order_of, person, work
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def given(**settings):
    """Return the credit of an inspected return."""
    ret = back(outcome="CREDIT")
    if settings:
        ReturnSettingsFactory(store=ret.store, **settings)
    inspected(ret)
    settle(ret.pk, at=NOON)
    return ret.credits.get()


# --- the clock
def test_money_to_a_card_takes_five_to_ten_working_days():
    sent = datetime(
        2026, 12, 18, 12, tzinfo=BERLIN
    )  # a Friday; 25 and 26 December and 1 January are holidays

    assert arrives(sent, "card", "shopify", BERLIN, "DE") == (date(2026, 12, 28), date(2027, 1, 5))


def test_the_day_is_that_of_the_store_and_not_of_the_server():
    late = datetime(2026, 3, 10, 23, 30, tzinfo=ZoneInfo("UTC"))  # the 11th in Berlin

    assert arrives(late, "bank", "manual", BERLIN, "DE")[0] == date(2026, 3, 13)


def test_a_way_nobody_has_measured_takes_as_long_as_the_slowest():
    assert ways("coupon-by-pigeon", "shopify") == ways("card", "shopify")
    assert ways("card", "credit") == (0, 0)


def test_the_clock_goes_from_preparing_to_sent_to_arrived():
    ret = inspected(back(order_of(4800, payment_method="paypal")))
    settle(ret.pk, at=NOON)
    clock = refund_clock(ret.refunds.get(), state=standing(ret.refunds.get()), at=NOON)
    assert (clock.stage, clock.to_date) == ("preparing", None)

    work()
    refund = ret.refunds.get()

    sent = refund_clock(refund, state=standing(refund), at=NOON)
    assert (sent.stage, sent.from_date, sent.to_date) == ("sent", date(2026, 3, 13), date(2026, 3, 17))
    assert refund_clock(refund, state=standing(refund), at=NOON + timedelta(days=8)).stage == "arrived"


def test_what_a_person_is_at_says_so():
    ret = inspected(back(order_of(4800, store=StoreFactory(currency="USD"))))
    settle(ret.pk, at=NOON)
    refund = ret.refunds.get()

    assert refund_clock(refund, state=standing(refund), at=NOON).stage == "delayed"


def test_credit_is_there_at_once():
    refund = Refund.objects.get(ret=given().ret)

    assert refund_clock(refund, state=standing(refund), at=NOON).stage == "credit"


# --- credit
def test_a_code_has_no_letters_that_are_taken_for_digits():
    codes = {new_code() for _ in range(200)}

    assert len(codes) == 200
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


def test_the_shop_is_asked_to_take_the_code_once_until_it_ends():
    credit = given(credit_days=365)
    work()

    wanted, _done = SHOP.discounts[credit.code]
    assert (wanted.amount_minor, wanted.currency, wanted.uses) == (4800, "USD", 1)
    assert wanted.ends_at == credit.expires_at == NOON + timedelta(days=365)
    assert Event.objects.get(kind="returns.credit.issued").data["amount_minor"] == 4800


def test_a_shop_without_codes_has_none_made():
    ret = inspected(back(order_of(4800, store=StoreFactory(currency="USD")), outcome="CREDIT"))
    settle(ret.pk, at=NOON)

    assert ret.credits.get().action is None


def test_a_balance_never_falls_below_nothing():
    credit, by = given(), person()
    spend(credit_id=credit.pk, amount_minor=4000, purpose="order:7", by=by, at=NOON)
    spend(credit_id=credit.pk, amount_minor=4000, purpose="order:7", by=by, at=NOON)
    assert balance(credit) == 800

    for amount in (801, 0, -5):
        with pytest.raises(NotEnough):
            take_back(credit_id=credit.pk, amount_minor=amount, purpose=f"x{amount}", by=by, at=NOON)

    take_back(credit_id=credit.pk, amount_minor=800, purpose="mistake", by=by, at=NOON, note="Typed twice")
    assert balance(credit) == 0


def test_a_credit_ends_on_its_day_and_not_before():
    credit = given(credit_days=30)
    assert end_over(at=NOON + timedelta(days=29)) == 0
    assert end_over(at=NOON + timedelta(days=30)) == 1
    assert end_over(at=NOON + timedelta(days=31)) == 0

    assert balance(credit) == 0
    assert CreditEntry.objects.get(kind="ENDED").amount_minor == -4800


def test_given_twice_for_one_purpose_it_is_one():
    credit = given()
    again = credits.give_credit(
        credit.ret, amount_minor=4800, purpose=f"return:{credit.ret_id}:refund:1", at=NOON
    )

    assert again == credit
    assert balance(credit) == 4800
