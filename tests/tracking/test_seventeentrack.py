"""17TRACK: its words in both of its APIs, its unproven signature, and asking it. The network is played."""

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests
import responses
from responses import matchers

from tracking.carriers.base import BadSignature, CarrierError, Credentials, Parcel
from tracking.carriers.seventeentrack import SeventeenTrack
from tracking.carriers.seventeentrack_words import STATUSES, SUBSTATUSES, understand, understand_number
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "17track"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
URL = "https://api.17track.net/track/v2.2"
NUMBER = "YT2606700000000001"
PUSH = (PAYLOADS / "updated_push.json").read_bytes()
ANSWER = json.loads((PAYLOADS / "gettrackinfo.json").read_bytes())


def track(**credentials) -> SeventeenTrack:
    return SeventeenTrack(Credentials(**({"api_key": "KEY17"} | credentials)))


# --- words
@pytest.mark.parametrize(
    ("stage", "sub", "message", "means"),
    [
        ("InTransit", "InTransit_CustomsReleased", "Released", (Status.IN_TRANSIT, "")),
        ("InTransit", "InTransit_CustomsProcessing", "", (Status.IN_TRANSIT, Reason.CUSTOMS)),
        (
            "InTransit",
            "InTransit_CustomsRequiringInformation",
            "",
            (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS),
        ),
        ("InTransit", "InTransit_Other", "Out for delivery", (Status.OUT_FOR_DELIVERY, "")),
        ("InTransit", "InTransit_Other", "Arrived at hub", (Status.IN_TRANSIT, "")),
        ("DeliveryFailure", "DeliveryFailure_NoBody", "", (Status.ATTEMPTED, Reason.NOT_HOME)),
        ("DeliveryFailure", "DeliveryFailure_Rejected", "", (Status.EXCEPTION, Reason.REFUSED)),
        ("DeliveryFailure", "DeliveryFailure_InvalidAddress", "", (Status.EXCEPTION, Reason.ADDRESS)),
        ("Delivered", "Delivered_Other", "Delivered to neighbour", (Status.DELIVERED, Reason.NEIGHBOUR)),
        ("Exception", "Exception_Returning", "", (Status.RETURNING, "")),
        ("Exception", "Exception_Returned", "", (Status.RETURNED, "")),
        ("Exception", "Exception_Lost", "", (Status.EXCEPTION, Reason.LOST)),
        ("Exception", "Exception_Delayed", "", (Status.IN_TRANSIT, Reason.CARRIER_DELAY)),
        ("Exception", "Exception_Cancel", "", (Status.CANCELLED, "")),
        ("AvailableForPickup", "AvailableForPickup_New", "", (Status.READY_FOR_PICKUP, "")),
        ("", "", "Zugestellt", (Status.DELIVERED, "")),
        ("", "", "Quux", (Status.UNKNOWN, "")),
        ("Teleported", "Teleported_Other", "", (Status.UNKNOWN, "")),
    ],
)
def test_stage_substatus_and_sentence_mean_one_thing_together(stage, sub, message, means):
    found = understand(stage, sub, message)

    assert (found.status, found.reason) == means


def test_every_substatus_belongs_to_a_main_status():
    assert {sub.partition("_")[0] for sub in SUBSTATUSES} <= set(STATUSES)


def test_in_the_first_api_the_sentence_goes_before_the_number():
    assert understand_number(2, 20, "Delivered").status == Status.DELIVERED
    assert understand_number(4, 41, "Quux").status == Status.OUT_FOR_DELIVERY
    assert understand_number(8, 80, "Quux").status == Status.UNKNOWN


def test_a_push_is_read_with_carrier_places_window_and_times():
    (parcel,) = track().parse(PUSH)

    assert (parcel.tracking_number, parcel.carrier, parcel.service) == (NUMBER, "yunexpress", "Standard")
    assert (str(parcel.origin), parcel.destination.postcode) == ("Shenzhen, CN", "69002")
    assert (parcel.eta.from_date, parcel.eta.to_date, parcel.eta.to_at) == (
        date(2026, 3, 16),
        date(2026, 3, 18),
        None,
    )
    assert parcel.told_at == datetime(2026, 3, 12, 11, 58, tzinfo=UTC)
    state = fold(parcel.scans)
    assert (state.status, state.reason, state.action_required) == (
        Status.EXCEPTION,
        Reason.CUSTOMS_DOCUMENTS,
        True,
    )


def test_a_time_whose_zone_was_made_up_stays_local():
    scans = {scan.message: scan for scan in track().parse(PUSH)[0].scans}

    known, made_up = scans["Shipment picked up"], scans["Departed from airport"]
    assert (known.at, known.local) == (datetime(2026, 3, 8, 1, 0, tzinfo=UTC), None)
    assert (made_up.at, made_up.local) == (None, datetime(2026, 3, 11, 22, 10))  # noqa: DTZ001


