"""AfterShip: its tags, its signature, and asking it. The network is played."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests
import responses
from responses import matchers

from tracking.carriers.aftership import AfterShip
from tracking.carriers.aftership_words import SUBTAGS, TAGS, understand
from tracking.carriers.base import BadSignature, CarrierError, Credentials, Parcel
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "aftership"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
URL = "https://api.aftership.com/tracking/2025-01/trackings"
NUMBER = "00340434161094042557"
BODY = (PAYLOADS / "delivered_webhook.json").read_bytes()
TRACKING = json.loads(BODY)["msg"]


def aftership(**credentials) -> AfterShip:
    return AfterShip(Credentials(**({"secret": "as secret", "api_key": "asat_1"} | credentials)))


# --- words
@pytest.mark.parametrize(
    ("tag", "subtag", "message", "means"),
    [
        (
            "Delivered",
            "Delivered_001",
            "Delivered - Left at front door",
            (Status.DELIVERED, Reason.SAFE_PLACE),
        ),
        ("Delivered", "Delivered_003", "", (Status.DELIVERED, Reason.SIGNED)),
        ("Delivered", "Delivered_005", "", (Status.DELIVERED, Reason.NEIGHBOUR)),
        ("InTransit", "InTransit_005", "Released by customs", (Status.IN_TRANSIT, "")),
        ("InTransit", "InTransit_006", "", (Status.IN_TRANSIT, Reason.CUSTOMS)),
        ("AttemptFail", "AttemptFail_002", "", (Status.ATTEMPTED, Reason.NOT_HOME)),
        ("AttemptFail", "AttemptFail_003", "", (Status.ATTEMPTED, Reason.NOT_HOME)),
        ("AvailableForPickup", "AvailableForPickup_001", "", (Status.READY_FOR_PICKUP, "")),
        ("Exception", "Exception_001", "Barcode unreadable", (Status.EXCEPTION, Reason.UNKNOWN)),
        ("Exception", "Exception_001", "Package damaged", (Status.EXCEPTION, Reason.DAMAGED)),
        ("Exception", "Exception_003", "", (Status.EXCEPTION, Reason.REFUSED)),
        ("Exception", "Exception_004", "", (Status.EXCEPTION, Reason.CUSTOMS)),
        ("Exception", "Exception_006", "", (Status.EXCEPTION, Reason.PAYMENT_DUE)),
        ("Exception", "Exception_007", "", (Status.EXCEPTION, Reason.ADDRESS)),
        ("Exception", "Exception_008", "", (Status.EXCEPTION, Reason.UNCLAIMED)),
        ("Exception", "Exception_010", "", (Status.RETURNING, "")),
        ("Exception", "Exception_011", "", (Status.RETURNED, "")),
        ("Exception", "Exception_013", "", (Status.EXCEPTION, Reason.LOST)),
        ("Exception", "Exception_017", "", (Status.IN_TRANSIT, Reason.WEATHER)),
        ("Exception", "Exception_020", "", (Status.CANCELLED, "")),
        ("Exception", "Exception_999", "", (Status.EXCEPTION, Reason.UNKNOWN)),
        ("Expired", "Expired_001", "", (Status.EXPIRED, "")),
        ("Teleported", "Teleported_001", "", (Status.UNKNOWN, "")),
        ("Teleported", "Teleported_001", "Out for delivery", (Status.OUT_FOR_DELIVERY, "")),
    ],
)
def test_tag_subtag_and_sentence_mean_one_thing_together(tag, subtag, message, means):
    found = understand(tag, subtag, message)

    assert (found.status, found.reason) == means


def test_the_shopper_must_act_on_address_money_and_papers_only():
    acts = {subtag for subtag, meaning in SUBTAGS.items() if meaning.action_required}

    assert acts == {"Exception_002", "Exception_006", "Exception_007", "Exception_018"}
    assert {subtag.partition("_")[0] for subtag in SUBTAGS} <= set(TAGS)


def test_a_webhook_is_read_with_places_window_and_times():
    (parcel,) = aftership().parse(BODY)

    assert (parcel.tracking_number, parcel.carrier, parcel.service) == (NUMBER, "dhl", "DHL Paket")
    assert (parcel.signed_by, str(parcel.destination)) == ("Nachbar", "Berlin, DE")
    assert parcel.told_at == datetime(2026, 3, 12, 12, 6, 30, tzinfo=UTC)
    assert (parcel.eta.from_at, parcel.eta.to_at) == (
        datetime(2026, 3, 12, 11, 0, tzinfo=UTC),
        datetime(2026, 3, 12, 14, 0, tzinfo=UTC),
    )
    assert str(parcel.scans[2].place) == "Börnicke, DE"


def test_a_time_with_an_offset_is_an_instant_and_one_without_stays_local():
    scans = aftership().parse(BODY)[0].scans

    assert scans[0].at == datetime(2026, 3, 9, 17, 2, 11, tzinfo=UTC)
    assert (scans[4].at, scans[4].local) == (None, datetime(2026, 3, 12, 13, 4))  # noqa: DTZ001
    assert (scans[4].status, scans[4].reason) == (Status.DELIVERED, Reason.NEIGHBOUR)


def test_an_older_answer_is_read_with_three_letter_countries_and_an_expected_day():
    first, second = aftership().parse((PAYLOADS / "trackings_page.json").read_bytes())

    assert (first.carrier, first.origin.country, first.destination.country) == ("fedex", "CA", "US")
    assert first.eta.to_date == date(2026, 3, 11)
    assert [scan.place.country for scan in first.scans] == ["CA", "US", "US"]
    assert first.scans[1].place.city == "MEMPHIS"
    assert first.scans[1].reason == Reason.PAYMENT_DUE
    assert first.scans[1].action_required
    assert fold(first.scans).status == Status.RETURNING
    assert (second.carrier, second.scans) == ("new_courier", ())


def test_what_only_the_tracking_itself_says_becomes_the_last_scan():
    lost = TRACKING | {
        "tag": "Exception",
        "subtag": "Exception_013",
        "checkpoints": TRACKING["checkpoints"][:3],
    }
    (parcel,) = aftership().parse(json.dumps({"msg": lost, "event": "tracking_update"}).encode())

    assert len(parcel.scans) == 4
    assert (parcel.scans[-1].status, parcel.scans[-1].reason) == (Status.EXCEPTION, Reason.LOST)
    assert parcel.scans[-1].at == parcel.told_at


def test_a_delivery_after_the_way_back_began_is_a_return():
    points = [
        {
            "checkpoint_time": "2026-03-10T10:00:00Z",
            "tag": "Exception",
            "subtag": "Exception_010",
            "message": "RTS",
        },
        {
            "checkpoint_time": "2026-03-12T10:00:00Z",
            "tag": "Delivered",
            "subtag": "Delivered_001",
            "message": "Delivered",
        },
    ]
    body = {"msg": TRACKING | {"checkpoints": points, "subtag": "Delivered_001"}}

    assert fold(aftership().parse(json.dumps(body).encode())[0].scans).status == Status.RETURNED


def test_an_answer_about_couriers_says_nothing():
    assert aftership().parse((PAYLOADS / "couriers.json").read_bytes()) == []


# --- signatures
def signed(body: bytes = BODY, key: str = "as secret") -> dict[str, str]:
    made = hmac.new(key.encode(), body, hashlib.sha256).digest()
    return {"aftership-hmac-sha256": base64.b64encode(made).decode()}


def test_the_signature_is_base64_over_the_raw_bytes():
    aftership().verify(signed(), BODY)
    for headers in (signed(BODY + b" "), signed(key="other"), {}, {"aftership-hmac-sha256": "ünïcode"}):
        with pytest.raises(BadSignature):
            aftership().verify(headers, BODY)


def test_the_event_names_itself_and_is_the_same_over_retries():
    assert aftership().topic({}, BODY) == "tracking_update"
    assert aftership().delivery_id({}, BODY) == "5f2f4b2e-4d1c-4a53-9b9b-0c7f0e0f8d11"
    assert aftership().delivery_id({}, b'{"data": {"event_id": "x"}}') == ""


# --- asking
KEY = {"as-api-key": "asat_1"}


def ask(*parcels: Parcel, **credentials):
    return list(aftership(**credentials).fetch(parcels or [Parcel(NUMBER, carrier="dhl")], at=NOON))


def listed(*trackings: dict) -> dict:
    return {
        "meta": {"code": 200},
        "data": {"trackings": list(trackings), "pagination": {"has_next_page": False}},
    }


@responses.activate
def test_all_parcels_are_asked_about_in_one_call():
    other = TRACKING | {"tracking_number": "1Z999AA10123456784", "slug": "ups"}
    params = {"tracking_numbers": f"{NUMBER},1Z999AA10123456784", "limit": "200"}
    responses.get(
        URL,
        json=listed(TRACKING, other),
        match=[matchers.query_param_matcher(params), matchers.header_matcher(KEY)],
    )

    found = ask(Parcel(NUMBER, carrier="dhl"), Parcel("1Z999AA10123456784", carrier="ups"))

    assert [parcel.carrier for parcel in found] == ["dhl", "ups"]
    assert len(responses.calls) == 1


@responses.activate
def test_a_parcel_nobody_follows_yet_is_followed_from_now_on():
    responses.get(URL, json=listed())
    wanted = {"tracking_number": NUMBER, "slug": "dhl-germany"}
    responses.post(
        URL,
        status=201,
        json={"meta": {"code": 201}, "data": TRACKING | {"checkpoints": [], "tag": "Pending"}},
        match=[matchers.json_params_matcher(wanted), matchers.header_matcher(KEY)],
    )

    (parcel,) = ask()
    assert (parcel.tracking_number, parcel.scans) == (NUMBER, ())


@responses.activate
def test_of_two_couriers_with_one_number_the_parcels_own_is_taken():
    responses.get(URL, json=listed(TRACKING | {"slug": "gls"}, TRACKING))

    assert ask()[0].carrier == "dhl"


@responses.activate
@pytest.mark.parametrize("code", [4003, 4005, 4012])
def test_a_number_aftership_cannot_follow_is_left_out(code):
    responses.get(URL, json=listed())
    responses.post(
        URL, status=400, json={"meta": {"code": code, "message": "no", "type": "BadRequest"}, "data": {}}
    )

    assert ask() == []


@responses.activate
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("answer", "permanent", "wait"),
    [
        ({"status": 401, "json": {"meta": {"code": 401, "message": "Invalid API key."}}}, True, None),
        ({"status": 429, "json": {"meta": {"code": 429, "message": "too many"}}}, False, 10.0),
        ({"status": 429, "headers": {"Retry-After": "45"}}, False, 45.0),
        ({"status": 500, "json": {"meta": {"code": 500}}}, False, None),
        ({"body": requests.ReadTimeout()}, False, None),
        ({"body": requests.ConnectionError(ConnectionResetError())}, False, None),
        ({"status": 200, "body": b"[]"}, False, None),
    ],
)
def test_a_fault_says_whether_to_ask_again_and_when(method, answer, permanent, wait):
    if method == "POST":
        responses.get(URL, json=listed())
    responses.add(method, URL, **answer)

    with pytest.raises(CarrierError) as failed:
        ask()
    assert (failed.value.permanent, failed.value.retry_after) == (permanent, wait)
    assert "asat_1" not in str(failed.value)


# --- recorded bodies
@pytest.mark.shared
def test_every_recorded_answer_is_read_or_says_nothing(shared):
    files = sorted((shared / "tracking" / "aftership").glob("*/*Result.json"))
    told = {path.stem: aftership().parse(path.read_bytes()) for path in files}

    assert len(files) > 10
    assert {name for name, parcels in told.items() if parcels} == {
        "CreateTrackingResult",
        "DeleteTrackingResult",
        "GetLastCheckpointResult",
        "GetTrackingResult",
        "GetTrackingsResult",
        "MarkAsCompletedResult",
        "ReTrackResult",
        "UpdateTrackingResult",
    }
    assert all(
        scan.status != Status.UNKNOWN for parcels in told.values() for p in parcels for scan in p.scans
    )


@pytest.mark.shared
def test_the_recorded_tracking_keeps_its_offsets_places_and_window(shared):
    body = (shared / "tracking" / "aftership" / "tracking" / "GetTrackingResult.json").read_bytes()
    (parcel,) = aftership().parse(body)

    assert (parcel.carrier, parcel.origin.country, parcel.destination.country) == ("fedex", "CN", "JP")
    assert parcel.scans[1].at == datetime(2018, 7, 23, 8, 58, tzinfo=UTC)
    assert str(parcel.scans[1].place) == "DONGGUAN, CN"
    assert parcel.eta.to_at == datetime(2022, 1, 5, 11, 11, 11, tzinfo=UTC)
    assert fold(parcel.scans).delivered_at == datetime(2018, 7, 25, 1, 10, tzinfo=UTC)
    released = [scan for scan in parcel.scans if "release" in scan.message]
    assert {scan.status for scan in released} == {Status.IN_TRANSIT}
    assert {scan.reason for scan in released} == {""}


@pytest.mark.shared
def test_recorded_times_without_an_offset_stay_local(shared):
    body = (shared / "tracking" / "aftership" / "tracking" / "UpdateTrackingResult.json").read_bytes()
    (parcel,) = aftership().parse(body)

    assert parcel.scans
    assert all(scan.local and not scan.at for scan in parcel.scans)
