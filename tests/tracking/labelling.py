"""What tests of labels share: requests, rows, a worker, and doubles of those who sell."""

from dataclasses import replace
from datetime import timedelta

from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, CarrierAccountFactory, OrderFactory, OrderLineFactory
from tracking.labels.base import LabelRequest, Party
from tracking.models import CarrierAccount, Label
from tracking.services.label_requests import shopper_of
from tracking.services.label_work import carry_out_due
from tracking.services.labels import request_label

WAREHOUSE = Party(
    name="Harbour & Pine",
    lines=("1 Dock Street",),
    city="Portland",
    region="ME",
    postcode="04101",
    country="US",
)
SHOPPER = Party(
    name="Ada Lovelace",
    lines=("12 Analytical Way",),
    city="Portland",
    region="OR",
    postcode="97201",
    country="US",
    email="ada@example.com",
)
PARCEL = LabelRequest(
    WAREHOUSE, SHOPPER, weight_g=1200, length_mm=300, width_mm=200, height_mm=100, reference="#1042"
)


def account(carrier="sandbox", **fields) -> CarrierAccount:
    """Return an account that sells labels."""
    return CarrierAccountFactory(slug=fields.pop("slug", carrier), carrier=carrier, **fields)


def ask(seller=None, *, order=None, purpose="order:1:label", at=NOON, **fields) -> Label:
    """Ask for a label of an order, by default outbound."""
    order = order or OrderFactory()
    packing = fields.pop("packing", ())
    request = replace(PARCEL, **{"to": shopper_of(order), **fields})
    if request.is_return:
        request = replace(request, from_=request.to, to=request.from_)
    return request_label(
        store=order.store,
        account=seller or account(),
        order=order,
        purpose=purpose,
        request=request,
        packing=packing,
        at=at,
        by="test",
    )


def work(at=NOON, rounds=20) -> int:
    """Be the worker until nothing is due at `at`. Returns how many steps were taken."""
    total = 0
    for _ in range(rounds):
        done = carry_out_due(at=at)
        total += done
        if not done:
            break
    return total


def order_with_lines(**fields):
    """Return an order of two kinds of things."""
    order = OrderFactory(store=fields.pop("store", None) or StoreFactory(), **fields)
    OrderLineFactory(order=order, external_id="L1", title="Brass lantern", quantity=1)
    OrderLineFactory(order=order, external_id="L2", title="Wool socks", quantity=3, unit_price_minor=900)
    return order


LATER = NOON + timedelta(minutes=10)
