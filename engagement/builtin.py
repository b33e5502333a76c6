"""
The built-in templates: files under `defaults/<language>/<kind>.md`, kept in step with the rows that have no
store.
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps as django_apps
from django.db.models import Exists, OuterRef
from django.utils import timezone

from engagement.kinds import KINDS
from engagement.vocabulary import Channel

FOLDER = Path(__file__).resolve().parent / "defaults"
LANGUAGES = ("en", "de", "fr")


@cache
def source(kind: str, language: str) -> tuple[str, str]:
    """
    Return subject and body of a built-in template as written.

    Raises: FileNotFoundError; ValueError when the first line is not `Subject: …`.
    """
    text = (FOLDER / language / f"{kind}.md").read_text(encoding="utf-8")
    first, _, body = text.partition("\n")
    label, _, subject = first.partition(":")
    if label != "Subject" or not subject.strip():
        raise ValueError(f"defaults/{language}/{kind}.md must begin with 'Subject: …'")
    return subject.strip(), body.strip() + "\n"


def sync(template_model: Any, *, using: str = "default", at: datetime | None = None) -> int:
    """
    Make the rows without a store say what the files say; a changed text gets the next version. Every
    template without a version of what it says gets one. Safe to repeat.

    `template_model` may be a historical one, so that this also works in the middle of migrating, which has
    no time of its own: `at` is now when it is not given. Returns: how many rows were made or changed.
    """
    found = template_model.objects.using(using).filter(store=None, channel=Channel.EMAIL)
    rows = {(row.kind, row.language): row for row in found}
    made, changed = [], 0
    for kind in KINDS:
        for language in LANGUAGES:
            subject, body = source(kind, language)
            row = rows.get((kind, language))
            if row is None:
                made.append(template_model(kind=kind, language=language, subject=subject, body=body))
            elif (row.subject, row.body) != (subject, body):
                row.subject, row.body, row.version = subject, body, row.version + 1
                row.save(using=using)
                changed += 1
    template_model.objects.using(using).bulk_create(made, ignore_conflicts=True)
    _record(template_model, using=using, at=at or timezone.now())
    return len(made) + changed


def _record(template_model: Any, *, using: str, at: datetime) -> None:
    """Write down what every template says that has no version of it yet."""
    version_model = template_model._meta.get_field("versions").related_model
    known = version_model.objects.using(using).filter(template=OuterRef("pk"), number=OuterRef("version"))
    version_model.objects.using(using).bulk_create(
        [
            version_model(template=row, number=row.version, subject=row.subject, body=row.body, saved_at=at)
            for row in template_model.objects.using(using).filter(~Exists(known))
        ],
        ignore_conflicts=True,
    )


def sync_after_migrate(*, using: str, apps: Any = django_apps, **kwargs: Any) -> None:
    """Receiver of post_migrate for this app (a flush of the test database sends it without `apps`)."""
    try:
        template_model = apps.get_model("engagement", "Template")
        apps.get_model("engagement", "TemplateVersion")
    except LookupError:  # migrated back to before there were templates, or versions of them
        return
    sync(template_model, using=using)
