"""FedEx: offsets, exception codes, numbers used twice, errors inside good answers, thirty at a time."""

import json
from datetime import UTC, date, datetime

import pytest
import responses
from responses import matchers

from tests.tracking.recorded import own, printed, recorded, state, told
from tracking.carriers import oauth
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place, Window
from tracking.carriers.fedex import FedEx, understand
from tracking.vocabulary import Reason, Status

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
TOKEN = "https://apis.fedex.com/oauth/token"
TRACK = "https://apis.fedex.com/track/v1/trackingnumbers"


@pytest.fixture(autouse=True)
def _no_tokens():
    oauth.TOKENS.clear()


def fedex() -> FedEx:
    return FedEx(Credentials(api_key="key:secret"))


def parse(body: bytes):
    return list(fedex().parse(body))


def changed(name: str, change) -> bytes:
    body = json.loads(own("fedex", name))
    change(body["output"]["completeTrackResults"])
    return json.dumps(body).encode()


# --- the recorded answers
@pytest.mark.shared
def test_of_a_number_handed_in_twice_the_younger_parcel_is_told(shared, tmp_path):
    (parcel,) = printed("fedex", recorded(shared, "core__fedex", "DuplicateTrackingResponse"), tmp_path)

    assert parcel["tracking_number"] == "776094337676"
    assert parcel["status"] == "DELIVERED"
    assert parcel["delivered_at"] == "2024-04-26T16:26:00+00:00"
    assert (parcel["eta_from"], parcel["eta_to"]) == ("2024-04-26", "2024-04-26")
    scans = [(scan["at"], scan["status"], scan["reason"], scan["code"]) for scan in parcel["scans"]]
    assert scans == [
        ("2024-04-26T16:26:00+00:00", "DELIVERED", "", "DL"),
        ("2024-04-26T15:52:00+00:00", "OUT_FOR_DELIVERY", "", "OD"),
        ("2024-04-25T21:29:00+00:00", "IN_TRANSIT", "", "AO"),
        ("2024-04-25T21:25:00+00:00", "IN_TRANSIT", "", "PU"),
        ("2024-04-25T20:26:00+00:00", "IN_TRANSIT", "", "AF/A3"),
        ("2024-04-25T18:28:00+00:00", "EXCEPTION", "not-home", "DE/A47"),
        ("2024-04-25T18:26:00+00:00", "ATTEMPTED", "not-home", "DE/08"),
        ("2024-04-25T15:55:00+00:00", "OUT_FOR_DELIVERY", "", "OD"),
    ]
    assert [scan["place"] for scan in parcel["scans"]] == ["", *["CLOVIS, CA, US"] * 7]
    assert all(scan["local"] is None for scan in parcel["scans"])


@pytest.mark.shared
def test_a_pick_up_without_an_offset_stays_local_beside_scans_that_have_one(shared, tmp_path):
    body = recorded(shared, "core__fedex", "InconsistentDateTimeResponse")
    (parcel,) = printed("fedex", body, tmp_path)

    assert (parcel["status"], parcel["delivered_at"]) == ("DELIVERED", "2024-08-20T16:41:57+00:00")
    assert (parcel["eta_from"], parcel["eta_to"]) == ("2024-08-21", "2024-08-21")
    assert len(parcel["scans"]) == 17
    pick_up = parcel["scans"][-1]
    assert (pick_up["at"], pick_up["local"]) == (None, "2024-08-15T00:00:00")
    assert pick_up["place"] == "MANKATO, MN, US"
    in_time = [scan["at"] for scan in parcel["scans"] if scan["at"]]
    assert in_time == sorted(in_time, reverse=True)
    assert in_time[-1] == "2024-08-15T15:36:00+00:00"  # -05:00
    assert in_time[1] == "2024-08-20T10:47:00+00:00"  # -04:00
    assert {scan["status"] for scan in parcel["scans"]} == {
        "DELIVERED",
        "OUT_FOR_DELIVERY",
        "IN_TRANSIT",
        "INFO_RECEIVED",
    }
    (read,) = parse(body)
    assert (read.signed_by, read.service) == ("CREILLY", "FedEx Ground")
    assert read.origin == Place("MANKATO", "MN", "US")
    assert read.destination == Place("BLUE POINT", "NY", "US")


