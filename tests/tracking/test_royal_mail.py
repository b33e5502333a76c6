"""Royal Mail: event codes, windows with offsets, errors per item, and asking."""

from datetime import UTC, date, datetime

import pytest
import responses
from responses import matchers

from tests.tracking.recorded import own, printed, recorded, state, told
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place, Window
from tracking.carriers.royal_mail import RoyalMail, understand
from tracking.vocabulary import Reason, Status

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NUMBER = "AB123456785GB"
EVENTS = f"https://api.royalmail.net/mailpieces/v2/{NUMBER}/events"


def royal_mail(**credentials) -> RoyalMail:
    return RoyalMail(Credentials(**({"api_key": "client:secret"} | credentials)))


def parse(body: bytes):
    return list(royal_mail().parse(body))


# --- the recorded answers
@pytest.mark.shared
def test_a_mis_sorted_item_is_on_its_way_and_late(shared, tmp_path):
    body = recorded(shared, "community__royalmail", "TrackingResponseJSON")
    (parcel,) = printed("royal_mail", body, tmp_path)

    assert parcel["tracking_number"] == "090367574000000FE1E1B"
    assert (parcel["status"], parcel["reason"]) == ("IN_TRANSIT", "carrier-delay")
    assert (parcel["eta_from"], parcel["eta_to"]) == (
        "2017-02-20T07:00:00+00:00",
        "2017-02-20T10:00:00+00:00",
    )
    assert parcel["scans"] == [
        {
            "at": "2016-10-20T09:04:00+00:00",
            "local": None,
            "status": "IN_TRANSIT",
            "reason": "carrier-delay",
            "place": "Stafford DO",
            "code": "EVNMI",
            "message": "Forwarded - Mis-sort",
        }
    ]
    (read,) = parse(body)
    assert (read.signed_by, read.service) == ("Simon", "Special Delivery Guaranteed")
    assert read.origin == read.destination == Place(country="GB")


@pytest.mark.shared
def test_an_error_holds_no_parcel(shared, tmp_path):
    body = recorded(shared, "community__royalmail", "TrackingErrorResponseJSON")

    assert printed("royal_mail", body, tmp_path) == []


# --- words
def test_a_delivered_item_is_read_whole():
    (parcel,) = parse(own("royal_mail", "events.json"))

    assert told(parcel) == [
        ("DELIVERED", "safe-place"),
        ("OUT_FOR_DELIVERY", ""),
        ("ATTEMPTED", "not-home"),
        ("IN_TRANSIT", ""),
        ("INFO_RECEIVED", ""),
    ]
    assert parcel.scans[4].local == datetime(2026, 3, 10, 9, 0)  # noqa: DTZ001
    assert parcel.eta == Window(
        date(2026, 3, 12),
        date(2026, 3, 12),
        datetime(2026, 3, 12, 11, 30, tzinfo=UTC),
        datetime(2026, 3, 12, 13, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("code", "said", "status", "reason"),
    [
        ("EVKSP", "Delivered and Signed", Status.DELIVERED, Reason.SIGNED),
        ("EVKOP", "Delivered by", Status.DELIVERED, ""),
        ("EVKLS", "Delivered to Your Collection Point by", Status.READY_FOR_PICKUP, ""),
        ("EVPLC", "Collected", Status.DELIVERED, ""),
        ("EVKNR", "Delivery Attempted", Status.ATTEMPTED, Reason.UNKNOWN),
        ("EVNRT", "Item Retention", Status.IN_TRANSIT, ""),
        ("EVGMI", "In Transit", Status.IN_TRANSIT, ""),
        # Codes nobody mapped.
        ("EVXXX", "Returned to sender", Status.RETURNING, ""),
        ("EVXXX", "Blue elephants", Status.UNKNOWN, ""),
    ],
)
def test_an_event_means_what_its_code_says(code, said, status, reason):
    meaning = understand(code, said)

    assert (meaning.status, meaning.reason) == (status, reason)


def test_a_summary_is_its_last_event_and_an_item_with_an_error_is_left_out():
    (parcel,) = parse(own("royal_mail", "summaries.json"))

    assert parcel.tracking_number == "AB123456799GB"
    assert state(parcel).status == Status.READY_FOR_PICKUP
    assert parcel.scans[0].code == "EVPLA"


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"mailPieces": {}}', b'{"mailPieces": 5}', b"<xml/>"])
def test_what_royal_mail_does_not_send_is_refused(body):
    with pytest.raises(BadPayload):
        parse(body)


# --- asking
@responses.activate
def test_asking_carries_both_halves_of_the_key_and_accepts_the_terms():
    wanted = {
        "X-IBM-Client-Id": "client",
        "X-IBM-Client-Secret": "secret",
        "X-Accept-RMG-Terms": "yes",
        "Accept": "application/json",
    }
    responses.get(EVENTS, body=own("royal_mail", "events.json"), match=[matchers.header_matcher(wanted)])

    (parcel,) = royal_mail().fetch([Parcel("AB 1234 5678 5GB")], at=NOON)
    assert state(parcel).status == Status.DELIVERED


@responses.activate
def test_an_item_that_answers_under_its_long_number_is_still_ours():
    body = own("royal_mail", "events.json").replace(
        b'"mailPieceId": "AB123456785GB"', b'"mailPieceId": "0900001"'
    )
    responses.get(EVENTS, body=body)

    (parcel,) = royal_mail().fetch([Parcel(NUMBER)], at=NOON)
    assert parcel.tracking_number == NUMBER


@responses.activate
@pytest.mark.parametrize("status", [400, 404])
def test_an_item_nobody_knows_is_left_out(status):
    fault = {"errorCode": "E1142", "errorDescription": "Barcode reference isn't recognised"}
    responses.get(EVENTS, status=status, json={"httpCode": str(status), "errors": [fault]})

    assert royal_mail().fetch([Parcel(NUMBER)], at=NOON) == []


@responses.activate
def test_a_refused_request_is_a_permanent_fault():
    responses.get(EVENTS, status=400, body=own("royal_mail", "refused.json"))

    with pytest.raises(CarrierError, match="Failed header validation") as failed:
        royal_mail().fetch([Parcel(NUMBER)], at=NOON)
    assert failed.value.permanent
