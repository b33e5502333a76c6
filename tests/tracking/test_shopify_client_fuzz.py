"""Whatever the Admin API answers, one thing is read or said to be unreadable; nothing falls over."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking import graphql_nodes as nodes
from tests.tracking.shopify_bodies import payload
from tracking.shops.base import Ignored
from tracking.shops.client import ShopError
from tracking.shops.shopify.client_reading import Reader

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["id", "nodes", "amount", "shopMoney"]), st.integers(), max_size=2),
)


class Still:
    """A way to a shop that answers one page, and nothing when asked for more."""

    def __init__(self, what: str, node: dict) -> None:
        connection = nodes.several([node])
        if what == "locations":
            connection = nodes.several(
                [{"id": "gid://shopify/Location/1", "inventoryLevels": nodes.several([node])}]
            )
        self.told = {what: connection}

    def ask(self, question: str, variables: dict, **how: Any) -> dict:
        return self.told if "query" in variables else {}


def paths(value: Any, before: tuple = ()) -> list[tuple]:
    """Return the way to every value in a piece of JSON."""
    found = [before] if before else []
    named = list(value.items()) if isinstance(value, dict) else []
    for name, inner in named or (enumerate(value) if isinstance(value, list) else ()):
        found += paths(inner, (*before, name))
    return found


NODES = {
    "orders": nodes.order(payload("orders_updated")),
    "products": nodes.product(payload("products_update", variant_gids=None)),
    "customers": nodes.customer(payload("customers_update")),
    "locations": nodes.level("46012", 3, "2026-03-09T10:00:00Z"),
}
READ = {"orders": "orders", "products": "products", "customers": "customers", "locations": "stock"}


@pytest.mark.parametrize("what", NODES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_wrong_value_anywhere_costs_no_more_than_the_thing_itself(what, data):
    node = deepcopy(NODES[what])
    path = data.draw(st.sampled_from(paths(node)))
    place = node
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = data.draw(JUNK)
    span = {"since": SINCE, "until": SINCE, "cursor": ""}

    try:
        page = Reader(Still(what, node), "USD").changed(READ[what], **span)
    except ShopError as exc:
        assert not exc.unknown
        return
    assert page.facts
    assert all(isinstance(fact, Ignored) or fact.version.endswith("|") for fact in page.facts)


SINCE = nodes.datetime(2026, 3, 1, tzinfo=nodes.UTC)
