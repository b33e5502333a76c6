"""EasyPost: its words, its days and hours, its signature, and asking it."""

import hashlib
import hmac
import json
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tracking.carriers.base import BadPayload, BadSignature, Credentials, Place, Window
from tracking.carriers.easypost import EasyPost
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "easypost"
NUMBER = "1Z999AA10123456784"


def easypost(**credentials) -> EasyPost:
    return EasyPost(Credentials(**credentials))


def payload(name: str) -> dict:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def parse(body: object) -> list:
    return list(easypost().parse(json.dumps(body).encode()))


def one_scan(status, detail="unknown", message="", **more):
    """Return what EasyPost's words about one scan become."""
    told = {"status": status, "status_detail": detail, "message": message, **more}
    told["datetime"] = "2026-03-12T15:00:00Z"
    return parse({"tracking_code": NUMBER, "tracking_details": [told]})[0].scans[0]


# --- shapes
def test_an_event_a_tracker_a_list_and_a_page_say_the_same():
    event = payload("delivered_event")
    tracker = event["result"]

    told = [parse(shape) for shape in (event, tracker, [tracker], {"trackers": [tracker], "has_more": False})]
    assert told[0] == told[1] == told[2] == told[3]
    assert len(told[0]) == 1


def test_a_delivered_parcel_is_read_whole():
    parcel = parse(payload("delivered_event"))[0]

    assert parcel.tracking_number == NUMBER
    assert parcel.carrier == "ups"
    assert parcel.service == "UPS Ground"
    assert parcel.signed_by == "OKAFOR"
    assert parcel.told_at == datetime(2026, 3, 12, 20, 5, tzinfo=UTC)
    assert parcel.origin == Place("ASTORIA", "OR", "US", "97103")
    assert [scan.status for scan in parcel.scans] == [
        Status.INFO_RECEIVED,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
    ]
    assert [scan.code for scan in parcel.scans] == ["MP", "OR", "OT", "KB"]


@pytest.mark.parametrize("description", ["refund.successful", "batch.created", "tracker.vanished", "", None])
def test_events_about_anything_else_say_nothing(description):
    assert parse(payload("delivered_event") | {"description": description}) == []


@pytest.mark.parametrize(
    "body", [{"error": {"message": "no"}}, {"tracking_code": ""}, {"tracking_code": None}, [1], "x"]
)
def test_what_is_neither_event_nor_tracker_is_refused(body):
    with pytest.raises(BadPayload):
        parse(body)


def test_a_tracker_without_details_still_tells_its_status_once():
    tracker = payload("no_details")

    first = parse(tracker)[0]
    later = parse(tracker | {"updated_at": "2026-03-11T09:00:00Z"})[0]
    assert [scan.status for scan in first.scans] == [Status.INFO_RECEIVED]
    assert first.scans[0].fingerprint == later.scans[0].fingerprint


def test_a_scan_nobody_can_date_is_left_out_and_logged(caplog):
    with caplog.at_level(logging.WARNING):
        parcels = parse(payload("trackers_page"))

    assert [scan.message for scan in parcels[1].scans] == [
        "Customs clearance: invoice required",
        "Item teleported",
    ]
    assert "no readable time" in caplog.text


def test_a_time_without_an_offset_stays_local():
    scan = parse(payload("trackers_page"))[0].scans[0]

    assert scan.at is None
    assert scan.local == datetime(2026, 3, 12, 17, 0)  # noqa: DTZ001


def test_countries_become_two_letters_and_the_rest_keeps_its_spelling():
    location = {"city": "MÜNCHEN", "state": None, "country": "DEU", "zip": 80331}

    assert one_scan("in_transit", tracking_location=location).place == Place("MÜNCHEN", "", "DE", "80331")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UPSDAP", "ups"),
        ("FedExDefault", "fedex"),
        ("DHLExpress", "dhl_express"),
        ("RoyalMail", "royal_mail"),
        ("DPDUK", "dpd_uk"),
        ("CanadaPost", "canada_post"),
        ("Pigeon Post GmbH", "pigeon_post_gmbh"),
        (None, ""),
    ],
)
def test_the_carrier_gets_our_code_and_is_never_easypost_itself(name, code):
    assert parse({"tracking_code": NUMBER, "carrier": name})[0].carrier == code


