"""Factories of journeys and their runs."""

import factory
from factory.django import DjangoModelFactory

from engagement.models import Enrolment, Journey, JourneyVersion, SurveyAnswer
from tests.factories.tracking import NOON, OrderFactory

GRAPH = {"trigger": {"type": "api"}, "start": "end", "steps": [{"id": "end", "type": "end"}]}


class JourneyFactory(DjangoModelFactory):
    class Meta:
        model = Journey
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"journey-{n}")
    name = factory.LazyAttribute(lambda o: o.code.title())
    state = Journey.State.LIVE
    draft = GRAPH

    @factory.post_generation
    def graph(self, create, extracted, **kwargs):
        if create:
            self.live = JourneyVersionFactory(journey=self, graph=extracted or GRAPH)
            self.save(update_fields=["live"])


class JourneyVersionFactory(DjangoModelFactory):
    class Meta:
        model = JourneyVersion

    journey = factory.SubFactory(JourneyFactory)
    number = 1
    graph = GRAPH
    published_at = NOON


class EnrolmentFactory(DjangoModelFactory):
    class Meta:
        model = Enrolment

    journey = factory.SubFactory(JourneyFactory)
    version = factory.SelfAttribute("journey.live")
    order = factory.SubFactory(OrderFactory)
    store = factory.SelfAttribute("order.store")
    customer = factory.SelfAttribute("order.customer")
    key = factory.Sequence(lambda n: f"order:{n}")
    subject = factory.SelfAttribute("key")
    step = "offer"
    entered_at = NOON
    stepped_at = NOON


class SurveyAnswerFactory(DjangoModelFactory):
    class Meta:
        model = SurveyAnswer

    kind = SurveyAnswer.Kind.DELIVERY
    order = factory.SubFactory(OrderFactory)
    store = factory.SelfAttribute("order.store")
    customer = factory.SelfAttribute("order.customer")
    key = factory.Sequence(lambda n: f"delivery:order:{n}")
    asked_at = NOON
