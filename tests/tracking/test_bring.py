"""Posten Bring, from its documentation: statuses, packages in consignments, a day without an hour."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import responses
from responses import matchers

from tracking.carriers import bring
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place, Window
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "bring"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
URL = "https://api.bring.com/tracking/api/v2/tracking.json"
NUMBER = "370724760120000898"


def translator(**credentials) -> bring.Bring:
    return bring.Bring(Credentials(**({"api_key": "shop@example.com:hush"} | credentials)))


def test_a_parcel_that_waits_still_waits_after_the_shopper_was_told_so():
    waiting, delivered = translator().parse((PAYLOADS / "tracking.json").read_bytes())

    assert fold(waiting.scans).status == Status.READY_FOR_PICKUP
    assert waiting.scans[0].message == "Notice sent by SMS"
    assert waiting.scans[2].at == datetime(2026, 3, 12, 6, 56, 58, tzinfo=UTC)
    assert waiting.scans[1].place == Place("VINTERBRO", "", "NO", "1407")
    assert waiting.eta == Window(date(2026, 3, 12), date(2026, 3, 12))
    assert (delivered.signed_by, fold(delivered.scans).status) == ("K. NORDMANN", Status.DELIVERED)


@pytest.mark.parametrize(
    ("code", "message", "status", "reason"),
    [
        ("CUSTOMS", "", Status.IN_TRANSIT, Reason.CUSTOMS),
        ("COLLECTED", "", Status.IN_TRANSIT, ""),
        ("DELIVERED_SENDER", "", Status.RETURNED, ""),
        ("RETURN", "", Status.RETURNING, ""),
        ("DELIVERY_CANCELLED", "", Status.UNKNOWN, ""),
        ("DELIVERED", "Delivered to a neighbour", Status.DELIVERED, Reason.NEIGHBOUR),
        ("BRAND_NEW", "The parcel is out for delivery", Status.OUT_FOR_DELIVERY, ""),
        ("BRAND_NEW", "Zzz", Status.UNKNOWN, ""),
    ],
)
def test_a_status_means_what_bring_says_it_means(code, message, status, reason):
    meaning = bring.understand(code, message)

    assert (meaning.status, meaning.reason) == (status, reason)


@responses.activate
def test_asking_names_number_user_and_key():
    responses.get(
        URL,
        body=(PAYLOADS / "tracking.json").read_bytes(),
        match=[
            matchers.query_param_matcher({"q": NUMBER, "lang": "en"}),
            matchers.header_matcher({"X-MyBring-API-Uid": "shop@example.com", "X-MyBring-API-Key": "hush"}),
        ],
    )

    (found,) = translator().fetch([Parcel(NUMBER)], at=NOON)
    assert found.tracking_number == NUMBER


@responses.activate
def test_an_error_inside_a_good_answer_is_an_unknown_parcel():
    responses.get(URL, body=(PAYLOADS / "not_found.json").read_bytes())

    assert translator().fetch([Parcel(NUMBER)], at=NOON) == []


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (429, False), (503, False)])
@responses.activate
def test_an_error_says_whether_asking_again_helps(status, permanent):
    responses.get(URL, status=status, json={"message": "because"})

    with pytest.raises(CarrierError, match="because") as failed:
        translator().fetch([Parcel(NUMBER)], at=NOON)
    assert failed.value.permanent is permanent


def test_what_is_no_answer_of_bring_is_refused():
    with pytest.raises(BadPayload):
        translator().parse(b'{"consignments": []}')
