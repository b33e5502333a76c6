"""Journeys in the back-office: written, looked over, published, switched."""

import json
import re

import pytest

from engagement.journeys import drafts
from engagement.journeys.graph import read
from engagement.models import Journey, Segment
from tests.engagement.journey_desk import at, do, graph, make_journey, publish, seen
from tests.factories.customers import UserFactory
from tests.staff import client_of, listing, press, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return client_of()


@pytest.fixture
def journey():
    return make_journey()


# --- a new one
def test_a_new_journey_begins_blank_in_the_editor(client):
    response = client.post(
        listing(Journey, "add"),
        {"name": "After a delivery", "purpose": "marketing", "topic": "tips", "description": "", "store": ""},
        follow=True,
    )

    made = Journey.objects.get(code="after-a-delivery")
    assert response.redirect_chain[-1][0] == at(made, "editor")
    assert "A parcel is delivered" in response.content.decode()
    assert made.state == Journey.State.DRAFT


def test_two_of_one_name_get_codes_of_their_own(client):
    for _ in range(2):
        client.post(listing(Journey, "add"), {"name": "Care", "purpose": "marketing", "topic": "tips"})

    assert set(Journey.objects.filter(name="Care").values_list("code", flat=True)) == {"care", "care-2"}


def test_marketing_without_a_topic_is_refused(client):
    response = client.post(listing(Journey, "add"), {"name": "X", "purpose": "marketing", "topic": ""})

    assert "Marketing needs a topic" in response.content.decode()
    assert not Journey.objects.filter(name="X").exists()


# --- the editor
def test_a_step_is_put_in_changed_and_the_change_undone(client, journey):
    url = at(journey, "step_add")
    asked = client.get(url, {"after": "wait", "way": ""}).content.decode()
    added = client.post(url, {"after": "wait", "way": "", "kind": "tag", "seen": seen(journey)}, follow=True)
    changed = client.post(
        at(journey, "step", "tag"), {"name": "cared", "way-0": "tell", "seen": seen(journey)}, follow=True
    )

    assert "It comes after “Wait: 3 days”" in asked
    assert added.redirect_chain[-1][0] == at(journey, "step", "tag")
    assert said(changed) == ["Saved in the draft. Nothing is published yet."]
    assert [step.id for step in graph(journey).walk()] == ["wait", "tag", "tell"]
    assert graph(journey).steps["tag"].settings == {"name": "cared"}
    do(client, journey, "undo")
    do(client, journey, "undo")
    assert "tag" not in graph(journey).steps


def test_steps_are_moved_copied_and_taken_out(client, journey):
    do(client, journey, "up tell")
    assert [step.id for step in graph(journey).walk()] == ["tell", "wait"]
    do(client, journey, "copy wait")
    assert [step.id for step in graph(journey).walk()] == ["tell", "wait", "wait-2"]
    do(client, journey, "remove wait")
    assert [step.id for step in graph(journey).walk()] == ["tell", "wait-2"]


def test_what_cannot_be_done_is_said(client, journey):
    assert said(do(client, journey, "up wait")) == ["It is the first step already."]
    assert said(do(client, journey, "remove nothing")) == [
        "That step is not there any more. Look at the journey again."
    ]


def test_two_people_do_not_overwrite_each_other(client, journey):
    old = seen(journey)
    do(client, journey, "copy wait")

    response = client.post(at(journey, "draft_do"), {"do": "remove wait", "seen": old}, follow=True)

    assert said(response) == [
        "Somebody has changed this journey meanwhile. Look at it again before you go on."
    ]
    assert "wait" in graph(journey).steps


FORMS = [
    ("wait", {"days": "2", "hour": "9", "business": "on"}, {"days": 2, "hour": 9, "business": True}),
    ("message", {"kind": "care", "channel": "sms"}, {"kind": "care", "channel": "sms"}),
    ("wait_date", {"date": "delivered", "offset_days": "5"}, {"date": "delivered", "offset_days": 5}),
    ("wait_event", {"event": "tracking.order.placed", "days": "7"},
     {"event": "tracking.order.placed", "days": 7}),
    ("holdout", {"percent": "12.5"}, {"percent": 12.5}),
    ("offer", {"percent": "15", "budget": "100"}, {"percent": 15, "budget": 100}),
    ("survey", {"kind": "return"}, {"kind": "return"}),
    ("tag", {"name": "vip", "remove": "on"}, {"name": "vip", "remove": True}),
    ("alert", {"words": "Call them"}, {"words": "Call them"}),
    ("case", {"subject": "Sad"}, {"subject": "Sad"}),
    ("call", {"name": "cared_for"}, {"name": "cared_for"}),
    ("split", {"name-0": "Short", "weight-0": "1", "name-1": "Long", "weight-1": "3"},
     {"ways": [{"name": "Short", "weight": 1.0, "next": "tell"},
               {"name": "Long", "weight": 3.0, "next": "tell"}]}),
    ("branch",
     {"rule-how": "all", "rule-1-fact": "profile.orders", "rule-1-op": "at_least", "rule-1-value": "2"},
     {"rule": {"all": [{"fact": "profile.orders", "op": "at_least", "value": 2}]}}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "sent", "settings"), FORMS, ids=[row[0] for row in FORMS])
