"""The forms of an incident: its words, its offer, and the confirmation before anything is sent."""

from decimal import Decimal
from typing import Any

from babel import Locale
from django import forms
from django.core.validators import DecimalValidator

from config.lib.money import exponent, major, minor
from tracking.models import Incident
from tracking.watch.letters import LANGUAGES

DEAREST = Decimal(1_000_000)


class ApologyForm(forms.Form):
    """Subject and words per language, the offer, its budget. Sums are in the store's currency."""

    offer_code = forms.CharField(
        max_length=60,
        required=False,
        label="Code",
        help_text="What shoppers type in the shop. Empty: no offer.",
    )
    offer_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        required=False,
        label="Per cent off the next order",
        help_text="0: the sum below is taken off instead.",
    )
    offer = forms.DecimalField(
        min_value=0,
        max_value=DEAREST,
        required=False,
        label="What one costs at most",
        help_text="With per cent: what you expect it to cost for the dearest basket. The budget counts this.",
    )
    budget = forms.DecimalField(
        min_value=0, max_value=DEAREST * 10, required=False, label="Budget for all of them together"
    )
    offer_by_hand = forms.BooleanField(
        required=False,
        label="The code exists in the shop",
        help_text="Tick it when you made the code there yourself; otherwise it can be made for you.",
    )

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        self.incident = incident
        self.currency = incident.store.currency
        self.languages = sorted(
            {*LANGUAGES, *incident.words}, key=lambda code: code != incident.store.language
        )
        shown = {
            "offer_code": incident.offer_code,
            "offer_percent": incident.offer_percent,
            "offer": major(incident.offer_minor, self.currency),
            "budget": major(incident.budget_minor, self.currency),
            "offer_by_hand": incident.offer_by_hand,
        }
        super().__init__(*args, **{**kwargs, "initial": shown})
        for name in ("offer", "budget"):
            self.fields[name].label = f"{self.fields[name].label} ({self.currency})"
            self.fields[name].validators.append(DecimalValidator(None, exponent(self.currency)))
            self.fields[name].widget.attrs |= {"step": str(Decimal(1).scaleb(-exponent(self.currency)))}
        for code in self.languages:
            name = Locale.parse(code.replace("-", "_")).get_display_name("en") or code
            self.fields[f"subject_{code}"] = forms.CharField(
                max_length=200,
                required=False,
                label=f"Subject, {name}",
                initial=incident.subject.get(code, ""),
            )
            self.fields[f"words_{code}"] = forms.CharField(
                max_length=20_000,
                required=False,
                label=f"Words, {name}",
                initial=incident.words.get(code, ""),
                widget=forms.Textarea({"rows": 14}),
            )
        self.order_fields(
            [f"{part}_{code}" for code in self.languages for part in ("subject", "words")] + list(shown)
        )

    def clean(self) -> dict[str, Any]:
        """Ask for words that can be read, and for an offer that is whole."""
        cleaned = super().clean() or self.cleaned_data
        for code in self.languages:
            for part in (f"subject_{code}", f"words_{code}"):
                text = cleaned.get(part) or ""
                if text.count("{{") != text.count("}}") or text.count("{%") != text.count("%}"):
                    self.add_error(part, "A {{ or {% has no end, or an end no beginning.")
            if bool((cleaned.get(f"subject_{code}") or "").strip()) != bool(
                (cleaned.get(f"words_{code}") or "").strip()
            ):
                self.add_error(f"subject_{code}", "Subject and words belong together: write both or neither.")
        if not any((cleaned.get(f"words_{code}") or "").strip() for code in self.languages):
            raise forms.ValidationError("Write words in one language at least.")
        if cleaned.get("offer_code") and not cleaned.get("offer"):
            self.add_error("offer", "Say what one offer may cost: the budget is counted by it.")
        if cleaned.get("offer") and not cleaned.get("offer_code"):
            self.add_error("offer_code", "The offer needs a code.")
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Return what was written, as `revise` takes it."""
        said = self.cleaned_data
        return {
            "subject": {code: said[f"subject_{code}"].strip() for code in self.languages},
            "words": {code: said[f"words_{code}"].strip() for code in self.languages},
            "offer_code": said["offer_code"].strip(),
            "offer_percent": said["offer_percent"] or 0,
            "offer_minor": minor(said["offer"], self.currency),
            "offer_by_hand": said["offer_by_hand"],
            "budget_minor": minor(said["budget"], self.currency),
        }


class SendForm(forms.Form):
    """What staff confirm: the newest flag and the words they saw, and what happens beyond the budget."""

    newest = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    shown = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    beyond = forms.ChoiceField(choices=[("words", "words"), ("wait", "wait")], required=False)
