"""USPS: event codes and the words behind them, instants and local times, and asking."""

import json
from datetime import UTC, date, datetime

import pytest
import responses
from responses import matchers

from tests.tracking.recorded import own, printed, recorded, state, told
from tracking.carriers import oauth
from tracking.carriers.base import BadPayload, Credentials, Parcel, Place, Window
from tracking.carriers.usps import USPS, understand
from tracking.vocabulary import Reason, Status

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NUMBER = "9400100000000000000017"
TOKEN = "https://apis.usps.com/oauth2/v3/token"
TRACK = f"https://apis.usps.com/tracking/v3/tracking/{NUMBER}"


@pytest.fixture(autouse=True)
def _no_tokens():
    oauth.TOKENS.clear()


def usps() -> USPS:
    return USPS(Credentials(api_key="key:secret"))


def parse(body: bytes):
    return list(usps().parse(body))


# --- the recorded answers
@pytest.mark.shared
def test_a_parcel_in_a_locker_is_delivered_at_the_instant_usps_gives(shared, tmp_path):
    body = recorded(shared, "core__usps", "TrackingResponse")
    (parcel,) = printed("usps", body, tmp_path)

    assert parcel["tracking_number"] == "9400109104250532908587"
    assert (parcel["status"], parcel["reason"]) == ("DELIVERED", "locker")
    assert parcel["delivered_at"] == "2024-11-22T18:58:40+00:00"
    scans = [(scan["at"], scan["status"], scan["place"], scan["code"]) for scan in parcel["scans"]]
    assert scans == [
        ("2024-11-22T18:58:40+00:00", "DELIVERED", "HERNANDO, FL, US", "01"),
        ("2024-11-22T14:10:45+00:00", "OUT_FOR_DELIVERY", "HERNANDO, FL, US", "OF"),
        ("2024-11-22T13:59:45+00:00", "IN_TRANSIT", "LECANTO, FL, US", "07"),
        ("2024-11-20T06:13:31+00:00", "IN_TRANSIT", "JACKSONVILLE FL DISTRIBUTION CENTER, US", "A1"),
        ("2024-11-20T06:11:52+00:00", "IN_TRANSIT", "", "TL"),
        ("2024-11-19T23:07:58+00:00", "IN_TRANSIT", "", "TL"),
        ("2024-11-19T17:11:23+00:00", "IN_TRANSIT", "", "TL"),
        ("2024-11-19T11:16:41+00:00", "IN_TRANSIT", "QUEENS NY DISTRIBUTION CENTER, US", "T1"),
        ("2024-11-18T23:02:52+00:00", "IN_TRANSIT", "QUEENS NY DISTRIBUTION CENTER, US", "10"),
        ("2024-11-18T22:01:35+00:00", "IN_TRANSIT", "JAMAICA, NY, US", "SF"),
        ("2024-11-18T16:10:31+00:00", "IN_TRANSIT", "JAMAICA, NY, US", "03"),
        ("2024-11-15T16:32:33+00:00", "INFO_RECEIVED", "SPRINGFIELD GARDENS, NY, US", "GX"),
    ]
    assert {scan["local"] for scan in parcel["scans"]} == {None}
    assert [scan["reason"] for scan in parcel["scans"]] == ["locker", *[""] * 11]
    (read,) = parse(body)
    assert read.service == "USPS Ground Advantage™"
    assert read.origin == Place("JAMAICA", "NY", "US", "11430")
    assert read.destination == Place("HERNANDO", "FL", "US", "34442")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ErrorResponse", "AuthErrorResponse"])
def test_errors_hold_no_parcel(shared, tmp_path, name):
    assert printed("usps", recorded(shared, "core__usps", name), tmp_path) == []


