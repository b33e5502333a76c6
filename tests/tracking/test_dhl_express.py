"""DHL Express: checkpoint codes, offsets beside local times, and asking."""

from datetime import UTC, date, datetime

import pytest
import responses
from responses import matchers

from tests.tracking.recorded import own, state, told
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place, Window
from tracking.carriers.dhl_express import DHLExpress, understand
from tracking.vocabulary import Reason, Status

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NUMBER = "1234567891"
TRACK = f"https://express.api.dhl.com/mydhlapi/shipments/{NUMBER}/tracking"


def express(**credentials) -> DHLExpress:
    return DHLExpress(Credentials(**({"api_key": "user:pass"} | credentials)))


def parse(body: bytes):
    return list(express().parse(body))


def test_a_parcel_through_customs_is_read_whole():
    (parcel,) = parse(own("dhl_express", "delivered.json"))

    assert told(parcel) == [
        ("IN_TRANSIT", ""),
        ("IN_TRANSIT", ""),
        ("IN_TRANSIT", "customs"),
        ("EXCEPTION", "customs-documents"),
        ("IN_TRANSIT", ""),  # released: the words still say clearance
        ("ATTEMPTED", "not-home"),
        ("OUT_FOR_DELIVERY", ""),
        ("DELIVERED", ""),
    ]
    assert parcel.scans[3].action_required
    assert parcel.scans[0].at == datetime(2026, 3, 9, 16, 31, tzinfo=UTC)
    assert parcel.scans[-1].at == datetime(2026, 3, 12, 10, 7, tzinfo=UTC)
    assert [str(scan.place) for scan in parcel.scans[:3]] == ["Lisbon, PT", "Leipzig, DE", "Vienna, AT"]
    assert parcel.eta == Window(date(2026, 3, 12), date(2026, 3, 12))
    assert (parcel.signed_by, parcel.service) == ("A Winter", "EXPRESS WORLDWIDE")
    assert parcel.origin == Place("Lisboa", "", "PT", "1100-148")
    assert parcel.destination == Place("Wien", "", "AT", "1040")


def test_without_an_offset_a_time_stays_local():
    (parcel,) = parse(own("dhl_express", "no_offsets.json"))

    assert [scan.at for scan in parcel.scans] == [None, None]
    assert parcel.scans[0].local == datetime(2026, 3, 10, 14, 29)  # noqa: DTZ001
    assert state(parcel).status == Status.RETURNING


@pytest.mark.parametrize(
    ("code", "said", "status", "reason", "acts"),
    [
        ("PU", "Shipment picked up", Status.IN_TRANSIT, "", False),
        ("WC", "With delivery courier", Status.OUT_FOR_DELIVERY, "", False),
        ("OK", "Delivered", Status.DELIVERED, "", False),
        ("OK", "Delivered to a neighbour", Status.DELIVERED, Reason.NEIGHBOUR, False),
        ("CC", "Awaiting collection by recipient as requested", Status.READY_FOR_PICKUP, "", False),
        ("BA", "Address information needed", Status.EXCEPTION, Reason.ADDRESS, False),
        ("RD", "Recipient refused delivery", Status.EXCEPTION, Reason.REFUSED, False),
        ("HP", "Available upon receipt of payment", Status.EXCEPTION, Reason.PAYMENT_DUE, True),
        ("CD", "Clearance event", Status.EXCEPTION, Reason.CUSTOMS, False),
        ("UD", "Clearance delay", Status.EXCEPTION, Reason.CUSTOMS, False),
        ("OH", "Shipment on hold", Status.EXCEPTION, Reason.UNKNOWN, False),
        ("RT", "Returned to shipper", Status.RETURNING, "", False),
        ("Z9", "Shipment is out with courier for delivery", Status.OUT_FOR_DELIVERY, "", False),
        ("Z9", "Blue elephants", Status.UNKNOWN, "", False),
    ],
)
def test_a_checkpoint_means_what_its_code_says(code, said, status, reason, acts):
    meaning = understand(code, said)

    assert (meaning.status, meaning.reason, meaning.action_required) == (status, reason, acts)


def test_an_unknown_number_holds_no_parcel_and_something_else_is_refused():
    assert parse(own("dhl_express", "unknown.json")) == []
    for body in (b"{}", b"[]", b'{"shipments": [{"events": []}]}', b"<xml/>"):
        with pytest.raises(BadPayload):
            parse(body)


@responses.activate
def test_asking_wants_the_offset_of_each_event():
    question = {
        "trackingView": "all-checkpoints",
        "levelOfDetail": "shipment",
        "requestGMTOffsetPerEvent": "true",
    }
    responses.get(
        TRACK,
        body=own("dhl_express", "delivered.json"),
        match=[
            matchers.query_param_matcher(question),
            matchers.header_matcher({"Authorization": "Basic dXNlcjpwYXNz"}),
        ],
    )

    (parcel,) = express().fetch([Parcel("12 3456 7891")], at=NOON)
    assert parcel.tracking_number == "12 3456 7891"


@responses.activate
def test_a_number_dhl_express_does_not_know_is_left_out_and_a_wrong_password_is_not():
    responses.get(TRACK, status=404, body=own("dhl_express", "unknown.json"))
    responses.get(TRACK, status=401, json={"reasons": [{"msg": "Invalid Credentials"}]})

    assert express().fetch([Parcel(NUMBER)], at=NOON) == []
    with pytest.raises(CarrierError, match="DHL Express answered 401") as failed:
        express().fetch([Parcel(NUMBER)], at=NOON)
    assert failed.value.permanent