# --- words
@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("pre_transit", Status.INFO_RECEIVED),
        ("in_transit", Status.IN_TRANSIT),
        ("out_for_delivery", Status.OUT_FOR_DELIVERY),
        ("delivered", Status.DELIVERED),
        ("available_for_pickup", Status.READY_FOR_PICKUP),
        ("return_to_sender", Status.RETURNING),
        ("failure", Status.EXCEPTION),
        ("cancelled", Status.CANCELLED),
        ("error", Status.EXCEPTION),
        ("unknown", Status.UNKNOWN),
        (None, Status.UNKNOWN),
    ],
)
def test_each_status_has_its_word(status, ours):
    assert one_scan(status).status == ours


@pytest.mark.parametrize(
    ("status", "detail", "ours", "reason", "act"),
    [
        ("in_transit", "weather_delay", Status.IN_TRANSIT, Reason.WEATHER, False),
        ("failure", "weather_delay", Status.IN_TRANSIT, Reason.WEATHER, False),
        ("in_transit", "delayed", Status.IN_TRANSIT, Reason.CARRIER_DELAY, False),
        ("out_for_delivery", "delayed", Status.OUT_FOR_DELIVERY, Reason.CARRIER_DELAY, False),
        ("in_transit", "missorted", Status.IN_TRANSIT, Reason.CARRIER_DELAY, False),
        ("in_transit", "damaged", Status.EXCEPTION, Reason.DAMAGED, False),
        ("unknown", "lost", Status.EXCEPTION, Reason.LOST, False),
        ("failure", "refused", Status.EXCEPTION, Reason.REFUSED, False),
        ("return_to_sender", "refused", Status.RETURNING, Reason.REFUSED, False),
        ("in_transit", "address_correction", Status.EXCEPTION, Reason.ADDRESS, True),
        ("failure", "awaiting_information", Status.EXCEPTION, Reason.ADDRESS, True),
        ("in_transit", "arrived_at_pickup_location", Status.READY_FOR_PICKUP, "", False),
        ("in_transit", "return", Status.RETURNING, "", False),
        ("unknown", "departed_facility", Status.IN_TRANSIT, "", False),
        ("pre_transit", "arrived_at_facility", Status.INFO_RECEIVED, "", False),
        ("in_transit", "expired", Status.EXPIRED, "", False),
        ("in_transit", "transit_exception", Status.EXCEPTION, Reason.UNKNOWN, False),
        ("delivered", "damaged", Status.DELIVERED, "", False),
        ("delivered", "arrived_at_destination", Status.DELIVERED, "", False),
        ("available_for_pickup", "held", Status.READY_FOR_PICKUP, "", False),
        ("in_transit", "status_update", Status.IN_TRANSIT, "", False),
        (None, "label_created", Status.INFO_RECEIVED, "", False),
    ],
)
def test_the_detail_refines_the_status(status, detail, ours, reason, act):
    scan = one_scan(status, detail)

    assert (scan.status, scan.reason, scan.action_required) == (ours, reason, act)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Delivery Attempted - No Access to Delivery Location", Reason.UNKNOWN),
        ("Notice Left (No Authorized Recipient Available)", Reason.NOT_HOME),
        ("Delivery exception: Customer not available or business closed", Reason.NOT_HOME),
        (
            "The receiver was not available at the first delivery attempt. A second attempt will be made.",
            Reason.NOT_HOME,
        ),
        ("Nobody home, card left", Reason.NOT_HOME),
        ("Unsuccessful delivery attempt", Reason.UNKNOWN),
    ],
)
@pytest.mark.parametrize("status", ["failure", "in_transit"])
def test_a_visit_to_a_closed_door_is_an_attempt(status, message, reason):
    scan = one_scan(status, "delivery_exception" if status == "failure" else "status_update", message)

    assert (scan.status, scan.reason) == (Status.ATTEMPTED, reason)


