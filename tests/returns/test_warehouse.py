"""The station's pages: who gets in, what a code leads to, what one may do at a parcel."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from customers.models import Alert
from returns.models import Return
from returns.services import finishing, holding, receiving
from returns.warehouse import groups
from tests.factories.customers import StaffFactory, UserFactory
from tests.factories.tracking import NOON, ShipmentFactory
from tests.returns.bench import coming_back, look, order_with, right, worker
from tests.staff import client_of, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim():
    return worker(email="kim@shop.example")


@pytest.fixture
def station(kim):
    return client_of(kim)


@pytest.fixture
def ret():
    return coming_back(order_with({"barcode": "4012345678901", "quantity": 2}))


def here(ret, rest="", position=1):
    return f"/warehouse/{ret.number}/{position}/{rest}"


def told(response):
    return [str(message) for message in response.context["messages"]]


def press(client, address, **fields):
    return client.post(address, fields, follow=True)


# --- who gets in


def test_a_stranger_is_asked_to_log_in_and_comes_back(ret):
    answer = Client().get(here(ret))

    assert answer.status_code == 302
    assert answer["Location"] == f"/account/login/?next={here(ret)}"


def test_a_strangers_form_leads_to_the_first_page_after_the_log_in(ret):
    answer = Client().post(here(ret, "finish/"))

    assert answer["Location"] == "/account/login/?next=/warehouse/"


@pytest.mark.parametrize("path", ["/warehouse/", "/warehouse/R-00000000/"])
def test_shoppers_and_staff_without_the_right_see_no_such_page(path):
    for user in (UserFactory(), UserFactory(is_staff=True)):
        assert client_of(user).get(path).status_code == 404


def test_staff_with_the_right_and_superusers_get_in(ret):
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.add(right("use_warehouse"))

    assert client_of(clerk).get("/warehouse/").status_code == 200
    assert client_of(StaffFactory()).get(here(ret)).status_code == 200


def test_the_warehouse_sees_nothing_of_the_back_office(station):
    assert station.get("/admin/").status_code == 302
    assert station.get("/admin/returns/").status_code == 302
    assert station.get("/account/orders/").status_code == 200
    assert b"Back-office" not in station.get("/warehouse/").content


def test_the_groups_are_there_and_keep_what_staff_gave_them():
    names = {"Warehouse": {"use_warehouse"}, "Warehouse lead": {"use_warehouse", "lead_warehouse"}}
    found = {
        group.name: set(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()
    }
    assert {name: found[name] for name in names} == names

    Group.objects.get(name="Warehouse").permissions.clear()
    groups.make(apps.get_app_config("returns"))

    assert not Group.objects.get(name="Warehouse").permissions.exists()


def test_somebody_in_the_group_may_use_the_station():
    user = UserFactory()
    user.groups.add(Group.objects.get(name="Warehouse"))

    assert client_of(user).get("/warehouse/").status_code == 200


def test_acts_are_only_taken_by_post(station, ret):
    for act in ("receive", "scan", "look", "lay-in", "take-out", "unexpected", "drop", "finish", "close"):
        assert station.get(here(ret, f"{act}/")).status_code == 405


def test_the_station_speaks_english_whatever_the_browser_asks_for(station):
    answer = station.get("/warehouse/", headers={"Accept-Language": "de"})

    assert b'lang="en"' in answer.content


# --- the first page


def test_the_first_page_shows_what_waits_what_comes_and_who_did_what(station, kim):
    now = timezone.now()
    waiting, delivered, today, week = (coming_back() for _ in range(4))
    day = now.astimezone(waiting.store.zone).date()
    receiving.receive(waiting.parcels.get().pk, at=now - timedelta(days=2))
    due = {"told_to_date": day, "status": "IN_TRANSIT"}
    for ret, facts in (
        (delivered, {"delivered_at": now - timedelta(hours=3)}),
        (today, due),
        (week, due | {"told_to_date": day + timedelta(days=3)}),
    ):
        ret.parcels.update(shipment=ShipmentFactory(order=ret.order, is_return=True, **facts))
    done = coming_back()
    look(done.units.get(), by=kim, at=now)
    finishing.finish(done.parcels.get().pk, by=kim, at=now)

    desk = station.get("/warehouse/").context["desk"]

    assert [pile.parcels[0].ret for pile in (desk.waiting, desk.delivered, desk.today, desk.week)] == [
        waiting,
        delivered,
        today,
        week,
    ]
    assert [(row.who, row.units, row.parcels) for row in desk.done] == [("kim@shop.example", 1, 1)]


def test_what_i_have_open_stands_first_and_not_twice(station, kim, ret):
    press(station, here(ret, "receive/"))

    desk = station.get("/warehouse/").context["desk"]

    assert (desk.mine.count, desk.waiting.count) == (1, 0)


def test_a_parcel_somebody_has_open_says_so(station, ret):
    lou = worker(email="lou@shop.example")
    holding.hold(ret.parcels.get().pk, by=lou)
    receiving.receive(ret.parcels.get().pk, at=NOON)

    assert b"lou@shop.example has it" in station.get("/warehouse/").content


def test_the_first_page_takes_as_many_queries_for_ten_parcels_as_for_one(station):
    receiving.receive(coming_back().parcels.get().pk, at=NOON)
    few = queries(station, "/warehouse/")
    for _ in range(9):
        receiving.receive(coming_back().parcels.get().pk, at=NOON)

    assert queries(station, "/warehouse/") == few <= 20


def test_a_parcels_page_takes_as_many_queries_for_ten_units_as_for_two(station, ret):
    few = queries(station, here(ret))
    many = coming_back(order_with(*({"title": f"Thing {n}"} for n in range(10))))

    assert queries(station, here(many)) == few <= 25


# --- codes


def test_a_tracking_number_opens_the_parcel_and_changes_nothing(station, ret):
    answer = press(station, "/warehouse/scan/", code=ret.parcels.get().tracking_number)

    assert answer.redirect_chain[-1][0] == here(ret)
    ret.refresh_from_db()
    assert (ret.state, ret.parcels.get().held_by) == ("IN_TRANSIT", None)


def test_a_return_with_one_open_parcel_opens_it(station, ret):
    assert press(station, "/warehouse/scan/", code=ret.number).redirect_chain[-1][0] == here(ret)


def test_a_return_without_parcels_asks_whether_this_is_it(station):
    ret = coming_back(parcels=0)

    answer = press(station, "/warehouse/scan/", code=ret.number)
    assert b"No parcel of it was announced" in answer.content
    press(station, f"/warehouse/{ret.number}/another/")

    ret.refresh_from_db()
    assert ret.state == "RECEIVED"


def test_a_finished_return_offers_to_take_another_parcel(station, ret, kim):
    for unit in ret.units.all():
        look(unit, by=kim)
    finishing.finish(ret.parcels.get().pk, by=kim, at=NOON)

    assert b"Is this one more parcel of it?" in press(station, "/warehouse/scan/", code=ret.number).content


def test_a_claim_says_that_nothing_comes(station):
    ret = coming_back(kind="CLAIM", state="APPROVED")

    answer = station.get(f"/warehouse/{ret.number}/")
    assert b"This is a claim" in answer.content
    assert told(press(station, f"/warehouse/{ret.number}/another/")) == [
        "This is a claim: nothing is sent back for it."
    ]


def test_an_order_with_two_returns_is_a_choice(station, ret):
    second = Return.objects.create(
        store=ret.store, order=ret.order, currency="USD", requested_at=NOON, state="APPROVED"
    )

    answer = press(station, "/warehouse/scan/", code=ret.order.number)

    assert ret.number.encode() in answer.content and second.number.encode() in answer.content


def test_an_order_nobody_returned_anything_of_can_be_taken_in(station):
    order = order_with({"title": "Pine candle"})

    answer = press(station, "/warehouse/scan/", code=order.number)
    assert b"Nothing was announced for this order" in answer.content
    answer = press(station, "/warehouse/unasked/", order=order.public_id, code=order.number)

    ret = Return.objects.get()
    assert (ret.source, answer.redirect_chain[-1][0]) == ("WAREHOUSE", here(ret))
    page = answer.context["page"]
    assert [piece.title for piece in page.free] == ["Pine candle"]
    press(station, here(ret, "lay-in/"), piece=page.free[0].key)
    assert ret.units.get().stage == "ARRIVED"


@pytest.mark.parametrize("order", ["", "nonsense", "0b9a2c0e-6f0f-4a3e-9f43-2f6c2b6a7d11"])
def test_an_order_that_is_not_there_is_not_taken_in(station, order):
    assert told(press(station, "/warehouse/unasked/", order=order)) == ["That order is not there any more."]
    assert not Return.objects.exists()


def test_an_unknown_code_is_told_and_can_be_kept_for_the_back_office(station):
    answer = press(station, "/warehouse/scan/", code="<b>4711</b>")
    assert b"Nobody knows &lt;b&gt;4711&lt;/b&gt;" in answer.content

    press(station, "/warehouse/unknown/", code="4711", note="Blue bag")

    assert "Blue bag" in Alert.objects.get(kind="returns.unknown_parcel").detail


def test_an_unknown_parcel_is_placed_by_an_order_number_found_in_it(station, ret):
    answer = press(station, "/warehouse/unknown/", code="4711", order=ret.order.number)
    assert ret.number.encode() in answer.content

    answer = press(station, "/warehouse/unknown/", code="4711", order="#999999")
    assert told(answer) == ["There is no order #999999."]
