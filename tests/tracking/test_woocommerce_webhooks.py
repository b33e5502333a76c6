"""WooCommerce at the door: the ping, who signed, and nothing that comes in can bring the reader down."""

import base64
import hashlib
import hmac
import json

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import worker
from customers.models import Customer, Event, Store
from tests import signing
from tests.factories.customers import StoreFactory
from tests.tracking.mirror import forget, rows
from tests.tracking.portal import NOW, page
from tests.tracking.test_shopify_webhooks import everywhere, replaced
from tests.tracking.woocommerce_bodies import PAYLOADS, documented, payload
from tracking import access
from tracking.models import Inbound, Link, Order, Product, StockLevel
from tracking.services import record_fulfillment
from tracking.shops.base import BadPayload, FulfillmentData
from tracking.shops.woocommerce import _READERS, WooCommerce

TOPICS = sorted(_READERS)
FORM = "application/x-www-form-urlencoded"
DOOR = "/webhooks/shops/harbour-pine/"


def signed(secret: str, body: bytes) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"x-wc-webhook-signature": base64.b64encode(digest).decode()}


@pytest.fixture
def store(db):
    return StoreFactory(platform=Store.Platform.WOOCOMMERCE)


def read_all():
    worker.drain(kinds=["inbound"])


# --- the ping
def test_the_trial_of_the_address_is_answered_200_and_leaves_nothing(client, store):
    answer = client.post(DOOR, b"webhook_id=3", content_type=FORM)

    assert answer.status_code == 200  # any other answer, and WooCommerce reports a failure
    assert not Inbound.objects.exists()
    store.refresh_from_db()
    assert (store.last_webhook_at, store.last_rejected_at) == (None, None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"webhook_id=3&id=7", FORM),
        (b"webhook_id=", FORM),
        (b"webhook_id=3\n", FORM),
        (b"webhook_id=x", FORM),
        (b"webhook_id=" + b"9" * 21, FORM),
        (b"webhook_id=3", "application/json"),
        (b'{"id": 7}', FORM),
        (b"", FORM),
    ],
)
def test_anything_but_the_trials_exact_form_must_be_signed(client, store, body, kind):
    assert client.post(DOOR, body, content_type=kind).status_code == 401
    assert not Inbound.objects.exists()


@pytest.mark.django_db
def test_other_platforms_do_not_answer_the_trial(client):
    StoreFactory(platform=Store.Platform.SHOPIFY)

    assert client.post(DOOR, b"webhook_id=3", content_type=FORM).status_code == 401


# --- deliveries
def test_two_orders_that_change_in_one_second_share_a_delivery_id_and_are_both_read(client, store):
    # WooCommerce makes the id of the webhook's number and the second.
    for number in (1042, 1043):
        body = payload("order.created", id=number, number=str(number))
        assert signing.woocommerce(client, "order.updated", body, delivery="same").status_code == 200
    read_all()

    assert sorted(Order.objects.values_list("number", flat=True)) == ["1042", "1043"]


def test_the_same_webhook_nine_times_is_one_order_and_one_event(client, store):
    for number in range(9):
        signing.woocommerce(client, "order.created", payload("order.created"), delivery=f"d{number}")
    read_all()

    assert Inbound.objects.count() == 1
    assert Event.objects.filter(kind="tracking.order.placed").count() == 1


def test_a_wrong_signature_is_refused_and_noted(client, store):
    answer = signing.woocommerce(client, "order.created", payload("order.created"), secret="guess")

    assert answer.status_code == 401
    assert not Inbound.objects.exists()
    store.refresh_from_db()
    assert store.last_rejected_at is not None


def test_an_order_comes_in_by_webhooks_and_is_on_its_page_with_its_parcels(client, store):
    for topic, name in (
        ("product.updated", "product.updated"),
        ("order.created", "order.created"),
        ("order.updated", "order.updated"),
        ("customer.updated", "customer.updated"),
    ):
        assert signing.woocommerce(client, topic, payload(name)).status_code == 200
    read_all()

    assert set(Inbound.objects.values_list("state", flat=True)) == {"DONE"}
    order = Order.objects.get()
    assert set(order.shipments.values_list("tracking_number", "carrier")) == {
        ("1Z999AA10123456784", "ups"),
        ("HC-77", ""),
        ("AB123456785GB", "royal_mail"),
    }
    assert (
        order.lines.get(sku="OIL-250").variant.inventory_item_id == StockLevel.objects.get().inventory_item_id
    )
    assert [parcel.carrier for parcel in page(order).parcels] == ["UPS", "Harbour Couriers", "Royal Mail"]

    token = access.token(access.link_for(order, Link.Purpose.ACT, at=timezone.now()))
    shown = client.get(f"/o/{token}/")
    assert shown.status_code == 200
    for words in ("HP-1042", "Harbour Lantern", "1Z999AA10123456784"):
        assert words in shown.content.decode()


def tracked(seconds: int, *numbers: str) -> dict:
    """Return an order that was changed so many seconds after it was placed, with these tracking numbers."""
    items = [{"tracking_provider": "ups", "tracking_number": number} for number in numbers]
    changed = f"2026-03-09T15:02:{seconds:02}"
    meta = [{"id": 1, "key": "_wc_shipment_tracking_items", "value": items}]
    return payload("order.created", date_modified_gmt=changed, meta_data=meta)


