"""Parcels unit by unit: what counts, what may be said again, and what ends it."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from customers.models import Event
from returns.models import ReturnParcel
from returns.services import finishing, holding, inspection, receiving
from returns.services.inspection import Finished, Refused
from returns.vocabulary import Condition, Disposition
from tests.factories.returns import ReturnSettingsFactory
from tests.factories.tracking import NOON, VariantFactory
from tests.returns.bench import coming_back, lead, look, order_with, shelf, worker
from tests.tracking.memory_shop import connected

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


def finish(ret, by, rest="", parcel=None):
    parcel = parcel or ret.parcels.order_by("position")[0]
    ret = finishing.finish(parcel.pk, rest=rest, by=by, at=LATER)
    ret.refresh_from_db()
    return ret


# --- looking


def test_the_first_look_takes_the_parcel_in_and_holds_it():
    ret, kim = coming_back(), worker()

    unit = look(ret.units.get(), by=kim)

    ret.refresh_from_db()
    parcel = ret.parcels.get()
    assert (ret.state, parcel.arrived_at, parcel.held_by) == ("RECEIVED", NOON, kim)
    assert (unit.stage, unit.condition, unit.disposition) == ("ARRIVED", "AS_NEW", "RESTOCK")


def test_the_last_word_counts_until_the_parcel_is_finished():
    ret, kim = coming_back(), worker()
    look(ret.units.get(), by=kim)

    look(ret.units.get(), Condition.WORN, by=kim)

    unit = ret.units.get()
    assert (unit.condition, unit.disposition, unit.deduction_minor) == ("WORN", "LIQUIDATE", 960)


def test_a_look_sent_again_changes_nothing_even_after_a_newer_one():
    ret, kim, token = coming_back(), worker(), uuid.uuid4()
    look(ret.units.get(), Condition.AS_NEW, by=kim, token=token)
    look(ret.units.get(), Condition.WORN, by=kim)

    look(ret.units.get(), Condition.AS_NEW, by=kim, token=token)

    assert ret.units.get().condition == Condition.WORN
    assert Event.objects.filter(kind="returns.unit.inspected").count() == 2


def test_damage_needs_a_photo_or_a_note():
    ret, kim = coming_back(), worker()

    with pytest.raises(Refused, match="photo or a note"):
        look(ret.units.get(), Condition.DAMAGED, by=kim)

    assert ret.units.get().condition == ""
    assert look(ret.units.get(), Condition.DAMAGED, by=kim, note="Glass broken").disposition == "DISPOSE"


def test_what_becomes_of_a_unit_may_be_chosen_against_the_rules():
    ret, kim = coming_back(), worker()

    unit = look(ret.units.get(), Condition.WORN, by=kim, disposition=Disposition.DONATE)

    assert unit.disposition == "DONATE"


def test_a_place_of_another_store_is_refused():
    ret, kim = coming_back(), worker()
    foreign = shelf(order_with(store=connected(slug="north-mill")).store)

    with pytest.raises(Refused, match="places"):
        look(ret.units.get(), by=kim, location_id=foreign.pk)


def test_a_unit_of_another_return_is_not_in_this_parcel():
    ret, other, kim = coming_back(), coming_back(), worker()

    with pytest.raises(Refused, match="not in this parcel"):
        look(other.units.get(), by=kim, parcel=ret.parcels.get())


def test_a_stores_own_deductions_hold():
    ret, kim = coming_back(), worker()
    ReturnSettingsFactory(store=ret.store, deductions={"WORN": 5000})

    assert look(ret.units.get(), Condition.WORN, by=kim).deduction_minor == 2400


def test_our_own_fault_costs_the_shopper_nothing():
    ret, kim = coming_back(reason="DEFECTIVE"), worker()

    unit = look(ret.units.get(), Condition.DAMAGED, by=kim, note="Does not light")

    assert unit.deduction_minor == 0


# --- scanning items


def test_scanning_two_equal_items_finds_two_units():
    ret, kim = coming_back(order_with({"barcode": "4012345678901", "quantity": 2})), worker()
    parcel = ret.parcels.get()

    for _ in range(2):
        inspection.spot(parcel.pk, "4012345678901", token=uuid.uuid4(), by=kim, at=NOON)

    assert list(ret.units.values_list("parcel", flat=True)) == [parcel.pk, parcel.pk]


def test_a_scan_sent_again_finds_the_same_unit():
    ret, kim, token = (
        coming_back(order_with({"barcode": "4012345678901", "quantity": 2})),
        worker(),
        uuid.uuid4(),
    )
    parcel = ret.parcels.get()

    found = {inspection.spot(parcel.pk, "4012345678901", token=token, by=kim, at=NOON).pk for _ in range(3)}

    assert len(found) == 1
    assert ret.units.filter(parcel=parcel).count() == 1


def test_a_code_of_twelve_digits_is_the_one_of_thirteen_with_a_zero():
    ret, kim = coming_back(order_with({"barcode": "0012345678905"})), worker()

    assert inspection.spot(ret.parcels.get().pk, "012345678905", token=uuid.uuid4(), by=kim, at=NOON)


def test_what_nobody_announced_is_no_unit():
    ret, kim = coming_back(), worker()
    VariantFactory(product__store=ret.store, barcode="4099999999999")

    found = inspection.spot(ret.parcels.get().pk, "4099999999999", token=uuid.uuid4(), by=kim, at=NOON)

    assert found is None


# --- one parcel, one person


def test_a_second_person_is_told_who_has_the_parcel():
    ret, kim, lou = coming_back(), worker(email="kim@shop.example"), worker()
    look(ret.units.get(), by=kim)

    with pytest.raises(holding.Held, match="kim@shop.example"):
        look(ret.units.get(), Condition.WORN, by=lou)

    assert ret.units.get().condition == Condition.AS_NEW


def test_a_hold_ends_by_itself_and_the_next_may_open_it():
    ret, kim, lou = coming_back(), worker(), worker()
    look(ret.units.get(), by=kim)
    ReturnParcel.objects.update(held_until=Now())

    look(ret.units.get(), Condition.WORN, by=lou)

    assert ret.parcels.get().held_by == lou


def test_taking_over_needs_a_note_and_leaves_it():
    ret, kim, chief = coming_back(), worker(), lead()
    look(ret.units.get(), by=kim)
    parcel = ret.parcels.get()

    with pytest.raises(holding.NoteNeeded):
        holding.take_over(parcel.pk, by=chief, note=" ", at=NOON)
    holding.take_over(parcel.pk, by=chief, note="Kim went home", at=NOON)

    assert ret.parcels.get().held_by == chief
    told = Event.objects.get(kind="returns.parcel.taken_over").data
    assert (told["from_user"], told["by_user"], told["note"]) == (kim.pk, chief.pk, "Kim went home")


def test_only_who_holds_a_parcel_lets_it_go():
    ret, kim, lou = coming_back(), worker(), worker()
    holding.hold(ret.parcels.get().pk, by=kim)

    holding.let_go(ret.parcels.get().pk, by=lou)
    assert ret.parcels.get().held_by == kim
    holding.let_go(ret.parcels.get().pk, by=kim)
    assert ret.parcels.get().held_by is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_ten_people_who_open_a_parcel_at_once_one_has_it():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    parcel, people, got, lost = coming_back().parcels.get(), [worker() for _ in range(10)], [], []
    gate = threading.Barrier(len(people))

    def open_it(user):
        gate.wait()
        try:
            holding.hold(parcel.pk, by=user)
            got.append(user)
        except holding.Held:
            lost.append(user)
        finally:
            connection.close()

    threads = [threading.Thread(target=open_it, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(got), len(lost)) == (1, 9)


# --- finishing


def test_a_parcel_whose_units_were_all_looked_at_is_inspected():
    ret, kim = coming_back(), worker()
    look(ret.units.get(), by=kim)

    ret = finish(ret, kim)

    assert (ret.state, ret.units.get().stage) == ("INSPECTED", "INSPECTED")
    assert ret.parcels.get().held_by is None
    told = Event.objects.get(kind="returns.parcel.inspected").data
    assert (told["units"], told["missing"], told["deducted_minor"]) == (1, 0, 0)
    assert ret.due_at == LATER


def test_a_parcel_is_finished_once():
    ret, kim = coming_back(), worker()
    look(ret.units.get(), by=kim)
    finish(ret, kim)

    finish(ret, kim)

    assert Event.objects.filter(kind="returns.parcel.inspected").count() == 1
    with pytest.raises(Finished):
        look(ret.units.get(), Condition.WORN, by=kim)


def test_a_unit_without_a_condition_keeps_a_parcel_open():
    ret, kim = coming_back(), worker()
    inspection.lay_in(ret.units.get().pk, parcel_id=ret.parcels.get().pk, by=kim, at=NOON)

    with pytest.raises(Refused, match="what it is like"):
        finish(ret, kim)


def test_pitfall_17_two_of_three_arrive_and_the_third_is_still_expected():
    ret, kim = coming_back(order_with({"quantity": 3})), worker()
    first, second, third = ret.units.order_by("index")
    look(first, by=kim)
    look(second, by=kim)

    with pytest.raises(Refused, match="1 not found"):
        finish(ret, kim)
    ret = finish(ret, kim, rest="more")

    third.refresh_from_db()
    assert ret.state == "RECEIVED"
    assert (third.stage, third.arrived_at, third.deduction_minor) == ("EXPECTED", None, 0)
    second_parcel = receiving.another_parcel(ret.pk, at=LATER)
    look(third, by=kim, parcel=second_parcel)
    assert finish(ret, kim, parcel=second_parcel).state == "INSPECTED"


def test_what_was_not_in_the_parcel_is_missing_and_earns_nothing():
    ret, kim = coming_back(order_with({"quantity": 2})), worker()
    first, second = ret.units.order_by("index")
    look(first, by=kim)

    ret = finish(ret, kim, rest="missing")

    second.refresh_from_db()
    assert (ret.state, second.stage, second.deduction_minor) == ("INSPECTED", "MISSING", second.value_minor)


def test_a_missing_unit_that_is_found_after_all_counts_again():
    ret, kim = coming_back(order_with({"quantity": 2})), worker()
    first, second = ret.units.order_by("index")
    look(first, by=kim)
    finish(ret, kim, rest="missing")
    parcel = receiving.another_parcel(ret.pk, at=LATER)

    look(second, by=kim, parcel=parcel)
    ret = finish(ret, kim, parcel=parcel)

    second.refresh_from_db()
    assert (ret.state, second.stage, second.deduction_minor) == ("INSPECTED", "INSPECTED", 0)


def test_a_return_is_not_inspected_while_another_parcel_of_it_waits_here():
    ret, kim = coming_back(order_with({"quantity": 2}), parcels=2), worker()
    one, two = ret.parcels.order_by("position")
    receiving.receive(two.pk, at=NOON)
    look(ret.units.order_by("index")[0], by=kim, parcel=one)

    assert finish(ret, kim, rest="missing", parcel=one).state == "RECEIVED"


def test_what_is_not_in_the_parcel_after_all_can_be_taken_out_again():
    ret, kim = coming_back(order_with({"quantity": 2})), worker()
    first, second = ret.units.order_by("index")
    look(first, by=kim)
    look(second, Condition.WORN, by=kim)

    inspection.take_out(second.pk, parcel_id=ret.parcels.get().pk, by=kim, at=NOON)

    second.refresh_from_db()
    assert (second.parcel, second.condition, second.deduction_minor) == (None, "", 0)
    with pytest.raises(Refused, match="1 not found"):
        finish(ret, kim)
