"""May it be said, to them, now? And in whose words? Asked when each message leaves."""

from datetime import timedelta

import pytest
from django.core import mail

from engagement.models import Message, Suppression, Template
from engagement.tasks import send_messages
from tests.engagement.conftest import Scripted, one, ship
from tests.factories.engagement import MessageFactory, SuppressionFactory, TemplateFactory
from tests.factories.tracking import NOON
from tracking import access
from tracking.models import AccessCode, Link, Shipment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("words")]
HOUR = timedelta(hours=1)


def held(message):
    send_messages(at=NOON)
    assert mail.outbox == []
    assert one(message).state == Message.State.HELD
    assert message.due_at is None
    return message.reason


def test_a_late_message_is_held(order):
    assert "Too late" in held(MessageFactory(order=order, expires_at=NOON))


def test_a_message_to_nobody_is_held(order):
    order.email = ""
    order.save()
    order.customer.email = ""
    order.customer.save()

    assert "No address" in held(MessageFactory(order=order))


def test_what_lets_somebody_in_goes_to_the_order_s_own_address_only(order):
    order.email = ""
    order.save()

    assert "No address" in held(MessageFactory(order=order, kind="access_link"))


def test_a_blocked_address_is_held_with_the_reason(order):
    SuppressionFactory(address=order.email.lower(), reason=Suppression.Reason.COMPLAINT)

    assert "spam" in held(MessageFactory(order=order))


def test_a_message_about_a_cancelled_order_is_held(order):
    order.cancelled_at = NOON
    order.save()

    assert "cancelled" in held(MessageFactory(order=order))


def test_the_way_to_a_cancelled_order_is_still_sent(order):
    order.cancelled_at = NOON
    order.save()
    MessageFactory(order=order, kind="access_link")

    send_messages(at=NOON)

    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("shipped", Shipment.Status.DELIVERED),
        ("shipped", Shipment.Status.OUT_FOR_DELIVERY),
        ("out_for_delivery", Shipment.Status.DELIVERED),
        ("out_for_delivery", Shipment.Status.RETURNED),
        ("delivered", Shipment.Status.RETURNING),
        ("attempted", Shipment.Status.DELIVERED),
        ("exception", Shipment.Status.IN_TRANSIT),
        ("ready_for_pickup", Shipment.Status.DELIVERED),
        ("delayed", Shipment.Status.OUT_FOR_DELIVERY),
        ("returned", Shipment.Status.DELIVERED),
    ],
)
def test_news_that_events_have_overtaken_is_held(order, kind, status):
    parcel = ship(order, status=status)

    assert "Overtaken" in held(MessageFactory(order=order, kind=kind, context={"shipments": [parcel.pk]}))


def test_two_parcels_of_which_one_has_arrived_are_still_told(order):
    parcels = [ship(order, status=Shipment.Status.DELIVERED), ship(order)]
    MessageFactory(order=order, kind="shipped", context={"shipments": [parcel.pk for parcel in parcels]})

    send_messages(at=NOON)

    assert len(mail.outbox) == 1


def test_a_parcel_the_shop_took_back_is_not_told(order):
    parcel = ship(order, replaced_at=NOON)

    assert "replaced" in held(MessageFactory(order=order, kind="shipped", context={"shipments": [parcel.pk]}))


def test_a_delay_whose_window_has_moved_again_is_held(order, parcel):
    context = {"shipments": [parcel.pk], "to_date": "2026-03-12"}

    assert "window" in held(MessageFactory(order=order, kind="delayed", context=context))


@pytest.mark.parametrize(
    ("was", "told", "goes"),
    [
        ("2026-03-10", "2026-03-13", True),  # as it stands
        ("2026-03-10", "2026-03-15", True),  # moved back since, and still later than what was promised
        ("2026-03-13", "2026-03-15", False),  # back to what was promised
        ("2026-03-14", "2026-03-15", False),  # and earlier than that
        ("2026-03-10", "2026-03-12", False),  # later still: that has a message of its own
    ],
)
def test_a_delay_is_told_while_the_parcel_comes_later_than_was_promised(order, parcel, was, told, goes):
    """The parcel's window ends on the 13th."""
    context = {"shipments": [parcel.pk], "was_to": was, "to_date": told}
    message = MessageFactory(order=order, kind="delayed", context=context)

    send_messages(at=NOON)

    assert one(message).state == (Message.State.SENT if goes else Message.State.HELD)


def test_a_used_code_is_not_sent(order):
    link = access.link_for(order, Link.Purpose.VIEW, at=NOON, life=HOUR)
    code = AccessCode.objects.create(link=link, created_at=NOON, expires_at=NOON + HOUR, used_at=NOON)

    assert "code" in held(MessageFactory(order=order, kind="access_code", context={"code_id": code.pk}))


def test_permission_is_asked_when_each_message_leaves_not_when_the_batch_is_claimed(channel):
    first, second = MessageFactory(), MessageFactory()
    Scripted.on_send = lambda _: SuppressionFactory(address=second.order.email)

    send_messages(at=NOON)

    assert one(first).state == Message.State.SENT
    assert one(second).state == Message.State.HELD


# --- the words ---
def test_a_store_s_own_words_come_before_the_built_in_ones(order):
    TemplateFactory(store=order.store, subject="Ours")
    MessageFactory(order=order)

    send_messages(at=NOON)

    assert mail.outbox[0].subject == "Ours"


@pytest.mark.parametrize(
    ("order_language", "customer_language", "store_language", "expected"),
    [
        ("de-AT", "", "en", "de"),
        ("", "fr", "en", "fr"),
        ("pt", "pt", "de", "de"),
        ("pt", "", "pt-BR", "en"),
        ("de", "fr", "en", "de"),
    ],
)
def test_the_language_falls_back_from_reader_to_store_to_english(
    order, order_language, customer_language, store_language, expected
):
    order.language, order.customer.language, order.store.language = (
        order_language,
        customer_language,
        store_language,
    )
    for row in (order, order.customer, order.store):
        row.save()
    message = MessageFactory(order=order)

    send_messages(at=NOON)

    assert one(message).language == expected


@pytest.mark.parametrize(
    "body", ["{{ order.number | nope }}", "{% for a in (1..9) %}{% endfor %}", "[[nothing]]"]
)
def test_a_broken_template_fails_its_own_messages_and_no_others(order, body):
    TemplateFactory(store=order.store, body=body)
    broken, sound = MessageFactory(order=order), MessageFactory(order=order, kind="access_link")

    send_messages(at=NOON)

    assert one(broken).state == Message.State.FAILED
    assert "template" in broken.reason
    assert one(sound).state == Message.State.SENT


def test_a_kind_nobody_has_words_for_fails_with_the_reason(order):
    Template.objects.filter(kind="confirmed").delete()
    message = MessageFactory(order=order)

    send_messages(at=NOON)

    assert one(message).state == Message.State.FAILED
    assert "no words" in message.reason
