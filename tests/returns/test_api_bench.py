"""A warehouse's own system receives and inspects through the API, and the whole life of a return."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models.functions import Now

from customers.models import Alert, Event
from returns.models import Refund, Return, ReturnParcel, ReturnUnit
from returns.services import holding
from tests.factories.tracking import NOON
from tests.returns.api import Returning, body, item
from tests.returns.bench import coming_back, order_with, shelf, worker
from tests.returns.scenes import ask, bought, wish, work
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP
from tracking.models import ShopAction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    memory_shop.fresh()
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def api():
    return Returning()


def of(ret):
    """Return a return as the API's answers name it."""
    return {"id": str(ret.public_id)}


def seen(unit, condition="AS_NEW", **given):
    return {"unit": unit["id"] if isinstance(unit, dict) else unit.pk, "condition": condition, **given}


def two_lanterns(**given):
    return coming_back(order_with({"quantity": 2}), **given)


# --- the whole life


def test_a_return_lives_its_whole_life_through_the_api(api, now):
    order = bought({"quantity": 3})
    order.payment_status = "PAID"
    order.save()
    quote = api.post("returns/quote/", body(order, item(order, quantity=3))).json()["quote"]
    told = api.made(order, item(order, quantity=3), expected_refund_minor=quote["refund_minor"])
    work()
    assert api.get(f"returns/{told['id']}/").json()["state"] == "LABEL_READY"

    # The first of two parcels brings two of three, one of them worn.
    later = NOON + timedelta(days=2)
    now.move_to(later)
    first, second, third = told["units"]
    received = api.act(told, "receive").json()
    assert (received["state"], received["units"][0]["stage"]) == ("RECEIVED", "ARRIVED")
    partial = api.act(
        told, "inspect", units=[seen(first), seen(second, "WORN")], finish=True, more_to_come=True
    ).json()
    work(later)
    assert [unit["stage"] for unit in partial["units"]] == ["INSPECTED", "INSPECTED", "EXPECTED"]
    assert (partial["state"], partial["units"][1]["deduction_minor"]) == ("RECEIVED", 960)
    assert [each.amount_minor for each in Refund.objects.all()] == [4800 + 3840]
    assert len(SHOP.refunds) == 1

    # The second one is empty of it: the third is missing.
    api.act(told, "receive", tracking_number="JD 0001", unannounced=True)
    after = api.act(told, "inspect", finish=True).json()
    assert [unit["stage"] for unit in after["units"]] == ["INSPECTED", "INSPECTED", "MISSING"]
    assert (after["state"], [parcel["position"] for parcel in after["parcels"]]) == ("INSPECTED", [1, 2])
    work(later)

    done = api.get(f"returns/{told['id']}/").json()
    assert done["state"] == "SETTLED"
    assert [(each["state"], each["amount_minor"]) for each in done["refunds"]] == [("SUCCEEDED", 8640)]
    assert (done["units"][2]["id"], len(SHOP.refunds)) == (third["id"], 1)


# --- receiving


def test_what_was_announced_arrives_with_the_only_parcel(api):
    ret = two_lanterns()

    told = api.act(of(ret), "receive", by="Dock 3").json()

    assert told["state"] == "RECEIVED"
    assert {unit["stage"] for unit in told["units"]} == {"ARRIVED"}
    assert Event.objects.filter(kind="returns.return.received").count() == 1


def test_a_receipt_told_twice_is_one_and_the_second_parcel_is_asked_for(api):
    ret = two_lanterns(parcels=2)
    one, two = ret.parcels.order_by("position")

    unsaid = api.act(of(ret), "receive")
    first = api.act(of(ret), "receive", key="k1", tracking_number=f" {one.tracking_number.lower()} ")
    again = api.act(of(ret), "receive", key="k1", tracking_number=f" {one.tracking_number.lower()} ")
    told = api.act(of(ret), "receive", tracking_number=one.tracking_number)

    assert two.tracking_number in unsaid.json()["errors"]["tracking_number"][0]
    assert first.json() == again.json() and again["Idempotency-Replayed"] == "true"
    assert {unit["stage"] for unit in told.json()["units"]} == {"EXPECTED"}
    assert [bool(each["arrived_at"]) for each in told.json()["parcels"]] == [True, False]


