"""Which guides are for what somebody bought, in which language, and how they are found."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Case
from engagement.guides import for_order, for_products
from engagement.guides.searching import search
from engagement.models import Guide
from tests.factories.customers import StoreFactory
from tests.factories.engagement import GuideFactory
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, ProductFactory
from tracking import access
from tracking.models import Link, Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    made = OrderFactory()
    lamp = ProductFactory(store=made.store, title="Lamp", product_type="Lighting", tags=["brass"])
    OrderLineFactory(order=made, product=lamp)
    return made


def lamp_of(order):
    return order.lines.get().product


def titles(guides):
    return [guide.title for guide in guides]


def test_the_guide_of_the_product_comes_before_its_type_s_and_its_tag_s_and_everybody_s(order):
    GuideFactory(store=order.store, title="For all", position=0)
    GuideFactory(store=order.store, title="For brass", tag="brass")
    GuideFactory(store=order.store, title="For lighting", product_type="Lighting")
    GuideFactory(store=order.store, title="For the lamp", product=lamp_of(order), position=9)

    assert titles(for_order(order, ["en"])) == ["For the lamp", "For lighting", "For brass", "For all"]


def test_guides_of_other_things_and_other_stores_and_drafts_are_not_shown(order):
    GuideFactory(store=order.store, product=ProductFactory(store=order.store))
    GuideFactory(store=order.store, product_type="Linen")
    GuideFactory(store=order.store, tag="wool")
    GuideFactory(store=order.store, live=False)
    GuideFactory(store=StoreFactory(slug="elsewhere"))
    GuideFactory(store=order.store, product_type="Lighting", tag="wool")

    assert for_order(order, ["en"]) == []


def test_a_line_that_was_taken_back_has_no_guides(order):
    GuideFactory(store=order.store, product=lamp_of(order))
    order.lines.update(quantity=0)

    assert for_order(order, ["en"]) == []


def test_a_guide_is_shown_in_one_language_the_reader_s_before_the_store_s_before_english(order):
    order.store.language = "fr"
    for language in ("en", "fr", "de"):
        GuideFactory(store=order.store, product_type="Lighting", language=language, title=language)
    GuideFactory(store=order.store, tag="brass", language="fr", title="laiton")
    GuideFactory(store=order.store, language="it", title="italiano")

    assert titles(for_order(order, ["de-AT"])) == ["de", "laiton"]
    assert titles(for_order(order, ["nl"])) == ["fr", "laiton"]


def test_only_the_kinds_asked_for(order):
    GuideFactory(store=order.store, kind="care", title="Care")
    GuideFactory(store=order.store, kind="faq", title="Question")

    assert titles(for_order(order, ["en"], kinds=["faq"])) == ["Question"]


def test_guides_of_an_order_of_many_lines_take_two_queries(order, django_assert_num_queries):
    for number in range(20):
        product = ProductFactory(store=order.store, product_type=f"Type {number}")
        OrderLineFactory(order=order, product=product)
        GuideFactory(store=order.store, product=product)

    with django_assert_num_queries(2):
        assert len(for_order(order, ["en"])) == 12


def test_products_that_were_not_bought_have_guides_too(order):
    GuideFactory(store=order.store, product_type="Lighting", title="Light")

    assert titles(for_products(order.store, [lamp_of(order)], ["en"])) == ["Light"]
    assert for_products(order.store, [], ["en"]) == []


# --- on the order's page ---


@pytest.fixture
def token(order):
    return access.token(access.link_for(order, Link.Purpose.ACT, at=NOON))


def deliver(order):
    order.status = Order.Status.DELIVERED
    order.save(update_fields=["status"])


def test_the_order_s_page_shows_guides_once_it_is_there(client, order, token):
    GuideFactory(
        store=order.store, title="Trim the wick", body="## First\n\nCut it **short**.\n\n<script>x</script>"
    )
    before = client.get(f"/o/{token}/").content.decode()

    deliver(order)
    after = client.get(f"/o/{token}/").content.decode()

    assert "Trim the wick" not in before
    assert "Trim the wick" in after and "<h3>First</h3>" in after and "<strong>short</strong>" in after
    assert "<script>x" not in after
    assert f"/help/{token}/" in after


def test_a_shared_link_does_not_tell_what_is_inside(client, order):
    GuideFactory(store=order.store, title="Trim the wick")
    deliver(order)
    shared = access.token(access.link_for(order, Link.Purpose.SHARE, at=NOON))

    assert "Trim the wick" not in client.get(f"/o/{shared}/").content.decode()


def test_guides_cost_an_order_s_page_one_query_and_none_where_there_are_none(client, order, token):
    deliver(order)
    url = f"/o/{token}/"
    client.get(url)
    with CaptureQueriesContext(connection) as without:
        client.get(url)

    GuideFactory(store=order.store, product=lamp_of(order))
    with CaptureQueriesContext(connection) as with_one:
        client.get(url)

    assert len(with_one) == len(without) + 1


def test_a_changed_guide_makes_another_page(client, order, token):
    guide = GuideFactory(store=order.store)
    deliver(order)
    first = client.get(f"/o/{token}/")

    guide.body = "Quite new"
    guide.save()
    again = client.get(f"/o/{token}/", headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 200


# --- search ---


def guides_of(*pairs):
    return [Guide(title=title, body=body) for title, body in pairs]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("wick", ["Trim the wick", "Candles"]),
        ("WICK!", ["Trim the wick", "Candles"]),
        ("clean wax", ["Candles", "Clean brass"]),
        ("resumé", ["Résumé of care"]),
        ("cand", ["Candles"]),
        ("nothing like it", []),
        ("", ["Trim the wick", "Clean brass", "Candles", "Résumé of care"]),
        ("!?", ["Trim the wick", "Clean brass", "Candles", "Résumé of care"]),
    ],
    ids=["body too", "shouted", "all words first", "accents", "beginning", "none", "empty", "only signs"],
)
def test_guides_are_found_by_words(question, found):
    guides = guides_of(
        ("Trim the wick", "Short is good."),
        ("Clean brass", "With a cloth."),
        ("Candles", "Clean the wax off; trim the wick."),
        ("Résumé of care", "All of it."),
    )

    assert titles(search(guides, question)) == found


@given(st.text(max_size=300))
def test_no_question_breaks_the_search(question):
    guides = guides_of(("Trim the wick", "Short."), ("ΐİß", "ﬁne"))

    assert set(titles(search(guides, question))) <= {"Trim the wick", "ΐİß"}


# --- /help/ ---


def test_help_is_found_and_looking_changes_nothing(client, order, token):
    GuideFactory(store=order.store, title="Trim the wick")
    GuideFactory(store=order.store, title="Clean the glass", body="Soap.", language="en")

    everything = client.get(f"/help/{token}/").content.decode()
    found = client.get(f"/help/{token}/?q=glass").content.decode()
    nothing = client.get(f"/help/{token}/?q=invoice").content.decode()

    assert "Trim the wick" in everything and "Clean the glass" in everything
    assert "Clean the glass" in found and "Trim the wick" not in found and "1 guide fits" in found
    assert "No guide has these words" in nothing and ">invoice</textarea>" in nothing
    assert not Case.objects.exists()


def test_a_question_that_no_guide_answers_becomes_a_case_once(client, order, token):
    for _ in range(2):
        answer = client.post(f"/help/{token}/", {"words": "It hums at night.\nWhy?"}, follow=True)

    case = Case.objects.get()
    assert (case.subject, case.source, case.about_id) == ("It hums at night.", "portal", str(order.pk))
    assert [said.body for said in case.messages.all()] == ["It hums at night.\nWhy?"]
    assert case.customer == order.customer
    assert "Your question is with a person" in answer.content.decode()


def test_an_empty_question_is_asked_for_again(client, token):
    answer = client.post(f"/help/{token}/", {"words": "  "})

    assert answer.status_code == 422
    assert "Write down what you want to know." in answer.content.decode()
    assert not Case.objects.exists()


def test_questions_are_limited(client, order, token):
    answers = [client.post(f"/help/{token}/", {"words": f"Question {n}"}).status_code for n in range(6)]

    assert answers == [302] * 5 + [429]
    assert Case.objects.count() == 5


@pytest.mark.parametrize("purpose", ["share", "view", "gift"])
def test_only_a_link_that_opens_all_of_it_opens_help(client, order, purpose):
    other = access.token(access.link_for(order, purpose, at=NOON, life=timedelta(days=9999)))

    assert client.get(f"/help/{other}/").status_code == 404
    assert client.get(f"/help/{'x' * 44}/").status_code == 404
