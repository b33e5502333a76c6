"""Refunds made in the shop: what went back, told by itself or inside the order, in any order, once."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.models import Event
from tests.factories.customers import StoreFactory
from tests.factories.tracking import OrderFactory
from tests.tracking.shopify_bodies import parse, payload
from tests.tracking.woocommerce_bodies import order as woo_order
from tracking.models import Order, OrderRefund
from tracking.services import Missing, record_order
from tracking.services.refunds import record_refund
from tracking.shops.shopify.orders import order as shopify_order
from tracking.shops.woocommerce.refunds import refunds as woo_refunds

AT = datetime(2026, 3, 20, 12, tzinfo=UTC)


def money(amount):
    return {
        "shop_money": {"amount": amount, "currency_code": "EUR"},
        "presentment_money": {"amount": "1.00", "currency_code": "JPY"},
    }


def line(line_id, amount, tax="0.00", quantity=1, kind="no_restock"):
    return {
        "id": line_id + 1000,
        "line_item_id": line_id,
        "quantity": quantity,
        "restock_type": kind,
        "subtotal_set": money(amount),
        "total_tax_set": money(tax),
    }


def paid(amount, status="success", kind="refund", **rest):
    return {"id": 1, "kind": kind, "status": status, "amount": amount, "currency": "EUR", **rest}


def refund(number=55, **changes):
    return {
        "id": number,
        "order_id": 1042,
        "created_at": "2026-03-10T12:00:00-05:00",
        "processed_at": "2026-03-10T12:00:00-05:00",
        "note": "Chipped",
        "refund_line_items": [line(1, "40.00", "7.60", kind="return"), line(2, "10.00", "1.90", 2)],
        "transactions": [paid("59.50")],
        "order_adjustments": [],
    } | changes


def amount_of(**changes):
    return parse("refunds/create", refund(**changes)).amount_minor


# --- how much it was
def test_what_the_transactions_paid_back_is_the_amount_whatever_the_lines_say():
    assert amount_of(transactions=[paid("50.00"), paid("5.25")]) == 5525
    assert amount_of(transactions=[paid("50.00"), paid("5.25", "failure"), paid("9", "error")]) == 5000
    assert amount_of(transactions=[paid("50.00"), paid("1.00", kind="void")]) == 5000


def test_a_refund_that_names_the_shops_currency_nowhere_is_in_that_of_its_payment():
    told = parse("refunds/create", {"id": 55, "order_id": 1, "transactions": [paid("16.00")]})

    assert (told.currency, told.amount_minor) == ("EUR", 1600)


def test_what_is_on_its_way_counts_until_it_has_arrived():
    assert amount_of(transactions=[paid("50.00", "pending")]) == 5000
    assert amount_of(transactions=[paid("50.00", "PENDING"), paid("3.00", "SUCCESS")]) == 300


def test_without_transactions_lines_shipping_and_duties_are_added_up_less_what_was_not_paid():
    assert amount_of(transactions=[]) == 5950
    shipping = [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "-0.95"}]
    assert amount_of(transactions=[], order_adjustments=shipping) == 6545
    held = [*shipping, {"kind": "refund_discrepancy", "amount": "20.00", "tax_amount": "0.00"}]
    assert amount_of(transactions=[], order_adjustments=held) == 4545
    assert amount_of(transactions=[], total_duties_set=money("2.00")) == 6150
    nothing = [{"reason": "Refund discrepancy", "amount_set": money("100.00")}]
    assert amount_of(transactions=[], order_adjustments=nothing) == 0


def test_shipping_is_read_from_its_own_lines_where_they_are():
    lines = [{"id": 1, "subtotal_amount_set": money("5.00"), "tax_amount_set": money("0.95")}]
    both = [{"kind": "shipping_refund", "amount": "-5.95"}]
    told = parse("refunds/create", refund(refund_shipping_lines=lines, order_adjustments=both))

    assert told.shipping_minor == 595
    assert amount_of(transactions=[], refund_shipping_lines=lines, order_adjustments=both) == 6545


def test_a_transaction_in_the_buyers_currency_is_not_added_to_the_shops():
    assert amount_of(transactions=[paid("9000", currency="JPY")]) == 5950
    assert amount_of(transactions=[paid("59.50", currency=None)]) == 5950


def test_lines_have_their_sums_tax_and_whether_they_went_back_on_sale():
    told = parse("refunds/create", refund())

    assert (told.currency, told.note) == ("EUR", "Chipped")
    assert [
        (x.line_external_id, x.quantity, x.amount_minor, x.tax_minor, x.restocked) for x in told.lines
    ] == [
        ("1", 1, 4000, 760, True),
        ("2", 2, 1000, 190, False),
    ]


# --- the row
def body(*refunds, updated="2026-03-10T12:00:01-05:00", **changes):
    return {
        "id": 1042,
        "name": "#1042",
        "currency": "EUR",
        "created_at": "2026-03-09T12:00:00-05:00",
        "updated_at": updated,
        "total_price": "119.00",
        "line_items": [
            {"id": 1, "title": "Lantern", "quantity": 1, "price": "40.00"},
            {"id": 2, "title": "Wick", "quantity": 4, "price": "5.00"},
        ],
        "refunds": [*refunds],
    } | changes


@pytest.fixture
def store(db):
    return StoreFactory(currency="EUR")


def tell(store, *told):
    for one in told:
        if "line_items" in one:
            record_order(store=store, data=shopify_order(one, "EUR"), at=AT)
        else:
            record_refund(store=store, data=parse("refunds/create", one), at=AT)


def left():
    skipped = {"id", "order_id", "created_at", "updated_at"}
    return [
        {name: value for name, value in row.items() if name not in skipped}
        for row in OrderRefund.objects.order_by("external_id").values()
    ]


def test_a_refund_waits_for_its_order(store):
    with pytest.raises(Missing) as missing:
        tell(store, refund())
    assert missing.value.waits_for == "order:harbour-pine:1042"


def test_a_refund_is_kept_told_once_and_moves_the_page(store):
    tell(store, body())
    before = Order.objects.get().version
    tell(store, refund(), refund())

    row = OrderRefund.objects.get()
    assert (row.amount_minor, row.currency, row.whole, row.note) == (5950, "EUR", True, "Chipped")
    assert row.made_at == datetime(2026, 3, 10, 17, tzinfo=UTC)
    assert Order.objects.get().version == before + 1
    event = Event.objects.get(kind="tracking.order.refunded")
    assert event.data == {
        "order_id": row.order_id,
        "refund_id": row.pk,
        "amount_minor": 5950,
        "currency": "EUR",
    }
    assert event.occurred_at == row.made_at


def test_a_refund_inside_its_order_gives_the_same_row_as_one_told_by_itself(store):
    tell(store, body(), refund())
    alone = left()
    Order.objects.all().delete()

    told = {name: value for name, value in refund().items() if name != "order_id"}
    tell(store, body(told | {"refund_line_items": told["refund_line_items"][::-1], "duties": []}))

    assert alone == left()


def test_money_that_arrived_wins_over_money_on_its_way_within_one_second(store):
    for told in (
        [refund(transactions=[paid("59.50", "pending")]), refund()],
        [refund(), refund(transactions=[])],
    ):
        tell(store, body(), *told)
        assert OrderRefund.objects.get().amount_minor == 5950
        tell(store, *told[::-1])
        assert OrderRefund.objects.get().amount_minor == 5950
        Order.objects.all().delete()


def test_goods_put_back_without_money_are_no_money_that_went_back(store):
    unpaid = [{"kind": "refund_discrepancy", "amount": "59.50"}]
    tell(store, body(), refund(transactions=[], order_adjustments=unpaid))

    assert OrderRefund.objects.get().amount_minor == 0
    assert not Event.objects.filter(kind="tracking.order.refunded").exists()


def test_shopify_does_not_take_a_refund_back_by_not_naming_it(store):
    tell(store, body(), refund(), body(updated="2026-03-11T12:00:00-05:00"))

    assert OrderRefund.objects.get().removed_at is None


# --- WooCommerce
THIN = {"id": 726, "reason": "Chipped", "total": "-10.00"}
WHOLE = {
    "id": 726,
    "date_created_gmt": "2026-03-10T12:00:00",
    "amount": "10.00",
    "reason": "Chipped",
    "line_items": [
        {
            "id": 9,
            "quantity": -1,
            "total": "-8.40",
            "total_tax": "-1.60",
            "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": "315"}],
        }
    ],
}


def at(day, *refunds):
    return woo_order("order.updated", date_modified_gmt=f"2026-03-{day:02}T12:00:00", refunds=list(refunds))


def whole(told=WHOLE):
    (data,) = woo_refunds([told], "1042", "USD")
    return data


def record(store, *told):
    for one in told:
        if hasattr(one, "lines") and hasattr(one, "placed_at"):
            record_order(store=store, data=one, at=AT)
        else:
            record_refund(store=store, data=one, at=AT)


def test_an_order_of_woocommerce_tells_totals_only(store):
    record(store, at(11, THIN))

    row = OrderRefund.objects.get()
    assert (row.amount_minor, row.note, row.whole, row.lines) == (1000, "Chipped", False, [])
    assert row.made_at == datetime(2026, 3, 11, 12, tzinfo=UTC)
    assert Event.objects.filter(kind="tracking.order.refunded").count() == 1


@pytest.mark.parametrize("backwards", [False, True])
def test_a_whole_refund_is_never_overwritten_by_its_total(store, backwards):
    record(store, at(9))
    told = [at(11, THIN), whole(), at(12, THIN | {"reason": "x"})]
    record(store, *(told[::-1] if backwards else told))

    row = OrderRefund.objects.get()
    assert (row.whole, row.note, row.removed_at) == (True, "Chipped", None)
    assert row.made_at == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert row.lines == [
        {"line": "315", "quantity": 1, "amount_minor": 840, "tax_minor": 160, "restocked": False}
    ]


SECOND = {"id": 800, "reason": "", "total": "-2.00"}
NEWS = (
    ("day 9, none", at(9)),
    ("day 11, one", at(11, THIN)),
    ("day 12, two", at(12, THIN, SECOND)),
    ("day 13, the first was deleted", at(13, SECOND)),
    ("the first, asked for", whole()),
)


@pytest.mark.django_db
@given(order=st.permutations(NEWS), again=st.sampled_from(NEWS))
@settings(max_examples=12, deadline=None)
def test_deleted_refunds_are_gone_and_totals_right_in_every_order(order, again):
    store = StoreFactory(currency="USD")
    record(store, at(8), *(told for _, told in (*order, again)))

    rows = {row.external_id: row for row in OrderRefund.objects.all()}
    assert rows["726"].removed_at is not None and rows["726"].whole
    assert rows["800"].removed_at is None
    assert (rows["800"].amount_minor, rows["800"].made_at.day) == (200, 12)
    assert Event.objects.filter(kind="tracking.order.refunded").count() == 2
    Order.objects.all().delete()
    Event.objects.all().delete()


def test_two_refunds_of_one_second_do_not_take_each_other_back(store):
    record(store, at(11, THIN), at(11, THIN, SECOND), at(11))

    assert set(OrderRefund.objects.values_list("removed_at", flat=True)) == {None}


def test_staff_see_what_the_shop_did_on_the_orders_page(admin_client, store):
    order = OrderFactory(store=store, external_id="1042")
    record_refund(store=store, data=parse("refunds/create", refund()), at=AT)

    shown = admin_client.get(f"/admin/tracking/order/{order.pk}/change/").content.decode()

    assert "Done in the shop" in shown
    assert "59.50" in shown
    assert "Chipped" in shown


def test_our_own_refund_is_whole():
    told = parse("refunds/create", payload("refunds_create"))

    assert (told.amount_minor, told.shipping_minor, told.order_external_id) == (
        5500,
        540,
        "820982911946154508",
    )
    assert told.created_at == datetime(2026, 3, 12, 14, 30, tzinfo=UTC)
    (line_told,) = told.lines
    assert (line_told.line_external_id, line_told.tax_minor, line_told.restocked) == ("11", 384, True)
    assert parse("refunds/create", payload("refunds_create", transactions=[])).amount_minor == 5500
