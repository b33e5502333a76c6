import uuid

import pytest

from customers.models import Event, Identity
from engagement.models import Membership, Segment
from engagement.segments import lists
from tests.factories.api import Api, other_store
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.segments import NOON, ListFactory, SegmentFactory
from tests.factories.tracking import OrderFactory

pytestmark = pytest.mark.django_db

TWO_ORDERS = {"fact": "profile.orders", "op": "at_least", "value": 2}


@pytest.fixture
def api():
    return Api()


def key():
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_segments_are_listed_with_their_rule_in_words(api):
    SegmentFactory(name="Regulars", rule=TWO_ORDERS, count=7)
    SegmentFactory(name="Gone", archived_at=NOON)

    found = api.get("segments/").json()["results"]

    assert [(row["name"], row["words"], row["rule"], row["count"]) for row in found] == [
        ("Regulars", "Orders is at least 2.", TWO_ORDERS, 7)
    ]


def test_one_segment_is_read_and_not_sent_twice(api):
    segment = SegmentFactory(rule=TWO_ORDERS)
    answer = api.get(f"segments/{segment.public_id}/")

    again = api.get(f"segments/{segment.public_id}/", headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.json()["id"] == str(segment.public_id)
    assert again.status_code == 304


def test_a_key_of_one_store_sees_its_segments_alone(api):
    here, there = StoreFactory(), other_store()
    mine, theirs, of_all = SegmentFactory(store=here), SegmentFactory(store=there), SegmentFactory()
    narrow = Api(stores=["harbour-pine"])

    assert [row["id"] for row in narrow.get("segments/").json()["results"]] == [str(mine.public_id)]
    for other in (theirs, of_all):
        assert narrow.get(f"segments/{other.public_id}/").status_code == 404
        assert narrow.get(f"segments/{other.public_id}/members/").status_code == 404
        assert narrow.post(f"segments/{other.public_id}/members/", {"add": ["x"]}).status_code == 404


def test_members_are_paged_by_their_keys_both_ways(api):
    vip = ListFactory()
    people = [CustomerFactory() for _ in range(5)]
    lists.add(segment=vip, customer_ids=[one.pk for one in people], at=NOON)
    path = f"segments/{vip.public_id}/members/"

    first = api.get(path, page_size="2").json()
    second = api.client.get(first["next"]).json()
    third = api.client.get(second["next"]).json()
    back = api.client.get(third["previous"]).json()

    seen = [row["email"] for page in (first, second, third) for row in page["results"]]
    assert seen == [one.email for one in people]
    assert (first["previous"], third["next"]) == (None, None)
    assert back["results"] == second["results"]


def test_a_list_is_made_once(api):
    StoreFactory()
    headers = key()

    made = api.post("segments/", {"name": "Fair", "store": "harbour-pine"}, headers=headers)
    again = api.post("segments/", {"name": "Fair", "store": "harbour-pine"}, headers=headers)
    taken = api.post("segments/", {"name": "Fair"}, headers=key())

    assert (made.status_code, again.status_code, taken.status_code) == (201, 201, 409)
    assert made.json()["kind"] == "list"
    assert made.json()["store"] == "harbour-pine"
    assert Segment.objects.count() == 1


def test_a_key_of_one_store_makes_lists_of_that_store_only():
    StoreFactory()
    other_store()
    narrow = Api(stores=["harbour-pine"])

    assert narrow.post("segments/", {"name": "All"}, headers=key()).status_code == 400
    assert narrow.post("segments/", {"name": "x", "store": "north-mill"}, headers=key()).status_code == 400


def test_people_come_and_go_and_who_is_unknown_is_named(api):
    ada, bo = CustomerFactory(email="ada@example.com"), CustomerFactory(email="bo@example.com")
    cy = CustomerFactory()
    vip = ListFactory()
    lists.add(segment=vip, customer_ids=[bo.pk], at=NOON, tell=False)
    body = {"add": ["Ada@example.com", str(cy.public_id), "x@y.z"], "remove": ["bo@example.com"]}

    answer = api.post(f"segments/{vip.public_id}/members/", body)
    again = api.post(f"segments/{vip.public_id}/members/", body)

    assert answer.json() == {"added": 2, "removed": 1, "unknown": ["x@y.z"], "count": 2}
    assert again.json() == {"added": 0, "removed": 0, "unknown": ["x@y.z"], "count": 2}
    assert set(Membership.objects.values_list("customer", flat=True)) == {ada.pk, cy.pk}
    assert Event.objects.filter(kind__startswith="engagement.segment.").count() == 3


def test_nobody_needs_to_hear_of_it(api):
    CustomerFactory(email="ada@example.com")
    vip = ListFactory()

    api.post(f"segments/{vip.public_id}/members/", {"add": ["ada@example.com"], "tell": False})

    assert Membership.objects.count() == 1
    assert not Event.objects.filter(kind__startswith="engagement.segment.").exists()


def test_a_key_of_one_store_learns_of_nobody_who_never_was_there():
    here = StoreFactory()
    known, by_id, stranger = (CustomerFactory(email=f"{name}@example.com") for name in ("a", "b", "c"))
    OrderFactory(store=here, customer=known)
    Identity.objects.create(customer=by_id, kind=Identity.Kind.EXTERNAL, store=here, value="77")
    vip = ListFactory(store=here)
    people = ["a@example.com", "b@example.com", "c@example.com", str(stranger.public_id)]

    answer = Api(stores=["harbour-pine"]).post(f"segments/{vip.public_id}/members/", {"add": people})

    assert answer.json()["unknown"] == ["c@example.com", str(stranger.public_id)]
    assert answer.json()["added"] == 2


def test_nobody_is_put_into_a_segment_by_rules(api):
    segment = SegmentFactory(rule=TWO_ORDERS)

    answer = api.post(f"segments/{segment.public_id}/members/", {"add": ["x"]})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "add"),
        ({"add": "ada@example.com"}, "add"),
        ({"add": [7]}, "add.0"),
        ({"add": ["x"] * 1001}, "add"),
        ({"put": ["x"]}, "put"),
    ],
    ids=["nothing", "text", "number", "many", "other"],
)
def test_a_wrong_body_is_refused_by_field(api, body, field):
    answer = api.post(f"segments/{ListFactory().public_id}/members/", body)

    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_reading_needs_one_scope_and_writing_another():
    reader = Api(scopes=("segments:read",))
    vip = ListFactory()

    assert reader.get("segments/").status_code == 200
    assert reader.post("segments/", {"name": "x"}, headers=key()).status_code == 403
    assert reader.post(f"segments/{vip.public_id}/members/", {"add": ["x"]}).status_code == 403
    assert Api(scopes=("orders:read",)).get("segments/").status_code == 403
