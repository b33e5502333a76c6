"""Sendle: answers without a number, UTC beside local times, events nobody signed."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import responses
from responses import matchers

from tests.tracking.answers import body, parsed, story
from tracking.carriers import sendle
from tracking.carriers.base import BadPayload, BadSignature, CarrierError, Credentials, Parcel, Place, Window
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "sendle"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
URL = "https://api.sendle.com/api/tracking/SPORCH1"
PARCEL = Parcel("SPORCH1", carrier="sendle")


def translator(**credentials) -> sendle.Sendle:
    return sendle.Sendle(Credentials(**({"api_key": "shop_id:hush"} | credentials)))


# --- what was recorded
@pytest.mark.shared
def test_the_recorded_parcel_is_in_the_mailbox(shared, tmp_path):
    (parcel,) = parsed("sendle", body(shared, "sendle", "TrackingResponse"), tmp_path)

    assert (parcel["tracking_number"], parcel["status"], parcel["reason"]) == ("?", "DELIVERED", "safe-place")
    assert parcel["delivered_at"] == "2023-04-05T18:56:00+00:00"
    assert (parcel["eta_from"], parcel["eta_to"]) == (None, None)
    assert story(parcel, "at", "status", "place") == [
        (
            "2023-04-03T08:20:00+00:00",
            "INFO_RECEIVED",
            "",
        ),  # the courier came in vain: not an attempt to deliver
        ("2023-04-04T16:12:00+00:00", "IN_TRANSIT", ""),
        ("2023-04-04T20:55:00+00:00", "IN_TRANSIT", "TEANECK, NJ, US"),
        ("2023-04-04T22:43:00+00:00", "IN_TRANSIT", "JERSEY CITY NJ NETWORK DISTRIBUTION CENTER, US"),
        ("2023-04-05T03:14:00+00:00", "IN_TRANSIT", "NEW YORK NY DISTRIBUTION CENTER, US"),
        ("2023-04-05T12:04:00+00:00", "IN_TRANSIT", "NEW YORK, NY, US"),
        ("2023-04-05T12:59:00+00:00", "IN_TRANSIT", "NEW YORK, NY, US"),
        ("2023-04-05T13:10:00+00:00", "OUT_FOR_DELIVERY", "NEW YORK, NY, US"),
        ("2023-04-05T18:56:00+00:00", "DELIVERED", "NEW YORK, NY, US"),
    ]
    assert {local for (local,) in story(parcel, "local")} == {None}


@pytest.mark.shared
def test_the_recorded_error_leaves_its_parcel_out(shared, tmp_path):
    assert parsed("sendle", body(shared, "sendle", "ErrorResponse"), tmp_path) == []


# --- reading
def test_a_card_left_asks_the_shopper_to_act():
    (parcel,) = translator().parse((PAYLOADS / "parcel.json").read_bytes())
    state = fold(parcel.scans)

    assert (state.status, state.reason, state.action_required) == (Status.ATTEMPTED, Reason.NOT_HOME, True)
    assert parcel.eta == Window(date(2026, 3, 11), date(2026, 3, 13))
    assert parcel.origin == parcel.destination == Place(country="AU")
    assert [(scan.status, scan.place) for scan in parcel.scans] == [
        (Status.INFO_RECEIVED, Place()),
        (Status.IN_TRANSIT, Place("Sydney", "NSW", "AU", "2000")),
        (Status.IN_TRANSIT, Place()),
        (Status.OUT_FOR_DELIVERY, Place()),
        (Status.ATTEMPTED, Place("Fitzroy", "VIC", "AU")),
    ]


@pytest.mark.parametrize(
    ("code", "message", "reason", "status", "why"),
    [
        ("Pickup Attempted", "We attempted to pick up the parcel", "Not home", Status.INFO_RECEIVED, ""),
        ("Drop Off", "", "", Status.INFO_RECEIVED, ""),
        ("Dropped off", "", "", Status.IN_TRANSIT, ""),
        ("Local Delivery", "", "", Status.IN_TRANSIT, ""),
        ("Left with Agent", "", "", Status.READY_FOR_PICKUP, ""),
        ("Damaged", "", "", Status.EXCEPTION, Reason.DAMAGED),
        ("Expired", "", "", Status.CANCELLED, ""),
        ("Delivered", "Parcel delivered to a neighbour", "", Status.DELIVERED, Reason.NEIGHBOUR),
        ("In Transit", "Parcel is being returned to sender", "", Status.RETURNING, ""),
        ("Delivery Attempted", "", "Recipient refused the parcel", Status.EXCEPTION, Reason.REFUSED),
        ("Info", "Arrived at the depot for processing", "", Status.IN_TRANSIT, ""),
        ("Info", "Zzz", "", Status.UNKNOWN, ""),
    ],
)
def test_an_event_is_known_by_its_type_and_its_sentence(code, message, reason, status, why):
    meaning = sendle.understand(code, message, reason)

    assert (meaning.status, meaning.reason) == (status, why)


def test_a_pushed_event_is_read_but_never_let_in():
    pushed = (PAYLOADS / "pushed_event.json").read_bytes()

    (parcel,) = translator().parse(pushed)
    assert (parcel.tracking_number, parcel.scans[0].status) == ("SPORCH1", Status.DELIVERED)
    assert parcel.scans[0].place == Place("Eugene", "OR", "US", "97405")
    with pytest.raises(BadSignature):
        translator(secret="anything").verify({}, pushed)


@pytest.mark.parametrize("raw", [b"{}", b"[]", b'{"tracking_events": "none"}', b'{"sendle_reference": ""}'])
def test_what_is_no_answer_of_sendle_is_refused(raw):
    with pytest.raises(BadPayload):
        translator().parse(raw)


# --- asking
@responses.activate
def test_the_answer_gets_the_number_it_was_asked_by():
    responses.get(
        URL,
        body=(PAYLOADS / "parcel.json").read_bytes(),
        match=[matchers.header_matcher({"Authorization": "Basic c2hvcF9pZDpodXNo"})],
    )

    (found,) = translator().fetch([PARCEL], at=NOON)
    assert found.tracking_number == "SPORCH1"


@responses.activate
def test_an_unknown_parcel_is_left_out():
    responses.get(URL, status=404, body=(PAYLOADS / "not_found.json").read_bytes())

    assert translator().fetch([PARCEL], at=NOON) == []


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (402, True), (429, False), (503, False)])
@responses.activate
def test_an_error_says_whether_asking_again_helps(status, permanent):
    responses.get(URL, status=status, json={"error": "x", "error_description": "because of hush"})

    with pytest.raises(CarrierError, match="because of") as failed:
        translator().fetch([PARCEL], at=NOON)
    assert failed.value.permanent is permanent
    assert "hush" not in str(failed.value)


@responses.activate
def test_the_sandbox_can_take_its_place():
    responses.get(
        "https://sandbox.sendle.com/api/tracking/SPORCH1", body=(PAYLOADS / "parcel.json").read_bytes()
    )
    config = {"base_url": "https://sandbox.sendle.com/api/"}

    assert len(translator(config=config).fetch([PARCEL], at=NOON)) == 1


@pytest.mark.parametrize("api_key", ["", "hush"])
def test_without_id_and_key_nothing_is_asked(api_key):
    with pytest.raises(CarrierError) as failed:
        translator(api_key=api_key).fetch([PARCEL], at=NOON)
    assert failed.value.permanent
