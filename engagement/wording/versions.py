"""Every saving of a template is a version: what a message was written by, and what one can go back to."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from engagement.models import Template, TemplateVersion


class NoSuchVersion(Exception):
    """There is no version of this number."""


class BuiltIn(Exception):
    """Built-in words come with the release; a store changes its own copy."""


@dataclass(frozen=True)
class Line:
    """One line of a comparison: `sign` is '+', '-' or ' '."""

    sign: str
    text: str


def record(template: Template, *, by: str, at: datetime) -> TemplateVersion:
    """Return the version that says what `template` says now, made when there is none. `by`: who saved it."""
    version, _ = TemplateVersion.objects.get_or_create(
        template=template,
        number=template.version,
        defaults={
            "subject": template.subject,
            "body": template.body,
            "saved_by": by[:254],
            "saved_at": at,
        },
    )
    return version


@transaction.atomic
def save(template: Template, *, subject: str, body: str, by: str, at: datetime) -> bool:
    """
    Give `template` these words as its next version, unless it says them already.

    Two who save at once make two versions, the later one on top; nobody's words are lost. Returns: whether
    anything changed. Raises: BuiltIn; Template.DoesNotExist.
    """
    row = Template.objects.select_for_update(of=("self",)).get(pk=template.pk)
    if row.store_id is None:
        raise BuiltIn("Built-in words come with the release.")
    record(row, by="", at=row.updated_at)  # what it said before there were versions
    if (row.subject, row.body) == (subject, body):
        return False
    row.subject, row.body, row.version = subject, body, row.version + 1
    row.save(update_fields=["subject", "body", "version", "updated_at"])
    record(row, by=by, at=at)
    template.subject, template.body, template.version = row.subject, row.body, row.version
    return True


def roll_back(template: Template, number: int, *, by: str, at: datetime) -> bool:
    """
    Say again what version `number` said, as a new version: what was between stays to be looked at.

    Returns: whether anything changed. Raises: NoSuchVersion; BuiltIn.
    """
    old = TemplateVersion.objects.filter(template=template, number=number).first()
    if old is None:
        raise NoSuchVersion(f"There is no version {number}.")
    return save(template, subject=old.subject, body=old.body, by=by, at=at)


def differences(before: TemplateVersion | None, after: TemplateVersion) -> list[Line]:
    """Return `after` line by line, beside it what `before` said instead. The first line is the subject."""
    old = _lines(before) if before else []
    return list(_compared(old, _lines(after)))


def _lines(version: TemplateVersion) -> list[str]:
    return [f"Subject: {version.subject}", *version.body.splitlines()]


def _compared(old: list[str], new: list[str]) -> Iterator[Line]:
    matched = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for what, a, b, c, d in matched.get_opcodes():
        if what != "equal":
            yield from (Line("-", text) for text in old[a:b])
        yield from (Line(" " if what == "equal" else "+", text) for text in new[c:d])
