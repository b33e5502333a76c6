"""What is told about returns and claims: every state once, to who returns it, and never twice in two ways."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from customers.models import Delivery
from engagement.kinds import KINDS
from engagement.models import Message
from engagement.return_handlers import TELLS
from returns import events, tokens
from returns.models import PaymentRequest, Refund, Return, ReturnUnit
from returns.services import moves
from returns.vocabulary import Kind, Method, Outcome, State
from tests.engagement.returning import (
    DAY,
    buyer_of,
    credit_for,
    exchange_in,
    give_back,
    handle,
    payment_for,
    refund_of,
    send,
    told,
)
from tests.factories.tracking import NOON
from tracking.models import Link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("words")]
MINUTE = timedelta(minutes=1)


def kinds():
    return dict(Message.objects.values_list("kind", "state"))


def test_every_kind_of_message_about_returns_is_made_by_a_fact():
    made = {code for pair in TELLS.values() for code in pair if code}

    assert made == {code for code, kind in KINDS.items() if kind.about_returns}


@pytest.mark.parametrize(("fact", "codes"), TELLS.items())
def test_a_fact_told_again_makes_no_second_message(order, fact, codes):
    ret = give_back(order)
    for _ in range(3):
        handle(told(fact, ret))

    assert list(Message.objects.values_list("kind", "customer")) == [(codes[0], order.customer_id)]


@pytest.mark.parametrize(("fact", "codes"), TELLS.items())
def test_a_claim_is_told_in_words_of_its_own(order, fact, codes):
    handle(told(fact, give_back(order, kind=Kind.CLAIM)))

    assert [*Message.objects.values_list("kind", flat=True)] == [code for code in codes[1:] if code]


def test_a_state_that_is_only_passed_through_is_not_told(order):
    ret = give_back(order)
    handle(told(events.APPROVED, ret, passed=True), told(events.LABEL_READY, ret, passed=False))

    assert set(kinds()) == {"return_label"}


def test_the_whole_way_is_told_step_by_step(order):
    ret = give_back(order, units=((0, Outcome.REFUND),), state=State.REQUESTED, quote={"refund_minor": 4800})
    at = NOON
    for state in (State.REVIEW, State.APPROVED, State.LABEL_READY, State.IN_TRANSIT, State.RECEIVED):
        with transaction.atomic():
            moves.advance(moves.locked(ret.pk), state, at=at)
        heard = Delivery.objects.filter(handler="engagement.journeys", event__occurred_at=at)
        handle(*(delivery.event for delivery in heard.select_related("event")), at=at)
        send(at + 10 * MINUTE)
        at += DAY

    assert [message.subject for message in mail.outbox] == [
        f"We have your return request {ret.number}",
        f"Approved: your return {ret.number}",
        f"Your label for return {ret.number}",
        f"Your return {ret.number} is on its way to us",
        f"Your return {ret.number} has arrived",
    ]


# --- two facts of one moment are one message ---
def test_an_approval_is_not_told_when_the_label_follows_at_once(order):
    ret = give_back(order)
    handle(told(events.APPROVED, ret), told(events.LABEL_READY, ret))
    send()

    assert kinds() == {"return_approved": Message.State.HELD, "return_label": Message.State.SENT}


def test_an_approval_is_told_when_the_label_takes_its_time(order):
    ret = give_back(order, state=State.APPROVED)
    handle(told(events.APPROVED, ret))
    send(NOON + MINUTE)
    assert mail.outbox == []

    send()

    assert kinds() == {"return_approved": Message.State.SENT}


def test_a_parcel_that_is_inspected_while_it_is_taken_in_is_told_once(order):
    ret = give_back(order, state=State.INSPECTED, handed_over_at=NOON, received_at=NOON, inspected_at=NOON)
    handle(
        told(events.RECEIVED, ret),
        told(events.PARCEL_INSPECTED, ret, parcel_id=1),
        told(events.INSPECTED, ret),
    )
    send()

    assert len(mail.outbox) == 1
    assert mail.outbox[0].subject == f"We’ve looked at your return {ret.number}"


def test_a_second_parcel_is_told_of_although_the_first_was(order):
    ret = give_back(order, state=State.INSPECTED)
    units = list(ret.units.all())
    for number, unit in enumerate(units):
        at = NOON + number * DAY
        ReturnUnit.objects.filter(pk=unit.pk).update(stage="INSPECTED", inspected_at=at, condition="AS_NEW")
        handle(told(events.PARCEL_INSPECTED, ret, at=at, parcel_id=number + 1), at=at)
        send(at + 5 * MINUTE)

    assert len(mail.outbox) == 2


def test_money_that_goes_at_once_tells_what_was_seen_too(order):
    ret = give_back(order, state=State.SETTLED, inspected_at=NOON)
    ret.units.filter(outcome=Outcome.REFUND).update(
        stage="INSPECTED", inspected_at=NOON, condition="WORN", deduction_minor=1050
    )
    refund = refund_of(ret)
    handle(
        told(events.PARCEL_INSPECTED, ret, parcel_id=1),
        told(events.REFUND_DONE, ret, refund_id=refund.pk, provider="shopify"),
        told(events.SETTLED, ret),
    )
    send()

    [message] = mail.outbox
    assert message.subject == f"$37.50 on the way back to you ({ret.number})"
    assert "You should have it by Tuesday, March 17." in message.body.replace("\n", " ")
    assert "Worn: $10.50 less" in message.body and "$10.50 off" in message.body.replace("\n", " ")


def test_settled_is_told_only_when_nothing_else_said_it(order):
    ret = give_back(order, state=State.SETTLED)
    handle(told(events.SETTLED, ret))
    send(NOON + 6 * MINUTE)

    assert [message.subject for message in mail.outbox] == [f"Done: your return {ret.number}"]


def test_what_is_to_be_paid_is_told_with_the_label_and_not_twice(order):
    ret = give_back(order, units=((0, Outcome.EXCHANGE),), quote={"due_minor": 1400})
    row = exchange_in(ret, payment=payment_for(ret))
    handle(
        told(events.EXCHANGE_PAYMENT_DUE, ret, exchange_id=row.pk, due_minor=1400),
        told(events.LABEL_READY, ret),
    )
    send()

    [message] = mail.outbox
    text = message.body.replace("\n", " ")
    assert "There are $14.00 to be paid for your exchange by Tuesday, March 17." in text
    assert "In exchange: Lamp, Small" in text
    assert "What goes back: $48.00 What you get instead: -$62.00 To be paid: $14.00" in text


def test_a_payment_that_is_asked_for_later_has_a_message_of_its_own_and_none_once_it_is_paid(order):
    ret = give_back(order, units=((0, Outcome.EXCHANGE),))
    row = exchange_in(ret, payment=payment_for(ret, created_at=NOON + DAY))
    handle(told(events.LABEL_READY, ret))
    send()
    asked = told(events.EXCHANGE_PAYMENT_DUE, ret, at=NOON + DAY, exchange_id=row.pk)
    handle(asked, at=NOON + DAY)
    send(NOON + DAY + 5 * MINUTE)
    assert mail.outbox[-1].subject == f"$14.00 to be paid: return {ret.number}"

    ret.payments.update(state=PaymentRequest.State.PAID, paid_at=NOON + 2 * DAY)
    reminder = told(events.EXCHANGE_REMINDED, ret, at=NOON + 2 * DAY, exchange_id=row.pk, about="payment")
    handle(reminder, at=NOON + 2 * DAY)
    send(NOON + 2 * DAY)

    assert len(mail.outbox) == 2
    assert kinds()["exchange_reminder"] == Message.State.HELD


def test_an_exchange_that_ends_with_its_return_is_not_told_beside_it(order):
    ret = give_back(order, units=((0, Outcome.EXCHANGE),), state=State.CANCELLED)
    row = exchange_in(ret, state="CANCELLED")
    handle(
        told(events.CANCELLED, ret), told(events.EXCHANGE_CANCELLED, ret, exchange_id=row.pk, why="unpaid")
    )
    send()

    assert kinds() == {"return_cancelled": Message.State.SENT, "exchange_cancelled": Message.State.HELD}


def test_an_exchange_that_was_changed_for_another_is_not_told_as_given_up(order):
    ret = give_back(order, units=((0, Outcome.EXCHANGE),))
    handle(told(events.EXCHANGE_CANCELLED, ret, exchange_id=exchange_in(ret).pk, why="changed"))

    assert kinds() == {}


def test_an_exchange_that_was_not_paid_says_so_and_what_happens_now(order):
    ret = give_back(order, units=((0, Outcome.EXCHANGE),))
    row = exchange_in(ret, state="CANCELLED")
    handle(told(events.EXCHANGE_CANCELLED, ret, exchange_id=row.pk, why="unpaid"))
    send()

    text = mail.outbox[0].body.replace("\n", " ")
    assert "The difference for Lamp, Small wasn’t paid in time" in text
    assert "What you send back is refunded when it has come." in text


def test_goods_that_never_came_are_asked_for_in_one_message_with_the_end_of_the_return(order):
    ret = give_back(order, units=((0, Outcome.EXCHANGE),), state=State.EXPIRED, ended_at=NOON)
    paid = payment_for(ret, state=PaymentRequest.State.PAID)
    row = exchange_in(ret, state="ORDERED", payment=paid)
    payment_for(ret, why="goods", amount_minor=4800)
    handle(told(events.EXPIRED, ret), told(events.EXCHANGE_PAYMENT_DUE, ret, exchange_id=row.pk))
    send()

    [message] = mail.outbox
    assert message.subject == f"To be paid or sent back: return {ret.number}"
    assert "Please pay $48.00 for it by Tuesday, March 17" in message.body.replace("\n", " ")


def test_what_went_out_is_not_theirs_to_keep_for_nothing(order):
    ret = give_back(order, units=((0, Outcome.EXCHANGE),), state=State.EXPIRED, ended_at=NOON)
    exchange_in(ret, state="ORDERED")
    handle(told(events.EXPIRED, ret))
    send()

    text = mail.outbox[0].body.replace("\n", " ")
    assert "a person writes to you about it" in text and "yours to keep" not in text


def test_nothing_is_said_to_be_taken_off_that_was_given_already(order):
    ret = give_back(order, state=State.SETTLED, overpaid_minor=1050)
    ret.units.filter(outcome=Outcome.REFUND).update(
        stage="INSPECTED", inspected_at=NOON, condition="WORN", deduction_minor=1050
    )
    refund_of(ret, created_at=NOON - DAY)
    handle(told(events.PARCEL_INSPECTED, ret, parcel_id=1))
    send()

    text = mail.outbox[0].body.replace("\n", " ")
    assert "Brass lantern (Large) (Worn)" in text
    assert "10.50" not in text and "as it should be" not in text and "When your money" not in text


def test_goods_that_are_on_their_way_are_not_asked_for(order):
    ret = give_back(order, state=State.IN_TRANSIT)
    handle(told(events.EXPIRING, ret), told(events.EXCHANGE_REMINDED, ret, about="goods"))
    send()

    assert mail.outbox == []


# --- money ---
def test_store_credit_is_told_with_its_code_and_its_end_and_not_as_a_refund_too(order):
    ret = give_back(order, state=State.SETTLED)
    credit = credit_for(ret, expires_at=NOON + 365 * DAY)
    refund = refund_of(ret, provider=Refund.Provider.CREDIT)
    handle(
        told(events.REFUND_DONE, ret, refund_id=refund.pk, provider="credit"),
        told(events.CREDIT_ISSUED, ret, credit_id=credit.pk),
    )
    send()

    [message] = mail.outbox
    text = message.body.replace("\n", " ")
    assert message.subject == "Your store credit: $26.40"
    assert "PINE-4K7M-9QXT" in text and "by March 10, 2027" in text and "$2.40 of it" in text


def test_money_that_did_not_go_is_not_told(order):
    ret = give_back(order, state=State.INSPECTED)
    refund = refund_of(ret, state=Refund.State.FAILED)
    handle(told(events.REFUND_DONE, ret, refund_id=refund.pk, provider="shopify"))
    send()

    assert mail.outbox == []


def test_a_refusal_is_told_in_the_words_of_staff_even_when_they_look_like_a_link(order):
    ret = give_back(order, state=State.REJECTED, rejected_words="Used. See [here](https://evil.example)")
    handle(told(events.REJECTED, ret))
    send()

    [message] = mail.outbox
    html = message.alternatives[0][0]
    assert "Used. See [here](https://evil.example)" in message.body
    assert 'href="https://evil.example"' not in html


def test_a_cancelled_order_does_not_hold_news_of_its_return(order):
    order.cancelled_at = NOON
    order.save()
    ret = give_back(order, state=State.SETTLED)
    handle(told(events.REFUND_DONE, ret, refund_id=refund_of(ret).pk, provider="shopify"))
    send()

    assert len(mail.outbox) == 1


# --- to whom ---
def test_a_gift_s_return_tells_the_buyer_nothing_and_nobody_the_prices(order):
    ret = give_back(
        order,
        units=((0, Outcome.CREDIT),),
        source=Return.Source.GIFT,
        email="given@example.com",
        language="de",
        ship_from={"name": "Grace Hopper"},
    )
    Return.objects.filter(pk=ret.pk).update(customer=None, quote={})
    ret.refresh_from_db()
    handle(told(events.LABEL_READY, ret))
    send()

    [message] = mail.outbox
    assert message.to == ["given@example.com"]
    assert "Etikett" in message.subject
    html = message.alternatives[0][0]
    for secret in (buyer_of(ret), order.number, "48,00", "48.00", "101", "/o/"):
        assert secret not in message.body and secret not in html
    assert Message.objects.get().customer is None


def test_a_gift_s_return_without_an_address_is_told_to_nobody(order):
    ret = give_back(order, email="", source=Return.Source.GIFT)
    handle(told(events.LABEL_READY, ret))
    send()

    assert mail.outbox == []
    assert Message.objects.get().reason.startswith("No address")


def test_news_goes_to_the_address_of_the_return_else_to_the_order_s(order):
    for address, expected in (("other@example.com", "other@example.com"), ("", order.email)):
        mail.outbox.clear()
        ret = give_back(order, units=(), email=address)
        handle(told(events.LABEL_READY, ret))
        send()

        assert [message.to for message in mail.outbox] == [[expected]]


def test_the_link_opens_the_return_and_stands_in_no_table(order):
    ret = give_back(order)
    handle(told(events.LABEL_READY, ret))
    send()

    token = tokens.token(ret)
    assert f"/r/{token}/" in mail.outbox[0].body
    assert token not in str(list(Message.objects.values()))
    assert not Link.objects.exists()


def test_the_ways_back_have_words_of_their_own(order):
    said = set()
    for method in Method:
        mail.outbox.clear()
        ret = give_back(order, units=(), method=method)
        handle(told(events.LABEL_READY, ret))
        send()
        said.add(mail.outbox[0].subject.replace(ret.number, "") + mail.outbox[0].body.split("\n\n")[2])

    assert len(said) >= len(Method) - 1  # OWN and NONE may be told alike
