"""The order page: who sees what, what changes when, and what it costs."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.tracking import scenes
from tracking import access
from tracking.carriers.base import ScanData
from tracking.models import Link, Order
from tracking.services import add_scans
from tracking.vocabulary import Status

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


def test_a_link_from_a_message_shows_everything(client, arrived):
    page = text(client.get(address(arrived)))

    for shown in [*SECRET, *PRICES, "Brass lantern", "Order 1042", "Return or exchange"]:
        assert shown in page


def test_the_limited_page_hides_name_street_and_address(client, arrived):
    page = text(client.get(looked_up(client, arrived)))

    for hidden in SECRET:
        assert hidden not in page
    for shown in [*PRICES, "Brass lantern", "Portland, OR", "a•••@e•••.com", "Send me a code", "Order 1042"]:
        assert shown in page


def test_a_share_link_shows_the_parcels_only(client, arrived):
    page = text(client.get(address(arrived, "share")))

    for hidden in [
        *SECRET,
        *PRICES,
        "1042",
        "Brass lantern",
        "a•••@",
        "Return something",
        "/share/",
        "/code/",
    ]:
        assert hidden not in page
    for shown in ["Delivered yesterday", "Portland, OR", "3 items", "UPS"]:
        assert shown in page


@pytest.mark.parametrize("purpose", ["view", "share"])
def test_the_carriers_own_words_are_for_the_buyer_only(client, purpose):
    order = scenes.order(NOW)
    said = ScanData(status=Status.IN_TRANSIT, at=NOW, message="Handed to ADA LOVELACE at back door")
    add_scans(shipment_id=scenes.parcel(order, NOW).pk, scans=[said], source="easypost", at=NOW)
    where = looked_up(client, order) if purpose == "view" else address(order, purpose)

    assert "back door" not in text(client.get(where))
    assert "back door" in text(client.get(address(order)))


def test_tokens_that_open_nothing_all_get_the_same_answer(client, order):
    good = address(order)
    revoked, expired = address(order, "share"), address(order, "act", life=timedelta(minutes=5))
    Link.objects.filter(purpose="share").update(revoked_at=NOW)
    swapped = good[:10] + ("A" if good[10] != "A" else "B") + good[11:]
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        answers = [
            client.get(path)
            for path in (swapped, good[:-3] + "xx/", revoked, expired, "/o/nope/", address(order, "view"))
        ]
        assert client.get(good).status_code == 200

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert 'href="/"' in text(answers[0]), "the look-up is offered"


def test_every_character_of_a_token_counts(client, order):
    path = address(order)
    token = path.split("/")[2]

    for i in range(len(token)):
        other = token[:i] + ("A" if token[i] not in "AB" else "z") + token[i + 1 :]
        # The last character of each half carries spare bits; those that decode alike are still refused.
        assert client.get(f"/o/{other}/").status_code == 404, i


def test_the_page_is_kept_out_of_caches_logs_and_search_engines(client, order):
    response = client.get(address(order))

    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?! type=\"module\" src)", text(response))


@pytest.mark.parametrize("scene", scenes.SCENES)
def test_the_page_takes_at_most_eight_queries(client, scene):
    order = scenes.SCENES[scene](NOW)
    act, view = address(order), looked_up(client, order)
    if order.store.slug != "harbour-pine":
        view = client.post(f"/s/{order.store.slug}/", {"number": order.number, "email": order.email})[
            "Location"
        ]

    for where in (act, view, address(order, "share")):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where).status_code == 200
        assert len(queries) <= 8, [query["sql"] for query in queries]


def test_looking_changes_nothing(client, order):
    paths = [
        address(order),
        address(order, "share"),
        address(order, rest="calendar.ics"),
        looked_up(client, order),
    ]
    paths.append(paths[-1] + "code/")

    with CaptureQueriesContext(connection) as queries:
        for path in paths:
            assert client.get(path).status_code == 200
            assert client.head(path).status_code == 200

    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []


def test_an_unchanged_page_is_answered_in_two_bytes(client, order):
    path = address(order)
    first = client.get(path)

    with CaptureQueriesContext(connection) as queries:
        again = client.get(path, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert len(queries) <= 2
    assert again["Cache-Control"] == "no-store, private"


def test_a_new_scan_a_new_look_another_language_and_time_are_another_page(client, order, clock):
    path = address(order)
    seen = [client.get(path)["ETag"]]

    def changed(**headers):
        seen.append(client.get(path, headers=headers)["ETag"])

    scan = ScanData(status=Status.OUT_FOR_DELIVERY, at=NOW - timedelta(minutes=1))
    add_scans(shipment_id=order.shipments.get().pk, scans=[scan], source="easypost", at=NOW)
    changed()
    clock.shift(timedelta(seconds=1))
    order.store.name = "Harbour & Fir"
    order.store.save()
    changed()
    changed(accept_language="de")
    access.link_for(order, "share", at=NOW)
    changed()
    clock.shift(timedelta(minutes=5))
    changed()

    assert len(set(seen)) == len(seen)


def test_a_delivered_order_stays_the_same_all_day(client, clock):
    path = address(scenes.delivered(NOW))
    first = client.get(path)["ETag"]

    clock.shift(timedelta(hours=3))
    assert client.get(path)["ETag"] == first
    clock.shift(timedelta(hours=24))
    assert client.get(path)["ETag"] != first


@pytest.mark.parametrize(
    ("rest", "refused"),
    [("", "post"), ("calendar.ics", "post"), ("code/", "put"), ("link/", "get"), ("share/", "get")],
)
def test_wrong_methods_are_refused(client, order, rest, refused):
    assert getattr(client, refused)(address(order, rest=rest)).status_code == 405


@pytest.mark.parametrize(
    ("rest", "method"), [("calendar.ics", "get"), ("code/", "post"), ("link/", "post"), ("share/", "post")]
)
def test_nothing_below_a_dead_token_answers(client, rest, method):
    assert getattr(client, method)(f"/o/{'a' * 44}/{rest}").status_code == 404


def test_an_order_of_another_is_never_reached_through_ones_own_link(client, order):
    other = scenes.order(NOW, number="#2000", number_key="2000", external_id="x2000")
    page = text(client.get(address(order)))

    assert "2000" not in page
    assert Order.objects.count() == 2
    assert other.number not in page
