"""What a profile says of a customer, field by field."""

from datetime import UTC, date, datetime

import pytest

from engagement.models import Click, Profile, SurveyAnswer
from engagement.profiles.measure import measure
from engagement.profiles.metrics import METRICS
from engagement.vocabulary import Purpose
from returns.models import Refund
from tests.engagement.profiling import DAY, returned_pieces
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, ShipmentFactory
from tracking.models import OrderRefund, Promise, ShopAction, ShopReturn

NOW = NOON + 30 * DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return CustomerFactory()


def of(customer, at=NOW) -> Profile:
    return measure([customer.pk], at=at)[customer.pk]


def order(customer, days=0, **fields):
    return OrderFactory(customer=customer, placed_at=NOON + days * DAY, **fields)


def refund(row, minor, number="1", **fields):
    return OrderRefund.objects.create(
        order=row, amount_minor=minor, currency=row.currency, external_id=number, made_at=NOON, **fields
    )


def action(row, minor, number="", state=ShopAction.State.DONE):
    return ShopAction.objects.create(
        purpose=f"test:{row.pk}:{minor}:{number}", store=row.store, order=row, kind=ShopAction.Kind.REFUND,
        wanted={}, amount_minor=minor, currency=row.currency, state=state, external_id=number,
        created_at=NOON, give_up_at=NOON,
    )  # fmt: skip


def parcel(row, *outcomes, delivered=True):
    made = ShipmentFactory(order=row, delivered_at=NOON if delivered else None)
    for number, outcome in enumerate(outcomes):
        Promise.objects.create(
            shipment=made, from_date=NOON, to_date=NOON, source="ours", outcome=outcome,
            made_at=NOON + number * DAY,
        )  # fmt: skip
    return made


def test_somebody_without_an_order_has_a_profile_of_nothing(ada):
    row = of(ada)

    assert (row.orders, row.spent_minor, row.average_minor, row.currency) == (0, 0, 0, "")
    assert (row.first_order_at, row.cadence_days, row.next_order_on, row.satisfaction) == (None,) * 4
    assert (row.send_hour, row.zone, row.country, row.tier) == (None, "", "", "")


def test_orders_that_were_cancelled_removed_or_sent_by_us_do_not_count(ada):
    first = order(ada)
    OrderLineFactory(order=first, quantity=2)
    OrderLineFactory(order=first, quantity=1)
    for fields in (
        {"cancelled_at": NOON},
        {"removed_at": NOON},
        {"tags": ["exchange"]},
        {"tags": ["replacement"]},
    ):
        OrderLineFactory(order=order(ada, 5, **fields), quantity=9)

    row = of(ada)

    assert (row.orders, row.items, row.spent_minor) == (1, 3, 5300)
    assert row.first_order_at == row.last_order_at == NOON


def test_money_that_went_back_is_not_spent(ada):
    row = order(ada, total_minor=10_000)
    refund(row, 1000, "501")
    refund(row, 4000, "502", removed_at=NOON)  # the shop took it back
    action(row, 1000, "gid://shopify/Refund/501")  # the same as the first
    action(row, 300, "re_7")  # by a provider the shop knows nothing of
    action(row, 2000, "re_8", state=ShopAction.State.WAITING)  # not given yet
    order(ada, 1, total_minor=5000, payment_status="Pending")  # never paid

    assert of(ada).spent_minor == 8700
    assert of(ada).average_minor == 4350


def test_an_order_is_never_worth_less_than_nothing(ada):
    refund(order(ada, total_minor=1000), 1500)
    order(ada, 1, total_minor=800)

    assert of(ada).spent_minor == 800


def test_money_given_by_hand_went_back_and_store_credit_did_not(ada):
    ret = returned_pieces(order(ada, total_minor=10_000))
    for provider in (Refund.Provider.MANUAL, Refund.Provider.CREDIT):
        Refund.objects.create(
            ret=ret, order=ret.order, purpose=f"test:{provider}", provider=provider, amount_minor=2000,
            currency="USD", state=Refund.State.SUCCEEDED, created_at=NOON,
        )  # fmt: skip

    assert of(ada).spent_minor == 8000


def test_money_is_that_of_the_newest_order_and_other_currencies_only_count(ada):
    order(ada, 0, currency="EUR", total_minor=9900)
    order(ada, 1, currency="USD", total_minor=1001)
    order(ada, 2, currency="USD", total_minor=1000)

    row = of(ada)

    assert (row.currency, row.orders, row.spent_minor, row.average_minor) == ("USD", 3, 2001, 1001)


def test_there_is_no_rhythm_in_two_days_with_orders(ada):
    order(ada, 0)
    order(ada, 0)
    order(ada, 20)

    assert of(ada).cadence_days is None


def test_three_days_with_orders_have_a_median_and_a_next_day(ada):
    for days in (0, 20, 30, 31, 31):
        order(ada, days)

    row = of(ada)

    assert row.cadence_days == 10
    assert row.next_order_on == date(2026, 4, 20)  # 10 March + 31 + 10


