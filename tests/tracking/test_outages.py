"""
A carrier in trouble, over a real connection: nothing is lost, it is left alone as long as it needs, others do
not notice, and afterwards every parcel catches up. And our own trouble: a database that goes away while
something comes in.
"""

import json
import socket
import threading
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import OperationalError, close_old_connections, connection

from config.lib import http
from tests import signing
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, CarrierAccountFactory, ShipmentFactory
from tracking.models import CarrierAccount, Inbound, Scan, Shipment
from tracking.services import inbound_senders, polling

pytestmark = pytest.mark.django_db
NUMBERS = [f"EZ{number:09d}" for number in range(6)]


class Answers(BaseHTTPRequestHandler):
    """EasyPost's GET /trackers, in whatever state `server.state` says."""

    def do_GET(self):
        self.server.asked.append(self.path)
        getattr(self, f"is_{self.server.state}")()

    def is_well(self):
        number = parse_qs(urlsplit(self.path).query)["tracking_code"][0]
        scan = {
            "status": "in_transit",
            "message": "Arrived",
            "datetime": "2026-03-10T10:00:00Z",
            "tracking_location": {"city": "Denver", "state": "CO", "country": "US", "zip": "80014"},
        }
        tracker = {
            "object": "Tracker",
            "tracking_code": number,
            "status": "in_transit",
            "updated_at": "2026-03-10T10:00:00Z",
            "tracking_details": [scan],
        }
        self.say(200, json.dumps({"trackers": [tracker]}).encode())

    def is_silent(self):
        self.server.over.wait(20)

    def is_reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.connection.close()

    def is_busy(self):
        self.say(429, b"{}", **{"Retry-After": self.server.retry_after})

    def is_broken(self):
        self.say(500, b"<html>Internal Server Error</html>")

    def is_garbage(self):
        self.say(200, b'\xff\xfe{"trackers": [[[')

    def is_cut(self):
        self.say(200, b'{"trackers": [', **{"Content-Length": "5000"})
        self.close_connection = True

    def is_dripping(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.over.wait(0.02):
            self.wfile.write(b" ")

    def say(self, status, body, **headers):
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self):
        with suppress(OSError, ValueError):
            super().handle_one_request()

    def finish(self):
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, *args):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A carrier on this machine."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.state, self.asked, self.over, self.retry_after = "well", [], threading.Event(), "600"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", (0.3, 0.3))
    monkeypatch.setattr("tracking.carriers.easypost.outside.TIMEOUT", (0.3, 0.3))
    monkeypatch.setattr(http, "LONGEST", 0.3)
    running = Server()
    yield running
    running.over.set()
    running.shutdown()
    running.server_close()


def account(server, slug="ours"):
    return CarrierAccountFactory(slug=slug, config={"base_url": server.address})


def parcels(follows, *numbers):
    for number in numbers:
        ShipmentFactory(tracking_number=number, account=follows, due_at=NOON, handed_over_at=NOON)


def poll(at):
    """Do what a worker does: all that is due."""
    while polling.poll_due(at=at):
        pass


TROUBLE = ["silent", "reset", "busy", "broken", "garbage", "cut", "dripping"]


@pytest.mark.parametrize("state", TROUBLE)
def test_whatever_is_wrong_nothing_is_lost_and_all_catch_up_when_it_is_over(server, state):
    follows = account(server)
    parcels(follows, *NUMBERS)

    server.state = state
    poll(NOON)
    in_trouble = len(server.asked)
    follows.refresh_from_db()

    assert follows.failing_since == NOON
    assert follows.resume_at > NOON
    assert 1 <= in_trouble <= polling.BREAKS_AFTER
    assert Scan.objects.count() == 0
    assert all(
        (parcel.due_at > NOON, parcel.claim, parcel.leased_until) == (True, None, None)
        for parcel in Shipment.objects.all()
    )

    server.state = "well"
    server.over.set()
    for hours in (3, 6):
        poll(NOON + timedelta(hours=hours))

    follows.refresh_from_db()
    assert (follows.failures, follows.failing_since, follows.resume_at) == (0, None, None)
    assert set(Shipment.objects.values_list("status", "last_place")) == {("IN_TRANSIT", "Denver, CO, US")}
    assert Scan.objects.count() == len(NUMBERS)


