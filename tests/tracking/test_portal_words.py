"""What the page says in every state, in plain words. The scenes are built through the services."""

from datetime import timedelta

import pytest

from tests.tracking import scenes
from tests.tracking.portal import NOW, page, plain, said
from tracking.presentation import Level
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("scene", "pill", "tone", "headline"),
    [
        ("in_transit", "On its way", "good", "Arrives Tuesday, November 24"),
        ("two_parcels", "On its way", "good", "First parcel arrives on Tuesday, November 24"),
        ("out_for_delivery", "Out for delivery", "good", "Arrives today"),
        ("delivered", "Delivered", "good", "Delivered yesterday"),
        ("with_neighbour", "Delivered", "good", "Delivered today"),
        ("late", "Running late", "warn", "Now arrives Wednesday, November 25"),
        ("overdue", "Running late", "warn", "It should be here by now"),
        ("attempted", "Delivery attempted", "warn", "UPS tried to deliver"),
        ("pickup", "Ready to collect", "good", "Collect it in Portland"),
        ("address_problem", "Held up", "bad", "The address needs a check"),
        ("returning", "On its way back", "warn", "On its way back to us"),
        ("cancelled", "Cancelled", "calm", "This order was cancelled"),
        ("nothing_shipped", "Confirmed", "calm", "We are getting it ready"),
        ("label_made", "Packed", "calm", "Packed and ready to go"),
        ("one_hand_over", "On its way", "good", "Both parcels arrive on Tuesday, November 24"),
    ],
)
def test_the_answer_comes_first(scene, pill, tone, headline):
    answer = page(scenes.SCENES[scene](NOW)).answer

    assert (answer.pill, answer.tone, answer.headline) == (pill, tone, headline)


def test_on_time_it_says_when_and_where_it_was_seen():
    assert said(page(scenes.in_transit(NOW))) == (
        "Most likely between 10 AM and 2 PM. Last seen today 6:01 AM in Denver, CO. It is on time."
    )


def test_late_it_owns_up_says_why_and_what_is_done():
    answer = page(scenes.late(NOW)).answer

    assert answer.was == "Monday, November 23"
    assert plain(answer.sentences).startswith("Bad weather is slowing parcels down on its route.")
    assert answer.doing == "We are watching it, and write to you if the day moves again."


def test_the_reason_of_a_delay_outlives_the_next_scan():
    order = scenes.late(NOW)
    scenes.scanned(
        order.shipments.get(), NOW, (1, Status.IN_TRANSIT, "Departed from Facility", scenes.DENVER)
    )

    assert said(page(order)).startswith("Bad weather is slowing parcels down on its route.")


def test_overdue_it_strikes_the_broken_day_and_never_claims_to_be_on_time():
    shown = page(scenes.overdue(NOW))

    assert shown.answer.was == "Saturday, November 21"
    assert "on time" not in said(shown)
    assert not shown.windows


def test_a_window_that_moved_forward_is_no_delay():
    order = scenes.order(NOW)
    shipment = scenes.scanned(
        scenes.parcel(order, NOW), NOW, *scenes.WAY, eta_in=4, told_at=NOW - timedelta(hours=9)
    )
    scenes.scanned(shipment, NOW, eta_in=2)

    assert page(order).answer.headline == "Arrives Tuesday, November 24"
    assert page(order).answer.was == ""


def test_a_delay_is_measured_against_the_last_better_promise():
    order = scenes.order(NOW)
    shipment = scenes.parcel(order, NOW)
    for hours, days in ((9, 4), (8, 1), (7, 3)):
        scenes.scanned(shipment, NOW, *scenes.WAY, eta_in=days, told_at=NOW - timedelta(hours=hours))

    assert page(order).answer.was == "Monday, November 23"


def test_a_range_of_days_promises_its_end():
    order = scenes.order(NOW)
    scenes.scanned(scenes.parcel(order, NOW), NOW, *scenes.WAY, eta_in=(2, 4))

    assert page(order).answer.headline == "Arrives by Thursday, November 26"
    assert said(page(order)).startswith("It could come as early as Tuesday, November 24.")


def test_of_several_parcels_the_one_that_needs_the_shopper_speaks():
    order = scenes.order(NOW)
    scenes.scanned(scenes.parcel(order, NOW, lines={0: 2}), NOW, *scenes.WAY, eta_in=1)
    scenes.scanned(
        scenes.parcel(order, NOW, lines={1: 1}),
        NOW,
        *scenes.way(9),
        (3, Status.ATTEMPTED, "No access", scenes.PORTLAND),
        reason=Reason.NOT_HOME,
    )
    shown = page(order)

    assert shown.answer.headline == "UPS tried to deliver"
    assert said(shown).startswith("This is about parcel 2 of 2.")
    assert shown.lead.title == "Parcel 2 of 2"


def test_arrived_parcels_are_counted_and_the_next_named():
    order = scenes.order(NOW)
    scenes.scanned(
        scenes.parcel(order, NOW, lines={0: 1}), NOW, (5, Status.DELIVERED, "Delivered", scenes.PORTLAND)
    )
    scenes.scanned(scenes.parcel(order, NOW, lines={0: 1}), NOW, *scenes.WAY, eta_in=1)
    scenes.scanned(scenes.parcel(order, NOW, lines={1: 1}), NOW, *scenes.WAY, eta_in=3)
    shown = page(order)

    assert shown.answer.headline == "Next parcel arrives tomorrow"
    assert said(shown).startswith("1 of 3 parcels has arrived.")
    assert said(shown).endswith("The other parcel is due on Wednesday, November 25.")