@pytest.mark.parametrize(
    "message",
    [
        "Delivery will be attempted on the next business day",
        "A second delivery attempt will be made",
        "Delivery to be attempted tomorrow",
        "Delivery has not been attempted",
    ],
)
def test_an_attempt_still_to_come_is_none(message):
    assert one_scan("in_transit", "unknown", message).status == Status.IN_TRANSIT


@pytest.mark.parametrize(
    ("message", "ours"),
    [
        ("Delivered, To Original Sender", Status.RETURNED),
        ("Returned to shipper", Status.RETURNED),
        ("Delivered", Status.RETURNED),
        ("Package will be returned to sender", Status.RETURNING),
        ("The package is being returned to the sender", Status.RETURNING),
        ("Could not be delivered; return to sender requested", Status.RETURNING),
        ("Undeliverable as addressed", Status.RETURNING),
    ],
)
def test_a_return_is_over_only_when_it_has_arrived(message, ours):
    assert one_scan("return_to_sender", "return", message).status == ours


def test_delivered_to_the_original_sender_is_no_delivery():
    assert (
        one_scan("delivered", "arrived_at_destination", "Delivered, To Original Sender").status
        == Status.RETURNED
    )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Delivered, Front Door/Porch", Reason.SAFE_PLACE),
        ("Left with neighbor", Reason.NEIGHBOUR),
        ("Delivered, Parcel Locker", Reason.LOCKER),
        ("Signed for by: OKAFOR", Reason.SIGNED),
        ("Delivered", ""),
    ],
)
def test_where_it_was_left_is_the_reason_of_a_delivery(message, reason):
    assert one_scan("delivered", "arrived_at_destination", message).reason == reason


@pytest.mark.parametrize(
    ("message", "reason", "act"),
    [
        ("Customs clearance: invoice required", Reason.CUSTOMS_DOCUMENTS, True),
        ("Clearance delay - Import", Reason.CUSTOMS, False),
        ("Duties and taxes are due", Reason.PAYMENT_DUE, True),
        ("Insufficient Address", Reason.ADDRESS, True),
        ("Package damaged in transit", Reason.DAMAGED, False),
        ("Held, action required", Reason.UNKNOWN, True),
        ("", Reason.UNKNOWN, False),
    ],
)
def test_the_message_names_the_reason_the_codes_leave_open(message, reason, act):
    scan = one_scan("failure", "delivery_exception", message)

    assert (scan.status, scan.reason, scan.action_required) == (Status.EXCEPTION, reason, act)


def test_a_status_nobody_knows_is_kept_raw_and_logged(caplog):
    with caplog.at_level(logging.WARNING):
        scan = one_scan("teleported", "departed_facility", "Gone")

    assert (scan.status, scan.code, scan.message) == (Status.UNKNOWN, "teleported", "Gone")
    assert "'teleported'" in caplog.text


