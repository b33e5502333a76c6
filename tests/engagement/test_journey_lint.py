"""What keeps a journey from going live, and what must be accepted before it does."""

import pytest

from engagement.journeys import builtin, lint
from engagement.journeys.graph import read
from engagement.journeys.lint_words import dead_links
from engagement.models import Journey, Segment, Template
from tests.factories.customers import StoreFactory
from tests.factories.engagement import TemplateFactory

pytestmark = pytest.mark.django_db
DELIVERED = {"type": "event", "events": ["tracking.shipment.delivered"], "once_for": "order"}
BIRTHDAY = {"type": "date", "date": "birthday", "hour": 10}


def message(name="tell", kind="care", **more):
    return {"id": name, "type": "message", "kind": kind, "channel": "auto", **more}


def look(*steps, trigger=DELIVERED, journey=None, **more):
    """Return what lint says, as (level, step, words)."""
    journey = journey or Journey(code="x", name="X", purpose="marketing", topic="tips")
    graph = read({"trigger": trigger, "steps": list(steps), **more})
    return [(one.level, one.step, one.words) for one in lint.check(graph, journey)]


def said(found, words):
    """Return (level, step) of what says `words`."""
    return [(level, step) for level, step, text in found if words in text]


@pytest.fixture
def care():
    StoreFactory(language="en")
    return TemplateFactory(store=None, kind="care", subject="Care", body="# Hello {{ first_name }}\n")


def test_a_sound_journey_has_no_problem(care):
    assert look({"id": "wait", "type": "wait", "days": 1, "next": "tell"}, message()) == []


@pytest.mark.parametrize("one", builtin.BUILTIN, ids=lambda one: one.code)
def test_the_built_in_journeys_have_no_errors(one):
    StoreFactory(language="en")
    StoreFactory(slug="nordlicht", language="de")
    journey = Journey(code=one.code, name=one.name, purpose=one.purpose, topic=one.topic)

    assert lint.errors(lint.check(one.graph, journey)) == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"type": "wait"}, "waits for no time at all"),
        ({"type": "wait", "days": 0, "hour": ""}, "waits for no time at all"),
        ({"type": "wait_event", "event": "", "days": 1}, "Say what it waits for"),
        ({"type": "wait_event", "event": "tracking.order.placed"}, "wait for ever"),
        ({"type": "wait_date", "date": "easter"}, "which day"),
        ({"type": "branch", "rule": {}}, "question is missing"),
        ({"type": "branch", "rule": {"fact": "profile.nonsense", "op": "is", "value": 1}}, "no fact"),
        ({"type": "offer", "percent": 0}, "worth nothing"),
        ({"type": "offer", "percent": 101}, "worth nothing"),
        ({"type": "holdout", "percent": 100}, "between 0 and 100"),
        ({"type": "tag", "name": " "}, "which tag"),
        ({"type": "alert"}, "staff are told"),
        ({"type": "case"}, "case is about"),
        ({"type": "call"}, "partners hear"),
        ({"type": "message", "kind": ""}, "Choose which message"),
        ({"type": "message", "kind": "never-written"}, "Nobody has written"),
    ],
)
def test_settings_that_cannot_be_are_errors(care, step, words):
    assert said(look({"id": "one", **step}), words) == [("error", "one")]


def test_a_step_nothing_leads_to_is_an_error(care):
    found = look(message(), {"id": "lost", "type": "wait", "days": 1})

    assert said(found, "Nothing leads to") == [("error", "lost")]


def test_a_loop_needs_a_wait(care):
    tag = {"id": "tag", "type": "tag", "name": "x", "next": "ask"}
    ask = {"id": "ask", "type": "branch", "rule": {"fact": "profile.orders", "op": "at_least", "value": 2},
           "next": "wait", "else": ""}  # fmt: skip

    without = look(tag, {**ask, "next": "tag"})
    with_wait = look(tag, ask, {"id": "wait", "type": "wait", "days": 1, "next": "tag"})

    assert {step for _, step in said(without, "without waiting")} == {"tag", "ask"}
    assert said(with_wait, "without waiting") == []
    assert said(with_wait, "up to 50 times") == [("warning", "tag")]


def test_the_same_message_twice_is_a_mistake_at_once_and_a_warning_later(care):
    wait = {"id": "wait", "type": "wait", "days": 1, "next": "two"}

    at_once = look(message("one", next="two"), message("two"))
    later = look(message("one", next="wait"), wait, message("two"))

    assert said(at_once, "goes out again at once") == [("error", "two")]
    assert said(later, "no other between") == [("warning", "two")]


def test_marketing_needs_a_topic_and_consent(care):
    no_topic = look(message(), journey=Journey(code="x", name="X", purpose="marketing"))
    as_order = look(message(kind="birthday"), journey=Journey(code="x", name="X", purpose="transactional"))
    the_other_way = look(message(kind="delivered"))

    assert said(no_topic, "needs a topic") == [("error", "")]
    assert said(as_order, "without consent") == [("error", "tell")]
    assert said(the_other_way, "Sent as marketing it needs consent") == [("warning", "tell")]


