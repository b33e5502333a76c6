"""Return settings as staff fill them in: percentages and lines of words, not JSON."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms

from returns import rule_lines
from returns.deductions import DEFAULTS, NOTHING_CAME
from returns.models import ReturnSettings
from returns.vocabulary import Condition

# What did not come earns nothing, whatever a store would like.
DEDUCTED = tuple(each for each in Condition if each not in NOTHING_CAME)
HUNDREDTHS = 100  # of a per cent


class LinesField(forms.CharField):
    """Text of one rule per line, read by `read` and written by `write` (returns/rule_lines.py)."""

    def __init__(self, read: Callable[[str], Any], write: Callable[[Any], str], **kwargs: Any) -> None:
        area = forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField"})
        super().__init__(required=False, widget=area, max_length=20_000, **kwargs)
        self.read, self.write = read, write

    def prepare_value(self, value: Any) -> Any:
        """Return what the box shows: what was typed, else the stored rules as lines."""
        return value if isinstance(value, str) else self.write(value or self.read(""))

    def clean(self, value: Any) -> Any:
        """Return the rules that were typed."""
        try:
            return self.read(super().clean(value))
        except rule_lines.BadLine as exc:
            raise forms.ValidationError(str(exc)) from exc


class ReturnSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """One store's settings. An empty percentage means ours."""

    reasons = LinesField(
        rule_lines.reasons_from_lines,
        rule_lines.reasons_as_lines,
        label="Reasons offered",
        help_text="One product type per line, e.g. “Shoes: too small, too large, other”. Others offer all.",
    )
    dispositions = LinesField(
        rule_lines.rules_from_lines,
        rule_lines.rules_as_lines,
        label="What becomes of goods",
        help_text="One rule per line, the first that fits counts, e.g. “condition: worn; type: shoes -> "
        "sell off”. Facts: condition, reason, outcome, type, vendor, tag. What no line fits follows ours.",
    )

    class Meta:
        model = ReturnSettings
        exclude = ("deductions",)  # noqa: DJ006 (StaffAdmin's fieldsets name every field)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.instance.deductions if isinstance(self.instance.deductions, dict) else {}
        for name, condition in FIELDS.items():
            kept = own.get(condition)
            if isinstance(kept, int):
                self.initial[name] = Decimal(kept) / HUNDREDTHS

    def save(self, commit: bool = True) -> Any:
        """Keep what was filled in as hundredths of a per cent."""
        told = {condition: self.cleaned_data.get(name) for name, condition in FIELDS.items()}
        self.instance.deductions = {
            str(condition): int(value * HUNDREDTHS) for condition, value in told.items() if value is not None
        }
        return super().save(commit)


FIELDS = {f"deduct_{each.value.lower()}": each for each in DEDUCTED}
for _name, _condition in FIELDS.items():
    ReturnSettingsForm.base_fields[_name] = forms.DecimalField(
        label=f"{_condition.label}: deduct per cent",
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=f"Empty: {DEFAULTS[_condition] // HUNDREDTHS} %.",
    )
    ReturnSettingsForm.declared_fields[_name] = ReturnSettingsForm.base_fields[_name]
