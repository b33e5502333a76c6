"""Money and goods where they met badly: numbers nobody proved, second parcels, promises made twice."""

from datetime import timedelta

import pytest

from customers.models import Alert
from returns.models import Refund, Return, ReturnParcel, ReturnUnit
from returns.pieces import pieces_of
from returns.services.assess import assess
from returns.services.ledger import done_by_hand, given_beside, retry
from returns.services.parcels import REPLACED
from returns.services.quoting import quote_for, shipping_left
from returns.services.receiving import another_parcel, on_their_way, receive
from returns.services.requests import create
from returns.services.rounds import look_after_due
from returns.services.settling import settle
from returns.vocabulary import Method, RefundAt
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory
from tests.returns.paying import back, inspected, moved, order_of, person, rows, settled, swap, work
from tests.returns.scenes import bought, conf, wish
from tests.returns.test_pieces import bundle
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP
from tracking.models import Label, OrderRefund, ShopAction
from tracking.services.refundable import left_to_refund
from tracking.shops.client import ShopError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


# --- numbers that may be anybody's
@pytest.mark.parametrize("method", [Method.OWN, Method.COLLECTION, Method.DROP_OFF])
def test_a_scan_of_a_number_nobody_proved_gives_no_money(method):
    ret = moved(back(method=method, refund_at=RefundAt.FIRST_SCAN), "IN_TRANSIT")
    assert settled(ret) == []

    receive(ret.parcels.get().pk, at=NOON)

    assert [minor for _, minor, _ in settled(ret)] == [4800]


def test_trust_does_not_prove_a_number_either():
    order = order_of(4800)
    earlier = {"store": order.store, "customer": order.customer, "status": "DELIVERED"}
    for days in (20, 30):
        OrderFactory(placed_at=NOON - timedelta(days=days), **earlier)
    conf(order, trusted_after=2)
    ret = moved(back(order, method=Method.OWN), "IN_TRANSIT")

    assert settled(ret) == [] and Return.objects.get().refund_at == RefundAt.INSPECTION


@pytest.mark.parametrize(("method", "moment"), [("OWN", "RECEIPT"), ("LABEL", "FIRST_SCAN")])
def test_what_is_promised_is_what_can_be_proved(method, moment):
    order = bought()
    conf(order, refund_at="FIRST_SCAN")

    ret = create(order, wishes=[wish(order)], method=method, at=NOON)

    assert ret.refund_at == moment


def test_nothing_is_ordered_in_exchange_for_a_number_nobody_proved():
    ret = back(method=Method.OWN)
    conf(ret.order, exchange_ships="FIRST_SCAN")
    swap(ret, ret.units.get(), 4800)
    moved(ret, "IN_TRANSIT")
    Return.objects.update(due_at=NOON)
    look_after_due(at=NOON)
    assert ret.exchanges.get().state == "HELD"

    receive(ret.parcels.get().pk, at=NOON)
    Return.objects.update(due_at=NOON)
    look_after_due(at=NOON)

    assert ret.exchanges.get().state != "HELD"


# --- several parcels
def test_the_second_parcel_of_a_received_return_is_paid_at_its_receipt():
    ret = moved(back(parcels=2, refund_at=RefundAt.RECEIPT), "IN_TRANSIT")
    first, second = ret.parcels.order_by("position")
    receive(first.pk, at=NOON)
    look_after_due(at=NOON)
    assert rows(ret) == []

    receive(second.pk, at=NOON)
    look_after_due(at=NOON)

    assert [minor for _, minor, _ in rows(ret)] == [4800]


def test_a_label_that_was_replaced_is_no_second_parcel():
    ret = moved(back(parcels=2, refund_at=RefundAt.FIRST_SCAN), "IN_TRANSIT")
    assert settled(ret) == []

    ReturnParcel.objects.filter(position=1).update(problem=REPLACED)

    assert [minor for _, minor, _ in settled(ret)] == [4800]
    assert [parcel.position for parcel in on_their_way(ret)] == [2]


def test_a_parcel_without_a_number_is_not_taken_for_one_whose_label_was_replaced():
    ret = back()
    old = ret.parcels.get()
    ReturnParcel.objects.update(problem=REPLACED)

    assert another_parcel(ret.pk, at=NOON) != old


def test_goods_that_come_do_not_decide_what_waits_for_a_person():
    ret = back(state="REVIEW", review_why="The policy asks for it.")
    receive(ret.parcels.get().pk, at=NOON)

    assert settled(inspected(Return.objects.get())) == []
    assert Return.objects.get().refund_held


