"""DPD: SOAP and JSON, local times, a login that lasts, faults that are no HTTP errors."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import responses
from responses import matchers

from tests.tracking.answers import body, parsed, story
from tracking.carriers import dpd, oauth
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "dpd"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
LOGIN = "https://wsshipper.dpd.be" + dpd.LOGIN
TRACKING = "https://wsshipper.dpd.be" + dpd.TRACKING
local = datetime.fromisoformat
PARCEL = Parcel("0530 8801 4100 58", carrier="dpd")
TOKEN = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<ns:getAuthResponse xmlns:ns="http://dpd.com/common/service/types/LoginService/2.1"><return>'
    "<delisId>KD1</delisId><authToken>{token}</authToken><depot>0530</depot>"
    "<authTokenExpires>{until}</authTokenExpires></return></ns:getAuthResponse></soap:Body></soap:Envelope>"
)


@pytest.fixture(autouse=True)
def no_tokens():
    oauth.TOKENS.clear()
    yield
    oauth.TOKENS.clear()


def translator(**credentials) -> dpd.Dpd:
    return dpd.Dpd(Credentials(**({"api_key": "KD1:pass&word"} | credentials)))


def fetch(at: datetime = NOON, **credentials):
    return list(translator(**credentials).fetch([PARCEL], at=at))


def grant(value: str = "T1", until: str = "2026-03-13T12:00:00.5") -> str:
    return TOKEN.format(token=value, until=until)


# --- what was recorded
@pytest.mark.shared
def test_the_recorded_parcel_is_back_at_the_depot_after_an_attempt_and_not_on_its_way_back(shared, tmp_path):
    (parcel,) = parsed("dpd", body(shared, "dpd", "TrackingResponse"), tmp_path)

    assert (parcel["status"], parcel["reason"]) == ("ATTEMPTED", "unknown")
    assert parcel["tracking_number"] == "?"  # DPD does not name the parcel it answers about
    assert parcel["delivered_at"] is None
    assert story(parcel, "local", "status", "place") == [
        ("2021-08-17T19:11:26", "IN_TRANSIT", "Puurs, BE"),
        ("2021-08-17T19:48:00", "IN_TRANSIT", "Puurs, BE"),
        ("2021-08-18T04:09:55", "IN_TRANSIT", "Mechelen, BE"),
        ("2021-08-18T07:34:34", "OUT_FOR_DELIVERY", "Mechelen, BE"),
        ("2021-08-18T10:14:00", "OUT_FOR_DELIVERY", "Aschaffenburg, DE"),
        ("2021-08-18T14:43:31", "ATTEMPTED", "Mechelen, BE"),
        ("2021-08-18T14:43:31", "ATTEMPTED", "Aschaffenburg, DE"),
        ("2021-08-18T16:09:35", "READY_FOR_PICKUP", "Mechelen, BE"),
        ("2021-08-18T16:15:56", "READY_FOR_PICKUP", "Mechelen, BE"),
        ("2021-08-18T16:16:57", "READY_FOR_PICKUP", "Mechelen, BE"),
        ("2021-08-18T16:41:00", "READY_FOR_PICKUP", "Mechelen, BE"),
        ("2021-08-19T10:30:00", "OUT_FOR_DELIVERY", "Mechelen, BE"),
        ("2021-08-19T11:32:51", "OUT_FOR_DELIVERY", "Mechelen, BE"),
        ("2021-08-19T15:57:33", "IN_TRANSIT", "Mechelen, BE"),
        ("2021-08-19T17:11:26", "ATTEMPTED", "Mechelen, BE"),
    ]
    assert {at for (at,) in story(parcel, "at")} == {None}
    assert parcel["scans"][-1]["code"] == "ReturningFromDelivery"


@pytest.mark.shared
def test_the_recorded_fault_says_nothing_about_a_parcel(shared, tmp_path):
    assert parsed("dpd", body(shared, "dpd", "ErrorResponse"), tmp_path) == []


# --- reading
def test_the_json_service_is_read_like_the_soap_service():
    (parcel,) = translator().parse((PAYLOADS / "rest.json").read_bytes())

    assert parcel.service == "DPD CLASSIC"
    assert [(scan.status, scan.reason, scan.local) for scan in parcel.scans] == [
        (Status.INFO_RECEIVED, "", local("2026-03-09T16:00:00")),
        (Status.IN_TRANSIT, "", local("2026-03-10T00:05:00")),
        (Status.OUT_FOR_DELIVERY, "", local("2026-03-12T07:31:00")),
        (Status.DELIVERED, Reason.NEIGHBOUR, local("2026-03-12T12:10:09")),
    ]


def test_a_status_that_has_not_been_reached_yet_is_no_scan():
    (parcel,) = translator().parse((PAYLOADS / "rest.json").read_bytes())

    assert "Customs" not in {scan.code for scan in parcel.scans}


@pytest.mark.parametrize(
    ("told", "when"),
    [
        ("8/7/2026 7:11:26 PM", local("2026-08-07T19:11:26")),
        ("12/31/2026 12:00:00 AM", local("2026-12-31T00:00:00")),
        ("12/31/2026 12:30:00 PM", local("2026-12-31T12:30:00")),
        ("07.08.2026, 19:11", local("2026-08-07T19:11:00")),
        ("07-08-2026 7:11:26 PM", local("2026-08-07T19:11:26")),
        ("07/08/2026 19:11:26", local("2026-08-07T19:11:26")),
        ("2026-08-07T19:11:26", local("2026-08-07T19:11:26")),
    ],
)
def test_a_time_is_read_in_the_manner_of_its_language(told, when):
    answer = json.loads((PAYLOADS / "rest.json").read_text())
    status = answer["getTrackingDataResponse"]["trackingResult"]["statusInfo"][0]
    status["date"]["content"] = told

    (parcel,) = translator().parse(json.dumps(answer).encode())
    assert (parcel.scans[0].local, parcel.scans[0].at) == (when, None)


@pytest.mark.parametrize("told", ["13/31/2026 1:00:00 PM", "soon", "", None])
def test_a_status_without_a_readable_time_is_left_out_and_leaves_a_line(told, caplog):
    answer = json.loads((PAYLOADS / "rest.json").read_text())
    answer["getTrackingDataResponse"]["trackingResult"]["statusInfo"][1]["date"] = {"content": told}

    (parcel,) = translator().parse(json.dumps(answer).encode())
    assert "PickedUp" not in {scan.code for scan in parcel.scans}
    assert "PickedUp" in caplog.text


def test_the_german_tracking_page_names_its_parcel():
    told = {
        "parcellifecycleResponse": {
            "parcelLifeCycleData": {
                "shipmentInfo": {"parcelLabelNumber": "01234567890123", "productName": "Small Parcel, B2C"},
                "statusInfo": [
                    {
                        "status": "ON_THE_ROAD",
                        "label": "On the road",
                        "description": {"content": ["Your parcel is moving."]},
                        "statusHasBeenReached": True,
                        "location": "Aschaffenburg",
                        "date": "12.03.2026, 04:15",
                    }
                ],
            }
        }
    }

    (parcel,) = translator().parse(json.dumps(told).encode())
    assert (parcel.tracking_number, parcel.service) == ("01234567890123", "Small Parcel, B2C")
    assert (parcel.scans[0].status, parcel.scans[0].place.city) == (Status.IN_TRANSIT, "Aschaffenburg")


def test_a_status_nobody_mapped_is_understood_by_its_words_or_unknown(caplog):
    assert dpd.understand("NewWord", "The parcel was refused by the consignee.").reason == Reason.REFUSED
    assert dpd.understand("NewWord", "Zzz").status == Status.UNKNOWN
    assert "NewWord" in caplog.text


@pytest.mark.parametrize("raw", [b"<a><b/></a>", b'{"a": 1}', b"[1]"])
def test_what_is_no_answer_of_dpd_is_refused(raw):
    with pytest.raises(BadPayload):
        translator().parse(raw)


# --- asking
@responses.activate
def test_it_logs_in_once_and_asks_with_the_token():
    responses.post(LOGIN, body=grant())
    responses.post(TRACKING, body=(PAYLOADS / "soap.xml").read_bytes())

    assert [parcel.tracking_number for parcel in fetch() + fetch()] == [PARCEL.tracking_number] * 2
    login, first, second = (call.request for call in responses.calls)
    assert login.url == LOGIN
    assert "<password>pass&amp;word</password>" in login.body.decode()
    assert first.headers["SOAPAction"].endswith("/ParcelLifeCycleService/2.0/getTrackingData")
    for asked in (first, second):
        assert "<authToken>T1</authToken>" in asked.body.decode()
        assert "<parcelLabelNumber>05308801410058</parcelLabelNumber>" in asked.body.decode()


@responses.activate
def test_a_token_is_not_used_beyond_its_end():
    responses.post(LOGIN, body=grant("T1", "2026-03-12T13:00:00"))
    responses.post(TRACKING, body=(PAYLOADS / "soap.xml").read_bytes())
    fetch()
    responses.replace(responses.POST, LOGIN, body=grant("T2"))
    fetch(at=NOON.replace(hour=13))

    assert "<authToken>T2</authToken>" in responses.calls[-1].request.body.decode()


@responses.activate
def test_a_token_that_is_refused_is_replaced_once():
    fault = (PAYLOADS / "fault.xml").read_bytes().replace(b"ERR_AUTHENTICATION", b"TOKEN_EXPIRED")
    responses.post(LOGIN, body=grant("T1"))
    responses.post(LOGIN, body=grant("T2"))
    responses.post(TRACKING, body=fault, status=500)
    responses.post(TRACKING, body=(PAYLOADS / "soap.xml").read_bytes())

    assert len(fetch()) == 1
    assert "<authToken>T2</authToken>" in responses.calls[-1].request.body.decode()


@responses.activate
def test_a_refused_login_is_permanent_and_tells_no_password():
    responses.post(LOGIN, body=(PAYLOADS / "fault.xml").read_bytes(), status=500)

    with pytest.raises(CarrierError, match="check delisId and password") as failed:
        fetch()
    assert failed.value.permanent
    assert "pass&word" not in str(failed.value)


@responses.activate
def test_another_fault_passes():
    responses.post(LOGIN, body=grant())
    fault = (PAYLOADS / "fault.xml").read_bytes().replace(b"DELICOM_ERR_AUTHENTICATION", b"SYSTEM_BUSY")
    responses.post(TRACKING, body=fault, status=500)

    with pytest.raises(CarrierError, match="SYSTEM_BUSY") as failed:
        fetch()
    assert not failed.value.permanent


@responses.activate
def test_a_fault_of_the_service_itself_is_about_the_number():
    responses.post(LOGIN, body=grant())
    fault = (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
        "<faultcode>soap:Server</faultcode><faultstring>Fault occured</faultstring><detail>"
        '<ns:faults xmlns:ns="http://dpd.com/common/service/types/ParcelLifeCycleService/2.0">'
        "<faultCode>PLC_UNKNOWN</faultCode><message>No data</message></ns:faults>"
        "</detail></soap:Fault></soap:Body></soap:Envelope>"
    )
    responses.post(TRACKING, body=fault, status=500)

    assert fetch() == []


@responses.activate
def test_a_token_that_is_refused_twice_is_a_permanent_fault():
    responses.post(LOGIN, body=grant())
    responses.post(TRACKING, body=(PAYLOADS / "fault.xml").read_bytes(), status=500)

    with pytest.raises(CarrierError, match="DELICOM_ERR_AUTHENTICATION") as failed:
        fetch()
    assert failed.value.permanent
    assert len(responses.calls) == 4


@responses.activate
def test_faults_on_the_way_pass_and_patience_is_passed_on():
    responses.post(LOGIN, body=grant())
    responses.post(TRACKING, status=429, headers={"Retry-After": "30"})
    with pytest.raises(CarrierError) as failed:
        fetch()
    assert (failed.value.permanent, failed.value.retry_after) == (False, 30.0)

    responses.replace(responses.POST, TRACKING, body=requests.ReadTimeout())
    with pytest.raises(CarrierError, match="could not be reached"):
        fetch()

    responses.replace(responses.POST, TRACKING, body="<html>")
    with pytest.raises(CarrierError, match="could not be read"):
        fetch()


@responses.activate
def test_another_countrys_dpd_can_be_asked():
    responses.post("https://wsshipper.dpd.nl" + dpd.LOGIN, body=grant())
    responses.post(
        "https://wsshipper.dpd.nl" + dpd.TRACKING,
        body=(PAYLOADS / "soap.xml").read_bytes(),
        match=[matchers.header_matcher({"Content-Type": "text/xml;charset=UTF-8"})],
    )

    assert len(fetch(config={"base_url": "https://wsshipper.dpd.nl/"})) == 1


@pytest.mark.parametrize("api_key", ["", "KD1", "KD1:", ":x"])
def test_without_id_and_password_nothing_is_asked(api_key):
    with pytest.raises(CarrierError) as failed:
        fetch(api_key=api_key)
    assert failed.value.permanent
