"""PostNL, from its documentation: numbered statuses, the day first, objects that are lists at other times."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import responses
from responses import matchers

from tracking.carriers import postnl
from tracking.carriers.base import BadPayload, CarrierError, Credentials, Parcel, Place, Window
from tracking.fold import fold
from tracking.vocabulary import Reason, Status

PAYLOADS = Path(__file__).parent / "payloads" / "postnl"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NUMBER = "3SDEVC288882229"
URL = f"https://api.postnl.nl/shipment/v2/status/barcode/{NUMBER}"


def translator(**credentials) -> postnl.PostNL:
    return postnl.PostNL(Credentials(**({"api_key": "hush"} | credentials)))


def test_a_parcels_history_is_read_with_its_local_times():
    (parcel,) = translator().parse((PAYLOADS / "complete.json").read_bytes())

    assert [(scan.local.isoformat(), scan.at, scan.status) for scan in parcel.scans] == [
        ("2026-03-12T07:13:20", None, Status.OUT_FOR_DELIVERY),
        ("2026-03-12T02:00:10", None, Status.IN_TRANSIT),
        ("2026-03-11T19:00:00", None, Status.IN_TRANSIT),
        ("2026-03-10T16:30:00", None, Status.INFO_RECEIVED),
    ]
    assert fold(parcel.scans).status == Status.OUT_FOR_DELIVERY
    assert parcel.eta == Window(date(2026, 3, 12), date(2026, 3, 12))
    assert (parcel.origin, parcel.destination) == (
        Place("Hoofddorp", "", "NL"),
        Place("Utrecht", "", "NL", "3571ZZ"),
    )


def test_updated_shipments_come_as_a_list():
    (parcel,) = translator().parse((PAYLOADS / "updated.json").read_bytes())

    assert parcel.tracking_number == "3SDEVC2260332157"
    assert fold(parcel.scans).status == Status.READY_FOR_PICKUP


def test_a_shipment_can_come_as_a_list_of_one():
    answer = json.loads((PAYLOADS / "complete.json").read_text())
    listed = {"CurrentStatus": {"Shipment": [answer["CompleteStatus"]["Shipment"]]}}

    assert translator().parse(json.dumps(listed).encode()) == translator().parse(json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("code", "message", "status", "reason"),
    [
        ("01", "", Status.INFO_RECEIVED, ""),
        ("9", "", Status.IN_TRANSIT, Reason.CUSTOMS),
        ("11", "Zending afgeleverd bij buren", Status.DELIVERED, Reason.NEIGHBOUR),
        ("18", "", Status.EXCEPTION, Reason.LOST),
        ("77", "Zending afgeleverd", Status.DELIVERED, ""),
        ("77", "Zzz", Status.UNKNOWN, ""),
    ],
)
def test_a_number_means_what_postnl_says_it_means(code, message, status, reason):
    meaning = postnl.understand(code, message)

    assert (meaning.status, meaning.reason) == (status, reason)


@responses.activate
def test_asking_carries_the_key_and_wants_the_history():
    responses.get(
        URL,
        body=(PAYLOADS / "complete.json").read_bytes(),
        match=[
            matchers.query_param_matcher({"detail": "true", "language": "EN"}),
            matchers.header_matcher({"apikey": "hush"}),
        ],
    )

    (found,) = translator().fetch([Parcel(NUMBER)], at=NOON)
    assert found.tracking_number == NUMBER


@responses.activate
def test_a_warning_instead_of_a_status_is_an_unknown_parcel():
    responses.get(URL, body=(PAYLOADS / "warning.json").read_bytes())

    assert translator().fetch([Parcel(NUMBER)], at=NOON) == []


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (429, False), (500, False)])
@responses.activate
def test_an_error_says_whether_asking_again_helps(status, permanent):
    responses.get(URL, status=status, json={"fault": {"faultstring": "because"}})

    with pytest.raises(CarrierError, match=str(status)) as failed:
        translator().fetch([Parcel(NUMBER)], at=NOON)
    assert failed.value.permanent is permanent


@pytest.mark.parametrize("raw", [b'{"Status": 7}', b'[{"Status": 7}]'])
def test_what_is_no_answer_of_postnl_is_refused(raw):
    with pytest.raises(BadPayload):
        translator().parse(raw)
