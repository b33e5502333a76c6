"""Labels of returns: asked for once, exchanged, taken back, and what stands in their way."""

from datetime import timedelta

import pytest

from customers.models import Alert, Delivery, Event
from returns.models import Return, ReturnParcel, ReturnSettings, ReturnUnit
from returns.services import parcels
from returns.services.parcels import prepare
from returns.vocabulary import Method, State
from tests.factories.tracking import NOON, CarrierAccountFactory
from tests.returns.parcelling import (
    LATER,
    SENDER,
    changed,
    everything,
    go,
    hand_on,
    label,
    order,
    parcel,
    ready,
    returned,
    seller,
    told,
)
from tests.tracking.label_doubles import EasyPostDouble
from tracking.models import Label, Location, Shipment
from tracking.services.label_requests import restored
from tracking.services.labels import cancel_label

pytestmark = pytest.mark.django_db


# --- made ready
def test_an_approved_return_gets_a_label_and_is_ready_to_be_sent():
    seller()
    ret = everything(returned(units=2))

    request = restored(label(ret).wanted)
    assert ret.state == State.LABEL_READY and ret.ready_at == NOON
    assert ret.expires_at == NOON + timedelta(days=28)
    assert label(ret).purpose == f"return:{ret.pk}:label:1" and label(ret).direction == "RETURN"
    assert (request.weight_g, request.contents) == (1400, ("2 × Brass lantern · Large",))
    assert request.reference == ret.number and request.is_return and not request.qr
    assert (request.from_.name, request.to.city, request.to.region) == ("Ada Lovelace", "Portland", "ME")
    assert parcel(ret).tracking_number == parcel(ret).shipment.tracking_number == label(ret).tracking_number
    assert parcel(ret).shipment.is_return and told("returns.return.label_ready") == 1
    assert label(ret).documents.filter(kind="a4").exists()


def test_the_stores_own_number_of_days_ends_it_where_that_is_sooner():
    made = order()
    ReturnSettings.objects.create(store=made.store, label_days=14)

    assert ready(returned(made)).expires_at == NOON + timedelta(days=14)


def test_a_code_is_asked_for_where_it_is_to_be_shown():
    ret = ready(method=Method.QR)

    assert restored(label(ret).wanted).qr and label(ret).documents.filter(kind="qr-svg").exists()


def test_what_is_kept_is_not_weighed_and_a_return_of_nothing_has_no_label():
    made = order()
    ret = returned(made, units=2, approve=False)
    ret.units.filter(index=1).update(keep=True)
    kept = returned(order(), approve=False)
    kept.units.update(keep=True)

    seller()
    for each in (ret, kept):
        everything(go(each, State.APPROVED))

    assert restored(label(ret).wanted).weight_g == 700
    kept.refresh_from_db()
    assert kept.state == State.APPROVED and not kept.parcels.exists()


@pytest.mark.parametrize("method", [Method.OWN, Method.DROP_OFF, Method.COLLECTION])
def test_without_a_label_it_may_be_sent_at_once(method):
    ret = everything(returned(method=method))

    assert ret.state == State.LABEL_READY and not Label.objects.exists()
    assert ret.expires_at == NOON + timedelta(days=28) and parcel(ret).problem == ""
    was = ret.expires_at
    prepare(ret.pk, at=NOON + timedelta(days=3))
    ret.refresh_from_db()
    assert ret.expires_at == was and ret.parcels.count() == 1


def test_a_gift_is_sent_from_where_it_is_and_says_nothing_of_its_buyer():
    made = order(language="de", phone="+49 30 1234")
    there = {"name": "Grace Hopper", "lines": ["1 Navy Yard"], "city": "Boston", "postcode": "02129",
             "region": "MA", "country": "US"}  # fmt: skip
    ret = ready(
        returned(made, source=Return.Source.GIFT, ship_from=there, email="grace@example.com", language="en")
    )

    sender = restored(label(ret).wanted).from_
    assert (sender.name, sender.city, sender.phone, sender.email) == (
        "Grace Hopper", "Boston", "", "grace@example.com"
    )  # fmt: skip
    assert label(ret).language == "en"