def test_every_kind_of_step_has_its_form(client, journey, kind, sent, settings):
    client.post(at(journey, "step_add"), {"after": "wait", "way": "", "kind": kind, "seen": seen(journey)})
    name = kind.replace("_", "-")
    assert client.get(at(journey, "step", name)).status_code == 200

    response = client.post(
        at(journey, "step", name),
        {"way-0": "tell", "way-1": "tell", **sent, "seen": seen(journey)},
        follow=True,
    )

    assert said(response) == ["Saved in the draft. Nothing is published yet."]
    assert dict(graph(journey).steps[name].settings) == settings
    assert client.get(at(journey, "step", name)).status_code == 200


def test_a_rule_that_makes_no_sense_is_refused_beside_its_line(client, journey):
    client.post(
        at(journey, "step_add"), {"after": "wait", "way": "", "kind": "branch", "seen": seen(journey)}
    )
    url = at(journey, "step", "branch")
    line = {"rule-1-fact": "profile.orders", "rule-1-op": "at_least", "rule-1-value": "many"}

    wrong = client.post(url, {**line, "seen": seen(journey)}).content.decode()
    more = client.post(
        url, {**line, "rule-1-value": "2", "rule-2-fact": "", "more": "1", "seen": seen(journey)}
    ).content.decode()
    as_json = client.post(
        url, {"rule-json": json.dumps({"not": {"fact": "customer.email", "op": "is", "value": True}}),
              "way-0": "tell", "way-1": "tell", "seen": seen(journey)}, follow=True,
    )  # fmt: skip

    assert "is a number" in wrong
    assert 'name="rule-4-fact"' in more
    assert said(as_json) == ["Saved in the draft. Nothing is published yet."]
    assert graph(journey).steps["branch"].settings["rule"] == {
        "not": {"fact": "customer.email", "op": "is", "value": True}
    }


def test_what_begins_it_can_be_changed(client, journey):
    row = Segment.objects.create(name="Regulars")
    common = {"once_for": "customer", "reentry": "after", "reentry_days": "30", "seen": ""}

    for sent, wanted in (
        ({"type": "segment", "segment": str(row.public_id), "change": "left"},
         {"segment": str(row.public_id), "change": "left"}),
        ({"type": "date", "date": "birthday", "offset_days": "-3", "hour": "9"},
         {"date": "birthday", "offset_days": -3, "hour": 9}),
        ({"type": "event", "events": ["tracking.order.placed"]}, {"events": ["tracking.order.placed"]}),
        ({"type": "api"}, {}),
    ):  # fmt: skip
        response = client.post(at(journey, "begin"), {**common, **sent, "seen": seen(journey)}, follow=True)

        assert said(response) == ["Saved in the draft. Nothing is published yet."]
        assert graph(journey).trigger == {
            "type": sent["type"], **wanted, "once_for": "customer", "reentry": "after", "reentry_days": 30,
        }  # fmt: skip


def test_what_ends_it_can_be_changed(client, journey):
    client.post(
        at(journey, "endings"),
        {"goals": ["tracking.order.placed"], "exits": ["returns.return.requested"], "seen": seen(journey)},
    )

    assert [one.event for one in graph(journey).goals] == ["tracking.order.placed"]
    assert [one.event for one in graph(journey).exits] == ["returns.return.requested"]


def test_the_editor_says_what_is_left_to_do(client, journey):
    client.post(at(journey, "step_add"), {"after": "tell", "way": "", "kind": "call", "seen": seen(journey)})

    body = client.get(at(journey, "editor")).content.decode()

    assert "Must be mended" in body
    assert "Say under which name partners hear of it." in body


