"""
What every carrier in config/wiring.py must hold. Payloads: tests/tracking/payloads/<code>/, raw bodies, named
.json or .xml.

A new carrier is covered by its line in the wiring and its folder of payloads; nothing here names one.
"""

import copy
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import SubElement

import pytest
from defusedxml.ElementTree import fromstring, tostring
from django.conf import settings
from django.utils.module_loading import import_string
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from tracking.carriers.base import (
    BadPayload,
    BadSignature,
    Carrier,
    CarrierError,
    Credentials,
    Parcel,
    ParcelData,
    Place,
)
from tracking.vocabulary import Reason, Status

CODES = sorted(settings.CARRIERS)
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads"
HOOK_HEADERS = (
    "aftership-hmac-sha256",
    "authorization",
    "shippo-auth-signature",
    "sign",
    "x-hmac-signature",
    "x-sandbox-signature",
    "x-signature",
)

each_carrier = pytest.mark.parametrize("code", CODES)


def _payloads(*kinds: str) -> pytest.MarkDecorator:
    found = [
        (code, path)
        for code in CODES
        for kind in kinds
        for path in sorted((PAYLOADS / code).glob(f"*.{kind}"))
    ]
    return pytest.mark.parametrize(
        ("code", "path"), [pytest.param(code, path, id=f"{code}-{path.stem}") for code, path in found]
    )


each_payload = _payloads("json", "xml")
each_json = _payloads("json")
each_xml = _payloads("xml")
# Everything JSON can say, with the words translators look for as keys often enough to get deep into them.
WORDS = sorted(
    {
        word
        for folder in (PAYLOADS / code for code in CODES)
        for path in folder.glob("*.json")
        for word in path.read_text().split('"')
        if word.isidentifier() and len(word) < 30
    }
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(
        [*WORDS, "", "2026-03-12T17:00:00Z", "2026-03-12T17:00:00", "9999-12-31T23:59:59-12:00"]
    )
)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=8), inner, max_size=8)
    ),
    max_leaves=25,
)


def carrier(code: str, **credentials: str) -> Carrier:
    return import_string(settings.CARRIERS[code])(Credentials(**credentials))


def parse_or_refuse(code: str, body: bytes) -> list[ParcelData]:
    try:
        return list(carrier(code).parse(body))
    except BadPayload as exc:
        assert str(exc)
        return []


def check(parcels: list[ParcelData]) -> None:
    for parcel in parcels:
        assert parcel.tracking_number.strip()
        assert parcel.told_at is None or parcel.told_at.tzinfo
        for scan in parcel.scans:
            assert (scan.at is None) != (scan.local is None)
            assert scan.at is None or scan.at.utcoffset().total_seconds() == 0
            assert scan.local is None or scan.local.tzinfo is None
            assert scan.status in Status
            assert scan.reason == "" or scan.reason in Reason.values
            assert "\x00" not in scan.message + scan.code + str(scan.place)
            assert scan.fingerprint
        if parcel.eta:
            assert parcel.eta.from_date <= parcel.eta.to_date
            assert all(hour is None or hour.tzinfo for hour in (parcel.eta.from_at, parcel.eta.to_at))


@each_carrier
def test_it_is_known_by_its_code_and_shown_by_its_label(code):
    made = carrier(code)

    assert isinstance(made, Carrier)
    assert made.code == code
    assert made.label.strip()
    assert made.batch >= 1
    assert set(made.statuses.values()) <= set(Status)


@each_carrier
def test_there_are_recorded_payloads_of_it(code):
    assert [path for path in (PAYLOADS / code).iterdir() if path.suffix in (".json", ".xml")]


@each_payload
def test_a_recorded_payload_is_read(code, path):
    parcels = list(carrier(code).parse(path.read_bytes()))

    check(parcels)