MISTYPED, RIGHT = "1Z999AA10123456789", "1Z999AA10123456784"


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("bodies", "left"),
    [
        ([tracked(1, MISTYPED), tracked(2, RIGHT)], {RIGHT}),
        ([tracked(1, MISTYPED, RIGHT), tracked(2, RIGHT)], {RIGHT}),
        ([tracked(1, MISTYPED), tracked(2)], set()),
        ([tracked(1, RIGHT), tracked(2), tracked(3, RIGHT)], {RIGHT}),
        ([tracked(1), tracked(2, MISTYPED), tracked(3, MISTYPED, RIGHT)], {MISTYPED, RIGHT}),
    ],
)
def test_a_number_the_shop_deletes_is_gone_from_the_page_in_every_order(
    client, store, bodies, left, backwards
):
    for body in reversed(bodies) if backwards else bodies:
        signing.woocommerce(client, "order.updated", body)
        read_all()

    order = Order.objects.get()
    assert set(order.shipments.current().values_list("tracking_number", flat=True)) == left
    assert len(page(order).parcels) == len(left)


def test_a_parcel_that_others_told_of_is_not_taken_back_by_the_shop(client, store):
    signing.woocommerce(client, "order.updated", tracked(1, RIGHT))
    read_all()
    record_fulfillment(
        store=store, data=FulfillmentData("erp-1", "1042", "v1", tracking_numbers=("ERP123456",)), at=NOW
    )
    signing.woocommerce(client, "order.updated", tracked(2))
    read_all()

    order = Order.objects.get()
    assert list(order.shipments.current().values_list("tracking_number", flat=True)) == ["ERP123456"]


STORY = [
    ("order.created", payload("order.created", status="on-hold", date_paid_gmt=None)),
    ("order.updated", payload("order.created")),  # the same second: paid
    ("order.updated", payload("order.updated")),
    ("customer.updated", payload("customer.updated")),
    ("product.updated", payload("product.updated")),
    ("product.created", payload("product.created")),
]


@time_machine.travel(NOW, tick=False)
def test_every_order_of_arrival_and_every_repetition_ends_in_the_same_rows(client, db):
    ends = []
    for told in (  # at one moment: what no message dates is dated by its arrival
        STORY,
        STORY[::-1],
        [*STORY, *STORY[::-1]],
        [*STORY[3:], *STORY[:3]],
        [*STORY[1::2], *STORY[::2]],
    ):
        StoreFactory(platform=Store.Platform.WOOCOMMERCE)
        for topic, body in told:
            assert signing.woocommerce(client, topic, body).status_code == 200
            read_all()
        ends.append(rows())
        forget()

    assert ends[0] == ends[1] == ends[2] == ends[3] == ends[4]


# --- nothing brings the reader down
def parse_or_refuse(topic: str, body: bytes) -> None:
    try:
        facts = WooCommerce(["hush"], "USD").parse(topic, body)
    except BadPayload as exc:
        assert str(exc)
        return
    assert facts
    assert "\x00" not in repr(facts).replace("\\x00", "\x00")
    assert "\\ud8" not in repr(facts)


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_a_wrong_type_anywhere_is_refused_or_read_but_never_a_crash(path):
    good = json.loads(path.read_bytes())
    for place in everywhere(good):
        for wrong in (None, True, -1, 1.5, "\x00\ud800 odd", [], {}, [None], {"0": None}, "x" * 3000):
            parse_or_refuse(path.stem, json.dumps(replaced(good, place, wrong)).encode())


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_a_body_cut_short_is_refused(path):
    body = path.read_bytes().rstrip()
    for cut in (1, len(body) // 2, len(body) - 1, len(body)):
        with pytest.raises(BadPayload):
            WooCommerce().parse(path.stem, body[:-cut])


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"{}",
        b"\xff",
        b"NaN",
        b"[" * 100_000,
        b'{"id":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_body_is_refused(topic, body):
    with pytest.raises(BadPayload):
        WooCommerce().parse(topic, body)


WORDS = sorted(
    {
        word
        for path in PAYLOADS.glob("*.json")
        for word in path.read_text().split('"')
        if word.isidentifier() and len(word) < 40
    }
)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=8),
    max_leaves=25,
)


@pytest.mark.parametrize("topic", TOPICS)
@given(told=st.dictionaries(st.sampled_from(WORDS), ANY_JSON, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_json_at_all_makes_it_raise_anything_but_bad_payload(topic, told):
    dated = {"id": 1, "date_created_gmt": "2026-03-09T08:01:12"}
    parse_or_refuse(topic, json.dumps(dated | told).encode())


@pytest.mark.parametrize("plugin", ["_wc_shipment_tracking_items", "_aftership_tracking_items"])
@given(value=ANY_JSON)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_that_a_plug_in_writes_costs_the_order(plugin, value):
    told = payload("order.created", meta_data=[{"id": 1, "key": plugin, "value": value}])

    (made,) = WooCommerce(["hush"], "USD").parse("order.updated", json.dumps(told).encode())
    assert made.external_id == "1042"


# --- documented
@pytest.mark.shared
def test_every_documented_body_is_answered_stored_and_read_or_kept_in_any_order(client, db, shared):
    bodies = list(documented(shared))
    ends = []
    for told in (bodies, [*bodies, *bodies], bodies[::-1]):
        StoreFactory(platform=Store.Platform.WOOCOMMERCE)
        for topic, body in told:
            assert signing.woocommerce(client, topic, body).status_code == 200
        read_all()
        states = set(Inbound.objects.values_list("state", flat=True))
        assert states <= {"DONE", "KEPT"}, list(
            Inbound.objects.filter(state="FAILED").values("topic", "reason")
        )
        assert not Inbound.objects.filter(state="KEPT", reason="").exists()
        assert Order.objects.exists() and Product.objects.exists() and Customer.objects.exists()
        ends.append(rows())
        forget()

    assert ends[0] == ends[1] == ends[2]
    assert len(bodies) >= 20
