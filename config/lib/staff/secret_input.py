"""An input for a secret: it can be set, replaced or removed, and is never shown again."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

KEEP = ""
REMOVE = "\x00remove"  # cannot be typed, so no real secret is mistaken for it


class SecretInput(forms.PasswordInput):
    """A password box that never carries the value, with a tick box to remove what is set."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"autocomplete": "new-password", "class": "vTextField", **(attrs or {})}, render_value=False
        )

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Render the empty box; the tick box only where there is something to remove."""
        box = super().render(name, None, attrs, renderer)
        if not value:
            return format_html('{}<span class="secret-state">Not set.</span>', box)
        return format_html(
            '{}<span class="secret-state">Set. Empty keeps it.</span>'
            '<label class="secret-remove"><input type="checkbox" name="{}-remove"> Remove it</label>',
            box,
            name,
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """Return what was typed, KEEP for nothing, REMOVE when the box is ticked."""
        typed = data.get(name) or KEEP
        return REMOVE if not typed and data.get(f"{name}-remove") else typed

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Say that the form says something about this secret when only its tick box was sent."""
        return name not in data and f"{name}-remove" not in data


class SecretFormField(forms.CharField):
    """The form field to it. `SecretsForm` turns KEEP and REMOVE into the value to store."""

    widget = SecretInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say that a secret changed only when one was typed or removed."""
        return bool(data != KEEP)

    def clean(self, value: Any) -> Any:
        """Let the marker through as it is; anything typed is stripped of surrounding space."""
        return value if value == REMOVE else super().clean(value)


class SecretsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model form in which an empty secret keeps the stored one."""

    def clean(self) -> dict[str, Any]:
        """Put the stored value where nothing was typed and '' where it was removed."""
        cleaned = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if isinstance(field, SecretFormField) and name in cleaned:
                if cleaned[name] == REMOVE:
                    cleaned[name] = ""
                elif cleaned[name] == KEEP:
                    cleaned[name] = getattr(self.instance, name)
        return cleaned
