"""Goods at the dock: what a code means, and parcels that come whatever was written about them."""

import uuid

import pytest
from django.db import transaction

from customers.models import Alert, Event
from returns.models import Return
from returns.services import inspection, receiving
from returns.services.finding import find, tracking_keys
from returns.tokens import token
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, ShipmentFactory
from tests.returns.bench import coming_back, order_with, worker
from tracking.models import Shipment

pytestmark = pytest.mark.django_db


# --- codes


def test_a_parcel_is_found_by_its_tracking_number_however_it_is_written():
    parcel = coming_back().parcels.get()
    number = parcel.tracking_number

    assert find(f" {number[:4]} {number[4:].lower()} ").parcels == (parcel,)


@pytest.mark.parametrize("typed", ["{0}", "{1}", "r{1}", " {2} "])
def test_a_return_is_found_by_its_number_and_its_look_alikes(typed):
    ret = coming_back(number="R-7K1QODM2".replace("O", "0"))

    assert find(typed.format("R-7K1Q0DM2", "7k1q0dm2", "R-7KIQODM2")).returns == (ret,)


def test_a_return_is_found_by_the_code_on_its_label():
    ret = coming_back()

    assert find(f"https://shop.example/r/{token(ret)}/label.pdf").returns == (ret,)
    assert find(token(ret)).returns == (ret,)


def test_an_order_number_finds_its_returns_else_the_order():
    with_return, without = order_with(number="#2001"), order_with(number="#2002")
    ret = coming_back(with_return)

    assert find("2001").returns == (ret,)
    assert find("#2002").orders == (without,)


def test_the_same_order_number_in_two_stores_is_a_choice():
    one, two = order_with(number="#7"), order_with(number="#7", store=StoreFactory(slug="mill"))

    assert set(find("#7").orders) == {one, two}


def test_an_item_finds_the_returns_it_is_expected_in():
    ret = coming_back(order_with({"barcode": "4012345678901", "sku": "LAMP-1"}))

    assert find("4012345678901").returns == (ret,)
    assert find("lamp-1").returns == (ret,)


def test_a_parcel_to_the_shopper_that_turned_back_finds_its_order():
    order = order_with()
    parcel = ShipmentFactory(order=order)

    assert find(parcel.tracking_number).orders == (order,)


def test_a_followed_parcel_finds_its_return_by_the_shipment():
    ret = coming_back()
    ret.parcels.update(tracking_key="", shipment=ShipmentFactory(order=ret.order, tracking_number="BACK1"))
    assert Shipment.objects.get().tracking_key == "BACK1"

    assert find("BACK1").parcels == (ret.parcels.get(),)


def test_nobody_knows_a_strange_code():
    coming_back()

    assert not find("4711-what-is-this")
    assert not find("  ")


def test_carriers_bar_codes_hold_the_number_printed_below_them():
    usps = "9400111899223197428490"

    assert usps in tracking_keys(f"42097201{usps}")
    assert usps in tracking_keys(f"420972011234{usps}")
    assert "794606201234" in tracking_keys("9622001900000000000000794606201234")
    assert "01505012345678" in tracking_keys("%007200001505012345678327276")


# --- taking in


def test_a_parcel_taken_in_has_everything_that_was_announced():
    ret = coming_back(order_with({"quantity": 2}))

    receiving.receive(ret.parcels.get().pk, at=NOON)

    ret.refresh_from_db()
    assert ret.state == "RECEIVED"
    assert set(ret.units.values_list("stage", "arrived_at")) == {("ARRIVED", NOON)}


def test_while_another_parcel_is_on_its_way_nobody_knows_which_units_came():
    ret = coming_back(order_with({"quantity": 2}), parcels=2)
    one, two = ret.parcels.order_by("position")

    receiving.receive(one.pk, at=NOON)
    assert set(ret.units.values_list("stage", flat=True)) == {"EXPECTED"}
    receiving.receive(two.pk, at=NOON)
    assert set(ret.units.values_list("stage", flat=True)) == {"ARRIVED"}


def test_a_parcel_is_taken_in_once():
    ret = coming_back()

    for _ in range(3):
        receiving.receive(ret.parcels.get().pk, at=NOON)

    assert Event.objects.filter(kind="returns.return.received").count() == 1


