"""The words of messages, as they are and as they were."""

from django.core.exceptions import ValidationError
from django.db import models

from engagement import liquid
from engagement.vocabulary import Channel


class Template(models.Model):
    """
    The words of one kind of message in one language: a Liquid subject and a Markdown body with Liquid in it.

    Without a store it is built in (kept in step with engagement/defaults/); a store's own one takes
    precedence.
    """

    store = models.ForeignKey(
        "customers.Store", null=True, blank=True, on_delete=models.CASCADE, related_name="templates"
    )
    kind = models.CharField(
        max_length=40, help_text="e.g. shipped (engagement/kinds.py), or a name of your own, e.g. lamp_care."
    )
    language = models.CharField(max_length=10, default="en")
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.EMAIL)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "channel"],
                condition=models.Q(store__isnull=True),
                name="builtin_template_once",
            ),
            models.UniqueConstraint(
                fields=["store", "kind", "language", "channel"],
                condition=models.Q(store__isnull=False),
                name="store_template_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"

    def clean(self) -> None:
        """Refuse words that could not be sent, and say which line is wrong."""
        problems = {}
        for name in ("subject", "body"):
            try:
                liquid.check(getattr(self, name))
            except liquid.TemplateError as exc:
                problems[name] = str(exc)
        if problems:
            raise ValidationError(problems)


class TemplateVersion(models.Model):
    """A template as it was saved once: what `Message.template_version` names, and what one can go back to."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=300)
    body = models.TextField()
    saved_by = models.CharField(max_length=254, blank=True, help_text="Who saved it, '' for a release.")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="template_version_once")]

    def __str__(self) -> str:
        return f"{self.template} · {self.number}"
