"""However troubles meet, a shopper hears of each once, not after it is over, and never after the delivery."""

from datetime import timedelta

import pytest

from engagement import builtin
from engagement.handlers import FOR_A_CHOICE
from engagement.models import Message
from tests.engagement.conftest import ship
from tests.engagement.test_handlers import told
from tests.engagement.test_trouble import (
    DAY,
    LATER,
    apology,
    flag_event,
    flag_of,
    handle,
    offer_event,
    offer_of,
    sent,
)
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON
from tracking import events
from tracking.models import Incident, Shipment
from tracking.vocabulary import Reason, Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("words")]
SOON = timedelta(minutes=3)


def clear(flag, at=LATER):
    flag.cleared_at = at
    flag.save()
    return flag_event(flag, events.FLAG_CLEARED, at=at)


def reason_of(kind):
    return Message.objects.get(kind=kind).reason


def was_told(order, parcel, kind, at=NOON - DAY, **context):
    context = {"shipments": [parcel.pk], **context}
    return MessageFactory(order=order, kind=kind, state="SENT", sent_at=at, context=context)


@pytest.fixture
def incident(order):
    return Incident.objects.create(store=order.store, carrier="ups", opened_at=NOON)


# --- two flags of one parcel ---
def test_two_flags_of_one_parcel_are_told_once_and_end_once(order, parcel):
    customs, silent = flag_of(order, parcel, "CUSTOMS"), flag_of(order, parcel)
    handle(flag_event(customs), flag_event(silent))
    assert sent(LATER) == [f"Held by customs: your order {order.number}"]

    handle(clear(customs), clear(silent), at=LATER)

    assert sent(LATER + SOON) == [f"Moving again: your order {order.number}"]


def test_a_second_standstill_is_told_anew_and_so_is_its_end(order, parcel):
    for start in (NOON, NOON + 9 * DAY):
        flag = flag_of(order, parcel, since=start - DAY, opened_at=start)
        handle(flag_event(flag, at=start), at=start)
        assert len(sent(start + DAY / 24)) == 1
        handle(clear(flag, start + DAY), at=start + DAY)
        assert len(sent(start + DAY + SOON)) == 1


def test_silence_is_not_told_of_a_parcel_that_was_seen_since(order, parcel):
    handle(flag_event(flag_of(order, parcel)))
    Shipment.objects.filter(pk=parcel.pk).update(last_scan_at=NOON)

    assert sent(LATER) == []
    assert reason_of("held_up") == "Overtaken: it was seen again."


# --- promises to tell when it moves ---
@pytest.mark.parametrize("kind", ["EXCEPTION", "CUSTOMS", "SILENT", "LOST"])
def test_what_was_held_up_and_told_is_told_to_move_again(order, parcel, kind):
    was_told(order, parcel, "exception")
    handle(clear(flag_of(order, parcel, kind)), at=LATER)

    assert sent(LATER + SOON) == [f"Moving again: your order {order.number}"]


def test_an_apology_keeps_its_promise_too(order, parcel, incident):
    flag = flag_of(order, parcel, "CUSTOMS", incident=incident)
    handle(flag_event(flag), apology(order, parcel, incident))
    assert sent(LATER) == [f"About the delay of your order {order.number}"]

    handle(clear(flag), at=LATER)

    assert sent(LATER + SOON) == [f"Moving again: your order {order.number}"]


def test_what_was_told_before_the_standstill_began_is_another_story(order, parcel):
    was_told(order, parcel, "exception", NOON - 9 * DAY)
    handle(clear(flag_of(order, parcel)), at=LATER)

    assert sent(LATER + SOON) == []
    assert reason_of("moving_again") == "They were not told that it was held up."


@pytest.mark.parametrize("language", builtin.LANGUAGES)
@pytest.mark.parametrize("reason", ["lost", "damaged"])
def test_nobody_is_promised_that_what_is_lost_moves_on(order, language, reason, mailoutbox):
    parcel = ship(order, status=Status.EXCEPTION, reason=reason)
    order.language = language
    order.save()
    handle(told(events.SHIPMENT_EXCEPTION, order, parcel, reason=reason))

    sent(NOON + FOR_A_CHOICE)

    (message,) = Message.objects.filter(state="SENT")
    assert message.language == language
    promise = {"en": "hear from us", "de": "melden uns", "fr": "Nous vous écrirons"}[language]
    assert promise not in " ".join(mailoutbox[0].body.split())


# --- an apology too late ---
def test_an_apology_is_held_for_a_parcel_that_moves_again(order, parcel, incident):
    flag = flag_of(order, parcel, "CUSTOMS", incident=incident)
    handle(apology(order, parcel, incident))
    clear(flag, NOON)

    assert sent() == []
    assert reason_of("incident") == "Overtaken: the trouble is over."


def test_who_has_the_choice_gets_no_apology_and_no_other_news_of_the_delay(order, parcel, incident):
    flag = flag_of(order, parcel, "CUSTOMS", incident=incident, since=NOON)
    made = offer_of(order, parcel, offered_at=NOON - DAY)
    handle(offer_event(made), flag_event(flag), apology(order, parcel, incident))
    delayed = told(events.SHIPMENT_DELAYED, order, parcel, was_to="2026-03-11", to_date="2026-03-13")
    handle(delayed)

    assert sent(LATER) == [f"Much too late: your order {order.number}"]


@pytest.mark.parametrize("state", ["CHOSEN", "STAFF", "DONE"])
@pytest.mark.parametrize("choice", ["REFUND", "REPLACEMENT"])
def test_who_has_chosen_does_not_wait_for_that_parcel_any_more(order, incident, state, choice):
    parcel = ship(order, status=Status.EXCEPTION, reason=Reason.LOST)
    offer_of(order, parcel, state=state, choice=choice)
    flag = flag_of(order, parcel, incident=incident, since=NOON)
    handle(flag_event(flag), apology(order, parcel, incident))
    handle(
        told(events.SHIPMENT_EXCEPTION, order, parcel, reason="lost"),
        told(events.SHIPMENT_DELAYED, order, parcel, was_to="2026-03-11", to_date="2026-03-13"),
    )

    assert sent(LATER) == []
    assert set(Message.objects.values_list("reason", flat=True)) == {
        "Overtaken: they have chosen what we do instead."
    }


def test_who_chose_to_wait_still_hears_of_it(order, parcel):
    offer_of(order, parcel, state="DONE", choice="WAIT", offered_at=NOON - 9 * DAY)
    handle(flag_event(flag_of(order, parcel)))

    assert sent(LATER) == [f"No news of your parcel: your order {order.number}"]


# --- what the message about a choice says of the parcel ---
@pytest.mark.parametrize(("why", "choice", "state"), [("LOST", "", "OFFERED"), ("LATE", "REFUND", "DONE")])
def test_a_parcel_that_is_lost_or_paid_back_has_no_day_of_arrival(
    order, parcel, mailoutbox, why, choice, state
):
    made = offer_of(order, parcel, why=why, choice=choice, state=state)
    handle(offer_event(made, events.MAKE_GOOD_DONE if choice else events.MAKE_GOOD_OFFERED))

    assert len(sent()) == 1
    assert "Arrives" not in mailoutbox[0].body


def test_a_late_parcel_with_a_choice_says_when_it_may_come(order, parcel, mailoutbox):
    handle(offer_event(offer_of(order, parcel)))

    assert len(sent()) == 1
    assert "Arrives" in mailoutbox[0].body
