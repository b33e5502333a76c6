"""What people type who make an account."""

from typing import Any

from allauth.account import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest


class SignupForm(forms.SignupForm):
    """allauth's, which answers alike whether or not an address has an account; and takes as long, too."""

    def try_save(self, request: HttpRequest) -> Any:
        """Save the new account; for an address that has one, do the same work and write to its owner."""
        if self.account_already_exists:
            make_password(self.cleaned_data.get("password1"))
        return super().try_save(request)
