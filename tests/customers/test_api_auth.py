"""Keys: who gets in, how far, and how often."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import ApiKey
from customers.services.partners import find_key, issue_key, revoke_key
from tests.factories.api import Api, order_body, other_store
from tests.factories.customers import StoreFactory
from tests.factories.tracking import OrderFactory, ShipmentFactory

pytestmark = pytest.mark.django_db


def call(key: str | None, path: str = "orders/"):
    headers = {} if key is None else {"Authorization": key}
    return Client(headers=headers).get(f"/api/v1/{path}")


def test_a_key_is_kept_only_as_its_digest():
    made = issue_key(partner="acme", scopes=["orders:read"], stores=None)

    row = ApiKey.objects.get()

    assert made.text.startswith(f"pl_{row.prefix}_") and len(made.text.split("_")[2]) == 64
    assert made.text.split("_")[2] not in str(ApiKey.objects.values_list())


def test_without_a_key_the_answer_says_how_to_bring_one():
    response = call(None)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="Porchlight API"'
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer pl_abcdefgh_" + "0" * 64, "Bearer \xe9", "pl_x"],
)
def test_what_is_no_key_opens_nothing(header):
    response = call(header)

    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"] or header == ""


def test_a_key_with_one_letter_changed_opens_nothing():
    text = issue_key(partner="acme", scopes=["orders:read"], stores=None).text
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")

    assert call(f"Bearer {text}").status_code == 200
    assert call(f"bearer {text}").status_code == 200
    assert call(f"Bearer {wrong}").status_code == 401
    assert call(f"Bearer {text} {text}").status_code == 401


def test_a_revoked_or_expired_key_opens_nothing():
    now = timezone.now()
    revoked = issue_key(partner="acme", scopes=["orders:read"], stores=None)
    ended = issue_key(partner="acme", scopes=["orders:read"], stores=None, expires_at=now)
    living = issue_key(
        partner="acme", scopes=["orders:read"], stores=None, expires_at=now + timedelta(days=1)
    )

    assert revoke_key(revoked.row, at=now)
    assert not revoke_key(revoked.row, at=now)

    assert call(f"Bearer {revoked.text}").status_code == 401
    assert call(f"Bearer {ended.text}").status_code == 401
    assert call(f"Bearer {living.text}").status_code == 200


def test_last_use_is_noted_at_most_once_a_minute(django_assert_num_queries):
    made = issue_key(partner="acme", scopes=["orders:read"], stores=None)
    start = timezone.now()

    with django_assert_num_queries(2):
        find_key(made.text, at=start)
    with django_assert_num_queries(1):
        find_key(made.text, at=start + timedelta(seconds=59))
    assert ApiKey.objects.get().last_used_at == start
    find_key(made.text, at=start + timedelta(seconds=61))
    assert ApiKey.objects.get().last_used_at == start + timedelta(seconds=61)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("get", "orders/", "orders:read"),
        ("head", "orders/", "orders:read"),
        ("post", "orders/", "orders:write"),
        ("get", "orders/{order}/", "orders:read"),
        ("get", "shipments/", "shipments:read"),
        ("post", "shipments/", "shipments:write"),
        ("get", "shipments/{shipment}/", "shipments:read"),
        ("post", "shipments/{shipment}/scans/", "shipments:write"),
    ],
)
def test_each_address_needs_its_own_scope(method, path, scope):
    shipment = ShipmentFactory()
    path = "/api/v1/" + path.format(order=shipment.order.public_id, shipment=shipment.public_id)
    others = tuple(
        s for s in ("orders:read", "orders:write", "shipments:read", "shipments:write") if s != scope
    )

    def status(scopes):
        return getattr(Api(scopes).client, method)(path, content_type="application/json")

    refused = status(others)
    assert refused.status_code == 403
    assert f'scope="{scope}"' in refused.headers["WWW-Authenticate"]
    assert status((scope,)).status_code in (200, 400)


def test_a_key_sees_only_its_own_stores():
    mine, theirs = OrderFactory(), OrderFactory(store=other_store())
    my_parcel, their_parcel = ShipmentFactory(order=mine), ShipmentFactory(order=theirs)
    api = Api(stores=["harbour-pine"])

    assert [row["id"] for row in api.get("orders/").json()["results"]] == [str(mine.public_id)]
    assert [row["id"] for row in api.get("shipments/").json()["results"]] == [str(my_parcel.public_id)]
    assert api.get("orders/", store="north-mill").json()["results"] == []
    for path in (f"orders/{theirs.public_id}/", f"shipments/{their_parcel.public_id}/"):
        assert api.get(path).status_code == 404
    scan = {"at": "2026-03-11T12:00:00Z", "status": "DELIVERED"}
    assert api.post(f"shipments/{their_parcel.public_id}/scans/", scan).status_code == 404
    assert {row["store"] for row in Api().get("orders/").json()["results"]} == {"harbour-pine", "north-mill"}


def test_anothers_store_is_refused_in_the_same_words_as_none():
    StoreFactory()
    theirs = OrderFactory(store=other_store())
    api = Api(stores=["harbour-pine"])

    def refusal(path, body, name, other):
        told = [api.post(path, body(value)).content.decode().replace(value, "…") for value in (name, other)]
        assert told[0] == told[1]
        return told[0]

    assert "This key knows no store" in refusal(
        "orders/", lambda slug: order_body(store=slug), "north-mill", "nowhere-at-all"
    )
    refusal(
        "shipments/",
        lambda order: {"order": order, "tracking_number": "1Z1"},
        str(theirs.public_id),
        "00000000-0000-4000-8000-000000000000",
    )


def test_a_key_whose_only_store_is_deleted_does_not_see_the_others():
    OrderFactory()
    gone = other_store()
    api = Api(stores=["north-mill"])

    gone.delete()

    assert api.get("orders/").json()["results"] == []


def test_every_answer_tells_what_is_left_of_the_limit(settings):
    settings.API_RATE = 3
    api = Api()

    left = [api.get("orders/").headers["RateLimit"].split(";")[1] for _ in range(3)]
    refused = api.get("orders/")

    assert left == ["r=2", "r=1", "r=0"]
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Policy"] == '"key";q=3;w=60'
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["code"] == "rate_limited"
    assert Api().get("orders/").status_code == 200  # another key has its own


def test_answers_are_kept_apart_by_key():
    assert "Authorization" in Api().get("orders/").headers["Vary"]
