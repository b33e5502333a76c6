"""Return parcels on their way: numbers that people enter, and scans that move the return along."""

from datetime import timedelta
from itertools import permutations

import pytest

from customers.models import Alert
from returns.models import ReturnParcel, ReturnUnit
from returns.services import on_the_way, parcels
from returns.services.parcels import NotEntered, enter_number, prepare
from returns.vocabulary import Method, RefundAt, State
from tests.factories.tracking import NOON, OrderLineFactory
from tests.returns.parcelling import (
    LATER,
    changed,
    everything,
    go,
    hand_on,
    label,
    order,
    parcel,
    ready,
    returned,
    scanned,
    seller,
    told,
)
from tests.tracking.labelling import ask, work
from tracking.models import Label, Shipment
from tracking.services.return_parcels import follow_return

pytestmark = pytest.mark.django_db

OWN_NUMBER = "1Z999AA10123456784"


# --- numbers that people enter
def test_a_shopper_who_sends_it_by_own_means_enters_the_number():
    ret = everything(returned(method=Method.OWN))

    row = enter_number(ret.pk, number=" 1z 999 aa1 0123456784 ", at=LATER)
    scanned(ret, "IN_TRANSIT")

    assert row.shipment.carrier == "ups" and row.shipment.is_return
    assert ret.state == State.IN_TRANSIT and ret.handed_over_at == NOON + timedelta(hours=1)


def test_a_slip_of_the_pen_can_be_put_right_until_it_is_on_its_way():
    ret = everything(returned(method=Method.OWN))
    enter_number(ret.pk, number="1Z999AA10123456785", at=LATER)
    enter_number(ret.pk, number=OWN_NUMBER, at=LATER)

    assert parcel(ret).tracking_key == OWN_NUMBER and ret.parcels.count() == 1
    assert Shipment.objects.followed().filter(is_return=True).count() == 1
    scanned(ret, "IN_TRANSIT")
    with pytest.raises(NotEntered) as refused:
        enter_number(ret.pk, number="1Z999AA10123456785", at=LATER)
    assert refused.value.code == "over"


def test_numbers_that_cannot_be_entered():
    made = order()
    OrderLineFactory(order=made)
    sent = Shipment.objects.create(order=made, tracking_number="SENT123456", tracking_key="SENT123456")
    ret = everything(returned(made, method=Method.OWN))
    for number, code in (("x", "malformed"), (sent.tracking_number, "outbound")):
        with pytest.raises(NotEntered) as refused:
            enter_number(ret.pk, number=number, at=LATER)
        assert refused.value.code == code
    with pytest.raises(NotEntered) as refused:
        enter_number(ready().pk, number=OWN_NUMBER, at=LATER)
    assert refused.value.code == "label"
    assert parcel(ret).shipment is None


def test_staff_enter_the_number_of_a_label_made_elsewhere():
    ret = everything(returned())
    assert ret.state == State.APPROVED

    enter_number(ret.pk, number=OWN_NUMBER, at=LATER, by="Grace")
    everything(ret, LATER)
    prepare(ret.pk, at=LATER)

    assert ret.state == State.LABEL_READY and not Label.objects.exists()
    assert Alert.objects.get().state == "ENDED" and parcel(ret).problem == ""


