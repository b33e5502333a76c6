"""
manage.py parse_tracking: what a translator makes of a body, with no database in reach (these tests have
none).
"""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

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


def test_a_time_without_an_offset_is_printed_as_local_and_never_as_utc():
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
