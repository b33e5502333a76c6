"""Return settings in words: what staff write is what is stored, and nothing wrong is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns import rule_lines
from returns.dispositions import FACTS
from returns.models import ReturnSettings
from returns.vocabulary import Disposition, Reason
from tests.factories.customers import StoreFactory
from tests.factories.returns import ReturnSettingsFactory
from tests.staff import client_of, page

WORDS = st.text("abcdefgh ÄÖ-", min_size=1, max_size=12).map(str.strip).filter(bool)
VALUES = {fact: st.sampled_from(choices.values) for fact, choices in rule_lines.OURS.items()}
WHEN = st.lists(st.sampled_from(FACTS), unique=True, max_size=4).flatmap(
    lambda facts: st.fixed_dictionaries(
        {fact: st.lists(VALUES.get(fact, WORDS), min_size=1, max_size=3) for fact in facts}
    )
)
RULES = st.lists(
    st.fixed_dictionaries({"when": WHEN, "then": st.sampled_from(Disposition.values)}), max_size=4
)


@given(RULES)
def test_rules_written_as_lines_are_read_as_the_same_rules(rules):
    assert rule_lines.rules_from_lines(rule_lines.rules_as_lines(rules)) == rules


@given(st.dictionaries(WORDS, st.lists(st.sampled_from(Reason.values), min_size=1, max_size=3), max_size=3))
def test_reasons_written_as_lines_are_read_as_the_same_reasons(reasons):
    assert rule_lines.reasons_from_lines(rule_lines.reasons_as_lines(reasons)) == reasons


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("condition: worn", "Line 2: write what becomes of it"),
        ("condition: shiny -> sell off", "“shiny” is none of"),
        ("weather: rain -> sell off", "begins with none of"),
        ("condition: -> sell off", "nothing stands after the colon"),
        ("condition: worn -> eat it", "“eat it” is none of"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(line, said):
    with pytest.raises(rule_lines.BadLine, match=said):
        rule_lines.rules_from_lines(f"type: shoes -> donate\n{line}")


def filled(row, **changes):
    """Return what a browser would post for the row's form, with changes."""
    form = client_of().get(page(row)).context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    told = data | changes
    return {name: value for name, value in told.items() if value is not None and value is not False}


@pytest.mark.django_db
def test_staff_fill_in_percentages_and_lines():
    row = ReturnSettingsFactory(store=StoreFactory(), deductions={"WORN": 1250})
    client = client_of()
    assert 'value="12.5"' in client.get(page(row)).content.decode()

    answer = client.post(
        page(row),
        filled(
            row,
            deduct_worn="30",
            deduct_damaged="",
            dispositions="condition: worn; type: Shoes -> sell off",
            reasons="Shoes: too small, OTHER",
        ),
    )

    assert answer.status_code == 302, answer.context["adminform"].errors
    row.refresh_from_db()
    assert row.deductions == {"WORN": 3000}
    assert row.dispositions == [{"when": {"condition": ["WORN"], "type": ["Shoes"]}, "then": "LIQUIDATE"}]
    assert row.reasons == {"Shoes": ["SIZE_TOO_SMALL", "OTHER"]}


@pytest.mark.django_db
def test_a_wrong_line_is_said_in_the_form_and_nothing_is_saved():
    row = ReturnSettingsFactory(store=StoreFactory())

    answer = client_of().post(page(row), filled(row, dispositions="worn -> gone", deduct_worn="101"))

    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert "Line 1" in errors["dispositions"][0]
    assert "deduct_worn" in errors
    assert ReturnSettings.objects.get().dispositions == []
