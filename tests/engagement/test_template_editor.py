"""The editor of templates: what is refused, and how words of one's own are made."""

import re

import pytest
from django.urls import reverse

from engagement.models import Template
from engagement.wording.checks import refuse
from tests.engagement.test_liquid import REFUSED
from tests.factories.customers import StoreFactory
from tests.factories.engagement import TemplateFactory
from tests.staff import client_of, page

pytestmark = pytest.mark.django_db
# What the corpus says of names of its own; the editor fills in an order's.
NUMBERS = "{% assign numbers = '" + ",".join(["x"] * 50) + "' | split: ',' %}"
NAMES = NUMBERS + "{% assign name = first_name %}"
ATTACKS = REFUSED | {
    "numbers in loops in loops": "{% for a in order.items %}" * 4 + "." + "{% endfor %}" * 4,
    "44 MB from the order's own name": "{% assign a = order.number | append: 'aaaaaaaaaa' %}"
    + "{% assign a = a | replace: 'a', 'aaaaaaaaaa' %}" * 8,
    "a tag of look-alike letters": "{% ｉｆ first_name %}{% endif %}",
    "a filter of look-alike letters": "{{ first_name | ѕize }}",
    "a zero-width filter": "{{ first_name | up\u200bcase }}",
    "a bidi override in a tag": "{% \u202eelse %}",
    "macros": "{% macro x %}{% endmacro %}",
    "inheritance": "{% extends 'base.html' %}{% block x %}{% endblock %}",
    "a layout": "{% layout 'theme' %}",
    "sections": "{% section 'header' %}",
    "liquid in a tag": "{% liquid assign a = 1 %}",
    "table rows": "{% tablerow a in order.items %}{% endtablerow %}",
    "a cycle": "{% cycle 'a', 'b' %}",
    "json of everything": "{{ order | json }}",
    "unescaping": "{{ first_name | escape_once | unescape }}",
    "base64": "{{ 'eA==' | base64_decode }}",
    "no such place": "[[settings]]",
    "too much mail": "*a* " * 10_000,
}


@pytest.fixture
def staff(db):
    return client_of()


@pytest.fixture
def own():
    return TemplateFactory(store=StoreFactory(), kind="shipped")


def address(name, row):
    return reverse(f"admin:engagement_template_{name}", args=[row.pk])


def shown(staff, name, row, **data):
    response = staff.post(address(name, row), {"subject": row.subject, "body": row.body} | data)
    assert response.status_code == 200
    return response


# --- what is refused ---


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_refused_in_the_editor_and_nothing_is_saved(staff, own, attack):
    before = (own.subject, own.body, own.version)

    response = staff.post(page(own), {"subject": own.subject, "body": f"Hello\n{NAMES}\n{attack}\n"})

    errors = response.context["adminform"].form.errors
    assert "body" in errors and len(str(errors["body"][0])) < 400
    if attack != ATTACKS["too much mail"]:
        assert re.match(r"Line \d+: ", errors["body"][0])
    own.refresh_from_db()
    assert (own.subject, own.body, own.version) == before
    assert own.versions.count() == 0


@pytest.mark.parametrize(
    "attack",
    ["{{ first_name | nope }}", "{% if %}", "{% include 'x' %}", "{{"],
    ids=["filter", "if", "file", "open"],
)
def test_an_attack_in_the_subject_is_refused_too(staff, own, attack):
    response = staff.post(page(own), {"subject": attack, "body": own.body})

    assert list(response.context["adminform"].form.errors) == ["subject"]
    own.refresh_from_db()
    assert own.version == 1


@pytest.mark.parametrize(
    "source",
    ["{{ first_name.__class__ }}", "{{ order.items.__init__.__globals__ }}", "{{ settings.SECRET_KEY }}",
     "{{ store.__dict__ }}", "{{ order['__class__'] }}", "{{ now }}"],
    ids=["class", "globals", "settings", "dict", "by index", "clock"],
)  # fmt: skip
def test_what_is_behind_the_data_is_not_there_and_the_editor_says_so(staff, own, source):
    response = shown(staff, "look", own, body=f"# Hi\n\n{source}\n\n[Go]({{{{ url }}}})")

    text = response.content.decode()
    assert "is not there for this message" in text
    assert "SECRET" not in text.replace("SECRET_KEY }}", "") and "<class" not in text


def test_an_error_shows_the_line_it_names():
    errors = refuse("Hi", "one\ntwo {{ name | nope }}\n", kind="shipped", language="en", channel="email")

    assert errors == {"body": "Line 2: there is no filter “nope” ⟶ two {{ name | nope }}"}


def test_words_that_are_empty_for_everybody_are_refused():
    errors = refuse("{% if false %}x{% endif %}", "Hi", kind="shipped", language="en", channel="email")

    assert list(errors) == ["subject"]


def test_a_text_message_of_novel_length_is_refused():
    errors = refuse("", "x" * 700, kind="shipped", language="en", channel="sms")

    assert "longer than" in errors["body"]


# --- making one ---


def test_a_message_of_one_s_own_gets_a_name_of_its_own(staff):
    data = {
        "store": StoreFactory().pk,
        "kind": "",
        "own_kind": "Lamp_Care",
        "language": "de_AT",
        "channel": "email",
    }

    staff.post(reverse("admin:engagement_template_add"), data | {"subject": "Pflege", "body": "# Hallo"})

    made = Template.objects.get(kind="lamp_care")
    assert (made.language, made.version) == ("de-AT", 1)
    assert made.versions.get().saved_by
    assert "Lamp care (de-AT)" in staff.get(page(made)).content.decode()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"own_kind": ""}, "own_kind"),
        ({"own_kind": "Lamp care!"}, "own_kind"),
        ({"own_kind": "shipped"}, "own_kind"),
        ({"own_kind": "x", "language": "englisch"}, "language"),
        ({"own_kind": "lamp_care", "subject": ""}, "subject"),
    ],
    ids=["no name", "a bad name", "a built-in name", "no language", "no subject"],
)
def test_what_cannot_be_made_is_said(staff, data, field):
    base = {
        "store": StoreFactory().pk,
        "kind": "",
        "language": "en",
        "channel": "email",
        "subject": "x",
        "body": "y",
    }

    response = staff.post(reverse("admin:engagement_template_add"), base | data)

    assert field in response.context["adminform"].form.errors
    assert not Template.objects.exclude(store=None).exists()


def test_an_sms_needs_no_subject(staff):
    data = {
        "store": StoreFactory().pk,
        "kind": "shipped",
        "language": "en",
        "channel": "sms",
        "body": "{{ url }}",
    }

    staff.post(reverse("admin:engagement_template_add"), data)

    assert Template.objects.get(channel="sms").subject == ""


def test_the_same_words_twice_are_a_mistake_and_not_an_error(staff, own):
    data = {
        "store": own.store_id,
        "kind": own.kind,
        "language": "en",
        "channel": "email",
        "subject": "x",
        "body": "y",
    }

    response = staff.post(reverse("admin:engagement_template_add"), data)

    assert response.status_code == 200
    assert Template.objects.filter(store=own.store).count() == 1
