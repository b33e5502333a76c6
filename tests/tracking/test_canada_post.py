"""Canada Post: XML in and out of namespaces, named zones, identifiers with and without zeros, and asking."""

from datetime import UTC, date, datetime

import pytest
import responses
from responses import matchers

from tests.tracking.recorded import own, printed, recorded, state, told
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place, Window
from tracking.carriers.canada_post import CanadaPost, understand
from tracking.vocabulary import Reason, Status

NOON = datetime(2026, 7, 12, 12, 0, tzinfo=UTC)
NUMBER = "7023210000000018"
TRACK = f"https://soa-gw.canadapost.ca/vis/track/pin/{NUMBER}/detail"


def canada_post(**credentials) -> CanadaPost:
    return CanadaPost(Credentials(**({"api_key": "user:pass"} | credentials)))


def parse(body: bytes):
    return list(canada_post().parse(body))


def message(code: str, words: str) -> bytes:
    told_ = f"<message><code>{code}</code><description>{words}</description></message>"
    return f'<messages xmlns="http://www.canadapost.ca/ws/messages">{told_}</messages>'.encode()


# --- the recorded answers
@pytest.mark.shared
def test_what_was_delivered_stays_delivered_whatever_was_scanned_later(shared, tmp_path):
    body = recorded(shared, "core__canadapost", "TrackingResponseXml")
    (parcel,) = printed("canada_post", body, tmp_path)

    assert parcel["tracking_number"] == "7023210039414604"
    assert parcel["status"] == "DELIVERED"
    assert parcel["delivered_at"] == "2011-02-01T12:59:52+00:00"  # EST
    assert (parcel["eta_from"], parcel["eta_to"]) == ("2011-04-05", "2011-04-05")
    assert [tuple(scan.values()) for scan in parcel["scans"]] == [
        (
            "2011-02-03T16:59:59+00:00",
            None,
            "DELIVERED",
            "signed",
            "SAINTE-FOY, QC, CA",
            "20",
            "Signature image recorded for Online viewing",
        ),
        (
            "2011-02-03T13:27:43+00:00",
            None,
            "OUT_FOR_DELIVERY",
            "",
            "SAINTE-FOY, QC, CA",
            "0174",
            "Item out for delivery",
        ),
        (
            "2011-02-02T19:45:48+00:00",
            None,
            "IN_TRANSIT",
            "",
            "QUEBEC, QC, CA",
            "0100",
            "Item processed at postal facility",
        ),
        (
            "2011-02-02T11:19:57+00:00",
            None,
            "EXCEPTION",
            "address",
            "QUEBEC, QC, CA",
            "0173",
            "Customer addressing error found; attempting to correct. Possible delay",
        ),
        (
            "2011-02-01T12:59:52+00:00",
            None,
            "DELIVERED",
            "",
            "QUEBEC, QC, CA",
            "1496",
            "Item successfully delivered",
        ),
        (
            "2011-02-01T12:59:52+00:00",
            None,
            "DELIVERED",
            "signed",
            "QUEBEC, QC, CA",
            "20",
            "Signature image recorded for Online viewing",
        ),
    ]
    (read,) = parse(body)
    assert (read.service, read.signed_by) == ("Expedited Parcels", "HETU")
    assert read.destination == Place(postcode="K0J1T0")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["AuthError", "UnknownTrackingNumberResponse"])
def test_messages_hold_no_parcel(shared, tmp_path, name):
    assert printed("canada_post", recorded(shared, "core__canadapost", name), tmp_path) == []


# --- words
def test_times_have_the_offset_of_their_zone_and_stay_local_where_nobody_knows_it():
    (parcel,) = parse(own("canada_post", "delivered.xml"))

    assert told(parcel) == [
        ("DELIVERED", ""),
        ("OUT_FOR_DELIVERY", ""),
        ("EXCEPTION", "address"),
        ("EXCEPTION", "customs"),
        ("IN_TRANSIT", ""),
        ("INFO_RECEIVED", ""),
    ]
    assert parcel.scans[0].at == datetime(2026, 7, 10, 15, 20, 30, tzinfo=UTC)  # EDT
    assert parcel.scans[4].local == datetime(2026, 7, 5, 15, 49)  # noqa: DTZ001 (zone "ISRAEL")
    assert parcel.scans[4].place == Place("02650", "", "IL")
    assert parcel.scans[5].at == datetime(2026, 7, 4, 12, 30, tzinfo=UTC)  # NDT, -02:30
    assert parcel.scans[5].place == Place("ST. JOHN'S", "NL", "CA")
    # The changed day, not the first one.
    assert parcel.eta == Window(date(2026, 7, 10), date(2026, 7, 10))
    assert (parcel.service, parcel.signed_by) == ("Expedited Parcels", "WINTER")


