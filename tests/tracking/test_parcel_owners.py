"""One parcel that several tell of (our label, the shop, a partner, a file) is one row, in any order."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import transaction

from customers.models import Event
from tests.factories.tracking import NOON
from tests.tracking.imported import imported
from tests.tracking.labelling import LATER, ask, order_with_lines, work
from tracking.labels.sandbox import number_for
from tracking.models import Label, Shipment
from tracking.services.labels import cancel_label
from tracking.services.shipments import record_fulfillment
from tracking.shops.base import FulfillmentData

pytestmark = pytest.mark.django_db


def hand_over(order, number, version="1", *, name="F1", **more):
    """Tell of a hand-over as the shop does: with a number, by a carrier it does not name."""
    data = FulfillmentData(
        external_id=name,
        order_external_id=order.external_id,
        version=version,
        lines=(("L1", 1),),
        tracking_numbers=(number,) if number else (),
        created_at=NOON,
        **more,
    )
    return record_fulfillment(store=order.store, data=data, at=NOON)


def bought(order, purpose="order:1:label"):
    label = ask(order=order, purpose=purpose, packing=[("L1", 1)])
    work()
    label.refresh_from_db()
    return label


def current(order):
    """Return {number: the hand-over's name} of the parcels an order shows."""
    rows = order.shipments.current().values_list("tracking_key", "fulfillment_external_id")
    found = dict(rows)
    assert len(found) == len(rows), "two parcels with one number"
    return found


def test_a_shop_that_tells_of_our_labels_number_takes_its_parcel_over():
    order = order_with_lines()
    label = bought(order)
    parcel = order.shipments.get()

    for _ in range(2):
        (same,) = hand_over(order, f" {label.tracking_number[:6]} {label.tracking_number[6:].lower()}")

    same.refresh_from_db()
    label.refresh_from_db()
    assert same == parcel == label.shipment and order.shipments.count() == 1
    assert same.fulfillment_external_id == "F1" and same.carrier == "sandbox" and same.carrier_name
    assert [(line.line.external_id, line.quantity) for line in same.lines.all()] == [("L1", 1)]
    assert Event.objects.filter(kind="tracking.shipment.created").count() == 1


def test_a_label_whose_number_the_shop_told_first_joins_that_parcel():
    order = order_with_lines()
    label = ask(order=order, packing=[("L1", 1)])
    (parcel,) = hand_over(order, number_for(str(label.key)))
    assert parcel.carrier != "dhl"

    work()

    label.refresh_from_db()
    parcel.refresh_from_db()
    assert label.shipment == parcel and parcel.carrier == "sandbox" and parcel.account == label.account
    assert current(order) == {parcel.tracking_key: "F1"}


def test_a_cancelled_label_leaves_the_parcel_its_shop_tells_of():
    order = order_with_lines()
    label = bought(order)
    hand_over(order, label.tracking_number)

    cancel_label(label_id=label.pk, at=LATER)
    work(LATER)

    assert Label.objects.get().state == Label.State.CANCELLED
    assert list(current(order).values()) == ["F1"]


def test_a_partners_and_a_files_parcel_are_the_shops_too():
    order = order_with_lines(number="#7")
    text = "order number,tracking number,carrier\n#7,1Z999AA10123456784,UPS\n"
    job = imported("shipments", text, store=order.store)
    assert job.created == 1 and Shipment.objects.get().fulfillment_external_id.startswith("file:")
    hand_over(order, "1Z 999 AA1 0123 4567 84", name="number:1Z999AA10123456784")
    assert current(order) == {"1Z999AA10123456784": "number:1Z999AA10123456784"}

    hand_over(order, "1Z999AA10123456784")
    hand_over(order, "1Z999AA10123456784", "2", name="number:1Z999AA10123456784")
    again = imported("shipments", text, store=order.store, at=NOON + timedelta(days=1))

    assert current(order) == {"1Z999AA10123456784": "F1"} and order.shipments.count() == 1
    assert again.created == 0 and again.refused == 0


# what may be told, and who speaks for which number when all of it was
STORIES = (
    (("tell", "tell", "label"), {"N": "shop"}),
    (("tell", "label", "cancel label"), {"N": "shop"}),
    (("tell", "correct", "label"), {"N": "label", "OTHER1": "shop"}),
    (("tell", "correct", "label", "cancel label"), {"OTHER1": "shop"}),
    (("tell", "take back", "label"), {"N": "label"}),
    (("tell", "take back", "label", "cancel label"), {}),
    (("tell", "partner", "label", "partner"), {"N": "shop"}),
    (("partner", "label"), {"N": "label"}),
)


@pytest.mark.parametrize(("facts", "end"), STORIES, ids=[", ".join(facts) for facts, _ in STORIES])
def test_whatever_is_told_first_the_same_parcels_are_shown(facts, end):
    order = order_with_lines()
    label = ask(order=order, packing=[("L1", 1)])
    number = number_for(str(label.key))
    names = {"shop": "F1", "label": f"label:{label.pk}"}
    wanted = {number if key == "N" else key: names[who] for key, who in end.items()}
    acts = {
        "tell": lambda: hand_over(order, number, "1"),
        "correct": lambda: hand_over(order, "OTHER1", "2"),
        "take back": lambda: hand_over(order, number, "3", cancelled=True),
        "partner": lambda: hand_over(order, number, "1", name=f"number:{number}"),
        "label": work,
        "cancel label": lambda: (cancel_label(label_id=label.pk, at=LATER), work(LATER)),
    }
    for told in dict.fromkeys(permutations(facts)):
        if "cancel label" in told and told.index("cancel label") < told.index("label"):
            continue
        with transaction.atomic():
            for fact in (*told, told[0] if told[0] not in ("label", "cancel label") else told[-1]):
                if fact != "cancel label" or Label.objects.get().state == Label.State.BOUGHT:
                    acts[fact]()
            assert current(order) == wanted, told
            parcel = Label.objects.get().shipment
            assert parcel.tracking_key == number and parcel.order_id == order.pk
            transaction.set_rollback(True)