def test_looking_changes_nothing(client, journey):
    before = seen(journey)

    for name in (
        "change",
        "editor",
        "begin",
        "endings",
        "step_add",
        "publish",
        "versions",
        "who",
        "about",
        "copy",
    ):
        assert client.get(at(journey, name)).status_code == 200, name

    assert seen(journey) == before


def test_no_page_holds_inline_style_or_script(client, journey):
    for name in ("change", "editor", "publish"):
        body = client.get(at(journey, name)).content.decode()
        assert " style=" not in body
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", body)


# --- publishing
def test_a_sound_draft_is_published_and_goes_live(client, journey):
    do(client, journey, "copy wait")
    shown = client.get(at(journey, "publish")).content.decode()

    response = publish(client, journey)

    journey.refresh_from_db()
    assert "New: Wait: 3 days." in shown
    assert said(response) == ["Version 1 is live. Who is under way finishes on theirs."]
    assert journey.state == Journey.State.LIVE
    assert (journey.live.note, "before" in journey.live.graph) == ("First", False)
    assert [step.id for step in read(journey.live.graph).walk()] == ["wait", "wait-2", "tell"]
    assert not drafts.has_draft(journey)


def test_errors_keep_it_from_being_published(client, journey):
    client.post(at(journey, "step_add"), {"after": "tell", "way": "", "kind": "call", "seen": seen(journey)})

    shown = client.get(at(journey, "publish")).content.decode()
    response = publish(client, journey)

    assert "It cannot be published like this" in shown
    assert said(response) == ["Not published: see what is wrong below."]
    assert not journey.versions.exists()


def test_warnings_must_be_ticked(client, journey):
    client.post(at(journey, "step_add"), {"after": "wait", "way": "", "kind": "offer", "seen": seen(journey)})
    words = re.findall(r'name="accept" value="([^"]+)"', client.get(at(journey, "publish")).content.decode())

    refused = publish(client, journey, accept=words[:-1])
    fine = publish(client, journey, accept=words)

    assert len(words) == 2
    assert said(refused) == ["Not published: see what is wrong below."]
    assert said(fine) == ["Version 1 is live. Who is under way finishes on theirs."]


def test_an_old_version_becomes_the_draft(client, journey):
    publish(client, journey)
    do(client, journey, "remove wait")
    publish(client, journey)

    shown = client.get(at(journey, "versions")).content.decode()
    response = client.post(at(journey, "back", 1), {"seen": seen(journey)}, follow=True)

    assert "Gone: Wait: 3 days." in shown
    assert said(response) == ["The draft says what version 1 said. Nothing is published yet."]
    assert "wait" in graph(journey).steps
    assert journey.live.number == 2


def test_throwing_the_draft_away_brings_back_what_is_live(client, journey):
    publish(client, journey)
    do(client, journey, "remove wait")

    do(client, journey, "discard")

    assert "wait" in graph(journey).steps
    assert not drafts.has_draft(journey)


def test_the_buttons_follow_the_state(client, journey):
    publish(client, journey)
    states = []
    for button in ("pause", "resume", "drain", "stop", "start"):
        press(client, journey, button)
        journey.refresh_from_db()
        states.append(journey.state)

    assert states == ["PAUSED", "LIVE", "DRAINING", "STOPPED", "LIVE"]


def test_a_copy_is_a_journey_of_its_own(client, journey):
    publish(client, journey)

    client.post(at(journey, "copy"), {"name": "Care for lamps"})

    made = Journey.objects.get(code="care-for-lamps")
    assert (made.state, made.builtin, made.topic) == ("DRAFT", False, "tips")
    assert drafts.graph_of(made).steps.keys() == {"wait", "tell"}


def test_a_draft_nobody_can_read_says_so_and_can_be_thrown_away(client, journey):
    publish(client, journey)
    Journey.objects.update(draft={"trigger": {"type": "event"}, "steps": [{"id": "a", "type": "dance"}]})

    shown = client.get(at(journey, "editor")).content.decode()
    do(client, journey, "discard")

    assert "is of no kind we know" in shown
    assert graph(journey).steps.keys() == {"wait", "tell"}


# --- who may
def test_staff_without_rights_see_nothing_and_change_nothing(journey):
    clerk = client_of(UserFactory(is_staff=True))

    for name in ("change", "editor", "publish", "versions", "who", "about", "step_add"):
        assert clerk.get(at(journey, name)).status_code == 403, name
    assert clerk.post(at(journey, "draft_do"), {"do": "undo", "seen": seen(journey)}).status_code == 403
