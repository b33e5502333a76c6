"""Australia Post: sentences instead of codes, consignments of several articles, ten parcels a call."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import responses
from responses import matchers

from tests.tracking.answers import body, parsed, story
from tracking.carriers import australia_post
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "australia_post"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
URL = "https://digitalapi.auspost.com.au/shipping/v1/track"


def translator(**credentials) -> australia_post.AustraliaPost:
    given = {"api_key": "key:hush", "config": {"account_number": "0001002003"}} | credentials
    return australia_post.AustraliaPost(Credentials(**given))


def read(name: str = "results.json") -> dict:
    parcels = translator().parse((PAYLOADS / name).read_bytes())
    return {parcel.tracking_number: parcel for parcel in parcels}


# --- what was recorded
@pytest.mark.shared
def test_the_recorded_parcels_are_read_with_their_offsets(shared, tmp_path):
    abroad, delivered, overseas = parsed(
        "australia_post", body(shared, "australiapost", "TrackingResponse"), tmp_path
    )

    assert (abroad["tracking_number"], abroad["status"]) == ("ET123456789AU", "IN_TRANSIT")
    assert story(abroad, "at", "status", "place") == [
        ("2021-02-02T21:08:00+00:00", "IN_TRANSIT", ""),
        ("2021-01-29T00:31:00+00:00", "IN_TRANSIT", ""),
        ("2021-01-28T17:54:00+00:00", "IN_TRANSIT", ""),
        ("2021-01-27T14:59:11+00:00", "IN_TRANSIT", "BRISBANE, QLD, AU"),
        ("2021-01-27T12:51:48+00:00", "IN_TRANSIT", "BRISBANE, QLD, AU"),
        ("2021-01-27T00:06:59+00:00", "IN_TRANSIT", "BEENLEIGH, QLD, AU"),
        ("2021-01-26T16:04:03+00:00", "INFO_RECEIVED", ""),
        ("2021-01-26T13:22:43+00:00", "INFO_RECEIVED", ""),
    ]
    assert (delivered["status"], delivered["reason"]) == ("DELIVERED", "safe-place")
    assert delivered["delivered_at"] == "2021-01-21T00:04:27+00:00"
    assert story(delivered, "status", "reason", "place") == [
        ("DELIVERED", "safe-place", "KEW, VIC, AU"),
        ("OUT_FOR_DELIVERY", "", "OAKLEIGH SOUTH, VIC, AU"),
        ("IN_TRANSIT", "", ""),
        ("IN_TRANSIT", "", "SUNSHINE WEST, VIC, AU"),
        ("IN_TRANSIT", "", ""),
        ("IN_TRANSIT", "", "CHULLORA, NSW, AU"),
        ("IN_TRANSIT", "customs", "SYDNEY, NSW, AU"),
        ("IN_TRANSIT", "", "CHICAGO, US"),
        ("IN_TRANSIT", "", "US"),
    ]
    assert (overseas["status"], overseas["reason"]) == ("DELIVERED", "")
    assert overseas["delivered_at"] == "2021-02-01T20:38:56+00:00"
    assert story(overseas, "status", "reason", "place") == [
        ("DELIVERED", "", "NZ"),
        ("OUT_FOR_DELIVERY", "", "NZ"),
        ("OUT_FOR_DELIVERY", "", ""),
        ("IN_TRANSIT", "", "NZ"),
        ("IN_TRANSIT", "", ""),
        ("IN_TRANSIT", "customs", ""),
        ("IN_TRANSIT", "", ""),
        ("IN_TRANSIT", "", ""),
        ("INFO_RECEIVED", "", ""),
        ("INFO_RECEIVED", "", ""),
    ]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["TrackingErrorResponse", "ErrorResponse"])
def test_recorded_errors_leave_their_parcels_out(shared, tmp_path, name):
    assert parsed("australia_post", body(shared, "australiapost", name), tmp_path) == []


# --- reading
def test_an_id_with_errors_is_left_out():
    assert "7XX1000" not in read()


def test_a_consignment_is_as_far_as_its_last_article():
    found = read()

    assert fold(found["MULTI00001"].scans).status == Status.IN_TRANSIT
    assert fold(found["MULTI00001A"].scans).status == Status.DELIVERED
    assert fold(found["MULTI00001B"].scans).status == Status.IN_TRANSIT


def test_an_articles_own_status_speaks_where_its_events_do_not():
    damaged = read()["33AUS0000013"]

    assert (damaged.scans[-1].status, damaged.scans[-1].reason) == (Status.EXCEPTION, Reason.DAMAGED)
    assert damaged.scans[-1].code == "Article damaged"
    assert fold(damaged.scans).status == Status.EXCEPTION
    assert read()["33AUS0000013"] == damaged  # asked again it is the same scan again


def test_an_articles_status_that_its_events_say_too_is_not_repeated():
    waiting = read()["33AUS0000012"]

    assert fold(waiting.scans).status == Status.READY_FOR_PICKUP
    assert [scan.code for scan in waiting.scans] == [""] * 4


@pytest.mark.parametrize(
    ("message", "status", "reason"),
    [
        ("Delivered - Left in a safe place", Status.DELIVERED, Reason.SAFE_PLACE),
        ("Delivered - to a neighbour", Status.DELIVERED, Reason.NEIGHBOUR),
        ("Delivered to parcel locker", Status.DELIVERED, Reason.LOCKER),
        ("Leave in a safe place requested by Receiver", Status.IN_TRANSIT, ""),
        ("Onboard with driver", Status.OUT_FOR_DELIVERY, ""),
        ("Attempted delivery - customer card left", Status.ATTEMPTED, Reason.NOT_HOME),
        ("Delivery attempted", Status.ATTEMPTED, Reason.UNKNOWN),
        ("Item is in Customs", Status.IN_TRANSIT, Reason.CUSTOMS),
        ("Item cleared by Customs", Status.IN_TRANSIT, ""),
        ("Item held by Customs", Status.EXCEPTION, Reason.CUSTOMS),
        ("Return to sender", Status.RETURNING, ""),
        ("Delivered to sender", Status.RETURNED, ""),
        ("Your parcel is out for delivery today", Status.OUT_FOR_DELIVERY, ""),
        ("Zzz", Status.UNKNOWN, ""),
    ],
)
def test_a_sentence_means_what_it_says(message, status, reason):
    meaning = australia_post.understand(message)

    assert (meaning.status, meaning.reason) == (status, reason)


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ("KEW VIC", Place("KEW", "VIC", "AU")),
        ("CHICAGO (US)", Place("CHICAGO", country="US")),
        ("US-60199, UNITED STATES", Place(country="US", postcode="60199")),
        ("NZ", Place(country="NZ")),
        ("Sydney,NSW", Place("Sydney", "NSW", "AU")),
        ("Transit Scan", Place()),
        ("HERMES GATEWAY", Place("HERMES GATEWAY")),
        (None, Place()),
    ],
)
def test_a_place_is_told_in_many_ways(told, place):
    event = {"location": told, "description": "Arrived at facility", "date": "2026-03-12T08:00:00+11:00"}
    article = {"article_id": "A1", "events": [event]}
    raw = json.dumps({"tracking_results": [{"tracking_id": "A1", "trackable_items": [article]}]}).encode()

    assert translator().parse(raw)[0].scans[0].place == place


def test_a_time_without_an_offset_stays_local():
    event = {"description": "Delivered", "date": "2022-08-18 11:45:57"}
    article = {"article_id": "A1", "events": [event, {"description": "Delivered", "date": "today"}]}
    raw = json.dumps({"tracking_results": [{"tracking_id": "A1", "trackable_items": [article]}]}).encode()

    (scan,) = translator().parse(raw)[0].scans
    assert (scan.at, scan.local.isoformat()) == (None, "2022-08-18T11:45:57")


@pytest.mark.parametrize("raw", [b"{}", b"[]", b'{"tracking_results": "none"}'])
def test_what_is_no_answer_of_australia_post_is_refused(raw):
    with pytest.raises(BadPayload):
        translator().parse(raw)


# --- asking
@responses.activate
def test_several_parcels_are_asked_about_in_one_call():
    wanted = {"tracking_ids": "33AUS0000012,7XX1000,MULTI00001"}
    signed = {"Authorization": "Basic a2V5Omh1c2g=", "Account-Number": "0001002003"}
    responses.get(
        URL,
        body=(PAYLOADS / "results.json").read_bytes(),
        match=[matchers.query_param_matcher(wanted), matchers.header_matcher(signed)],
    )

    asked = [Parcel("33AUS 0000012"), Parcel("7XX1000"), Parcel("MULTI00001")]
    found = translator().fetch(asked, at=NOON)
    assert [parcel.tracking_number for parcel in found] == ["33AUS 0000012", "MULTI00001"]
    assert australia_post.AustraliaPost.batch == 10


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (403, True), (429, False), (503, False)]
)
@responses.activate
def test_an_error_says_whether_asking_again_helps(status, permanent):
    responses.get(URL, status=status, body=(PAYLOADS / "errors.json").read_bytes())

    with pytest.raises(CarrierError, match="10 or less") as failed:
        translator().fetch([Parcel("33AUS0000012")], at=NOON)
    assert failed.value.permanent is permanent
    assert "hush" not in str(failed.value)


@responses.activate
def test_the_test_bed_can_take_its_place():
    responses.get(
        "https://digitalapi.auspost.com.au/test/shipping/v1/track",
        body=(PAYLOADS / "results.json").read_bytes(),
    )
    config = {"account_number": "1", "base_url": "https://digitalapi.auspost.com.au/test"}

    assert len(translator(config=config).fetch([Parcel("33AUS0000012")], at=NOON)) == 1


@pytest.mark.parametrize("credentials", [{"api_key": ""}, {"api_key": "key"}, {"config": {}}])
def test_credentials_that_lack_something_are_a_permanent_fault(credentials):
    with pytest.raises(CarrierError) as failed:
        translator(**credentials).fetch([Parcel("33AUS0000012")], at=NOON)
    assert failed.value.permanent
