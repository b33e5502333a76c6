"""A store's own words in place of the built-in ones."""

from datetime import datetime

from django.db import IntegrityError, transaction

from customers.models import Store
from engagement.models import Template
from engagement.wording.versions import record


class AlreadyOwn(Exception):
    """The store has its own template of this kind, language and channel."""


def own_copy(template: Template, *, store: Store, by: str, at: datetime) -> Template:
    """
    Return a new template of `store` with the words of `template`, to be changed; its first version says who
    made it. Raises: AlreadyOwn.
    """
    try:
        with transaction.atomic():
            made = Template.objects.create(
                store=store,
                kind=template.kind,
                language=template.language,
                channel=template.channel,
                subject=template.subject,
                body=template.body,
            )
            record(made, by=by, at=at)
            return made
    except IntegrityError as exc:
        raise AlreadyOwn(f"{store} already has its own “{template}”") from exc
