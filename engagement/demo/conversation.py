"""
The sample stores' conversation: guides, birthdays, profiles, segments, every journey on, a campaign for
tomorrow, answers, one of them a bad one with its case. Through the services that live ones use.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from customers import outbox
from customers.models import Customer, Delivery, Store, User
from engagement import surveys
from engagement.campaigns import services as campaigns
from engagement.demo.catalogue import HARBOUR
from engagement.demo.guides import make_guides
from engagement.demo.people import SHOPPER
from engagement.journeys import services as journeys
from engagement.models import Campaign, Journey, Message, Segment, SurveyAnswer, Template
from engagement.profiles import services as profiles
from engagement.segments import services as segments
from engagement.vocabulary import Channel, Purpose, Topic
from tracking.models import Order

_SEGMENTS = (
    ("Come back", "Two orders or more.", {"fact": "profile.orders", "op": "at_least", "value": 2}),
    (
        "Light and scent",
        "Bought a lantern or a candle.",
        {
            "any": [
                {"fact": "order", "op": "has", "where": {"product_type": "Lighting"}},
                {"fact": "order", "op": "has", "where": {"product_type": "Home fragrance"}},
            ]
        },
    ),
    (
        "Not seen for 60 days",
        "Bought once, and nothing in the last 60 days.",
        {
            "all": [
                {"fact": "profile.orders", "op": "at_least", "value": 1},
                {"not": {"fact": "order", "op": "has", "where": {"last_days": 60}}},
            ]
        },
    ),
)
_SUBJECT = "Winter light, from our window to yours"
_BODY = """# {% if first_name != blank %}Winter light, {{ first_name }}{% else %}Winter light{% endif %}

The days are short, and the storm lanterns are back on our shelves. They burn eleven hours on one filling.

[See the lanterns]({{ store.shop_url }}/products/lantern)
"""


def furnish(stores: Mapping[str, Store], staff: User, *, at: datetime) -> None:
    """Lay out the conversation as it stands at `at`."""
    store = stores[HARBOUR.slug]
    make_guides(stores)
    _birthdays(at)
    profiles.rebuild(at=at)
    made = _make_segments(at)
    _ask_and_hear(store, at)
    _switch_on(at)
    _plan_campaign(store, made["Light and scent"], staff, at)
    _leave_a_note(store, at)
    while Delivery.objects.filter(state=Delivery.State.WAITING).update(due_at=at):
        outbox.deliver_due(at=at)


def _birthdays(at: datetime) -> None:
    """Give two in three a birthday, spread over the year; the first of them has it today."""
    rows = []
    for place, person in enumerate(Customer.objects.filter(merged_into=None, born_on=None).order_by("pk")):
        if place % 3 != 2:
            day = at.date() + timedelta(days=place * 11)
            person.born_on = date(1958 + place * 7 % 45, day.month, min(day.day, 28))
            rows.append(person)
    Customer.objects.bulk_update(rows, ["born_on"])


def _make_segments(at: datetime) -> dict[str, Segment]:
    made = {}
    for name, description, rule in _SEGMENTS:
        segment = Segment.objects.create(name=name, description=description)
        segments.save_rule(segment=segment, rule=rule, at=at)
        made[name] = segment
    while segments.evaluate_due(at=at):
        pass
    return made


def _ask_and_hear(store: Store, at: datetime) -> None:
    """Let three people have answered how it is, one of them badly."""
    arrived = Order.objects.filter(store=store, status=Order.Status.DELIVERED, customer__isnull=False)
    people: set[int | None] = set()
    said = (
        (2, "The lantern is lovely, but the glass was cracked."),
        (5, "It is even nicer here."),
        (4, None),
    )
    left = list(said)
    for order in arrived.exclude(customer__email=SHOPPER.email).order_by("-placed_at"):
        if not left:
            return
        if order.customer_id in people:
            continue
        people.add(order.customer_id)
        score, words = left.pop(0)
        row = SurveyAnswer.objects.create(
            kind=SurveyAnswer.Kind.DELIVERY,
            key=f"delivery:order:{order.pk}",
            store=store,
            customer=order.customer,
            order=order,
            asked_at=at - timedelta(days=1),
        )
        surveys.answer(survey_id=row.pk, score=score, words=words, at=at - timedelta(minutes=20))


def _switch_on(at: datetime) -> None:
    """Let every built-in journey run."""
    for pk in Journey.objects.filter(builtin=True, state=Journey.State.DRAFT).values_list("pk", flat=True):
        journeys.start(journey_id=pk, at=at)


def _plan_campaign(store: Store, segment: Segment, staff: User, at: datetime) -> None:
    """Plan a message to a segment for tomorrow, at ten in each reader's morning."""
    campaign = Campaign.objects.create(
        store=store, name="Winter light", segment=segment, topic=Topic.NEWS, local_hour=10, made_by=str(staff)
    )
    Template.objects.create(store=store, kind=campaign.kind, language="en", subject=_SUBJECT, body=_BODY)
    campaigns.schedule(campaign.pk, at=at, starts_at=at + timedelta(days=1), by=str(staff))


def _leave_a_note(store: Store, at: datetime) -> None:
    """Leave tips in the inbox of the shopper who can log in."""
    order = Order.objects.filter(store=store, customer__email=SHOPPER.email).order_by("-placed_at").first()
    if order is None:
        return
    Message.objects.create(
        dedupe_key=f"demo:tips:{order.pk}",
        kind="care_tips",
        channel=Channel.INAPP,
        purpose=Purpose.MARKETING,
        topic=Topic.TIPS,
        store=store,
        customer=order.customer,
        order=order,
        due_at=at,
        expires_at=at + timedelta(days=30),
    )
