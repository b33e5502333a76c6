"""UPS: types and codes, local times and Greenwich's, Track Alert and its credential, and asking."""

import json
from datetime import UTC, date, datetime

import pytest
import responses
from responses import matchers

from customers.models import Event
from tests.factories.tracking import ShipmentFactory
from tests.tracking.recorded import own, printed, recorded, state, told
from tracking import events
from tracking.carriers import oauth
from tracking.carriers.base import (
    BadPayload,
    BadSignature,
    CarrierError,
    Credentials,
    Parcel,
    Place,
    Window,
)
from tracking.carriers.ups import UPS, understand
from tracking.services.scans import record_parcel
from tracking.vocabulary import Reason, Status

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NUMBER = "1Z999AA10123456784"
TOKEN = "https://onlinetools.ups.com/security/v1/oauth/token"
TRACK = f"https://onlinetools.ups.com/api/track/v1/details/{NUMBER}"


@pytest.fixture(autouse=True)
def _no_tokens():
    oauth.TOKENS.clear()


def ups(**credentials) -> UPS:
    return UPS(Credentials(**({"api_key": "client:secret"} | credentials)))


def parse(body: bytes):
    return list(ups().parse(body))


# --- the recorded answers
@pytest.mark.shared
def test_a_parcel_released_by_customs_is_on_its_way_and_not_held(shared, tmp_path):
    body = recorded(shared, "core__ups", "TrackingResponseJSON")
    (parcel,) = printed("ups", body, tmp_path)

    assert parcel["tracking_number"] == "1Z023E2X0214323462"
    assert (parcel["status"], parcel["reason"], parcel["action_required"]) == ("IN_TRANSIT", "", False)
    assert (parcel["eta_from"], parcel["delivered_at"]) == (None, None)
    assert parcel["scans"] == [
        {
            "at": None,
            "local": "2021-02-10T07:13:56",
            "status": "IN_TRANSIT",
            "reason": "",
            "place": "Wayne, NJ, US",
            "code": "SR",
            "message": "Your package was released by the customs agency.",
        }
    ]
    (read,) = parse(body)
    assert (read.service, read.signed_by) == ("UPS Ground", "163000")
    assert read.scans[0].place.postcode == "07470"


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["AuthError", "InvalidTrackingNumberResponseJSON", "TrackingNumberNotFoundResponseJSON"]
)
def test_errors_hold_no_parcel(shared, tmp_path, name):
    assert printed("ups", recorded(shared, "core__ups", name), tmp_path) == []


# --- words
@pytest.mark.parametrize(
    ("kind", "code", "digits", "said", "status", "reason"),
    [
        ("M", "MP", "003", "Shipper created a label", Status.INFO_RECEIVED, ""),
        ("I", "DP", "005", "Departed from Facility", Status.IN_TRANSIT, ""),
        ("I", "OT", "021", "Out For Delivery", Status.OUT_FOR_DELIVERY, ""),
        ("D", "FS", "011", "DELIVERED", Status.DELIVERED, ""),
        ("D", "2Q", "040", "Delivered to UPS Access Point", Status.READY_FOR_PICKUP, ""),
        # A code nobody mapped: the three digits, then the type, then the words.
        ("X", "48", "052", "Severe weather", Status.IN_TRANSIT, Reason.WEATHER),
        ("X", "zz", "058", "", Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS),
        ("X", "zz", "062", "", Status.ATTEMPTED, Reason.PAYMENT_DUE),
        ("X", "zz", "064", "", Status.EXCEPTION, Reason.REFUSED),
        ("X", "zz", "068", "", Status.EXCEPTION, Reason.LOST),
        ("X", "zz", "034", "", Status.RETURNED, ""),
        ("I", "zz", "", "Blue elephants", Status.IN_TRANSIT, ""),
        ("D", "zz", "", "Blue elephants", Status.DELIVERED, ""),
        ("MV", "zz", "", "", Status.CANCELLED, ""),
        ("RS", "zz", "", "Delivered to original sender", Status.RETURNED, ""),
        ("RS", "zz", "", "Blue elephants", Status.RETURNING, ""),
        ("RS", "zz", "", "Delivered", Status.RETURNING, ""),
        # An exception is what its words say; without clear words it is held for no known reason.
        ("X", "zz", "", "Your package has cleared customs.", Status.IN_TRANSIT, ""),
        ("X", "zz", "", "The receiver refused the delivery.", Status.EXCEPTION, Reason.REFUSED),
        ("X", "zz", "", "Blue elephants", Status.EXCEPTION, Reason.UNKNOWN),
        ("Q", "zz", "", "Blue elephants", Status.UNKNOWN, ""),
        ("Q", "zz", "", "Out for delivery", Status.OUT_FOR_DELIVERY, ""),
    ],
)
def test_a_scan_means_what_its_code_then_its_digits_then_its_type_say(
    kind, code, digits, said, status, reason
):
    meaning = understand(kind, code, digits, said)

    assert (meaning.status, meaning.reason) == (status, reason)


