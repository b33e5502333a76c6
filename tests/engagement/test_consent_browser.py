"""The pages of consent, the inbox and the push button in a real Chromium."""

import pytest
from django.utils import timezone

from engagement import tokens
from engagement.models import InboxItem
from tests.factories.engagement import MessageFactory
from tests.tracking import scenes
from tracking import access

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def message(db, settings):
    settings.SMS_PROVIDER = "console"
    order = scenes.in_transit(timezone.now())
    made = MessageFactory(order=order, purpose="marketing", kind="care_tips", language="en")
    InboxItem.objects.create(
        message=made,
        customer=order.customer,
        order=order,
        title="Care tips for your lantern",
        html="<h2>Oil it</h2><p>Twice a year, with a <a href='https://shop.example/oil'>drop of oil</a>.</p>",
        created_at=timezone.now(),
    )
    return made


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_pages_are_sound(open_page, message, width, scheme):
    preferences = tokens.preferences_token(message.customer, message.store)
    link = access.link_for(message.order, "act", at=timezone.now())
    for path in (
        f"/unsubscribe/{tokens.unsubscribe_token(message)}/",
        f"/preferences/{preferences}/",
        f"/preferences/{preferences}/number/",
        f"/o/{access.token(link)}/",
    ):
        opened = open_page(path, width=width, scheme=scheme, again=True)

        assert (opened.problems(), opened.axe(), opened.overflow(), opened.small_targets()) == (
            [],
            [],
            0,
            [],
        ), path