def test_a_parcel_we_do_not_know_has_to_be_called_that(api):
    ret = two_lanterns()

    unknown = api.act(of(ret), "receive", tracking_number="JD0001")
    assert unknown.status_code == 400 and "tracking_number" in unknown.json()["errors"]
    assert ret.parcels.count() == 1

    told = api.act(of(ret), "receive", tracking_number="JD0001", unannounced=True).json()
    again = api.act(of(ret), "receive", tracking_number="JD 0001", unannounced=True).json()
    assert [each["tracking_number"] for each in told["parcels"]][1:] == ["JD0001"]
    assert again["parcels"] == told["parcels"]


def test_when_every_parcel_is_here_another_one_is_a_conflict(api):
    ret = two_lanterns()
    api.act(of(ret), "receive")

    answer = api.act(of(ret), "receive")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_nothing_comes_for_a_claim(api):
    order = bought({})
    claim = api.made(order, item(order, reason="MISSING"), kind="CLAIM")

    for name, given in (("receive", {}), ("receive", {"unannounced": True}), ("inspect", {"finish": True})):
        assert api.act(claim, name, **given).status_code == 409, (name, given)
    assert not ReturnParcel.objects.exists()


def test_a_return_that_was_cancelled_goes_on_when_its_goods_come(api):
    order = bought({})
    told = api.made(order)
    work()
    assert api.act(told, "cancel").json()["state"] == "CANCELLED"

    after = api.act(told, "receive", unannounced=True).json()

    assert after["state"] == "RECEIVED"
    assert [unit["stage"] for unit in after["units"]] == ["ARRIVED"]


# --- inspecting


def test_nothing_follows_from_a_look_before_the_parcel_is_finished(api):
    ret = two_lanterns()
    unit = ret.units.order_by("pk")[0]

    api.act(of(ret), "inspect", units=[seen(unit, "WORN", note="Soot")], by="Kim")
    told = api.act(of(ret), "inspect", units=[seen(unit, "OPENED")]).json()

    assert (told["state"], told["units"][0]["condition"]) == ("RECEIVED", "OPENED")
    assert told["units"][0]["parcel"] == 1
    unit.refresh_from_db()
    assert (unit.inspected_by, unit.inspection_note) == ("acme (API)", "Soot")
    assert not Event.objects.filter(kind="returns.parcel.inspected").exists()
    assert {each.data["by_user"] for each in Event.objects.filter(kind="returns.unit.inspected")} == {None}


def test_units_that_are_not_named_are_missing_when_the_parcel_is_finished(api):
    ret = two_lanterns()
    unit = ret.units.order_by("pk")[0]

    told = api.act(of(ret), "inspect", units=[seen(unit)], finish=True).json()

    assert [(each["stage"], each["condition"]) for each in told["units"]] == [
        ("INSPECTED", "AS_NEW"),
        ("MISSING", "MISSING"),
    ]
    assert (told["state"], told["units"][1]["deduction_minor"]) == ("INSPECTED", 4800)


def test_stock_goes_to_the_place_that_is_named(api):
    order = bought({})
    store = order.store
    ret = ask(order, wish(order), method="OWN")
    work()
    other = shelf(store, "Back room")
    unit = ret.units.get()

    nowhere = api.act(of(ret), "inspect", units=[seen(unit, location="moon")], finish=True)
    told = api.act(
        of(ret), "inspect", units=[seen(unit, disposition="RESTOCK", location=other.external_id)], finish=True
    )

    assert nowhere.json()["errors"] == {"units.0.location": ["The store has no such place."]}
    assert told.json()["units"][0]["disposition"] == "RESTOCK"
    assert ShopAction.objects.get(kind="STOCK").wanted["location_external_id"] == other.external_id


def test_an_inspection_told_twice_moves_stock_and_money_once(api):
    order = bought({})
    ret = ask(order, wish(order), method="OWN")
    work()
    look = {"units": [seen(ret.units.get(), disposition="RESTOCK")], "finish": True}

    first, again = (api.act(of(ret), "inspect", key="k1", **look) for _ in range(2))
    late = api.act(of(ret), "inspect", key="k2", **look)
    work()

    assert first.json() == again.json()
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert ShopAction.objects.filter(kind="STOCK").count() == Refund.objects.count() == 1
    assert len(SHOP.refunds) == 1


