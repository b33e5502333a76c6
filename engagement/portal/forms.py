"""What a shopper chooses and types on these pages."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from engagement.numbers import e164
from engagement.preferences import Choices
from engagement.vocabulary import Channel, Topic

CHANNEL_WORDS = {
    Channel.EMAIL: _("News and offers by e-mail"),
    Channel.SMS: _("News and offers by text message"),
    Channel.PUSH: _("News and offers on the devices you switched on"),
}
TOPIC_WORDS = {
    Topic.NEWS: _("News and offers"),
    Topic.TIPS: _("Tips for what you bought"),
    Topic.REVIEWS: _("Questions about how you liked it"),
    Topic.REMINDERS: _("Reminders to buy or look after something again"),
    Topic.OCCASIONS: _("Birthdays, anniversaries and thanks"),
}
FIRST_WORDS = {
    "": _("Wherever it fits best"),
    Channel.EMAIL: _("E-mail"),
    Channel.SMS: _("Text message"),
    Channel.PUSH: _("This device"),
}


class ChoicesForm(forms.Form):
    """Channels, topics, where to first, language and birthday, as far as they can be chosen."""

    def __init__(self, data: Any, *, now: Choices, can: list[str], today: date) -> None:
        super().__init__(data)
        self.now, self.can, self.today = now, can, today
        for channel in (each for each in CHANNEL_WORDS if each in can):
            self.fields[f"channel_{channel}"] = _check(CHANNEL_WORDS[channel], channel in now.channels)
        for topic in Topic:
            self.fields[f"topic_{topic}"] = _check(TOPIC_WORDS[topic], topic not in now.muted)
        self.fields["first"] = forms.ChoiceField(
            label=_("Where to first"),
            required=False,
            initial=now.first,
            choices=[(code, words) for code, words in FIRST_WORDS.items() if code in ("", *can, now.first)],
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), required=False, initial=now.language[:2], choices=settings.LANGUAGES
        )
        self.fields["born_on"] = forms.DateField(
            label=_("Your birthday"),
            required=False,
            help_text=_("You told us one. Leave this empty to keep it.")
            if now.born_on
            else _("If you like to hear from us that day."),
            error_messages={"invalid": _("Enter a day such as 1990-05-17.")},
            widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
        )
        if now.born_on:
            self.fields["forget_born_on"] = _check(_("Forget my birthday"), False)

    def clean_born_on(self) -> date | None:
        """Refuse a birthday that cannot be one."""
        born: date | None = self.cleaned_data["born_on"]
        if born and not date(1900, 1, 1) <= born < self.today:
            raise ValidationError(_("Enter a day such as 1990-05-17."))
        return born

    def wanted(self) -> Choices:
        """Return what was chosen; what could not be chosen here stays as it is."""
        given = self.cleaned_data
        fixed = {channel for channel in self.now.channels if f"channel_{channel}" not in self.fields}
        born = None if given.get("forget_born_on") else given["born_on"] or self.now.born_on
        return Choices(
            channels=frozenset({c for c in self.can if given.get(f"channel_{c}")} | fixed),
            muted=frozenset(str(topic) for topic in Topic if not given[f"topic_{topic}"]),
            first=given["first"],
            language=given["language"] or self.now.language,
            born_on=born,
        )

    @property
    def channels(self) -> list[forms.BoundField]:
        """The fields of the channels."""
        return [self[name] for name in self.fields if name.startswith("channel_")]

    @property
    def topics(self) -> list[forms.BoundField]:
        """The fields of the topics."""
        return [self[name] for name in self.fields if name.startswith("topic_")]

    @property
    def rest(self) -> list[forms.BoundField]:
        """The fields that are about neither."""
        return [
            self[name] for name in ("first", "language", "born_on", "forget_born_on") if name in self.fields
        ]


def _check(label: Any, on: bool) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, initial=on)


class NumberForm(forms.Form):
    """A phone number with its country code."""

    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=30,
        help_text=_("With the country code, for example +49 151 23456789. We text you a code to confirm it."),
        error_messages={"required": _("Enter your mobile number.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        """Return it as E.164; refuse what is no number."""
        number = e164(self.cleaned_data["phone"])
        if not number:
            raise ValidationError(_("Enter the number with its country code, for example +49 151 23456789."))
        return number


class CodeForm(forms.Form):
    """The six digits we texted."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Six digits. It works for ten minutes."),
        error_messages={"required": _("Enter the six digits from the message.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "field__code"}
        ),
    )
