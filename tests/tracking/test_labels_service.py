"""The life of a label: asked for, bought, refused, cancelled, fetched, told of before it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command

from config.lib.downloads import document_response
from customers.models import Alert, Event
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, OrderFactory
from tests.tracking.label_doubles import EasyPostDouble, ShippoDouble, lost
from tests.tracking.labelling import LATER, PARCEL, account, ask, order_with_lines, work
from tracking.labels.base import LabelError, LabelRequest, Words
from tracking.models import Label, Shipment
from tracking.services.label_requests import (
    default_account,
    not_packed,
    restored,
    sender_of,
    shopper_of,
    words_in,
)
from tracking.services.labels import (
    CannotCancel,
    LabelRefused,
    cancel_label,
    document,
    fetch_again,
    mark_used,
    request_label,
)
from tracking.services.polling import poll_due
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db

State = Label.State
DOUBLES = {"easypost": EasyPostDouble, "shippo": ShippoDouble}


@pytest.fixture(params=list(DOUBLES))
def double(request):
    with DOUBLES[request.param]() as there:
        there.code = request.param
        yield there


def told(kind):
    return Event.objects.filter(kind=f"tracking.label.{kind}").count()


# --- the plain way
def test_an_outbound_label_becomes_a_parcel_like_any_other():
    order = order_with_lines()
    label = ask(order=order, packing=[("L1", 1), ("L2", 2)])

    work()

    label.refresh_from_db()
    parcel = order.shipments.get()
    assert label.state == State.BOUGHT and label.is_ready and label.shipment == parcel
    assert parcel.tracking_number == label.tracking_number and parcel.carrier == "sandbox"
    assert {line.line.title: line.quantity for line in parcel.lines.all()} == {
        "Brass lantern": 1,
        "Wool socks": 2,
    }
    assert [(line.title, count) for line, count in not_packed(order)] == [("Wool socks", 1)]
    event = Event.objects.get(kind="tracking.label.bought")
    assert event.data["order_id"] == order.pk and event.data["shipment_id"] == parcel.pk
    assert event.data["kinds"] == ["4x6", "a4"] and event.data["cost_minor"] == label.cost_minor == 480


def test_a_parcel_with_a_sandbox_label_moves_by_itself():
    label = ask(order=order_with_lines())
    work()

    poll_due(at=NOON + timedelta(days=9))

    parcel = Shipment.objects.get()
    assert parcel.tracking_number == Label.objects.get(pk=label.pk).tracking_number
    assert parcel.scans.count() > 3 and parcel.status != Status.PENDING


def test_a_return_label_is_no_parcel_to_the_shopper_and_ends_after_28_days():
    order = order_with_lines()
    label = ask(order=order, is_return=True, qr=True)

    work()

    label.refresh_from_db()
    assert label.direction == Label.Direction.RETURN and label.expires_at == NOON + timedelta(days=28)
    assert not order.shipments.exists()
    assert set(label.kinds) == {"4x6", "a4", "qr-png", "qr-svg", "qr-page"}
    assert document(label=label, kind="pdf").kind == "a4"
    assert document(label=label, kind="nonsense") is None


def test_a_label_of_a_seller_is_bought_with_its_papers(double):
    label = ask(account(double.code))

    work()

    label.refresh_from_db()
    assert label.state == State.BOUGHT and double.bought == 1 and label.carrier == "usps"
    assert bytes(document(label=label, kind="4x6").body).startswith(b"%PDF-")
    assert told("bought") == 1


def test_the_worker_is_woken_through_the_table_of_work():
    label = ask()

    call_command("drain", verbosity=0)

    label.refresh_from_db()
    assert label.state == State.BOUGHT


# --- refusals
def test_a_bad_address_is_refused_before_a_row_is_written():
    with pytest.raises(LabelError, match="recipient's address lacks a street") as caught:
        ask(order=OrderFactory(ship_to={"name": "Ada", "country": "US", "city": "X"}))

    assert caught.value.permanent and not Label.objects.exists()


def test_no_labels_are_bought_through_an_account_that_sells_none_or_is_off():
    for seller in (account("ups"), account("shippo", enabled=False)):
        with pytest.raises(LabelError, match="No labels can be bought"):
            ask(seller)


def test_the_days_limit_of_an_account_and_store_refuses_in_words():
    seller, store = account(config={"labels_per_day": 2}), StoreFactory()
    for n in range(2):
        ask(seller, order=OrderFactory(store=store), purpose=f"p{n}")

    with pytest.raises(LabelRefused, match="limit"):
        ask(seller, order=OrderFactory(store=store), purpose="p3")
    ask(seller, order=OrderFactory(store=StoreFactory(slug="other")), purpose="p4")
    ask(seller, order=OrderFactory(store=store), purpose="p5", at=NOON + timedelta(hours=25))


def test_the_days_money_is_kept():
    seller, store = account(config={"labels_spend_per_day": "9.00"}), StoreFactory()
    labels = [ask(seller, order=OrderFactory(store=store), purpose=f"p{n}") for n in range(2)]

    work()

    states = sorted(Label.objects.get(pk=label.pk).state for label in labels)
    assert states == [State.BOUGHT, State.FAILED]
    assert "more than 9.00 USD" in Label.objects.get(state=State.FAILED).reason


# --- cancelling
def test_a_cancelled_label_takes_its_parcel_with_it(double):
    double.refund = "refunded" if double.code == "easypost" else "SUCCESS"
    label = ask(account(double.code), order=order_with_lines())
    work()

    cancel_label(label_id=label.pk, at=LATER)
    cancel_label(label_id=label.pk, at=LATER)
    work(LATER)

    label.refresh_from_db()
    assert label.state == State.CANCELLED and double.count("refund") == 1
    assert label.shipment.replaced_at is not None and told("cancelled") == 1
    assert document(label=label, kind="4x6") is None


def test_a_cancellation_that_takes_weeks_is_asked_about_until_it_is_decided(double):
    label = ask(account(double.code), order=order_with_lines())
    work()
    cancel_label(label_id=label.pk, at=LATER)
    work(LATER)
    label.refresh_from_db()
    assert label.state == State.CANCELLING and label.shipment.replaced_at and told("cancelled") == 0

    if double.code == "easypost":
        double.shipments["shp_1"]["refund_status"] = "refunded"
    else:
        double.transactions[0]["status"] = "REFUNDED"
    work(LATER + timedelta(days=1))

    label.refresh_from_db()
    assert label.state == State.CANCELLED and double.count("refund") == 1


def test_a_refused_cancellation_leaves_the_label_good_and_tells_staff(double):
    double.refund = "rejected" if double.code == "easypost" else "ERROR"
    label = ask(account(double.code), order=order_with_lines())
    work()

    cancel_label(label_id=label.pk, at=LATER)
    work(LATER)

    label.refresh_from_db()
    assert label.state == State.BOUGHT and label.reason.startswith("Not cancelled:")
    assert label.shipment.replaced_at is None and label.is_ready
    assert "not taken back" in Alert.objects.get().title and told("cancelled") == 0


def test_a_lost_answer_to_a_cancellation_is_looked_up(double):
    double.faults["refund"] = [lost()]
    label = ask(account(double.code))
    work()
    cancel_label(label_id=label.pk, at=LATER)
    work(LATER)

    work(LATER + timedelta(minutes=5))

    label.refresh_from_db()
    assert label.state == State.CANCELLING and double.count("refund") == 1


def test_a_label_that_was_not_bought_yet_is_cancelled_at_once():
    label = ask()

    cancel_label(label_id=label.pk, at=NOON, by="Grace")
    work()

    label.refresh_from_db()
    assert label.state == State.CANCELLED and "Grace" in label.reason and told("bought") == 0


def test_a_label_that_was_used_or_is_being_bought_cannot_be_cancelled():
    label = ask(order=order_with_lines())
    work()
    Shipment.objects.update(shipped_at=NOON)
    with pytest.raises(CannotCancel, match="the carrier has the parcel"):
        cancel_label(label_id=label.pk, at=NOON)

    Label.objects.update(state=State.BUYING)
    with pytest.raises(CannotCancel, match="being bought"):
        cancel_label(label_id=label.pk, at=NOON)


# --- documents
def test_documents_that_cannot_be_had_now_are_fetched_later_by_new_links(double):
    double.faults["pdf"] = [(403, {}, "expired")]
    label = ask(account(double.code))
    work()
    label.refresh_from_db()
    assert label.state == State.BOUGHT and not label.is_ready and told("bought") == 0

    work(LATER)

    label.refresh_from_db()
    assert label.is_ready and told("bought") == 1 and double.bought == 1


def test_an_extra_that_cannot_be_had_does_not_hold_the_label_up():
    with EasyPostDouble() as double:
        double.faults["form"] = [(422, {}, '{"error": {"message": "QR not supported"}}')] * 9
        label = ask(account("easypost"), qr=True)
        work()

    label.refresh_from_db()
    assert label.is_ready and label.kinds == ["4x6", "a4"] and "QR not supported" in label.reason


def test_a_label_without_anything_to_print_goes_to_a_person_and_can_be_fetched_again(double):
    double.faults["pdf"] = [(200, {}, "<html>")]
    double.faults["png"] = [(200, {}, "<html>")]
    label = ask(account(double.code))
    work()
    label.refresh_from_db()
    assert label.state == State.BOUGHT and not label.is_ready and Alert.objects.count() == 1

    fetch_again(label_id=label.pk, at=LATER)
    work(LATER)

    label.refresh_from_db()
    assert label.is_ready and "4x6" in label.kinds and double.bought == 1


# --- expiry
def test_an_unused_return_label_is_told_of_three_days_before_it_ends():
    label = ask(is_return=True)
    work()

    work(NOON + timedelta(days=24, hours=23))
    assert told("expiring") == 0
    work(NOON + timedelta(days=25))
    work(NOON + timedelta(days=26))

    assert told("expiring") == 1
    label.refresh_from_db()
    assert label.has_expired(NOON + timedelta(days=28)) and not label.has_expired(NOON)


def test_a_used_label_does_not_end():
    label = ask(is_return=True)
    work()

    assert mark_used(label_id=label.pk, at=LATER) and not mark_used(label_id=label.pk, at=LATER)
    work(NOON + timedelta(days=25))

    label.refresh_from_db()
    assert told("expiring") == 0 and not label.has_expired(NOON + timedelta(days=60))


# --- filled in
def test_addresses_are_filled_in_from_the_last_label_the_account_or_the_store():
    order = order_with_lines()
    seller = account(config={"sender": {"name": "Shed", "lines": ["2 Quay"], "city": "X", "country": "US"}})

    assert sender_of(order.store).name == order.store.name
    assert sender_of(order.store, seller).lines == ("2 Quay",)
    ask(seller, order=order, is_return=True)
    assert sender_of(order.store, seller) == PARCEL.from_
    assert shopper_of(order).postcode == "97201" and shopper_of(order).email == order.email


def test_a_request_is_kept_as_it_was_asked():
    label = ask(order=order_with_lines(), qr=True, contents=("1 × lantern",))

    kept = restored(Label.objects.get(pk=label.pk).wanted)

    assert kept == replace(PARCEL, to=shopper_of(label.order), qr=True, contents=("1 × lantern",))


def test_the_return_flow_gets_a_page_to_print_by_one_call():
    order, seller = order_with_lines(), account(config={"sender": {"name": "Shed", "country": "US"}})
    seller.config["sender"] |= {"lines": ["2 Quay"], "city": "Portland"}
    seller.save()
    chosen = default_account("RETURN")
    request = LabelRequest(
        from_=shopper_of(order), to=sender_of(order.store, chosen), weight_g=900, is_return=True, qr=True
    )

    label = request_label(
        store=order.store, account=chosen, order=order, purpose="return:7:label", request=request, at=NOON
    )
    assert document(label=label, kind="pdf") is None
    work()

    label.refresh_from_db()
    row = document(label=label, kind="pdf")
    answer = document_response(bytes(row.body), row.media_type, f"return-{label.tracking_number}")
    assert answer.content.startswith(b"%PDF-") and answer["Content-Disposition"].startswith("inline")
    assert Event.objects.get(kind="tracking.label.bought").data["purpose"] == "return:7:label"


def test_what_is_printed_for_a_shopper_is_in_their_language():
    assert ask(order=OrderFactory(language="de")).language == "de"
    german, english = words_in("de"), words_in("en")
    assert german.how_return == "So geht es zurück" and german.language == "de"
    assert english == Words()


def test_money_is_spent_unasked_only_where_an_account_says_so():
    assert default_account("RETURN") is None
    real, play = account("shippo"), account()
    assert default_account("RETURN") == play
    real.config = {"labels_for": ["RETURN"]}
    real.save()
    assert default_account("RETURN") == real and default_account("OUTBOUND") == play
