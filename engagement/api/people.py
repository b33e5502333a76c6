"""Whom a body is about: a customer of the key's store, found or made."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from customers.api.base import Strict, Text
from customers.models import Customer, Store
from customers.services import custom_events
from customers.services.people import PersonData
from tracking.api.fields import Email, Pattern
from tracking.api.inputs import PHONE
from tracking.models import Order


class PersonIn(Strict):
    """A customer: known by `external_id`, else `email`, else `phone`."""

    external_id = Text(optional=True, max_length=64, help_text="The shop's id of the customer.")
    email = Email(optional=True, max_length=254)
    phone = Pattern(*PHONE, optional=True, max_length=20, help_text="As +4930123456.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """See that somebody is named."""
        if not any(attrs.values()):
            raise serializers.ValidationError("Name them: external_id, email or phone.")
        return attrs


def visible(store: Store) -> Q:
    """Return the condition of customers a store has something to do with."""
    return Q(orders__store=store) | Q(identities__store=store) | Q(events__store=store)


def customer_of(store: Store, given: dict[str, Any], *, make: bool, source: str, at: datetime) -> Customer:
    """
    Return the customer a body names. Raises: ValidationError for one this store does not know, unless they
    are to be made.
    """
    person = PersonData(**given)
    if make:
        found = custom_events.make_customer(store, person, source=source, at=at)
    else:
        found = custom_events.known(store, person, visible(store))
    if found is None:
        raise ValidationError({"customer": ["This store knows no such customer."]})
    return found


def order_of(store: Store, external_id: str, customer: Customer) -> Order | None:
    """Return the customer's order of a store, None where none is named. Raises: ValidationError."""
    if not external_id:
        return None
    order = Order.objects.filter(store=store, external_id=external_id, customer=customer).first()
    if order is None:
        raise ValidationError({"order": ["This customer has no such order at the store."]})
    return order