def test_a_store_whose_language_is_missing_is_named(care):
    StoreFactory(slug="nordlicht", name="Nordlicht", language="de-AT")
    Template.objects.filter(pk=care.pk).update(language="fr")
    no_english = look(message())
    TemplateFactory(store=None, kind="care", language="en", body="# Hello")
    english = look(message())

    assert said(no_english, "neither in the language of Nordlicht (de)") == [("error", "tell")]
    assert said(english, "not written in the language of Nordlicht (de)") == [("warning", "tell")]


@pytest.mark.parametrize(
    ("body", "trigger", "words", "level"),
    [
        ("{{ frist_name }}", DELIVERED, "{{ frist_name }}, which nothing ever fills", "error"),
        ("{{ order.number }}", BIRTHDAY, "{{ order }}, which is empty here", "warning"),
        ("{{ return.number }}", DELIVERED, "{{ return }}, which is empty here", "warning"),
        ("{{ survey_url }}", DELIVERED, "no step “Ask a question” comes before", "warning"),
        ("{{ offer.code }}", DELIVERED, "no step “Give a discount code” comes before", "warning"),
        ("[Look](htps://shop.example)", DELIVERED, "leads nowhere: htps://shop.example", "error"),
        ("{{ first_name | explode }}", DELIVERED, "cannot be used", "error"),
    ],
)
def test_words_that_say_what_is_not_there(care, body, trigger, words, level):
    Template.objects.filter(pk=care.pk).update(body=f"# Hello\n\n{body}\n")

    assert said(look(message(), trigger=trigger), words) == [(level, "tell")]


@pytest.mark.parametrize(
    ("body", "trigger"),
    [
        ("{% if order.number %}{{ order.number }}{% endif %}", BIRTHDAY),
        ("{{ order.number }} {{ parcel.number }}", DELIVERED),
        ("{% for one in goods %}{{ one.title }}{% endfor %}{% assign x = 1 %}{{ x }}", BIRTHDAY),
        (
            "[Look]({{ url }}) [Write](mailto:help@shop.example) [Shop](https://shop.example/a?b=c#d)",
            DELIVERED,
        ),
    ],
)
def test_words_that_are_fine(care, body, trigger):
    Template.objects.filter(pk=care.pk).update(body=f"# Hello\n\n{body}\n")

    assert look(message(), trigger=trigger) == []


def test_a_survey_before_its_message_is_fine_and_without_one_pointless(care):
    survey = {"id": "ask", "type": "survey", "kind": "delivery", "next": "tell"}
    pointless = look(survey, message())
    Template.objects.filter(pk=care.pk).update(body="[Say]({{ survey_url }})")

    assert said(pointless, "No message after it carries the question") == [("warning", "ask")]
    assert look(survey, message()) == []


def test_a_long_sms_is_a_warning(care):
    TemplateFactory(store=None, kind="care", channel="sms", subject="x", body="Häagen “” " * 60)

    found = look(message(channel="sms"))

    assert said(found, "As an SMS it takes about") == [("warning", "tell")]


def test_rules_can_only_ask_what_the_trigger_knows(care):
    order = {"fact": "order.total_minor", "op": "at_least", "value": 100}
    event = {"fact": "event.place", "op": "is", "value": "x"}

    assert said(look(message(), trigger={**BIRTHDAY, "filter": order}), "has no order") == [("error", "")]
    assert said(look(message(), trigger={**BIRTHDAY, "filter": event}), "not an event") == [("error", "")]
    assert look(message(), trigger={**DELIVERED, "filter": {"all": [order, event]}}) == []


def test_a_segment_must_be_there_and_in_use(care):
    row = Segment.objects.create(name="Regulars")
    trigger = {"type": "segment", "segment": str(row.public_id), "change": "entered"}
    there = look(message(), trigger=trigger)
    Segment.objects.update(archived_at="2026-01-01T00:00:00Z")

    assert there == []
    assert said(look(message(), trigger=trigger), "is archived") == [("error", "")]
    assert said(look(message(), trigger={**trigger, "segment": "7"}), "is not there") == [("error", "")]


def test_news_is_told_only_of_what_there_are_words_for():
    tell = {"id": "tell", "type": "tell"}

    assert said(look(tell, trigger=BIRTHDAY), "no ready words") == [("error", "tell")]
    assert said(look(tell), "no ready words") == []


def test_one_run_for_each_order_needs_an_order(care):
    found = look(message(), trigger={**BIRTHDAY, "once_for": "order"})

    assert said(found, "not about an order") == [("error", "")]


@pytest.mark.parametrize(
    "link", ["", "shop.example", "/path", "javascript:alert(1)", "https://", "http://a b"]
)
def test_links_that_lead_nowhere(link):
    assert dead_links(f"[Look]({link})") != []


@pytest.mark.parametrize("link", ["{{ url }}", "https://shop.example/{{ order.number }}", "tel:+4930123"])
def test_links_that_lead_somewhere(link):
    assert dead_links(f"[Look]({link})") == []