def test_a_delivered_parcel_is_read_whole():
    (parcel,) = parse(own("ups", "delivered.json"))

    assert told(parcel) == [
        ("DELIVERED", "safe-place"),  # "Front Door"
        ("OUT_FOR_DELIVERY", ""),
        ("IN_TRANSIT", "weather"),
        ("IN_TRANSIT", ""),
        ("INFO_RECEIVED", ""),
    ]
    assert [scan.at for scan in parcel.scans[:4]] == [
        datetime(2026, 3, 12, 19, 4, tzinfo=UTC),
        datetime(2026, 3, 12, 13, 47, tzinfo=UTC),
        datetime(2026, 3, 11, 15, 15, tzinfo=UTC),
        datetime(2026, 3, 11, 2, 10, tzinfo=UTC),  # written 21000: the leading zero is missing
    ]
    assert parcel.scans[4].local == datetime(2026, 3, 10, 9, 12, 30)  # noqa: DTZ001
    # The rescheduled day; hours without an offset are none.
    assert parcel.eta == Window(date(2026, 3, 12), date(2026, 3, 12))
    assert parcel.origin == Place("ASTORIA", "OR", "US", "97103")
    assert parcel.destination == Place("BOULDER", "CO", "US", "80301")


def test_a_local_time_with_its_offset_is_an_instant():
    body = json.loads(own("ups", "delivered.json"))
    activity = body["trackResponse"]["shipment"][0]["package"][0]["activity"]
    del activity[0]["gmtDate"]

    assert parse(json.dumps(body).encode())[0].scans[0].at == datetime(2026, 3, 12, 19, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour"), [("string", "string"), ("", ""), ("2026-03-12", "13"), (None, None)]
)
def test_a_scan_whose_time_nobody_can_read_is_left_out(day, hour):
    body = json.loads(own("ups", "delivered.json"))
    activity = body["trackResponse"]["shipment"][0]["package"][0]["activity"]
    activity[0] |= {"date": day, "time": hour, "gmtDate": day, "gmtTime": hour}

    assert len(parse(json.dumps(body).encode())[0].scans) == 4


def test_every_package_of_a_shipment_is_a_parcel_of_its_own():
    body = json.loads(own("ups", "delivered.json"))
    packages = body["trackResponse"]["shipment"][0]["package"]
    packages.append(packages[0] | {"trackingNumber": "1Z999AA10123456795"})

    numbers = [parcel.tracking_number for parcel in parse(json.dumps(body).encode())]
    assert numbers == [NUMBER, "1Z999AA10123456795"]


# --- Track Alert
def test_an_alert_is_one_scan_in_greenwich_time():
    (parcel,) = parse(own("ups", "alert_customs.json"))

    assert parcel.tracking_number == NUMBER
    (scan,) = parcel.scans
    assert (scan.at, scan.status, scan.place) == (
        datetime(2026, 3, 9, 16, 12, 56, tzinfo=UTC),
        Status.IN_TRANSIT,
        Place("Koeln", "", "DE"),
    )
    assert parcel.told_at == scan.at
    assert parcel.eta == Window(date(2026, 3, 12), date(2026, 3, 12))


def test_an_alert_without_greenwich_time_stays_local():
    body = json.loads(own("ups", "alert_delivered.json")) | {"gmtActivityDate": "", "gmtActivityTime": ""}
    (parcel,) = parse(json.dumps(body).encode())

    assert parcel.scans[0].local == datetime(2026, 3, 12, 13, 4)  # noqa: DTZ001
    assert parcel.told_at is None


