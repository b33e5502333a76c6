"""Why a message waits, until when, and that it goes once nothing stands against it any more."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Case, Preference
from engagement import sending
from engagement.models import Enrolment, Journey, JourneyVersion, Message, SurveyAnswer
from engagement.rules import quiet
from engagement.rules.base import Question
from engagement.tasks import send_messages
from engagement.vocabulary import Hold
from returns.models import Return
from tests.engagement.conftest import Scripted, one
from tests.engagement.marketing import agree, marketing, words_for
from tests.engagement.returning import give_back
from tests.factories.engagement import MessageFactory, SuppressionFactory
from tests.factories.tracking import NOON, OrderFactory
from tracking.models import Flag

pytestmark = [pytest.mark.django_db(transaction=True)]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def lamp(db, channel):
    """Words of a kind that staff named, and a channel that remembers."""
    return words_for()


def held(message, *, at=NOON):
    send_messages(at=at)
    assert one(message).state == Message.State.HELD
    assert message.reason
    return message.hold


def goes(message, *, at=NOON):
    send_messages(at=at)
    return one(message).state == Message.State.SENT


# --- consent
def test_marketing_goes_to_who_said_yes(order):
    message = marketing(order)

    assert goes(message)
    assert NOON <= message.claimed_at <= message.sent_at


@pytest.mark.parametrize("said", ["silence", "no", "yes by sms"])
def test_marketing_needs_a_yes_for_its_own_channel(order, said):
    if said != "silence":
        agree(order.customer, "sms" if "sms" in said else "email", granted="yes" in said)

    message = marketing(order, agreed=False)

    assert held(message) == Hold.CONSENT
    assert message.due_at is None


def test_pitfall_11_a_journey_does_not_go_on_mailing_who_unsubscribed():
    """Pitfall 11: parcelvoy#442, only campaigns asked."""
    journey = Journey.objects.create(code="lamps", name="Lamps", state="LIVE")
    version = JourneyVersion.objects.create(journey=journey, number=1, graph={}, published_at=NOON)
    order = OrderFactory()
    run = Enrolment.objects.create(
        journey=journey, version=version, key="a", subject="a", customer=order.customer,
        entered_at=NOON, stepped_at=NOON,
    )  # fmt: skip
    message = marketing(order, enrolment=run, due_at=NOON + 2 * DAY, expires_at=NOON + 4 * DAY)
    agree(order.customer, granted=False, at=NOON + DAY)

    assert held(message, at=NOON + 2 * DAY) == Hold.CONSENT
    assert Scripted.sent == []


def test_news_of_an_order_needs_no_consent(order, words):
    agree(order.customer, granted=False)

    assert goes(MessageFactory(order=order))


def test_a_topic_they_switched_off_is_not_sent(order):
    Preference.objects.create(customer=order.customer, muted=["tips"], updated_at=NOON)
    tips, news = marketing(order), marketing(order, kind="lamp_care", topic="news", due_at=NOON + HOUR)

    assert held(tips) == Hold.MUTED
    assert goes(news, at=NOON + HOUR)


# --- caps
def test_a_second_message_within_the_gap_waits_for_its_end(order):
    first, second = marketing(order), marketing(order, kind="other", topic="news", due_at=NOON + HOUR)
    words_for("other")

    assert goes(first)
    assert held(second, at=NOON + HOUR) == Hold.CAP
    assert second.due_at == first.claimed_at + 16 * HOUR or second.due_at == first.sent_at + 16 * HOUR
    assert goes(second, at=NOON + 17 * HOUR)


def test_three_in_seven_days_are_enough(order):
    for days in (6, 4, 2):
        marketing(order, state="SENT", due_at=None, sent_at=NOON - days * DAY)
    message = marketing(order, expires_at=NOON + 3 * DAY)

    assert held(message) == Hold.CAP
    assert message.due_at == NOON + DAY
    assert goes(message, at=NOON + DAY)


def test_what_was_perhaps_sent_counts(order):
    marketing(order, state="UNKNOWN", due_at=None, claimed_at=NOON - HOUR)

    assert held(marketing(order, kind="lamp_care")) == Hold.CAP


