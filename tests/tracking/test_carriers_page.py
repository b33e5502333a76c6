"""docs/carriers.md says of every carrier in the wiring what its translator does, and no more."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from tests.tracking import recorded_ways
from tracking.carriers.base import BadPayload, Carrier, Credentials, ParcelData

PAGE = Path(settings.BASE_DIR) / "docs" / "carriers.md"
PAYLOADS = Path(__file__).parent / "payloads"
FIELDS = ("follows", "asked", "call", "pushes", "proof", "window", "signer", "labels", "checked")
ROW = re.compile(r"\| (?P<label>[^`|]+) `(?P<code>\w+)` \| (?P<rest>.+) \|")


def rows() -> dict[str, dict[str, str]]:
    """Return the table: code -> what stands in its columns."""
    found = {}
    for line in PAGE.read_text().partition("## What each can do")[2].partition("\n## ")[0].splitlines():
        if row := ROW.fullmatch(line):
            assert row["code"] not in found
            cells = row["rest"].split(" | ")
            found[row["code"]] = {"label": row["label"]} | dict(zip(FIELDS, cells, strict=True))
    return found


ROWS = rows()
each_carrier = pytest.mark.parametrize("code", settings.CARRIERS)


def kind(code: str) -> type[Carrier]:
    return import_string(settings.CARRIERS[code])


def parcels(code: str) -> list[ParcelData]:
    """Return all parcels of a carrier's own payloads."""
    found: list[ParcelData] = []
    for path in sorted((PAYLOADS / code).iterdir()):
        try:
            found += kind(code)(Credentials()).parse(path.read_bytes())
        except BadPayload:
            continue
    return found


def test_no_carrier_is_missing_and_none_is_made_up():
    assert set(ROWS) == set(settings.CARRIERS)


@each_carrier
def test_what_the_page_says_of_a_carrier_is_what_its_class_says(code):
    row, made = ROWS[code], kind(code)
    pushed = made.verify is not Carrier.verify

    assert row["label"] == made.label
    assert (row["follows"] == "any") == made.aggregates
    assert (row["asked"] == "no") == (not made.polls)
    assert int(row["call"]) == made.batch
    assert row["pushes"].startswith("no") == (not pushed)
    assert (row["proof"] == "–") == (not pushed)
    assert ("not verified" in row["proof"]) == (not made.verified)
    assert row["labels"] == ("yes" if code in settings.LABELS else "no")


@each_carrier
def test_windows_and_signers_are_read_where_the_page_says_so(code):
    read = parcels(code)
    windows = [parcel.eta for parcel in read if parcel.eta]
    hours = any(eta.from_at or eta.to_at for eta in windows)

    assert ROWS[code]["window"] == ("hours" if hours else "days" if windows else "no")
    assert ROWS[code]["signer"] == ("yes" if any(parcel.signed_by for parcel in read) else "no")


@each_carrier
def test_only_what_was_recorded_is_called_recorded(code):
    checked = ROWS[code]["checked"]

    if code in (*recorded_ways.CARRIERS, *recorded_ways.AGGREGATORS):
        assert "recorded" in checked
    else:
        assert "recorded" not in checked
        assert re.search(r"\*\*documentation only\*\*|own", checked)


@pytest.mark.shared
def test_as_many_answers_were_recorded_as_the_page_says(shared):
    told: dict[str, int] = {}
    for code, name, _ in recorded_ways.bodies(shared):
        if code in recorded_ways.CARRIERS and not re.search("request", name, re.IGNORECASE):
            told[code] = told.get(code, 0) + 1

    said = {code: int(ROWS[code]["checked"].split(" recorded")[0]) for code in recorded_ways.CARRIERS}
    assert said == told
