"""InPost, from its documentation: lockers, statuses that are words, a parcel without a history."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import responses
from responses import matchers

from tracking.carriers import inpost
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "inpost"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NUMBER = "602677439331630337653846"
URL = f"https://api-shipx-pl.easypack24.net/v1/tracking/{NUMBER}"


def translator(**credentials) -> inpost.InPost:
    return inpost.InPost(Credentials(**({"api_key": "shipx"} | credentials)))


def test_a_parcel_in_a_locker_waits_in_a_locker():
    (parcel,) = translator().parse((PAYLOADS / "locker.json").read_bytes())
    state = fold(parcel.scans)

    assert (state.status, state.reason) == (Status.READY_FOR_PICKUP, Reason.LOCKER)
    assert state.status_at == datetime(2026, 3, 12, 7, 42, 44, tzinfo=UTC)
    assert [scan.status for scan in parcel.scans] == [
        Status.READY_FOR_PICKUP,
        Status.OUT_FOR_DELIVERY,
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.INFO_RECEIVED,
    ]


def test_a_parcel_without_a_history_is_where_its_status_says():
    (parcel,) = translator().parse((PAYLOADS / "courier.json").read_bytes())
    state = fold(parcel.scans)

    assert (state.status, state.reason, state.action_required) == (Status.EXCEPTION, Reason.ADDRESS, True)
    assert state.status_at == datetime(2026, 3, 12, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("canceled_redirect_to_box", Status.IN_TRANSIT, ""),
        ("canceled", Status.CANCELLED, ""),
        ("pickup_time_expired", Status.EXCEPTION, Reason.UNCLAIMED),
        ("rejected_by_receiver", Status.EXCEPTION, Reason.REFUSED),
        ("undelivered_cod_cash_receiver", Status.EXCEPTION, Reason.PAYMENT_DUE),
        ("avizo", Status.ATTEMPTED, Reason.UNKNOWN),
        ("returned_to_sender", Status.RETURNING, ""),
        ("other", Status.UNKNOWN, ""),
        ("teleported", Status.UNKNOWN, ""),
    ],
)
def test_a_status_means_what_inpost_says_it_means(code, status, reason):
    meaning = inpost.understand(code)

    assert (meaning.status, meaning.reason) == (status, reason)


def test_a_courier_parcel_waits_in_no_locker():
    assert inpost.understand("ready_to_pickup").reason == ""


@responses.activate
def test_asking_carries_the_token():
    responses.get(
        URL,
        body=(PAYLOADS / "locker.json").read_bytes(),
        match=[matchers.header_matcher({"Authorization": "Bearer shipx"})],
    )

    (found,) = translator().fetch([Parcel(NUMBER)], at=NOON)
    assert found.tracking_number == NUMBER


@responses.activate
def test_an_unknown_parcel_is_left_out():
    responses.get(URL, status=404, body=(PAYLOADS / "not_found.json").read_bytes())

    assert translator().fetch([Parcel(NUMBER)], at=NOON) == []


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (429, False), (502, False)])
@responses.activate
def test_an_error_says_whether_asking_again_helps(status, permanent):
    responses.get(URL, status=status, json={"error": "x", "description": "because"})

    with pytest.raises(CarrierError, match="because") as failed:
        translator().fetch([Parcel(NUMBER)], at=NOON)
    assert failed.value.permanent is permanent


def test_what_is_no_answer_of_inpost_is_refused():
    with pytest.raises(BadPayload):
        translator().parse(b'{"number": 1}')
