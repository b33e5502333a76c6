"""DHL Unified: five codes and the words behind them, its hours, its push and its token, and asking."""

import json
from datetime import UTC, date, datetime

import pytest
import responses
from responses import matchers

from tests.tracking.recorded import own, printed, recorded, state, told
from tracking.carriers.base import (
    BadPayload,
    BadSignature,
    CarrierError,
    Credentials,
    Parcel,
    Place,
    Window,
)
from tracking.carriers.dhl import DHL, understand
from tracking.vocabulary import Reason, Status

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NUMBER = "00340434161094000013"
TRACK = "https://api-eu.dhl.com/track/shipments"


def dhl(**credentials) -> DHL:
    return DHL(Credentials(**({"api_key": "k-1"} | credentials)))


def parse(body: bytes):
    return list(dhl().parse(body))


# --- the recorded answers
@pytest.mark.shared
def test_the_code_decides_where_the_words_of_a_sample_contradict_it(shared, tmp_path):
    body = recorded(shared, "core__dhl_universal", "TrackingResponseJSON")
    (parcel,) = printed("dhl", body, tmp_path)

    assert parcel["tracking_number"] == "7777777770"  # a number in JSON
    # statusCode pre-transit, status DELIVERED, description JESSICA: the code is the only one of a fixed set.
    assert parcel["status"] == "INFO_RECEIVED"
    # Midnight with a Z is a day, and 22:00 with one is an hour nobody knows the offset of.
    assert (parcel["eta_from"], parcel["eta_to"]) == ("2018-08-03", "2018-08-03")
    assert parcel["scans"] == [
        {
            "at": None,
            "local": "2018-03-02T07:53:47",
            "status": "INFO_RECEIVED",
            "reason": "",
            "place": "Oderweg 2, AMSTERDAM, NL",
            "code": "pre-transit",
            "message": "JESSICA",
        }
    ]
    (read,) = parse(body)
    assert (read.signed_by, read.service) == ("John Doe", "")
    assert read.origin == read.destination == Place("Oderweg 2, AMSTERDAM", "", "NL", "1043 AG")


@pytest.mark.shared
def test_an_error_holds_no_parcel(shared, tmp_path):
    assert (
        printed("dhl", recorded(shared, "core__dhl_universal", "TrackingErrorResponseJSON"), tmp_path) == []
    )


# --- words
@pytest.mark.parametrize(
    ("code", "said", "status", "reason"),
    [
        ("pre-transit", "Shipment information received", Status.INFO_RECEIVED, ""),
        # Before transit nothing is delivered, whatever the words say.
        ("pre-transit", "Delivered", Status.INFO_RECEIVED, ""),
        ("transit", "Processed at parcel center", Status.IN_TRANSIT, ""),
        ("transit", "The shipment is out for delivery", Status.OUT_FOR_DELIVERY, ""),
        ("transit", "Ready for collection at the service point", Status.READY_FOR_PICKUP, ""),
        ("transit", "Delivered", Status.IN_TRANSIT, ""),
        ("delivered", "Delivered to a neighbour", Status.DELIVERED, Reason.NEIGHBOUR),
        ("delivered", "blue elephants", Status.DELIVERED, ""),
        ("failure", "The recipient refused the parcel", Status.EXCEPTION, Reason.REFUSED),
        ("failure", "The parcel is being returned to the sender", Status.RETURNING, ""),
        ("failure", "blue elephants", Status.EXCEPTION, Reason.UNKNOWN),
        ("unknown", "Out for delivery", Status.OUT_FOR_DELIVERY, ""),
        ("unknown", "blue elephants", Status.UNKNOWN, ""),
        ("", "Die Sendung wurde erfolgreich zugestellt", Status.DELIVERED, ""),
    ],
)
def test_the_words_take_a_code_as_far_as_it_goes(code, said, status, reason):
    meaning = understand(code, said)

    assert (meaning.status, meaning.reason) == (status, reason)


