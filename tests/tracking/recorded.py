"""Carriers' recorded answers, read in place, and what `manage.py parse_tracking` prints about a body."""

import io
import json
from pathlib import Path
from typing import Any

from django.core.management import call_command

from tracking.carriers.base import ParcelData
from tracking.fold import State, fold

PAYLOADS = Path(__file__).parent / "payloads"


def recorded(shared: Path, carrier: str, name: str) -> bytes:
    """Return one raw answer of `shared/tracking/carriers/<carrier>.json`."""
    folder = shared / "tracking" / "carriers"
    return str(json.loads((folder / f"{carrier}.json").read_text())["constants"][name]).encode()


def printed(code: str, body: bytes, tmp_path: Path) -> list[dict[str, Any]]:
    """Return the parcels that parse_tracking prints for `body`."""
    file = tmp_path / "body"
    file.write_bytes(body)
    out = io.StringIO()
    call_command("parse_tracking", code, str(file), stdout=out)
    parcels = json.loads(out.getvalue())["parcels"]
    assert isinstance(parcels, list)
    return parcels


def own(code: str, name: str) -> bytes:
    """Return one of our own payloads."""
    return (PAYLOADS / code / name).read_bytes()


def state(parcel: ParcelData) -> State:
    """Return what a parcel's scans add up to."""
    return fold(parcel.scans)


def told(parcel: ParcelData) -> list[tuple[str, str]]:
    """Return (status, reason) of each scan, the oldest last as carriers send them."""
    return [(str(scan.status), str(scan.reason)) for scan in parcel.scans]
