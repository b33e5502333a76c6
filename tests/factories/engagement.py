"""Factories of the conversation."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from engagement.models import Guide, Message, Suppression, Template
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, OrderFactory


class MessageFactory(DjangoModelFactory):
    class Meta:
        model = Message

    order = factory.SubFactory(OrderFactory)
    store = factory.SelfAttribute("order.store")
    customer = factory.SelfAttribute("order.customer")
    kind = "confirmed"
    dedupe_key = factory.Sequence(lambda n: f"test:{n}")
    due_at = NOON
    expires_at = factory.LazyAttribute(lambda o: NOON + timedelta(hours=48))


class TemplateFactory(DjangoModelFactory):
    class Meta:
        model = Template

    kind = "confirmed"
    language = "en"
    subject = "Own words for {{ order.number }}"
    body = "# Own words\n\n[Look]({{ url }})\n"


class SuppressionFactory(DjangoModelFactory):
    class Meta:
        model = Suppression

    address = factory.Sequence(lambda n: f"gone{n}@example.com")
    reason = Suppression.Reason.BOUNCE


class GuideFactory(DjangoModelFactory):
    class Meta:
        model = Guide

    store = factory.SubFactory(StoreFactory)
    title = factory.Sequence(lambda n: f"Keep it well, {n}")
    body = "Wipe it with a dry cloth."
