"""Returns through the API: what may come back, for how much, and asking for it."""

from datetime import timedelta

import pytest
import time_machine

from customers.models import Event
from returns.models import PolicyVersion, Return, ReturnPhoto
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, ProductFactory, VariantFactory
from tests.returns import shopper
from tests.returns.api import Returning, body, item
from tests.returns.scenes import bought, conf, sibling
from tests.world import fingerprint
from tracking.models import StockLevel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def order():
    return bought({"quantity": 2, "title": "Brass lantern"}, {"unit_price_minor": 1200, "title": "Wick"})


@pytest.fixture
def api(order):
    return Returning(stores=[order.store.slug])


# --- what may come back


def test_a_quote_without_items_says_what_may_come_back(api, order):
    told = api.post("returns/quote/", {"order": str(order.public_id)}).json()

    assert [(line["line"], line["free"], line["allowed"]) for line in told["lines"]] == [
        (line.external_id, line.quantity, True) for line in order.lines.order_by("position")
    ]
    assert "UNWANTED" in told["lines"][0]["reasons"] and "OWN" in told["lines"][0]["methods"]
    assert (told["quote"], told["units"], told["problems"]) == (None, [], [])


def test_a_quote_adds_up_and_writes_nothing(api, order):
    shopper.policy(order.store, fee={"kind": "flat", "amount_minor": 500})
    asked = body(order, item(order, quantity=2), item(order, 1))
    before = fingerprint(frozenset({"customers_throttle", "customers_apikey"}))

    told = api.post("returns/quote/", asked).json()

    assert told["quote"] == {
        "currency": "USD",
        "goods_minor": 10800,
        "refund_minor": 10300,
        "credit_minor": 0,
        "bonus_minor": 0,
        "fee_minor": 500,
        "shipping_minor": 0,
        "due_minor": 0,
        "capped_minor": 0,
    }
    assert [(unit["item"], unit["value_minor"]) for unit in told["units"]] == [
        (0, 4800),
        (0, 4800),
        (1, 1200),
    ]
    assert told["policy_version"] == PolicyVersion.objects.get().number
    assert fingerprint(frozenset({"customers_throttle", "customers_apikey"})) == before


def test_a_quote_says_what_stands_in_the_way_item_by_item(api, order):
    shopper.policy(order.store, outcomes=["REFUND"])
    asked = [item(order, quantity=3), item(order, 1, outcome="CREDIT")]

    told = api.post("returns/quote/", body(order, *asked)).json()["problems"]

    assert [(each["item"], each["code"]) for each in told] == [(0, "over_quantity"), (1, "outcome")]
    assert told[0]["words"] == "2 can come back; 3 are asked for."


def test_a_quote_knows_of_stock_and_of_shops_that_take_no_returns(api, order):
    other = sibling(order, stock=0)
    swap = item(order, reason="SIZE_TOO_SMALL", outcome="EXCHANGE", exchange_for=other.external_id)

    told = api.post("returns/quote/", body(order, swap)).json()["problems"]
    assert [each["code"] for each in told] == ["no_stock"]

    conf(order, enabled=False)
    told = api.post("returns/quote/", body(order)).json()["problems"]
    assert [each["code"] for each in told] == ["disabled"]


def test_a_part_of_a_bundle_is_named(api, order):
    order = shopper.bundle()
    line = order.lines.get()
    parts = {each.part.product.title: each.part.external_id for each in line.variant.parts.all()}
    api = Returning()

    with time_machine.travel(order.placed_at + timedelta(days=8)):
        nameless = api.post("returns/quote/", body(order, item(order)))
        mugs = api.made(order, item(order, part=parts["Mug"], quantity=2))

    assert nameless.status_code == 400 and parts["Mug"] in nameless.json()["errors"]["items.0.part"][0]
    assert [unit["part"] for unit in mugs["units"]] == [parts["Mug"]] * 2


# --- asking for it


def test_a_return_is_made_as_a_shopper_would_make_it(api, order):
    answer = api.create(
        order, item(order, words="One is enough"), expected_refund_minor=4800, words="Hello", language="de"
    )

    told, ret = answer.json(), Return.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        201,
        f"http://testserver/api/v1/returns/{told['id']}/",
    )
    assert (told["state"], told["source"], told["number"]) == ("APPROVED", "API", ret.number)
    assert [(unit["value_minor"], unit["words"], unit["stage"]) for unit in told["units"]] == [
        (4800, "One is enough", "EXPECTED")
    ]
    assert (ret.words, ret.language, told["quote"]["refund_minor"]) == ("Hello", "de", 4800)
    assert Event.objects.filter(kind="returns.return.approved").count() == 1


def test_the_page_of_a_return_is_told_to_keys_that_may_act_only(api, order):
    told = api.made(order)
    reader = Returning(scopes=("returns:read",))

    assert api.client.get(told["url"].removeprefix("http://localhost:8000")).status_code == 200
    assert reader.get(f"returns/{told['id']}/").json()["url"] == ""


def test_a_repeat_makes_one_return_and_says_the_same(api, order):
    first, again = api.create(order, key="k1"), api.create(order, key="k1")

    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert Return.objects.count() == 1
    assert api.create(order, item(order, quantity=2), key="k1").status_code == 422


def test_nothing_is_made_without_an_idempotency_key(api, order):
    answer = api.post("returns/", body(order))

    assert answer.status_code == 400 and "Idempotency-Key" in answer.json()["errors"]
    assert not Return.objects.exists()


