"""Shopify at the door: who signed, which delivery, and nothing that comes in can bring the reader down."""

import base64
import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracking.shops.base import BadPayload, Ignored, OrderData
from tracking.shops.shopify import _READERS, Shopify

PAYLOADS = Path(__file__).parent / "payloads" / "shopify"
TOPICS = sorted(_READERS)


def signed(secret: str, body: bytes) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"x-shopify-hmac-sha256": base64.b64encode(digest).decode()}


# --- headers
def test_a_delivery_is_known_by_its_webhook_id():
    shop = Shopify()
    event = {"x-shopify-event-id": "e1", "x-shopify-topic": "Orders/Create"}

    assert shop.delivery_id({"x-shopify-webhook-id": "w1"} | event) == "w1"
    assert shop.delivery_id(event) == "e1:orders/create"
    assert shop.delivery_id({}) == ""
    assert shop.topic(event) == "orders/create"


def test_when_it_happened_is_read_to_the_microsecond_or_not_at_all():
    shop = Shopify()
    exact = {"x-shopify-triggered-at": "2026-03-09T15:01:12.123456789Z"}

    assert shop.triggered_at(exact) == datetime(2026, 3, 9, 15, 1, 12, 123456, tzinfo=UTC)
    assert shop.triggered_at({"x-shopify-triggered-at": "just now"}) is None
    assert shop.triggered_at({}) is None


# --- nothing brings the reader down
def everywhere(value: object, path: tuple = ()) -> list[tuple]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(place for key, inner in entries for place in everywhere(inner, (*path, key)))]


def replaced(value: object, place: tuple, new: object) -> object:
    if not place:
        return new
    changed = copy.copy(value)
    changed[place[0]] = replaced(value[place[0]], place[1:], new)
    return changed


def parse_or_refuse(topic: str, body: bytes) -> None:
    try:
        facts = Shopify(["hush"], "USD").parse(topic, body)
    except BadPayload as exc:
        assert str(exc)
        return
    assert facts
    # What no database stores must not get through: PostgreSQL refuses NUL, UTF-8 has no halves of characters.
    assert "\x00" not in repr(facts).replace("\\x00", "\x00")
    assert "\\ud8" not in repr(facts)


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_a_wrong_type_anywhere_is_refused_or_read_but_never_a_crash(path):
    good, topic = json.loads(path.read_bytes()), "/".join(path.stem.rsplit("_", 1))
    for place in everywhere(good):
        for wrong in (None, True, -1, 1.5, "\x00\ud800 odd", [], {}, [None], "x" * 3000):
            parse_or_refuse(topic, json.dumps(replaced(good, place, wrong)).encode())


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_a_body_cut_short_is_refused(path):
    body, topic = path.read_bytes().rstrip(), "/".join(path.stem.rsplit("_", 1))
    for cut in (1, len(body) // 2, len(body) - 1, len(body)):
        with pytest.raises(BadPayload):
            Shopify().parse(topic, body[:-cut])


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"\xff",
        b"NaN",
        b"[" * 100_000,
        b'{"id":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_body_is_refused(topic, body):
    with pytest.raises(BadPayload):
        Shopify().parse(topic, body)


# Bodies that Shopify itself shows empty, or that name nothing but may be right.
MAY_BE_EMPTY = {"app/uninstalled", "customers/merge", "shop/redact"} | {
    topic for topic in TOPICS if topic.startswith(("returns/", "reverse_"))
}


@pytest.mark.parametrize("topic", sorted(set(TOPICS) - MAY_BE_EMPTY))
def test_an_empty_body_is_refused(topic):
    with pytest.raises(BadPayload):
        Shopify().parse(topic, b"{}")


WORDS = sorted(
    {
        word
        for path in PAYLOADS.glob("*.json")
        for word in path.read_text().split('"')
        if word.isidentifier() and len(word) < 30
    }
)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=8),
    max_leaves=25,
)


@pytest.mark.parametrize("topic", TOPICS)
@given(told=st.dictionaries(st.sampled_from(WORDS), ANY_JSON, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_json_at_all_makes_it_raise_anything_but_bad_payload(topic, told):
    parse_or_refuse(topic, json.dumps({"id": 1, "updated_at": "2026-03-09T08:01:12Z"} | told).encode())


# --- recorded
@pytest.mark.shared
def test_every_recorded_body_is_read_or_kept_with_a_reason(shared):
    read = set()
    for path in sorted((shared / "shopify").rglob("*.json")):
        recorded = json.loads(path.read_text())
        (fact,) = Shopify([], "USD").parse(recorded["name"], json.dumps(recorded["response"]).encode())
        if isinstance(fact, Ignored):
            assert "not known" not in fact.reason
        else:
            read.add(recorded["name"])

    # Recorded as they carry nothing: a merge that failed, a return without a name, a disposal of no return.
    silent = {"customers/merge", "returns/process", "reverse_fulfillment_orders/dispose"}
    # Named by Shopify, not recorded.
    unrecorded = {
        "app/uninstalled",
        "customers_marketing_consent/update",
        "orders/deleted",
        "shop/redact",
    }
    assert read == set(TOPICS) - silent - unrecorded


@pytest.mark.shared
def test_the_recorded_orders_agree_with_themselves(shared):
    for path in (shared / "shopify" / "orders").glob("*.json"):
        recorded = json.loads(path.read_text())
        (fact,) = Shopify([], "USD").parse(recorded["name"], json.dumps(recorded["response"]).encode())
        if isinstance(fact, OrderData):
            assert fact.external_id == str(recorded["response"]["id"])
            assert fact.total_minor == fact.subtotal_minor + fact.tax_minor
            assert len(fact.lines) == 5
            assert (fact.cancelled_at is not None) == (recorded["response"]["cancelled_at"] is not None)