def test_what_nobody_announced_is_kept_and_told_to_staff(api):
    ret = two_lanterns()
    units = list(ret.units.order_by("pk"))
    things = [{"code": "4006381333931", "condition": "AS_NEW"}, {"note": "A glove", "condition": "WORN"}]

    told = api.act(
        of(ret),
        "inspect",
        units=[seen(units[0]), seen(units[1], "WRONG_ITEM", instead=units[0].variant.sku)],
        unexpected=things,
        finish=True,
    ).json()

    found = told["parcels"][0]["unexpected"]
    assert [(each["code"], each["sku"]) for each in found] == [
        (units[0].variant.sku, units[0].variant.sku),
        ("4006381333931", ""),
        ("", ""),
    ]
    assert Alert.objects.filter(kind="returns.unexpected").count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "body"),
        ({"units": []}, "body"),
        ({"units": [{"condition": "AS_NEW", "unit": 1}, {"condition": "WORN", "unit": 1}]}, "units.1.unit"),
        ({"units": [{"condition": "AS_NEW", "unit": 999_999_999}]}, "units.0.unit"),
        ({"units": [{"condition": "SHINY", "unit": 1}]}, "units.0.condition"),
        ({"unexpected": [{"condition": "WORN"}]}, "unexpected.0.note"),
        ({"unexpected": [{"condition": "MISSING", "code": "1"}]}, "unexpected.0.condition"),
        ({"finish": True, "tracking_number": "JD0001"}, "tracking_number"),
        ({"units": [{"condition": "AS_NEW", "unit": 1}], "more_to_come": True}, "more_to_come"),
        ({"finish": "yes"}, "finish"),
    ],
)
def test_a_wrong_look_is_refused_by_field(api, given, field):
    ret = two_lanterns()

    answer = api.act(of(ret), "inspect", **given)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert ret.parcels.get().arrived_at is None


def test_damage_needs_words_and_one_bad_unit_keeps_nothing_of_the_others(api):
    ret = two_lanterns()
    units = list(ret.units.order_by("pk"))

    answer = api.act(of(ret), "inspect", units=[seen(units[0]), seen(units[1], "DAMAGED")], finish=True)

    assert list(answer.json()["errors"]) == ["units.1.note"]
    assert not ReturnUnit.objects.exclude(condition="").exists()
    assert Return.objects.get().state == "IN_TRANSIT"


def test_a_unit_of_another_return_is_none_of_this(api):
    ret, other = two_lanterns(), two_lanterns()

    answer = api.act(of(ret), "inspect", units=[seen(other.units.first())])

    assert answer.json()["errors"] == {"units.0.unit": ["This return has no such unit."]}


def test_a_unit_found_at_the_station_and_not_looked_at_keeps_the_parcel_open(api):
    ret = two_lanterns()
    parcel = ret.parcels.get()
    ReturnUnit.objects.filter(ret=ret).update(parcel=parcel, stage="ARRIVED")

    answer = api.act(of(ret), "inspect", finish=True)

    assert answer.json()["errors"] == {"units": ["Say what it is like: Brass lantern."]}
    assert ret.parcels.get().inspected_at is None


# --- people have their hands on it


@pytest.mark.parametrize("name", ["receive", "inspect"])
def test_a_parcel_that_a_person_has_open_is_a_conflict(api, name):
    ret, kim = two_lanterns(), worker()
    parcel = ret.parcels.get()
    holding.hold(parcel.pk, by=kim)
    given = {"finish": True} if name == "inspect" else {}

    answer = api.act(of(ret), name, **given)

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert kim.email not in answer.content.decode()
    assert ret.parcels.get().held_by == kim
    assert Return.objects.get().state == "IN_TRANSIT"


def test_a_hold_that_has_ended_stops_nobody_and_a_key_leaves_none(api):
    ret, kim, lou = two_lanterns(), worker(), worker()
    parcel = ret.parcels.get()
    holding.hold(parcel.pk, by=kim)
    ReturnParcel.objects.update(held_until=Now())

    assert api.act(of(ret), "inspect", units=[seen(ret.units.first())]).status_code == 200

    holding.hold(parcel.pk, by=lou)
    assert holding.holder(parcel.pk).held_by == lou


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nobody_opens_a_parcel_while_a_key_inspects_it():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    ret, kim = two_lanterns(), worker()
    parcel, order_of_things = ret.parcels.get(), []

    def open_it():
        holding.hold(parcel.pk, by=kim)
        order_of_things.append("opened")
        connection.close()

    person = threading.Thread(target=open_it)
    with transaction.atomic():
        holding.hold(parcel.pk, by=holding.System("acme"))
        person.start()
        person.join(timeout=0.3)
        order_of_things.append("finished")
    person.join()

    assert order_of_things == ["finished", "opened"]