# --- words
@pytest.mark.parametrize(
    ("code", "said", "status", "reason"),
    [
        ("GX", "Shipping Label Created, USPS Awaiting Item", Status.INFO_RECEIVED, ""),
        ("OF", "Out for Delivery, Expected Delivery by 9:00pm", Status.OUT_FOR_DELIVERY, ""),
        ("01", "Delivered, Front Door/Porch", Status.DELIVERED, Reason.SAFE_PLACE),
        ("01", "Delivered", Status.DELIVERED, ""),
        ("01", "Delivered, To Original Sender", Status.RETURNED, ""),
        ("55", "Notice Left (No Authorized Recipient Available)", Status.ATTEMPTED, Reason.NOT_HOME),
        ("52", "Notice Left (No Secure Location Available)", Status.ATTEMPTED, Reason.UNKNOWN),
        ("16", "Available for Pickup", Status.READY_FOR_PICKUP, ""),
        ("04", "Refused", Status.EXCEPTION, Reason.REFUSED),
        ("21", "No Such Number", Status.EXCEPTION, Reason.ADDRESS),
        ("27", "Unclaimed", Status.EXCEPTION, Reason.UNCLAIMED),
        ("08", "Missent", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
        ("09", "Return to Sender", Status.RETURNING, ""),
        # Codes nobody mapped.
        ("Z9", "Customs clearance processing complete", Status.IN_TRANSIT, None),
        ("Z9", "Blue elephants", Status.UNKNOWN, ""),
    ],
)
def test_an_event_means_what_its_code_says_and_its_words_add_why(code, said, status, reason):
    meaning = understand(code, said)

    assert meaning.status == status
    assert reason is None or meaning.reason == reason


def test_a_local_time_without_an_offset_stays_local():
    (parcel,) = parse(own("usps", "notice_left.json"))

    assert told(parcel) == [
        ("ATTEMPTED", "not-home"),
        ("OUT_FOR_DELIVERY", ""),
        ("IN_TRANSIT", "carrier-delay"),
        ("IN_TRANSIT", ""),
        ("INFO_RECEIVED", ""),
    ]
    assert parcel.scans[2].at is None
    assert parcel.scans[2].local == datetime(2026, 3, 11, 3, 0)  # noqa: DTZ001
    # Midnight is a day.
    assert parcel.eta == Window(date(2026, 3, 12), date(2026, 3, 12))
    assert parcel.service == "Priority Mail®"


def test_a_local_time_with_the_offset_beside_it_is_an_instant():
    body = json.loads(own("usps", "notice_left.json"))
    body["trackingEvents"][0]["GMTTimestamp"] = None

    assert parse(json.dumps(body).encode())[0].scans[0].at == datetime(2026, 3, 12, 20, 20, tzinfo=UTC)


def test_what_is_delivered_to_its_sender_is_back():
    (parcel,) = parse(own("usps", "returned.json"))

    assert told(parcel) == [("RETURNED", ""), ("RETURNING", ""), ("EXCEPTION", "refused")]
    assert state(parcel).status == Status.RETURNED
    assert state(parcel).delivered_at is None


def test_an_event_abroad_keeps_its_country():
    body = json.loads(own("usps", "notice_left.json"))
    body["trackingEvents"][0] |= {"eventCity": "TORONTO", "eventState": None, "eventCountry": "CANADA"}

    place = parse(json.dumps(body).encode())[0].scans[0].place
    assert (place.city, place.country) == ("TORONTO", "CA")


@pytest.mark.parametrize("body", [b"{}", b"[{}]", b'"no"', b"<xml/>"])
def test_what_usps_does_not_send_is_refused(body):
    with pytest.raises(BadPayload):
        parse(body)


# --- asking
@responses.activate
def test_asking_wants_the_whole_history():
    responses.post(TOKEN, json={"access_token": "t-1", "expires_in": "28799"})
    responses.get(
        TRACK,
        body=own("usps", "notice_left.json"),
        match=[
            matchers.query_param_matcher({"expand": "DETAIL"}),
            matchers.header_matcher({"Authorization": "Bearer t-1"}),
        ],
    )

    (parcel,) = usps().fetch([Parcel("9400 1000 0000 0000 0000 17")], at=NOON)
    assert parcel.tracking_number == "9400 1000 0000 0000 0000 17"
    assert state(parcel).status == Status.ATTEMPTED


@responses.activate
@pytest.mark.parametrize("status", [200, 400, 404])
def test_a_number_usps_does_not_know_is_left_out(status):
    responses.post(TOKEN, json={"access_token": "t-1", "expires_in": "28799"})
    responses.get(TRACK, status=status, body=own("usps", "unknown.json"))

    assert usps().fetch([Parcel(NUMBER)], at=NOON) == []