@each_payload
def test_a_payload_cut_short_is_refused_and_not_half_read(code, path):
    body = path.read_bytes().rstrip()
    for cut in (1, 2, len(body) // 2, len(body) - 1):
        with pytest.raises(BadPayload):
            carrier(code).parse(body[:-cut])


@each_json
def test_a_wrong_type_anywhere_is_refused_or_read_but_never_a_crash(code, path):
    good = json.loads(path.read_bytes())
    for place in _places(good):
        for wrong in (None, True, -1, 1.5, "\ud800 odd", "\x00", [], {}, [None], [[]]):
            check(parse_or_refuse(code, json.dumps(_replaced(good, place, wrong)).encode()))


@each_json
def test_fields_nobody_heard_of_change_nothing(code, path):
    good = json.loads(path.read_bytes())
    plain = list(carrier(code).parse(path.read_bytes()))
    more = copy.deepcopy(good)
    for entry in list(_objects(more)):
        entry["brand_new_field"] = {"of": ["some", "kind"]}

    assert list(carrier(code).parse(json.dumps(more).encode())) == plain


@each_json
def test_a_status_nobody_heard_of_is_unknown_and_does_not_raise(code, path):
    body = json.loads(path.read_bytes())
    changed = 0
    for entry in _objects(body):
        for name in ("status", "code"):
            if isinstance(entry.get(name), str) and (
                "datetime" in entry or "at" in entry or "local" in entry
            ):
                entry[name] = "teleported"
                changed += 1

    scans = [scan for parcel in carrier(code).parse(json.dumps(body).encode()) for scan in parcel.scans]
    assert not changed or {scan.status for scan in scans} == {Status.UNKNOWN}
    assert not changed or all(scan.code for scan in scans)


@each_carrier
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[",
        b"[]",
        b"{}",
        b"null",
        b"true",
        b"0",
        b'""',
        b"\xff\xfe",
        b"NaN",
        b"<xml/>",
        b'<?xml version="1.0" encoding="nonsense"?><xml/>',
        b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
        b"<a>" * 50_000 + b"</a>" * 50_000,
        b"[" * 100_000,
    ]
    + [b'{"result":' * 50_000, b"9" * 5_000, b'{"a":1e999999999}', b'"\\ud800"'],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_message_is_refused_or_says_nothing(code, body):
    assert parse_or_refuse(code, body) == []


@each_carrier
@given(told=ANY_JSON)
@effort(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_json_at_all_makes_it_raise_anything_but_bad_payload(code, told):
    body = json.dumps(told).encode()

    check(parse_or_refuse(code, body))
    assert isinstance(carrier(code).topic({}, body), str)
    assert isinstance(carrier(code).delivery_id({}, body), str)


@each_carrier
@given(body=st.binary(max_size=200))
@effort(max_examples=100, deadline=None)
def test_no_bytes_at_all_make_it_raise_anything_but_bad_payload(code, body):
    parse_or_refuse(code, body)
    assert isinstance(carrier(code).delivery_id({}, body), str)


@each_carrier
@pytest.mark.parametrize("secret", ["", "right horse"])
@pytest.mark.parametrize("told", ["", "sha256=", "hmac-sha256-hex=", "nonsense", "ünïcode", "0" * 64])
def test_a_missing_or_wrong_signature_is_refused(code, secret, told):
    headers = dict.fromkeys(HOOK_HEADERS, told) if told else {}

    with pytest.raises(BadSignature):
        carrier(code, secret=secret).verify(headers, b'{"id": "evt_1"}')


@each_carrier
def test_asking_with_nothing_to_ask_with_fails_as_a_carrier_error_or_knows_nothing(code):
    made = carrier(code)
    try:
        assert list(made.fetch([], at=NOON)) == []
        assert list(made.fetch([Parcel("0000", destination=Place(country="US"))], at=NOON)) == []
    except CarrierError as exc:
        assert exc.permanent
        assert str(exc)


@each_xml
def test_elements_emptied_or_doubled_are_refused_or_read_but_never_a_crash(code, path):
    body = path.read_bytes()
    for index, element in enumerate(fromstring(body).iter()):
        emptied = fromstring(body)
        list(emptied.iter())[index].clear()
        check(parse_or_refuse(code, tostring(emptied)))
        doubled = fromstring(body)
        for parent in list(doubled.iter()):
            for child in [child for child in parent if child.tag == element.tag]:
                parent.append(copy.deepcopy(child))
        check(parse_or_refuse(code, tostring(doubled)))


@each_xml
def test_elements_nobody_heard_of_change_nothing(code, path):
    body = path.read_bytes()
    more = fromstring(body)
    for element in [element for element in more.iter() if len(element)]:
        SubElement(SubElement(element, "brandNew"), "field").text = "something"

    assert list(carrier(code).parse(tostring(more))) == list(carrier(code).parse(body))


@each_payload
def test_a_delivery_is_the_same_however_often_it_is_sent(code, path):
    body = path.read_bytes()

    assert carrier(code).delivery_id({}, body) == carrier(code).delivery_id({}, body)
    assert carrier(code).parse(body) == carrier(code).parse(body)


def _objects(value: object) -> Iterator[dict]:
    if isinstance(value, dict):
        yield value
        for inner in list(value.values()):
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _places(value: object, path: tuple = ()) -> list[tuple]:
    """Every place in a JSON value; a sample of them in a large one."""
    found = [path]
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        found += _places(inner, (*path, key))
    return found if path or len(found) <= 120 else random.Random(7).sample(found, 120)


def _replaced(value: object, place: tuple, new: object) -> object:
    if not place:
        return new
    changed = copy.copy(value)
    changed[place[0]] = _replaced(value[place[0]], place[1:], new)
    return changed
