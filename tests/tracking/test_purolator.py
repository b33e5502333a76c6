"""Purolator: SOAP, local times in pieces, scans whose type is Other."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import responses
from responses import matchers

from tests.tracking.answers import body, parsed, story
from tracking.carriers import purolator
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "purolator"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
URL = "https://webservices.purolator.com/PWS/V1/Tracking/TrackingService.asmx"
PARCEL = Parcel("329014521622", carrier="purolator")


def translator(**credentials) -> purolator.Purolator:
    given = {"api_key": "key:hush", "config": {"user_token": "a&b"}} | credentials
    return purolator.Purolator(Credentials(**given))


# --- what was recorded
@pytest.mark.shared
def test_the_recorded_parcel_lies_in_montreal(shared, tmp_path):
    (parcel,) = parsed("purolator", body(shared, "purolator", "TRACKING_RESPONSE_XML"), tmp_path)

    assert (parcel["tracking_number"], parcel["status"], parcel["reason"]) == ("M123", "IN_TRANSIT", "")
    assert (
        story(parcel, "at", "local", "status", "place", "code", "message")
        == [
            (
                None,
                "2004-01-13T17:23:00",
                "IN_TRANSIT",
                "MONTREAL SORT CTR/CTR TRIE, PQ, CA",
                "Other",
                "New Tracking Number Assigned -",
            )
        ]
        * 2
    )


# --- reading
def test_a_delivered_parcels_whole_way_is_read():
    (parcel,) = translator().parse((PAYLOADS / "tracking.xml").read_bytes())

    assert [(scan.local.isoformat(), scan.status, scan.reason) for scan in parcel.scans] == [
        ("2026-03-12T13:01:15", Status.DELIVERED, ""),
        ("2026-03-12T08:37:04", Status.OUT_FOR_DELIVERY, ""),  # 83704: the leading zero is not told
        ("2026-03-11T15:10:00", Status.ATTEMPTED, Reason.NOT_HOME),
        ("2026-03-10T00:05:00", Status.IN_TRANSIT, ""),
        ("2026-03-09T17:00:00", Status.IN_TRANSIT, ""),
        ("2026-03-09T09:15:00", Status.INFO_RECEIVED, ""),
    ]
    assert {scan.at for scan in parcel.scans} == {None}
    assert fold(parcel.scans).status == Status.DELIVERED


def test_a_depot_in_a_province_is_in_canada_and_any_other_is_not_guessed():
    (parcel,) = translator().parse((PAYLOADS / "tracking.xml").read_bytes())

    assert [scan.place for scan in parcel.scans[2:]] == [
        Place("TORONTO", "ON", "CA"),
        Place("BUFFALO", "NY"),
        Place("Purolator"),
        Place(),
    ]


def test_an_error_leaves_its_parcel_out():
    assert list(translator().parse((PAYLOADS / "error.xml").read_bytes())) == []


@pytest.mark.parametrize(
    ("code", "message", "status", "reason"),
    [
        ("Other", "Shipment created", Status.INFO_RECEIVED, ""),
        ("Other", "Arrived at sort facility", Status.IN_TRANSIT, ""),
        ("Other", "Available for pickup", Status.READY_FOR_PICKUP, ""),
        ("Other", "Held at customs", Status.EXCEPTION, Reason.CUSTOMS),
        ("Other", "Released by customs", Status.IN_TRANSIT, ""),
        ("Other", "Return to shipper", Status.RETURNING, ""),
        ("Other", "Delay due to weather", Status.IN_TRANSIT, Reason.WEATHER),
        ("Undeliverable", "Zzz", Status.ATTEMPTED, Reason.UNKNOWN),
        ("Undeliverable", "Shipment refused by receiver", Status.EXCEPTION, Reason.REFUSED),
        ("Teleported", "Zzz", Status.UNKNOWN, ""),
    ],
)
def test_a_scan_is_known_by_its_type_and_where_that_is_other_by_its_sentence(code, message, status, reason):
    meaning = purolator.understand(code, message)

    assert (meaning.status, meaning.reason) == (status, reason)


@pytest.mark.parametrize(
    ("day", "hour"), [("", "172300"), ("2026-02-30", "172300"), ("2026-03-12", "256161")]
)
def test_a_scan_without_a_readable_time_is_left_out_and_leaves_a_line(day, hour, caplog):
    told = (PAYLOADS / "tracking.xml").read_text()
    told = told.replace("2026-03-12", day or " ").replace("130115", hour)

    (parcel,) = translator().parse(told.encode())
    assert "Delivery" not in {scan.code for scan in parcel.scans}
    assert "329014521622" in caplog.text


@pytest.mark.parametrize("raw", [b"<a/>", b"{}", b"<Envelope><Body><Other/></Body></Envelope>"])
def test_what_is_no_answer_of_purolator_is_refused(raw):
    with pytest.raises(BadPayload):
        translator().parse(raw)


# --- asking
@responses.activate
def test_asking_names_number_key_and_token():
    responses.post(
        URL,
        body=(PAYLOADS / "tracking.xml").read_bytes(),
        match=[
            matchers.header_matcher(
                {
                    "Authorization": "Basic a2V5Omh1c2g=",
                    "SOAPAction": "http://purolator.com/pws/service/v1/TrackPackagesByPin",
                }
            )
        ],
    )

    (found,) = translator().fetch([PARCEL], at=NOON)
    asked = responses.calls[0].request.body.decode()
    assert found.tracking_number == "329014521622"
    assert "<v1:Value>329014521622</v1:Value>" in asked
    assert "<v1:UserToken>a&amp;b</v1:UserToken>" in asked


@responses.activate
def test_an_error_inside_a_good_answer_is_an_unknown_parcel():
    responses.post(URL, body=(PAYLOADS / "error.xml").read_bytes())

    assert translator().fetch([PARCEL], at=NOON) == []


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (403, True), (429, False), (500, False)])
@responses.activate
def test_an_error_says_whether_asking_again_helps(status, permanent):
    responses.post(URL, status=status, body="<html>")

    with pytest.raises(CarrierError, match=str(status)) as failed:
        translator().fetch([PARCEL], at=NOON)
    assert failed.value.permanent is permanent


@responses.activate
def test_the_development_service_can_take_its_place():
    there = "https://devwebservices.purolator.com"
    responses.post(
        URL.replace("https://webservices.purolator.com", there), body=(PAYLOADS / "error.xml").read_bytes()
    )

    assert translator(config={"base_url": there}).fetch([PARCEL], at=NOON) == []


@pytest.mark.parametrize("api_key", ["", "key"])
def test_without_key_and_password_nothing_is_asked(api_key):
    with pytest.raises(CarrierError) as failed:
        translator(api_key=api_key).fetch([PARCEL], at=NOON)
    assert failed.value.permanent
