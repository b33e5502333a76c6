"""The form words are written in. What could not be sent cannot be saved; the line that is wrong is named."""

import re
from typing import Any

from django import forms

from customers.models import Store
from engagement.kinds import KINDS
from engagement.models import Template
from engagement.vocabulary import Channel
from engagement.wording.checks import refuse

_NAME = re.compile(r"[a-z][a-z0-9_]{1,38}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """The words of one kind of message, in one language, for one way of sending it."""

    own_kind = forms.CharField(
        label="Name of your own",
        required=False,
        max_length=39,
        help_text="For a message of your own journeys: small letters, digits and _, e.g. lamp_care.",
    )

    class Meta:
        model = Template
        fields = ("store", "kind", "language", "channel", "subject", "body")
        widgets = {
            "subject": forms.TextInput(attrs={"class": "vLargeTextField", "data-words": ""}),
            "body": forms.Textarea(
                attrs={
                    "class": "vLargeTextField template-body",
                    "rows": 24,
                    "spellcheck": "true",
                    "data-words": "",
                }
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            choices = [
                ("", "A name of your own (below)"),
                *((code, kind.label) for code, kind in KINDS.items()),
            ]
            self.fields["kind"] = forms.ChoiceField(choices=choices, required=False)
        if "store" in self.fields:
            self.fields["store"].required = True
        if "channel" in self.fields:
            self.fields["channel"] = forms.ChoiceField(
                choices=Channel.choices, required=False, initial=Channel.EMAIL
            )
        if "subject" in self.fields:
            self.fields["subject"].required = False
            self.fields["subject"].help_text = "The headline of a push or a card. An SMS has none."
        if "body" in self.fields:
            self.fields[
                "body"
            ].help_text = (
                "Markdown with Liquid for e-mail and inbox; plain text with Liquid for SMS and push."
            )
        if "language" in self.fields:
            self.fields["language"].help_text = "As browsers say it: en, de, fr, de-AT."

    def clean_channel(self) -> str:
        """Return how it is sent: e-mail where nobody said."""
        return str(self.cleaned_data["channel"] or Channel.EMAIL)

    @property
    def about(self) -> dict[str, str]:
        """Kind, language and channel: as chosen, or as they are."""
        return {
            name: str(self.cleaned_data.get(name) or getattr(self.instance, name) or fallback)
            for name, fallback in (("kind", ""), ("language", "en"), ("channel", Channel.EMAIL))
        }

    def clean_language(self) -> str:
        """Return it as languages are named everywhere."""
        text = str(self.cleaned_data["language"]).strip().replace("_", "-")
        if not LANGUAGE.fullmatch(text):
            raise forms.ValidationError("That is no language: en, de, fr, de-AT …")
        return text

    def clean_body(self) -> str:
        """Return the text as files hold it: browsers send line ends of their own."""
        return "\n".join(str(self.cleaned_data["body"]).splitlines()).strip() + "\n"

    def clean(self) -> dict[str, Any]:
        """Settle the kind, and try the words on the most data they will ever get."""
        super().clean()
        data: dict[str, Any] = self.cleaned_data
        if "kind" in self.fields and not data.get("kind"):
            self._own_kind(data)
        about = self.about
        if about["channel"] != Channel.SMS and not data.get("subject", "").strip():
            self.add_error("subject", "It needs a subject.")
        if "body" in data and not self.errors:
            for name, why in refuse(data["subject"], data["body"], **about).items():
                self.add_error(name, why)
        return data

    def _own_kind(self, data: dict[str, Any]) -> None:
        name = str(data.get("own_kind", "")).strip().lower()
        if name in KINDS:
            self.add_error("own_kind", f"“{name}” is built in: choose it above.")
        elif not _NAME.fullmatch(name):
            self.add_error("own_kind", "Choose a message, or give yours a name: small letters, digits and _.")
        else:
            data["kind"] = name


class CopyForm(forms.Form):
    """Which store is to have its own words."""

    store = forms.ModelChoiceField(queryset=Store.objects.order_by("name"), empty_label=None)
