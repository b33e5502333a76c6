"""The two forms of an import: the upload, and which column is which field."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone

from customers.models import Store
from tracking.imports.fields import FIELDS, KINDS, alternatives
from tracking.models import ImportJob
from tracking.services.imports import OPTIONS, Preview

PREFIX = "field-"
NOT_IN_FILE = "– not in the file –"


class UploadForm(forms.Form):
    """A file, what is in it, and whose it is."""

    store = forms.ModelChoiceField(queryset=Store.objects.order_by("name"), empty_label=None)
    kind = forms.ChoiceField(
        label="What is in it",
        choices=list(KINDS.items()),
        help_text="Orders first: shipments are refused without their orders, stock without its products.",
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.jsonl"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = settings.IMPORT_MAX_BYTES // (1024 * 1024)
        self.fields[
            "file"
        ].help_text = (
            f"CSV, or JSONL with one object per line, up to {most:,} MB. From Excel: “Save as”, “CSV UTF-8”."
        )


class ColumnsForm(forms.Form):
    """For each field the column it stands in; and what cells alone do not say."""

    decimal = forms.ChoiceField(
        label="Decimal mark",
        required=False,
        choices=[("", "Not said"), (".", "Point: 1,234.50"), (",", "Comma: 1.234,50")],
    )
    dates = forms.ChoiceField(
        label="03/04/2026 is",
        required=False,
        choices=[("", "Not said"), ("dmy", "3 April (day first)"), ("mdy", "March 4 (month first)")],
    )
    zone = forms.ChoiceField(label="Times without a zone are in")
    as_of = forms.DateTimeField(
        label="The file is as new as",
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="In UTC. Rows without a time of change win over what is older than this, never over newer.",
    )

    def __init__(self, job: ImportJob, shown: Preview, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job
        columns = [("", NOT_IN_FILE), *((name, name) for name in job.shape["columns"])]
        for field in FIELDS[job.kind].values():
            made = forms.ChoiceField(label=field.label, choices=columns, required=False)
            made.initial = job.mapping.get(field.name, "")
            made.example = shown.examples.get(made.initial, "")  # type: ignore[attr-defined]
            group = alternatives(job.kind, field.name)
            needed = "one of these needed" if len(group) > 1 else "needed"
            made.needed = needed if group else ""  # type: ignore[attr-defined]
            made.missing = bool(group) and not set(group) & set(job.mapping)  # type: ignore[attr-defined]
            self.fields[f"{PREFIX}{field.name}"] = made
        zones = sorted({*available_timezones(), job.store.timezone})
        self.fields["zone"].choices = [(name, name) for name in zones]  # type: ignore[attr-defined]
        for name in OPTIONS:
            self.fields[name].initial = job.options.get(name, "")
        self.fields["as_of"].initial = job.as_of
        self.fields["decimal"].help_text = shown.decimal.words
        self.fields["dates"].help_text = shown.dates.words

    def clean_as_of(self) -> Any:
        """Refuse a file from the future: it would win over everything that happens until then."""
        at = self.cleaned_data["as_of"]
        if at and at > timezone.now():
            raise forms.ValidationError("This is in the future.")
        return at

    @property
    def chosen(self) -> list[forms.BoundField]:
        """The fields that have a column, and those that need one."""
        fields: Any = self.fields
        return [bound for bound in self._matches() if fields[bound.name].needed or bound.value()]

    @property
    def others(self) -> list[forms.BoundField]:
        """The fields without a column."""
        shown = {bound.name for bound in self.chosen}
        return [bound for bound in self._matches() if bound.name not in shown]

    @property
    def ways(self) -> list[forms.BoundField]:
        """What cells alone do not say."""
        return [self[name] for name in (*OPTIONS, "as_of")]

    def _matches(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    def mapping(self) -> dict[str, str]:
        """Return {field: column} as chosen."""
        told = {name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items()}
        return {name: told[name] for name in FIELDS[self.job.kind] if told.get(name)}

    def options(self) -> dict[str, str]:
        """Return what was chosen beside the columns."""
        return {name: self.cleaned_data[name] for name in OPTIONS}