def test_offsets_are_kept_nanoseconds_cut_and_local_times_left_local():
    (parcel,) = parse(own("dhl", "shipments.json"))

    assert told(parcel) == [
        ("DELIVERED", "neighbour"),
        ("OUT_FOR_DELIVERY", ""),
        ("ATTEMPTED", "not-home"),
        ("IN_TRANSIT", ""),
        ("INFO_RECEIVED", ""),
    ]
    assert [(scan.at, scan.local) for scan in parcel.scans] == [
        (datetime(2026, 3, 12, 12, 4, 5, 123456, tzinfo=UTC), None),
        (datetime(2026, 3, 12, 7, 30, tzinfo=UTC), None),
        (datetime(2026, 3, 11, 15, 20, tzinfo=UTC), None),
        (None, datetime(2026, 3, 10, 22, 15)),  # noqa: DTZ001
        (None, datetime(2026, 3, 10, 11, 0)),  # noqa: DTZ001
    ]
    # "Wien - AUSTRIA": the country is said twice.
    assert parcel.scans[1].place == Place("Wien", "", "AT")
    assert parcel.eta == Window(
        date(2026, 3, 12),
        date(2026, 3, 12),
        datetime(2026, 3, 12, 11, 30, tzinfo=UTC),
        datetime(2026, 3, 12, 13, 0, tzinfo=UTC),
    )
    assert (parcel.signed_by, parcel.service) == ("A. Winter", "DHL PAKET International")


def test_a_shipment_without_events_is_where_its_status_says():
    body = json.loads(own("dhl", "shipments.json"))
    body["shipments"][0]["events"] = []

    (parcel,) = parse(json.dumps(body).encode())
    assert state(parcel).status == Status.DELIVERED
    assert len(parcel.scans) == 1


# --- push
def test_a_pushed_shipment_is_read_like_an_answer_alone_and_in_a_list():
    shipment = json.loads(own("dhl", "shipments.json"))["shipments"][0]

    whole = parse(own("dhl", "shipments.json"))
    assert parse(json.dumps(shipment).encode()) == parse(json.dumps([shipment]).encode()) == whole
    (parcel,) = parse(own("dhl", "pushed.json"))
    assert told(parcel) == [("UNKNOWN", ""), ("IN_TRANSIT", "")]


def test_the_question_whether_we_want_to_be_told_is_no_parcel():
    assert parse(b'{"secret": "abc", "id": "7b0e"}') == []


def test_the_token_has_to_be_the_one_given_when_subscribing():
    dhl(secret="right horse").verify({"dhl-push-token": "right horse"}, b"{}")
    for headers in ({}, {"dhl-push-token": ""}, {"dhl-push-token": "wrong"}, {"dhl-push-token": "hörse"}):
        with pytest.raises(BadSignature):
            dhl(secret="right horse").verify(headers, b"{}")
    with pytest.raises(BadSignature):
        dhl(secret="").verify({"dhl-push-token": ""}, b"{}")


@pytest.mark.parametrize("body", [b"{}", b'{"id": "1"}', b'{"shipments": [{}]}', b"7", b"<xml/>"])
def test_what_dhl_does_not_send_is_refused(body):
    with pytest.raises(BadPayload):
        parse(body)


# --- asking
@responses.activate
def test_asking_names_number_language_and_division():
    question = {"trackingNumber": NUMBER, "language": "en", "service": "parcel-de"}
    responses.get(
        TRACK,
        body=own("dhl", "shipments.json"),
        match=[matchers.query_param_matcher(question), matchers.header_matcher({"DHL-API-Key": "k-1"})],
    )

    (parcel,) = dhl(config={"service": "parcel-de"}).fetch([Parcel(NUMBER)], at=NOON)
    assert parcel.tracking_number == NUMBER


@responses.activate
def test_of_two_shipments_with_one_number_the_younger_is_taken():
    body = json.loads(own("dhl", "shipments.json"))
    older = json.loads(json.dumps(body["shipments"][0]).replace("2026-03", "2025-03"))
    body["shipments"].insert(0, older)
    responses.get(TRACK, json=body)

    (parcel,) = dhl().fetch([Parcel(NUMBER)], at=NOON)
    assert state(parcel).delivered_at.year == 2026


@responses.activate
def test_a_number_dhl_does_not_know_is_left_out():
    responses.get(TRACK, status=404, body=own("dhl", "unknown.json"))

    assert dhl().fetch([Parcel(NUMBER)], at=NOON) == []


@responses.activate
def test_the_daily_limit_is_waited_for():
    said = {"status": 429, "title": "Too many requests", "detail": "Too many requests within defined time"}
    responses.get(TRACK, status=429, json=said, headers={"Retry-After": "600"})

    with pytest.raises(CarrierError, match="Too many requests within") as failed:
        dhl().fetch([Parcel(NUMBER)], at=NOON)
    assert (failed.value.permanent, failed.value.retry_after) == (False, 600.0)
