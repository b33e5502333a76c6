import json

from django.http import QueryDict
from hypothesis import assume, given

from engagement.segments import editing
from engagement.segments.facts import Type
from engagement.segments.rules import BadRule, leaves, parse
from tests.engagement import segment_worlds as worlds


def form_of(row, path=editing.ROOT, data=None):
    """Return the form that the editor shows of `row`, as a browser would send it back."""
    data = QueryDict(mutable=True) if data is None else data
    data[f"{path}.kind"] = row.kind
    if row.kind == editing.FACT:
        for name in ("fact", "op", "currency", "times"):
            data[f"{path}.{name}"] = getattr(row, name)
        data[f"{path}.was"] = row.fact
        data.setlist(f"{path}.value", row.values)
        for name, text in row.where.items():
            data[f"{path}.where-{name}"] = text
    for number, one in enumerate(row.rows, 1):
        form_of(one, f"{path}-{number}", data)
    return data


@given(worlds.rules)
def test_a_rule_through_the_editor_says_what_it_said(rule):
    rule = json.loads(json.dumps(rule).replace(worlds.LIST, "b3f1c1de-0000-4000-8000-000000000000"))
    assume("" not in [value for leaf in leaves(parse(rule)) for value in _texts(leaf)])

    shown = editing.from_form(form_of(editing.from_rule(rule)))
    made = editing.to_rule(shown)

    assert editing.to_rule(editing.from_rule(made)) == made
    assert _plain(parse(made)) == _plain(parse(rule))


def _texts(leaf):
    """Return the texts of a list: between commas there is no empty one."""
    return leaf.value if isinstance(leaf.value, tuple) and leaf.fact.type != Type.CHOICE else ()


def _plain(rule):
    """Return a rule without the groups of one that the editor may put around."""
    if hasattr(rule, "rules"):
        inner = [_plain(one) for one in rule.rules]
        return inner[0] if len(inner) == 1 else (type(rule).__name__, inner)
    if hasattr(rule, "rule"):
        return ("Not", _plain(rule.rule))
    value = float(rule.value) if isinstance(rule.value, int) else rule.value
    return (rule.fact.name, rule.op, value, rule.where, rule.times)


def test_amounts_are_typed_in_their_currency():
    rule = {"fact": "profile.spent", "op": "at_least", "value": 12550, "currency": "EUR"}

    row = editing.from_rule(rule).rows[0]

    assert row.values == ["125.50"]
    assert editing.to_rule(row) == rule


def test_yen_have_no_cents():
    rule = {
        "fact": "order",
        "op": "has",
        "at_least": 1,
        "where": {"currency": "JPY", "min_minor": 1200},
    }

    row = editing.from_rule(rule).rows[0]

    assert row.where["min_minor"] == "1200"
    assert editing.to_rule(row) == rule


def test_rows_are_added_and_removed_where_they_were_asked_for():
    root = editing.from_rule({})

    editing.change(root, "add", "r")
    editing.change(root, "group", "r")
    editing.change(root, "add", "r-2")
    editing.change(root, "remove", "r-1")
    editing.change(root, "remove", "r-1-1")
    editing.change(root, "remove", "r")
    editing.change(root, "remove", "r-9-x")

    assert [row.kind for row in root.rows] == ["any"]
    assert [row.kind for row in root.rows[0].rows] == ["fact"]


def test_another_fact_begins_with_its_own_questions():
    data = form_of(editing.from_rule({"fact": "profile.orders", "op": "at_least", "value": 2}))
    data["r-1.fact"] = "customer.language"

    row = editing.from_form(data).rows[0]

    assert (row.fact, row.op, row.values) == ("customer.language", "is", [])


def test_what_is_no_number_is_refused_where_it_stands():
    data = form_of(editing.from_rule({"fact": "profile.orders", "op": "at_least", "value": 2}))
    data["r-1.value"] = "two"

    try:
        parse(editing.to_rule(editing.from_form(data)))
    except BadRule as refused:
        assert str(refused) == "Rule 1: Orders is a number."
    else:
        raise AssertionError("it was taken")


def test_a_form_without_end_ends():
    data = QueryDict(mutable=True)
    path = "r"
    for _ in range(50):
        data[f"{path}.kind"] = "all"
        path += "-1"

    row, depth = editing.from_form(data), 0
    while row.rows:
        row, depth = row.rows[0], depth + 1

    assert depth <= 8


def test_a_rule_that_cannot_be_shown_can_be_written_anew():
    for broken in ({"fact": "profile.gone", "op": "is", "value": 1}, {"not": 3}, {"all": [3]}, [1], "x"):
        assert editing.from_rule(broken).kind == editing.ALL
