"""What messages of marketing speak of: guides, goods, a question, a profile."""

from datetime import timedelta

from engagement.kinds import AGAIN, CARE, GOODS, GUIDES, PROFILE, SURVEY, kind_of
from engagement.models import Guide, Profile
from tests.factories.customers import CustomerFactory
from tests.factories.runs import SurveyAnswerFactory
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, ProductFactory, VariantFactory


def product_of(order, title="Brass lantern", **more):
    """Return a product of the order's store that can be had."""
    made = ProductFactory(store=order.store, title=title, url="https://shop.example/products/one", **more)
    VariantFactory(product=made)
    return made


def marketing_rows(kind, order):
    """Make what a message of `kind` about `order` needs, and return its context."""
    needs, context = kind_of(kind).needs, {}
    line = order.lines.first() or OrderLineFactory(order=order)
    if line.product is None:
        line.product = product_of(order, title="Storm lamp")
        line.save()
    if GUIDES in needs:
        Guide.objects.create(
            store=order.store,
            title="Keep it dry",
            body="Wipe it.\n\n**Never** soak it.",
            product=line.product,
        )
    if CARE in needs:
        due = Guide.objects.create(
            store=order.store,
            kind=Guide.Kind.MAINTENANCE,
            title="Oil the hinge",
            body="One drop.",
            product=line.product,
            every_days=180,
        )
        context["guide_id"] = due.pk
    if GOODS in needs:
        other = OrderFactory(
            store=order.store, customer=CustomerFactory(), placed_at=NOON - timedelta(days=9)
        )
        OrderLineFactory(order=other, product=line.product)
        OrderLineFactory(order=other, product=product_of(order, title="Lamp oil"))
    if SURVEY in needs:
        asked = SurveyAnswerFactory(order=order, asked_at=NOON)
        context["survey_id"] = asked.pk
    if PROFILE in needs and order.customer:
        Profile.objects.create(
            customer=order.customer,
            tier="gold",
            first_order_at=NOON - timedelta(days=730),
            updated_at=NOON,
        )
    if AGAIN in needs:
        VariantFactory(product=line.product)
    return context
