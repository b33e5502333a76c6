"""Every topic of both shops through the door: accepted, twice the same, the same rows in every order."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from customers import worker
from customers.models import Alert, Store
from tests import signing
from tests.factories.customers import StoreFactory
from tests.tracking.mirror import forget, rows
from tests.tracking.portal import NOW
from tests.tracking.woocommerce_bodies import payload
from tracking.models import Inbound, Order, OrderEdit, OrderRefund, ShopReturn, StockLevel

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DEEP = b"[" * 100_000 + b"]" * 100_000
TOO_LARGE = b'"' + b"x" * (5 * 1024 * 1024) + b'"'


def read_all():
    worker.drain(kinds=["inbound"])


def states():
    return {row["topic"]: row["state"] for row in Inbound.objects.values("topic", "state")}


def recorded(shared) -> list[tuple[str, dict, str]]:
    """Return (topic, body, when the shop says it happened) of each recorded body; and an order they lack."""
    files = sorted((shared / "shopify").rglob("*.json"))
    told = [json.loads(file.read_text()) for file in files]
    bodies = [(message["name"], message["response"]) for message in told]
    order = next(body for topic, body in bodies if topic == "orders/create")
    bodies.append(("orders/updated", {**order, "id": 4783296544821, "name": "#7777"}))
    return [
        (topic, body, (DAY + timedelta(minutes=number)).isoformat())
        for number, (topic, body) in enumerate(bodies)
    ]


@pytest.mark.shared
def test_every_recorded_shopify_body_is_accepted_idempotent_and_free_of_order(client, shared):
    bodies = recorded(shared)
    ends = []
    for seed in range(4):
        told = [*bodies, *(bodies if seed else [])]
        random.Random(seed).shuffle(told)  # noqa: S311
        StoreFactory()
        with time_machine.travel(NOW, tick=False):
            for number, (topic, body, when) in enumerate(told):
                answer = signing.shopify(client, topic, body, delivery=f"{seed}-{number}", triggered=when)
                assert answer.status_code == 200
                if number % 7 == seed:
                    read_all()
            read_all()
        left = Inbound.objects.exclude(state__in=("DONE", "KEPT"))
        assert not left.exists(), list(left.values("topic", "state", "reason"))
        assert not Inbound.objects.filter(state="KEPT", reason="").exists()
        ends.append(rows())
        forget()

    assert ends[0] == ends[1] == ends[2] == ends[3]
    assert len(bodies) >= 46


@pytest.mark.shared
def test_the_recorded_bodies_leave_what_they_say(client, shared):
    StoreFactory()
    for topic, body, when in recorded(shared):
        signing.shopify(client, topic, body, delivery=when, triggered=when)
    read_all()

    refund = OrderRefund.objects.get()
    assert (refund.amount_minor, refund.currency, refund.note) == (8500, "USD", "Things were damaged")
    assert sum(line["amount_minor"] for line in refund.lines) > refund.amount_minor
    assert OrderEdit.objects.get().changes == {"78643924236718240": 1, "487817672276298560": -1}
    returned = ShopReturn.objects.get()
    assert returned.order.number == "#7777"
    assert (returned.decline_reason, returned.tracking_number) == ("return_period_ended", "123345345")
    assert Order.objects.get(number="#9999").removed_at is not None
    assert StockLevel.objects.filter(location__external_id="24826418").get().available == 0
    assert set(Alert.objects.values_list("kind", flat=True)) == {"customers.privacy"}


def documented(shared) -> list[tuple[str, dict]]:
    """Return (topic, body) of every JSON object in the WooCommerce documents."""
    noun = {
        "_orders": "order",
        "_products": "product",
        "_customers": "customer",
        "_order-refunds": "refund",
        "_webhooks": "action.webhook",
    }
    found = []
    for file in sorted((shared / "woocommerce").glob("*.md")):
        for block in file.read_text().split("```json\n")[1:]:
            told = json.loads(block.partition("```")[0])
            entries = told if isinstance(told, list) else [told]
            for entry in entries:
                inner = [
                    part
                    for key in ("create", "update", "delete")
                    for part in (entry.get(key, ()) if isinstance(entry, dict) else ())
                ]
                found += [(noun[file.stem], body) for body in inner or [entry] if isinstance(body, dict)]
    return [(f"{name}.updated", body) for name, body in found]


@pytest.mark.shared
def test_every_documented_woocommerce_body_is_accepted_idempotent_and_free_of_order(client, shared):
    bodies = documented(shared)
    ends = []
    for seed in range(3):
        told = [*bodies, *(bodies if seed else [])]
        random.Random(seed).shuffle(told)  # noqa: S311
        StoreFactory(platform=Store.Platform.WOOCOMMERCE)
        with time_machine.travel(NOW, tick=False):
            for topic, body in told:
                assert signing.woocommerce(client, topic, body).status_code == 200
            read_all()
        waiting = Inbound.objects.filter(state__in=("WAITING", "BLOCKED"))
        assert not waiting.exists(), list(waiting.values("topic", "state", "reason"))
        assert not Inbound.objects.exclude(state="DONE").filter(reason="").exists()
        whole = [body for _, body in bodies if "id" in body and "date_created" in body]
        assert len(whole) >= 20
        assert Order.objects.exists()
        ends.append(rows())
        forget()

    assert ends[0] == ends[1] == ends[2]


WOO = ["order", "product", "customer"]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("noun", WOO)
def test_what_woocommerce_deletes_stays_deleted_whatever_arrives_late(client, noun):
    ends = []
    changed = payload(f"{noun}.updated")
    for story in (
        [("updated", changed), ("deleted", {"id": changed["id"]})],
        [("deleted", {"id": changed["id"]}), ("updated", changed)],
        [("deleted", {"id": changed["id"]}), ("updated", changed), ("deleted", {"id": changed["id"]})],
    ):
        StoreFactory(platform=Store.Platform.WOOCOMMERCE)
        for event, body in story:
            signing.woocommerce(client, f"{noun}.{event}", body)
            read_all()
        assert set(states().values()) == {"DONE"}
        ends.append(rows())
        forget()

    assert ends[0] == ends[1] == ends[2]
    assert "'removed_at', datetime" in repr(ends[0])


def test_what_comes_back_from_woocommerces_bin_is_there_again_and_can_be_deleted_again(client):
    StoreFactory(platform=Store.Platform.WOOCOMMERCE)
    told = payload("order.updated")
    gone = {"id": told["id"]}
    story = [("updated", told), ("deleted", gone), ("restored", told), ("deleted", gone)]
    seen = []
    for hour, (event, body) in enumerate(story):
        with time_machine.travel(NOW + timedelta(hours=hour), tick=False):
            signing.woocommerce(client, f"order.{event}", body, delivery=f"d{hour}")
            read_all()
        seen.append(Order.objects.get().removed_at is not None)

    assert seen == [False, True, False, True]


def test_an_order_in_woocommerces_bin_is_marked_by_its_own_update(client):
    StoreFactory(platform=Store.Platform.WOOCOMMERCE)
    told = payload("order.updated")
    signing.woocommerce(client, "order.updated", told)
    later = {**told, "status": "trash", "date_modified_gmt": "2026-04-01T00:00:00"}
    signing.woocommerce(client, "order.updated", later)
    read_all()

    assert Order.objects.get().removed_at == datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("platform", ["shopify", "woocommerce"])
@pytest.mark.parametrize(
    ("raw", "status", "words"), [(DEEP, 200, "nested too deeply"), (TOO_LARGE, 413, "at most 5 MB")]
)
def test_what_is_too_deep_or_too_large_is_refused_in_words(client, platform, raw, status, words):
    StoreFactory(platform=platform)
    send, topic = {
        "shopify": (signing.shopify, "refunds/create"),
        "woocommerce": (signing.woocommerce, "order.updated"),
    }[platform]

    answer = send(client, topic, None, raw=raw)
    read_all()

    assert answer.status_code == status
    told = answer.content.decode() if status != 200 else Inbound.objects.get().reason
    assert words in told


@pytest.mark.parametrize("platform", ["shopify", "woocommerce"])
def test_a_wrong_signature_is_401_for_every_kind_of_topic(client, platform):
    StoreFactory(platform=platform)
    send = {"shopify": signing.shopify, "woocommerce": signing.woocommerce}[platform]
    for topic in ("orders/delete", "customers/redact", "order.deleted", ""):
        assert send(client, topic, {"id": 1}, secret="guess").status_code == 401
    assert not Inbound.objects.exists()


# --- headers
def test_the_newer_spelling_of_the_headers_is_understood_and_kept(client):
    StoreFactory()
    body = {"id": 7, "email": "ada@example.com", "updated_at": "2026-03-01T12:00:00Z"}

    answer = signing.shopify(
        client,
        "customers/update",
        body,
        delivery="w1",
        triggered=DAY.isoformat(),
        spelling="Shopify-",
        version="2026-07",
    )
    again = signing.shopify(client, "customers/update", body, delivery="w1", spelling="Shopify-")
    read_all()

    assert (answer.status_code, again.status_code) == (200, 200)
    row = Inbound.objects.get()
    assert (row.topic, row.state, row.triggered_at) == ("customers/update", "DONE", DAY)
    assert row.headers["shopify-api-version"] == "2026-07"
    assert not any("hmac" in name for name in row.headers)


@pytest.mark.parametrize(
    ("version", "words"), [("2019-04", "older"), ("2031-01", "newer"), ("unstable", "newer")]
)
def test_staff_hear_once_of_a_version_nobody_checked(client, version, words):
    StoreFactory()
    for number in range(3):
        body = {"id": number, "updated_at": "2026-03-01T12:00:00Z"}
        signing.shopify(client, "customers/update", body, delivery=f"d{number}", version=version)
        read_all()
        Alert.objects.update(state=Alert.State.ENDED)

    alert = Alert.objects.get()
    assert version in alert.title
    assert words in alert.detail


@pytest.mark.parametrize("version", ["", "2026-07", "2025-01"])
def test_nobody_is_told_of_a_version_that_was_checked(client, version):
    StoreFactory()
    signing.shopify(client, "customers/update", {"id": 1}, version=version)
    read_all()

    assert not Alert.objects.exists()


def test_an_app_that_was_removed_is_told_once(client):
    StoreFactory()
    for number in range(2):
        signing.shopify(
            client,
            "app/uninstalled",
            {"id": 548380009, "myshopify_domain": "x.myshopify.com"},
            delivery=f"d{number}",
            triggered=DAY.isoformat(),
        )
    read_all()

    alert = Alert.objects.get()
    assert (alert.severity, alert.kind) == (Alert.Severity.URGENT, "tracking.shop_uninstalled")