@pytest.mark.shared
def test_a_number_nobody_knows_is_left_out_of_a_good_answer(shared, tmp_path):
    body = recorded(shared, "core__fedex", "TrackingResponse")
    (parcel,) = printed("fedex", body, tmp_path)

    assert parcel["tracking_number"] == "123456789012"
    # Late because of snow, and still on its way.
    assert (parcel["status"], parcel["reason"]) == ("IN_TRANSIT", "weather")
    assert (parcel["eta_from"], parcel["eta_to"]) == ("2021-10-01", "2021-10-15")
    (scan,) = parcel["scans"]
    assert (scan["at"], scan["place"]) == ("2018-02-02T19:01:00+00:00", "SEATTLE, WA, US")
    assert scan["code"] == "PU/A25"
    assert scan["message"] == "Picked Up: Package available for clearance"


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ErrorResponse", "ProofOfDeliveryResponse"])
def test_an_error_and_a_proof_of_delivery_hold_no_parcel(shared, tmp_path, name):
    assert printed("fedex", recorded(shared, "core__fedex", name), tmp_path) == []


# --- words
def test_a_troubled_delivery_is_read_whole():
    (parcel,) = parse(own("fedex", "delivered.json"))

    assert told(parcel) == [
        ("DELIVERED", "safe-place"),
        ("OUT_FOR_DELIVERY", ""),
        ("ATTEMPTED", "not-home"),
        ("EXCEPTION", "address"),
        ("IN_TRANSIT", "weather"),
        ("IN_TRANSIT", ""),
        ("IN_TRANSIT", ""),
        ("IN_TRANSIT", ""),
        ("INFO_RECEIVED", ""),
    ]
    assert parcel.eta == Window(
        date(2026, 3, 11), date(2026, 3, 11), None, datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
    )
    assert (parcel.signed_by, parcel.service, parcel.carrier) == ("OKAFOR", "FedEx 2Day", "fedex")
    assert parcel.origin == Place("ASTORIA", "OR", "US", "97103")
    # No street of anybody stands in a scan.
    assert all("Dock Road" not in repr(scan) for scan in parcel.scans)


@pytest.mark.parametrize(
    ("exception", "why", "status", "reason", "acts"),
    [
        ("03", "", Status.EXCEPTION, Reason.ADDRESS, False),
        ("07", "", Status.EXCEPTION, Reason.REFUSED, False),
        ("08", "", Status.ATTEMPTED, Reason.NOT_HOME, False),
        ("10", "", Status.EXCEPTION, Reason.DAMAGED, False),
        ("14", "", Status.RETURNING, "", False),
        ("43", "", Status.EXCEPTION, Reason.WEATHER, False),
        ("50", "", Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS, True),
        ("63", "", Status.EXCEPTION, Reason.PAYMENT_DUE, True),
        ("65", "", Status.IN_TRANSIT, "", False),
        ("84", "", Status.EXCEPTION, Reason.CARRIER_DELAY, False),
        # A code nobody mapped: FedEx's words, when they are clear.
        ("A99", "Package damaged", Status.EXCEPTION, Reason.DAMAGED, False),
        ("A99", "The recipient refused the parcel", Status.EXCEPTION, Reason.REFUSED, False),
        ("A99", "Blue elephants", Status.EXCEPTION, Reason.UNKNOWN, False),
        ("", "", Status.EXCEPTION, Reason.UNKNOWN, False),
    ],
)
def test_a_delivery_exception_has_the_reason_of_its_code(exception, why, status, reason, acts):
    meaning = understand("DE", exception, "Delivery exception", why)

    assert (meaning.status, meaning.reason, meaning.action_required) == (status, reason, acts)


def test_an_exception_code_on_a_scan_that_is_no_trouble_makes_none():
    assert understand("AF", "08").status == Status.IN_TRANSIT
    assert understand("DL", "08").status == Status.DELIVERED
    assert understand("CD", "") == understand("CD", "55")


def test_a_delay_has_the_reason_fedex_gives_else_that_it_is_late():
    assert understand("DY", "").reason == Reason.CARRIER_DELAY
    assert understand("DY", "", delay="WEATHER").reason == Reason.WEATHER


def test_a_late_parcel_has_the_reason_fedex_gives_for_it():
    assert understand("IT", "", delay="WEATHER").reason == Reason.WEATHER
    assert understand("DE", "", delay="WEATHER").reason == Reason.WEATHER
    assert understand("DL", "", delay="WEATHER").reason == ""


