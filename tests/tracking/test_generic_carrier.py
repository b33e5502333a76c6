"""The generic carrier: what it makes of answers by its configuration, and where it may not go."""

import hashlib
import hmac
import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import responses
from responses import matchers

from config.lib import guarded
from tracking.carriers import generic, generic_config
from tracking.carriers.base import BadPayload, BadSignature, CarrierError, Credentials, Parcel
from tracking.carriers.generic import Generic
from tracking.vocabulary import Reason, Status

PLAIN = (Path(__file__).parent / "payloads" / "generic" / "plain.json").read_bytes()
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
# A carrier with its own ideas about everything.
BIKES = {
    "url": "https://api.bikes.example/v1/parcels/{number}",
    "headers": {"X-Key": "{api_key}"},
    "number": "data.id",
    "eta": "data.promise.day",
    "scans": "data.legs[*].events[*]",
    "time": "stamp",
    "time_format": "%d.%m.%Y %H:%M",
    "zone": "Europe/Zurich",
    "code": "kind.code",
    "message": "kind.text[0]",
    "city": "where.town",
    "country": "where.land",
    "postcode": "where.zip",
    "status_map": {"ab": "IN_TRANSIT", "ZU": "DELIVERED", "NH": ["ATTEMPTED", "not-home"]},
    "carriers": ["city_bikes"],
}
ANSWER = {
    "data": {
        "id": "B77",
        "promise": {"day": "2026-03-13"},
        "legs": [
            {
                "events": [
                    {
                        "stamp": "11.03.2026 09:12",
                        "kind": {"code": "AB", "text": ["Abgeholt"]},
                        "where": {"town": "Bern", "land": "CHE", "zip": 3011},
                    },
                    {"stamp": "nobody knows", "kind": {"code": "AB"}},
                ]
            },
            {"events": [{"stamp": "12.03.2026 17:40", "kind": {"code": "NH"}}]},
            {
                "events": [
                    {
                        "stamp": "12.03.2026 18:00",
                        "kind": {"code": "Q", "text": ["Paket beim Nachbarn abgegeben"]},
                    }
                ]
            },
        ],
    }
}


def bikes(config: dict = BIKES, **credentials) -> Generic:
    return Generic(Credentials(**({"api_key": "k/1", "config": config} | credentials)))


# --- reading
def test_paths_formats_zones_and_codes_come_from_the_configuration():
    (parcel,) = bikes().parse(json.dumps(ANSWER).encode())

    assert (parcel.tracking_number, parcel.carrier, str(parcel.eta.to_date)) == (
        "B77",
        "city_bikes",
        "2026-03-13",
    )
    assert [(scan.status, scan.reason) for scan in parcel.scans] == [
        (Status.IN_TRANSIT, ""),
        (Status.ATTEMPTED, Reason.NOT_HOME),
        (Status.DELIVERED, Reason.NEIGHBOUR),
    ]
    first = parcel.scans[0]
    assert first.at == datetime(2026, 3, 11, 8, 12, tzinfo=UTC)
    assert (first.code, first.message) == ("AB", "Abgeholt")
    assert (first.place.city, first.place.country, first.place.postcode) == ("Bern", "CH", "3011")


def test_without_a_zone_a_time_stays_local():
    scan = bikes(BIKES | {"zone": ""}).parse(json.dumps(ANSWER).encode())[0].scans[0]

    assert (scan.at, scan.local) == (None, datetime(2026, 3, 11, 9, 12))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("iso", "2026-03-12T13:00:00+01:00"),
        ("epoch", 1773316800),
        ("epoch", "1773316800"),
        ("epoch_ms", 1773316800000),
        ("%Y%m%d%H%M%z", "202603121300+0100"),
    ],
)
def test_times_are_read_in_every_form(form, told):
    config = generic_config.read({"time_format": form})

    assert config.when(told) == NOON


@pytest.mark.parametrize("told", [None, "", "soon", True, [], {}, "9" * 400, -(10**30), "0001-01-01"])
@pytest.mark.parametrize("form", ["iso", "epoch", "epoch_ms", "%d.%m.%Y"])
def test_what_is_no_time_is_none(form, told):
    assert generic_config.read({"time_format": form}).when(told) is None


def test_the_plain_form_needs_no_configuration_at_all():
    (parcel,) = bikes({}).parse(PLAIN)

    assert [scan.status for scan in parcel.scans] == [Status.IN_TRANSIT, Status.ATTEMPTED]
    assert parcel.scans[1].local == datetime(2026, 3, 12, 17, 40)  # noqa: DTZ001
    assert parcel.scans[1].place.country == "CH"


def test_an_answer_may_have_several_parcels():
    config = BIKES | {"parcels": "items[*]", "number": "id", "scans": "events[*]"}
    body = {"items": [{"id": "A", "events": []}, {"id": "B", "events": [{"stamp": "12.03.2026 18:00"}]}]}

    assert [len(parcel.scans) for parcel in bikes(config).parse(json.dumps(body).encode())] == [0, 1]


