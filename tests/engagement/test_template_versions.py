"""Every saving of a template is a version one can look at and go back to."""

import pytest

from engagement import builtin
from engagement.models import Template, TemplateVersion
from engagement.wording import versions
from engagement.wording.copies import own_copy
from tests.factories.customers import StoreFactory
from tests.factories.engagement import TemplateFactory
from tests.factories.tracking import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def own():
    made = TemplateFactory(store=StoreFactory())
    versions.record(made, by="ada", at=NOON)
    return made


def said(template):
    rows = template.versions.order_by("number").values_list("number", "subject", "saved_by")
    return list(rows)


def test_every_saving_is_a_version_and_the_same_words_are_none(own):
    first = own.subject

    assert versions.save(own, subject="Better", body=own.body, by="bo", at=NOON)
    assert not versions.save(own, subject="Better", body=own.body, by="bo", at=NOON)

    assert said(own) == [(1, first, "ada"), (2, "Better", "bo")]
    own.refresh_from_db()
    assert (own.version, own.subject) == (2, "Better")


def test_what_a_template_said_before_there_were_versions_is_kept():
    own = TemplateFactory(store=StoreFactory(), version=4, subject="Old")

    versions.save(own, subject="New", body=own.body, by="bo", at=NOON)

    assert said(own) == [(4, "Old", ""), (5, "New", "bo")]


def test_going_back_is_a_new_version_and_loses_nothing(own):
    first = own.subject
    versions.save(own, subject="Worse", body="Worse\n", by="bo", at=NOON)

    assert versions.roll_back(own, 1, by="cy", at=NOON)

    assert said(own) == [(1, first, "ada"), (2, "Worse", "bo"), (3, first, "cy")]
    own.refresh_from_db()
    assert own.body == own.versions.get(number=1).body
    with pytest.raises(versions.NoSuchVersion):
        versions.roll_back(own, 9, by="cy", at=NOON)


def test_built_in_words_are_not_changed_by_anybody():
    row = Template.objects.get(kind="shipped", language="en", store=None)

    with pytest.raises(versions.BuiltIn):
        versions.save(row, subject="Mine", body="Mine\n", by="bo", at=NOON)


def test_a_copy_begins_with_a_version_that_says_who_made_it():
    row = Template.objects.get(kind="shipped", language="en", store=None)

    made = own_copy(row, store=StoreFactory(), by="ada", at=NOON)

    assert said(made) == [(1, row.subject, "ada")]


def test_a_release_that_changes_built_in_words_keeps_what_they_were():
    row = Template.objects.get(kind="shipped", language="en", store=None)
    Template.objects.filter(pk=row.pk).update(subject="Last year's words")
    TemplateVersion.objects.filter(template=row).update(subject="Last year's words")

    builtin.sync(Template, at=NOON)

    assert said(row) == [(1, "Last year's words", ""), (2, builtin.source("shipped", "en")[0], "")]


def test_what_differs_is_shown_line_by_line(own):
    versions.save(own, subject=own.subject, body="# Own words\n\nNew line\n", by="bo", at=NOON)
    before, after = own.versions.order_by("number")

    lines = [(line.sign, line.text) for line in versions.differences(before, after)]

    assert lines == [
        (" ", "Subject: Own words for {{ order.number }}"),
        (" ", "# Own words"),
        (" ", ""),
        ("-", "[Look]({{ url }})"),
        ("+", "New line"),
    ]
    assert {line.sign for line in versions.differences(None, after)} == {"+"}