def test_a_kind_of_scan_nobody_mapped_is_guessed_or_unknown():
    assert understand("Q7", "", "Out for delivery").status == Status.OUT_FOR_DELIVERY
    assert understand("Q7", "", "Blue elephants").status == Status.UNKNOWN


def test_what_comes_back_after_delivery_is_on_its_way_back():
    def sent_back(results):
        scans = results[0]["trackResults"][0]["scanEvents"]
        scans.insert(0, scans[0] | {"date": "2026-03-14T09:00:00-06:00", "eventType": "RS"})

    (parcel,) = parse(changed("delivered.json", sent_back))

    assert state(parcel).status == Status.RETURNING


def test_a_window_with_offsets_has_its_hours():
    (parcel,) = parse(own("fedex", "two_numbers.json"))

    assert parcel.eta.from_at == datetime(2026, 3, 14, 8, 15, tzinfo=UTC)
    assert parcel.eta.to_at == datetime(2026, 3, 14, 12, 15, tzinfo=UTC)
    assert (state(parcel).status, state(parcel).reason) == (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS)
    assert state(parcel).action_required


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"shipments": []}', b"<xml/>"])
def test_what_fedex_does_not_send_is_refused(body):
    with pytest.raises(BadPayload):
        parse(body)


# --- asking
def asked_for(*numbers):
    return matchers.json_params_matcher(
        {
            "includeDetailedScans": True,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers],
        }
    )


def given_token():
    responses.post(TOKEN, json={"access_token": "t-1", "expires_in": 3599})


@responses.activate
def test_thirty_parcels_are_asked_about_in_one_call_and_the_unknown_left_out():
    given_token()
    bearer = matchers.header_matcher({"Authorization": "Bearer t-1"})
    responses.post(
        TRACK,
        body=own("fedex", "two_numbers.json"),
        match=[asked_for("794612345682", "794600000000"), bearer],
    )

    found = fedex().fetch([Parcel("7946 1234 5682"), Parcel("794600000000")], at=NOON)

    assert fedex().batch == 30
    assert [data.tracking_number for data in found] == ["7946 1234 5682"]
    assert (
        responses.calls[0].request.body == "grant_type=client_credentials&client_id=key&client_secret=secret"
    )


@responses.activate
def test_one_impossible_number_does_not_cost_the_others_their_answer():
    given_token()
    refused = {"errors": [{"code": "TRACKING.TRACKINGNUMBER.INVALID", "message": "Please check"}]}
    responses.post(TRACK, status=400, json=refused, match=[asked_for("1", "794612345671")])
    responses.post(TRACK, status=400, json=refused, match=[asked_for("1")])
    responses.post(TRACK, body=own("fedex", "delivered.json"), match=[asked_for("794612345671")])

    found = fedex().fetch([Parcel("1"), Parcel("794612345671")], at=NOON)

    assert [data.tracking_number for data in found] == ["794612345671"]


@responses.activate
def test_an_earlier_parcel_with_the_number_is_not_ours():
    given_token()
    responses.post(TRACK, body=own("fedex", "delivered.json"))
    ours = Parcel("794612345671", created_at=datetime(2026, 9, 1, tzinfo=UTC))

    assert fedex().fetch([ours], at=datetime(2026, 9, 2, tzinfo=UTC)) == []


@responses.activate
def test_a_fault_inside_a_good_answer_is_a_fault():
    given_token()
    responses.post(TRACK, json={"errors": [{"code": "SYSTEM.UNAVAILABLE.EXCEPTION", "message": "later"}]})

    with pytest.raises(CarrierError, match="SYSTEM.UNAVAILABLE.EXCEPTION") as failed:
        fedex().fetch([Parcel("794612345671")], at=NOON)
    assert not failed.value.permanent


@responses.activate
def test_a_key_without_rights_is_a_permanent_fault():
    given_token()
    responses.post(TRACK, status=403, json={"errors": [{"code": "FORBIDDEN.ERROR", "message": "No rights"}]})

    with pytest.raises(CarrierError, match="FedEx answered 403: No rights") as failed:
        fedex().fetch([Parcel("794612345671")], at=NOON)
    assert failed.value.permanent


def test_asking_about_nothing_asks_nobody():
    assert fedex().fetch([], at=NOON) == []
