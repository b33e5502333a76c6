"""The front door: who gets in, what the others learn (nothing), and how often one may try."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Event
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.tracking import OrderFactory
from tracking.models import Link, LookupRequest
from tracking.services import access

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, 1, tzinfo=UTC)
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def order():
    return OrderFactory(
        number="#1042", customer=CustomerFactory(email="ada@example.com"), store=StoreFactory()
    )


def ask(client, number="1042", email="ada@example.com", path="/", **extra):
    return client.post(path, {"number": number, "email": email}, **extra)


def without_token(response) -> bytes:
    return TOKEN.sub(b"", response.content)


def test_the_right_pair_opens_the_limited_page(client, order):
    response = ask(client)

    assert response.status_code == 302
    assert re.fullmatch(r"/o/[\w-]{44}/", response["Location"])
    assert client.get(response["Location"]).status_code == 200
    assert Link.objects.get().purpose == Link.Purpose.VIEW


def test_its_address_works_in_no_other_session(client, order):
    address = ask(client)["Location"]

    assert Client().get(address).status_code == 404


def test_its_address_ends_with_its_life(client, order):
    address = ask(client)["Location"]

    with time_machine.travel(NOW + timedelta(hours=12, seconds=1), tick=False):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("number", ["#1042", " 1042 ", "# 10 42"])
@pytest.mark.parametrize("email", ["ada@example.com", "Ada@Example.COM", " ada@example.com "])
def test_spelling_does_not_matter(client, order, number, email):
    assert ask(client, number, email).status_code == 302


def test_a_session_planted_before_the_look_up_is_replaced(client, order):
    session = client.session
    session["planted"] = True
    session.save()

    ask(client)

    assert client.session.session_key != session.session_key


def test_a_wrong_pair_gets_the_same_answer_whichever_half_is_wrong(order):
    ask(Client(REMOTE_ADDR="192.0.2.1"), "1", "first@example.com")  # opens the counter that all share
    answers, counts = [], []
    for number, email in (
        ("1042", "eve@example.com"),
        ("9999", "ada@example.com"),
        ("9998", "eve@example.org"),
    ):
        browser = Client(REMOTE_ADDR=f"10.0.{len(answers)}.1")
        browser.get("/")
        with CaptureQueriesContext(connection) as queries:
            answers.append(ask(browser, number, email))
        counts.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries])

    first = answers[0]
    for other in answers[1:]:
        assert other.status_code == first.status_code == 200
        shown = [TOKEN.sub(b"", answer.content) for answer in (first, other)]
        for typed in (b"1042", b"9999", b"9998", b"eve@example.com", b"ada@example.com", b"eve@example.org"):
            shown = [body.replace(b'value="' + typed + b'"', b"") for body in shown]
        assert shown[0] == shown[1]
        assert dict(other.headers) == {**first.headers, "Content-Length": other.headers["Content-Length"]}
        assert other.cookies.keys() == first.cookies.keys()
    assert counts[0] == counts[1] == counts[2]


def test_the_match_is_one_query(client, order):
    with CaptureQueriesContext(connection) as queries:
        ask(client, email="eve@example.com")

    assert sum('FROM "tracking_order"' in query["sql"] for query in queries) == 1


def test_an_order_of_another_store_is_not_found(client, order):
    StoreFactory(slug="other", name="Other")

    assert ask(client, path="/s/other/").status_code == 200
    assert ask(client, path="/s/harbour-pine/").status_code == 302


def test_the_host_name_chooses_the_store(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    StoreFactory(slug="first", name="First")
    mine = StoreFactory(slug="mine", name="Mine & Co", domain="track.mine.example")
    OrderFactory(number="#7", store=mine, customer=CustomerFactory(email="bo@example.com"))

    assert "Mine &amp; Co" in client.get("/", HTTP_HOST="track.mine.example:8000").content.decode()
    assert ask(client, "7", "bo@example.com", HTTP_HOST="track.mine.example").status_code == 302
    assert "First" in client.get("/").content.decode()


def test_an_unknown_store_is_not_found(client):
    assert client.get("/s/nobody/").status_code == 404


def test_an_installation_without_a_store_says_so(client):
    response = client.get("/")

    assert response.status_code == 200
    assert "no shop here yet" in response.content.decode()


def test_the_postcode_opens_only_where_the_store_takes_it(client, order):

    assert ask(client, email="97201").status_code == 200

    order.store.lookup_by_postcode = True
    order.store.save()

    assert ask(client, email="97 201").status_code == 302
    assert ask(client, email="97202").status_code == 200
    assert ask(client, email="ada@example.com").status_code == 302


def test_an_order_without_a_postcode_is_not_opened_by_none(client, order):
    order.store.lookup_by_postcode = True
    order.store.save()
    order.postcode_key = ""
    order.save()

    assert ask(client, email=" - ").status_code == 200
    assert ask(client, email="---").context["form"].errors


def test_blank_fields_are_named_and_linked_to_their_words(client, order):
    page = ask(client, "", "nonsense").content.decode()

    assert "Enter the order number." in page
    assert "Enter an e-mail address like name@example.com." in page
    assert re.search(
        r'id="id_number"[^>]*aria-describedby="[^"]*id_number_error"|aria-describedby="[^"]*id_number_error"[^>]*id="id_number"',
        page,
    )
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, order, method):
    assert getattr(client, method)("/").status_code == 405


def test_a_form_without_its_token_is_refused_in_plain_words(order):
    response = ask(Client(enforce_csrf_checks=True))

    assert response.status_code == 403
    assert "form had gone stale" in response.content.decode()


def test_one_network_gets_twenty_tries_in_ten_minutes(client, order):
    codes = [ask(client, f"{n}", f"x{n}@example.com").status_code for n in range(25)]

    assert codes == [200] * 20 + [429] * 5


def test_a_limit_says_when_it_ends_and_then_ends(client, order):
    for n in range(21):
        response = ask(client, f"{n}", f"x{n}@example.com")

    assert response.status_code == 429
    assert int(response["Retry-After"]) == 9 * 60
    assert "9 minutes" in response.content.decode()
    with time_machine.travel(NOW + timedelta(minutes=9, seconds=1), tick=False):
        assert ask(client, "77", "y@example.com").status_code == 200


def test_one_order_gets_ten_tries_an_hour_from_all_networks_together(order):
    codes = [
        ask(Client(REMOTE_ADDR=f"10.{n}.0.1"), "1042", f"x{n}@example.com").status_code for n in range(200)
    ]

    assert codes.count(200) == 10
    assert ask(Client(REMOTE_ADDR="192.0.2.1")).status_code == 429, (
        "also for the right pair: the limit comes first"
    )


def test_one_mailbox_gets_ten_tries_an_hour_under_all_its_spellings(order):
    spelled = ["a.da@gmail.com", "ada+1@gmail.com", "ad.a@googlemail.com", "ADA@gmail.com"]

    codes = [ask(Client(REMOTE_ADDR=f"10.{n}.0.1"), str(n), spelled[n % 4]).status_code for n in range(12)]

    assert codes == [200] * 10 + [429] * 2


def test_networks_are_counted_by_their_prefix(order):
    codes = [
        ask(Client(REMOTE_ADDR=f"10.0.0.{n}"), str(n), f"x{n}@example.com").status_code for n in range(22)
    ]

    assert codes[-2:] == [429, 429]


@pytest.fixture
def by_mail(settings):
    settings.GUEST_LOOKUP = "link_only"


def test_link_only_answers_every_pair_alike(by_mail, order):
    answers = [
        ask(Client(REMOTE_ADDR=f"10.0.{n}.1"), number, email)
        for n, (number, email) in enumerate(
            (("1042", "ada@example.com"), ("1042", "e@x.org"), ("9", "e2@x.org"))
        )
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len({without_token(answer) for answer in answers}) == 1
    assert "If they match, we've sent you a link." in answers[0].content.decode()
    assert not Link.objects.exists()
    assert not Event.objects.exists(), "nothing but the request is written before the answer"
    assert LookupRequest.objects.count() == 3


def test_the_worker_sends_the_link_only_where_the_pair_is_right(by_mail, order):
    ask(Client(REMOTE_ADDR="10.0.1.1"))
    ask(Client(REMOTE_ADDR="10.0.2.1"), email="eve@example.com")

    assert access.answer_lookups(at=NOW) == 2

    event = Event.objects.get()
    assert (event.kind, event.data["order_id"], event.customer) == (
        "tracking.access.link_requested",
        order.pk,
        order.customer,
    )
    assert not LookupRequest.objects.exists()
    assert access.answer_lookups(at=NOW) == 0


def test_requests_of_one_store_never_reach_another_stores_orders(by_mail, order):
    other = StoreFactory(slug="other", name="Other")
    access.ask_for_link(other, access.pair("1042", "ada@example.com"), at=NOW)

    access.answer_lookups(at=NOW)

    assert not Event.objects.exists()


def test_a_store_can_be_stricter_or_milder_than_the_installation(client, order, settings):
    order.store.guest_lookup = "link_only"
    order.store.save()
    assert ask(client).status_code == 200

    settings.GUEST_LOOKUP = "link_only"
    order.store.guest_lookup = "view"
    order.store.save()
    assert ask(client).status_code == 302


def test_limits_hold_when_answers_go_by_mail(by_mail, client, order):
    codes = [ask(client, f"{n}", f"x{n}@example.com").status_code for n in range(22)]

    assert codes[-2:] == [429, 429]
    assert LookupRequest.objects.count() == 20
