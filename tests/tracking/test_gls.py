"""GLS: codes that are families, a summary beside the events, ten parcels a call, a token."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import responses
from responses import matchers

from tests.tracking.answers import body, parsed, story
from tracking.carriers import gls, oauth
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "gls"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
HOST = "https://api.gls-group.net"
NUMBERS = ["91230000011", "91230000012", "91230000013", "91230000014"]
URL = f"{HOST}/track-and-trace-v1/tracking/simple/trackids/{','.join(NUMBERS)}"
PARCELS = [Parcel(number, carrier="gls") for number in NUMBERS]


@pytest.fixture(autouse=True)
def no_tokens():
    oauth.TOKENS.clear()
    yield
    oauth.TOKENS.clear()


def translator(**credentials) -> gls.Gls:
    return gls.Gls(Credentials(**({"api_key": "app:hush"} | credentials)))


def told() -> dict:
    return json.loads((PAYLOADS / "parcels.json").read_text())


def read(answer: dict) -> list:
    return list(translator().parse(json.dumps(answer).encode()))


# --- what was recorded
@pytest.mark.shared
def test_the_recorded_parcel_is_on_its_way(shared, tmp_path):
    (parcel,) = parsed("gls", body(shared, "gls", "TrackingResponse"), tmp_path)

    assert (parcel["tracking_number"], parcel["status"], parcel["reason"]) == (
        "36301917596",
        "IN_TRANSIT",
        "",
    )
    assert story(parcel, "at", "local", "status", "place", "code") == [
        ("2024-10-07T08:46:14+00:00", None, "IN_TRANSIT", "Berlin, DE", "INTIAL.NORMAL"),
        ("2024-10-07T07:30:00+00:00", None, "INFO_RECEIVED", "DE", "INTIAL.PREADVICE"),
    ]


@pytest.mark.shared
def test_the_recorded_error_leaves_its_parcel_out(shared, tmp_path):
    assert parsed("gls", body(shared, "gls", "ErrorResponse"), tmp_path) == []


# --- reading
def test_each_parcel_is_read_and_the_unknown_one_left_out():
    parcels = {parcel.tracking_number: fold(parcel.scans) for parcel in read(told())}

    assert {number: state.status for number, state in parcels.items()} == {
        "91230000011": Status.DELIVERED,
        "91230000012": Status.READY_FOR_PICKUP,
        "91230000013": Status.ATTEMPTED,
    }
    assert parcels["91230000011"].delivered_at == datetime(2026, 3, 12, 9, 20, 30, tzinfo=UTC)


def test_a_parcel_shop_is_not_the_shoppers_door():
    shop = read(told())[1].scans[0]

    assert (shop.code, shop.status) == ("DELIVD.PARCELSHOP", Status.READY_FOR_PICKUP)


def test_the_parcels_summary_speaks_where_its_events_do_not(caplog):
    unclear = read(told())[2]

    assert [(scan.status, scan.code) for scan in unclear.scans] == [
        (Status.UNKNOWN, "XYZZY.PLUGH"),
        (Status.ATTEMPTED, "NOTDELIVERED"),
    ]
    assert unclear.scans[1].at == datetime(2026, 3, 12, 13, 0, tzinfo=UTC)
    assert "XYZZY.PLUGH" in caplog.text


def test_the_summary_adds_nothing_to_events_that_say_it_already_or_say_more():
    answer = told()
    answer["parcels"][0]["status"] = "INTRANSIT"

    assert [len(parcel.scans) for parcel in read(answer)] == [4, 2, 2]


def test_a_parcel_without_events_is_where_its_summary_says():
    answer = {"parcels": [told()["parcels"][0] | {"events": None, "status": "PREADVICE"}]}

    (parcel,) = read(answer)
    assert [(scan.status, scan.at) for scan in parcel.scans] == [
        (Status.INFO_RECEIVED, datetime(2026, 3, 12, 9, 20, 30, tzinfo=UTC))
    ]


def test_final_is_the_end_of_the_history_and_not_a_delivery():
    answer = {"parcels": [told()["parcels"][0] | {"events": [], "status": "FINAL"}]}

    assert read(answer)[0].scans == ()


@pytest.mark.parametrize(
    ("code", "message", "status", "reason"),
    [
        ("INTIAL.PREADVICE", "", Status.INFO_RECEIVED, ""),
        ("INTIAL.SOMETHING_NEW", "", Status.IN_TRANSIT, ""),
        ("INBOUD.NORMAL", "The parcel has reached the parcel center.", Status.IN_TRANSIT, ""),
        ("OUTBOD.NORMAL", "The parcel has left the parcel center.", Status.IN_TRANSIT, ""),
        (
            "OUTDEL.NORMAL",
            "The parcel is expected to be delivered during the day.",
            Status.OUT_FOR_DELIVERY,
            "",
        ),
        ("DELIVD.DEL_BY_PSAPP", "", Status.DELIVERED, ""),
        ("CANCEL.NORMAL", "The parcel data have been deleted.", Status.CANCELLED, ""),
        ("DELIVD.NEW", "The parcel has been delivered to a neighbour.", Status.DELIVERED, Reason.NEIGHBOUR),
        ("NODELI.NEW", "Der Empfänger war nicht anwesend.", Status.ATTEMPTED, Reason.NOT_HOME),
        ("", "The parcel is out for delivery.", Status.OUT_FOR_DELIVERY, ""),
    ],
)
def test_a_code_is_known_by_itself_by_its_family_or_by_its_sentence(code, message, status, reason):
    meaning = gls.understand(code, message)

    assert (meaning.status, meaning.reason) == (status, reason)


def test_a_time_without_an_offset_stays_local():
    answer = told()
    answer["parcels"][0]["events"][0]["eventDateTime"] = "2026-03-12T10:20:30"

    first = read(answer)[0].scans[0]
    assert (first.at, first.local.isoformat()) == (None, "2026-03-12T10:20:30")


@pytest.mark.parametrize("raw", [b"{}", b"[]", b'{"parcels": 1}'])
def test_what_is_no_answer_of_gls_is_refused(raw):
    with pytest.raises(BadPayload):
        translator().parse(raw)


# --- asking
def grant() -> None:
    responses.post(
        f"{HOST}/oauth2/v2/token",
        json={"access_token": "T1", "token_type": "Bearer", "expires_in": 14400},
        match=[
            matchers.urlencoded_params_matcher(
                {"grant_type": "client_credentials", "client_id": "app", "client_secret": "hush"}
            )
        ],
    )


@responses.activate
def test_ten_parcels_are_asked_about_in_one_call_with_a_token():
    grant()
    responses.get(
        URL,
        json=told(),
        match=[matchers.header_matcher({"Authorization": "Bearer T1", "Accept-Language": "EN"})],
    )

    found = translator().fetch(PARCELS, at=NOON)
    assert [parcel.tracking_number for parcel in found] == NUMBERS[:3]
    assert len(responses.calls) == 2
    assert gls.Gls.batch == 10


@responses.activate
def test_an_answer_about_another_parcel_is_not_taken_for_ours():
    grant()
    responses.get(f"{HOST}/track-and-trace-v1/tracking/simple/trackids/42", json=told())

    assert translator().fetch([Parcel("42")], at=NOON) == []


@responses.activate
def test_the_history_of_an_earlier_parcel_with_the_number_is_not_taken_for_ours():
    grant()
    responses.get(f"{HOST}/track-and-trace-v1/tracking/simple/trackids/91230000011", json=told())
    ours = Parcel("91230000011", created_at=datetime(2026, 9, 1, tzinfo=UTC))

    assert translator().fetch([ours], at=NOON) == []


@responses.activate
def test_a_number_cannot_lead_the_call_elsewhere():
    grant()
    responses.get(f"{HOST}/track-and-trace-v1/tracking/simple/trackids/ETCPASSWD", json={"parcels": []})

    assert translator().fetch([Parcel("../../etc/passwd?")], at=NOON) == []


@responses.activate
def test_quota_and_wrong_keys_are_told_apart():
    grant()
    fault = {"fault": {"faultstring": "Rate limit quota violation", "detail": {}}}
    responses.get(URL, status=429, json=fault, headers={"Retry-After": "60"})
    with pytest.raises(CarrierError, match="429") as failed:
        translator().fetch(PARCELS, at=NOON)
    assert (failed.value.permanent, failed.value.retry_after) == (False, 60.0)

    responses.replace(
        responses.POST,
        f"{HOST}/oauth2/v2/token",
        status=400,
        json={"errors": [{"message": "Invalid client identifier"}]},
    )
    with pytest.raises(CarrierError, match="Invalid client identifier") as refused:
        translator(api_key="app:wrong").fetch(PARCELS, at=NOON)
    assert refused.value.permanent
    assert "wrong" not in str(refused.value)


@responses.activate
def test_the_sandbox_can_take_its_place():
    sandbox = "https://api-sandbox.gls-group.net"
    responses.post(f"{sandbox}/oauth2/v2/token", json={"access_token": "S", "expires_in": 60})
    responses.get(f"{sandbox}/track-and-trace-v1/tracking/simple/trackids/91230000011", json=told())

    (parcel,) = translator(config={"base_url": sandbox}).fetch(PARCELS[:1], at=NOON)
    assert parcel.tracking_number == "91230000011"