def test_the_alert_and_the_answer_about_one_delivery_are_told_at_the_same_instant():
    (pushed,), (pulled,) = parse(own("ups", "alert_delivered.json")), parse(own("ups", "delivered.json"))

    assert pushed.scans[0].at == pulled.scans[0].at
    assert state(pushed).status == state(pulled).status == Status.DELIVERED


@pytest.mark.django_db
def test_a_delivered_parcel_that_comes_back_is_on_its_way_back_in_our_rows_whichever_came_in_first():
    delivered, back = (
        json.loads(own("ups", "alert_delivered.json")),
        json.loads(own("ups", "alert_delivered.json")),
    )
    back |= {
        "gmtActivityDate": "20260315",
        "activityStatus": {"type": "RS", "code": "zz", "description": "Returning to sender"},
    }
    for number, order in (
        ("1Z999AA10123456784", (delivered, back)),
        ("1Z999AA10123456795", (back, delivered)),
    ):
        parcel = ShipmentFactory(tracking_number=number, carrier="ups")
        for alert in order:
            (data,) = parse(json.dumps(alert | {"trackingNumber": number}).encode())
            record_parcel(data=data, source="ups", at=NOON)

        parcel.refresh_from_db()
        assert parcel.status == Status.RETURNING
        assert parcel.delivered_at == datetime(2026, 3, 12, 19, 4, tzinfo=UTC)
    assert Event.objects.filter(kind=events.SHIPMENT_RETURNED).count() == 2


def test_the_credential_has_to_be_the_one_given_when_subscribing():
    ups(secret="right horse").verify({"credential": "right horse"}, b"{}")
    for headers in ({}, {"credential": ""}, {"credential": "wrong"}, {"credential": "right horsé"}):
        with pytest.raises(BadSignature):
            ups(secret="right horse").verify(headers, b"{}")
    with pytest.raises(BadSignature):
        ups(secret="").verify({"credential": ""}, b"{}")


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"output": {}}', b'{"activityStatus": {"type": "I"}}'])
def test_what_ups_does_not_send_is_refused(body):
    with pytest.raises(BadPayload):
        parse(body)


# --- asking
def given_token():
    responses.post(
        TOKEN,
        json={"access_token": "t-1", "expires_in": "14399"},
        match=[
            matchers.header_matcher({"Authorization": "Basic Y2xpZW50OnNlY3JldA=="}),
            matchers.urlencoded_params_matcher({"grant_type": "client_credentials"}),
        ],
    )


def fetch(**more):
    return list(ups().fetch([Parcel(NUMBER, **more)], at=NOON))


@responses.activate
def test_asking_carries_the_token_and_an_id_of_its_own():
    given_token()
    responses.get(
        TRACK,
        body=own("ups", "delivered.json"),
        match=[matchers.header_matcher({"Authorization": "Bearer t-1", "transactionSrc": "porchlight"})],
    )

    assert [parcel.tracking_number for parcel in fetch()] == [NUMBER]
    assert fetch()
    ids = {call.request.headers["transId"] for call in responses.calls if call.request.method == "GET"}
    assert len(ids) == 2


@responses.activate
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, own("ups", "not_found.json")),
        (404, b'{"response": {"errors": [{"code": "TW0001", "message": "Tracking Information Not Found"}]}}'),
        (400, b'{"response": {"errors": [{"code": "TV1002", "message": "Invalid inquiry number"}]}}'),
    ],
)
def test_a_number_ups_does_not_know_is_left_out(status, body):
    given_token()
    responses.get(TRACK, status=status, body=body)

    assert fetch() == []


@responses.activate
def test_an_error_about_us_is_an_error():
    given_token()
    said = {"response": {"errors": [{"code": "250003", "message": "Invalid Access License number"}]}}
    responses.get(TRACK, status=403, json=said)

    with pytest.raises(CarrierError, match="UPS answered 403: Invalid Access License number") as failed:
        fetch()
    assert failed.value.permanent


@responses.activate
def test_an_earlier_parcel_with_the_number_is_not_ours():
    given_token()
    responses.get(TRACK, body=own("ups", "delivered.json"))

    assert fetch(created_at=datetime(2026, 9, 1, tzinfo=UTC)) == []
