"""Returns through the API: lists, changes, who may see what, and the reference."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from returns.api import examples
from returns.api.serializers import RefundOut, ReturnOut, UnitOut
from returns.models import Refund, Return
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON
from tests.returns.api import Returning, body, item
from tests.returns.scenes import bought

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def order():
    return bought({"quantity": 2, "title": "Brass lantern"}, {"unit_price_minor": 1200, "title": "Wick"})


@pytest.fixture
def api(order):
    return Returning(stores=[order.store.slug])


# --- reading


def test_a_list_is_found_by_what_is_known(api, order):
    told = api.made(order)
    api.act(api.made(order, item(order, 1)), "cancel")
    number = told["number"].lower()

    for query in (
        {"number": number},
        {"state": "APPROVED"},
        {"order_number": order.number, "state": "APPROVED"},
        {"order": str(order.public_id), "state": "APPROVED"},
        {"store": order.store.slug, "kind": "RETURN", "state": "APPROVED"},
    ):
        assert [each["id"] for each in api.get("returns/", **query).json()["results"]] == [told["id"]], query
    assert len(api.get("returns/").json()["results"]) == 2
    assert api.get("returns/", state="DONE").status_code == 400
    assert api.get("returns/", stte="APPROVED").status_code == 400


def test_changes_are_followed(api, order, now):
    told = api.made(order)
    later = NOON + timedelta(hours=1)
    assert api.get("returns/", updated_since=later.isoformat()).json()["results"] == []

    now.move_to(later)
    api.act(told, "cancel")

    changed = api.get("returns/", updated_since=later.isoformat()).json()["results"]
    assert [each["state"] for each in changed] == ["CANCELLED"]


def test_one_return_is_answered_with_304_until_it_changes(api, order):
    told = api.made(order)
    first = api.get(f"returns/{told['id']}/")

    same = api.get(f"returns/{told['id']}/", headers={"If-None-Match": first["ETag"]})
    api.act(told, "cancel")
    other = api.get(f"returns/{told['id']}/", headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, same.status_code, other.status_code) == (200, 304, 200)


def test_pages_follow_each_other_without_a_gap(api, order):
    for _ in range(3):
        api.made(bought(store=order.store))

    seen, path = [], "/api/v1/returns/?page_size=1"
    while path:
        page = api.client.get(path).json()
        seen += [each["id"] for each in page["results"]]
        path = page["next"] and page["next"].removeprefix("http://testserver")

    assert len(seen) == len(set(seen)) == 3


def test_many_returns_take_as_many_queries_as_one(api, order):
    api.made(order)
    few = queries(api)
    for _ in range(3):
        api.made(bought({"quantity": 2}, store=order.store))

    assert queries(api) == few


def queries(api):
    with CaptureQueriesContext(connection) as made:
        assert api.get("returns/").status_code == 200
    return len(made)


# --- who may


def test_another_stores_return_and_order_answer_as_if_there_were_none(api, order):
    told = api.made(order)
    StoreFactory(slug="north-mill")
    other = Returning(stores=["north-mill"])

    assert other.get("returns/").json()["results"] == []
    assert other.get(f"returns/{told['id']}/").status_code == 404
    assert other.post("returns/quote/", body(order)).json()["errors"] == {
        "order": ["This key knows no such order."]
    }
    assert other.create(order, item(order, 1)).status_code == 400
    for name in ("approve", "cancel", "reject", "receive", "inspect"):
        given = {"words": "No."} if name == "reject" else {}
        assert other.act(told, name, **given).status_code == 404, name
    assert Return.objects.get().state == "APPROVED"


def test_a_key_that_may_read_quotes_but_makes_and_decides_nothing(api, order):
    told = api.made(order)
    reader = Returning(scopes=("returns:read",))

    assert reader.get("returns/").status_code == 200
    assert reader.post("returns/quote/", body(order, item(order, 1))).status_code == 200
    assert reader.create(order, item(order, 1)).status_code == 403
    assert reader.act(told, "cancel").status_code == 403
    assert Returning(scopes=("orders:write",)).get("returns/").status_code == 403


# --- the reference


def test_the_examples_are_what_really_comes_and_goes(api, order):
    bought(
        {"quantity": 2, "external_id": "1"},
        store=StoreFactory(slug="harbour-pine", currency="EUR"),
        external_id="10442",
        currency="EUR",
    )
    api = Returning()
    quote = api.post("returns/quote/", examples.QUOTE).json()
    made = api.do("returns/", examples.RETURN)
    ret = Return.objects.get()
    look = {**examples.INSPECT["units"][0], "unit": ret.units.get().pk}
    received = api.act(made.json(), "receive", **examples.RECEIVE, unannounced=True)
    told = api.act(made.json(), "inspect", **{**examples.INSPECT, "units": [look]}).json()

    assert (made.status_code, received.status_code) == (201, 200)
    assert set(told) == set(examples.RETURN_ANSWER) == set(ReturnOut.Meta.fields)
    assert set(told["units"][0]) == set(examples.UNIT_ANSWER) == set(UnitOut.Meta.fields)
    assert set(told["parcels"][0]) == set(examples.PARCEL_ANSWER)
    assert set(examples.REFUND_ANSWER) == set(RefundOut.Meta.fields)
    assert examples.REFUND_ANSWER["state"] in Refund.State.values
    assert examples.REFUND_ANSWER["provider"] in Refund.Provider.values
    assert quote["quote"] == told["quote"] == examples.SUMS
    assert set(quote) == set(examples.QUOTE_ANSWER)
    assert quote["units"] == examples.QUOTE_ANSWER["units"]
    assert set(quote["lines"][0]) == set(examples.QUOTE_ANSWER["lines"][0])
    for name in ("value_minor", "deduction_minor", "stage", "condition", "disposition", "parcel"):
        assert told["units"][0][name] == examples.UNIT_ANSWER[name], name