def test_a_capped_message_that_gets_too_late_ends_there(order):
    marketing(order, state="SENT", due_at=None, sent_at=NOON - HOUR)
    message = marketing(order, expires_at=NOON + 3 * HOUR)

    assert held(message) == Hold.CAP
    assert message.due_at == NOON + 3 * HOUR
    assert held(message, at=NOON + 3 * HOUR) == Hold.LATE
    assert message.due_at is None


def test_news_of_an_order_has_no_cap(order, words):
    marketing(order, state="SENT", due_at=None, sent_at=NOON - HOUR)
    messages = [MessageFactory(order=order) for _ in range(5)]

    assert all(goes(message) for message in messages)


def test_a_message_held_again_and_again_is_not_taken_for_one_that_kills_workers(order):
    case = Case.objects.create(
        store=order.store,
        customer=order.customer,
        subject="x",
        source="reply",
        opened_at=NOON,
        updated_at=NOON,
    )
    message = marketing(order, expires_at=NOON + 10 * DAY)

    for look in range(8):
        assert held(message, at=NOON + look * 7 * HOUR) == Hold.CASE
    case.delete()
    assert goes(message, at=NOON + 8 * 7 * HOUR)


# --- merging
def test_two_messages_of_one_topic_due_together_are_one(order):
    words_for("other")
    older, newer = marketing(order), marketing(order, kind="other")

    send_messages(at=NOON)

    assert one(older).state == Message.State.SENT
    assert (one(newer).hold, newer.due_at) == (Hold.MERGED, None)


def test_two_topics_are_two_messages_and_the_cap_decides(order):
    words_for("other")
    older, newer = marketing(order), marketing(order, kind="other", topic="news")

    send_messages(at=NOON)

    assert (one(older).state, one(newer).hold) == (Message.State.SENT, Hold.CAP)


# --- mood
def _case(order):
    return Case.objects.create(
        store=order.store,
        customer=order.customer,
        subject="x",
        source="reply",
        opened_at=NOON,
        updated_at=NOON,
    )


def _flag(order):
    return Flag.objects.create(
        kind="SILENT", store=order.store, order=OrderFactory(customer=order.customer, store=order.store),
        since=NOON, opened_at=NOON,
    )  # fmt: skip


def _score(order, score=2, at=NOON - 3 * DAY):
    return SurveyAnswer.objects.create(
        kind="delivery", key=f"delivery:{score}:{at}", store=order.store, customer=order.customer,
        score=score, asked_at=at, answered_at=at,
    )  # fmt: skip


def _return(order):
    return give_back(order)


@pytest.mark.parametrize(
    ("trouble", "hold"),
    [(_case, Hold.CASE), (_flag, Hold.MOOD), (_score, Hold.MOOD), (_return, Hold.MOOD)],
    ids=["case", "flag", "score", "return"],
)
def test_marketing_waits_while_something_is_open_with_them(order, trouble, hold):
    open_ = trouble(order)
    Return.objects.update(customer=order.customer)
    message = marketing(order, expires_at=NOON + 5 * DAY)

    assert held(message) == hold
    assert NOON + 6 * HOUR <= message.due_at < NOON + 6 * HOUR + timedelta(minutes=5)
    open_.delete()
    assert goes(message, at=NOON + 7 * HOUR)


def test_a_later_good_score_makes_up_for_a_bad_one(order):
    _score(order, 1, NOON - 9 * DAY)
    _score(order, 5, NOON - 2 * DAY)

    assert goes(marketing(order))


def test_a_bad_score_does_not_hold_the_answer_to_it(order):
    words_for("low_score")
    _score(order, 1)

    assert goes(marketing(order, kind="low_score"))


def test_news_of_an_order_goes_in_any_mood(order, words):
    _case(order)

    assert goes(MessageFactory(order=order))


