"""Factories of groups of customers."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from engagement.models import Profile, Segment

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class ProfileFactory(DjangoModelFactory):
    class Meta:
        model = Profile

    customer = factory.SubFactory("tests.factories.customers.CustomerFactory")
    currency = "USD"
    updated_at = NOON


class SegmentFactory(DjangoModelFactory):
    class Meta:
        model = Segment

    name = factory.Sequence(lambda n: f"Segment {n}")


class ListFactory(SegmentFactory):
    name = factory.Sequence(lambda n: f"List {n}")
    kind = Segment.Kind.LIST
