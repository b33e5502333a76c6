"""Asking EasyPost: what is sent, what is made of the answers and of the faults. The network is played."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import responses
from responses import matchers

from tracking.carriers.base import CarrierError, Credentials, Parcel
from tracking.carriers.easypost import EasyPost
from tracking.vocabulary import Status

DELIVERED = Path(__file__).parent / "payloads" / "easypost" / "delivered_event.json"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
URL = "https://api.easypost.com/v2/trackers"
NUMBER = "1Z999AA10123456784"
PARCEL = Parcel(NUMBER, carrier="ups", created_at=datetime(2026, 3, 10, 18, 0, tzinfo=UTC))


def fetch(parcel: Parcel = PARCEL, **credentials):
    return list(EasyPost(Credentials(**({"api_key": "EZTK1"} | credentials))).fetch([parcel], at=NOON))


def delivered() -> dict:
    return json.loads(DELIVERED.read_text())["result"]


@responses.activate
def test_asking_names_number_carrier_and_key():
    wanted = {"tracking_code": NUMBER, "carrier": "UPS", "page_size": "20"}
    responses.get(
        URL,
        json={"trackers": [delivered()], "has_more": False},
        match=[
            matchers.query_param_matcher(wanted),
            matchers.header_matcher({"Authorization": "Basic RVpUSzE6"}),
        ],
    )

    assert [parcel.tracking_number for parcel in fetch()] == [NUMBER]
    assert len(responses.calls) == 1


@responses.activate
def test_a_number_nobody_follows_yet_gets_a_tracker():
    tracker = delivered()
    responses.get(URL, json={"trackers": [], "has_more": False})
    named = {"tracker": {"tracking_code": NUMBER, "carrier": "UPS"}}
    responses.post(URL, json=tracker, status=201, match=[matchers.json_params_matcher(named)])

    assert fetch()[0].scans[-1].status == Status.DELIVERED


@responses.activate
def test_a_carrier_without_an_easypost_name_is_left_to_easypost():
    responses.get(
        URL,
        json={"trackers": []},
        match=[matchers.query_param_matcher({"tracking_code": "XY1", "page_size": "20"})],
    )
    responses.post(
        URL,
        json={"tracking_code": "XY1"},
        match=[matchers.json_params_matcher({"tracker": {"tracking_code": "XY1"}})],
    )

    assert len(fetch(Parcel("XY1", carrier="pigeon"))) == 1


@responses.activate
def test_of_several_trackers_with_one_number_the_newest_is_taken():
    tracker = delivered()
    older = copy.deepcopy(tracker) | {"updated_at": "2026-03-11T09:00:00Z", "tracking_details": []}
    stranger = tracker | {"tracking_code": "1Z9", "updated_at": "2026-03-12T23:00:00Z"}
    responses.get(URL, json={"trackers": [older, tracker, stranger]})

    assert len(fetch()[0].scans) == 4


@responses.activate
def test_the_history_of_an_earlier_parcel_with_the_number_is_not_taken_for_ours():
    stale = delivered() | {"updated_at": "2025-06-01T00:00:00Z"}
    responses.get(URL, json={"trackers": [stale]})
    responses.post(URL, json=stale, status=201)

    assert fetch() == []


@responses.activate
def test_a_local_double_can_take_easyposts_place():
    responses.get("http://127.0.0.1:9/v2/trackers", json={"trackers": [delivered()]})

    assert fetch(config={"base_url": "http://127.0.0.1:9/v2/"})[0].tracking_number == NUMBER


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        (401, True),
        (402, True),
        (403, True),
        (404, True),
        (422, True),
        (408, False),
        (429, False),
        (500, False),
        (503, False),
        (302, False),
    ],
)
@responses.activate
def test_an_error_says_whether_asking_again_helps(status, permanent):
    responses.get(URL, status=status, json={"error": {"code": "X", "message": "because of it"}})

    with pytest.raises(CarrierError, match=f"{status}: because of it") as failed:
        fetch()
    assert failed.value.permanent is permanent
    assert "EZTK1" not in str(failed.value)


@pytest.mark.parametrize(
    ("status", "told", "seconds"),
    [
        (429, "17", 17.0),
        (503, "Thu, 12 Mar 2026 12:01:30 GMT", 90.0),
        (503, "Thu, 12 Mar 2026 11:00:00 GMT", 0.0),
        (429, "999999999", 86_400.0),
        (429, "in a while", None),
        (429, "", None),
        (422, "17", None),
    ],
)
@responses.activate
def test_how_long_to_wait_is_read_in_both_forms(status, told, seconds):
    responses.get(URL, status=status, headers={"Retry-After": told}, body="slow down")

    with pytest.raises(CarrierError) as failed:
        fetch()
    assert failed.value.retry_after == seconds


@pytest.mark.parametrize(
    "fault", [requests.ConnectTimeout(), requests.ReadTimeout(), requests.ConnectionError("reset")]
)
@responses.activate
def test_a_fault_on_the_way_passes(fault):
    responses.get(URL, body=fault)

    with pytest.raises(CarrierError, match="could not be reached") as failed:
        fetch()
    assert not failed.value.permanent


@responses.activate
def test_an_answer_that_is_not_easyposts_passes_too():
    responses.get(URL, body="<html>maintenance</html>")

    with pytest.raises(CarrierError, match="could not be read") as failed:
        fetch()
    assert not failed.value.permanent


@pytest.mark.parametrize(
    "credentials", [{"api_key": ""}, {"config": {"base_url": "nonsense"}}, {"api_key": "clé €"}]
)
def test_credentials_that_cannot_work_are_a_permanent_fault(credentials):
    with pytest.raises(CarrierError) as failed:
        fetch(**credentials)
    assert failed.value.permanent