@pytest.mark.parametrize("state", ["REQUESTED", "REVIEW", "APPROVED", "LABEL_READY", "IN_TRANSIT"])
def test_a_parcel_that_is_here_has_been_on_its_way(state):
    ret = coming_back(state=state)

    receiving.receive(ret.parcels.get().pk, at=NOON)

    ret.refresh_from_db()
    assert (ret.state, ret.received_at) == ("RECEIVED", NOON)


@pytest.mark.parametrize("state", ["CANCELLED", "EXPIRED", "REJECTED"])
def test_goods_of_a_return_that_had_ended_are_taken_in(state):
    ret = coming_back(state=state)
    ret.units.update(active=False)

    receiving.receive(ret.parcels.get().pk, at=NOON)

    ret.refresh_from_db()
    assert (ret.state, ret.ended_at) == ("RECEIVED", None)
    assert ret.units.get().active


def test_units_that_another_return_has_meanwhile_are_for_a_person():
    order = order_with()
    ret = coming_back(order, state="EXPIRED")
    ret.units.update(active=False)
    coming_back(order)

    receiving.receive(ret.parcels.get().pk, at=NOON)

    assert not ret.units.get().active
    assert Alert.objects.filter(state="OPEN").exists()


def test_a_second_parcel_of_a_settled_return_is_taken_in():
    ret = coming_back(state="SETTLED")
    parcel = receiving.another_parcel(ret.pk, at=NOON)

    receiving.receive(parcel.pk, at=NOON)

    ret.refresh_from_db()
    assert ret.state == "RECEIVED"


def test_nothing_comes_for_a_claim():
    ret = coming_back(kind="CLAIM", state="APPROVED")

    with pytest.raises(receiving.NothingToCome):
        receiving.receive(ret.parcels.get().pk, at=NOON)
    with pytest.raises(receiving.NothingToCome):
        receiving.another_parcel(ret.pk, at=NOON)


def test_a_parcel_without_number_that_is_still_to_come_is_the_one_that_came():
    ret = coming_back(parcels=0)
    first = receiving.another_parcel(ret.pk, at=NOON)

    assert receiving.another_parcel(ret.pk, at=NOON) == first
    receiving.receive(first.pk, at=NOON)
    assert receiving.another_parcel(ret.pk, at=NOON).position == 2


# --- unasked


def test_a_parcel_nobody_asked_for_is_a_return_whose_money_waits():
    order = order_with({"quantity": 2})

    parcel = receiving.take_in_unasked(order.pk, code="1ZSURPRISE", at=NOON, by="kim")

    ret = Return.objects.get()
    assert (ret.source, ret.state, ret.refund_held) == ("WAREHOUSE", "RECEIVED", True)
    assert parcel.tracking_number == "1ZSURPRISE"
    assert Alert.objects.get(kind="returns.unasked").subject_id == str(ret.pk)
    assert not ret.units.exists()


def test_a_parcel_nobody_asked_for_is_taken_in_once():
    order = order_with()

    made = {receiving.take_in_unasked(order.pk, code="1ZSURPRISE", at=NOON, by="kim").pk for _ in range(3)}

    assert len(made) == 1


def test_what_is_found_in_it_joins_at_its_worth_and_never_more_than_was_bought():
    order, kim = order_with({"quantity": 2, "barcode": "4012345678901"}), worker()
    parcel = receiving.take_in_unasked(order.pk, code="", at=NOON, by="kim")

    found = [
        inspection.spot(parcel.pk, "4012345678901", token=uuid.UUID(int=n), by=kim, at=NOON) for n in range(3)
    ]

    assert found[2] in found[:2]
    units = parcel.ret.units
    assert units.count() == 2
    assert sum(units.values_list("value_minor", flat=True)) == 2 * 4800


def test_pieces_in_another_return_are_not_taken_in_twice():
    order, kim = order_with({"barcode": "4012345678901"}), worker()
    coming_back(order)
    parcel = receiving.take_in_unasked(order.pk, code="", at=NOON, by="kim")

    with transaction.atomic():
        assert receiving.free_pieces(parcel.ret) == []
    with pytest.raises(inspection.Refused):
        inspection.add("1-0", parcel_id=parcel.pk, by=kim, at=NOON)


def test_a_parcel_nobody_can_place_is_told_once():
    for _ in range(2):
        receiving.keep_unknown("4711", note="A blue bag", at=NOON, by="kim")

    alert = Alert.objects.get(kind="returns.unknown_parcel")
    assert "A blue bag" in alert.detail