def test_a_day_is_one_of_their_own(ada):
    ada.timezone = "Pacific/Kiritimati"
    ada.save()
    for hour in (9, 11):  # 23:00 and 01:00 there
        OrderFactory(customer=ada, placed_at=datetime(2026, 3, 10, hour, tzinfo=UTC))
    OrderFactory(customer=ada, placed_at=datetime(2026, 3, 12, 11, tzinfo=UTC))

    assert of(ada).cadence_days == 1.5


def test_pieces_that_came_back_are_a_share_of_what_was_bought(ada):
    ret = returned_pieces(order(ada), bought=4, stages=("INSPECTED", "ARRIVED", "MISSING"))

    assert (of(ada).returned_items, of(ada).return_rate) == (2, 0.5)

    ret.source = "GIFT"
    ret.save()

    assert of(ada).returned_items == 0


def test_a_piece_kept_for_its_money_counts_once_the_return_is_settled(ada):
    ret = returned_pieces(order(ada), bought=4, stages=("KEPT",))
    assert of(ada).returned_items == 0

    ret.state = "SETTLED"
    ret.save()

    assert of(ada).returned_items == 1


def test_what_came_back_through_the_shop_itself_counts_when_it_is_closed(ada):
    row = order(ada)
    OrderLineFactory(order=row, quantity=2, external_id="5")
    back = ShopReturn.objects.create(
        order=row,
        external_id="1",
        status="OPEN",
        lines=[{"id": "9", "line": "5", "quantity": 1}],
        told_at=NOON,
    )
    assert of(ada).returned_items == 0

    back.status = "CLOSED"
    back.save()

    assert (of(ada).returned_items, of(ada).return_rate) == (1, 0.5)


def test_a_parcel_is_late_by_what_was_promised_first(ada):
    row = order(ada)
    parcel(row, "KEPT")
    parcel(row, "MISSED", "KEPT")  # promised anew, and then kept
    parcel(row, "VOID", "KEPT")  # the first does not count
    parcel(row)
    parcel(row, "MISSED", delivered=False)
    ShipmentFactory(order=row, delivered_at=NOON, is_return=True)
    ShipmentFactory(order=row, delivered_at=NOON, replaced_at=NOON)

    assert (of(ada).delivered, of(ada).late) == (4, 1)


def test_satisfaction_is_the_mean_of_the_last_five_answers(ada):
    for number, score in enumerate((1, 5, 4, None, 4, 3, 3)):
        SurveyAnswer.objects.create(
            kind="delivery", key=f"test:{number}", store=StoreFactory(), customer=ada, score=score,
            asked_at=NOON, answered_at=NOON + number * DAY if score else None,
        )  # fmt: skip

    assert of(ada).satisfaction == 3.8


def clicked(customer, *times):
    message = MessageFactory(customer=customer, order=None, store=StoreFactory())
    for at in times:
        Click.objects.create(message=message, url="https://example.com", at=at, verdict="person")
    Click.objects.create(message=message, url="https://example.com", at=NOW, verdict="scanner")


def test_ninety_days_of_marketing_and_clicks_of_people(ada):
    for days in (0, 89, 91):
        MessageFactory(
            customer=ada,
            order=None,
            store=StoreFactory(),
            purpose=Purpose.MARKETING,
            sent_at=NOW - days * DAY,
        )
    MessageFactory(customer=ada, order=None, store=StoreFactory(), sent_at=NOW)  # belongs to an order
    clicked(ada, NOW - 91 * DAY, NOW - 3 * DAY, NOW - 2 * DAY)

    row = of(ada)

    assert (row.messages_90d, row.clicks_90d, row.last_click_at) == (2, 2, NOW - 2 * DAY)


def test_the_hour_is_their_own_and_known_from_three_on(ada):
    order(ada)  # noon UTC is 8 in New York on 10 March (summer time since the 8th) and 5 in Portland, OR
    order(ada, 1)
    assert of(ada).send_hour is None

    clicked(ada, NOON + 2 * DAY)

    assert (of(ada).send_hour, of(ada).zone, of(ada).country) == (5, "America/Los_Angeles", "US")

    ada.timezone = "Asia/Tokyo"
    ada.save()

    assert (of(ada).send_hour, of(ada).zone) == (21, "Asia/Tokyo")


def test_a_merged_profile_counts_for_the_one_that_is_kept_even_before_its_orders_have_moved(ada):
    old = CustomerFactory(merged_into=CustomerFactory(merged_into=ada))
    order(old)
    order(ada, 1)

    found = measure([ada.pk, old.pk, 10**9], at=NOW)

    assert set(found) == {ada.pk}
    assert found[ada.pk].orders == 2


def test_any_number_of_customers_takes_the_same_statements(ada, django_assert_num_queries):
    people = [CustomerFactory() for _ in range(12)]
    for customer in people:
        parcel(order(customer), "KEPT")

    with django_assert_num_queries(13):
        measure([customer.pk for customer in people], at=NOW)
    with django_assert_num_queries(13):
        measure([ada.pk], at=NOW)


def test_every_metric_is_a_column_and_knows_whether_it_can_be_empty():
    columns = {field.attname: field for field in Profile._meta.concrete_fields}

    assert {metric.column: metric.empty for metric in METRICS.values()} == {
        name: columns[name].null for name in columns if name not in ("customer_id", "updated_at")
    }
