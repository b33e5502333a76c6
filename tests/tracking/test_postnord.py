"""PostNord, from its documentation: local times, coarse statuses beside finer sentences, several items."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import responses
from responses import matchers

from tracking.carriers import postnord
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place, Window
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "postnord"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
URL = "https://api2.postnord.com/rest/shipment/v5/trackandtrace/findByIdentifier.json"
SHIPMENT, ITEM = "84971563697SE", "00373500454512345678"


def translator(**credentials) -> postnord.PostNord:
    return postnord.PostNord(Credentials(**({"api_key": "nord"} | credentials)))


def read() -> dict:
    parcels = translator().parse((PAYLOADS / "shipment.json").read_bytes())
    return {parcel.tracking_number: parcel for parcel in parcels}


def test_an_item_waits_at_the_service_point_and_its_times_are_local():
    item = read()[ITEM]

    assert [(scan.local.isoformat(), scan.at, scan.status) for scan in item.scans] == [
        ("2026-03-10T12:00:00", None, Status.INFO_RECEIVED),
        ("2026-03-12T07:30:00", None, Status.OUT_FOR_DELIVERY),  # "en route", its sentence says where
        ("2026-03-12T11:02:00", None, Status.READY_FOR_PICKUP),
    ]
    assert item.scans[2].place == Place("Lund", "", "SE", "19588")
    assert item.eta == Window(date(2026, 3, 12), date(2026, 3, 12))
    assert (item.origin.city, item.destination.city, item.service) == ("Stockholm", "Lund", "MyPack Collect")


def test_a_shipment_is_as_far_as_its_last_item():
    found = read()

    assert fold(found["00373500454512345685"].scans).reason == Reason.REFUSED
    assert found[SHIPMENT].scans == found["00373500454512345685"].scans


@pytest.mark.parametrize(
    ("status", "message", "meant", "reason"),
    [
        ("AVAILABLE_FOR_DELIVERY_PAR_LOC", "", Status.READY_FOR_PICKUP, Reason.LOCKER),
        ("EXPECTED_DELAY", "", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
        ("RETURNED", "", Status.RETURNING, ""),
        ("OTHER", "Levererad", Status.UNKNOWN, ""),
        ("OTHER", "The shipment has been delivered", Status.DELIVERED, ""),
    ],
)
def test_a_status_means_what_postnord_says_it_means(status, message, meant, reason):
    meaning = postnord.understand(status, message)

    assert (meaning.status, meaning.reason) == (meant, reason)


def test_a_status_can_be_told_as_an_object():
    answer = json.loads((PAYLOADS / "shipment.json").read_text())
    item = answer["TrackingInformationResponse"]["shipments"][0]["items"][1]
    item["status"] = {"code": "STOPPED", "header": "Stopped"}

    found = {parcel.tracking_number: parcel for parcel in translator().parse(json.dumps(answer).encode())}
    assert found[item["itemId"]].scans[-1].status == Status.EXCEPTION


@pytest.mark.parametrize("number", [SHIPMENT, ITEM])
@responses.activate
def test_both_numbers_can_be_asked_about(number):
    responses.get(
        URL,
        body=(PAYLOADS / "shipment.json").read_bytes(),
        match=[matchers.query_param_matcher({"apikey": "nord", "id": number, "locale": "en"})],
    )

    (found,) = translator().fetch([Parcel(number)], at=NOON)
    assert found.tracking_number == number


@responses.activate
def test_a_fault_inside_a_good_answer_is_an_unknown_parcel():
    responses.get(URL, body=(PAYLOADS / "not_found.json").read_bytes())

    assert translator().fetch([Parcel(SHIPMENT)], at=NOON) == []


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (403, True), (429, False), (500, False)])
@responses.activate
def test_an_error_says_whether_asking_again_helps(status, permanent):
    responses.get(URL, status=status, json={"message": "because of nord"})

    with pytest.raises(CarrierError, match="because of") as failed:
        translator().fetch([Parcel(SHIPMENT)], at=NOON)
    assert failed.value.permanent is permanent
    assert "nord" not in str(failed.value).removeprefix("PostNord")


def test_what_is_no_answer_of_postnord_is_refused():
    with pytest.raises(BadPayload):
        translator().parse(b'{"shipments": []}')
