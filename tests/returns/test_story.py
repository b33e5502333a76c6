"""Staff read on the order's page what happened to its returns, in words."""

from datetime import timedelta

import pytest
from django.db import transaction

from returns import events, story
from returns.services import moves
from returns.vocabulary import Kind, State
from tests.engagement.returning import give_back
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory
from tests.staff import client_of, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def ret():
    order = OrderFactory()
    OrderLineFactory(order=order, position=1)
    OrderLineFactory(order=order, position=2)
    return give_back(order, state=State.REVIEW)


def happens(ret, kind, at, **data):
    with transaction.atomic():
        moves.tell(ret, kind, f"{kind}:{at}", at=at, **data)


def test_every_fact_about_returns_has_words():
    kinds = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}

    assert kinds - set(story.WORDS) == set()


def test_the_order_s_page_tells_of_its_returns_among_the_rest(ret):
    with transaction.atomic():
        moves.advance(moves.locked(ret.pk), State.APPROVED, at=NOON)
    money = {"refund_id": 1, "amount_minor": 4800, "currency": "USD", "provider": "shopify"}
    happens(ret, events.REFUND_DONE, NOON + timedelta(hours=2), **money)

    html = client_of().get(page(ret.order)).content.decode()

    refunded = html.index(f"Return {ret.number}: money given back")
    assert "$48.00 (Shopify)." in html[refunded : refunded + 600]
    assert refunded < html.index(f"Return {ret.number}: approved")


def test_a_story_tells_claims_pieces_and_reasons(ret):
    ret.kind = Kind.CLAIM
    ret.save()
    happens(ret, events.EXCHANGE_CANCELLED, NOON, exchange_id=1, why="unpaid", due_minor=0)
    happens(ret, events.UNIT_INSPECTED, NOON, condition="WORN", disposition="REFURBISH", corrected=True)

    told = {(entry.title, entry.why) for entry in story.of_return(ret)}

    assert told == {
        (f"Claim {ret.number}: an exchange was given up", "The difference was not paid."),
        (
            f"Claim {ret.number}: a piece was inspected",
            "Worn, refurbish. Corrected after the parcel was finished.",
        ),
    }


def test_an_order_without_returns_costs_its_page_one_query(django_assert_num_queries):
    order = OrderFactory()

    with django_assert_num_queries(1):
        assert story.of_order(order) == []
