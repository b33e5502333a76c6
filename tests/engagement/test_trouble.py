"""What shoppers are told when something does not happen: once, not twice in other words, and not too late."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from engagement import builtin, rendering, samples
from engagement.handlers import FOR_A_CHOICE, FOR_AN_APOLOGY
from engagement.journeys.hearing import hear
from engagement.kinds import KINDS
from engagement.models import Message, Template
from engagement.tasks import send_messages
from tests.engagement.conftest import ship
from tests.engagement.test_handlers import told
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON
from tracking import events
from tracking.models import Flag, Incident, MakeGood, ShopAction
from tracking.vocabulary import Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("words")]
DAY = timedelta(days=1)
LATER = NOON + FOR_AN_APOLOGY


def flag_of(order, parcel=None, kind="SILENT", **given):
    given = {"since": NOON - 4 * DAY, "opened_at": NOON, **given}
    return Flag.objects.create(kind=kind, store=order.store, order=order, shipment=parcel, **given)


def flag_event(flag, kind=events.FLAG_OPENED, at=NOON):
    return told(kind, flag.order, flag.shipment, at=at, flag_id=flag.pk, flag=flag.kind)


def handle(*facts, at=NOON, by=hear):
    with transaction.atomic():
        by(list(facts), at=at)


def sent(at=NOON):
    mail.outbox.clear()
    while send_messages(at=at):
        pass
    return [message.subject for message in mail.outbox]


def offer_of(order, parcel, **given):
    given = {
        "why": "LATE",
        "choices": ["REPLACEMENT", "REFUND", "WAIT"],
        "offered_at": NOON,
        "amount_minor": 5300,
        "currency": "USD",
        "facts": {"promised": "2026-03-03"},
        **given,
    }
    return MakeGood.objects.create(order=order, shipment=parcel, **given)


def offer_event(made, kind=events.MAKE_GOOD_OFFERED):
    return told(kind, made.order, made.shipment, make_good_id=made.pk, why=made.why, choice=made.choice)


# --- held up, and moving again ---
def test_silence_is_told_after_a_while_and_its_end_too(order, parcel):
    flag = flag_of(order, parcel)
    handle(flag_event(flag))
    assert sent() == []
    assert sent(LATER) == [f"No news of your parcel: your order {order.number}"]
    assert "since Friday, March 6" in mail.outbox[0].body

    flag.cleared_at = LATER + DAY
    flag.save()
    cleared = flag_event(flag, events.FLAG_CLEARED, at=LATER + DAY)
    handle(cleared, at=LATER + DAY)
    handle(cleared, at=LATER + DAY)

    assert sent(LATER + DAY + timedelta(minutes=3)) == [f"Moving again: your order {order.number}"]
    assert Message.objects.count() == 2


def test_silence_that_ends_before_it_is_told_is_not_told_at_all(order, parcel):
    flag = flag_of(order, parcel)
    handle(flag_event(flag))
    flag.cleared_at = NOON
    flag.save()
    handle(flag_event(flag, events.FLAG_CLEARED))

    assert sent(LATER) == []
    reasons = dict(Message.objects.values_list("kind", "reason"))
    assert reasons["held_up"] == "Overtaken: the trouble is over."
    assert reasons["moving_again"] == "They were not told that it was held up."


def test_an_end_nobody_heard_the_beginning_of_makes_no_message(order, parcel):
    handle(flag_event(flag_of(order, parcel, cleared_at=NOON), events.FLAG_CLEARED))

    assert not Message.objects.exists()


def test_the_promise_of_a_message_about_customs_is_kept(order, parcel):
    MessageFactory(
        order=order, kind="exception", state="SENT", sent_at=NOON - DAY, context={"shipments": [parcel.pk]}
    )
    flag = flag_of(order, parcel, "CUSTOMS")
    handle(flag_event(flag))
    assert sent(LATER) == []
    assert Message.objects.get(kind="held_up").reason == "Told already by “exception”."

    flag.cleared_at = LATER
    flag.save()
    handle(flag_event(flag, events.FLAG_CLEARED, at=LATER), at=LATER)

    assert sent(LATER + timedelta(minutes=3)) == [f"Moving again: your order {order.number}"]
    assert "Customs have let your parcel go" in mail.outbox[0].body


@pytest.mark.parametrize(
    "status", [Status.DELIVERED, Status.OUT_FOR_DELIVERY, Status.EXCEPTION, Status.RETURNING]
)
def test_moving_again_is_no_news_when_better_or_worse_has_happened(order, status):
    parcel = ship(order)
    flag = flag_of(order, parcel)
    handle(flag_event(flag))
    sent(LATER)
    flag.cleared_at = LATER
    flag.save()
    parcel.status = status
    parcel.save()
    handle(flag_event(flag, events.FLAG_CLEARED, at=LATER), at=LATER)

    assert sent(LATER + timedelta(minutes=3)) == []


def test_a_parcel_that_another_trouble_holds_is_not_moving_again(order, parcel):
    flag = flag_of(order, parcel)
    handle(flag_event(flag))
    sent(LATER)
    flag.cleared_at = LATER
    flag.save()
    flag_of(order, parcel, "LOST")
    handle(flag_event(flag, events.FLAG_CLEARED, at=LATER), at=LATER)

    assert sent(LATER + timedelta(minutes=3)) == []
    assert Message.objects.get(kind="moving_again").reason == "Overtaken: probably lost."


def test_an_order_that_was_not_packed_is_told_of_without_a_parcel(order):
    handle(flag_event(flag_of(order, kind="UNFULFILLED")))

    assert sent() == [f"Not on its way yet: your order {order.number}"]


def test_a_parcel_at_the_pickup_point_is_reminded_of_though_it_was_announced(order):
    parcel = ship(order, status=Status.READY_FOR_PICKUP, last_place="Portland, OR")
    MessageFactory(
        order=order,
        kind="ready_for_pickup",
        state="SENT",
        sent_at=NOON - DAY,
        context={"shipments": [parcel.pk]},
    )
    handle(flag_event(flag_of(order, parcel, "PICKUP_WAITING")))

    assert sent() == [f"Still waiting for you: your order {order.number}"]
    assert "in Portland, OR" in mail.outbox[0].body.replace("*", "")


@pytest.mark.parametrize("kind", ["LATE", "ATTEMPTS", "EXCEPTION", "LOST"])
def test_flags_with_messages_of_their_own_make_no_other(order, parcel, kind):
    handle(flag_event(flag_of(order, parcel, kind)))

    assert not Message.objects.exists()


def test_what_a_delay_has_told_is_not_told_again(order, parcel):
    MessageFactory(
        order=order, kind="delayed", state="SENT", sent_at=NOON - DAY, context={"shipments": [parcel.pk]}
    )
    handle(flag_event(flag_of(order, parcel)))

    assert sent(LATER) == []
    assert Message.objects.get(kind="held_up").reason == "Told already by “delayed”."


# --- incidents ---
@pytest.fixture
def incident(order):
    return Incident.objects.create(
        store=order.store,
        carrier="ups",
        place="Leipzig, DE",
        opened_at=NOON,
        subject={"en": "Customs and {{ order.number }}", "de": "Zoll und {{ order.number }}"},
        words={
            "en": "# Sorry\n\nHi {{ first_name }}: {{ offer.words }} with {{ offer.code }}.",
            "de": "# Verzeihung\n\n{% if offer.code != blank %}{{ offer.words }}{% endif %}",
        },
        offer_code="SORRY-10",
        offer_percent=10,
    )


def apology(order, parcel, incident, **data):
    return told(events.INCIDENT_APOLOGY, order, parcel, incident_id=incident.pk, **data)


def test_an_apology_is_in_the_words_that_staff_prepared_with_its_offer(order, parcel, incident):
    handle(apology(order, parcel, incident, offer=True))

    assert sent() == [f"Customs and {order.number}"]
    assert "10% off your next order with SORRY-10" in mail.outbox[0].body


def test_an_apology_without_an_offer_names_none_and_speaks_the_readers_language(order, parcel, incident):
    order.language = "de-AT"
    order.save()
    handle(apology(order, parcel, incident, offer=False))

    assert sent() == [f"Zoll und {order.number}"]
    assert "Verzeihung" in mail.outbox[0].body
    assert "Rabatt" not in mail.outbox[0].body
    assert Message.objects.get().language == "de"


def test_a_reader_whose_language_staff_did_not_write_gets_the_stores(order, parcel, incident):
    order.language = "fr"
    order.save()
    handle(apology(order, parcel, incident, offer=True))

    assert sent() == [f"Customs and {order.number}"]


def test_an_incident_without_words_is_told_in_the_built_in_ones(order, parcel, incident):
    Incident.objects.update(words={}, subject={})
    handle(apology(order, parcel, incident, offer=True))

    assert sent() == [f"About the delay of your order {order.number}"]
    assert "SORRY-10" in mail.outbox[0].body


def test_an_apology_goes_once_per_order_and_takes_the_place_of_the_flags_message(order, parcel, incident):
    flag = flag_of(order, parcel, "CUSTOMS", incident=incident)
    handle(flag_event(flag), apology(order, parcel, incident, offer=True))
    handle(told(events.INCIDENT_APOLOGY, order, ship(order), incident_id=incident.pk))

    assert sent(LATER) == [f"Customs and {order.number}"]
    assert Message.objects.get(kind="held_up").reason == "Told already by “incident”."


# --- the choice ---
def test_the_choice_is_told_with_its_sum_and_leads_to_its_page(order, parcel):
    made = offer_of(order, parcel)
    handle(offer_event(made), offer_event(made))

    assert sent() == [f"Much too late: your order {order.number}"]
    body = mail.outbox[0].body
    assert "$53.00" in body
    assert "by Tuesday, March 3" in body
    assert f"/choice/{made.public_id}/" in body
    assert Message.objects.get().subject == f"Much too late: your order {order.number}"


def test_a_choice_that_is_made_or_not_needed_is_not_told(order, parcel):
    other = ship(order)
    made, ended = offer_of(order, parcel, state="DONE", choice="WAIT"), offer_of(order, other)
    other.status = Status.DELIVERED
    other.save()
    handle(offer_event(made), offer_event(ended))

    assert sent() == []
    assert {"Overtaken: it came.", "Overtaken: there is nothing to choose any more."} == set(
        Message.objects.values_list("reason", flat=True)
    )


def test_what_was_done_is_told_even_when_the_order_was_cancelled_since(order, parcel):
    action = ShopAction.objects.create(
        purpose="x", kind="ORDER", store=order.store, wanted={}, created_at=NOON, give_up_at=NOON,
        external_name="#1900",
    )  # fmt: skip
    refund = offer_of(order, parcel, state="DONE", choice="REFUND")
    again = offer_of(order, ship(order), state="DONE", choice="REPLACEMENT", action=action)
    order.cancelled_at = NOON
    order.save()
    handle(offer_event(refund, events.MAKE_GOOD_DONE), offer_event(again, events.MAKE_GOOD_DONE))

    assert sorted(sent()) == [
        f"$53.00 is on its way back to you ({order.number})",
        f"We’re sending it again ({order.number})",
    ]
    assert any("#1900" in message.body for message in mail.outbox)


def test_waiting_needs_no_message(order, parcel):
    handle(offer_event(offer_of(order, parcel, state="DONE", choice="WAIT"), events.MAKE_GOOD_DONE))

    assert not Message.objects.exists()


def test_a_lost_parcel_is_told_by_the_choice_alone(order):
    parcel = ship(order, status=Status.EXCEPTION, reason="lost")
    handle(told(events.SHIPMENT_EXCEPTION, order, parcel, reason="lost"))
    made = offer_of(order, parcel, why="LOST", facts={})
    handle(offer_event(made))

    assert sent(NOON + FOR_A_CHOICE) == [f"Probably lost: your order {order.number}"]
    assert Message.objects.get(kind="exception").reason == "Overtaken: the choice we offer says it."


def test_a_lost_parcel_without_a_choice_is_told_as_before(order):
    parcel = ship(order, status=Status.EXCEPTION, reason="lost")
    handle(told(events.SHIPMENT_EXCEPTION, order, parcel, reason="lost"))

    assert sent(NOON + FOR_A_CHOICE) == [f"Your order {order.number} is held up"]


def test_nothing_of_a_link_stands_in_any_table(order, parcel):
    handle(offer_event(offer_of(order, parcel)))
    sent()

    token = mail.outbox[0].body.split("/o/")[1].split("/")[0]
    assert len(token) > 30
    for row in Message.objects.values():
        assert token not in str(row)


# --- words ---
FLAGS = ["UNFULFILLED", "NOT_HANDED_OVER", "SILENT", "CUSTOMS", "PICKUP_WAITING"]
LOOK = samples.LOOK


def written(kind, language, data):
    subject, body = builtin.source(kind, language)
    made = rendering.render(subject=subject, body=body, data=data, look=LOOK, kind=kind, language=language)
    assert made.subject
    assert "{" not in made.subject + made.text
    return made


@pytest.mark.parametrize("language", builtin.LANGUAGES)
def test_every_flag_has_words_of_its_own(language):
    data = samples.sample("held_up", language)
    texts = {
        written("held_up", language, data | {"flag": {"kind": kind, "since": "X"}}).text for kind in FLAGS
    }

    assert len(texts) == len(FLAGS)


@pytest.mark.parametrize("language", builtin.LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_subject_fits_its_column(kind, language):
    subject, _body = builtin.source(kind, language)

    assert len(subject) <= Template._meta.get_field("subject").max_length


@pytest.mark.parametrize("language", builtin.LANGUAGES)
@pytest.mark.parametrize("why", ["LATE", "LOST", "DAMAGED"])
@pytest.mark.parametrize(("again", "amount"), [(True, "$5"), (True, ""), (False, "$5")])
def test_every_choice_names_what_is_offered_and_no_more(language, why, again, amount):
    data = samples.sample("make_good", language)
    made = data["make_good"] | {"why": why, "replacement": again, "amount": amount}

    text = written("make_good", language, data | {"make_good": made}).text

    assert ("$5" in text) is bool(amount)
    assert "/choice/sample/" in text
