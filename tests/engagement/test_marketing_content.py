"""What messages of journeys speak of, and that they are held when there is nothing to say."""

from datetime import timedelta

import pytest

from engagement import context
from engagement.builtin import LANGUAGES
from engagement.kinds import KINDS
from engagement.models import Guide, Profile, SurveyAnswer
from engagement.permission import first_look
from engagement.sending import write
from engagement.vocabulary import Hold
from tests.engagement.marketing_rows import marketing_rows, product_of
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory
from tracking.models import ShopAction

pytestmark = pytest.mark.django_db
NEEDY = sorted(code for code, kind in KINDS.items() if kind.needs - {"profile"})
PERSONAL = ("win_back_offer", "birthday", "anniversary", "tier_reached")


@pytest.fixture
def order():
    made = OrderFactory()
    OrderLineFactory(order=made, product=product_of(made))
    return made


def message(kind, order, **more):
    return MessageFactory(kind=kind, order=order, purpose=KINDS[kind].purpose, **more)


def data_of(row, language="en", at=NOON):
    return context.build(context.load(row), language=language, at=at)


def held(row):
    return first_look(context.load(row), at=NOON)


@pytest.mark.parametrize("kind", [kind for kind in NEEDY if kind != "replenishment"])
def test_a_message_with_nothing_to_say_is_held_for_good(kind, order):
    found = held(message(kind, order, context={"guide_id": 0, "survey_id": 0}))

    assert found.hold == Hold.OVERTAKEN
    assert found.words.startswith("Nothing to ")
    assert found.until is None


def test_a_reminder_of_what_nobody_can_buy_is_held():
    assert held(message("replenishment", OrderFactory())).hold == Hold.OVERTAKEN


@pytest.mark.parametrize("kind", NEEDY)
def test_a_message_with_something_to_say_may_go(kind, order):
    row = message(kind, order, context=marketing_rows(kind, order))

    assert held(row) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", PERSONAL)
def test_what_is_about_no_order_needs_none(kind, language):
    customer = CustomerFactory(language=language, name="Ada Lovelace")
    store = StoreFactory(shop_url="https://shop.example")
    row = MessageFactory(kind=kind, order=None, store=store, customer=customer, purpose="marketing")

    mail = write(context.load(row), at=NOON).outgoing

    assert mail.to == customer.email
    assert "Ada" in mail.text
    assert mail.text.count("/c/") >= 1  # the shop, by our own address
    assert "{{" not in mail.html


def test_a_guide_is_told_in_its_plain_words(order):
    row = message("care_tips", order, context=marketing_rows("care_tips", order))

    [guide] = data_of(row)["guides"]

    assert (guide["title"], guide["text"]) == ("Keep it dry", "Wipe it. Never soak it.")
    assert guide["url"].endswith("/#guides")


def test_a_long_guide_is_cut_at_a_word(order):
    ids = marketing_rows("care_tips", order)
    Guide.objects.update(body="wipe " * 200)

    [guide] = data_of(message("care_tips", order, context=ids))["guides"]

    assert guide["text"].endswith("wipe…")
    assert len(guide["text"]) <= 320


def test_maintenance_speaks_of_its_guide_in_the_readers_language(order):
    ids = marketing_rows("maintenance", order)
    due = Guide.objects.get()
    Guide.objects.create(
        store=due.store,
        product=due.product,
        kind=due.kind,
        language="de",
        title="Scharnier ölen",
        every_days=due.every_days,
    )
    order.language = "de"
    order.save()

    data = data_of(message("maintenance", order, context=ids), "de")

    assert [guide["title"] for guide in data["guides"]] == ["Scharnier ölen"]
    assert data["product"]["title"] == due.product.title


def test_goods_say_why_and_what_they_cost(order):
    marketing_rows("goes_well_with", order)

    [item] = data_of(message("goes_well_with", order))["goods"]

    assert (item["title"], item["why"], item["price"]) == (
        "Lamp oil",
        "Often bought with Brass lantern",
        "$48.00",
    )
    assert item["url"].startswith("https://")


def test_a_question_leads_to_its_own_page(order):
    row = message("how_is_it", order, context=marketing_rows("how_is_it", order))

    mail = write(context.load(row), at=NOON).outgoing

    assert [f"?score={score}" in mail.html for score in range(1, 6)] == [True] * 5
    assert mail.text.count("/survey/") == 6
    assert f"/survey/{SurveyAnswer.objects.get().pk}/" not in mail.text


def test_years_and_tier_come_from_the_profile(order):
    Profile.objects.create(
        customer=order.customer, tier="gold", first_order_at=NOON - timedelta(days=366), updated_at=NOON
    )

    assert {name: data_of(message("anniversary", order), "de")[name] for name in ("tier", "years")} == {
        "tier": "Gold",
        "years": 1,
    }


def test_a_message_waits_while_the_shop_makes_its_code(order):
    action = ShopAction.objects.create(
        purpose="offer:1",
        store=order.store,
        kind=ShopAction.Kind.DISCOUNT,
        wanted={"code": "K7QM-2XRA"},
        created_at=NOON,
        give_up_at=NOON + timedelta(days=1),
    )
    until = (NOON + timedelta(days=30)).isoformat()
    row = message(
        "birthday", order, context={"offer": {"action_id": action.pk, "percent": 10, "until": until}}
    )

    found = held(row)
    assert (found.hold, found.until) == (Hold.MOOD, NOON + timedelta(minutes=10))

    ShopAction.objects.update(state=ShopAction.State.DONE)
    assert held(row) is None
    assert data_of(row)["offer"]["code"] == "K7QM-2XRA"


def test_a_kind_that_staff_named_may_say_everything(order):
    marketing_rows("care_tips", order)
    marketing_rows("goes_well_with", order)

    data = data_of(MessageFactory(kind="lamp_care", order=order, purpose="marketing"))

    assert data["guides"] and data["goods"]


def test_messages_about_the_order_ask_for_none_of_it(order, django_assert_max_num_queries):
    row = MessageFactory(kind="confirmed", order=order)
    facts = context.load(row)

    with django_assert_max_num_queries(2):
        data = context.build(facts, language="en", at=NOON)

    assert data["goods"] == [] and data["guides"] == []
