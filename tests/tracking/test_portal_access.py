"""The code that opens the rest, the link that is shared, the file for the calendar."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from customers.models import Event
from tests.factories.tracking import OrderFactory
from tests.tracking import scenes
from tracking import access
from tracking.models import AccessCode, Link, LookupRequest

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 18, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def order():
    return scenes.in_transit(NOW)


def address(order, purpose="act", rest="", **life) -> str:
    return f"/o/{access.token(access.link_for(order, purpose, at=NOW, **life))}/{rest}"


def looked_up(client, order) -> str:
    """Return the address of the limited page, opened by a look-up in `client`."""
    return client.post("/", {"number": order.number, "email": order.email})["Location"]


def text(response) -> str:
    return response.content.decode()


SECRET = ["Ada Lovelace", "12 Analytical Way", "97201", "ada@example.com", "A. Lovelace"]
PRICES = ["$150.20", "$96.00", "$5.00"]


@pytest.fixture
def arrived():
    return scenes.delivered(NOW, email="ada@example.com", email_key="ada@example.com")


# --- the code


@pytest.fixture
def limited(client, arrived):
    return looked_up(client, arrived)


def newest_digits() -> str:
    return access.digits(AccessCode.objects.order_by("-pk")[0])


def test_a_code_opens_the_rest_for_half_an_hour(client, arrived, limited, clock):
    assert client.post(limited + "code/")["Location"] == limited + "code/"
    event = Event.objects.get(kind="tracking.access.code_requested")
    assert event.key == f"access-code:{AccessCode.objects.get().pk}"
    assert "Lovelace" not in str(event.data)
    assert client.post(limited + "code/", {"code": newest_digits()})["Location"] == limited

    assert "12 Analytical Way" in text(client.get(limited))
    clock.shift(timedelta(minutes=30, seconds=1))
    assert "12 Analytical Way" not in text(client.get(limited))


def test_spaces_in_a_code_do_no_harm(client, arrived, limited):
    client.post(limited + "code/")
    digits = newest_digits()

    assert client.post(limited + "code/", {"code": f" {digits[:3]} {digits[3:]} "}).status_code == 302


def test_a_code_opens_it_for_this_session_only(client, arrived, limited):
    client.post(limited + "code/")
    client.post(limited + "code/", {"code": newest_digits()})
    other = Client()

    assert "12 Analytical Way" not in text(other.get(looked_up(other, arrived)))


def test_a_code_works_once_and_for_its_own_link(client, arrived, limited):
    client.post(limited + "code/")
    digits = newest_digits()
    other = Client()
    elsewhere = looked_up(other, arrived)

    assert other.post(elsewhere + "code/", {"code": digits}).status_code == 200
    client.post(limited + "code/", {"code": digits})
    assert not access.redeem(Link.objects.earliest("pk"), digits, at=NOW)


def test_five_wrong_tries_end_a_code(client, arrived, limited):
    client.post(limited + "code/")
    digits = newest_digits()
    wrong = "000000" if digits != "000000" else "111111"

    for _try in range(5):
        page = client.post(limited + "code/", {"code": wrong})
        assert "This code does not work." in text(page)
    client.post(limited + "code/", {"code": digits})

    assert "12 Analytical Way" not in text(client.get(limited))


def test_codes_and_links_of_one_order_are_three_in_ten_minutes_together(client, arrived, limited, clock):
    clock.move_to(NOW.replace(minute=0))
    codes = [
        client.post(limited + rest).status_code for rest in ("code/", "link/", "code/", "code/", "link/")
    ]

    assert codes == [302, 200, 302, 429, 429]
    assert AccessCode.objects.count() == 2
    clock.shift(timedelta(minutes=10))
    assert client.post(limited + "code/").status_code == 302


def test_new_codes_do_not_buy_new_guesses_for_ever(client, arrived, limited):
    link = Link.objects.get()
    answers = []
    for _round in range(8):
        AccessCode.objects.create(link=link, created_at=NOW, expires_at=NOW + timedelta(minutes=10))
        wrong = "000000" if newest_digits() != "000000" else "111111"
        answers += [client.post(limited + "code/", {"code": wrong}).status_code for _try in range(5)]

    assert answers.count(200) == 30
    assert answers[-1] == 429


def test_the_full_link_goes_to_the_orders_own_address(client, arrived, limited):
    response = client.post(limited + "link/")

    assert "a•••@e•••.com" in text(response)
    assert (LookupRequest.objects.get().number_key, LookupRequest.objects.get().email_key) == (
        "1042",
        "ada@example.com",
    )


def test_without_an_address_no_code_is_offered(client):
    order = OrderFactory(
        store=scenes.store(lookup_by_postcode=True), email="", email_key="", number="#9", number_key="9"
    )
    where = client.post("/", {"number": "9", "email": "97201"})["Location"]

    assert "Send me a code" not in text(client.get(where))
    assert client.post(where + "code/").status_code == 404
    assert client.post(where + "link/").status_code == 404
    assert order.links.count() == 1


# --- sharing


def test_a_share_link_is_made_once_shown_and_ended(client, order):
    path = address(order)
    assert "Your share link" not in text(client.get(path))

    for _twice in range(2):
        assert client.post(path + "share/")["Location"] == path + "#share"
    shared = access.token(Link.objects.get(purpose="share"))
    assert f"http://testserver/o/{shared}/" in text(client.get(path))
    assert client.get(f"/o/{shared}/").status_code == 200

    client.post(path + "share/", {"action": "stop"})
    assert client.get(f"/o/{shared}/").status_code == 404
    assert "Your share link" not in text(client.get(path))


def test_sharing_is_not_offered_once_everything_has_arrived(client, arrived):
    assert "/share/" not in text(client.get(address(arrived)))


def test_whoever_may_only_look_is_asked_for_the_code_before_sharing(client, order):
    where = looked_up(client, order)

    assert client.post(where + "share/")["Location"] == where + "code/"
    assert not Link.objects.filter(purpose="share").exists()


def test_a_share_link_can_do_nothing(client, order):
    where = address(order, "share")

    assert [client.post(where + rest).status_code for rest in ("share/", "code/", "link/")] == [404, 404, 404]
    assert client.post(where + "share/", {"action": "stop"}).status_code == 404
    assert client.get(where).status_code == 200


# --- the calendar


def test_the_calendar_names_hours_and_no_person(client, order):
    response = client.get(address(order, rest="calendar.ics"))
    lines = response.content.decode().split("\r\n")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "DTSTART:20261124T180000Z" in lines and "DTEND:20261124T220000Z" in lines
    assert "SUMMARY:Parcel from Harbour & Pine" in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any(word in response.content.decode() for word in [*SECRET, "/o/", "http"])


def test_days_without_hours_are_whole_days_and_their_end_is_exclusive(client):
    order = scenes.order(NOW)
    scenes.scanned(scenes.parcel(order, NOW), NOW, *scenes.WAY, eta_in=(2, 4))
    body = client.get(address(order, rest="calendar.ics")).content.decode()

    assert "DTSTART;VALUE=DATE:20261124\r\nDTEND;VALUE=DATE:20261127\r\n" in body


@pytest.mark.parametrize("scene", ["delivered", "cancelled", "nothing_shipped", "overdue"])
def test_without_a_day_to_come_there_is_no_calendar(client, scene):
    order = scenes.SCENES[scene](NOW)

    assert client.get(address(order, rest="calendar.ics")).status_code == 404
    assert "calendar.ics" not in text(client.get(address(order)))


def test_long_names_are_folded_in_the_calendar(client, order):
    order.store.name = "Grüße, Söhne; und \\ Töchter " * 4
    order.store.save()
    body = client.get(address(order, rest="calendar.ics")).content.decode()

    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))
    assert "Grüße\\, Söhne\\; und \\\\ Töchter" in body.replace("\r\n ", "")
