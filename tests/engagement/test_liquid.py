"""What staff can write into templates, and what nobody can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement import liquid, markdown
from engagement.liquid import TemplateError

DATA = {"name": "Ada", "items": [{"title": str(n)} for n in range(40)], "numbers": list(range(50))}

NESTED = "{% for a in numbers %}" * 4 + "." + "{% endfor %}" * 4
REFUSED = {
    "file by include": "{% include 'settings.py' %}",
    "file by render": "{% render '/etc/passwd' %}",
    "raw is lexed at quadratic cost": "{% raw %}" * 7000,
    "unclosed tags": "{{" * 30_000,
    "spaces without end": "{{ " + " " * 60_000,
    "a tag that never ends": "{% if name " + "and name " * 200 + "%}{% endif %}",
    "the escape hatch": "{{ name | safe }}",
    "the clock": "{{ 'now' | date: '%Y' }}",
    "a padded date": "{{ 0 | date: '%999999999d' }}",
    "a range": "{% for i in (1..5) %}{% endfor %}",
    "a reversed range of a billion": "{% for i in (1..1000000000) reversed %}{% endfor %}",
    "a joined range": "{{ (1..100000000) | join }}",
    "loops in loops": NESTED,
    "loops after loops": "{% for a in numbers %}{% endfor %}" * 60,
    "44 MB by replace": "{% assign a = 'aaaaaaaaaa' %}"
    + "{% assign a = a | replace: 'a', 'aaaaaaaaaa' %}" * 8,
    "growth by append": "{% assign a = 'aaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 30,
    "growth by capture": "{% capture a %}aaaaaaaaaa{% endcapture %}"
    + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 30,
    "growth by concat": "{% assign a = numbers %}" + "{% assign a = a | concat: a %}" * 30,
    "growth by join": "{% assign a = 'aaaaaaaaaaaaaaaa' | split: '' %}" + "{{ a | join: name }}" * 9_000,
    "growth by times": "{% assign a = 9 %}" + "{% assign a = a | times: a %}" * 60,
    "a huge precision": "{{ 3.14 | round: 999999999 }}",
    "too many filters": "{% for a in numbers %}" + "{{ name | upcase }}" * 100 + "{% endfor %}",
    "deep nesting": "{% if name %}" * 200 + "{% endif %}" * 200,
    "too much output": "{% for a in numbers %}" + "x" * 2000 + "{% endfor %}",
    "too long a source": "x" * 70_000,
    "division by zero": "{{ 1 | divided_by: 0 }}",
    "counters": "{% increment a %}",
    "an unknown filter": "{{ name | nope }}",
    "a syntax error": "{% for x in %}{% endfor %}",
}


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED.keys())
def test_an_attack_is_refused_in_words_that_name_the_line(source):
    with pytest.raises(TemplateError) as refusal:
        liquid.render("Hello\n" + source, DATA)

    assert len(str(refusal.value)) < 200
    assert str(refusal.value).startswith("Line ")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ name }}\n{% if name %}\nopen", "Line 2: a block is not closed by {% endif %}"),
        ("{% if false %}\n{{ name | nope }}{% endif %}", "Line 2: there is no filter “nope”"),
        ("fine\n{{ name | }}", "Line 2: something is missing before the tag ends"),
        ("fine\n{% endif %}", "Line 2: {% endif %} stands where nothing is open for it"),
        ("{% layout 'x' %}", "Line 1: {% layout %} is not available"),
    ],
    ids=["left open", "a filter in a dead branch", "half a filter", "closed twice", "a layout"],
)
def test_a_slip_is_named_in_words_before_anything_is_rendered(source, said):
    with pytest.raises(TemplateError) as refusal:
        liquid.check(source)

    assert str(refusal.value) == said


@pytest.mark.parametrize(
    "source",
    [
        "{{ name.__class__ }}",
        "{{ name.__class__.__mro__[1].__subclasses__ }}",
        "{{ items.__init__.__globals__ }}",
        "{{ items[0].__class__ }}",
        "{{ items.append }}",
        "{{ now }}{{ today }}",
    ],
)
def test_there_is_nothing_behind_the_data(source):
    assert liquid.render(source, DATA) == ""


def test_a_missing_name_is_nothing_or_an_error_when_asked_to_be_strict():
    assert liquid.render("[{{ nothing.there }}]", DATA) == "[]"

    with pytest.raises(TemplateError, match="nothing"):
        liquid.render("{{ nothing.there }}", DATA, strict=True)


def test_an_error_names_its_line():
    with pytest.raises(TemplateError, match="Line 3"):
        liquid.check("a\nb\n{{ name | nope }}") or liquid.render("a\nb\n{{ name | nope }}", DATA)


def test_what_a_template_captures_stays_markdown_and_what_it_is_given_does_not():
    source = "{% capture strong %}**{{ name }}**{% endcapture %}{{ strong }} {% echo name %}"

    assert liquid.render(source, {"name": "*x*"}) == r"**\*x\*** \*x\*"


@given(st.text(max_size=60))
def test_no_value_can_become_markdown(value):
    [part] = markdown.read(liquid.render("before {{ value }} after", {"value": value}))

    tags = part.html.replace("<p>", "").replace("</p>", "")
    assert part.kind == "prose"
    assert "<" not in tags
    assert ">" not in tags


@given(st.text(max_size=60))
def test_a_value_alone_in_a_paragraph_is_neither_button_nor_place(value):
    parts = markdown.read(liquid.render("{{ value }}", {"value": value}))

    assert all(part.kind == "prose" for part in parts)


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "![x](data:text/html,x)",
    ],
)
def test_staff_cannot_put_active_content_into_mail(source):
    [part] = markdown.read(source)

    assert "<script" not in part.html
    assert "<img src=x" not in part.html
    assert 'href="javascript' not in part.html
    assert 'src="data' not in part.html


def test_a_paragraph_of_one_link_is_a_button_and_a_place_is_a_place():
    parts = markdown.read("# Hello\n\n[Track **it**](https://x.example/)\n\n[[items]]\n\nBye")

    assert [part.kind for part in parts] == ["prose", "button", "place", "prose"]
    assert (parts[1].text, parts[1].url) == ("Track it", "https://x.example/")


def test_a_place_that_does_not_exist_is_refused():
    with pytest.raises(TemplateError, match=r"\[\[basket\]\]"):
        markdown.read("[[basket]]")


def test_text_has_marks_for_lists_and_addresses_for_links():
    [part] = markdown.read(
        "Read [this](https://x.example/a) or [write](mailto:a@b.example).\n\n1. one\n2. two\n   - sub\n"
    )

    assert part.text == "Read this (https://x.example/a) or write (a@b.example).\n\n1. one\n2. two\n   - sub"


def test_what_a_template_reads_from_its_data_is_known_with_its_lines():
    source = (
        "Hi {{ first_name | default: 'you' }}\n"
        "{% for item in order.items %}{{ item.title }}{{ forloop.index }}{% endfor %}{{ order.items[0].x }}\n"
        "{% assign x = parcel.window %}{% if guides.first.title != blank %}{{ x }}{% endif %}\n"
        "{{ was | append: store.name }}"
    )

    names = [(name.path, name.line) for name in liquid.names(source)]

    assert names == [
        ("first_name", 1),
        ("order.items", 2),
        ("guides", 3),
        ("parcel.window", 3),
        ("store.name", 4),
        ("was", 4),
    ]
    assert liquid.variables(source) == {path for path, _ in names}


def test_the_names_of_what_cannot_be_read_are_refused_like_the_template():
    with pytest.raises(TemplateError, match="Line 2"):
        liquid.variables("fine\n{% for x in %}{% endfor %}")