def test_all_arrived_is_said_in_one_breath():
    order = scenes.order(NOW)
    for position, quantity in ((0, 2), (1, 1)):
        step = (5, Status.DELIVERED, "Delivered", scenes.PORTLAND)
        scenes.scanned(scenes.parcel(order, NOW, lines={position: quantity}), NOW, step)

    assert page(order).answer.headline == "Delivered today"
    assert said(page(order)).startswith("Both parcels have arrived.")


def test_what_no_parcel_carries_is_still_to_come():
    shown = page(scenes.label_made(NOW))

    assert [(item.title, item.quantity) for item in shown.waiting] == [("Pine candle", 1)]
    assert said(shown).endswith("1 item is still being packed.")


def test_a_called_off_parcel_gives_its_items_back_to_the_waiting():
    order = scenes.order(NOW)
    scenes.scanned(scenes.parcel(order, NOW), NOW, (5, Status.CANCELLED, "Shipment voided", scenes.MEMPHIS))
    shown = page(order)

    assert shown.parcels == []
    assert [item.quantity for item in shown.waiting] == [2, 1]
    assert shown.answer.headline == "We are getting it ready"


def test_one_hand_over_in_two_parcels_says_that_they_share_its_items():
    first, second = page(scenes.one_hand_over(NOW)).parcels

    assert (first.shared, len(first.items)) == ("These items travel in 2 parcels.", 2)
    assert (second.shared, second.items) == ("This parcel carries a part of the same items.", [])
    assert page(scenes.one_hand_over(NOW)).waiting == []


def test_a_gift_card_comes_by_mail_and_is_not_waited_for():
    shown = page(scenes.gift(NOW))

    assert [item.title for item in shown.without_parcel] == ["Gift card"]
    assert shown.waiting == []


def test_an_order_of_downloads_alone_is_done():
    order = scenes.order(NOW)
    order.lines.update(requires_shipping=False)

    assert (page(order).answer.headline, page(order).steps) == ("All done", ())


def test_a_parcel_without_a_number_says_so():
    order = scenes.order(NOW)
    scenes.parcel(order, NOW, tracking_number="", tracking_key="", tracking_url="")
    shown = page(order)

    assert shown.answer.headline == "Sent on Thursday, November 19"
    assert "without a tracking number" in said(shown)
    assert [step.state for step in shown.steps] == ["done", "done", "current", "todo", "todo"]


@pytest.mark.parametrize(
    ("scene", "states"),
    [
        ("nothing_shipped", "current todo todo todo todo"),
        ("label_made", "done current todo todo todo"),
        ("in_transit", "done done done current todo"),
        ("delivered", "done done done done current"),
        ("returning", "done done done current todo"),
    ],
)
def test_the_five_steps_follow(scene, states):
    steps = page(scenes.SCENES[scene](NOW)).steps

    assert " ".join(step.state for step in steps) == states


def test_a_cancelled_order_has_no_steps():
    assert page(scenes.cancelled(NOW)).steps == ()


# --- how it was handed over


def test_the_signature_is_shown_to_the_buyer_alone():
    order = scenes.delivered(NOW)

    assert said(page(order)) == "Signed for by A. Lovelace (10:01 AM)."
    assert said(page(order, level=Level.VIEW)) == "Somebody signed for it (10:01 AM)."
    assert said(page(order, level=Level.SHARE)) == "Somebody signed for it (10:01 AM)."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.NEIGHBOUR, "It is with a neighbour"),
        (Reason.SAFE_PLACE, "It was left in a safe place"),
        (Reason.LOCKER, "It is in a parcel locker"),
        ("", "UPS handed it over in Portland, OR"),
    ],
)
def test_the_hand_over_is_described(reason, words):
    order = scenes.order(NOW)
    step = (3, Status.DELIVERED, "Delivered", scenes.PORTLAND)
    scenes.scanned(scenes.parcel(order, NOW), NOW, step, reason=reason)

    assert said(page(order)) == f"{words} (7:01 AM)."


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("action", [True, False])
def test_every_reason_to_be_held_up_has_a_headline_and_a_next_step(reason, action):
    order = scenes.order(NOW)
    step = (3, Status.EXCEPTION, "Problem", scenes.PORTLAND)
    scenes.scanned(scenes.parcel(order, NOW), NOW, step, reason=reason, action=action)
    answer = page(order).answer

    assert answer.tone == "bad"
    assert len(answer.sentences[0]) > 20
    assert "%" not in answer.headline + answer.sentences[0]


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_shown_to_everyone_in_every_language(status):
    order = scenes.order(NOW)
    shipment = scenes.parcel(order, NOW)
    step = (3, status, "Something happened", scenes.PORTLAND)
    scenes.scanned(shipment, NOW, step)
    type(shipment).objects.filter(pk=shipment.pk).update(status=status)

    for level in Level:
        for language in ("en", "de", "fr"):
            answer = page(order, level=level, language=language).answer
            assert answer.headline and answer.pill
            assert "%(" not in plain((answer.headline, *answer.sentences))
