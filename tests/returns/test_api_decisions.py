"""Approving, refusing and cancelling returns through the API."""

import pytest
import time_machine

from customers.models import Event
from returns.models import Return
from tests.factories.tracking import NOON
from tests.returns import shopper
from tests.returns.api import Returning, item
from tests.returns.scenes import bought, work
from tests.tracking import memory_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    memory_shop.fresh()
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def api():
    return Returning()


@pytest.fixture
def waiting(api):
    """A return that waits for a person."""
    order = bought({"quantity": 2})
    shopper.policy(order.store, review=True)
    told = api.made(order, item(order, quantity=2))
    assert told["state"] == "REVIEW"
    return told


def test_what_waits_is_approved_once_by_whom_it_was(api, waiting):
    first, again = (api.act(waiting, "approve", by="Kim") for _ in range(2))

    assert (first.status_code, first.json()["state"], again.json()["state"]) == (200, "APPROVED", "APPROVED")
    assert Return.objects.get().approved_by == "acme: Kim"
    assert Event.objects.filter(kind="returns.return.approved").count() == 1


def test_what_waits_is_refused_with_words_for_the_shopper(api, waiting):
    told = api.act(waiting, "reject", words="Made to measure.").json()

    assert (told["state"], told["rejected_words"]) == ("REJECTED", "Made to measure.")
    assert Return.objects.get().approved_by == "acme (API)"
    assert not Return.objects.get().units.filter(active=True).exists()


def test_a_refusal_without_words_is_none(api, waiting):
    assert list(api.act(waiting, "reject", words=" ").json()["errors"]) == ["words"]
    assert list(api.act(waiting, "reject").json()["errors"]) == ["words"]
    assert Return.objects.get().state == "REVIEW"


def test_what_is_refused_is_not_approved_and_what_is_approved_not_refused(api, waiting):
    api.act(waiting, "approve")
    assert api.act(waiting, "reject", words="Too late").status_code == 409

    api.act(waiting, "cancel")
    late = api.act(waiting, "approve")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert "Cancelled" in late.json()["detail"]


def test_a_cancelled_return_frees_its_units(api, waiting):
    told = api.act(waiting, "cancel", key="k1").json()
    again = api.act(waiting, "cancel", key="k1")

    assert told["state"] == "CANCELLED" and again.json() == told
    order = Return.objects.get().order
    assert api.create(order, item(order, quantity=2)).status_code == 201


def test_what_is_on_its_way_or_paid_out_is_not_cancelled(api):
    order = bought({}, {})
    sent, paid = api.made(order), api.made(order, item(order, 1))
    work()
    Return.objects.filter(public_id=sent["id"]).update(state="IN_TRANSIT")
    ret = Return.objects.get(public_id=paid["id"])
    ret.refunds.create(
        order=order, purpose="x", provider="manual", amount_minor=1, currency="USD", created_at=NOON
    )

    on_its_way, refunded = api.act(sent, "cancel"), api.act(paid, "cancel")

    assert (on_its_way.status_code, refunded.status_code) == (409, 409)
    assert "Money has gone back" in refunded.json()["detail"]


@pytest.mark.parametrize("name", ["approve", "cancel", "reject", "receive", "inspect"])
def test_decisions_need_an_idempotency_key_and_no_strange_fields(api, waiting, name):
    path, given = f"returns/{waiting['id']}/{name}/", {"words": "No."} if name == "reject" else {}

    keyless, strange = api.post(path, given), api.do(path, {**given, "refund": 1})

    assert list(keyless.json()["errors"]) == ["Idempotency-Key"]
    assert "refund" in strange.json()["errors"]
    assert api.get(path).status_code == 405
    assert Return.objects.get().state == "REVIEW"