def test_it_goes_to_where_the_policy_sends_it_as_far_as_its_address_is_known():
    made = order()
    place = Location.objects.create(store=made.store, external_id="7", name="Repairs")
    seller(locations={"7": SENDER | {"city": "Bangor", "name": "Repairs"}})
    unknown = Location.objects.create(store=made.store, external_id="8", name="Shed")

    repaired = ready(returned(made, destination=place))
    other = ready(returned(order(store=made.store), destination=unknown))

    assert restored(label(repaired).wanted).to.city == "Bangor"
    assert restored(label(other).wanted).to.city == "Portland"


def test_goods_that_cross_a_border_are_declared_with_what_was_paid_for_them():
    there = {"name": "Ada", "lines": ["Rue 1"], "city": "Genève", "postcode": "1201", "country": "CH"}
    ret = ready(returned(order(ship_to=there), units=2))

    (item,) = restored(label(ret).wanted).customs
    assert (item.quantity, item.value_minor, item.weight_g) == (2, 9600, 1400)
    assert item.description == "Brass lantern · Large" and item.currency == "USD"


# --- trouble
def test_where_nobody_sells_labels_staff_are_told_and_try_again():
    ret = everything(returned())

    assert ret.state == State.APPROVED and "No carrier account" in parcel(ret).problem
    assert Alert.objects.get().key == f"return:{ret.pk}:label"

    seller()
    prepare(ret.pk, at=LATER, by="Grace")
    everything(ret, LATER)

    assert ret.state == State.LABEL_READY and parcel(ret).problem == ""
    assert Alert.objects.get().state == "ENDED" and label(ret).requested_by == "Grace"
    assert ret.parcels.count() == 1


@pytest.mark.parametrize("missing", ["lines", "city"])
def test_an_address_no_carrier_takes_is_for_a_person(missing):
    made = order()
    made.ship_to = {**made.ship_to, missing: ""}
    made.save()
    seller()

    ret = everything(returned(made))

    assert ret.state == State.APPROVED and "address lacks" in parcel(ret).problem
    assert not Label.objects.exists()


def test_a_label_that_was_not_bought_is_for_a_person_and_can_be_asked_for_again():
    made = order()
    made.lines.get().variant.__class__.objects.update(weight_g=40_000)
    seller()
    ret = everything(returned(made))

    assert ret.state == State.APPROVED and "31.5 kg" in parcel(ret).problem
    assert Alert.objects.get(state="OPEN").kind == "returns.parcel"

    made.lines.get().variant.__class__.objects.update(weight_g=400)
    prepare(ret.pk, at=LATER)
    everything(ret, LATER)

    assert ret.state == State.LABEL_READY and Label.objects.count() == 2
    assert label(ret).purpose == f"return:{ret.pk}:label:1"


def test_a_label_that_staff_cancel_leaves_the_return_without_one_and_says_so():
    ret = ready()
    cancel_label(label_id=label(ret).pk, at=LATER)
    everything(ret, LATER)

    assert "was cancelled" in parcel(ret).problem and Alert.objects.filter(state="OPEN").exists()
    prepare(ret.pk, at=LATER)
    everything(ret, LATER)
    assert (
        label(ret).state == Label.State.BOUGHT and parcel(ret).tracking_number == label(ret).tracking_number
    )
    assert parcel(ret).shipment.tracking_number == label(ret).tracking_number


# --- once
class Killed(BaseException):
    """Not an Exception: nothing in the worker may catch it."""


