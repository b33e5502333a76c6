"""What tests of journeys in the back-office share: a journey with a draft, addresses, small steps."""

from django.urls import reverse

from engagement.journeys import drafts
from engagement.models import Journey
from tests.engagement.journey_graphs import CARE
from tests.factories.customers import StoreFactory
from tests.factories.engagement import TemplateFactory

WAIT = {"trigger": CARE["trigger"], "start": "wait", "steps": [
    {"id": "wait", "type": "wait", "days": 3, "next": "tell"},
    {"id": "tell", "type": "message", "kind": "care", "channel": "auto"},
]}  # fmt: skip


def make_journey() -> Journey:
    StoreFactory(language="en")
    TemplateFactory(store=None, kind="care", subject="Care", body="# Hello {{ first_name }}\n")
    return Journey.objects.create(code="care", name="Care", topic="tips", draft=WAIT)


def at(journey, name, *more):
    return reverse(f"admin:engagement_journey_{name}", args=[journey.pk, *more])


def seen(journey):
    journey.refresh_from_db()
    return drafts.stamp(journey)


def graph(journey):
    journey.refresh_from_db()
    return drafts.graph_of(journey)


def do(client, journey, what, **more):
    return client.post(at(journey, "draft_do"), {"do": what, "seen": seen(journey), **more}, follow=True)


def publish(client, journey, **more):
    data = {"seen": seen(journey), "note": "First", **more}
    return client.post(at(journey, "publish"), data, follow=True)
