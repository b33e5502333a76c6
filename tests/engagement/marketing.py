"""Marketing as tests send it: a person who said yes, words of a store's own."""

from customers.models import Consent
from engagement.models import Template
from tests.factories.engagement import MessageFactory, TemplateFactory
from tests.factories.tracking import NOON, OrderFactory


def agree(customer, *channels, granted=True, at=NOON):
    """Let `customer` allow marketing by `channels`, or refuse it."""
    for channel in channels or ("email",):
        Consent.objects.update_or_create(
            customer=customer,
            channel=channel,
            purpose="marketing",
            defaults={"granted": granted, "source": "test", "said_at": at},
        )


def words_for(kind="lamp_care", **fields):
    """Write words for a kind of marketing."""
    Template.objects.filter(kind=kind, store=None).delete()
    words = {"subject": "Dear {{ first_name }}", "body": "# Light\n\n[Shop](https://s.example/)"}
    return TemplateFactory(kind=kind, **words | fields)


def marketing(order=None, *, kind="lamp_care", agreed=True, **fields):
    """Return a marketing message that may go: about an order of its own, to somebody who said yes."""
    order = order or OrderFactory()
    if agreed:
        agree(order.customer, fields.get("channel", "email"))
    return MessageFactory(
        order=order, kind=kind, purpose="marketing", topic=fields.pop("topic", "tips"), **fields
    )
