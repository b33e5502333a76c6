"""
manage.py parse_tracking: what a translator makes of a body, with no database in reach (these tests have
none).
"""

import io
import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.tracking import recorded_ways
from tracking.carriers.base import ParcelData

PAYLOADS = Path(__file__).parent / "payloads" / "easypost"


def parsed(*args: str) -> dict:
    out = io.StringIO()
    call_command("parse_tracking", *args, stdout=out)
    return json.loads(out.getvalue())


def test_it_prints_a_delivered_parcel_in_exactly_the_documented_shape():
    said = parsed("easypost", str(PAYLOADS / "delivered_event.json"))

    parcel = said["parcels"][0]
    assert list(said) == ["parcels"]
    assert len(said["parcels"]) == 1
    assert {key: value for key, value in parcel.items() if key != "scans"} == {
        "tracking_number": "1Z999AA10123456784",
        "status": "DELIVERED",
        "reason": "safe-place",
        "action_required": False,
        "eta_from": "2026-03-12",
        "eta_to": "2026-03-12",
        "delivered_at": "2026-03-12T20:04:00+00:00",
    }
    assert parcel["scans"][1] == {
        "at": "2026-03-11T02:10:00+00:00",
        "local": None,
        "status": "IN_TRANSIT",
        "reason": "",
        "place": "ASTORIA, OR, US",
        "code": "OR",
        "message": "Origin Scan",
    }


def test_pitfall_8_a_time_without_an_offset_is_printed_as_local_and_never_as_utc():
    waiting = parsed("easypost", str(PAYLOADS / "trackers_page.json"))["parcels"][0]

    assert (waiting["scans"][0]["at"], waiting["scans"][0]["local"]) == (None, "2026-03-12T17:00:00")
    assert waiting["eta_to"] == "2026-03-13T03:00:00+00:00"


def test_a_local_delivery_time_gets_no_offset(tmp_path):
    tracker = json.loads((PAYLOADS / "delivered_event.json").read_text())["result"]
    tracker["tracking_details"][-1]["datetime"] = "2026-03-12T13:04:00"
    (tmp_path / "body.json").write_text(json.dumps(tracker))

    assert (
        parsed("easypost", str(tmp_path / "body.json"))["parcels"][0]["delivered_at"] == "2026-03-12T13:04:00"
    )


def test_a_message_about_something_else_has_no_parcels():
    assert parsed("easypost", str(PAYLOADS / "refund_event.json")) == {"parcels": []}


def test_it_reads_standard_input(monkeypatch):
    body = (PAYLOADS / "returned_event.json").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(body)))

    assert parsed("easypost", "-")["parcels"][0]["status"] == "RETURNED"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("pigeon", "-"), "no carrier 'pigeon'"),
        (("easypost", "/nowhere/at/all.json"), "cannot be read: No such file"),
        (("easypost", "."), "cannot be read: Is a directory"),
        (("easypost", __file__), "not something EasyPost sends"),
    ],
)
def test_what_cannot_be_read_is_refused_in_plain_words(args, words):
    with pytest.raises(CommandError, match=words) as refused:
        parsed(*args)

    assert refused.value.returncode == 1


# --- what must not be told wrongly, from our own bodies
def told(tmp_path, code, body):
    (tmp_path / "body").write_text(json.dumps(body))
    return parsed(code, str(tmp_path / "body"))["parcels"][0]


def body_of(code, name):
    return json.loads((PAYLOADS.parent / code / name).read_text())


def fedex_scan(kind, when, **more):
    return {"date": when, "eventType": kind, "eventDescription": "", "scanLocation": {}} | more


def test_a_ups_parcel_released_by_customs_is_on_its_way_and_not_on_hold(tmp_path):
    alert = body_of("ups", "alert_customs.json")
    parcel = told(tmp_path, "ups", alert)

    assert (parcel["status"], parcel["reason"], parcel["action_required"]) == ("IN_TRANSIT", "", False)
    # Also where the code is missing or new: type X alone is no hold-up.
    for code in ("", "zz"):
        alert["activityStatus"]["code"] = code
        assert told(tmp_path, "ups", alert)["status"] == "IN_TRANSIT"


@pytest.mark.parametrize(
    ("exception", "words", "status", "reason"),
    [
        ("08", "Customer not available or business closed", "ATTEMPTED", "not-home"),
        ("03", "Incorrect address", "EXCEPTION", "address"),
        ("07", "Shipment refused by recipient", "EXCEPTION", "refused"),
        ("10", "Damaged, handling per shipper instructions", "EXCEPTION", "damaged"),
        ("A47", "FedEx redirected your package to a nearby FedEx location", "EXCEPTION", "not-home"),
        ("", "", "EXCEPTION", "unknown"),
    ],
)
def test_a_fedex_delivery_exception_has_the_reason_of_its_exception_code(
    tmp_path, exception, words, status, reason
):
    body = body_of("fedex", "delivered.json")
    scan = fedex_scan("DE", "2026-03-12T11:26:00-07:00", exceptionCode=exception, exceptionDescription=words)
    body["output"]["completeTrackResults"][0]["trackResults"][0]["scanEvents"] = [scan]
    parcel = told(tmp_path, "fedex", body)

    assert (parcel["status"], parcel["reason"]) == (status, reason)
    assert (parcel["scans"][0]["at"], parcel["scans"][0]["local"]) == ("2026-03-12T18:26:00+00:00", None)


