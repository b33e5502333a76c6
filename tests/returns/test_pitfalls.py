"""What went wrong in other people's returns does not go wrong here: one test for each story."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from returns.models import Exchange, Refund, ReturnUnit
from returns.pieces import pieces_of
from returns.services import exchanges, inspection, moves, payments
from returns.services.finishing import finish
from returns.services.inspection import Look
from returns.services.requests import Refused
from returns.wishes import Wish
from tests.factories.customers import StaffFactory
from tests.factories.returns import PolicyFactory, PolicyVersionFactory
from tests.factories.tracking import NOON, ProductFactory, VariantFactory
from tests.returns import doubles
from tests.returns.scenes import ask, bought, conf, sibling, swap, wish, work
from tracking.models import BundlePart, Location, OrderLine
from tracking.services.refundable import left_to_refund

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def book(settings):
    settings.SHOP_CLIENTS = {"shopify": doubles.PATH}
    return doubles.fresh()


def here(ret, *conditions, dispositions=(), at=NOON):
    """Have a return inspected in one parcel: a condition for each piece, None for what is not there."""
    hand = StaffFactory()
    from_ = ret.parcels.first() or ret.parcels.create(position=1, created_at=at)
    for place, (unit, condition) in enumerate(zip(ret.units.order_by("pk"), conditions, strict=True)):
        if condition:
            wanted = dispositions[place] if dispositions else ""
            token = uuid4()
            look = Look(condition, token, disposition=wanted, note="seen")
            inspection.inspect(unit.pk, look, parcel_id=from_.pk, by=hand, at=at)
    finish(from_.pk, rest="missing", by=hand, at=at)
    work(at)
    ret.refresh_from_db()
    return ret


def refunds(ret):
    return sum(Refund.objects.filter(ret=ret, state="SUCCEEDED").values_list("amount_minor", flat=True))


def gone(book):
    return sum(effect.wanted.amount_minor for effect in book.of("refund"))


def stocked(book):
    """Return {item: pieces that were put back on the shelf}."""
    found = {}
    for effect in book.of("stock"):
        change = effect.wanted
        found[change.inventory_item_id] = found.get(change.inventory_item_id, 0) + change.delta
    return {item: count for item, count in found.items() if count}


# --- 17: spree#14678, medusa#4052, #13066, #13433, #4686, #3170
def test_pitfall_17_two_of_three_came_back_and_two_are_paid(book):
    order = bought({"quantity": 3, "unit_price_minor": 8999})
    ret = ask(order, *(wish(order, index) for index in range(3)))

    here(ret, "AS_NEW", "AS_NEW", None)

    assert (gone(book), refunds(ret)) == (2 * 8999, 2 * 8999)


def test_pitfall_17_goods_are_received_without_money_going_back(book):
    order = bought({})
    ret = ask(order)
    with transaction.atomic():
        moves.advance(moves.locked(ret.pk), "RECEIVED", at=NOON)

    work()

    ret.refresh_from_db()
    assert (ret.state, gone(book)) == ("RECEIVED", 0)


def test_pitfall_17_shipping_goes_back_too_and_once(book):
    order = bought({"quantity": 2})
    body = {"base": {"window_days": 30, "window_from": "delivery", "refund_shipping": "whole"}, "rules": []}
    PolicyVersionFactory(policy=PolicyFactory(store=order.store), body=body)

    here(ask(order, wish(order, 0)), "AS_NEW")
    assert gone(book) == 4800
    here(ask(order, wish(order, 1)), "AS_NEW")

    assert gone(book) == order.total_minor == 2 * 4800 + 500


def test_pitfall_17_several_returns_of_one_order_add_up(book):
    order = bought({"quantity": 3, "unit_price_minor": 1000, "discount_minor": 1})

    for index in (2, 0, 1):
        here(ask(order, wish(order, index)), "AS_NEW")

    assert gone(book) == 2999
    assert left_to_refund(order) == 500


def test_pitfall_17_the_fee_is_taken_once_and_a_waived_one_never(book):
    order = bought({"quantity": 2})
    fee = {"kind": "flat", "amount_minor": 495}
    body = {"base": {"window_days": 30, "window_from": "delivery", "fee": fee}, "rules": []}
    PolicyVersionFactory(policy=PolicyFactory(store=order.store), body=body)

    here(ask(order, wish(order, 0), wish(order, 1)), "AS_NEW", "AS_NEW")

    assert gone(book) == 2 * 4800 - 495


# --- 18: spree#6226, #6645, #5656, #5915, solidus_product_assembly#43
def one_by_one(order, pieces):
    """Return every piece in a return of its own, found as new."""
    for piece in pieces:
        part = piece.part.pk if piece.part else None
        wanted = Wish(
            piece.line.pk, piece.index, "UNWANTED", "REFUND", part_id=part, part_index=piece.part_index
        )
        here(ask(order, wanted), "AS_NEW")


def test_pitfall_18_pieces_that_do_not_divide_evenly_come_back_one_by_one_to_the_cent(book):
    order = bought({"quantity": 3, "unit_price_minor": 3333, "discount_minor": 100})

    one_by_one(order, pieces_of(order))

    assert gone(book) == order.total_minor - order.shipping_minor
    assert left_to_refund(order) == order.shipping_minor


def test_pitfall_18_a_discount_of_the_order_and_tax_are_shared_by_what_was_paid(book):
    lines = (
        {"unit_price_minor": 7000, "tax_minor": 1330},
        {"unit_price_minor": 2999, "quantity": 2, "tax_minor": 1140},
    )
    order = bought(*lines, discount_minor=1001, tax_minor=2279, total_minor=12998 - 1001 + 2279 + 500)

    first, *rest = pieces_of(order)
    assert 7000 < first.value_minor + first.value_minor * 1001 // 12998 < 8330
    one_by_one(order, [first, *rest])

    assert gone(book) + left_to_refund(order) == order.total_minor
    assert 0 <= left_to_refund(order) <= 600  # what the shipping was, with its share


def test_pitfall_18_the_parts_of_a_bundle_lose_no_cent(book):
    order = bundle_order(5999)

    one_by_one(order, pieces_of(order))

    assert gone(book) == 5999


# --- 19: saleor#15217, vendure#2393, #4917
def test_pitfall_19_lines_that_were_fulfilled_are_paid_back_with_their_promotion(book):
    order = bought({"unit_price_minor": 10_000, "discount_minor": 2500})

    here(ask(order), "AS_NEW")

    assert gone(book) == 7500


def test_pitfall_19_a_line_added_after_the_order_was_placed_can_be_returned(book):
    order = bought({}, {"unit_price_minor": 2000})
    OrderLine.objects.filter(order=order, position=1).update(ordered_quantity=0)

    here(ask(order, wish(order, line=1)), "AS_NEW")

    assert gone(book) == 2000


# --- 20: BCApps#10467, #8554, #10741, ALAppExtensions#26215
def test_pitfall_20_a_dearer_exchange_is_owed_to_the_cent_and_nothing_vanishes(book):
    order = bought({"unit_price_minor": 4800})
    conf(order, exchange_ships="AT_ONCE")
    dearer = sibling(order, price_minor=4950)

    ret = ask(order, swap(order, dearer))
    payment = ret.payments.get()
    work()
    assert (payment.amount_minor, book.of("order")) == (150, [])
    payments.take(payment_id=payment.pk, at=NOON, external_id="cs_1")
    work()

    assert len(book.of("order")) == 1 and gone(book) == 0
    assert ret.exchanges.get().state == Exchange.State.ORDERED


def test_pitfall_20_a_dearer_exchange_is_set_off_against_money_for_the_rest(book):
    order = bought({"unit_price_minor": 4800}, {"unit_price_minor": 2000})
    conf(order, exchange_ships="INSPECTION")
    dearer = sibling(order, price_minor=4950)

    ret = here(ask(order, swap(order, dearer), wish(order, line=1)), "AS_NEW", "AS_NEW")

    assert not ret.payments.exists()
    assert gone(book) == 2000 - 150


def test_pitfall_20_stock_does_not_wait_for_money_nor_money_for_stock(book):
    order = bought({"quantity": 2})
    Location.objects.filter(store=order.store).update(name="Shed")
    item = order.lines.get().variant.inventory_item_id
    ret = ask(order, wish(order, 0), wish(order, 1))
    book.faults[:] = ["refused"] * 3

    here(ret, "AS_NEW", "AS_NEW", dispositions=("RESTOCK", "DONATE"))
    book.faults.clear()
    work(NOON + timedelta(hours=2))

    wanted = ret.units.exclude(stock_action=None).get().stock_action.wanted
    assert (wanted["inventory_item_id"], wanted["delta"]) == (item, 1)
    assert all(not back for effect in book.of("refund") for _l, _n, back in effect.wanted.lines)


# --- 21: magento/inventory#1752, #1907, #2851
def bundle_order(price_minor=6000):
    order = bought({"unit_price_minor": price_minor})
    whole = order.lines.get().variant
    for title, quantity, price in (("Mug", 2, 1500), ("Jug", 1, 3000)):
        part = VariantFactory(product=ProductFactory(store=order.store, title=title), price_minor=price)
        part.inventory_item_id = f"item-{title}"
        part.save()
        BundlePart.objects.create(bundle=whole, part=part, quantity=quantity)
    return order


def test_pitfall_21_a_bundle_goes_back_on_the_shelf_part_by_part(book):
    order = bundle_order()
    parts = [
        Wish(p.line.pk, p.index, "UNWANTED", "REFUND", part_id=p.part.pk, part_index=p.part_index)
        for p in pieces_of(order)
    ]

    here(ask(order, *parts), "AS_NEW", "AS_NEW", "AS_NEW")

    assert stocked(book) == {"item-Mug": 2, "item-Jug": 1}
    assert gone(book) == 6000


def test_pitfall_21_what_is_said_of_one_piece_is_said_of_no_other(book):
    order = bought({"quantity": 2}, {"quantity": 1})
    first, second = (line.variant.inventory_item_id for line in order.lines.order_by("position"))
    ret = ask(order, wish(order, 0), wish(order, 1), wish(order, line=1))

    here(ret, "AS_NEW", "WORN", "AS_NEW", dispositions=("RESTOCK", "DONATE", "RESTOCK"))

    assert stocked(book) == {first: 1, second: 1}
    assert ReturnUnit.objects.filter(disposition="DONATE", stock_action=None).count() == 1


def test_pitfall_21_an_exchange_never_takes_what_is_not_there(book):
    order = bought({})
    last = sibling(order, stock=1)
    ask(order, swap(order, last))

    assert not exchanges.can_be_had(last)
    other = bought({}, store=order.store)
    with pytest.raises(Refused):
        ask(other, swap(other, last))
