"""Fields of orders and parcels as partners write them."""

from typing import Any

import phonenumbers
from django.core.validators import RegexValidator, URLValidator
from rest_framework import serializers

from config.lib.money import BadMoney, exponent
from customers.api.base import Text


class WebAddress(Text, serializers.URLField):
    """An http or https address: it is put behind links and pictures that shoppers see."""

    default_error_messages = {"invalid": "This is not an http or https address."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        kept = [check for check in self.validators if not isinstance(check, URLValidator)]
        self.validators = [*kept, URLValidator(["http", "https"], message=self.error_messages["invalid"])]


class Email(Text, serializers.EmailField):
    """An e-mail address."""


class Pattern(Text):
    """Text of one form; `words` say which. Blank passes where it may be left out."""

    def __init__(self, pattern: str, words: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators.append(RegexValidator(f"^(?:{pattern})$", words))


class Currency(Pattern):
    """An ISO 4217 code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("[A-Z]{3}", "This is not an ISO 4217 code such as EUR.", **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the code."""
        text = super().to_internal_value(data)
        try:
            exponent(text)
        except BadMoney as exc:
            raise serializers.ValidationError("This is not an ISO 4217 code such as EUR.") from exc
        return text


def e164(number: str, country: str) -> str:
    """
    Return a phone number as it is compared, +4930123456; one without + is read as of `country` (two letters).

    What cannot be a number of that country is returned as it is: an order is not refused for a phone.
    """
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