def test_killed_at_any_line_it_is_one_label_at_the_seller(monkeypatch):
    """Between and inside every step from the approval to the label in hand; recovered, it is as if not."""
    names = ("Label", "Shipment", "ReturnParcel", "Return", "Event")
    with EasyPostDouble() as double:
        CarrierAccountFactory(
            carrier="easypost", slug="easypost", config={"labels_for": ["RETURN"], "sender": SENDER}
        )
        killed = 0
        for n in range(1, 200):
            left = n

            def tick():
                nonlocal left
                left -= 1
                if left == 0:
                    raise Killed

            patched = [m for m in (Label, Shipment, ReturnParcel, Return, Event) if m.__name__ in names]
            before, ret = double.bought, returned()
            with monkeypatch.context() as patch:
                double.tick = tick
                for model in patched:
                    save = model.save

                    def dying(self, *args, save=save, **kwargs):
                        tick()
                        save(self, *args, **kwargs)
                        tick()

                    patch.setattr(model, "save", dying)
                died = False
                try:
                    everything(ret)
                except Killed:
                    died = True
            double.tick = lambda: None
            Label.objects.update(leased_until=NOON - timedelta(days=365))
            Delivery.objects.update(leased_until=None)
            for minutes in (5, 20, 60):
                everything(ret, NOON + timedelta(minutes=minutes))

            assert double.bought == before + 1, n
            assert ret.state == State.LABEL_READY and ret.parcels.count() == 1, n
            assert parcel(ret).shipment.tracking_number == label(ret).tracking_number, n
            killed += died
            if not died:
                break
    assert killed == n - 1 > 12 and told("returns.return.label_ready") == n
    assert not Alert.objects.exists()


def test_told_again_nothing_more_is_done():
    ret = ready()
    version = ret.version

    Delivery.objects.filter(handler="returns.parcels").update(state=Delivery.State.WAITING, done_at=None)
    everything(ret, LATER)

    assert (Label.objects.count(), ret.parcels.count(), ret.version) == (1, 1, version)
    assert ret.expires_at == NOON + timedelta(days=28) and told("returns.return.label_ready") == 1


# --- changed and taken back
def test_another_method_is_another_label_and_the_old_one_is_cancelled():
    ret = ready()
    first = label(ret)

    changed(ret, method=Method.QR)

    first.refresh_from_db()
    assert first.state == Label.State.CANCELLED and label(ret).pk != first.pk
    assert restored(label(ret).wanted).qr and ret.state == State.LABEL_READY
    assert [row.problem == parcels.REPLACED for row in ret.parcels.order_by("position")] == [True, False]
    assert parcels.current(ret) == parcel(ret)


def test_a_change_that_is_none_for_the_parcel_leaves_its_label():
    ret = ready()

    changed(ret, words="It is blue.")

    assert Label.objects.count() == 1


def test_a_change_while_the_label_is_being_bought_leaves_one_that_is_good():
    seller()
    ret = returned()
    hand_on()
    ReturnUnit.objects.create(
        ret=ret, line=ret.order.lines.get(), index=1, reason="UNWANTED", outcome="REFUND", value_minor=1,
        variant=ret.order.lines.get().variant,
    )  # fmt: skip

    changed(ret, NOON)

    living = Label.objects.exclude(state=Label.State.CANCELLED)
    assert [restored(each.wanted).weight_g for each in living] == [1400]
    assert label(ret) == living.get() and ret.state == State.LABEL_READY


def test_by_own_means_after_all_takes_the_label_back():
    ret = ready()
    first = label(ret)

    changed(ret, method=Method.OWN)

    first.refresh_from_db()
    assert first.state == Label.State.CANCELLED and parcels.current(ret).label is None
    assert ret.state == State.LABEL_READY and not Alert.objects.filter(state="OPEN").exists()


@pytest.mark.parametrize("end", [State.CANCELLED, State.EXPIRED])
def test_a_return_that_ends_gives_its_label_back(end):
    ret = ready()
    go(ret, end, LATER)
    everything(ret, LATER)

    assert label(ret).state == Label.State.CANCELLED
    assert Shipment.objects.get(is_return=True).due_at is None and not Alert.objects.exists()


def test_a_label_that_is_bought_after_the_end_is_cancelled():
    """The seller was already told when the shopper gave up."""
    seller()
    ret = returned()
    hand_on()
    Label.objects.update(state=Label.State.BUYING, started_at=None, prepared={})
    go(ret, State.CANCELLED)
    hand_on()
    assert Label.objects.get().state == Label.State.BUYING
    Label.objects.update(state=Label.State.REQUESTED, due_at=NOON)

    everything(ret, LATER)

    assert label(ret).state == Label.State.CANCELLED and ret.state == State.CANCELLED