def test_the_number_of_a_parcel_that_was_on_its_way_before_does_not_count():
    """Any number that was delivered once would stand for goods that never came."""
    ret = everything(
        returned(method=Method.OWN, refund_at=RefundAt.FIRST_SCAN, requested_at=NOON + timedelta(hours=2))
    )
    enter_number(ret.pk, number=OWN_NUMBER, at=LATER)

    scanned(ret, "IN_TRANSIT", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED")

    assert ret.state == State.LABEL_READY and parcel(ret).first_scan_at is None
    assert Alert.objects.get().key == f"return-parcel:{parcel(ret).pk}:older"


# --- on its way
def test_the_first_scan_means_that_it_was_handed_in():
    ret = ready()

    scanned(ret, "INFO_RECEIVED")
    assert ret.state == State.LABEL_READY
    scanned(ret, "IN_TRANSIT", hours=3)

    assert ret.state == State.IN_TRANSIT and ret.handed_over_at == NOON + timedelta(hours=3)
    assert label(ret).used_at == parcel(ret).first_scan_at == NOON + timedelta(hours=3)
    assert told("returns.return.in_transit") == 1


@pytest.mark.parametrize("at", [RefundAt.FIRST_SCAN, RefundAt.INSPECTION])
def test_what_the_carrier_brought_is_received_when_the_warehouse_says_so(at):
    ret = ready(refund_at=at)

    scanned(ret, "IN_TRANSIT", "DELIVERED")

    assert ret.state == State.IN_TRANSIT and parcel(ret).arrived_at is None
    assert parcel(ret).shipment.delivered_at == NOON + timedelta(hours=2)
    assert ret.units.get().stage == ReturnUnit.Stage.EXPECTED


def test_where_money_goes_at_receipt_the_carriers_word_is_enough():
    ret = ready(units=2, refund_at=RefundAt.RECEIPT)

    scanned(ret, "IN_TRANSIT", "DELIVERED")

    assert ret.state == State.RECEIVED and ret.received_at == NOON + timedelta(hours=2)
    assert {(u.stage, u.parcel, u.arrived_at) for u in ret.units.all()} == {
        ("ARRIVED", parcel(ret), ret.received_at)
    }


def test_of_two_parcels_the_one_that_came_says_nothing_of_what_is_in_it():
    ret = ready(units=2, refund_at=RefundAt.RECEIPT)
    ReturnParcel.objects.create(ret=ret, position=0, created_at=NOON)

    scanned(ret, "IN_TRANSIT", "DELIVERED")

    assert ret.state == State.RECEIVED and parcel(ret).arrived_at is not None
    assert set(ret.units.values_list("stage", flat=True)) == {"EXPECTED"}


def test_the_second_of_two_parcels_brings_all_that_is_not_here():
    ret = ready(units=2, refund_at=RefundAt.RECEIPT)
    ReturnParcel.objects.create(ret=ret, position=0, created_at=NOON, arrived_at=NOON)

    scanned(ret, "IN_TRANSIT", "DELIVERED")

    assert set(ret.units.values_list("stage", flat=True)) == {"ARRIVED"}


def test_a_parcel_whose_label_was_replaced_is_not_waited_for():
    ret = ready(units=2, refund_at=RefundAt.RECEIPT)
    changed(ret, method=Method.QR)

    scanned(ret, "IN_TRANSIT", "DELIVERED")

    assert ret.parcels.count() == 2 and ret.state == State.RECEIVED
    assert set(ret.units.values_list("stage", flat=True)) == {"ARRIVED"}


def test_a_delivered_number_that_may_be_anybodys_is_no_receipt():
    ret = everything(returned(method=Method.OWN, refund_at=RefundAt.RECEIPT))
    enter_number(ret.pk, number=OWN_NUMBER, at=LATER)

    scanned(ret, "IN_TRANSIT", "DELIVERED")

    assert ret.state == State.IN_TRANSIT and parcel(ret).arrived_at is None


@pytest.mark.parametrize("order_of", list(permutations(["IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"])))
def test_facts_in_any_order_and_twice_come_to_the_same(order_of):
    ret = ready(refund_at=RefundAt.RECEIPT)
    hours = {"IN_TRANSIT": 1, "OUT_FOR_DELIVERY": 2, "DELIVERED": 3}

    for status in (*order_of, *reversed(order_of)):
        when = NOON + timedelta(hours=hours[status])
        on_the_way.moved(parcel(ret).shipment_id, status=status, occurred_at=when, at=when)

    ret.refresh_from_db()
    assert ret.state == State.RECEIVED and ret.units.get().stage == "ARRIVED"
    assert parcel(ret).first_scan_at == NOON + timedelta(hours=1)
    assert told("returns.return.in_transit") == told("returns.return.received") == 1


@pytest.mark.parametrize(("statuses", "words"), [
    (("IN_TRANSIT", "EXCEPTION"), "is held up"),
    (("IN_TRANSIT", "RETURNING"), "goes back to the shopper"),
])  # fmt: skip
def test_a_parcel_in_trouble_is_for_staff(statuses, words):
    ret = ready()

    scanned(ret, *statuses)

    assert words in Alert.objects.get(state="OPEN").title and ret.state == State.IN_TRANSIT


def test_trouble_is_over_when_it_is_brought():
    ret = ready()
    scanned(ret, "IN_TRANSIT", "EXCEPTION", "DELIVERED")

    assert Alert.objects.get().state == "ENDED"


@pytest.mark.parametrize("end", [State.CANCELLED, State.EXPIRED])
def test_goods_that_were_sent_after_the_end_bring_the_return_back(end):
    ret = ready()
    go(ret, end, LATER)
    ret.units.update(active=False)
    everything(ret, LATER)

    scanned(ret, "IN_TRANSIT")

    assert ret.state == State.IN_TRANSIT and ret.units.get().active


def test_the_old_label_on_the_parcel_makes_the_new_one_idle():
    ret = ready()
    old = parcel(ret)
    changed(ret, method=Method.QR)
    new = label(ret)

    when = NOON + timedelta(hours=3)
    on_the_way.moved(old.shipment_id, status="IN_TRANSIT", occurred_at=when, at=when)
    everything(ret, when)

    new.refresh_from_db()
    assert ret.state == State.IN_TRANSIT and new.state == Label.State.CANCELLED
    assert parcels.current(ret) == old and not Alert.objects.filter(state="OPEN").exists()


def test_a_parcel_on_its_way_decides_nothing_that_a_person_has_to():
    ret = returned(approve=False, method=Method.OWN)
    go(ret, State.REVIEW)
    shipment = follow_return(order=ret.order, number=OWN_NUMBER, at=NOON)
    ReturnParcel.objects.create(ret=ret, shipment=shipment, tracking_number=OWN_NUMBER, created_at=NOON)

    scanned(ret, "IN_TRANSIT")

    assert ret.state == State.REVIEW and Alert.objects.get().key == f"return:{ret.pk}:unapproved"


def test_labels_of_others_are_none_of_its_business():
    play = seller()
    ask(play, purpose="return:999:label:1", is_return=True)
    ask(play, purpose="order:1:label")
    work()

    hand_on()

    assert not ReturnParcel.objects.exists() and told("tracking.label.bought") == 2
