"""The conversation's part of the world (tests/world.py): a row of everything its back-office lists."""

from uuid import UUID

from customers.services import cases
from engagement import clicks, tokens
from engagement.models import Campaign, Guide, InboxItem, Journey, Message, Segment
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON
from tracking.models import Order

# Pages of the conversation that a token opens.
WITH_TOKENS = frozenset(
    {"survey", "unsubscribe", "preferences", "preferences_number", "click"}
    | {"order_inbox", "order_push", "order_push_stop"}
)


def furnish(order: Order) -> None:
    """Make a row of each for the buyer of an order."""
    _journey(order)
    _talk(order)
    _campaign(order)
    Guide.objects.create(store=order.store, title="World", body="Keep it dry.")


def links(order: Order) -> dict[str, str]:
    """Return the tokens in the marketing mail to the order's buyer."""
    message = Message.objects.get(order=order, purpose="marketing")
    return {
        "unsubscribe": tokens.unsubscribe_token(message),
        "preferences": tokens.preferences_token(message.customer, message.store),
        "click": clicks.token(message.pk, "https://harbour-pine.example/lantern"),
    }


def _talk(order: Order) -> None:
    """Have marketing sent to the buyer, a message in their inbox, and a case that is open."""
    MessageFactory(order=order, purpose="marketing", kind="care_tips", state="SENT", due_at=None)
    card = MessageFactory(order=order, channel="inapp", state="SENT", due_at=None)
    InboxItem.objects.create(
        message=card,
        customer=order.customer,
        order=order,
        title="Care tips",
        html="<p>x</p>",
        created_at=NOON,
    )
    case = cases.open_case(
        store=order.store, customer=order.customer, subject="Where?", source="reply", about=order, at=NOON
    )
    cases.hear(case=case, body="Where is it?", author=order.email, at=NOON)


def _journey(order: Order) -> None:
    """Have the order's buyer under way in a journey that is live."""
    journey = Journey.objects.create(code="world", name="World", store=order.store, state="LIVE")
    graph = {"trigger": {"type": "api"}, "steps": [{"id": "end", "type": "end"}]}
    journey.live = journey.versions.create(number=1, graph=graph, published_at=NOON)
    journey.save()
    whose = {"store": order.store, "customer": order.customer, "order": order}
    times = {"entered_at": NOON, "stepped_at": NOON}
    journey.enrolments.create(version=journey.live, key="x", subject="x", **whose, **times)


def _campaign(order: Order) -> None:
    """Have staff write a campaign to a list with the order's buyer on it."""
    segment, _ = Segment.objects.get_or_create(name="World", defaults={"kind": "list"})
    segment.memberships.get_or_create(customer=order.customer, defaults={"entered_at": NOON})
    Campaign.objects.create(store=order.store, name="World", segment=segment)


def public_id_of_a_journey() -> UUID:
    """Return what the API calls the journey of store 1."""
    return Journey.objects.get(code="world").public_id
