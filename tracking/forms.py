"""What a shopper types."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from customers.models import Store
from tracking.services.access import link_only
from tracking.services.orders import number_key, postcode_key


class LookupForm(forms.Form):
    """Order number and e-mail address; where the store takes it, the postcode in the address's place."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=60,
        help_text=_("It stands in every message about your order, for example 1042."),
        error_messages={"required": _("Enter the order number.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The one you ordered with."),
        error_messages={
            "required": _("Enter the e-mail address you ordered with."),
            "invalid": _("Enter an e-mail address like name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.takes_postcode = store.lookup_by_postcode and not link_only(store)
        if self.takes_postcode:
            self.fields["email"] = forms.CharField(
                label=_("E-mail address or postcode"),
                max_length=254,
                help_text=_("The address you ordered with, or the postcode it goes to."),
                error_messages={"required": _("Enter the e-mail address or the postcode.")},
                widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
            )

    def clean_number(self) -> str:
        """Refuse what is no number once '#' and spaces are gone."""
        number: str = self.cleaned_data["number"]
        if not number_key(number):
            raise ValidationError(_("Enter the order number."))
        return number

    def clean_email(self) -> str:
        """Where a postcode will do, check that it is an address or could be a postcode."""
        given: str = self.cleaned_data["email"]
        if self.takes_postcode:
            if "@" in given:
                validate_email(given)
            elif len(postcode_key(given)) < 3:
                raise ValidationError(_("Enter the e-mail address or the postcode."))
        return given


class CodeForm(forms.Form):
    """The six digits from the message; spaces and dashes do no harm."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Six digits. It works for ten minutes."),
        error_messages={"required": _("Enter the six digits from the message.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "class": "field__code",
            }
        ),
    )