def returned_easypost():
    body = body_of("easypost", "delivered_event.json")
    details = body["result"]["tracking_details"]
    back = {"status": "return_to_sender", "message": "Returned", "datetime": "2026-03-14T15:00:00Z"}
    details.append(details[-1] | back | {"status_detail": "return"})
    return body


def returned_fedex():
    body = body_of("fedex", "delivered.json")
    result = body["output"]["completeTrackResults"][0]["trackResults"][0]
    result["scanEvents"].insert(0, fedex_scan("RS", "2026-03-15T09:00:00-06:00"))
    return body


def returned_ups():
    body = body_of("ups", "delivered.json")
    activity = body["trackResponse"]["shipment"][0]["package"][0]["activity"]
    back = {"type": "RS", "code": "zz", "statusCode": "", "description": "Returning to sender"}
    activity.insert(0, activity[0] | {"gmtDate": "20260315", "gmtTime": "150000", "status": back})
    return body


@pytest.mark.parametrize(
    ("code", "body"), [("easypost", returned_easypost), ("fedex", returned_fedex), ("ups", returned_ups)]
)
def test_what_was_delivered_and_then_comes_back_is_returning_and_was_delivered_all_the_same(
    tmp_path, code, body
):
    parcel = told(tmp_path, code, body())

    assert parcel["status"] == "RETURNING"
    assert parcel["delivered_at"] is not None
    assert parcel["delivered_at"] < max(scan["at"] or "" for scan in parcel["scans"])


# --- the recorded bodies
@pytest.mark.shared
def test_every_recorded_body_reads_as_the_table_says(shared):
    assert recorded_ways.all_ways(shared).splitlines() == recorded_ways.WAYS.splitlines()


# Questions and schemas among the samples are not from the carriers; some answers are about no parcel.
NOT_THEIRS = re.compile(r"Request|REQUEST|Params|json-schema/")
NO_PARCEL = re.compile(
    r"Error|Invalid|NotFound|Unknown|ProofOfDelivery|Couriers|Notification|BatchPredict|examples/(register|stop)"
)


@pytest.mark.shared
def test_what_holds_no_parcel_is_refused_or_says_nothing_and_no_body_is_passed_over(shared):
    read = {
        (code, name): recorded_ways.parcels(code, body) for code, name, body in recorded_ways.bodies(shared)
    }

    for (code, name), found in read.items():
        if NOT_THEIRS.search(name):
            assert found is None, (code, name)
        elif NO_PARCEL.search(name):
            assert found == [], (code, name)
        else:
            assert found, (code, name)
    files = {(code, name.partition("#")[0]) for code, name in read}
    kept = [path for path in (shared / "tracking").rglob("*.json") if "number_formats" not in path.parts]
    assert len(files) == len(kept)


# Bodies that write times in a single piece: the others have day and hour apart, or a zone by name.
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s?(Z|UTC|[+-]\d\d:?\d\d)?(?=\W|$)")
APART = {"ups", "dpd", "purolator", "canada_post"}


@pytest.mark.shared
def test_every_time_stands_in_its_body_with_the_offset_it_is_given_or_without_any(shared):
    checked = 0
    for code, name, body in recorded_ways.bodies(shared):
        if code in APART:
            continue
        stamps = [stamp.groups(default="") for stamp in STAMP.finditer(body.decode())]
        local = {f"{day}T{hour}" for day, hour, offset in stamps if not offset}
        sure = {
            datetime.fromisoformat(f"{day}T{hour}{offset.replace('UTC', 'Z')}")
            for day, hour, offset in stamps
            if offset
        }
        for scan in (scan for parcel in recorded_ways.parcels(code, body) or () for scan in parcel.scans):
            checked += 1
            if scan.at:
                assert scan.at in sure, (name, scan)
            else:
                assert scan.local.isoformat() in local, (name, scan)
    assert checked > 150


@pytest.mark.shared
def test_the_recorded_event_reads_as_a_parcel_on_its_way(shared):
    parcel = parsed("easypost", str(shared / "tracking" / "easypost" / "event-body.json"))["parcels"][0]

    assert (parcel["status"], parcel["eta_from"], parcel["eta_to"]) == (
        "IN_TRANSIT",
        "2024-08-05",
        "2024-08-05",
    )
    assert parcel["delivered_at"] is None
    assert len(parcel["scans"]) == 7
    assert parcel["scans"][-1] == {
        "at": "2024-08-02T18:50:00+00:00",
        "local": None,
        "status": "IN_TRANSIT",
        "reason": "",
        "place": "EDISON, NJ, US",
        "code": "AR",
        "message": "Arrived at FedEx location",
    }


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Signature not required", ""),
        ("SIGNATURE RELEASE ON FILE", ""),
        ("Signature Service not requested.", ""),
        ("No signature on file", ""),
        ("Not Available", ""),
        ("N/A", ""),
        ("D.HERRERA", "D.HERRERA"),
        ("..KOSUTOKO", "..KOSUTOKO"),
        ("Nora Notting", "Nora Notting"),
        ("N. A.", "N. A."),
        ("Front desk", "Front desk"),
    ],
)
def test_words_that_nobody_signed_are_not_the_name_of_who_did(told, name):
    assert ParcelData("1Z999AA10123456784", signed_by=told).signed_by == name