@pytest.mark.parametrize(
    ("code", "said", "status", "reason", "acts"),
    [
        ("0174", "Item out for delivery", Status.OUT_FOR_DELIVERY, "", False),
        ("174", "Item out for delivery", Status.OUT_FOR_DELIVERY, "", False),
        ("1498", "Item successfully delivered to a neighbour", Status.DELIVERED, Reason.NEIGHBOUR, False),
        ("1701", "Item available for pickup at Post Office", Status.READY_FOR_PICKUP, "", False),
        ("0120", "Missing customs papers", Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS, True),
        ("0125", "Amount due", Status.EXCEPTION, Reason.PAYMENT_DUE, True),
        ("2600", "Item being returned to sender", Status.RETURNING, "", False),
        ("1408", "Item delivered to sender", Status.RETURNED, "", False),
        # Identifiers nobody mapped.
        ("9999", "Item out for delivery", Status.OUT_FOR_DELIVERY, "", False),
        ("9999", "Article en cours de livraison", Status.OUT_FOR_DELIVERY, "", False),
        ("9999", "Blue elephants", Status.UNKNOWN, "", False),
        ("", "", Status.UNKNOWN, "", False),
    ],
)
def test_an_event_means_what_its_identifier_says(code, said, status, reason, acts):
    meaning = understand(code, said)

    assert (meaning.status, meaning.reason, meaning.action_required) == (status, reason, acts)


def test_what_comes_back_after_delivery_is_on_its_way_back():
    back = own("canada_post", "delivered.xml").replace(
        b"<significant-events>",
        b"<significant-events><occurrence><event-identifier>2600</event-identifier>"
        b"<event-date>2026-07-11</event-date><event-time>09:00:00</event-time>"
        b"<event-time-zone>EDT</event-time-zone>"
        b"<event-description>Item being returned to sender</event-description></occurrence>",
    )

    (parcel,) = parse(back)
    assert state(parcel).status == Status.RETURNING


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<xml/>",
        b"<tracking-detail><pin>1</pin>",
        b"<tracking-detail><pin></pin></tracking-detail>",
        b'<?xml version="1.0" encoding="klingon"?><tracking-detail><pin>1</pin></tracking-detail>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><tracking-detail><pin>&b;</pin></tracking-detail>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><tracking-detail><pin>&b;</pin></tracking-detail>',
    ],
)
def test_what_is_no_plain_xml_of_theirs_is_refused(body):
    with pytest.raises(BadPayload):
        parse(body)


# --- asking
@responses.activate
def test_asking_names_the_version_and_the_language():
    wanted = {
        "Accept": "application/vnd.cpc.track-v2+xml",
        "Accept-language": "en-CA",
        "Authorization": "Basic dXNlcjpwYXNz",
    }
    responses.get(TRACK, body=own("canada_post", "delivered.xml"), match=[matchers.header_matcher(wanted)])

    (parcel,) = canada_post().fetch([Parcel("7023 2100 0000 0018")], at=NOON)
    assert state(parcel).status == Status.DELIVERED


@responses.activate
@pytest.mark.parametrize("status", [200, 404])
def test_a_number_without_history_is_left_out(status):
    responses.get(TRACK, status=status, body=own("canada_post", "no_history.xml"))

    assert canada_post().fetch([Parcel(NUMBER)], at=NOON) == []


@responses.activate
@pytest.mark.parametrize("status", [200, 401])
def test_a_wrong_password_is_a_permanent_fault_even_inside_a_good_answer(status):
    responses.get(TRACK, status=status, body=message("E002", "AAA Authentication Failure"))

    with pytest.raises(CarrierError, match="AAA Authentication Failure") as failed:
        canada_post().fetch([Parcel(NUMBER)], at=NOON)
    assert failed.value.permanent


@responses.activate
def test_asking_too_often_is_waited_for():
    responses.get(TRACK, status=500, body=message("Server", "Rejected by SLM Monitor"))

    with pytest.raises(CarrierError, match="too often") as failed:
        canada_post().fetch([Parcel(NUMBER)], at=NOON)
    assert (failed.value.permanent, failed.value.retry_after) == (False, 60.0)
