"""What of an order may come back: which pieces are there, when they came, by which version."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from returns.models import PolicyVersion, Return, ReturnUnit
from returns.policy.base import Fee
from returns.services.assess import assess
from returns.services.facts import load
from returns.services.policies import go_back, publish, stamp, version_at
from tests.factories.customers import CustomerFactory
from tests.factories.returns import PolicyFactory, PolicyVersionFactory, ReturnSettingsFactory
from tests.factories.tracking import (
    NOON,
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
    ShipmentFactory,
    ShipmentLineFactory,
    VariantFactory,
)
from tracking.models import BundlePart, MakeGood, OrderRefund, ShopAction, ShopReturn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CAME = NOON + 3 * DAY
LATER = CAME + 5 * DAY


def bought(quantity=1, *, came=CAME, **line):
    """An order of one line, delivered in one parcel."""
    order = OrderFactory(total_minor=4800 * quantity + 500, subtotal_minor=4800 * quantity)
    row = OrderLineFactory(order=order, quantity=quantity, **line)
    parcel(row, quantity, came)
    return order, row


def parcel(row, quantity, came=CAME, **fields):
    status = "DELIVERED" if came else "IN_TRANSIT"
    made = ShipmentFactory(
        order=row.order, handed_over_at=NOON + DAY, delivered_at=came, status=status, **fields
    )
    ShipmentLineFactory(shipment=made, line=row, quantity=quantity)
    return made


def only(order, at=LATER, **asked):
    (item,) = assess(order, at=at, **asked).items
    return item


def returned(order, row, *indexes, state="APPROVED", active=True, requested_at=LATER):
    ret = Return.objects.create(
        store=order.store, order=order, currency="USD", requested_at=requested_at, state=state
    )
    for index in indexes:
        ReturnUnit.objects.create(
            ret=ret, line=row, index=index, reason="STYLE", outcome="REFUND", value_minor=1, active=active
        )
    return ret


def version(store, at, **base):
    policy = PolicyFactory(store=store) if not hasattr(store, "return_policy") else store.return_policy
    number = policy.versions.count() + 1
    return PolicyVersionFactory(policy=policy, number=number, from_at=at, body={"base": base})


# --- which pieces ---
def test_without_a_policy_the_houses_default_holds():
    order, row = bought(2)

    found = assess(order, at=LATER)

    (item,) = found.items
    assert (found.version, item.verdict.version) == (None, 0)
    assert item.verdict.allowed and item.free == ((0, 0), (1, 0))
    assert item.verdict.until == datetime(2026, 4, 13, 3, 59, 59, 999999, tzinfo=UTC)  # New York
    assert len(item.reasons) == 11


def test_what_has_not_been_sent_cannot_come_back_yet():
    order, row = bought(3, came=None)
    row.order.shipments.all().delete()
    assert (only(order).verdict.code, only(order).free) == ("not_yet", ())

    parcel(row, 2)

    assert only(order).free == ((0, 0), (1, 0))


def test_a_label_alone_is_not_a_parcel_on_its_way():
    order, row = bought(1)
    order.shipments.update(status="INFO_RECEIVED", handed_over_at=None, delivered_at=None)

    assert only(order).verdict.code == "not_yet"


def test_each_piece_has_the_window_of_the_parcel_it_came_in():
    order, row = bought(1)
    row.quantity = row.ordered_quantity = 2
    row.save()
    parcel(row, 1, CAME + 20 * DAY)

    item = only(order, at=CAME + 25 * DAY)
    after = only(order, at=CAME + 35 * DAY)

    assert item.free == ((0, 0), (1, 0))
    assert item.verdicts[1, 0].until - item.verdicts[0, 0].until == 20 * DAY
    assert item.verdict == item.verdicts[0, 0]  # the first to end is the one that is promised
    assert after.free == ((1, 0),) and after.verdict.allowed


def test_a_line_added_after_the_order_was_placed_may_come_back():  # pitfall 19: vendure#4917
    order, first = bought(1)
    added = OrderLineFactory(order=order, quantity=2, ordered_quantity=0, title="Wick")
    parcel(added, 2)

    items = {item.line.pk: item for item in assess(order, at=LATER).items}

    assert items[added.pk].verdict.allowed and len(items[added.pk].free) == 2


def test_a_piece_in_a_living_return_is_not_free_and_is_again_when_that_ends():
    order, row = bought(3)
    ret = returned(order, row, 0, 2)
    assert only(order).free == ((1, 0),)

    ret.units.update(active=False)

    assert len(only(order).free) == 3


def test_returning_all_of_it_twice_is_refused_in_words():
    order, row = bought(1)
    returned(order, row, 0)

    item = only(order)

    assert (item.free, item.verdict.allowed, item.verdict.code) == ((), False, "nothing_left")
    assert item.verdict.words == "A return of it has been started already."


def test_units_the_shop_refunded_are_not_free():  # pitfall 17: spree#14678
    order, row = bought(3)
    OrderRefund.objects.create(
        order=order, external_id="r1", amount_minor=4800, currency="USD", made_at=NOON,
        lines=[{"line": row.external_id, "quantity": 1, "amount_minor": 4800}],
    )  # fmt: skip
    row.quantity = 2  # shops lower the line, too: it is one unit, not two
    row.save()

    assert only(order).free == ((0, 0), (1, 0))


def test_what_went_back_through_us_is_not_counted_a_second_time_when_the_shop_tells_of_it():
    order, row = bought(3)
    returned(order, row, 0, state="SETTLED")
    ShopAction.objects.create(
        purpose="return:1:refund:1", store=order.store, order=order, kind="REFUND", wanted={},
        external_id="gid://shopify/Refund/77", created_at=NOON, give_up_at=LATER, state="DONE",
    )  # fmt: skip
    OrderRefund.objects.create(
        order=order, external_id="77", amount_minor=4800, currency="USD", made_at=NOON,
        lines=[{"line": row.external_id, "quantity": 1}],
    )  # fmt: skip
    row.quantity = 2
    row.save()

    assert only(order).free == ((1, 0), (2, 0))


@pytest.mark.parametrize(("status", "free"), [("OPEN", 2), ("CLOSED", 2), ("DECLINED", 3), ("CANCELLED", 3)])
def test_units_of_a_return_made_in_the_shop_are_not_free(status, free):
    order, row = bought(3)
    ShopReturn.objects.create(
        order=order, external_id="1", status=status, told_at=NOON,
        lines=[{"id": "9", "line": row.external_id, "quantity": 1, "reason": "", "note": ""}],
    )  # fmt: skip

    assert len(only(order).free) == free


def test_what_was_made_good_is_the_piece_in_that_parcel():
    order, row = bought(1)
    row.quantity = row.ordered_quantity = 2
    row.save()
    lost = parcel(row, 1, None)
    MakeGood.objects.create(
        shipment=lost, order=order, why="LOST", choice="REFUND", state="DONE", offered_at=NOON,
        currency="USD", facts={"pieces": [[row.pk, 1]]},
    )  # fmt: skip

    assert only(order).free == ((0, 0),)


def test_gift_cards_downloads_and_cancelled_orders_have_nothing_to_send_back():
    for line in ({"gift_card": True}, {"requires_shipping": False}):
        order, _row = bought(1, **line)
        assert only(order).verdict.code == "nothing_left"
    order, _row = bought(1)
    order.cancelled_at = LATER

    assert only(order).verdict.words == "The order was cancelled."


def test_a_parcel_that_goes_back_to_the_store_by_itself_is_not_returned_twice():
    order, _row = bought(1)
    order.shipments.update(status="RETURNING", delivered_at=None)

    assert only(order).verdict.words == "It is on its way back to us already."


def test_a_bundle_comes_back_by_its_parts():  # pitfall 21
    whole, wick, lamp = VariantFactory(), VariantFactory(title="Wick"), VariantFactory(title="Lamp")
    for part, quantity in ((wick, 2), (lamp, 1)):
        BundlePart.objects.create(bundle=whole, part=part, quantity=quantity)
    order, row = bought(1, variant=whole, product=whole.product)

    items = {item.part.part: item for item in assess(order, at=LATER).items}

    assert items[wick].free == ((0, 0), (0, 1)) and items[lamp].free == ((0, 0),)
    assert items[wick].variant == wick


# --- by which version ---
def test_an_order_is_judged_by_the_version_it_was_bought_under():
    order, _row = bought(1)
    version(order.store, NOON - DAY, window_days=30, window_from="delivery")
    version(order.store, NOON + DAY, window_days=3, window_from="delivery", fee={"kind": "label"})

    found = assess(order, at=LATER)

    assert (found.version.number, found.newest.number) == (1, 2)
    assert found.items[0].verdict.version == 1 and found.items[0].verdict.fee == Fee()


def test_a_newer_version_holds_where_it_is_kinder():
    order, _row = bought(1)
    version(order.store, NOON - DAY, window_days=3, window_from="delivery")
    version(order.store, NOON + DAY, window_days=60, window_from="delivery")

    assert only(order).verdict.version == 2


def test_a_version_that_is_not_yet_in_force_counts_for_nobody():
    order, _row = bought(1)
    version(order.store, LATER + DAY, window_days=60, window_from="delivery")

    assert only(order).verdict.version == 0
    assert version_at(order.store, LATER) is None


def test_what_was_bought_before_the_store_was_here_is_judged_by_its_first_version():
    order, _row = bought(1)
    version(order.store, NOON + DAY, allow=False, refuse="We take nothing back.")
    assert only(order).verdict.words == "We take nothing back."

    order.store.created_at = NOON - DAY  # it was here, and showed the house's default

    assert only(order).verdict.version == 0 and only(order).verdict.allowed


def test_a_final_sale_piece_comes_back_for_the_reasons_that_let_it_in():
    product = ProductFactory(tags=["final-sale"])
    order, row = bought(1, product=product)
    policy = PolicyFactory(store=order.store)
    faulty = {
        "code": "faulty",
        "name": "Faulty",
        "when": [{"fact": "reason", "op": "any", "value": ["DEFECTIVE", "DAMAGED"]}],
        "then": {"allow": True},
    }
    sale = {
        "code": "final-sale",
        "name": "Final sale",
        "when": [{"fact": "product.tag", "op": "is", "value": "final-sale"}],
        "then": {"allow": False},
    }
    PolicyVersionFactory(policy=policy, body={"base": {}, "rules": [faulty, sale]})

    item = only(order)

    assert item.reasons == ("DEFECTIVE", "DAMAGED") and item.verdict.allowed
    refused = only(order, reasons={row.pk: "STYLE"}).verdict
    assert (refused.code, refused.words) == ("final_sale", "This was a final sale and cannot be returned.")
    found = assess(order, at=LATER)
    assert found.verdict(row.pk, 0, reason="DAMAGED").allowed
    assert not found.verdict(row.pk, 0, reason="STYLE").allowed


def test_cheap_pieces_need_not_be_sent():
    order, _row = bought(1)
    version(order.store, NOON - DAY, keep_under_minor=5000)
    dear, _row = bought(1, unit_price_minor=5000)
    dear.total_minor = 5500
    version(dear.store, NOON - DAY, keep_under_minor=5000)

    assert only(order).verdict.keep is True
    assert only(dear).verdict.keep is False


# --- buyers ---
def test_the_buyers_earlier_orders_and_returns_are_known():
    buyer = CustomerFactory()
    orders = [OrderFactory(customer=buyer, placed_at=NOON + n * DAY) for n in range(4)]
    row = OrderLineFactory(order=orders[0])
    returned(orders[0], row, 0)
    returned(orders[0], row, state="CANCELLED")
    returned(orders[3], OrderLineFactory(order=orders[3]), 0)

    known = {pk: material.known for pk, material in load(orders, at=LATER).items()}

    assert [known[order.pk]["customer.new"] for order in orders] == [True, False, False, False]
    assert known[orders[3].pk]["customer.returns"] == 1
    assert known[orders[3].pk]["customer.return_rate"] == 33
    stranger = OrderFactory(customer=None)
    assert load([stranger], at=LATER)[stranger.pk].known["customer.new"] is None


def test_many_orders_take_as_many_queries_as_one():
    orders = [bought(2)[0] for _ in range(8)]

    with CaptureQueriesContext(connection) as one:
        load(orders[:1], at=LATER)
    with CaptureQueriesContext(connection) as many:
        load(orders, at=LATER)

    assert len(many) == len(one) <= 16


# --- gifts and claims ---
def test_gift_returns_can_be_switched_off():
    order, _row = bought(1)
    assert "REFUND" not in only(order, gift=True).verdict.outcomes

    ReturnSettingsFactory(store=order.store, gift_returns=False)

    assert not only(order, gift=True).verdict.allowed


def test_a_claim_has_a_window_of_its_own_and_no_goods_come_back():
    product = ProductFactory(tags=["final-sale"])
    order, row = bought(1, product=product)

    claim = only(order, kind="CLAIM", reasons={row.pk: "DAMAGED"}, at=CAME + 30 * DAY).verdict
    late = only(order, kind="CLAIM", at=CAME + 31 * DAY).verdict

    assert claim.allowed and claim.photo and claim.review and claim.methods == ("NONE",)
    assert (late.allowed, late.code) == (False, "closed")
    assert late.words == "A problem could be reported until Sun 12 Apr 2026."


def test_a_parcel_that_never_came_is_claimed_until_after_the_promised_day():
    order, row = bought(1, came=None)
    order.shipments.update(eta_to_date=(NOON + 20 * DAY).date())

    assert only(order, kind="CLAIM", at=NOON + 50 * DAY).verdict.allowed
    assert not only(order, kind="CLAIM", at=NOON + 51 * DAY).verdict.allowed


# --- versions ---
def test_going_back_publishes_the_old_words_as_a_new_version():
    policy = PolicyFactory()
    publish(policy, {"base": {"window_days": 30}}, at=NOON, by="Ada", note="Begin")
    publish(policy, {"base": {"window_days": 10}}, at=NOON + DAY, by="Ada")

    again = go_back(policy_id=policy.pk, number=1, seen=stamp(policy), at=LATER, by="Ben")

    assert (again.number, again.body["base"], again.note) == (3, {"window_days": 30}, "Back to version 1.")
    assert PolicyVersion.objects.get(number=1).from_at == NOON
    assert version_at(policy.store, NOON + DAY).number == 2
