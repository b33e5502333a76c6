"""Single carriers' recorded answers, read in place, and what `manage.py parse_tracking` prints about them."""

import io
import json
from pathlib import Path

from django.core.management import call_command


def body(shared: Path, carrier: str, name: str) -> str:
    """Return a raw answer: `carrier` as the file is called (dpd, gls, …), `name` of the constant in it."""
    path = shared / "tracking" / "carriers" / f"core__{carrier}.json"
    return json.loads(path.read_text(encoding="utf-8"))["constants"][name]


def parsed(code: str, raw: str, folder: Path) -> list[dict]:
    """Return the parcels that `manage.py parse_tracking` prints for a raw answer."""
    (folder / "body").write_text(raw, encoding="utf-8")
    out = io.StringIO()
    call_command("parse_tracking", code, str(folder / "body"), stdout=out)
    return json.loads(out.getvalue())["parcels"]


def story(parcel: dict, *names: str) -> list[tuple]:
    """Return the given fields of each scan, in the order they were told."""
    return [tuple(scan[name] for name in names) for scan in parcel["scans"]]