# --- quiet hours
@pytest.mark.parametrize(
    ("zone", "local", "until"),
    [
        ("Europe/Berlin", "2026-03-10 22:30", "2026-03-11 08:00"),
        ("Europe/Berlin", "2026-03-11 07:59", "2026-03-11 08:00"),
        ("Europe/Berlin", "2026-03-11 08:00", None),
        ("Europe/Berlin", "2026-03-11 20:59", None),
        ("Europe/Berlin", "2026-03-28 23:00", "2026-03-29 08:00"),  # the clock goes forward
        ("Europe/Berlin", "2026-10-24 23:00", "2026-10-25 08:00"),  # and back
        ("Pacific/Kiritimati", "2026-03-10 23:00", "2026-03-11 08:00"),  # +14
        ("Pacific/Pago_Pago", "2026-03-10 21:00", "2026-03-11 08:00"),  # −11
        ("America/New_York", "2028-02-28 21:30", "2028-02-29 08:00"),  # a leap day
    ],
)
def test_telephones_are_quiet_by_night_where_their_owner_lives(zone, local, until):
    home = ZoneInfo(zone)
    at = datetime.fromisoformat(local).replace(tzinfo=home).astimezone(UTC)
    question = Question(Message(channel="sms", kind="shipped"), address="+4915112345678", zone=home)

    found = quiet.ends(at, question)

    assert (found and found.astimezone(home).strftime("%Y-%m-%d %H:%M")) == until


@given(
    minutes=st.integers(0, 4 * 365 * 24 * 60),
    zone=st.sampled_from(
        ["Pacific/Pago_Pago", "America/St_Johns", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati"]
    ),
)
def test_quiet_hours_end_by_day_and_soon(minutes, zone):
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    question = Question(Message(channel="push", kind="shipped"), address="browser", zone=ZoneInfo(zone))

    until = quiet.ends(at, question)

    local = at.astimezone(ZoneInfo(zone))
    assert (until is None) == (8 <= local.hour < 21)
    if until:
        assert at < until <= at + 12 * HOUR
        assert quiet.ends(until, question) is None


def test_a_mail_arrives_by_night_too(order, words):
    order.customer.timezone = "Asia/Tokyo"  # noon in UTC is 21:00 there
    order.customer.save()

    assert goes(MessageFactory(order=order))


# --- journeys that were paused or stopped
def test_a_paused_journey_holds_what_waits_and_resuming_lets_it_go(order):
    journey = Journey.objects.create(code="lamps", name="Lamps", state="PAUSED")
    version = JourneyVersion.objects.create(journey=journey, number=1, graph={}, published_at=NOON)
    run = Enrolment.objects.create(
        journey=journey, version=version, key="a", subject="a", customer=order.customer,
        entered_at=NOON, stepped_at=NOON,
    )  # fmt: skip
    message = marketing(order, enrolment=run)

    assert held(message) == Hold.PAUSED
    Journey.objects.update(state="LIVE")
    assert sending.look_again(Message.objects.filter(hold=Hold.PAUSED), at=NOON + HOUR / 60) == 1
    assert goes(message, at=NOON + HOUR / 60)


@pytest.mark.parametrize(
    ("journey", "run", "hold"), [("STOPPED", "ACTIVE", "stopped"), ("LIVE", "GOAL", "overtaken")]
)
def test_what_has_ended_is_not_sent(order, journey, run, hold):
    row = Journey.objects.create(code="lamps", name="Lamps", state=journey)
    version = JourneyVersion.objects.create(journey=row, number=1, graph={}, published_at=NOON)
    enrolment = Enrolment.objects.create(
        journey=row, version=version, key="a", subject="a", customer=order.customer, state=run,
        entered_at=NOON, stepped_at=NOON,
    )  # fmt: skip

    message = marketing(order, enrolment=enrolment)

    assert held(message) == hold
    assert message.due_at is None


def test_pitfall_10_a_restored_server_does_not_send_yesterday_s_campaign(order):
    """Pitfall 10: listmonk#1801."""
    message = marketing(order, due_at=NOON - 30 * HOUR, expires_at=NOON - 6 * HOUR)

    assert held(message) == Hold.LATE
    assert Scripted.sent == []


def test_a_blocked_address_is_told_another_way_once(order, settings, words):
    settings.CHANNELS = dict.fromkeys(("email", "sms"), "tests.engagement.conftest.Scripted")
    settings.SMS_PROVIDER = "console"
    order.customer.phone = "+4915112345678"
    order.customer.save()
    SuppressionFactory(address=order.email.lower())
    message = MessageFactory(order=order)

    for hours in (0, 6, 7):
        send_messages(at=NOON + hours * HOUR)

    assert one(message).hold == Hold.ADDRESS
    assert "SMS instead" in message.reason
    [sent] = Scripted.sent
    assert (sent.channel, sent.to) == ("sms", "+4915112345678")
    assert Message.objects.get(channel="sms").dedupe_key == f"{message.dedupe_key}:sms"