# --- sums
def test_shipping_is_promised_to_one_return_only():
    order = bought({"quantity": 3})
    assert order.shipping_minor > 0
    first = create(order, wishes=[wish(order, 0, reason="LATE")], method="LABEL", at=NOON)
    assert first.shipping_minor == order.shipping_minor

    second = create(order, wishes=[wish(order, 1, reason="LATE")], method="LABEL", at=NOON)

    assert (second.shipping_minor, shipping_left(order)) == (0, 0)
    again = quote_for(order, [wish(order, 0, reason="LATE")], method="LABEL", at=NOON, changing=first.pk)
    assert again.quote.shipping_minor == order.shipping_minor


def test_what_a_person_gave_in_the_shop_is_counted_once():
    ret = inspected(back(order_of(4800, 2000, store=None), only=[0]))
    conf(ret.order, refund_through="manual")
    settle(ret.pk, at=NOON)
    refund = done_by_hand(Refund.objects.get().pk, by=person(), reference="gid://shopify/Refund/77", at=NOON)
    left = left_to_refund(ret.order)

    OrderRefund.objects.create(
        order=ret.order, external_id="77", amount_minor=refund.amount_minor, made_at=NOON
    )

    assert (given_beside(ret.order), left_to_refund(ret.order)) == (0, left)


def test_a_refund_of_ours_whose_number_is_not_known_yet_takes_no_other_piece_away():
    order = bought({"quantity": 2})
    line = order.lines.get()
    ret = create(order, wishes=[wish(order)], method="LABEL", at=NOON)
    action = ShopAction.objects.create(
        purpose="x", kind="REFUND", store=order.store, order=order, wanted={}, amount_minor=4800,
        currency=order.currency, created_at=NOON, started_at=NOON, give_up_at=NOON,
    )  # fmt: skip
    OrderRefund.objects.create(
        order=order, external_id="5", amount_minor=4800, made_at=NOON,
        lines=[{"line": line.external_id, "quantity": 1}],
    )  # fmt: skip
    assert [item.free for item in assess(order, at=NOON).items] == [((1, 0),)]

    action.delete()  # by others, then: another piece of it
    assert [item.free for item in assess(order, at=NOON).items] == [()]
    assert ret.units.count() == 1


def test_parts_of_a_bundle_add_up_although_its_prices_changed_between_two_returns():
    order = OrderFactory(subtotal_minor=1000, shipping_minor=0, total_minor=1000)
    whole = bundle(order.store, (700, 1), (200, 1), (100, 1))
    OrderLineFactory(order=order, quantity=1, unit_price_minor=1000, variant=whole, product=whole.product)
    first = pieces_of(order)[0]
    ret = back(order, only=[])
    ReturnUnit.objects.create(
        ret=ret, line=first.line, index=0, part=first.part, part_key=first.part.pk, variant=first.variant,
        reason="OTHER", outcome="REFUND", value_minor=first.value_minor,
    )  # fmt: skip

    first.variant.price_minor = 50
    first.variant.save()

    assert [piece.value_minor for piece in pieces_of(order)] == [700, 200, 100]
    whole.parts.last().delete()
    assert [piece.value_minor for piece in pieces_of(order)] == [700, 300]


def test_five_hundred_pieces_settle_in_few_queries(django_assert_max_num_queries):
    ret = inspected(back(order_of(100, quantity=500)))

    with django_assert_max_num_queries(60):
        settle(ret.pk, at=NOON)

    assert [minor for _, minor, _ in rows(ret)] == [50_000]
    assert not Label.objects.exists()


# --- taken on, and not done yet
def test_money_a_provider_has_not_sent_yet_is_pending_until_it_has():
    ret = inspected(back())
    settle(ret.pk, at=NOON)
    under_way = ShopError("refund re_1 is under way at Stripe", begun=True)
    SHOP.before = [under_way, under_way]
    for hours in (0, 2):
        work(at=NOON + timedelta(hours=hours))
        assert (rows(ret), SHOP.effects) == ([("shopify", 4800, "PENDING")], 0)
    assert not Alert.objects.exists()

    SHOP.before = [ShopError("refund re_1 came to nothing", permanent=True, undone=True)]
    work(at=NOON + timedelta(hours=4))

    assert (rows(ret), SHOP.effects) == ([("shopify", 4800, "FAILED")], 0)
    again = retry(ret.refunds.get().pk, "manual", by=person(), at=NOON)
    assert again.state == "STAFF"


def test_money_that_is_under_way_for_too_long_is_for_a_person():
    ret = inspected(back())
    settle(ret.pk, at=NOON)
    SHOP.before = [ShopError("under way", begun=True)] * 2
    work()
    work(at=NOON + timedelta(days=11))

    assert rows(ret) == [("shopify", 4800, "STAFF")]