def test_the_latest_status_closes_what_the_events_leave_open():
    body = json.loads(PUSH)
    body["data"]["track_info"]["latest_status"] = {"status": "Exception", "sub_status": "Exception_Returning"}
    scans = track().parse(json.dumps(body).encode())[0].scans

    assert (scans[-1].status, scans[-1].code) == (Status.RETURNING, "Exception_Returning")
    assert fold(scans).status == Status.RETURNING


def test_a_push_that_following_ended_says_nothing_of_the_parcel():
    body = (PAYLOADS / "stopped_push.json").read_bytes()

    assert track().parse(body) == []
    assert track().topic({}, body) == "TRACKING_STOPPED"


# --- signatures
def test_the_signature_is_flagged_as_unproven():
    assert SeventeenTrack.verified is False


def test_the_sign_is_a_digest_of_body_slash_and_key():
    for carrier in (track(), track(secret="KEY17", api_key="other")):
        carrier.verify({"sign": hashlib.sha256(PUSH + b"/KEY17").hexdigest()}, PUSH)
        carrier.verify({"sign": hashlib.sha256(PUSH + b"/KEY17").hexdigest().upper()}, PUSH)
        for told in (
            hashlib.sha256(PUSH + b"KEY17").hexdigest(),
            hashlib.sha256(PUSH + b"/other").hexdigest(),
            "",
        ):
            with pytest.raises(BadSignature):
                carrier.verify({"sign": told}, PUSH)
    with pytest.raises(BadSignature, match="neither"):
        track(api_key="").verify({"sign": hashlib.sha256(PUSH + b"/").hexdigest()}, PUSH)


# --- asking
def ask(*parcels: Parcel, **credentials):
    return list(track(**credentials).fetch(parcels or [Parcel(NUMBER, carrier="yunexpress")], at=NOON))


@responses.activate
def test_known_numbers_are_answered_and_new_ones_registered():
    named = [{"number": NUMBER, "carrier": 190008}, {"number": "XX1"}]
    key = matchers.header_matcher({"17token": "KEY17"})
    responses.post(f"{URL}/gettrackinfo", json=ANSWER, match=[matchers.json_params_matcher(named), key])
    responses.post(
        f"{URL}/register",
        json={"code": 0, "data": {"accepted": [{"number": "XX1"}], "rejected": []}},
        match=[matchers.json_params_matcher([{"number": "XX1"}]), key],
    )

    found = ask(Parcel(NUMBER, carrier="yunexpress"), Parcel("XX1"))

    assert [parcel.tracking_number for parcel in found] == [NUMBER]
    assert len(responses.calls) == 2


@responses.activate
def test_a_call_takes_forty_numbers_at_most_and_none_makes_no_call():
    assert SeventeenTrack.batch == 40
    assert list(track().fetch([], at=NOON)) == []
    assert len(responses.calls) == 0


@responses.activate
@pytest.mark.parametrize(
    ("answer", "permanent", "wait"),
    [
        ({"status": 401}, True, None),
        ({"status": 200, "json": {"code": -18010002, "data": {}}}, True, None),
        ({"status": 200, "json": {"code": -18019999, "data": {}}}, False, None),
        ({"status": 429, "headers": {"Retry-After": "5"}}, False, 5.0),
        ({"status": 503}, False, None),
        ({"body": requests.ReadTimeout()}, False, None),
        ({"body": requests.ConnectionError(ConnectionResetError())}, False, None),
        ({"status": 200, "body": b"busy"}, False, None),
    ],
)
def test_a_fault_says_whether_to_ask_again_and_when(answer, permanent, wait):
    responses.post(f"{URL}/gettrackinfo", **answer)

    with pytest.raises(CarrierError) as failed:
        ask()
    assert (failed.value.permanent, failed.value.retry_after) == (permanent, wait)
    assert "KEY17" not in str(failed.value)


def test_without_a_key_nothing_is_asked():
    with pytest.raises(CarrierError, match="no key"):
        ask(api_key="")


# --- recorded bodies
@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "status", "scans"),
    [("webhook-push-payload", Status.DELIVERED, 2), ("get-track-info", Status.OUT_FOR_DELIVERY, 4)],
)
def test_the_recorded_bodies_read_with_local_times_and_places(shared, name, status, scans):
    body = (shared / "tracking" / "17track" / "examples" / f"{name}.json").read_bytes()
    (parcel,) = track().parse(body)

    assert (parcel.tracking_number, parcel.carrier) == ("1Z999AA10123456784", "ups")
    assert fold(parcel.scans).status == status
    assert len(parcel.scans) == scans
    assert all(scan.local and scan.at is None and scan.place.country for scan in parcel.scans)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["register-tracking", "stop-tracking"])
def test_the_recorded_answers_without_a_way_say_nothing(shared, name):
    assert track().parse((shared / "tracking" / "17track" / "examples" / f"{name}.json").read_bytes()) == []
