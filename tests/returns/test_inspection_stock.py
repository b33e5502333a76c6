"""Stock moves with what becomes of a unit; what nobody announced; corrections afterwards."""

import uuid
from datetime import timedelta

import pytest

from customers.models import Alert, Event
from returns.models import ReturnUnit, UnexpectedItem
from returns.services import corrections, finishing, inspection
from returns.services.inspection import Refused
from returns.vocabulary import Condition
from tests.factories.tracking import NOON, VariantFactory
from tests.returns.bench import coming_back, lead, look, order_with, saw, shelf, worker
from tests.tracking import memory_shop
from tests.tracking.memory_shop import connected
from tracking.models import BundlePart, ShopAction, StockLevel

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def finish(ret, by, rest="", parcel=None):
    parcel = parcel or ret.parcels.order_by("position")[0]
    ret = finishing.finish(parcel.pk, rest=rest, by=by, at=LATER)
    ret.refresh_from_db()
    return ret


def moved():
    return {
        (action.wanted["variant_external_id"], action.wanted["location_external_id"]): action.wanted["delta"]
        for action in ShopAction.objects.filter(kind="STOCK")
    }


# --- stock


def test_stock_moves_with_the_disposition_by_variant_and_place(shop):
    store = connected()
    place = shelf(store)
    ret, kim = coming_back(order_with({"quantity": 3}, {"title": "Candle"}, store=store)), worker()
    lanterns, candle = (
        list(ret.units.order_by("index").filter(line__position=0)),
        ret.units.get(line__position=1),
    )
    look(lanterns[0], by=kim)
    look(lanterns[1], by=kim)
    look(lanterns[2], Condition.WORN, by=kim)
    look(candle, by=kim)

    assert not ShopAction.objects.exists()  # nothing moves before the parcel is finished
    finish(ret, kim)

    assert moved() == {
        (lanterns[0].variant.external_id, place.external_id): 2,
        (candle.variant.external_id, place.external_id): 1,
    }
    assert ret.units.exclude(stock_action=None).count() == 3


def test_pitfall_21_a_bundle_goes_on_the_shelf_part_by_part(shop):
    store = connected()
    place = shelf(store)
    bundle, shade, base = (VariantFactory(product__store=store, inventory_item_id=f"i{n}") for n in range(3))
    BundlePart.objects.create(bundle=bundle, part=shade, quantity=2)
    BundlePart.objects.create(bundle=bundle, part=base)
    ret, kim = coming_back(order_with({"variant": bundle}, store=store)), worker()
    shades, stand = list(ret.units.filter(variant=shade)), ret.units.get(variant=base)

    look(shades[0], by=kim)
    look(shades[1], Condition.DAMAGED, by=kim, note="Torn")
    look(stand, by=kim)
    finish(ret, kim)

    assert moved() == {
        (shade.external_id, place.external_id): 1,
        (base.external_id, place.external_id): 1,
    }


def test_a_store_without_a_shop_counts_its_own_stock():
    ret, kim = coming_back(order_with({}, store=connected(slug="own"))), worker()
    type(ret.store).objects.filter(pk=ret.store.pk).update(platform="none", api_url="")
    place = shelf(ret.store)
    StockLevel.objects.create(
        location=place, inventory_item_id=ret.units.get().variant.inventory_item_id, available=4
    )

    look(ret.units.get(), by=kim)
    finish(ret, kim)

    assert StockLevel.objects.get().available == 5
    assert not ShopAction.objects.exists()


def test_what_has_no_place_goes_to_a_person(shop):
    store = connected()
    shelf(store, "North")
    shelf(store, "South")
    ret, kim = coming_back(order_with({}, store=store)), worker()
    look(ret.units.get(), by=kim)

    finish(ret, kim)

    assert moved() == {}
    assert Alert.objects.get(kind="returns.stock").title.startswith("Put 1 of return")


def test_a_correction_moves_stock_back_and_takes_the_deduction(shop):
    store = connected()
    place = shelf(store)
    ret, kim, chief = coming_back(order_with({}, store=store)), worker(), lead()
    look(ret.units.get(), by=kim)
    finish(ret, kim)
    token = uuid.uuid4()

    for _ in range(2):  # sent twice it is one
        corrections.correct(
            ret.units.get().pk,
            saw(Condition.DAMAGED, note="Cracked below", token=token),
            by=chief,
            at=LATER,
        )

    unit = ret.units.get()
    deltas = [action.wanted["delta"] for action in ShopAction.objects.filter(kind="STOCK").order_by("pk")]
    assert deltas == [1, -1]
    assert {action.wanted["location_external_id"] for action in ShopAction.objects.all()} == {
        place.external_id
    }
    assert (unit.disposition, unit.deduction_minor, unit.stock_action) == ("DISPOSE", 2400, None)
    assert Event.objects.filter(kind="returns.parcel.inspected").count() == 2


def test_a_correction_that_leaves_it_on_its_shelf_moves_nothing(shop):
    store = connected()
    shelf(store)
    ret, kim, chief = coming_back(order_with({}, store=store)), worker(), lead()
    look(ret.units.get(), by=kim)
    finish(ret, kim)

    corrections.correct(ret.units.get().pk, saw(Condition.OPENED), by=chief, at=LATER)

    assert ShopAction.objects.filter(kind="STOCK").count() == 1


# --- what nobody announced


def test_another_item_in_place_of_a_unit_is_stock_of_its_own(shop):
    store = connected()
    place = shelf(store)
    other = VariantFactory(product__store=store, barcode="4055555555555", inventory_item_id="other")
    ret, kim = coming_back(order_with({}, store=store), reason="WRONG_ITEM"), worker()

    look(ret.units.get(), Condition.WRONG_ITEM, by=kim, really="4055555555555")
    finish(ret, kim)

    assert moved() == {(other.external_id, place.external_id): 1}
    assert ret.units.get().deduction_minor == 0  # we packed it wrongly


def test_a_unit_that_is_the_right_one_after_all_leaves_no_other_item():
    ret, kim = coming_back(), worker()
    look(ret.units.get(), Condition.WRONG_ITEM, by=kim, really="What is this")

    look(ret.units.get(), Condition.AS_NEW, by=kim)

    assert not UnexpectedItem.objects.exists()


def test_an_unexpected_item_is_noted_once_and_told_at_the_end():
    ret, kim, token = coming_back(), worker(), uuid.uuid4()
    parcel = ret.parcels.get()
    look(ret.units.get(), by=kim)

    for _ in range(2):
        inspection.note_unexpected(
            parcel.pk, saw(Condition.OPENED, token=token, note="A scarf"), code="", by=kim, at=NOON
        )
    finish(ret, kim)

    item = UnexpectedItem.objects.get()
    assert (item.note, item.disposition) == ("A scarf", "SEND_BACK")
    assert Alert.objects.get(kind="returns.unexpected").subject_id == str(ret.pk)


def test_an_unexpected_item_has_to_be_something():
    ret, kim = coming_back(), worker()

    with pytest.raises(Refused, match="say what it is"):
        inspection.note_unexpected(ret.parcels.get().pk, saw(), code=" ", by=kim, at=NOON)

    assert not ReturnUnit.objects.exclude(condition="").exists()