def test_scans_of_no_parcel_are_refused_and_not_given_to_anybody():
    with pytest.raises(BadPayload, match="no tracking number"):
        bikes({}).parse(b'{"scans": [{"time": "2026-03-12T17:40"}]}')


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", [1]),
        ("$.a.b", [1]),
        ("list[*].x", [1, 2]),
        ("list[1].x", [2]),
        ("list[7].x", []),
        ("nested[*][*]", [1, 2, 3]),
        ("a.b.c", []),
        ("a[*]", []),
        ("none", [None]),
        ("", [{"whole": True}]),
    ],
)
def test_a_path_leads_where_it_says(path, found):
    value = {"a": {"b": 1}, "list": [{"x": 1}, {"x": 2}, 3], "nested": [[1, 2], [3]], "none": None}

    assert generic_config.look({"whole": True} if path == "" else value, path) == found


# --- pushes
def test_a_push_is_signed_in_the_header_the_configuration_names():
    made = hmac.new(b"geheim", PLAIN, hashlib.sha256).hexdigest()

    bikes({}, secret="geheim").verify({"x-signature": made}, PLAIN)
    bikes({"signature_header": "X-Bike-Sign"}, secret="geheim").verify(
        {"x-bike-sign": f"sha256={made}"}, PLAIN
    )
    for carrier, headers in (
        (bikes({}, secret="geheim"), {"x-signature": made[:-1] + "x"}),
        (bikes({}, secret="geheim"), {"x-bike-sign": made}),
        (bikes({}, secret=""), {"x-signature": made}),
        (bikes({"zone": "Nowhere"}, secret="geheim"), {"x-signature": made}),
    ):
        with pytest.raises(BadSignature):
            carrier.verify(headers, PLAIN)


# --- asking
URL = "https://api.bikes.example/v1/parcels/B77"


def ask(config: dict = BIKES, number: str = "B77", **credentials):
    return list(bikes(config, **credentials).fetch([Parcel(number, carrier="city_bikes")], at=NOON))


@responses.activate
def test_asking_fills_number_and_key_in():
    responses.get(URL, json=ANSWER, match=[matchers.header_matcher({"X-Key": "k/1"})])

    assert ask()[0].tracking_number == "B77"


@responses.activate
def test_number_and_key_cannot_break_out_of_their_place_in_the_address():
    config = BIKES | {"url": "https://api.bikes.example/{number}?key={api_key}"}
    responses.get("https://api.bikes.example/B%2F%2F%3F7", json={})
    ask(config, number="B/../?7")

    assert responses.calls[0].request.url == "https://api.bikes.example/B%2F%2F%3F7?key=k%2F1"


@responses.activate
def test_a_post_sends_its_body_with_the_number_in_it():
    config = BIKES | {
        "url": "https://api.bikes.example/track",
        "method": "POST",
        "body": {"ids": ["{number}"], "n": 1},
    }
    responses.post(
        "https://api.bikes.example/track",
        json=ANSWER,
        match=[matchers.json_params_matcher({"ids": ["B77"], "n": 1})],
    )

    assert len(ask(config)) == 1


@responses.activate
def test_an_answer_that_names_no_number_is_about_the_one_asked_for():
    config = BIKES | {"number": ""}
    responses.get(URL, json=ANSWER)

    assert ask(config)[0].tracking_number == "B77"


@responses.activate
@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 410}, {"json": {"data": {"id": "B77"}}}])
def test_a_parcel_the_carrier_does_not_know_is_left_out(answer):
    responses.get(URL, **answer)

    assert ask(BIKES | {"unknown": [404, 410]}) == []


@responses.activate
@pytest.mark.parametrize(
    ("answer", "permanent", "wait"),
    [
        ({"status": 401, "json": {"message": "who is k/1?"}}, True, None),
        ({"status": 429, "headers": {"Retry-After": "90"}}, False, 90.0),
        ({"status": 302, "headers": {"Location": "http://10.0.0.1/"}}, False, None),
        ({"status": 500}, False, None),
        ({"body": requests.ConnectTimeout()}, False, None),
        ({"body": requests.ConnectionError(ConnectionResetError())}, False, None),
        ({"body": guarded.Refused("bikes.example is not an address of the open Internet")}, True, None),
        ({"body": requests.exceptions.InvalidHeader("odd")}, True, None),
        ({"body": b"<html>"}, False, None),
    ],
)
def test_a_fault_says_whether_to_ask_again_and_when(answer, permanent, wait):
    responses.get(URL, **answer)

    with pytest.raises(CarrierError) as failed:
        ask()
    assert (failed.value.permanent, failed.value.retry_after) == (permanent, wait)
    assert "k/1" not in str(failed.value)


@responses.activate
def test_an_answer_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(guarded.read_at_most, "__defaults__", (1000, 30.0))
    responses.get(URL, body=b" " * 1001)

    with pytest.raises(CarrierError, match="larger than"):
        ask()


@pytest.mark.parametrize(
    ("config", "key", "words"),
    [
        ({}, "k", "no address to ask"),
        (BIKES, "", "no API key"),
        (BIKES | {"zone": "Nowhere"}, "k", "zone: this is not a time zone"),
    ],
)
def test_what_cannot_be_asked_fails_for_good(config, key, words):
    with pytest.raises(CarrierError, match=words) as failed:
        ask(config, api_key=key)
    assert failed.value.permanent


def test_a_name_that_leads_inside_is_never_asked(monkeypatch):
    def inside(host: str, port: int) -> list[tuple]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", port))]

    session = guarded.guarded_session(resolve=inside)
    monkeypatch.setattr(generic.guarded, "guarded_session", lambda: session)

    with pytest.raises(CarrierError, match="not an address of the open Internet") as failed:
        ask()
    assert failed.value.permanent
