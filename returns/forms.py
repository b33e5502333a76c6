"""What somebody who returns a gift types about themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _text(label: object, fill: str, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]
        max_length=more.pop("max_length", 120),
        error_messages={"required": _("Please fill this in.")},
        widget=forms.TextInput(attrs={"autocomplete": fill}),
        **more,
    )


class GiftForm(forms.Form):
    """Where news goes, where the parcel comes from and a new item goes to: nothing of it from the order."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("Your label and all news of this return go there."),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter an e-mail address like name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    name = _text(_("Name"), "name")
    street = _text(_("Street and number"), "street-address", max_length=200)
    postcode = _text(_("Postcode"), "postal-code", max_length=20)
    city = _text(_("Town"), "address-level2")
    region = _text(_("State or region"), "address-level1", required=False)
    country = forms.CharField(
        label=_("Country"),
        min_length=2,
        max_length=2,
        help_text=_("Two letters, for example US or DE."),
        error_messages={
            "required": _("Enter the country as two letters."),
            "min_length": _("Enter the country as two letters."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "country", "autocapitalize": "characters", "size": 4}),
    )

    def clean_country(self) -> str:
        """Return the country in capitals."""
        country: str = self.cleaned_data["country"].upper()
        if not (country.isascii() and country.isalpha()):
            raise forms.ValidationError(_("Enter the country as two letters."))
        return country

    def ship_from(self) -> dict[str, object]:
        """Return the address as Return.ship_from keeps it."""
        told = self.cleaned_data
        plain = {name: told[name] for name in ("name", "city", "region", "postcode", "country")}
        return {**plain, "lines": [told["street"]]}