def test_what_is_returned_already_is_a_conflict_and_too_many_are_not(api, order):
    api.made(order, item(order, quantity=2))

    gone, many = api.create(order), api.create(order, item(order, 1, quantity=2))

    assert (gone.status_code, gone.json()["code"]) == (409, "conflict")
    assert "items.0: " in gone.json()["detail"]
    assert many.json()["errors"] == {"items.0.quantity": ["1 can come back; 2 are asked for."]}
    assert Return.objects.count() == 1


def test_a_window_that_is_over_is_a_conflict(api, order, now):
    now.move_to(NOON + timedelta(days=200))

    answer = api.create(order)

    assert answer.status_code == 409 and not Return.objects.exists()


def test_what_the_policy_refuses_names_the_item(api, order):
    shopper.policy(order.store, outcomes=["REFUND"], methods=["LABEL"])

    answer = api.create(order, item(order), item(order, 1, outcome="CREDIT"))

    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"items.0", "items.1"}
    assert not Return.objects.exists()


@pytest.mark.parametrize("expected", [4799, 0])
def test_other_sums_than_expected_make_nothing(api, order, expected):
    answer = api.create(order, expected_refund_minor=expected)

    assert answer.status_code == 409 and "refund_minor 4800" in answer.json()["detail"]
    assert not Return.objects.exists()


def test_a_dearer_exchange_holds_stock_and_says_what_is_due(api, order):
    other = sibling(order, price_minor=order.lines.first().variant.price_minor + 700, stock=1)
    swap = item(order, reason="SIZE_TOO_SMALL", outcome="EXCHANGE", exchange_for=other.external_id)

    unexpected = api.create(order, swap, expected_refund_minor=0)
    told = api.made(order, swap, expected_due_minor=700)
    late = api.create(order, swap)

    assert unexpected.status_code == 409 and "due_minor 700" in unexpected.json()["detail"]
    assert told["quote"]["due_minor"] == 700
    assert [(each["variant"], each["state"]) for each in told["exchanges"]] == [(other.external_id, "UNPAID")]
    assert late.status_code == 409 and "not in stock" in late.json()["detail"]
    assert StockLevel.objects.get(inventory_item_id=other.inventory_item_id).available == 1


def test_another_stores_variant_is_none(api, order):
    foreign = VariantFactory(product=ProductFactory(store=StoreFactory(slug="north-mill")))
    swap = item(order, reason="SIZE_TOO_SMALL", outcome="EXCHANGE", exchange_for=foreign.external_id)

    answer = api.create(order, item(order, 1), swap)

    assert answer.json()["errors"] == {"items.1.exchange_for": ["The store has no such variant to send."]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"items": []}, "items"),
        ({"items": [{"line": "nope", "reason": "UNWANTED", "outcome": "REFUND"}]}, "items.0.line"),
        ({"method": "PIGEON"}, "method"),
        ({"method": "NONE"}, "items.0"),
        ({"expected_refund_minor": "48.00"}, "expected_refund_minor"),
        ({"email": "nobody"}, "email"),
        ({"language": "klingon!"}, "language"),
        ({"shipment": "5f2f6a0c-9a55-4f0e-8c64-1c9e6f3a2b10"}, "shipment"),
        ({"kind": "CLAIM", "shipment": "5f2f6a0c-9a55-4f0e-8c64-1c9e6f3a2b10"}, "shipment"),
        ({"order": "5f2f6a0c-9a55-4f0e-8c64-1c9e6f3a2b10"}, "order"),
        ({"gift": True}, "gift"),
    ],
)
def test_a_wrong_body_is_refused_by_field(api, order, change, field):
    answer = api.do("returns/", body(order) | change)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Return.objects.exists()


def test_a_reason_of_claims_is_none_of_a_return(api, order):
    answer = api.create(order, item(order, reason="LOST"))

    assert answer.status_code == 400 and not Return.objects.exists()


# --- without pictures


def test_what_needs_a_photo_goes_to_a_person(api, order):
    shopper.policy(order.store, rules=[photo_rule()])

    told = api.made(order, item(order, reason="DEFECTIVE"))

    assert (told["state"], told["review_why"]) == ("REVIEW", "A photo is asked for, and none came with it.")
    assert not ReturnPhoto.objects.exists()


def photo_rule():
    return {
        "code": "photo",
        "name": "Show it",
        "when": [{"fact": "reason", "op": "any", "value": ["DEFECTIVE"]}],
        "then": {"photo": True},
    }


def test_a_claim_is_looked_at_by_a_person_and_approved_by_key(api, order):
    shipment = order.shipments.get()
    told = api.made(
        order,
        item(order, reason="DAMAGED", outcome="EXCHANGE"),
        kind="CLAIM",
        shipment=str(shipment.public_id),
    )
    assert (told["state"], told["method"], len(told["exchanges"])) == ("REVIEW", "NONE", 1)

    after = api.act(told, "approve", by="Kim").json()

    assert after["state"] == "APPROVED"
    assert Return.objects.get().approved_by == "acme: Kim"


def test_a_parcel_that_is_not_overdue_cannot_be_claimed_as_lost(api, order):
    shipment = order.shipments.get()
    shipment.status, shipment.delivered_at, shipment.shipped_at = "IN_TRANSIT", None, NOON
    shipment.save()
    lost = item(order, reason="LOST")

    answer = api.create(order, lost, kind="CLAIM", shipment=str(shipment.public_id))

    assert answer.status_code == 409 and "still on its way" in answer.json()["detail"]