# --- the delivery window
DAY = date(2026, 3, 12)
DAYS = Window(DAY, DAY)
AT_EIGHT = Window(DAY, DAY, None, datetime(2026, 3, 13, 3, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("stamp", "local_day", "local_hour", "window"),
    [
        pytest.param("2026-03-12T00:00:00Z", None, None, DAYS, id="midnight is a day, not an instant"),
        pytest.param("2026-03-12T20:00:00Z", None, None, DAYS, id="a Z behind unknown local time"),
        pytest.param("2026-03-12", None, None, DAYS, id="a bare day"),
        pytest.param("2026-03-12T17:00:00", None, None, DAYS, id="no offset at all"),
        pytest.param(
            "2026-03-12T20:00:00-07:00",
            None,
            None,
            AT_EIGHT,
            id="a true offset",
        ),
        pytest.param("2026-03-12T00:00:00-07:00", None, None, DAYS, id="midnight somewhere is a day"),
        pytest.param("2026-03-13T00:00:00Z", "2026-03-12", None, DAYS, id="the local day wins"),
        pytest.param("2026-03-12T20:00:00Z", "2026-03-12", "20:00:00", DAYS, id="local time called Z"),
        pytest.param(
            "2026-03-13T03:00:00Z",
            "2026-03-12",
            "20:00:00",
            AT_EIGHT,
            id="both told: the zone follows",
        ),
        pytest.param(
            None,
            "2026-03-12",
            "20:00:00-07:00",
            AT_EIGHT,
            id="a local hour with its offset",
        ),
        pytest.param(None, "2026-03-12", "20:00:00", DAYS, id="a local hour alone"),
        pytest.param("2026-03-12T20:00:11Z", "2026-03-12", "13:00:00", DAYS, id="no zone is that far off"),
        pytest.param(None, None, None, None, id="nothing"),
        pytest.param("soon", "soon", "soon", None, id="no times at all"),
        pytest.param("0001-01-01T01:00:00+14:00", None, None, None, id="before time began"),
    ],
)
def test_pitfall_8_the_estimated_day_is_that_of_the_destination(stamp, local_day, local_hour, window):
    detail = {"est_delivery_date_local": local_day, "est_delivery_time_local": local_hour}
    tracker = {"tracking_code": NUMBER, "est_delivery_date": stamp, "carrier_detail": detail}

    assert parse(tracker)[0].eta == window


# --- webhooks
def test_a_signature_with_the_normalised_secret_is_accepted():
    # Our own vector: U+212B (Å, the Ångström sign) decomposes to A and a ring under NFKD.
    body = b'{"id":"evt_1","description":"tracker.updated"}'
    signature = "hmac-sha256-hex=74bdb71a0303394e8118e625613f9ab6e1b2b11886aca54551778ba3d77f9cfa"

    easypost(secret="\u212bngstr\u00f6m").verify({"x-hmac-signature": signature}, body)
    easypost(secret="A\u030angstro\u0308m").verify({"x-hmac-signature": signature}, body)


def test_one_changed_byte_or_another_secret_is_refused():
    body = b'{"id":"evt_1"}'
    signature = "hmac-sha256-hex=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()

    easypost(secret="secret").verify({"x-hmac-signature": signature}, body)
    for secret, headers, changed in [
        ("secret", {"x-hmac-signature": signature}, body + b"\n"),
        ("other", {"x-hmac-signature": signature}, body),
        ("", {"x-hmac-signature": signature}, body),
        ("secret", {"x-hmac-signature": signature.removeprefix("hmac-sha256-hex=")}, body),
        ("secret", {"x-hmac-signature": signature.upper()}, body),
        ("secret", {}, body),
    ]:
        with pytest.raises(BadSignature):
            easypost(secret=secret).verify(headers, changed)


@pytest.mark.shared
def test_the_published_signature_vector_matches(shared):
    body = (shared / "tracking" / "easypost" / "event-body.json").read_bytes()
    headers = {
        "x-hmac-signature": "hmac-sha256-hex=38f3f53c103713df81616a0a186d77141957323ec21d5fe9363db93840f527db"
    }

    assert body.endswith(b"\n")
    easypost(secret="s\u00e9cret").verify(headers, body[:-1])
    with pytest.raises(BadSignature):
        easypost(secret="s\u00e9cret").verify(headers, body)


def test_a_delivery_is_known_by_its_event_and_topic():
    body = (PAYLOADS / "delivered_event.json").read_bytes()

    assert easypost().delivery_id({}, body) == "evt_hp_delivered"
    assert easypost().topic({}, body) == "tracker.updated"
    assert easypost().delivery_id({}, (PAYLOADS / "no_details.json").read_bytes()) == ""
    assert easypost().delivery_id({}, b"{") == ""


# --- recorded
@pytest.mark.shared
def test_every_recorded_tracker_is_read(shared):
    for path in (shared / "tracking" / "easypost").glob("*.json"):
        for parcel in easypost().parse(path.read_bytes()):
            assert parcel.carrier in ("usps", "fedex")
            assert parcel.scans
            assert Status.UNKNOWN not in {scan.status for scan in parcel.scans}
            assert parcel.told_at - parcel.scans[-1].at < timedelta(days=60)