@pytest.mark.parametrize(
    "asked", ["900", format_datetime(NOON + timedelta(seconds=900), usegmt=True)], ids=["seconds", "date"]
)
def test_a_carrier_that_says_how_long_is_not_asked_before(server, asked):
    follows = account(server)
    parcels(follows, *NUMBERS)
    server.state, server.retry_after = "busy", asked

    for minutes in (0, 5, 14):
        poll(NOON + timedelta(minutes=minutes))

    follows.refresh_from_db()
    assert len(server.asked) == 1
    assert follows.resume_at == NOON + timedelta(minutes=15)


def test_an_outage_of_half_a_day_costs_a_handful_of_calls(server):
    parcels(account(server), *NUMBERS)
    server.state = "broken"

    for quarter in range(48):
        poll(NOON + timedelta(minutes=15 * quarter))

    assert len(server.asked) <= 24
    assert CarrierAccount.objects.get().failing_since == NOON


@pytest.mark.parametrize("state", TROUBLE)
def test_other_accounts_do_not_notice(server, state):
    healthy = Server()
    try:
        parcels(account(server, "ill"), *NUMBERS[:3])
        parcels(account(healthy, "well"), *NUMBERS[3:])
        server.state = state

        poll(NOON)

        told = dict(Shipment.objects.values_list("tracking_number", "status"))
        assert [told[number] for number in NUMBERS] == ["PENDING"] * 3 + ["IN_TRANSIT"] * 3
        assert CarrierAccount.objects.get(slug="well").failing_since is None
    finally:
        healthy.shutdown()
        healthy.server_close()


def test_nobody_at_the_address_is_an_outage_like_any_other(server):
    follows = account(server)
    parcels(follows, NUMBERS[0])
    CarrierAccount.objects.update(config={"base_url": "http://127.0.0.1:9"})

    poll(NOON)

    follows.refresh_from_db()
    parcel = Shipment.objects.get()
    assert (follows.failures, parcel.claim) == (1, None)
    assert "could not be reached" in parcel.last_error


# --- our own trouble
def from_a_carrier(client):
    return signing.easypost(client, {"id": "evt_1", "object": "Event", "description": "tracker.updated"})


def from_a_shop(client):
    return signing.shopify(client, "orders/create", {"id": 1, "name": "#1"})


class GoesAway:
    """A database that answers some statements and then none."""

    def __init__(self, answers):
        self.answers = answers

    def __call__(self, execute, *args):
        if self.answers == 0:
            raise OperationalError("server closed the connection unexpectedly")
        self.answers -= 1
        return execute(*args)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("comes_in", [from_a_carrier, from_a_shop])
def test_whenever_our_database_goes_away_a_webhook_is_stored_or_sent_again_and_stored_once(client, comes_in):
    StoreFactory()
    CarrierAccountFactory(slug="easypost")
    client.raise_request_exception = False
    answers = []

    while answers[-3:] != [200, 200, 200]:
        Inbound.objects.all().delete()
        with connection.execute_wrapper(GoesAway(len(answers))):
            answers.append(comes_in(client).status_code)
        assert answers[-1] == 500 or Inbound.objects.count() == 1
        assert comes_in(client).status_code == 200
        assert Inbound.objects.count() == 1
        assert len(answers) < 30
    assert answers[0] == 500


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="a server that can be cut off")
def test_a_connection_that_was_cut_costs_one_answer_and_no_delivery(client):
    inbound_senders.forget()
    CarrierAccountFactory(slug="easypost")
    client.raise_request_exception = False
    cut_off()

    assert from_a_carrier(client).status_code == 500
    close_old_connections()  # what the end of every request does
    assert from_a_carrier(client).status_code == 200

    assert Inbound.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="a server that can be cut off")
def test_a_connection_that_was_cut_costs_a_sender_who_was_here_before_nothing(client):
    CarrierAccountFactory(slug="easypost")
    assert from_a_carrier(client).status_code == 200
    assert inbound_senders.remembered(CarrierAccount, "easypost") is not None
    Inbound.objects.all().delete()
    cut_off()

    assert from_a_carrier(client).status_code == 200

    assert Inbound.objects.count() == 1


def cut_off():
    with connection.cursor() as cursor, suppress(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
