"""A store's own words in place of the built-in ones."""

from django.db import IntegrityError, transaction

from customers.models import Store
from engagement.models import Template


class AlreadyOwn(Exception):
    """The store has its own template of this kind and language."""


def own_copy(template: Template, *, store: Store) -> Template:
    """Return a new template of `store` with the words of `template`, to be changed. Raises: AlreadyOwn."""
    try:
        with transaction.atomic():
            return Template.objects.create(
                store=store,
                kind=template.kind,
                language=template.language,
                subject=template.subject,
                body=template.body,
            )
    except IntegrityError as exc:
        raise AlreadyOwn(f"{store} already has its own “{template}”") from exc
