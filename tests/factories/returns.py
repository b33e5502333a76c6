"""Factories of what comes back. They write rows directly: for behaviour, call the services."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from returns.models import Policy, PolicyVersion, ReturnSettings
from tests.factories.customers import StoreFactory

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


class PolicyFactory(DjangoModelFactory):
    class Meta:
        model = Policy

    store = factory.SubFactory(StoreFactory)


class PolicyVersionFactory(DjangoModelFactory):
    """A version in force since long ago; `body` as returns/policy/reading.py reads it."""

    class Meta:
        model = PolicyVersion

    policy = factory.SubFactory(PolicyFactory)
    number = factory.Sequence(lambda n: n + 1)
    body = factory.LazyFunction(lambda: {"base": {"window_days": 30, "window_from": "delivery"}})
    from_at = LONG_AGO


class ReturnSettingsFactory(DjangoModelFactory):
    class Meta:
        model = ReturnSettings

    store = factory.SubFactory(StoreFactory)
